//! A line becomes a typed command.

use std::fmt;
use std::time::Duration;

use super::close_code::may_be_sent;
use super::expect::{Expectation, ExpectationError, split_time};
use super::help::{find, nearest};
use super::length::parse_length;
use crate::protocol::session::CommandHelp;

/// The longest reason of a Close, in bytes (RFC 6455, section 5.5).
const MAX_REASON: usize = 123;

/// The code of an orderly end.
const NORMAL: u16 = 1000;

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Nothing: an empty line or a comment.
    Nothing,
    /// To send what was typed.
    Entity(String),
    /// To send what is in a file.
    Send(String),
    /// To see the message that would be sent for a text or a file.
    Sign(String),
    /// To know everything about the last message's signature.
    Verify,
    /// To see the handshake.
    Headers,
    /// To measure the round trip.
    Ping,
    /// To close the session.
    Close {
        /// The code.
        code: u16,
        /// The reason; may be empty.
        reason: String,
    },
    /// To open a session anew.
    Reconnect,
    /// To know how the session stands.
    Status,
    /// To see times.
    Time(Stamps),
    /// To wait for a message that fits.
    Expect(Expectation),
    /// To wait.
    Wait(Duration),
    /// To have the list of commands, or the help on one.
    Help(Option<&'static CommandHelp>),
    /// To leave.
    Quit,
}

/// Which times are put before what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stamps {
    /// None.
    #[default]
    Off,
    /// The time of day, in UTC.
    Absolute,
    /// The time since what happened before.
    Since,
}

/// Why a line is no command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommandError {
    /// There is no such command.
    Unknown {
        /// What was typed.
        name: String,
        /// The command that may have been meant.
        nearest: Option<&'static str>,
    },
    /// The command takes something, and has none.
    Missing(&'static CommandHelp),
    /// The command takes nothing of what was given.
    Unwanted(&'static CommandHelp),
    /// What the command was given is wrong: what it is, and what it has to be.
    Argument(&'static CommandHelp, String, &'static str),
    /// The expectation cannot be read.
    Expectation(ExpectationError),
}

impl CommandError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            CommandError::Unknown { nearest: Some(nearest), .. } => Some(format!("did you mean {nearest}?")),
            CommandError::Unknown { nearest: None, .. } => Some("/help lists the commands".to_owned()),
            CommandError::Missing(command) | CommandError::Unwanted(command) => Some(command.usage()),
            CommandError::Argument(_, _, wanted) => Some((*wanted).to_owned()),
            CommandError::Expectation(error) => error.hint().map(str::to_owned),
        }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Unknown { name, .. } => write!(f, "there is no command {name}"),
            CommandError::Missing(command) => write!(f, "{} is missing what it is about", command.name),
            CommandError::Unwanted(command) => write!(f, "{} takes nothing like that", command.name),
            CommandError::Argument(command, given, _) => {
                write!(f, "{} cannot be given {given:?}", command.name)
            }
            CommandError::Expectation(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CommandError {}

/// Reads a command: what begins with `/` is one of [`COMMANDS`](super::COMMANDS), what begins with `#` a comment, and
/// anything else what is to be sent.
///
/// # Errors
/// When there is no such command, or it is given what it does not take.
pub fn parse(line: &str) -> Result<Command, CommandError> {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(Command::Nothing);
    }
    if !trimmed.starts_with('/') {
        return Ok(Command::Entity(trimmed.to_owned()));
    }
    let (name, argument) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
    let argument = argument.trim();
    let Some(help) = find(name).filter(|help| help.name == name) else {
        return Err(CommandError::Unknown { name: name.to_owned(), nearest: nearest(name) });
    };
    match help.name {
        "/send" => needed(help, argument).map(|file| Command::Send(unquoted(file).to_owned())),
        "/sign" => needed(help, argument).map(|what| Command::Sign(unquoted(what).to_owned())),
        "/close" => close(help, argument),
        "/time" => time(help, argument),
        "/expect" => expect(needed(help, argument)?),
        "/wait" => match parse_length(needed(help, argument)?) {
            Some(length) => Ok(Command::Wait(length)),
            None => Err(CommandError::Argument(help, argument.to_owned(), LENGTH)),
        },
        "/help" if argument.is_empty() => Ok(Command::Help(None)),
        "/help" => match find(argument) {
            Some(about) => Ok(Command::Help(Some(about))),
            None => Err(CommandError::Unknown {
                name: argument.to_owned(),
                nearest: nearest(&format!("/{}", argument.trim_start_matches('/'))),
            }),
        },
        _ if !argument.is_empty() => Err(CommandError::Unwanted(help)),
        "/verify" => Ok(Command::Verify),
        "/headers" => Ok(Command::Headers),
        "/ping" => Ok(Command::Ping),
        "/reconnect" => Ok(Command::Reconnect),
        "/status" => Ok(Command::Status),
        _ => Ok(Command::Quit),
    }
}

const LENGTH: &str = "a length of time is written 500ms, 2s or 1m";

fn needed<'a>(help: &'static CommandHelp, argument: &'a str) -> Result<&'a str, CommandError> {
    if argument.is_empty() { Err(CommandError::Missing(help)) } else { Ok(argument) }
}

/// What stands between quotes of one kind, or the text itself.
fn unquoted(text: &str) -> &str {
    let between = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    between('\'').or_else(|| between('"')).unwrap_or(text)
}

fn close(help: &'static CommandHelp, argument: &str) -> Result<Command, CommandError> {
    let (first, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
    let (code, reason) = match first.parse::<u16>() {
        _ if argument.is_empty() => (NORMAL, ""),
        Ok(code) => (code, rest.trim()),
        // A number that is no code is not a reason either.
        Err(_) if first.bytes().all(|byte| byte.is_ascii_digit()) => (0, ""),
        Err(_) => (NORMAL, argument),
    };
    let wrong = |what: &str, wanted| Err(CommandError::Argument(help, what.to_owned(), wanted));
    let reason = unquoted(reason);
    if !may_be_sent(code) {
        return wrong(first, "codes that may be sent are 1000 to 1003, 1007 to 1014 and 3000 to 4999");
    }
    if reason.len() > MAX_REASON {
        return wrong(reason, "a reason has at most 123 bytes");
    }
    Ok(Command::Close { code, reason: reason.to_owned() })
}

fn time(help: &'static CommandHelp, argument: &str) -> Result<Command, CommandError> {
    Ok(Command::Time(match needed(help, argument)? {
        "absolute" => Stamps::Absolute,
        "since" => Stamps::Since,
        "off" => Stamps::Off,
        other => {
            return Err(CommandError::Argument(help, other.to_owned(), "it is absolute, since or off"));
        }
    }))
}

fn expect(argument: &str) -> Result<Command, CommandError> {
    let (expression, within) = split_time(argument).map_err(CommandError::Expectation)?;
    Expectation::parse(expression, within).map(Command::Expect).map_err(CommandError::Expectation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read() {
        let close = |code, reason: &str| Command::Close { code, reason: reason.to_owned() };
        for (line, command) in [
            ("", Command::Nothing),
            ("  # a comment", Command::Nothing),
            ("  {\"type\":\"Note\"} ", Command::Entity("{\"type\":\"Note\"}".to_owned())),
            ("hello", Command::Entity("hello".to_owned())),
            ("/send note.json", Command::Send("note.json".to_owned())),
            ("/send 'my note.json'", Command::Send("my note.json".to_owned())),
            ("/sign {\"a\": 1}", Command::Sign("{\"a\": 1}".to_owned())),
            ("/verify", Command::Verify),
            ("/headers", Command::Headers),
            ("/ping", Command::Ping),
            ("/close", close(1000, "")),
            ("/close 4001", close(4001, "")),
            ("/close 4001 'see you'", close(4001, "see you")),
            ("/close see you", close(1000, "see you")),
            ("/reconnect", Command::Reconnect),
            ("/status", Command::Status),
            ("/time since", Command::Time(Stamps::Since)),
            ("/wait 500ms", Command::Wait(Duration::from_millis(500))),
            ("/help", Command::Help(None)),
            ("/help close", Command::Help(find("/close"))),
            ("/quit", Command::Quit),
        ] {
            assert_eq!(parse(line), Ok(command), "{line}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_command_is_said() {
        for (line, says, hint) in [
            ("/snd x", "there is no command /snd", "did you mean /send?"),
            ("/recon", "no command /recon", "did you mean /reconnect?"),
            ("/", "no command /", "/help lists"),
            ("/xyzzy", "no command /xyzzy", "/help lists"),
            ("/SEND x", "no command /SEND", ""),
            ("/send", "/send is missing", "/send FILE"),
            ("/ping now", "/ping takes nothing", "it is written /ping"),
            ("/close 1005", "\"1005\"", "codes that may be sent"),
            ("/close 70000", "\"70000\"", "codes that may be sent"),
            ("/close 999", "\"999\"", "codes that may be sent"),
            ("/time now", "\"now\"", "absolute, since or off"),
            ("/wait soon", "\"soon\"", "500ms"),
            ("/help snd", "no command snd", "did you mean /send?"),
            ("/expect", "/expect is missing", "EXPRESSION"),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.to_string().contains(says), "{line}: {error}");
            assert!(error.hint().unwrap_or_default().contains(hint), "{line}: {:?}", error.hint());
        }
        let reason = format!("/close 1000 {}", "é".repeat(62));
        assert!(parse(&reason).is_err());
    }

    #[test]
    fn every_command_that_is_listed_is_known() {
        for command in super::super::COMMANDS {
            let unknown = matches!(parse(command.name), Err(CommandError::Unknown { .. }));
            assert!(!unknown, "{}", command.name);
        }
    }
}
