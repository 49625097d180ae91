//! The commands for people: what is listed, completed and explained.

use crate::protocol::session::CommandHelp;
use crate::protocol::session::commands;

commands! {
    /// Every command, in the order in which they are listed.
    pub COMMANDS:
    "/help" "[COMMAND]" "list the commands, or tell more about one"
        "";
    "/send" "FILE" "sign and send the entity in a file"
        "The file is sent byte for byte, signed at this moment. An entity can also be typed: a line that begins \
         with { is one, and may go on over several lines until its last brace.";
    "/sign" "JSON|FILE" "show the signed message, and send nothing"
        "";
    "/verify" "" "tell everything about the last message's signature"
        "";
    "/headers" "" "show the handshake: the request and the response"
        "";
    "/ping" "" "send a ping, and measure the time until its pong"
        "";
    "/close" "[CODE] [REASON]" "close the session, with 1000 unless told otherwise"
        "Codes are 1000 to 1014 and 3000 to 4999, but for 1004, 1005 and 1006, which are never sent. A reason has at \
         most 123 bytes.";
    "/reconnect" "" "open a new session, with a fresh signature"
        "A session that is still open is closed first.";
    "/status" "" "tell where the session goes to, since when, and what passed"
        "";
    "/time" "absolute|since|off" "put times before what happens: of day, or since the last"
        "";
    "/expect" "EXPRESSION [within TIME]" "wait for a message that fits, 5 s unless told otherwise"
        "An expression is a JSONPath that has to select something, or a JSONPath with == or != and a JSON value: \
         /expect '$.type == \"Note\"' within 2s. It is held against each entity that came, and against receipts and \
         other JSON: what came since the sends before it first, then what comes. Each message meets one \
         expectation. A refusal that was expected is none.";
    "/wait" "TIME" "wait, while what comes is shown: 500ms, 2s, 1m"
        "";
    "/quit" "" "close the session with 1000, and leave"
        "";
}

/// The help on a command, with or without its slash.
pub(super) fn find(name: &str) -> Option<&'static CommandHelp> {
    let name = name.trim_start_matches('/');
    COMMANDS.iter().find(|command| command.name.trim_start_matches('/') == name)
}

/// The command that somebody may have meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let far = |command: &&CommandHelp| strsim::damerau_levenshtein(command.name, name);
    let near = COMMANDS.iter().min_by_key(far)?;
    let begins = COMMANDS.iter().find(|command| name.len() > 1 && command.name.starts_with(name));
    begins.or(Some(near).filter(|near| far(near) <= 2)).map(|command| command.name)
}
