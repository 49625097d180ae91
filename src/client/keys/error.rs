//! Why a signer's key could not be had.

use std::fmt;

use crate::client::metadata::MetadataError;
use crate::finding::{Code, codes};
use crate::protocol::versia::NoKey;

/// Why a signer's key could not be had.
#[derive(Debug)]
pub enum KeyFetchError {
    /// The signer is named in a form that leads to no instance; nothing was fetched.
    Signer {
        /// The signer, as the message names it.
        signer: String,
        /// What is wrong with it.
        why: String,
    },
    /// Its instance gave no key.
    Metadata(MetadataError),
}

impl KeyFetchError {
    /// The entry of the list of codes; `None` for what is wrong use, such as a file of authorities that is not there.
    pub fn code(&self) -> Option<&'static Code> {
        match self {
            KeyFetchError::Signer { .. } => Some(&codes::SIGNED_BY_NOT_DOMAIN),
            KeyFetchError::Metadata(error) => error.code(),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            KeyFetchError::Signer { .. } => None,
            KeyFetchError::Metadata(error) => error.hint(),
        }
    }
}

impl fmt::Display for KeyFetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyFetchError::Signer { signer, why } => write!(f, "{signer:?} names no instance: {why}"),
            KeyFetchError::Metadata(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for KeyFetchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            KeyFetchError::Signer { .. } => None,
            KeyFetchError::Metadata(error) => error.source(),
        }
    }
}

impl From<&KeyFetchError> for NoKey {
    fn from(error: &KeyFetchError) -> Self {
        let why = match error.code() {
            Some(code) => format!("{error} ({})", code.id),
            None => error.to_string(),
        };
        NoKey { why: Some(why), hint: error.hint() }
    }
}
