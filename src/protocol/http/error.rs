//! Why a text could not be read as HTTP.

use std::fmt;

/// Which message of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The request.
    Request,
    /// The response.
    Response,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Part::Request => "request",
            Part::Response => "response",
        })
    }
}

/// Why a text could not be read as HTTP. What is quoted from the input is short and escaped, and never a header's value,
/// a body or a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// There is nothing but white space.
    Empty,
    /// The first line is neither a request line nor a status line; its beginning is quoted.
    NotHttp(String),
    /// The request target is not UTF-8; it is quoted.
    TargetNotText(String),
    /// A line among the headers has no colon.
    NoColon {
        /// The line's number, from 1.
        line: usize,
    },
    /// The first line among the headers begins with a blank, as only a header's continuation does.
    BlankBefore {
        /// The line's number, from 1.
        line: usize,
    },
    /// There is a blank between a header's name and its colon.
    BlankBeforeColon {
        /// The line's number, from 1.
        line: usize,
        /// The name, quoted.
        name: String,
    },
    /// A header's name has a character that no name has.
    BadName {
        /// The line's number, from 1.
        line: usize,
        /// The character.
        found: char,
    },
    /// An HTTP/2 head lacks this pseudo-header, or it makes no sense.
    PseudoHeader(&'static str),
    /// A `Content-Length` is not a number; it is quoted.
    BadLength(String),
    /// There are two different `Content-Length`s.
    LengthsDiffer(u64, u64),
    /// The body has fewer bytes than its `Content-Length` says.
    Short {
        /// Which message.
        part: Part,
        /// The `Content-Length`.
        declared: u64,
        /// The bytes that are there.
        found: usize,
        /// Whether the missing bytes are as many as the lines that end in LF alone.
        line_feeds: bool,
    },
    /// Something follows the body.
    Trailing {
        /// Which message.
        part: Part,
        /// The `Content-Length`.
        declared: u64,
        /// How many bytes follow.
        extra: usize,
        /// Whether the bytes that follow are as many as the body's CRLF line ends.
        line_feeds: bool,
    },
    /// There is more than one request, or a request after a response.
    SeveralExchanges,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Empty => f.write_str("there is no HTTP message: the text is empty"),
            HttpError::NotHttp(found) => write!(
                f,
                "expected a request line such as `POST /path HTTP/1.1` or a status line such as `HTTP/1.1 200 OK`, found {found}"
            ),
            HttpError::TargetNotText(found) => write!(f, "the request target {found} is not UTF-8"),
            HttpError::NoColon { line } => write!(f, "line {line} is not a header: it has no colon"),
            HttpError::BlankBefore { line } => {
                write!(f, "line {line} begins with a blank, and there is no header before it to continue")
            }
            HttpError::BlankBeforeColon { line, name } => {
                write!(f, "line {line} has a blank between {name} and its colon")
            }
            HttpError::BadName { line, found } => {
                write!(f, "line {line} is not a header: no header's name has {found:?} in it")
            }
            HttpError::PseudoHeader(name) => write!(f, "the HTTP/2 head has no good {name}"),
            HttpError::BadLength(found) => write!(f, "Content-Length {found} is not a number"),
            HttpError::LengthsDiffer(first, second) => {
                write!(f, "there are two Content-Lengths, {first} and {second}")
            }
            HttpError::Short { part, declared, found, .. } => {
                write!(f, "the {part}'s body has {found} bytes, and its Content-Length says {declared}")
            }
            HttpError::Trailing { part, declared, extra, .. } => write!(
                f,
                "after the {declared} bytes of the {part}'s body (Content-Length) {extra} more follow"
            ),
            HttpError::SeveralExchanges => f.write_str("there is more than one request with its response"),
        }
    }
}

impl std::error::Error for HttpError {}

impl HttpError {
    /// What to do about it, where we know.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            HttpError::NoColon { .. } | HttpError::BadName { .. } => {
                Some("a blank line has to stand between the headers and the body")
            }
            HttpError::BlankBefore { .. } => Some("take the blanks away that stand before the headers"),
            HttpError::BlankBeforeColon { .. } => {
                Some("take the blank away: servers refuse a message with such a header (RFC 9112, 5.1)")
            }
            HttpError::LengthsDiffer(..) => Some("keep the one that counts the body's bytes"),
            HttpError::Short { line_feeds: true, .. } => Some(
                "as many bytes are missing as there are lines: CRLF was turned into LF when copying; save the message to a file instead of pasting it",
            ),
            HttpError::Trailing { line_feeds: true, .. } => Some(
                "as many bytes are too many as there are lines: LF was turned into CRLF when copying; save the message to a file instead of pasting it",
            ),
            HttpError::Short { .. } => Some(
                "the copy is not whole, or the body was changed; save the message to a file as it was sent",
            ),
            HttpError::Trailing { .. } => Some(
                "the body was changed after its length was counted, or more was copied than one request and its response",
            ),
            HttpError::SeveralExchanges => Some("give one request, with or without its response"),
            _ => None,
        }
    }
}
