//! Why a session could not be opened, in the user's terms.

use std::fmt;
use std::net::SocketAddr;

use super::super::http_error::HttpError;
use super::super::stream::TlsDetails;
use super::answer::AnswerProblem;
use crate::finding::{Code, codes};
use crate::protocol::record::{Headers, Timings};

/// Why there is no session.
#[derive(Debug)]
pub enum WebSocketError {
    /// The handshake got no answer: the request cannot be sent, no connection, no time, no HTTP.
    Exchange(HttpError),
    /// The server answered with another status than 101.
    Refused {
        /// The host and port.
        target: String,
        /// The answer.
        refusal: Box<Refusal>,
    },
    /// The server answered with 101, and the rest of it is wrong.
    Answer {
        /// The host and port.
        target: String,
        /// What is wrong.
        problem: AnswerProblem,
        /// The headers of the answer, in their order and case.
        headers: Headers,
    },
}

/// An answer that is no 101.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The headers in their order and case.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether there was more of the body: it went over the limit of 64 KiB, broke off, or took too long.
    pub truncated: bool,
    /// How long each stage took.
    pub timings: Timings,
    /// What the TLS handshake agreed on, where there was one.
    pub tls: Option<TlsDetails>,
    /// The address at the other end: the proxy's, where there is one.
    pub peer: SocketAddr,
}

impl Refusal {
    /// The first value of a header, as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_text())
    }

    /// Where the answer points to, when it is a redirect.
    pub fn redirect(&self) -> Option<&str> {
        if (300..400).contains(&self.status) { self.header("location") } else { None }
    }
}

impl WebSocketError {
    /// The entry of the list of codes; `None` for what is wrong use.
    pub fn code(&self) -> Option<&'static Code> {
        match self {
            WebSocketError::Exchange(error) => error.code(),
            WebSocketError::Refused { refusal, .. } if refusal.redirect().is_some() => {
                Some(&codes::REDIRECTED)
            }
            WebSocketError::Refused { .. } => Some(&codes::HANDSHAKE_REFUSED),
            WebSocketError::Answer { problem, .. } => Some(problem.code()),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let refusal = match self {
            WebSocketError::Exchange(error) => return error.hint(),
            WebSocketError::Answer { .. } => return None,
            WebSocketError::Refused { refusal, .. } => refusal,
        };
        let text = match refusal.status {
            _ if refusal.redirect().is_some() => {
                "redirects are not followed: open the session where it points to, if that is right"
            }
            200..300 | 404 | 405 | 426 | 501 => {
                "is there a WebSocket at that path, and does the proxy in front of it pass Upgrade on?"
            }
            401 => "the handshake's signature is missing, or does not verify there",
            422 => "the handshake was signed too long ago, by the server's clock",
            _ => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for WebSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebSocketError::Exchange(error) => error.fmt(f),
            WebSocketError::Refused { target, refusal } => match (refusal.redirect(), refusal.status) {
                (Some(location), _) => {
                    write!(f, "{target} redirects the WebSocket handshake to {location:?}")
                }
                (None, status @ 200..300) => {
                    write!(f, "{target} answers the WebSocket handshake with {status}, as a plain request")
                }
                (None, status) => write!(f, "{target} refuses the WebSocket handshake with {status}"),
            },
            WebSocketError::Answer { target, problem, .. } => {
                write!(f, "{target} answers the WebSocket handshake {problem}")
            }
        }
    }
}

impl std::error::Error for WebSocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            WebSocketError::Exchange(error) => error.source(),
            _ => None,
        }
    }
}
