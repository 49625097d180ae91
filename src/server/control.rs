//! What can be asked of a running instance, by whoever runs it: to post, to follow, to answer, and what it is.
//!
//! A handle, cheap to clone. Nothing here is reachable from the wire; what offers it to others asks for a token first.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::fault::Faults;
use super::versia::Instance;
use crate::entity::Violation;
use crate::protocol::record::Record;
use crate::protocol::versia::{Checked, NothingToVerify};

/// A handle on a running instance.
#[derive(Debug, Clone)]
pub struct Control {
    instance: Arc<Instance>,
    faults: Arc<Faults>,
}

/// What an instance is, at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Its domain.
    pub domain: String,
    /// The fingerprint of its key.
    pub key: String,
    /// Its users.
    pub users: Vec<UserOverview>,
    /// How it answers a Follow: `accept`, `reject`, `manual` or `ignore`.
    pub policy: FollowPolicy,
    /// Whether it reaches other instances.
    pub reaches_others: bool,
    /// How many entities of its own it serves.
    pub entities: usize,
    /// How many entities of others it has taken.
    pub received: usize,
    /// How many deliveries are under way or wait for another attempt.
    pub waiting: usize,
}

/// A user of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserOverview {
    /// The name.
    pub name: String,
    /// The id.
    pub id: String,
    /// How many follow the user.
    pub followers: usize,
    /// How many the user follows.
    pub following: usize,
}

/// How a Follow is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FollowPolicy {
    /// With a FollowAccept.
    #[default]
    Accept,
    /// With a FollowReject.
    Reject,
    /// When somebody says how.
    Manual,
    /// Not at all.
    Ignore,
}

/// Whether somebody follows, or asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FollowState {
    /// A name for it, by which it is answered.
    pub id: String,
    /// Who follows: `domain:id`.
    pub follower: String,
    /// Whom: `domain:id`.
    pub followee: String,
    /// Who asked whom.
    pub direction: FollowDirection,
    /// What came of it.
    pub state: FollowAnswer,
}

/// Who asked whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FollowDirection {
    /// Somebody elsewhere, or here, asked a user of this instance.
    In,
    /// A user of this instance asked somebody elsewhere.
    Out,
}

/// What came of a Follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FollowAnswer {
    /// Nothing yet.
    Pending,
    /// It was accepted.
    Accepted,
    /// It was rejected.
    Rejected,
}

/// What was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Posted {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id, where the type has one.
    pub id: Option<String>,
    /// The entity as it is served and delivered.
    pub entity: Value,
    /// The domains of the instances that it is delivered to.
    pub to: Vec<String>,
}

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlError {
    /// What was posted is no entity, or cannot be completed to one.
    NotAnEntity(String),
    /// What was posted breaks rules of the documents.
    Invalid {
        /// The type.
        kind: String,
        /// The rules.
        violations: Vec<Violation>,
    },
    /// There is no such user here.
    NoSuchUser(String),
    /// There is nothing here by this name.
    NotFound(String),
    /// Somebody elsewhere cannot be found.
    NotReached {
        /// Who.
        who: String,
        /// Why.
        why: String,
    },
    /// Too much waits to be delivered already.
    Full,
    /// The instance reaches no others.
    NoCourier,
}

impl fmt::Display for ControlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ControlError::NotAnEntity(why) => write!(f, "this cannot be posted: {why}"),
            ControlError::Invalid { kind, violations } => {
                write!(f, "this is no valid {kind}")?;
                violations.first().map_or(Ok(()), |first| write!(f, ": {}", first.finding().message))
            }
            ControlError::NoSuchUser(name) => write!(f, "there is no user {name:?} here"),
            ControlError::NotFound(what) => write!(f, "there is no {what} here"),
            ControlError::NotReached { who, why } => write!(f, "{who} cannot be found: {why}"),
            ControlError::Full => f.write_str("too many deliveries wait already"),
            ControlError::NoCourier => f.write_str("this instance reaches no others"),
        }
    }
}

impl std::error::Error for ControlError {}

impl ControlError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ControlError::NotAnEntity(_) | ControlError::Invalid { .. } => {
                "`versia-cli new TYPE` makes a valid one, and `validate` tells all that is wrong"
            }
            ControlError::NoSuchUser(_) => "a user of this instance is meant, by name or by id",
            ControlError::NotFound(_) => "look at what there is first",
            ControlError::NotReached { .. } => "a user elsewhere is written user@domain, or domain:id",
            ControlError::Full => "wait until some are delivered or given up",
            ControlError::NoCourier => "`versia-cli serve` runs one that does",
        }
    }
}

impl Control {
    pub(super) fn new(instance: Arc<Instance>, faults: Arc<Faults>) -> Self {
        Control { instance, faults }
    }

    /// What the instance is.
    pub fn overview(&self) -> Overview {
        self.instance.overview()
    }

    /// What the signatures in a record are worth as of its own time, explained, with the keys that the instance knows or can ask
    /// for.
    ///
    /// # Errors
    /// When there is nothing in the record that could be verified.
    pub async fn verify(&self, record: &Record) -> Result<Vec<Checked>, NothingToVerify> {
        let own_time = record.at_seconds().ok().flatten();
        let config = &self.instance.config;
        config.judge.explain(record, own_time.unwrap_or_else(|| config.ambient.now_seconds())).await
    }

    /// What goes wrong on purpose.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }

    /// Who follows whom, or asked to, the oldest first.
    pub fn follows(&self) -> Vec<FollowState> {
        self.instance.follows()
    }

    /// Posts an entity: a JSON object with a `type`, which may be the last part of one, and any of its fields. What is missing
    /// is added as `new` does; an `author` may be the name of a user here, and a `content` a text. It is served here where it
    /// has an id, and delivered to the instances that it concerns.
    ///
    /// # Errors
    /// When it is no entity of a user here, or breaks a rule of the documents.
    pub async fn post(&self, entity: Value) -> Result<Posted, ControlError> {
        self.instance.post(entity)
    }

    /// Has a user of this instance ask to follow somebody: `user@domain`, or `domain:id`.
    ///
    /// # Errors
    /// When one of them cannot be found.
    pub async fn follow(&self, who: &str, whom: &str) -> Result<Posted, ControlError> {
        self.instance.follow(who, whom, "Follow").await
    }

    /// Has a user of this instance follow somebody no more.
    ///
    /// # Errors
    /// When one of them cannot be found.
    pub async fn unfollow(&self, who: &str, whom: &str) -> Result<Posted, ControlError> {
        self.instance.follow(who, whom, "Unfollow").await
    }

    /// Answers a Follow that came, by the name that [`Control::follows`] gives it.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn answer(&self, id: &str, accept: bool) -> Result<Posted, ControlError> {
        self.instance.answer(id, accept)
    }
}
