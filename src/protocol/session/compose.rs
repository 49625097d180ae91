//! What somebody wants, what it becomes, and why it becomes nothing.

use std::fmt;

use super::Payload;
use super::word::CommandHelp;

/// What somebody wants to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// What was typed or is in a document.
    Document(&'a str),
    /// To get what is published to these channels or topics.
    Subscribe(&'a [&'a str]),
    /// Not to get it any more.
    Unsubscribe(&'a [&'a str]),
    /// To publish something to a channel, a topic or a chat.
    Publish {
        /// Where to.
        topic: &'a str,
        /// What, as it was written.
        content: &'a str,
    },
    /// What a word of the protocol's own stands for.
    Word {
        /// The word, with its slash.
        name: &'a str,
        /// What was written after it.
        arguments: &'a str,
    },
}

/// A message that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Composed {
    /// What is sent.
    pub payload: Payload,
    /// The number under which its answer will come; `None` when none is to be expected.
    pub number: Option<u64>,
    /// What is in it, where that is not what is sent: the entity of a signed message.
    pub content: Option<String>,
}

impl Composed {
    /// A text that nobody answers.
    pub fn text(text: String) -> Self {
        Composed { payload: Payload::Text(text), number: None, content: None }
    }

    /// A text whose answer will come under a number.
    pub fn answered(text: String, number: u64) -> Self {
        Composed { number: Some(number), ..Composed::text(text) }
    }
}

/// What a wish becomes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Composition {
    /// What is sent, in this order.
    pub messages: Vec<Composed>,
    /// What is told to whoever asked, a line each.
    pub told: Vec<String>,
}

impl From<Composed> for Composition {
    fn from(composed: Composed) -> Self {
        Composition { messages: vec![composed], told: Vec::new() }
    }
}

/// Why nothing is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeError {
    /// Nothing can be signed: there is no signer.
    NoSigner,
    /// It is not a message of the protocol; the protocol's name, and why.
    NotAMessage(&'static str, String),
    /// The protocol does not have it: what it does not have, and what to do in its place.
    Unsupported(&'static str, &'static str),
    /// There is no such word.
    Unknown(String),
    /// The word is missing something.
    Missing(&'static CommandHelp),
    /// What the word was given is wrong: what it is, and what it has to be.
    Argument(&'static CommandHelp, String, &'static str),
}

impl ComposeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ComposeError::NoSigner => Some("--as NAME signs, and --as-is sends any text".to_owned()),
            ComposeError::NotAMessage("RoadRunner", _) => Some(
                "clients only join and leave: /join TOPIC; `versia-cli publish roadrunner` publishes"
                    .to_owned(),
            ),
            ComposeError::NotAMessage(..) => Some("--protocol raw sends any text".to_owned()),
            ComposeError::Unsupported(_, instead) => Some((*instead).to_owned()),
            ComposeError::Unknown(_) => Some("/help lists the commands".to_owned()),
            ComposeError::Missing(word) => Some(word.usage()),
            ComposeError::Argument(_, _, wanted) => Some((*wanted).to_owned()),
        }
    }
}

impl fmt::Display for ComposeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ComposeError::NoSigner => f.write_str("there is nobody who signs"),
            ComposeError::NotAMessage(protocol, why) => write!(f, "it is not a {protocol} message: {why}"),
            ComposeError::Unsupported(what, _) => f.write_str(what),
            ComposeError::Unknown(name) => write!(f, "there is no command {name}"),
            ComposeError::Missing(word) => write!(f, "{} is missing what it is about", word.name),
            ComposeError::Argument(word, given, _) => write!(f, "{} cannot be given {given:?}", word.name),
        }
    }
}

impl std::error::Error for ComposeError {}
