//! A server from its parts: what `serve` runs, and whoever needs one in the same process.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::{oneshot, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::app::App;
use super::body::Bodies;
use super::control::Control;
use super::event::Event;
use super::fault::{Fault, Faults};
use super::hub::{Mount, Mounts, Sessions, Stopping, Telling};
use super::listener::{Bound, Shared, run};
use super::outgoing::MAX_QUEUED;
use super::recorder::Recorder;
use super::registry::Registry;
use super::room::max_connections;
use super::versia::{Instance, InstanceConfig, Judge, Participation, VersiaApp};
use crate::client::KeyDirectory;
use crate::protocol::Ambient;
use crate::signing::Signer;
use crate::store::Records;

/// How many events may wait to be told before the server waits.
const WAITING: usize = 1_024;

/// How much the bodies that are under way may hold together, in bytes.
const ALL_BODIES: usize = 256 << 20;

/// How much a session of an instance reads in one call of the system, in bytes: deliveries are long.
const READ_MUCH: usize = 4 << 10;

/// How much a session of a hub reads in one call: it is idle most of the time, and what comes is short.
const READ_LITTLE: usize = 512;

/// How long work beside the sessions may take to end, after they have.
const GRACE: Duration = Duration::from_secs(5);

/// What a server is set up with.
pub struct Setup {
    /// The Versia instance, where there is one.
    pub instance: Option<InstanceSetup>,
    /// The protocols of WebSocket sessions, and where they are.
    pub mounts: Vec<Mount>,
    /// Whether each frame of their sessions is told, in and out.
    pub frames: bool,
    /// How much may wait to go out in one of their sessions, in bytes; a session that would have more is cut off.
    pub max_queued: usize,
    /// The largest body or message, in bytes.
    pub max_body: usize,
    /// What goes wrong on purpose.
    pub faults: Vec<Fault>,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// Where everything that passes is kept. With it, nothing is answered before its record is.
    pub records: Option<Records>,
}

impl Setup {
    /// An instance alone, with nothing wrong with it.
    pub fn of(instance: InstanceSetup, max_body: usize, ambient: Ambient) -> Self {
        Setup {
            instance: Some(instance),
            mounts: Vec::new(),
            frames: false,
            max_queued: MAX_QUEUED,
            max_body,
            faults: Vec::new(),
            ambient,
            records: None,
        }
    }
}

/// What an instance is set up with.
#[derive(Debug)]
pub struct InstanceSetup {
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
    /// The keys of other instances.
    pub keys: Arc<KeyDirectory>,
    /// What it has, and how it takes part.
    pub participation: Participation,
}

/// A running server.
#[derive(Debug)]
pub struct Started {
    /// What happens. Has to be read: the server waits when too much of it is not.
    pub events: Receiver<Event>,
    /// Asks it to end, when it is sent to or dropped.
    pub stop: oneshot::Sender<()>,
    /// Ready when it has ended.
    pub server: JoinHandle<()>,
    /// What can be asked of its instance, where it has one.
    pub control: Option<Control>,
}

/// Runs a server on a port until it is asked to end. Wants a runtime with input, output and time.
pub fn start(bound: Bound, tls: Option<Arc<ServerConfig>>, setup: Setup) -> Started {
    let (sender, events) = channel(WAITING);
    let recorder = Recorder::new(sender, setup.records.clone());
    let registry = Arc::new(Registry::default());
    let (stopping, stopped) = watch::channel(false);
    let mut beside = JoinSet::new();
    for mount in &setup.mounts {
        let (telling, stopping) = (Telling(recorder.clone()), Stopping::new(stopped.clone()));
        if let Some(work) = Arc::clone(&mount.protocol).background(telling, stopping) {
            beside.spawn(work);
        }
    }
    let faults = Arc::new(Faults::new(setup.faults.clone()));
    let (ambient, max_body) = (setup.ambient, setup.max_body);
    let (app, instance) = app(setup, &registry, &recorder, &faults, Stopping::new(stopped));
    let control = instance.clone().map(|instance| Control::new(instance, Arc::clone(&faults)));
    let shared = Arc::new(Shared {
        faults,
        ambient,
        bodies: Bodies::new(max_body, ALL_BODIES),
        max_connections: max_connections(),
        registry: Arc::clone(&registry),
        recorder: recorder.clone(),
        app,
    });
    let (stop, stop_requested) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let shutdown = async {
            // One that is dropped asks for the end as well.
            let _ = stop_requested.await;
            stopping.send_replace(true);
        };
        run(bound, tls, shared, shutdown).await;
        if let Some(instance) = instance {
            instance.end().await;
        }
        let _ = timeout(GRACE, async { while beside.join_next().await.is_some() {} }).await;
        let _ = timeout(GRACE, recorder.all_told()).await;
    });
    Started { events, stop, server, control }
}

/// What answers, and the instance, where there is one.
fn app(
    setup: Setup,
    registry: &Arc<Registry>,
    recorder: &Recorder,
    faults: &Arc<Faults>,
    stopping: Stopping,
) -> (Arc<dyn App>, Option<Arc<Instance>>) {
    let sessions = |frames, read_at_once, max_queued| {
        Arc::new(Sessions {
            ambient: setup.ambient,
            registry: Arc::clone(registry),
            recorder: recorder.clone(),
            max_message: setup.max_body,
            max_queued,
            read_at_once,
            frames,
        })
    };
    let instance = setup.instance.map(|instance| {
        let own_key = instance.signer.key().public();
        let judge = Judge::new(instance.keys, instance.signer.domain().to_owned(), own_key);
        VersiaApp::new(InstanceConfig {
            signer: instance.signer,
            users: instance.users,
            reject: instance.reject,
            validate: instance.validate,
            receipts: instance.receipts,
            judge,
            ambient: setup.ambient,
            // Its members tell of what they took, with what it is worth.
            sessions: sessions(false, READ_MUCH, MAX_QUEUED),
            faults: Arc::clone(faults),
            participation: instance.participation,
            telling: Telling(recorder.clone()),
            stopping,
        })
    });
    let handle = instance.as_ref().map(VersiaApp::instance);
    let versia = instance.map(|instance| Arc::new(instance) as Arc<dyn App>);
    let app: Arc<dyn App> = match versia {
        Some(instance) if setup.mounts.is_empty() => instance,
        otherwise => {
            let sessions = sessions(setup.frames, READ_LITTLE, setup.max_queued);
            Arc::new(Mounts::new(setup.mounts, otherwise, sessions))
        }
    };
    (app, handle)
}
