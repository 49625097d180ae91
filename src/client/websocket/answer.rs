//! Whether a 101 is the right answer to the handshake (RFC 6455, section 4.1).

use std::fmt;

use hyper::HeaderMap;
use hyper::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_PROTOCOL, UPGRADE,
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::opening::Opening;
use crate::finding::{Code, codes};
use crate::protocol::record::Headers;

/// What is wrong with a server's 101.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerProblem {
    /// `Upgrade` is missing, or does not name `websocket`; the value that it has.
    Upgrade(Option<String>),
    /// `Connection` is missing, or does not name `Upgrade`; the value that it has.
    Connection(Option<String>),
    /// `Sec-WebSocket-Accept` is missing, or is not the one for the key that was sent.
    Accept {
        /// The value that it has.
        found: Option<String>,
        /// The value that it has to have.
        expected: String,
    },
    /// The subprotocol is none of those offered.
    Subprotocol(String),
    /// There is an extension, and none was offered.
    Extension(String),
}

impl AnswerProblem {
    /// The entry of the list of codes.
    pub fn code(&self) -> &'static Code {
        match self {
            AnswerProblem::Upgrade(_) | AnswerProblem::Connection(_) | AnswerProblem::Accept { .. } => {
                &codes::HANDSHAKE_ANSWER_WRONG
            }
            AnswerProblem::Subprotocol(_) | AnswerProblem::Extension(_) => &codes::SUBPROTOCOL_NOT_OFFERED,
        }
    }
}

impl fmt::Display for AnswerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AnswerProblem::Upgrade(None) => f.write_str("with 101 and no Upgrade header"),
            AnswerProblem::Upgrade(Some(found)) => write!(f, "with Upgrade: {found:?}, not \"websocket\""),
            AnswerProblem::Connection(None) => f.write_str("with 101 and no Connection header"),
            AnswerProblem::Connection(Some(found)) => {
                write!(f, "with Connection: {found:?}, which does not name Upgrade")
            }
            AnswerProblem::Accept { found: None, .. } => {
                f.write_str("with 101 and no Sec-WebSocket-Accept header")
            }
            AnswerProblem::Accept { found: Some(found), expected } => {
                write!(
                    f,
                    "with Sec-WebSocket-Accept: {found:?}; {expected:?} belongs to the key that was sent"
                )
            }
            AnswerProblem::Subprotocol(found) => {
                write!(f, "with the subprotocol {found:?}, which was not offered")
            }
            AnswerProblem::Extension(found) => {
                write!(f, "with the extension {found:?}, which was not offered")
            }
        }
    }
}

/// Checks the headers of a 101 as they came, and gives the subprotocol that was chosen.
///
/// # Errors
/// Gives the first thing that is wrong with them.
pub fn check_answer(headers: &Headers, opening: &Opening) -> Result<Option<String>, AnswerProblem> {
    let pairs = headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_bytes(&value.0).ok()?))
    });
    let mut map = HeaderMap::new();
    pairs.for_each(|(name, value)| {
        map.append(name, value);
    });
    check(&map, opening)
}

/// Checks the headers of a 101, and gives the subprotocol that was chosen.
pub(super) fn check(headers: &HeaderMap, opening: &Opening) -> Result<Option<String>, AnswerProblem> {
    if !names(headers, &UPGRADE, "websocket") {
        return Err(AnswerProblem::Upgrade(joined(headers, &UPGRADE)));
    }
    // `keep-alive, Upgrade` is as good as `Upgrade`, and some servers send two of the header.
    if !names(headers, &CONNECTION, "upgrade") {
        return Err(AnswerProblem::Connection(joined(headers, &CONNECTION)));
    }
    let expected = derive_accept_key(opening.key().as_bytes());
    let found = joined(headers, &SEC_WEBSOCKET_ACCEPT);
    if found.as_deref() != Some(expected.as_str()) {
        return Err(AnswerProblem::Accept { found, expected });
    }
    if let Some(extensions) = joined(headers, &SEC_WEBSOCKET_EXTENSIONS).filter(|found| !found.is_empty()) {
        return Err(AnswerProblem::Extension(extensions));
    }
    match joined(headers, &SEC_WEBSOCKET_PROTOCOL) {
        Some(chosen) if !opening.subprotocols.contains(&chosen) => Err(AnswerProblem::Subprotocol(chosen)),
        chosen => Ok(chosen),
    }
}

/// Whether a header that is a list has this word in it, in any case.
fn names(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    let values = headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
}

/// The values of a header as one text, as several of the same name mean it.
fn joined(headers: &HeaderMap, header: &HeaderName) -> Option<String> {
    let values = headers.get_all(header).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let values: Vec<_> = values.map(|value| value.trim().to_owned()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
