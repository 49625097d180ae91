//! What a session tells, as data: whoever shows it decides how.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::command::{CommandError, Stamps};
use super::document::DocumentError;
use crate::client::HttpUrl;
use crate::client::websocket::{PeerClose, SessionError, WebSocketError};
use crate::protocol::record::{Headers, Record, Timings};
use crate::protocol::session::CommandHelp;
use crate::protocol::versia::{Checked, Receipt};

/// Something that happened, and when.
#[derive(Debug)]
pub struct Told {
    /// When, in Unix milliseconds.
    pub at_millis: u64,
    /// What.
    pub happening: Happening,
}

/// What happens in a session.
#[derive(Debug)]
pub enum Happening {
    /// A session was opened.
    Opened(Arc<Handshake>),
    /// No session could be opened when one was asked for again.
    NotOpened(WebSocketError),
    /// A message came: an entity, a receipt, or anything else.
    Received(Arc<Received>),
    /// A message was sent.
    Sent(Box<Sent>),
    /// The peer sent a ping, which was answered.
    PingCame(usize),
    /// The peer answered a ping, or sent a pong that nobody asked for.
    Pong(Ping),
    /// The session is over.
    Closed(Box<Closed>),
    /// The answer to `/expect`.
    Expected(Expected),
    /// The message that would be sent.
    WouldSend(String),
    /// Everything about the last message; `None` when there was none that is signed.
    Verified(Option<Arc<Received>>),
    /// The handshake; `None` when there was none yet.
    Headers(Option<Arc<Handshake>>),
    /// How the session stands.
    Status(Box<Status>),
    /// Which times are wanted.
    Time(Stamps),
    /// The list of commands, or the help on one.
    Help(Option<&'static CommandHelp>),
    /// A command that could not be done; the number of its line in a script.
    Trouble(Option<u64>, Trouble),
    /// The session ends before everything that was asked for has happened.
    Stopped(Stop),
}

/// A handshake that opened a session.
#[derive(Debug)]
pub struct Handshake {
    /// The session's name: `s1`, `s2`, …
    pub session: String,
    /// Where to; `https` stands for `wss`.
    pub url: HttpUrl,
    /// Who signed it.
    pub signed_by: Option<String>,
    /// The request's headers.
    pub request: Headers,
    /// The response's headers.
    pub response: Headers,
    /// The subprotocol that was agreed on.
    pub subprotocol: Option<String>,
    /// The version of TLS.
    pub tls: Option<&'static str>,
    /// The address at the other end: the proxy's, where there is one.
    pub peer: SocketAddr,
    /// How long each stage took.
    pub timings: Timings,
    /// When the session was opened, in Unix milliseconds.
    pub at_millis: u64,
    /// The handshake as a record.
    pub record: Record,
}

/// A message that came.
#[derive(Debug)]
pub struct Received {
    /// Its number among the messages of its session, from 1.
    pub number: u64,
    /// Its frame, with the verdict.
    pub record: Record,
    /// What it is.
    pub content: Content,
}

/// What a message is.
#[derive(Debug)]
pub enum Content {
    /// A message of the WebSocket extension, verified.
    Entity {
        /// The entity's JSON as it came.
        text: String,
        /// What its signature is worth.
        checked: Box<Checked>,
    },
    /// A receipt.
    Receipt {
        /// The receipt.
        receipt: Receipt,
        /// How long after its message it came; `None` when there is no message that it could be for.
        after: Option<Duration>,
    },
    /// A receipt that is wrong; what is wrong with it.
    WrongReceipt(String),
    /// Anything else; why it is no message of the extension.
    Other(String),
}

impl Received {
    /// What an expectation is held against: the entity, or the frame's own JSON; `None` when it is not JSON.
    pub fn value(&self) -> Option<Value> {
        match &self.content {
            Content::Entity { text, .. } => serde_json::from_str(text).ok(),
            _ => serde_json::from_slice(self.payload()).ok(),
        }
    }

    /// The bytes that came.
    pub fn payload(&self) -> &[u8] {
        self.record.frame.as_ref().map(|frame| frame.data.0.as_slice()).unwrap_or_default()
    }

    /// Whether it is a receipt of any kind.
    pub fn is_receipt(&self) -> bool {
        matches!(self.content, Content::Receipt { .. } | Content::WrongReceipt(_))
    }

    /// Whether it says that a message was refused.
    pub fn refuses(&self) -> bool {
        match &self.content {
            Content::Receipt { receipt, .. } => !receipt.is_accepted(),
            _ => false,
        }
    }
}

/// A message that was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its number among the messages of its session, from 1.
    pub number: u64,
    /// Its frame.
    pub record: Record,
    /// The entity in it; `None` when it was sent as it is.
    pub entity: Option<String>,
}

/// A pong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ping {
    /// The round trip; `None` when the pong answers no ping of ours.
    pub round_trip: Option<Duration>,
}

/// The end of a session.
#[derive(Debug)]
pub struct Closed {
    /// The session's name.
    pub session: String,
    /// The peer's Close, or what happened in its place.
    pub end: Result<PeerClose, SessionError>,
    /// Whether this side asked for it.
    pub asked_for: bool,
    /// The Close as a record, where there was one.
    pub record: Option<Record>,
}

/// What became of an expectation.
#[derive(Debug)]
pub struct Expected {
    /// The expression.
    pub text: String,
    /// The message that met it; `None` when none did.
    pub met_by: Option<Arc<Received>>,
    /// How many messages were held against it.
    pub looked_at: u64,
    /// How many messages that came before were not kept, and not held against it.
    pub forgotten: u64,
    /// How long was waited.
    pub waited: Duration,
}

/// How a session stands.
#[derive(Debug)]
pub struct Status {
    /// The handshake of the present session, or of the last one; `None` when there was none.
    pub handshake: Option<Arc<Handshake>>,
    /// Whether it is open.
    pub is_open: bool,
    /// How many messages were sent in it.
    pub sent: u64,
    /// How many of those have no receipt yet; `None` when receipts were not agreed on.
    pub unanswered: Option<u64>,
    /// How many messages came in it, receipts included.
    pub received: u64,
    /// How many messages of it verified.
    pub valid: u64,
    /// The last round trip of a ping.
    pub round_trip: Option<Duration>,
}

/// Why a command could not be done.
#[derive(Debug)]
pub enum Trouble {
    /// The line is no command.
    Command(CommandError),
    /// There is nothing to send.
    Document(DocumentError),
    /// Nothing can be signed: there is no signer.
    NoSigner,
    /// The message is larger than the limit, both in bytes.
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// There is no open session.
    NoSession,
    /// The script cannot be read further.
    Script(std::io::Error),
}

/// Why a session ends before everything that was asked for has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Fewer messages came than were asked for.
    Count {
        /// How many came.
        came: u64,
        /// How many were asked for.
        wanted: u64,
    },
    /// Messages have no receipt, and were waited for.
    Receipts(u64),
    /// No pong came in time.
    Pong,
    /// The time was up before all lines were run.
    Time,
}
