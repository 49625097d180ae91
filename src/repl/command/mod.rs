//! A line becomes a typed command.

mod arguments;
mod error;

use std::time::Duration;

use self::arguments::Reader;
pub use self::error::CommandError;
use super::expect::Expectation;
use super::help::{find, nearest};
use crate::protocol::session::{CommandHelp, ProtocolName};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Nothing: an empty line or a comment.
    Nothing,
    /// To send what was typed.
    Document(String),
    /// To send what is in a file; as a binary frame, or as what the protocol makes of it.
    Send {
        /// The file.
        file: String,
        /// Whether its bytes are sent as they are.
        binary: bool,
    },
    /// To send a binary frame of these bytes.
    Hex(Vec<u8>),
    /// To see the message that would be sent for a text or a file.
    Sign(String),
    /// To get what is published to channels or topics.
    Subscribe(Vec<String>),
    /// Not to get it any more.
    Unsubscribe(Vec<String>),
    /// To publish something.
    Publish {
        /// The channel, the topic or the chat.
        topic: String,
        /// What, as it was written.
        content: String,
    },
    /// What a word of the protocol's own stands for.
    Own {
        /// The word, with its slash.
        name: &'static str,
        /// What was written after it.
        arguments: String,
    },
    /// To know everything about the last message's signature.
    Verify,
    /// To see the handshake.
    Headers,
    /// To measure the round trip.
    Ping,
    /// To open one more session.
    Open {
        /// Where to.
        address: String,
        /// What it is called.
        name: Option<String>,
        /// What is spoken; that of the session in use unless told otherwise.
        protocol: Option<ProtocolName>,
    },
    /// To use another session, or to have the list of them.
    Use(Option<String>),
    /// To close the session.
    Close {
        /// The code.
        code: u16,
        /// The reason; may be empty.
        reason: String,
    },
    /// To open the session anew.
    Reconnect,
    /// To know how the session stands.
    Status,
    /// To see times.
    Time(Stamps),
    /// To wait for a message that fits.
    Expect(Expectation),
    /// To wait.
    Wait(Wait),
    /// To record what passes in a file from now on, or not any more.
    Record(Option<String>),
    /// To send a recording again.
    Replay {
        /// The file.
        file: String,
        /// Whether what comes is held against what came then.
        diff: bool,
    },
    /// To be shown only what fits.
    Filter(Filter),
    /// To be shown a message whole.
    Show(Show),
    /// To have the records of what passed in a file.
    Export(String),
    /// To change a setting, or to have the list of them.
    Set(Option<Change>),
    /// To run the lines of a file.
    Source(String),
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

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A length of time.
    Time(Duration),
    /// The answers to all that was sent; `None` is as long as a peer is waited for.
    Answers(Option<Duration>),
    /// So many more messages.
    Messages(u64, Option<Duration>),
}

/// Which messages are shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Those that fit.
    Fitting(Expectation),
    /// All.
    Off,
    /// As now; only tell.
    Tell,
}

/// Which message is shown, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Show {
    /// Its number in the session; the last without one.
    pub number: Option<u64>,
    /// Whether it is one that was sent.
    pub sent: bool,
    /// Whether its bytes are shown in hex.
    pub hex: bool,
}

/// A setting, and what it is from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// In how many frames a message is sent.
    Fragments(usize),
    /// Whether frames are shown as they are on the wire.
    Frames(bool),
    /// Whether a session that is lost is opened again by itself.
    Reconnect(bool),
    /// How long a peer that owes something is waited for.
    Timeout(Duration),
}

/// Reads a command: what begins with `/` is one of [`COMMANDS`](super::COMMANDS) or of the protocol's own, what begins with
/// `#` a comment, and anything else what is to be sent.
///
/// # Errors
/// When there is no such command, or it is given what it does not take.
pub fn parse(line: &str, own: &'static [CommandHelp]) -> Result<Command, CommandError> {
    let trimmed = line.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(Command::Nothing);
    }
    if !trimmed.starts_with('/') {
        return Ok(Command::Document(trimmed.to_owned()));
    }
    let (name, argument) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
    let argument = argument.trim();
    if let Some(word) = own.iter().find(|word| word.name == name) {
        return Ok(Command::Own { name: word.name, arguments: argument.to_owned() });
    }
    let Some(help) = find(name, own).filter(|help| help.name == name) else {
        return Err(CommandError::Unknown { name: name.to_owned(), nearest: nearest(name, own) });
    };
    let reader = Reader { help, argument };
    match help.name {
        "/help" => about(argument, own),
        "/send" => reader.send(),
        "/hex" => reader.hex(),
        "/sign" => Ok(Command::Sign(reader.text()?)),
        "/subscribe" => Ok(Command::Subscribe(reader.words()?)),
        "/unsubscribe" => Ok(Command::Unsubscribe(reader.words()?)),
        "/publish" => reader.publish(),
        "/open" => reader.open(),
        "/use" => Ok(Command::Use(reader.one_word()?)),
        "/close" => reader.close(),
        "/time" => reader.time(),
        "/expect" => reader.expectation().map(Command::Expect),
        "/wait" => reader.wait().map(Command::Wait),
        "/sleep" => Ok(Command::Wait(Wait::Time(reader.length()?))),
        "/record" => Ok(Command::Record(Some(reader.text()?).filter(|file| file != "off"))),
        "/replay" => reader.replay(),
        "/filter" => reader.filter(),
        "/show" => reader.show(),
        "/export" => Ok(Command::Export(reader.text()?)),
        "/set" => reader.set(),
        "/source" => Ok(Command::Source(reader.text()?)),
        _ => reader.nothing(),
    }
}

fn about(argument: &str, own: &'static [CommandHelp]) -> Result<Command, CommandError> {
    if argument.is_empty() {
        return Ok(Command::Help(None));
    }
    find(argument, own).map(|about| Command::Help(Some(about))).ok_or_else(|| CommandError::Unknown {
        name: argument.to_owned(),
        nearest: nearest(&format!("/{}", argument.trim_start_matches('/')), own),
    })
}

#[cfg(test)]
mod tests;
