//! What a protocol has to say about a session, as a value: how to connect, what people's wishes become on the wire, what a
//! frame means, what has to be answered by itself, and what tells success from refusal.
//!
//! Pure: whoever holds the value has the socket and the clock. A value belongs to one session, also over reconnects, for it
//! numbers its requests and remembers what it joined. What may have to wait (a signer's key that is to be fetched) is the
//! [`Examiner`]'s, which may run on a thread of its own.

mod chat;
mod compose;
mod name;
mod raw;
mod reading;
mod roadrunner;
mod versia;
mod word;
mod wsify;

use std::sync::Arc;
use std::time::Duration;

pub use chat::Chat;
pub use compose::{ComposeError, Composed, Composition, Wanted};
pub use name::{ProtocolName, Setting};
pub use raw::Raw;
pub use reading::{Answer, Kind, Reading, Refusal};
pub use roadrunner::RoadRunner;
pub use versia::{Keys, Signing, Versia};
pub(crate) use word::commands;
pub use word::{CommandHelp, first_word, split_words};
pub use wsify::Wsify;

use super::record::Protocol;
use super::versia::{Checked, NothingToVerify};

/// The payload of a message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
}

impl Payload {
    /// The payload, borrowed.
    pub fn as_ref(&self) -> PayloadRef<'_> {
        match self {
            Payload::Text(text) => PayloadRef::Text(text),
            Payload::Binary(bytes) => PayloadRef::Binary(bytes),
        }
    }
}

/// The payload of a message that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadRef<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message.
    Binary(&'a [u8]),
}

impl<'a> PayloadRef<'a> {
    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        match self {
            PayloadRef::Text(text) => text.as_bytes(),
            PayloadRef::Binary(bytes) => bytes,
        }
    }

    /// The text, where it is one; a binary message may hold text too.
    pub fn text(self) -> Option<&'a str> {
        match self {
            PayloadRef::Text(text) => Some(text),
            PayloadRef::Binary(bytes) => std::str::from_utf8(bytes).ok(),
        }
    }

    /// The opcode as records have it.
    pub fn opcode(self) -> &'static str {
        match self {
            PayloadRef::Text(_) => "text",
            PayloadRef::Binary(_) => "binary",
        }
    }
}

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Unix milliseconds.
    pub millis: u64,
}

impl Moment {
    /// Unix seconds.
    pub fn seconds(self) -> i64 {
        i64::try_from(self.millis / 1_000).unwrap_or(i64::MAX)
    }
}

/// What is found out about a payload before it is read: what its signature is worth. `None` where nothing is.
pub type Examined = Option<Result<Checked, NothingToVerify>>;

/// Finds out about payloads what may have to be waited for.
pub trait Examiner: Send + Sync {
    /// Examines a payload. May block.
    fn examine(&self, payload: PayloadRef<'_>, moment: Moment) -> Examined;
}

/// What is sent when a session is silent, so that it stays open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepAlive {
    /// After how long without anything sent.
    pub after: Duration,
    /// What is sent.
    pub payload: Payload,
    /// How long its answer may take before the connection counts as lost.
    pub patience: Duration,
}

/// A protocol in one session.
pub trait SessionProtocol: Send {
    /// Which protocol it is, as records have it.
    fn protocol(&self) -> Protocol;

    /// The path where sessions are opened when the address has none.
    fn default_path(&self) -> &'static str;

    /// The subprotocols that are offered, the preferred one first.
    fn subprotocols(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether the handshake is signed where there is a signer.
    fn signs_handshake(&self) -> bool {
        false
    }

    /// The words that are its own, beside those of every protocol.
    fn commands(&self) -> &'static [CommandHelp] {
        &[]
    }

    /// Notes that a connection was opened, and which subprotocol was agreed on. What has to be said first is given back:
    /// after a reconnect, the subscriptions. What had no answer before gets none any more.
    fn opened(&mut self, agreed: Option<&str>, moment: Moment) -> Vec<Composed> {
        let _ = (agreed, moment);
        Vec::new()
    }

    /// Makes what is sent of what somebody wants. It counts as sent.
    ///
    /// # Errors
    /// When the protocol has no such thing, or it is written wrongly.
    fn compose(&mut self, wanted: Wanted<'_>, moment: Moment) -> Result<Composition, ComposeError>;

    /// Notes that a message was sent past the protocol, as it was. The number under which its answer will come; `None` when
    /// none is to be expected.
    fn sent_as_is(&mut self) -> Option<u64> {
        None
    }

    /// Finds out about payloads what may take time; `None` when there is nothing of the kind.
    fn examiner(&self) -> Option<Arc<dyn Examiner>> {
        None
    }

    /// Makes out what came, with what its examiner found.
    fn read(&mut self, payload: PayloadRef<'_>, examined: Examined, moment: Moment) -> Reading;

    /// What keeps a silent session open.
    fn keep_alive(&self) -> Option<KeepAlive> {
        None
    }

    /// Whether what is asked for gets answers: then each message that was composed under a number does.
    fn answers(&self) -> bool {
        false
    }

    /// How many of the messages that were composed are still to be answered.
    fn unanswered(&self) -> usize {
        0
    }

    /// What is subscribed to: channels or topics.
    fn subscriptions(&self) -> Vec<String> {
        Vec::new()
    }
}
