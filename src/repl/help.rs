//! The commands for people: what is listed, completed and explained.

/// What there is to know about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHelp {
    /// Its name, with the slash.
    pub name: &'static str,
    /// What it takes, as it is shown; may be empty.
    pub arguments: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// More about it; may be empty.
    pub details: &'static str,
}

/// Every command, in the order in which they are listed.
pub const COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        name: "/help",
        arguments: "[COMMAND]",
        about: "list the commands, or tell more about one",
        details: "",
    },
    CommandHelp {
        name: "/send",
        arguments: "FILE",
        about: "sign and send the entity in a file",
        details: "The file is sent byte for byte, signed at this moment. An entity can also be typed: a line that begins \
                  with { is one, and may go on over several lines until its last brace.",
    },
    CommandHelp {
        name: "/sign",
        arguments: "JSON|FILE",
        about: "show the signed message, and send nothing",
        details: "",
    },
    CommandHelp {
        name: "/verify",
        arguments: "",
        about: "tell everything about the last message's signature",
        details: "",
    },
    CommandHelp {
        name: "/headers",
        arguments: "",
        about: "show the handshake: the request and the response",
        details: "",
    },
    CommandHelp {
        name: "/ping",
        arguments: "",
        about: "send a ping, and measure the time until its pong",
        details: "",
    },
    CommandHelp {
        name: "/close",
        arguments: "[CODE] [REASON]",
        about: "close the session, with 1000 unless told otherwise",
        details: "Codes are 1000 to 1014 and 3000 to 4999, but for 1004, 1005 and 1006, which are never sent. A reason has at \
                  most 123 bytes.",
    },
    CommandHelp {
        name: "/reconnect",
        arguments: "",
        about: "open a new session, with a fresh signature",
        details: "A session that is still open is closed first.",
    },
    CommandHelp {
        name: "/status",
        arguments: "",
        about: "tell where the session goes to, since when, and what passed",
        details: "",
    },
    CommandHelp {
        name: "/time",
        arguments: "absolute|since|off",
        about: "put times before what happens: of day, or since the last",
        details: "",
    },
    CommandHelp {
        name: "/expect",
        arguments: "EXPRESSION [within TIME]",
        about: "wait for a message that fits, 5 s unless told otherwise",
        details: "An expression is a JSONPath that has to select something, or a JSONPath with == or != and a JSON value: \
                  /expect '$.type == \"Note\"' within 2s. It is held against each entity that came, and against receipts and \
                  other JSON: what came since the sends before it first, then what comes. Each message meets one \
                  expectation. A refusal that was expected is none.",
    },
    CommandHelp {
        name: "/wait",
        arguments: "TIME",
        about: "wait, while what comes is shown: 500ms, 2s, 1m",
        details: "",
    },
    CommandHelp {
        name: "/quit",
        arguments: "",
        about: "close the session with 1000, and leave",
        details: "",
    },
];

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
