//! What a frame that came means.

use super::Payload;
use crate::protocol::versia::Checked;

/// What kind of thing came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An entity in a signed message.
    Entity,
    /// What was published to a channel or topic, or a message of no protocol.
    Message,
    /// An event of this name.
    Event(String),
    /// The answer to something that was sent.
    Answer,
    /// The answer to what keeps the session open.
    KeepAlive,
    /// Nothing that the protocol knows.
    Unknown,
}

impl Kind {
    /// The kind in one lower-case word.
    pub fn as_str(&self) -> &str {
        match self {
            Kind::Entity => "entity",
            Kind::Message => "message",
            Kind::Event(name) => name,
            Kind::Answer => "answer",
            Kind::KeepAlive => "keep-alive",
            Kind::Unknown => "unknown",
        }
    }
}

/// What a frame means.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What kind of thing it is.
    pub kind: Kind,
    /// The channel, topic or chat that it is about, where the frame tells it.
    pub topic: Option<String>,
    /// What is in it, without its envelope; `None` when that is the frame itself, or nothing.
    pub content: Option<String>,
    /// What it answers, and how.
    pub answer: Option<Answer>,
    /// What has to be sent by itself, in this order.
    pub replies: Vec<Payload>,
    /// What its signature is worth.
    pub checked: Option<Box<Checked>>,
    /// What the peer did wrong with it, as a sentence without a full stop.
    pub problem: Option<String>,
}

impl Reading {
    /// Something of a kind, and nothing else known of it.
    pub fn new(kind: Kind) -> Self {
        Reading {
            kind,
            topic: None,
            content: None,
            answer: None,
            replies: Vec::new(),
            checked: None,
            problem: None,
        }
    }

    /// Something that the protocol does not know, and why it does not.
    pub fn unknown(problem: impl Into<String>) -> Self {
        Reading { problem: Some(problem.into()), ..Reading::new(Kind::Unknown) }
    }

    /// An answer.
    pub fn answering(answer: Answer) -> Self {
        Reading { answer: Some(answer), ..Reading::new(Kind::Answer) }
    }

    /// Whether it is something for the reader, and no answer to what was sent.
    pub fn is_message(&self) -> bool {
        !matches!(self.kind, Kind::Answer | Kind::KeepAlive)
    }

    /// Why what it answers was refused; `None` when it was not.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.answer.as_ref().and_then(|answer| answer.result.as_ref().err())
    }
}

/// The answer to something that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number that it was composed under; `None` when nothing is known that it could be for.
    pub number: Option<u64>,
    /// Whether it was done, or why not.
    pub result: Result<(), Refusal>,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The peer's code for it, such as a status.
    pub code: Option<String>,
    /// The peer's words; may be empty.
    pub message: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.code, self.message.as_str()) {
            (Some(code), "") => f.write_str(code),
            (Some(code), message) => write!(f, "{code}: {message}"),
            (None, message) => f.write_str(message),
        }
    }
}
