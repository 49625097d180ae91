//! Why something cannot be sent again.

use std::fmt;

use crate::client::UrlError;
use crate::entity::ComposeError;

/// Why something cannot be sent again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplayError {
    /// There is no request or frame in the record.
    NothingSent,
    /// It opened a session; its name.
    Handshake(Option<String>),
    /// It is no message, but a frame of this kind.
    ControlFrame(String),
    /// Its body is not whole.
    NotWhole,
    /// A text frame that is not UTF-8.
    NotText,
    /// It is not JSON, so that no value can be set.
    NotJson,
    /// A value has no place in it.
    NoPlace(ComposeError),
    /// What is signed is to be changed, and there is no signer.
    NoSigner,
    /// The record does not say where it may be sent.
    NoDestination,
    /// A key or token in its target is hidden.
    HiddenTarget,
    /// There is a key or token in its target, which was meant for another.
    SecretTarget,
    /// Where it would go is no address.
    Address(UrlError),
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::NothingSent => f.write_str("there is no whole request and no frame in it"),
            ReplayError::Handshake(_) => f.write_str("it opened a WebSocket session"),
            ReplayError::ControlFrame(kind) => write!(f, "a {kind} frame is no message"),
            ReplayError::NotWhole => f.write_str("its body is not whole"),
            ReplayError::NotText => f.write_str("its text is not UTF-8"),
            ReplayError::NotJson => f.write_str("its body is not JSON, so that no value can be set in it"),
            ReplayError::NoPlace(error) => error.fmt(f),
            ReplayError::NoSigner => {
                f.write_str("it is signed, and with another value its signature is wrong")
            }
            ReplayError::NoDestination => f.write_str(
                "it came in here, or does not say where it went, so that it has to be said where to",
            ),
            ReplayError::HiddenTarget => f.write_str("a key or token in its target is hidden"),
            ReplayError::SecretTarget => f.write_str("there is a key or token in its target"),
            ReplayError::Address(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ReplayError {}

impl ReplayError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            ReplayError::Handshake(Some(session)) => {
                return Some(format!(
                    "name its frames: `versia-cli inbox list --session {session}` lists them"
                ));
            }
            ReplayError::Handshake(None) => "name the frames of its session",
            ReplayError::NoPlace(error) => error.hint(),
            ReplayError::NoSigner => "--as NAME, or --key FILE with --signed-by DOMAIN, signs it anew",
            ReplayError::NoDestination => {
                "--to http://127.0.0.1:3000, or another instance's address or domain"
            }
            ReplayError::HiddenTarget => "--to takes the whole address, with its key or token",
            ReplayError::SecretTarget => {
                "--with-secrets sends it along; --to takes the whole address, with another or without"
            }
            ReplayError::Address(error) => return error.hint().map(str::to_owned),
            _ => return None,
        };
        Some(text.to_owned())
    }
}
