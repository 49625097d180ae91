//! Why a request got no answer, in the user's terms.

use std::fmt;
use std::io;
use std::time::Duration;

use super::deadline::describe;
use super::dial_error::{DialError, Stage};
use super::http::MAX_HEAD;
use crate::finding::{Code, codes};

/// Why there is no answer.
#[derive(Debug)]
pub enum HttpError {
    /// The request cannot be sent as it is.
    Unsendable(String),
    /// No connection could be made.
    Dial(DialError),
    /// The time was up.
    TimedOut {
        /// The host and port.
        target: String,
        /// What was under way.
        stage: Stage,
        /// The limit.
        limit: Duration,
    },
    /// The connection ended too soon.
    Closed {
        /// The host and port.
        target: String,
        /// What was under way.
        stage: Stage,
    },
    /// The connection broke.
    Broken {
        /// The host and port.
        target: String,
        /// What was under way.
        stage: Stage,
        /// What the system says.
        error: io::Error,
    },
    /// What came is not an HTTP response.
    NotHttp {
        /// The host and port.
        target: String,
        /// What is wrong with it.
        why: String,
    },
    /// The response's head is too large.
    HeadTooLarge {
        /// The host and port.
        target: String,
    },
}

impl HttpError {
    /// Whether the request may have been processed all the same: it went out whole.
    pub fn may_have_been_processed(&self) -> bool {
        match self {
            HttpError::Unsendable(_) | HttpError::Dial(_) => false,
            HttpError::TimedOut { stage, .. }
            | HttpError::Closed { stage, .. }
            | HttpError::Broken { stage, .. } => *stage != Stage::Send,
            HttpError::NotHttp { .. } | HttpError::HeadTooLarge { .. } => true,
        }
    }

    /// What it says, with what the system says about it.
    pub fn in_full(&self) -> String {
        match std::error::Error::source(self).map(ToString::to_string) {
            // The system's number of the error tells nobody anything.
            Some(said) => format!("{self}: {}", said.split(" (os error ").next().unwrap_or_default()),
            None => self.to_string(),
        }
    }

    /// The entry of the list of codes; `None` for what is wrong use.
    pub fn code(&self) -> Option<&'static Code> {
        Some(match self {
            HttpError::Unsendable(_) => return None,
            HttpError::Dial(error) => return error.code(),
            HttpError::TimedOut { .. } => &codes::TIMED_OUT,
            HttpError::Closed { .. } | HttpError::Broken { .. } => &codes::CLOSED_EARLY,
            HttpError::NotHttp { .. } => &codes::NOT_HTTP,
            HttpError::HeadTooLarge { .. } => &codes::TOO_LARGE,
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            HttpError::Dial(error) => error.hint(),
            HttpError::TimedOut { .. } => Some("--timeout changes the limit".to_owned()),
            HttpError::NotHttp { .. } => {
                Some("is that the right port? if it speaks TLS, the address begins with https://".to_owned())
            }
            _ => None,
        }
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Unsendable(why) => f.write_str(why),
            HttpError::Dial(error) => error.fmt(f),
            HttpError::TimedOut { target, stage, limit } => {
                let what = match stage {
                    Stage::Send => "did not take the request",
                    Stage::Body => "did not finish its answer",
                    _ => "did not answer",
                };
                write!(f, "{target} {what} within {}", describe(*limit))
            }
            HttpError::Closed { target, stage } | HttpError::Broken { target, stage, .. } => match stage {
                Stage::Send => write!(f, "{target} closed the connection while the request was sent"),
                Stage::Body => {
                    write!(f, "{target} closed the connection in the middle of the response's body")
                }
                _ => write!(f, "{target} closed the connection before its answer was there"),
            },
            HttpError::NotHttp { target, why } => write!(f, "{target} did not answer in HTTP: {why}"),
            HttpError::HeadTooLarge { target } => {
                write!(
                    f,
                    "the head of {target}'s answer is too large: over {} KiB, or too many headers",
                    MAX_HEAD >> 10
                )
            }
        }
    }
}

impl std::error::Error for HttpError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            HttpError::Dial(error) => error.source(),
            HttpError::Broken { error, .. } => Some(error),
            _ => None,
        }
    }
}
