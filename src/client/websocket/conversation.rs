//! What a session carries, and what a protocol has to say about it.

use std::task::Context;
use std::time::Duration;

use super::{Bytes, Utf8Bytes};
use crate::finding::Code;

/// What is sent in one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping, which is no message of the conversation.
    Ping(Bytes),
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its number as its sender counts.
    pub ordinal: u64,
    /// What is sent.
    pub payload: Payload,
}

impl Outgoing {
    /// A text message.
    pub fn text(ordinal: u64, text: impl Into<Utf8Bytes>) -> Self {
        Outgoing { ordinal, payload: Payload::Text(text.into()) }
    }
}

/// A message that came. Pings are answered already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping.
    Ping(Bytes),
    /// A pong, asked for or not.
    Pong(Bytes),
}

/// How the peer broke the protocol that is spoken in the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The entry of the list of codes.
    pub code: &'static Code,
    /// What it did, as the rest of a sentence about it.
    pub what: String,
}

/// What the messages of a session mean.
pub trait Conversation {
    /// Notes that a text or binary message of `size` bytes was handed to the connection.
    fn sent(&mut self, ordinal: u64, size: usize);

    /// Takes what came.
    ///
    /// # Errors
    /// When the peer broke the protocol; the session ends.
    fn received(&mut self, incoming: Incoming) -> Result<(), Violation>;

    /// The next thing that has to be sent by itself, such as an acknowledgement. Wakes the task when there will be one.
    ///
    /// # Errors
    /// When the peer gives no sign of life within this time; the session ends.
    fn own(&mut self, _: &mut Context<'_>) -> Result<Option<Payload>, Duration> {
        Ok(None)
    }

    /// How many messages the peer has acknowledged; `None` when it does not do that.
    fn acknowledged(&self) -> Option<u64> {
        None
    }

    /// How many messages the peer has still to acknowledge before the session may be closed.
    fn unanswered(&self) -> usize {
        0
    }

    /// Whether another message may be sent before one has been acknowledged.
    fn has_room(&self) -> bool {
        true
    }
}

/// How long to wait for a peer that does nothing; zero is for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// While it owes to take what is sent, or to acknowledge it; starts anew with everything that it does of that.
    pub progress: Duration,
    /// For its answer to the Close.
    pub close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience { progress: Duration::from_secs(30), close: Duration::from_secs(10) }
    }
}
