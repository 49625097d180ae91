//! The instance of this side while another one is checked: it publishes a key and a user, and sees what comes.

use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use tokio::runtime::Runtime;
use tokio::sync::oneshot::Sender;

use super::AMBIENT;
use super::error::CliError;
use crate::check::Observer;
use crate::client::KeyDirectory;
use crate::protocol::record::{Direction, Record};
use crate::server::{Bound, InstanceSetup, Participation, Setup, Started, start};
use crate::signing::Signer;

/// The name of its user.
pub const USER: &str = "checker";

/// The largest body that it takes, in bytes.
const MAX_BODY: usize = 16 << 20;

/// What came, and who waits for more.
#[derive(Default)]
struct Seen {
    records: Mutex<Vec<Record>>,
    more: Condvar,
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running instance that sees what comes.
pub struct Observing {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Seen>,
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
        let seen = Arc::new(Seen::default());
        let seeing = Arc::clone(&seen);
        let started = runtime.block_on(async {
            let bound = Bound::at(at).await.map_err(|error| {
                CliError::io(format!("cannot listen at {at}"), &error).hint("--listen takes another port")
            })?;
            let address = bound.address;
            let Started { mut events, stop, .. } = start(bound, tls, Setup::of(instance, MAX_BODY, AMBIENT));
            tokio::spawn(async move {
                while let Some(event) = events.recv().await {
                    let record = event.record().filter(|it| it.direction != Some(Direction::Out)).cloned();
                    if let Some(record) = record {
                        seeing.lock().push(record);
                        seeing.more.notify_all();
                    }
                }
            });
            Ok::<_, CliError>((address, stop))
        });
        let (address, stop) = started?;
        Ok(Observing { address, seen, _stop: stop, runtime: Some(runtime) })
    }
}

impl Drop for Observing {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Observer for Observing {
    fn wait(&self, since: usize, limit: Duration, is_meant: &dyn Fn(&Record) -> bool) -> Option<Record> {
        let end = Instant::now() + limit;
        let mut records = self.seen.lock();
        loop {
            if let Some(found) = records.iter().skip(since).find(|record| is_meant(record)) {
                return Some(found.clone());
            }
            let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            records = self.seen.more.wait_timeout(records, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn count(&self) -> usize {
        self.seen.lock().len()
    }
}
