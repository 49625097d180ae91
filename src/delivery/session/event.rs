//! What happens during a run over a session.

use std::time::Duration;

use super::message::Unsendable;
use crate::client::websocket::{Incoming, PeerClose};
use crate::delivery::item::Place;
use crate::delivery::journal::Answer;
use crate::delivery::outcome::{Failure, Outcome};
use crate::delivery::pace::Pause;
use crate::protocol::record::Record;
use crate::protocol::session::ComposeError;
use crate::protocol::versia::Receipt;

/// Something that happened. `E` is why an input could not be read. Where there are records of frames, the event that
/// tells of a frame has its own.
#[derive(Debug)]
pub enum SessionEvent<E> {
    /// A session was opened.
    Opened {
        /// The handshake.
        record: Box<Record>,
        /// Whether the server gives receipts.
        receipts: bool,
    },
    /// No session was opened.
    NotOpened(NotOpened),
    /// A message was handed to the connection. Told of only where there are records.
    Sent(Box<Record>),
    /// A message's receipt came.
    Answered(Box<Answered>),
    /// Something else came.
    Heard {
        /// What it was.
        incoming: Incoming,
        /// Its record.
        record: Option<Box<Record>>,
    },
    /// So many messages were handed to sessions without receipts by now.
    Going(u64),
    /// A session ended too early.
    Lost(Box<Lost>),
    /// These went out, and no receipt came or will come.
    Unanswered(Unanswered),
    /// A session ended when everything was sent, and answered where there are receipts.
    Closed(Box<Closed>),
    /// A document cannot be sent as a message.
    Unsendable {
        /// What the document is called.
        place: Place,
        /// Why not.
        why: Unsendable,
    },
    /// A document becomes no message of the protocol.
    NotComposed {
        /// What the document is called.
        place: Place,
        /// Why not.
        why: ComposeError,
    },
    /// Something came that the protocol does not have.
    Odd {
        /// What is wrong with it.
        problem: String,
        /// Its record.
        record: Option<Box<Record>>,
    },
    /// An input could not be read.
    Unreadable(E),
    /// A document has its outcome from a run before: this answer.
    Skipped(Answer),
    /// The next handshake waits, because the server asks for it.
    Paused(Pause),
}

/// A handshake that opened no session.
#[derive(Debug)]
pub struct NotOpened {
    /// The handshake, as far as it got.
    pub record: Box<Record>,
    /// Why there is no session.
    pub failure: Failure,
    /// Which handshake in a row it was, from 1.
    pub tries: u32,
    /// How long is waited before the next one; `None` when there is none.
    pub again: Option<Duration>,
}

/// A message's receipt.
#[derive(Debug)]
pub struct Answered {
    /// What the document is called.
    pub place: Place,
    /// The receipt.
    pub receipt: Receipt,
    /// What it comes to.
    pub outcome: Outcome,
    /// How long after the message it came.
    pub latency: Duration,
    /// The receipt's own record.
    pub record: Option<Record>,
}

/// A session that ended too early.
#[derive(Debug)]
pub struct Lost {
    /// Why.
    pub failure: Failure,
    /// Whether the server ended it because it refuses a message, which is all that it can do without receipts.
    pub refused: bool,
    /// How many messages went out without receipts, so that nobody knows what arrived.
    pub unknown: u64,
    /// How long is waited before the session is opened again; `None` when it is not.
    pub again: Option<Duration>,
    /// The peer's Close, or what kept the session from going on.
    pub record: Box<Record>,
}

/// Documents that went out and have no receipt: they may have arrived.
#[derive(Debug)]
pub struct Unanswered {
    /// How many.
    pub count: usize,
    /// The first of them.
    pub first: Place,
    /// The last of them.
    pub last: Place,
}

/// A session that ended when everything was sent, and answered where there are receipts.
#[derive(Debug)]
pub struct Closed {
    /// The peer's answer to our Close.
    pub close: Option<PeerClose>,
    /// What was wrong with the end, which changes nothing about the documents.
    pub failure: Option<Failure>,
    /// How many documents are delivered with it, without a receipt.
    pub unconfirmed: u64,
    /// How long closing took, since the last receipt came and nothing more was to be sent.
    pub took: Duration,
    /// The peer's Close, or what kept the session from being closed.
    pub record: Box<Record>,
}
