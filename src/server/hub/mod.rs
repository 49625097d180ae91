//! The hub: WebSocket protocols side by side on one port, each mounted at a path, and the one loop that runs their
//! sessions.
//!
//! A protocol decides who may come in ([`HubProtocol::connect`]), and what a message means ([`Member::take`]). The loop does
//! the rest for all of them: the session's place in the registry, its queue, its records, its limits and its end.

mod authorizer;
mod brokers;
mod delivery;
mod mounts;
mod roadrunner;
mod running;
mod wsify;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

pub(in crate::server) use self::authorizer::query;
pub use self::authorizer::{Authorizer, Decision};
pub use self::brokers::Carrier;
pub(in crate::server) use self::delivery::send;
pub use self::delivery::subscriber;
pub(in crate::server) use self::mounts::refusal;
pub use self::mounts::{Mount, Mounts};
pub use self::roadrunner::{BoundRpc, RoadRunner, RoadRunnerConfig};
pub use self::running::{Asked, Running, Sessions};
pub use self::wsify::Wsify;
use super::app::{Answer, Received};
use super::event::Event;
use super::recorder::Recorder;
use super::session::End;
use crate::protocol::record::Protocol;

/// One protocol on the server's side, mounted at a path.
pub trait HubProtocol: Send + Sync + 'static {
    /// Which protocol's messages they are, for records.
    fn protocol(&self) -> Protocol;

    /// Decides about a handshake before it is answered: who comes in, or what is answered instead.
    fn connect(self: Arc<Self>, received: &Received) -> BoxFuture<'static, Result<Accepted, Answer>>;

    /// Answers plain HTTP at one of its further paths; nothing where the path is none of its own. `path` is what the target
    /// has in place of the last segment of the path where the protocol is mounted: `/broadcast` for `/a/broadcast`, where that
    /// is `/a/ws`.
    fn respond(self: Arc<Self>, _received: &Received, _path: &str) -> Option<BoxFuture<'static, Answer>> {
        None
    }

    /// What it needs and whether it is there, by a name for each, as `/readyz` tells it.
    fn readiness(&self) -> Vec<(String, Readiness)> {
        Vec::new()
    }

    /// What it does beside its sessions, as long as the server runs; ends soon after `stopping` says so.
    fn background(self: Arc<Self>, _telling: Telling, _stopping: Stopping) -> Option<BoxFuture<'static, ()>> {
        None
    }
}

/// Who came in.
pub struct Accepted {
    /// The session's own side of the protocol.
    pub member: Box<dyn Member>,
    /// The subprotocol that was chosen, where one was.
    pub subprotocol: Option<&'static str>,
}

impl Accepted {
    /// A member with whom no subprotocol is spoken.
    pub fn new(member: impl Member) -> Self {
        Accepted { member: Box::new(member), subprotocol: None }
    }
}

/// A protocol's side of one session.
///
/// What it has to say it queues in the session's [`Outgoing`](super::Outgoing), which it may hand to others too. While one of
/// these futures is not ready, what is queued is sent all the same, and nothing more is read.
pub trait Member: Send + 'static {
    /// The session is open; nothing has come yet.
    fn opened<'a>(&'a mut self, _session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async { Then::GoesOn })
    }

    /// A message came.
    fn take<'a>(&'a mut self, message: Data, session: &'a mut Running) -> BoxFuture<'a, Then>;

    /// How long the peer may say nothing; without a limit, for ever.
    fn silence(&self) -> Option<Duration> {
        None
    }

    /// The peer said nothing for too long: queues the Close.
    fn silent(&mut self, session: &mut Running) {
        session.outgoing().close(1008, "nothing came for too long");
    }

    /// The session is over.
    fn ended<'a>(&'a mut self, _session: &'a mut Running, _end: &'a End) -> BoxFuture<'a, ()> {
        Box::pin(async {})
    }
}

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// Text.
    Text(Utf8Bytes),
    /// Anything else.
    Binary(Bytes),
}

impl Data {
    /// The bytes, whichever they are.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Data::Text(text) => text.as_bytes(),
            Data::Binary(bytes) => bytes,
        }
    }

    /// The name of the frame, as records have it.
    pub fn opcode(&self) -> &'static str {
        match self {
            Data::Text(_) => "text",
            Data::Binary(_) => "binary",
        }
    }
}

/// How a session continues after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It waits for the next one.
    GoesOn,
    /// It ends: a Close is queued.
    Ends,
    /// It ends without a Close, on purpose.
    Breaks,
}

/// Whether something that a protocol needs is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Readiness {
    /// Whether it is.
    pub ready: bool,
    /// More about it, as a JSON object.
    pub details: serde_json::Map<String, Value>,
}

/// Tells what happens beside sessions.
#[derive(Debug, Clone)]
pub struct Telling(pub(super) Recorder);

impl Telling {
    /// Tells of an event.
    pub async fn tell(&self, event: Event) {
        self.0.tell_then(event, |_| {}).await;
    }

    /// Tells of what went wrong, in a sentence.
    pub async fn trouble(&self, what: impl Into<String>) {
        self.tell(Event::Trouble { peer: None, what: what.into() }).await;
    }
}

/// Says when the server ends.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    pub(super) fn new(stopping: watch::Receiver<bool>) -> Self {
        Stopping(stopping)
    }

    /// Ready when the server has been asked to end.
    pub async fn requested(&mut self) {
        // A server that is gone asks for the end as well.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}
