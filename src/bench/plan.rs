//! What a run does: where to, how, how much, for how long.

use std::sync::Arc;
use std::time::Duration;

use super::content::Content;
use super::outcome::LoadError;
use crate::client::{Dialer, HttpUrl};
use crate::protocol::Ambient;

/// What a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The inbox. For WebSocket, `https` stands for `wss` and `http` for `ws`.
    pub url: HttpUrl,
    /// What makes the connections; its time-out is that of each delivery, and its headers go with each request.
    pub dialer: Arc<Dialer>,
    /// The clock of the signatures, and the randomness of handshakes and ids.
    pub ambient: Ambient,
    /// The road.
    pub transport: Transport,
    /// What is sent.
    pub content: Content,
    /// When it is sent.
    pub model: Model,
    /// How long, from the start, what is sent is not counted.
    pub warm_up: Duration,
    /// How long, or how many, after that.
    pub stop: Stop,
    /// Connections in all; at least one per thread.
    pub connections: usize,
    /// Threads, each with an event loop and its share of the connections.
    pub threads: usize,
    /// How long, after the last delivery may have started, answers are waited for.
    pub grace: Duration,
}

/// The road of the deliveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// POST over HTTP/1.1, one request at a time on each connection.
    Http,
    /// Messages in WebSocket sessions.
    WebSocket {
        /// The most messages without a receipt in one session. Without receipts it only bounds how many messages are
        /// written between two looks at what the peer sent.
        in_flight: usize,
        /// Offers `versia.receipts.v1`, and fails when the server does not take it. Without receipts a message counts
        /// as sent when it is written out.
        receipts: bool,
    },
}

/// When deliveries start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// The next one as soon as a connection is free.
    Closed,
    /// At a fixed rate, over all threads.
    Open {
        /// Arrivals per second.
        rate: f64,
    },
}

/// When no further delivery starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// After this time.
    After(Duration),
    /// After this many deliveries, over all threads.
    Count(u64),
}

/// When deliveries start, and when no further one does: what the arrivals of a thread are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pub(super) model: Model,
    pub(super) warm_up: Duration,
    pub(super) stop: Stop,
    pub(super) threads: usize,
}

impl Model {
    /// Whether arrivals at this rate can be made.
    pub(super) fn check(self) -> Result<(), LoadError> {
        match self {
            Model::Open { rate } if !(rate.is_finite() && rate > 0.0) => {
                Err(LoadError::Plan("the rate of arrivals has to be above zero"))
            }
            _ => Ok(()),
        }
    }
}

impl Plan {
    pub(super) fn pace(&self) -> Pace {
        Pace { model: self.model, warm_up: self.warm_up, stop: self.stop, threads: self.threads }
    }

    /// Whether the plan can be carried out.
    pub(super) fn check(&self) -> Result<(), LoadError> {
        let wrong = |why| Err(LoadError::Plan(why));
        if self.threads == 0 {
            return wrong("a run needs at least one thread");
        }
        if self.connections < self.threads {
            return wrong("each thread needs at least one connection");
        }
        if let Transport::WebSocket { in_flight: 0, .. } = self.transport {
            return wrong("a session needs at least one message in flight");
        }
        self.model.check()
    }

    /// How many connections the thread `index` has.
    pub(super) fn connections_of(&self, index: usize) -> usize {
        share(self.connections as u64, self.threads, index) as usize
    }

    /// The time-out of one delivery; zero is none.
    pub(super) fn timeout(&self) -> Duration {
        self.dialer.options().timeout
    }
}

/// The part of `total` that falls to one of `threads`: parts differ by one at most.
pub(super) fn share(total: u64, threads: usize, index: usize) -> u64 {
    let (threads, index) = (threads as u64, index as u64);
    total / threads + u64::from(index < total % threads)
}
