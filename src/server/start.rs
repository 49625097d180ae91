//! A Versia instance from its parts: what `serve` runs, and whoever needs one in the same process.

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::body::Bodies;
use super::event::Event;
use super::fault::{Fault, Faults};
use super::listener::{Bound, Shared, run};
use super::registry::Registry;
use super::versia::{InstanceConfig, Judge, VersiaApp};
use crate::client::KeyDirectory;
use crate::protocol::Ambient;
use crate::signing::Signer;

/// How many events may wait to be told before the server waits.
const WAITING: usize = 1_024;

/// How many connections may be open.
const MAX_CONNECTIONS: usize = 16_384;

/// How much the bodies that are under way may hold together, in bytes.
const ALL_BODIES: usize = 256 << 20;

/// What an instance is set up with.
#[derive(Debug)]
pub struct Setup {
    /// The key and the domain that it signs with.
    pub signer: Signer,
    /// The names of its users.
    pub users: Vec<String>,
    /// Whether it refuses what the documents refuse.
    pub reject: bool,
    /// Whether it looks at entities by the documents' rules.
    pub validate: bool,
    /// Whether it answers each WebSocket message with a receipt, where the peer offers to take them.
    pub receipts: bool,
    /// The largest body or message, in bytes.
    pub max_body: usize,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// The keys of other instances.
    pub keys: KeyDirectory,
    /// The clock and the randomness.
    pub ambient: Ambient,
}

/// A running instance.
#[derive(Debug)]
pub struct Started {
    /// What happens. Has to be read: nothing is answered before its event is taken.
    pub events: Receiver<Event>,
    /// Asks it to end, when it is sent to or dropped.
    pub stop: oneshot::Sender<()>,
    /// Ready when it has ended.
    pub server: JoinHandle<()>,
}

/// Runs an instance on a port until it is asked to end. Wants a runtime with input, output and time.
pub fn start(bound: Bound, tls: Option<Arc<ServerConfig>>, setup: Setup) -> Started {
    let (sender, events) = channel(WAITING);
    let registry = Arc::new(Registry::default());
    let judge =
        Judge::new(Arc::new(setup.keys), setup.signer.domain().to_owned(), setup.signer.key().public());
    let app = VersiaApp::new(InstanceConfig {
        signer: setup.signer,
        users: setup.users,
        reject: setup.reject,
        validate: setup.validate,
        receipts: setup.receipts,
        max_message: setup.max_body,
        judge,
        ambient: setup.ambient,
        registry: Arc::clone(&registry),
        events: sender.clone(),
    });
    let shared = Arc::new(Shared {
        app: Arc::new(app),
        faults: Faults::new(setup.faults),
        ambient: setup.ambient,
        bodies: Bodies::new(setup.max_body, ALL_BODIES),
        max_connections: MAX_CONNECTIONS,
        registry,
        events: sender,
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(run(bound, tls, shared, async {
        // One that is dropped asks for the end as well.
        let _ = stopped.await;
    }));
    Started { events, stop, server }
}
