//! The open sessions, so that a server can end them in order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::outgoing::Outgoing;

/// The close code of a server that goes away.
const GOING_AWAY: u16 = 1001;

/// The sessions of a server.
#[derive(Debug, Default)]
pub struct Registry {
    next: AtomicU64,
    open: Mutex<Sessions>,
    emptied: Notify,
}

#[derive(Debug, Default)]
struct Sessions {
    queues: HashMap<u64, Outgoing>,
    closing: bool,
}

/// A session's place in the registry, until it is dropped.
#[derive(Debug)]
pub struct Registered {
    registry: Arc<Registry>,
    number: u64,
}

impl Registry {
    /// Enters a session. While the server goes away, it is closed at once.
    pub fn enter(self: &Arc<Self>, outgoing: &Outgoing) -> Registered {
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut open = self.lock();
        if open.closing {
            outgoing.close(GOING_AWAY, "the server is going away");
        }
        open.queues.insert(number, outgoing.clone());
        Registered { registry: Arc::clone(self), number }
    }

    /// Closes every session, those that begin later too: what is queued is sent first.
    pub fn close_all(&self) {
        let mut open = self.lock();
        open.closing = true;
        for outgoing in open.queues.values() {
            outgoing.close(GOING_AWAY, "the server is going away");
        }
    }

    /// Waits until no session is open.
    pub async fn wait_until_empty(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.lock().queues.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registered {
    /// The session's name, unique in this server's life.
    pub fn name(&self) -> String {
        format!("s{}", self.number)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut open = self.registry.lock();
        open.queues.remove(&self.number);
        if open.queues.is_empty() {
            self.registry.emptied.notify_waiters();
        }
    }
}
