//! Which failures of a session may pass, and which would come again.

use crate::client::websocket::{SessionCause, SessionError, WebSocketError};
use crate::delivery::http::with_source;
use crate::delivery::outcome::{Failure, FailureKind};

/// The close codes that say that the other side could not go on with what it got; any other one may mean the moment.
const LASTING: [u16; 6] = [1002, 1003, 1007, 1008, 1009, 1010];

/// The close code for a message that is refused, where there are no receipts (RFC 6455: a violated policy).
pub(super) const POLICY: u16 = 1008;

impl From<&WebSocketError> for Failure {
    fn from(error: &WebSocketError) -> Self {
        match error {
            WebSocketError::Exchange(error) => Failure::from(error),
            // Whether a refusal passes is its status's matter.
            WebSocketError::Refused { .. } | WebSocketError::Answer { .. } => Failure {
                kind: FailureKind::Lasting,
                code: error.code(),
                message: error.to_string(),
                hint: error.hint(),
            },
        }
    }
}

impl From<&SessionError> for Failure {
    fn from(error: &SessionError) -> Self {
        Failure {
            kind: kind(&error.cause),
            code: error.code(),
            message: with_source(error),
            hint: error.hint(),
        }
    }
}

fn kind(cause: &SessionCause) -> FailureKind {
    match cause {
        SessionCause::ClosedByPeer(close) if close.code.is_some_and(|code| LASTING.contains(&code)) => {
            FailureKind::Lasting
        }
        SessionCause::ClosedByPeer(_) | SessionCause::Lost(_) | SessionCause::TimedOut(..) => {
            FailureKind::Connection
        }
        SessionCause::Protocol(_)
        | SessionCause::NotUtf8
        | SessionCause::Conversation(_)
        | SessionCause::IncomingTooLarge { .. }
        | SessionCause::OutgoingTooLarge { .. } => FailureKind::Lasting,
    }
}
