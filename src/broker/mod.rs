//! Brokers: who gets what is published to a topic, on this node and on others.
//!
//! A broker knows no sockets: it hands a [`Publication`] to [`Subscriber`]s, which take it without waiting. What is the same
//! for all of them, the frame of a wire form, is made once for each publication and shared. Per topic, everybody gets
//! publications in one order, and those of one publisher in the order in which they were published.

mod memberships;
mod memory;
mod redis;
mod topics;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

pub use self::memberships::{MAX_TOPICS, Memberships, TooManyTopics};
pub use self::memory::Memory;
pub use self::redis::Redis;

/// Carries publications to those who joined a topic.
pub trait Broker: Send + Sync + 'static {
    /// Publishes to a topic; done when the broker has taken it.
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BoxFuture<'a, Result<(), BrokerError>>;

    /// Has a subscriber get what is published to a topic from now on, once each, however often it joins.
    fn join<'a>(
        &'a self,
        topic: &'a str,
        id: SubscriberId,
        subscriber: &'a Arc<dyn Subscriber>,
    ) -> BoxFuture<'a, ()>;

    /// Has a subscriber get no more of it; one that never joined is no failure.
    fn leave(&self, topic: &str, id: SubscriberId);

    /// Whether it carries publications at present.
    fn health(&self) -> Health;
}

/// Who subscribes, unique in this process's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriberId(u64);

/// Takes publications.
pub trait Subscriber: Send + Sync + 'static {
    /// Takes a publication. Must neither wait nor call the broker.
    fn deliver(&self, publication: &Publication);
}

/// Something that was published.
#[derive(Debug)]
pub struct Publication {
    topic: Arc<str>,
    payload: Bytes,
    frames: [OnceLock<Bytes>; Form::COUNT],
}

/// In which form a publication goes on a wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The payload, as text.
    Text,
    /// The payload, as bytes.
    Binary,
    /// A document that names the topic, as text.
    Named,
}

impl Form {
    const COUNT: usize = 3;
}

impl Publication {
    /// A payload for a topic.
    pub fn new(topic: impl Into<Arc<str>>, payload: Bytes) -> Self {
        Publication { topic: topic.into(), payload, frames: Default::default() }
    }

    /// The topic.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The payload.
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The frame of a wire form: made once, whoever asks first.
    pub fn frame(&self, form: Form, make: impl FnOnce(&Self) -> Bytes) -> Bytes {
        self.frames[form as usize].get_or_init(|| make(self)).clone()
    }
}

/// The state of a broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// What kind of broker it is.
    pub kind: &'static str,
    /// Whether publications reach everybody.
    pub ready: bool,
    /// How often it was away so far.
    pub gaps: u64,
}

/// What happens to a broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerEvent {
    /// It is away: what is published on other nodes is missed from now on, and nothing can be published here.
    Away {
        /// What the connection says.
        why: String,
    },
    /// It is back, with every topic that is joined here.
    Back {
        /// How long it was away.
        away: Duration,
        /// How often it was away so far.
        gaps: u64,
    },
}

/// What is told of [`BrokerEvent`]s; must not wait.
pub type Tell = Box<dyn Fn(BrokerEvent) + Send + Sync>;

/// Why something was not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerError {
    /// The broker is away.
    Away,
    /// It did not take it.
    Refused(String),
    /// No connection was made; why not.
    Unreachable(String),
    /// It does not let this user in; what it says.
    Denied(String),
}

impl fmt::Display for BrokerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokerError::Away => f.write_str("the broker cannot be reached"),
            BrokerError::Refused(why) => write!(f, "the broker did not take it: {why}"),
            BrokerError::Unreachable(why) => f.write_str(why),
            BrokerError::Denied(why) => write!(f, "Redis does not let this program in: {why}"),
        }
    }
}

impl std::error::Error for BrokerError {}

impl BrokerError {
    /// Why a connection to Redis was not made.
    pub fn of_connecting(error: &::redis::RedisError) -> Self {
        match error.code() {
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => BrokerError::Denied(error.to_string()),
            _ if error.is_io_error() => BrokerError::Unreachable(error.to_string()),
            _ => BrokerError::Refused(error.to_string()),
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            BrokerError::Away => {
                "look whether Redis runs at the address of --broker; /readyz says when it is back"
            }
            BrokerError::Refused(_) => "look at Redis's log and its memory",
            BrokerError::Unreachable(_) => "does Redis run at the address of --broker, and is that its port?",
            BrokerError::Denied(_) => {
                "the user and the password stand in the URL: redis://USER:PASSWORD@HOST:PORT"
            }
        }
    }
}

/// Which broker is wanted: `memory`, or the URL of a Redis server. Its `Debug` and `Display` hide the password.
#[derive(Clone)]
pub enum BrokerChoice {
    /// One of this process alone.
    Memory,
    /// A Redis server, shared by several nodes; what leads to it.
    Redis(::redis::ConnectionInfo),
}

/// Why a text names no broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceError {
    /// It is neither `memory` nor a URL of Redis.
    Unknown(String),
    /// The URL cannot be read.
    Url(String),
}

impl fmt::Display for ChoiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChoiceError::Unknown(name) => write!(f, "there is no broker {name:?}"),
            ChoiceError::Url(why) => write!(f, "the URL of Redis cannot be read: {why}"),
        }
    }
}

impl std::error::Error for ChoiceError {}

impl ChoiceError {
    /// What is meant.
    pub fn hint(&self) -> &'static str {
        "memory, redis://HOST:PORT or unix:///PATH"
    }
}

impl FromStr for BrokerChoice {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        if text == "memory" {
            return Ok(BrokerChoice::Memory);
        }
        if !["redis://", "unix://", "redis+unix://"].iter().any(|scheme| text.starts_with(scheme)) {
            // What is no URL may still hold a password.
            let name = match text.split_once("://") {
                Some((scheme, _)) => scheme,
                None => text.rsplit('@').next().unwrap_or_default(),
            };
            return Err(ChoiceError::Unknown(name.to_owned()));
        }
        let info = ::redis::IntoConnectionInfo::into_connection_info(text);
        info.map(BrokerChoice::Redis).map_err(|error| ChoiceError::Url(error.to_string()))
    }
}

impl fmt::Display for BrokerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BrokerChoice::Memory => f.write_str("memory"),
            BrokerChoice::Redis(info) => write!(f, "Redis at {}", info.addr()),
        }
    }
}

impl fmt::Debug for BrokerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BrokerChoice({self})")
    }
}
