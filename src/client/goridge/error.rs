//! Why nobody says what came of a call, in the user's terms.

use std::fmt;
use std::io;

use crate::client::deadline::{Deadline, describe};
use crate::client::dial_error::DialError;
use crate::finding::{Code, codes};
use crate::protocol::roadrunner::{BodyError, CallError, FrameError};

/// Why nobody says what came of it.
#[derive(Debug)]
pub enum RpcError {
    /// The call cannot be written.
    Unsendable(String),
    /// No connection could be made.
    Dial(DialError),
    /// The Unix socket cannot be connected to.
    Socket(String, io::Error),
    /// The time was up; before what.
    TimedOut {
        /// Where to.
        target: String,
        /// What was waited for.
        what: &'static str,
        /// The limit.
        deadline: Deadline,
    },
    /// The connection ended before the whole reply was there.
    Closed(String),
    /// The connection broke.
    Broken(String, io::Error),
    /// What came is no frame of Goridge.
    NotGoridge(String, FrameError),
    /// What came is no reply of RPC.
    NotRpc(String, CallError),
    /// The reply is to another call: its number and its method.
    AnotherCall(String, u32, String),
    /// The reply's body cannot be read.
    Body(String, BodyError),
}

impl RpcError {
    /// The entry of the list of codes; `None` for what is wrong use.
    pub fn code(&self) -> Option<&'static Code> {
        Some(match self {
            RpcError::Unsendable(_) => return None,
            RpcError::Dial(error) => return error.code(),
            RpcError::Socket(..) => &codes::CONNECTION_REFUSED,
            RpcError::TimedOut { .. } => &codes::TIMED_OUT,
            RpcError::Closed(_) | RpcError::Broken(..) => &codes::CLOSED_EARLY,
            RpcError::NotGoridge(..)
            | RpcError::NotRpc(..)
            | RpcError::AnotherCall(..)
            | RpcError::Body(..) => &codes::NOT_GORIDGE,
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            RpcError::Dial(error) => return error.hint(),
            RpcError::Socket(_, error) if error.kind() == io::ErrorKind::NotFound => {
                "is the server running, and is that where `rpc.listen` puts its socket?"
            }
            RpcError::Socket(..) => "is the server running, and may you write to its socket?",
            RpcError::TimedOut { .. } => "--timeout changes the limit",
            RpcError::Closed(_) => {
                "a server ends the connection when it cannot read a frame: does it speak Goridge 3?"
            }
            RpcError::NotGoridge(..) => "is that the port of `rpc.listen`, and not the one of HTTP?",
            RpcError::Unsendable(_) | RpcError::Broken(..) => return None,
            RpcError::NotRpc(..) | RpcError::AnotherCall(..) | RpcError::Body(..) => {
                "what answers there speaks Goridge, but not RoadRunner's RPC"
            }
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RpcError::Unsendable(why) => f.write_str(why),
            RpcError::Dial(error) => error.fmt(f),
            RpcError::Socket(target, error) => match error.kind() {
                io::ErrorKind::NotFound => write!(f, "there is no socket {target}"),
                io::ErrorKind::ConnectionRefused => write!(f, "nobody listens at {target}"),
                _ => write!(f, "{target} cannot be connected to"),
            },
            RpcError::TimedOut { target, what, deadline } => {
                write!(f, "{target} did not {what} within {}", describe(deadline.limit()))
            }
            RpcError::Closed(target) => {
                write!(f, "{target} closed the connection before its reply was there")
            }
            RpcError::Broken(target, _) => {
                write!(f, "the connection to {target} broke before the reply was there")
            }
            RpcError::NotGoridge(target, error) => write!(f, "{target} did not answer in Goridge: {error}"),
            RpcError::NotRpc(target, error) => write!(f, "{target} did not answer in RPC: {error}"),
            RpcError::AnotherCall(target, sequence, method) => {
                write!(f, "{target} answered another call: number {sequence} of {method:?}")
            }
            RpcError::Body(target, error) => write!(f, "the reply of {target} cannot be read: {error}"),
        }
    }
}

impl std::error::Error for RpcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            RpcError::Dial(error) => error.source(),
            RpcError::Broken(_, error) => Some(error),
            RpcError::Socket(_, error)
                if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) =>
            {
                Some(error)
            }
            _ => None,
        }
    }
}
