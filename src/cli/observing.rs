//! The instance of this side while another one is checked: it publishes a key and a user, and sees what comes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::runtime::Runtime;
use tokio::sync::oneshot::Sender;

use super::AMBIENT;
use super::error::CliError;
use crate::check::{Observer, Seen};
use crate::client::KeyDirectory;
use crate::protocol::record::{Direction, Record, RecordError};
use crate::server::{Bound, Event, InstanceSetup, Participation, Setup, Started, start};
use crate::signing::Signer;

/// The name of its user.
pub const USER: &str = "checker";

/// The largest body that it takes, in bytes.
const MAX_BODY: usize = 1 << 20;

/// How much of what came is kept: so many records, with so many bytes of bodies. The oldest goes first.
const MAX_RECORDS: usize = 4096;
const MAX_KEPT: usize = 64 << 20;

/// What came, and who waits for more.
#[derive(Default)]
struct Came {
    all: Mutex<Kept>,
    more: Condvar,
}

impl Came {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latest of what came, whoever sent it and however much.
#[derive(Default)]
struct Kept {
    seen: VecDeque<Seen>,
    /// How many came before those.
    gone: usize,
    bytes: usize,
}

impl Kept {
    fn push(&mut self, seen: Seen) {
        self.bytes += size(&seen);
        self.seen.push_back(seen);
        while self.seen.len() > MAX_RECORDS || self.bytes > MAX_KEPT {
            let Some(oldest) = self.seen.pop_front() else { break };
            self.bytes -= size(&oldest);
            self.gone += 1;
        }
    }

    fn since(&self, since: usize) -> impl Iterator<Item = &Seen> {
        self.seen.iter().skip(since.saturating_sub(self.gone))
    }
}

fn size(seen: &Seen) -> usize {
    seen.record.request.as_ref().map_or(0, |request| request.body.0.len())
}

/// A running instance that sees what comes.
pub struct Observing {
    /// Where it listens.
    pub address: SocketAddr,
    came: Arc<Came>,
    /// Its server ends when this is dropped.
    _stop: Sender<()>,
    runtime: Option<Runtime>,
}

impl Observing {
    /// Starts it.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(
        at: SocketAddr,
        tls: Option<Arc<ServerConfig>>,
        signer: Signer,
        keys: KeyDirectory,
    ) -> Result<Self, CliError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the server", &error))?;
        let instance = InstanceSetup {
            signer,
            users: vec![USER.to_owned()],
            reject: true,
            validate: true,
            receipts: false,
            keys: Arc::new(keys),
            participation: Participation::default(),
        };
        let came = Arc::new(Came::default());
        let seeing = Arc::clone(&came);
        let started = runtime.block_on(async {
            let bound = Bound::at(at).await.map_err(|error| {
                CliError::io(format!("cannot listen at {at}"), &error).hint("--listen takes another port")
            })?;
            let address = bound.address;
            let Started { mut events, stop, .. } = start(bound, tls, Setup::of(instance, MAX_BODY, AMBIENT));
            tokio::spawn(async move {
                while let Some(event) = events.recv().await {
                    if let Some(seen) = seen(&event) {
                        seeing.lock().push(seen);
                        seeing.more.notify_all();
                    }
                }
            });
            Ok::<_, CliError>((address, stop))
        });
        let (address, stop) = started?;
        Ok(Observing { address, came, _stop: stop, runtime: Some(runtime) })
    }
}

/// What came, where an event is about that.
fn seen(event: &Event) -> Option<Seen> {
    if let Event::Trouble { peer, what } = event {
        let error = RecordError { code: None, message: what.clone() };
        let record = Record { peer: peer.clone(), error: Some(error), ..Record::default() };
        return Some(Seen { record, findings: Vec::new() });
    }
    let record = event.record().filter(|it| it.direction != Some(Direction::Out))?.clone();
    let findings = match event {
        Event::Exchange(happened) | Event::Message(happened) => {
            happened.checked.first().map(|checked| checked.findings().cloned().collect())
        }
        _ => None,
    };
    Some(Seen { record, findings: findings.unwrap_or_default() })
}

impl Drop for Observing {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Observer for Observing {
    fn wait(&self, since: usize, limit: Duration, is_meant: &dyn Fn(&Record) -> bool) -> Option<Seen> {
        let end = Instant::now() + limit;
        let mut all = self.came.lock();
        loop {
            if let Some(found) = all.since(since).find(|seen| is_meant(&seen.record)) {
                return Some(found.clone());
            }
            let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            all = self.came.more.wait_timeout(all, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn since(&self, since: usize) -> Vec<Seen> {
        self.came.lock().since(since).cloned().collect()
    }

    fn count(&self) -> usize {
        let kept = self.came.lock();
        kept.gone + kept.seen.len()
    }
}
