//! One document to deliver, and what to call it.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The SHA-256 of a body.
pub type BodyDigest = [u8; 32];

/// What to call a document, for people: a whole input, or a line of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    input: Arc<str>,
    line: Option<u64>,
}

impl Place {
    /// An input that is one document.
    pub fn whole(input: impl Into<Arc<str>>) -> Self {
        Place { input: input.into(), line: None }
    }

    /// A line of an input, from 1.
    pub fn line(input: impl Into<Arc<str>>, line: u64) -> Self {
        Place { input: input.into(), line: Some(line) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line} of {}", self.input),
            None => f.write_str(&self.input),
        }
    }
}

/// A document to deliver.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its place among all documents of the run, from 1. Lines without a document count, so that in an input of lines
    /// this is the line's number.
    pub ordinal: u64,
    /// What to call it.
    pub place: Place,
    /// Its bytes, as they are sent.
    pub body: Bytes,
}

impl Item {
    /// A document.
    pub fn new(ordinal: u64, place: Place, body: impl Into<Bytes>) -> Self {
        Item { ordinal, place, body: body.into() }
    }

    /// The SHA-256 of its bytes, worked out at every call.
    pub fn digest(&self) -> BodyDigest {
        Sha256::digest(&self.body).into()
    }
}
