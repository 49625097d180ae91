//! What a server tells whoever runs it, in the order in which it happened.

use crate::entity::Violation;
use crate::protocol::record::Record;
use crate::protocol::versia::Checked;

use super::session::End;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A request was answered.
    Exchange(Box<Happened>),
    /// A message came over a WebSocket session.
    Message(Box<Happened>),
    /// A frame passed in a session whose frames are told.
    Frame(Box<Record>),
    /// A WebSocket session began; the request of its handshake and the answer.
    SessionOpened(Box<Happened>),
    /// A WebSocket session ended.
    SessionClosed {
        /// The session's name.
        session: String,
        /// The address at the other end.
        peer: String,
        /// How many messages came.
        messages: u64,
        /// How it ended.
        end: End,
        /// The record of the Close, where one came.
        record: Option<Box<Record>>,
    },
    /// Something came that is no HTTP request.
    Malformed(Box<Record>),
    /// A connection came to nothing, or could not be taken.
    Trouble {
        /// The address at the other end, where there is one.
        peer: Option<String>,
        /// What happened, in a sentence.
        what: String,
    },
}

impl Event {
    /// The record of what passed on the wire, where there is one.
    pub fn record(&self) -> Option<&Record> {
        match self {
            Event::Exchange(happened) | Event::Message(happened) | Event::SessionOpened(happened) => {
                Some(&happened.record)
            }
            Event::Frame(record)
            | Event::Malformed(record)
            | Event::SessionClosed { record: Some(record), .. } => Some(record),
            Event::SessionClosed { record: None, .. } | Event::Trouble { .. } => None,
        }
    }

    /// The same, to be changed.
    pub fn record_mut(&mut self) -> Option<&mut Record> {
        match self {
            Event::Exchange(happened) | Event::Message(happened) | Event::SessionOpened(happened) => {
                Some(&mut happened.record)
            }
            Event::Frame(record)
            | Event::Malformed(record)
            | Event::SessionClosed { record: Some(record), .. } => Some(record),
            Event::SessionClosed { record: None, .. } | Event::Trouble { .. } => None,
        }
    }
}

/// A request or a message, and what was found out about it.
#[derive(Debug)]
pub struct Happened {
    /// What passed on the wire.
    pub record: Record,
    /// What was found out about the signatures of what came.
    pub checked: Vec<Checked>,
    /// What was delivered, where it was a delivery.
    pub delivery: Option<Delivery>,
}

/// What a delivery says it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// The entity's type.
    pub kind: Option<String>,
    /// Its author.
    pub author: Option<String>,
    /// The text of an instance message.
    pub text: Option<String>,
    /// What came of it here, in a sentence.
    pub became: Option<String>,
    /// What is wrong with it by the documents' rules, notes left out.
    pub violations: Vec<Violation>,
}
