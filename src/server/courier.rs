//! How an instance reaches others: a trait, because what signs, delivers and dials stands beside this layer.
//!
//! Whoever runs a server hands one in. It makes one attempt at a time and says whether another may fare better; what waits,
//! for how long and in which order is the instance's own business.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use super::app::BoxFuture;
use crate::protocol::record::Record;
use crate::protocol::versia::Checked;

/// What is delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// An entity, to the shared inbox: signed anew for each attempt.
    Entity {
        /// Its type.
        kind: String,
        /// Its author, as it stands in it.
        author: Option<String>,
        /// Its bytes.
        body: Bytes,
    },
    /// A text for the operators of the other side, unsigned.
    Message {
        /// The path that takes it.
        target: String,
        /// The text.
        text: String,
    },
}

impl Payload {
    /// What it is, in a word.
    pub fn name(&self) -> &str {
        match self {
            Payload::Entity { kind, .. } => kind,
            Payload::Message { .. } => "instance message",
        }
    }
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The instance that it is for, by its domain.
    pub domain: String,
    /// What it is.
    pub payload: Payload,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The record of the first attempt, for a later one.
    pub attempt_of: Option<String>,
}

/// What came of an attempt.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// What passed on the wire, as far as it got.
    pub record: Record,
    /// What was found out about the signature of the answer.
    pub checked: Vec<Checked>,
    /// What is to be done now.
    pub next: Next,
    /// How long nothing more is to be sent there, where the other side asks for a pause.
    pub pause: Option<Duration>,
}

/// What is to be done after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was taken.
    Delivered,
    /// Nothing: it will not be taken, and this is why.
    GivenUp(String),
    /// Another attempt after this time, because of this.
    Again(Duration, String),
}

/// What came of a GET.
#[derive(Debug, Clone)]
pub struct Got {
    /// What passed on the wire, as far as it got.
    pub record: Record,
    /// What was found out about the signature of the answer.
    pub checked: Vec<Checked>,
    /// The status and the body, or why there are none.
    pub answer: Result<(u16, Bytes), String>,
}

/// Reaches other instances.
pub trait Courier: fmt::Debug + Send + Sync + 'static {
    /// Makes one attempt at a delivery.
    fn deliver(&self, parcel: Parcel) -> BoxFuture<Attempted>;

    /// Makes one GET of a target, signed where the documents want that, and verifies the answer.
    fn get(&self, domain: String, target: String) -> BoxFuture<Got>;
}
