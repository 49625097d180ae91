//! The commands for people: what is listed, completed and explained.

use crate::protocol::session::CommandHelp;
use crate::protocol::session::commands;

commands! {
    /// Every command, in the order in which they are listed. A protocol may have more.
    pub COMMANDS:
    "/help" "[COMMAND]" "list the commands, or tell more about one"
        "";
    "/send" "[--binary] FILE" "send what is in a file: signed, where the protocol signs"
        "The file is sent byte for byte, signed at this moment. An entity can also be typed: a line that begins \
         with { is one, and may go on over several lines until its last brace. --binary sends the bytes as a binary \
         frame, whatever the protocol makes of it.";
    "/hex" "BYTES" "send a binary frame of bytes in hex: 00 ff 7f"
        "";
    "/sign" "JSON|FILE" "show the signed message, and send nothing"
        "";
    "/subscribe" "NAME…" "get what is published to channels or topics"
        "";
    "/unsubscribe" "NAME…" "do not get it any more"
        "";
    "/publish" "NAME CONTENT" "publish to a channel, or write to a chat"
        "";
    "/verify" "" "tell everything about the last message's signature"
        "";
    "/headers" "" "show the handshake: the request and the response"
        "";
    "/ping" "" "send a ping, and measure the time until its pong"
        "";
    "/open" "URL [as NAME] [with PROTOCOL]" "open one more session, and use it"
        "PROTOCOL is versia, wsify, roadrunner, roadrunner-2.3.0, chat or raw: that of the session in use unless told \
         otherwise. What is typed goes to the session in use; what comes is shown from all of them.";
    "/use" "[NAME]" "use another session, or list them"
        "";
    "/close" "[CODE] [REASON]" "close the session, with 1000 unless told otherwise"
        "Codes are 1000 to 1014 and 3000 to 4999, but for 1004, 1005 and 1006, which are never sent. A reason has at \
         most 123 bytes.";
    "/reconnect" "" "open the session anew: a fresh signature, and the subscriptions again"
        "A session that is still open is closed first.";
    "/status" "" "tell where the session goes to, since when, and what passed"
        "";
    "/time" "absolute|since|off" "put times before what happens: of day, or since the last"
        "";
    "/expect" "EXPRESSION [within TIME]" "wait for a message that fits, 5 s unless told otherwise"
        "An expression is a JSONPath that has to select something, or a JSONPath with == or != and a JSON value: \
         /expect '$.type == \"Note\"' within 2s. It is held against what is in each message (the entity, the content), \
         and against the frame's own JSON: what came since the sends before it first, then what comes. Each message \
         meets one expectation. A refusal that was expected is none.";
    "/wait" "TIME|answers|N messages [within TIME]" "wait, while what comes is shown: 500ms, 2s, 1m"
        "For answers: until nothing that was sent is unanswered. For messages: until so many more came. Both take the \
         time that a peer has to answer, unless told otherwise.";
    "/sleep" "TIME" "wait for a time"
        "";
    "/record" "FILE|off" "write the record of each frame into a file, both ways"
        "Records are lines of JSON, added to the end of the file.";
    "/replay" "[--diff] FILE" "send again what went out in a recording"
        "Signed messages are signed anew. With --diff, each waits for as many messages as came after it then, and what is \
         different is told, and is a no; times and signatures always differ, and are passed over.";
    "/filter" "[EXPRESSION|off]" "show only the messages that fit, as /expect has it"
        "";
    "/show" "[sent] [N] [hex]" "show a message whole: the last that came, or another"
        "";
    "/export" "FILE" "write the records of what passed into a new file"
        "The last 4,096 frames are kept, 32 MiB of them at most. Headers that are secrets are hidden.";
    "/set" "[NAME VALUE]" "change a setting, or list them"
        "fragments N|off: in how many frames each message is sent. frames on|off: show what is on the wire. reconnect \
         on|off: open a lost session again by itself. timeout TIME: how long a peer may take, 0 for ever.";
    "/source" "FILE" "run the lines of a file"
        "";
    "/quit" "" "close the sessions with 1000, and leave"
        "";
}

/// The help on a command of these or of the protocol's own, with or without its slash.
pub(super) fn find(name: &str, own: &'static [CommandHelp]) -> Option<&'static CommandHelp> {
    let name = name.trim_start_matches('/');
    COMMANDS.iter().chain(own).find(|command| command.name.trim_start_matches('/') == name)
}

/// The command that somebody may have meant.
pub(super) fn nearest(name: &str, own: &'static [CommandHelp]) -> Option<&'static str> {
    let far = |command: &&CommandHelp| strsim::damerau_levenshtein(command.name, name);
    let near = COMMANDS.iter().chain(own).min_by_key(far)?;
    let begins = COMMANDS.iter().chain(own).find(|command| name.len() > 1 && command.name.starts_with(name));
    begins.or(Some(near).filter(|near| far(near) <= 2)).map(|command| command.name)
}
