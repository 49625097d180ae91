//! How a session ended, in the user's terms.

use std::fmt;
use std::io;
use std::time::Duration;

use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, error::ProtocolError};

use super::super::deadline::describe;
use super::conversation::Violation;
use crate::finding::{Code, codes};

/// How far a session came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// How many messages were handed to the connection. Of those, the last may not have arrived.
    pub sent: u64,
    /// How many of them the peer acknowledged; `None` when that was not agreed on.
    pub acknowledged: Option<u64>,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Progress { sent, acknowledged: None } => write!(f, "{sent} sent"),
            Progress { sent, acknowledged: Some(count) } => write!(f, "{sent} sent, {count} acknowledged"),
        }
    }
}

/// What the peer's Close said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PeerClose {
    /// The code; `None` when there was none.
    pub code: Option<u16>,
    /// The reason; may be empty.
    pub reason: String,
}

impl From<Option<CloseFrame>> for PeerClose {
    fn from(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => {
                PeerClose { code: Some(frame.code.into()), reason: frame.reason.as_str().to_owned() }
            }
            None => PeerClose::default(),
        }
    }
}

impl fmt::Display for PeerClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            None => f.write_str("no code"),
            Some(code) => write!(f, "{code}"),
        }?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " {:?}", self.reason) }
    }
}

/// How a session ended.
#[derive(Debug)]
pub struct Ended {
    /// How far it came.
    pub progress: Progress,
    /// The peer's answer to our Close when everything was sent and answered before; else what happened.
    pub result: Result<PeerClose, SessionError>,
}

/// A session ended too early.
#[derive(Debug)]
pub struct SessionError {
    /// The host and port.
    pub target: String,
    /// How far it came.
    pub progress: Progress,
    /// What happened.
    pub cause: SessionCause,
}

/// What the peer owed when the time was up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// To take what was sent.
    ToSend,
    /// To answer what was sent.
    Answers,
    /// To answer the Close.
    Close,
}

/// What ended a session.
#[derive(Debug)]
pub enum SessionCause {
    /// The peer sent Close before the end, or at the end with another code than 1000.
    ClosedByPeer(PeerClose),
    /// The connection ended without a Close; `None` when the peer ended it, else what the system says.
    Lost(Option<io::Error>),
    /// The peer's frames break RFC 6455; what it sent.
    Protocol(String),
    /// The peer sent a text or a reason that is not UTF-8.
    NotUtf8,
    /// The peer's messages break the protocol that is spoken in them.
    Conversation(Violation),
    /// A message that came is larger than the limit, both in bytes.
    IncomingTooLarge {
        /// Its size, as far as it is known.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// A message to send is larger than the limit, both in bytes. It was not sent.
    OutgoingTooLarge {
        /// Which message, as its sender counts.
        ordinal: u64,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The peer did nothing of what it owed for this long.
    TimedOut(Waiting, Duration),
}

impl From<tungstenite::Error> for SessionCause {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => SessionCause::Lost(None),
            Error::Io(error) => SessionCause::Lost(Some(error)),
            Error::ConnectionClosed
            | Error::AlreadyClosed
            | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => SessionCause::Lost(None),
            Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
                SessionCause::IncomingTooLarge { size, limit: max_size }
            }
            Error::Utf8(_) => SessionCause::NotUtf8,
            Error::Protocol(error) => SessionCause::Protocol(violation(&error)),
            other => SessionCause::Protocol(other.to_string()),
        }
    }
}

fn violation(error: &ProtocolError) -> String {
    match error {
        ProtocolError::NonZeroReservedBits => "a frame with reserved bits set".to_owned(),
        ProtocolError::MaskedFrameFromServer => "a masked frame, which only clients send".to_owned(),
        ProtocolError::FragmentedControlFrame => "a control frame in fragments".to_owned(),
        ProtocolError::ControlFrameTooBig => "a control frame of more than 125 bytes".to_owned(),
        ProtocolError::UnknownControlFrameType(opcode)
        | ProtocolError::UnknownDataFrameType(opcode)
        | ProtocolError::InvalidOpcode(opcode) => format!("a frame with the reserved opcode {opcode}"),
        ProtocolError::UnexpectedContinueFrame => "a continuation of no message".to_owned(),
        ProtocolError::ExpectedFragment(_) => "a new message inside of another one".to_owned(),
        ProtocolError::InvalidCloseSequence => "a malformed Close".to_owned(),
        ProtocolError::ReceivedAfterClosing => "a frame after its Close".to_owned(),
        other => other.to_string(),
    }
}

impl SessionError {
    /// The entry of the list of codes; `None` for what is wrong use.
    pub fn code(&self) -> Option<&'static Code> {
        Some(match &self.cause {
            SessionCause::ClosedByPeer(_) => &codes::SESSION_CLOSED_BY_PEER,
            SessionCause::Lost(_) => &codes::SESSION_LOST,
            SessionCause::Protocol(_) | SessionCause::NotUtf8 => &codes::WEBSOCKET_VIOLATION,
            SessionCause::Conversation(violation) => violation.code,
            SessionCause::IncomingTooLarge { .. } | SessionCause::OutgoingTooLarge { .. } => {
                &codes::WEBSOCKET_MESSAGE_TOO_LARGE
            }
            SessionCause::TimedOut(..) => &codes::TIMED_OUT,
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match &self.cause {
            SessionCause::ClosedByPeer(close) => match close.code {
                Some(1001) => "the server is going away: try again when it is back",
                Some(1008) if self.progress.acknowledged.is_none() => {
                    "it refused a message; offering receipts shows which one"
                }
                Some(1009) => "it takes no message of that size",
                _ => return None,
            },
            SessionCause::TimedOut(..) => "--timeout changes the limit",
            SessionCause::Lost(_) if self.progress.acknowledged.is_none() => {
                "what was sent last may or may not have arrived; offering receipts shows what did"
            }
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = &self.target;
        match &self.cause {
            SessionCause::ClosedByPeer(close) => write!(f, "{target} closed the session with {close}"),
            SessionCause::Lost(None) => write!(f, "{target} ended the session without a Close"),
            SessionCause::Lost(Some(_)) => write!(f, "the connection to {target} broke"),
            SessionCause::Protocol(what) => {
                write!(f, "{target} broke the WebSocket protocol: it sent {what}")
            }
            SessionCause::NotUtf8 => {
                write!(f, "{target} broke the WebSocket protocol: it sent text that is not UTF-8")
            }
            SessionCause::Conversation(violation) => write!(f, "{target} {}", violation.what),
            SessionCause::IncomingTooLarge { size, limit } => {
                write!(f, "{target} sent a message of {size} bytes; the limit is {limit}")
            }
            SessionCause::OutgoingTooLarge { ordinal, size, limit } => {
                return write!(f, "message {ordinal} has {size} bytes; the limit is {limit}");
            }
            SessionCause::TimedOut(waiting, limit) => {
                let what = match waiting {
                    Waiting::ToSend => "took nothing more of what was sent",
                    Waiting::Answers => "acknowledged nothing more of what was sent",
                    Waiting::Close => "did not answer the Close",
                };
                write!(f, "{target} {what} within {}", describe(*limit))
            }
        }?;
        write!(f, " ({})", self.progress)
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            SessionCause::Lost(Some(error)) => Some(error),
            _ => None,
        }
    }
}
