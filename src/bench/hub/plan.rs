//! What a run on a hub does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::bench::outcome::LoadError;
use crate::bench::plan::{Model, Pace, Stop};
use crate::bench::template::Template;
use crate::client::goridge::RpcAddress;
use crate::client::{Dialer, HttpUrl};
use crate::protocol::Ambient;
use crate::protocol::roadrunner::{self, Codec, ServerFrame, Verb, Wire};
use crate::protocol::wsify;

/// What a run on a hub does.
#[derive(Debug, Clone)]
pub struct HubPlan {
    /// Where sessions are opened; `https` stands for `wss` and `http` for `ws`.
    pub url: HttpUrl,
    /// What makes the connections. Its time-out is that of an answer to a publication, and of a delivery.
    pub dialer: Arc<Dialer>,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// What the hub speaks.
    pub language: Language,
    /// The topic, or the channel.
    pub topic: String,
    /// How is published.
    pub road: Road,
    /// What a publication has beside its number: JSON.
    pub payload: Option<Template>,
    /// How many subscribers there are, each with a session.
    pub subscribers: usize,
    /// How many publishers there are, each with a connection.
    pub publishers: usize,
    /// When is published.
    pub model: Model,
    /// How long, from the start, what is published is not counted.
    pub warm_up: Duration,
    /// How long, or how many publications, after that.
    pub stop: Stop,
    /// How long, after the last publication, deliveries are waited for.
    pub grace: Duration,
}

/// What a hub speaks with its subscribers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Language {
    /// wsify.
    Wsify,
    /// RoadRunner's topics.
    RoadRunner {
        /// The wire form.
        wire: Wire,
        /// The broker, where the wire names one.
        broker: Option<String>,
    },
}

/// How is published.
#[derive(Clone)]
pub enum Road {
    /// In sessions: what wsify calls to broadcast.
    Session,
    /// By a POST to this address of a wsify hub, with the broadcasting key where it wants one.
    Post(HttpUrl),
    /// By RPC.
    Rpc(RpcAddress, Codec),
}

impl fmt::Debug for Road {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Road::Session => f.write_str("Session"),
            // The query has the broadcasting key.
            Road::Post(url) => write!(f, "Post({})", url.origin()),
            Road::Rpc(address, codec) => write!(f, "Rpc({address}, {codec:?})"),
        }
    }
}

impl Language {
    /// The protocol's name.
    pub fn name(&self) -> &'static str {
        match self {
            Language::Wsify => "wsify",
            Language::RoadRunner { wire: Wire::V2_3_1, .. } => "roadrunner",
            Language::RoadRunner { wire: Wire::V2_3_0, .. } => "roadrunner-2.3.0",
        }
    }

    /// The text with which a subscriber joins a topic.
    pub(super) fn join(&self, topic: &str) -> String {
        match self {
            // A name always makes a command.
            Language::Wsify => wsify::Command::Join(topic.to_owned()).write().unwrap_or_default(),
            Language::RoadRunner { wire, broker } => {
                roadrunner::Command::new(Verb::Join, broker.clone(), vec![topic.to_owned()]).write(*wire)
            }
        }
    }

    /// What a frame says.
    pub(super) fn read(&self, frame: &[u8], heard: impl FnOnce(Heard<'_>)) {
        match self {
            Language::Wsify => heard(Heard::Content(frame)),
            Language::RoadRunner { wire, .. } => match ServerFrame::read(frame, *wire) {
                Ok(ServerFrame::Message { payload, .. }) => heard(Heard::Content(&payload)),
                Ok(ServerFrame::Joined(_)) => heard(Heard::Joined),
                Ok(ServerFrame::JoinRefused(_)) => heard(Heard::JoinRefused),
                Ok(ServerFrame::Left(_) | ServerFrame::LeaveRefused(_)) | Err(_) => heard(Heard::Else),
            },
        }
    }

    /// Whether a join is answered.
    pub(super) fn answers_joins(&self) -> bool {
        matches!(self, Language::RoadRunner { .. })
    }
}

/// What a subscriber heard.
pub(super) enum Heard<'a> {
    /// What somebody published.
    Content(&'a [u8]),
    /// The topic is joined.
    Joined,
    /// It is not.
    JoinRefused,
    /// Something else.
    Else,
}

impl HubPlan {
    pub(super) fn check(&self) -> Result<(), LoadError> {
        let wrong = |why| Err(LoadError::Plan(why));
        if self.subscribers == 0 || self.publishers == 0 {
            return wrong("a run on a hub needs at least one subscriber and one publisher");
        }
        if matches!(
            (&self.language, &self.road),
            (Language::RoadRunner { .. }, Road::Session | Road::Post(_))
        ) {
            return wrong("to RoadRunner is published by RPC");
        }
        if matches!((&self.language, &self.road), (Language::Wsify, Road::Rpc(..))) {
            return wrong("to wsify is published by HTTP, or in a session");
        }
        self.model.check()
    }

    pub(super) fn pace(&self) -> Pace {
        Pace { model: self.model, warm_up: self.warm_up, stop: self.stop, threads: 1 }
    }

    /// The time-out of an answer and of a delivery; zero is none.
    pub(super) fn timeout(&self) -> Duration {
        self.dialer.options().timeout
    }

    /// Whether a publisher waits until all subscribers have its last publication.
    pub(super) fn waits_for_subscribers(&self) -> bool {
        self.model == Model::Closed
    }

    /// Sixteen random bytes for a handshake.
    pub(super) fn nonce(&self) -> [u8; 16] {
        let mut nonce = [0; 16];
        (self.ambient.random)(&mut nonce);
        nonce
    }
}
