//! Why a text is not a frame of the chat.

use std::fmt;

/// What is wrong with a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrameError {
    /// It is not UTF-8.
    NotText,
    /// It is not a JSON object; says what the reader found.
    NotAnObject(String),
    /// A field that has to be there is not.
    Missing(&'static str),
    /// A field is of the wrong kind.
    WrongKind {
        /// The field.
        field: &'static str,
        /// What it has to be.
        wanted: &'static str,
    },
    /// `type` is none that this side sends.
    UnknownType(String),
    /// `payloadType` is no request.
    UnknownRequest(String),
    /// The event is none that a client sends.
    UnknownEvent(String),
    /// What the frame carries is not what it has to be.
    BadPayload {
        /// What it should have been: a `payloadType` or an `eventType`.
        of: String,
        /// What the reader found.
        why: String,
    },
}

/// A frame that cannot be read, and the id under which it can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The id, where there is one that is a string.
    pub id: Option<String>,
    /// What is wrong.
    pub error: FrameError,
}

impl FrameError {
    /// The word for it in an answer to a client.
    pub fn code(&self) -> &'static str {
        match self {
            FrameError::NotText
            | FrameError::NotAnObject(_)
            | FrameError::Missing(_)
            | FrameError::WrongKind { .. }
            | FrameError::UnknownType(_) => "malformed",
            FrameError::UnknownRequest(_) => "unknown-request",
            FrameError::UnknownEvent(_) => "unknown-event",
            FrameError::BadPayload { .. } => "bad-payload",
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FrameError::NotText => f.write_str("the frame is not UTF-8"),
            FrameError::NotAnObject(why) => write!(f, "the frame is not a JSON object: {why}"),
            FrameError::Missing(field) => write!(f, "the frame has no `{field}`"),
            FrameError::WrongKind { field, wanted } => write!(f, "`{field}` has to be {wanted}"),
            FrameError::UnknownType(kind) => write!(f, "{kind:?} is no type of frame from this side"),
            FrameError::UnknownRequest(kind) => write!(f, "{kind:?} is no request"),
            FrameError::UnknownEvent(kind) => write!(f, "{kind:?} is no event that a client sends"),
            FrameError::BadPayload { of, why } => write!(f, "the payload is not that of `{of}`: {why}"),
        }
    }
}

impl std::error::Error for FrameError {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Unreadable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
