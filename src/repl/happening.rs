//! What a session tells, as data: whoever shows it decides how.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::command::{CommandError, Stamps};
use super::document::DocumentError;
use super::recording::{Difference, RecordingError};
use crate::client::HttpUrl;
use crate::client::websocket::{PeerClose, SessionError, WebSocketError};
use crate::entity::Report;
use crate::protocol::record::{Headers, Record, Timings};
use crate::protocol::session::{CommandHelp, ComposeError, Kind, ProtocolName, Reading};

/// Something that happened, and when.
#[derive(Debug)]
pub struct Told {
    /// When, in Unix milliseconds.
    pub at_millis: u64,
    /// In which session, when there are several.
    pub session: Option<Label>,
    /// What.
    pub happening: Happening,
}

/// The name of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What it is called.
    pub name: Arc<str>,
    /// Its number among the sessions of a run, from 0.
    pub number: usize,
}

/// What happens in a session.
#[derive(Debug)]
pub enum Happening {
    /// A session was opened.
    Opened(Arc<Handshake>),
    /// No session could be opened when one was asked for.
    NotOpened(WebSocketError),
    /// A session that was lost is opened again by itself after this time; which attempt that is.
    Retrying(u32, Duration),
    /// Another session is used from now on; the host that it goes to, and the words of its protocol's own.
    Using(Label, String, &'static [CommandHelp]),
    /// A message came: an entity, an answer, or anything else.
    Received(Arc<Received>),
    /// A message was sent.
    Sent(Arc<Sent>),
    /// A control frame, or a message past the protocol, as it was on the wire. Told when frames are asked for.
    Frame(Arc<Record>),
    /// The peer sent a ping of so many bytes, which was answered.
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
    /// Every session.
    Sessions(Vec<Listed>),
    /// A message whole; whether its bytes are wanted.
    Shown(Arc<Record>, bool),
    /// Which times are wanted.
    Time(Stamps),
    /// Whether frames are shown as they are on the wire.
    Frames(bool),
    /// The settings, each with its value.
    Settings(Vec<(&'static str, String)>),
    /// What a command or a protocol says, a line.
    Said(String),
    /// A message of a recording that was answered otherwise than then.
    Differs(Difference),
    /// The list of commands, those of the protocol's own behind them, or the help on one.
    Help(Option<&'static CommandHelp>, &'static [CommandHelp]),
    /// A command that could not be done; where it stands.
    Trouble(Option<Place>, Trouble),
    /// The session ends before everything that was asked for has happened.
    Stopped(Stop),
}

/// Where a line stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file; `None` for a script's own lines.
    pub file: Option<Arc<str>>,
    /// The number of the line, from 1.
    pub line: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}, line {}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// A handshake that opened a session.
#[derive(Debug)]
pub struct Handshake {
    /// The session's name: `s1`, `s2`, or as it was named; from the second time on with a number behind it.
    pub session: String,
    /// What is spoken.
    pub protocol: ProtocolName,
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
    pub record: Arc<Record>,
}

/// A message that came.
#[derive(Debug)]
pub struct Received {
    /// Its number among the messages of its session, from 1.
    pub number: u64,
    /// Its frame, with the verdict.
    pub record: Arc<Record>,
    /// What it means; what has to be sent by itself is on its way.
    pub reading: Reading,
    /// What is wrong with the entity in it, notes left out; `None` when nothing is, or nobody looked.
    pub flaws: Option<Box<Report>>,
    /// The number of the message that it answers, and how long after that it came.
    pub after: Option<(u64, Duration)>,
}

impl Received {
    /// What an expectation is held against: what is in it, and the frame's own JSON.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        let content = self.reading.content.as_deref().and_then(|content| serde_json::from_str(content).ok());
        content.into_iter().chain(serde_json::from_slice(self.payload()).ok())
    }

    /// The bytes that came.
    pub fn payload(&self) -> &[u8] {
        payload_of(&self.record)
    }

    /// Whether it says that a message was refused.
    pub fn refuses(&self) -> bool {
        self.reading.refusal().is_some() && self.reading.problem.is_none()
    }

    /// Whether it is an answer, and a wrong one.
    pub fn is_wrong_answer(&self) -> bool {
        self.reading.kind == Kind::Answer && self.reading.problem.is_some()
    }
}

/// The bytes of a frame's record.
pub fn payload_of(record: &Record) -> &[u8] {
    record.frame.as_ref().map(|frame| frame.data.0.as_slice()).unwrap_or_default()
}

/// A message that was sent.
#[derive(Debug)]
pub struct Sent {
    /// Its number among the messages of its session, from 1.
    pub number: u64,
    /// Its frame.
    pub record: Arc<Record>,
    /// The entity in it; `None` when it was sent as it is.
    pub entity: Option<String>,
    /// What is wrong with the entity, notes left out; `None` when nothing is, or nobody looked.
    pub flaws: Option<Box<Report>>,
    /// Whether the protocol sent it by itself.
    pub by_itself: bool,
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
    /// What was spoken in it.
    pub protocol: ProtocolName,
    /// Whether this side asked for it.
    pub asked_for: bool,
    /// The Close as a record, where there was one.
    pub record: Option<Arc<Record>>,
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
    /// How many of those have no answer yet; `None` when the protocol answers nothing.
    pub unanswered: Option<u64>,
    /// How many messages came in it, answers included.
    pub received: u64,
    /// How many messages of it verified.
    pub valid: u64,
    /// The last round trip of a ping.
    pub round_trip: Option<Duration>,
    /// What is subscribed to.
    pub subscriptions: Vec<String>,
}

/// A session in the list of them.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub label: Label,
    /// Where it goes to.
    pub url: HttpUrl,
    /// What is spoken.
    pub protocol: ProtocolName,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether it is the one in use.
    pub is_used: bool,
}

/// Why a command could not be done.
#[derive(Debug)]
pub enum Trouble {
    /// The line is no command.
    Command(CommandError),
    /// There is nothing to send.
    Document(DocumentError),
    /// The protocol makes no message of it.
    Compose(ComposeError),
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
    /// There is no session of this name.
    NoSuchSession(String),
    /// There is a session of this name already.
    NameTaken(String),
    /// The address is none: what was typed, why, and what to do about it.
    Address(String, String, Option<String>),
    /// There is no such message, or it was not kept.
    NoSuchMessage,
    /// A recording cannot be written or read.
    Recording(RecordingError),
    /// Files run each other too deeply; the one that was not run.
    TooDeep(String),
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
    /// So many messages got no answer in their session; what is spoken in it.
    Unanswered(u64, ProtocolName),
    /// No pong came in time.
    Pong,
    /// The time was up before all lines were run.
    Time,
}
