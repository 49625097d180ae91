//! What all parts of a run over a session share: the plan, the journal, and whether it was stopped.

use std::cell::RefCell;
use std::time::Instant;

use tokio::sync::Notify;

use super::SessionPlan;
use crate::delivery::journal::{Journal, JournalError};
use crate::delivery::run::Stopped;
use crate::protocol::Ambient;

pub(super) struct Shared {
    pub(super) plan: SessionPlan,
    pub(super) ambient: Ambient,
    pub(super) journal: Option<Journal>,
    pub(super) start: Instant,
    /// Whether messages are signed here.
    pub(super) signs: bool,
    why: RefCell<Option<Stopped>>,
    stopped: Notify,
}

impl Shared {
    pub(super) fn new(
        plan: SessionPlan,
        ambient: Ambient,
        journal: Option<Journal>,
        start: Instant,
        signs: bool,
    ) -> Self {
        Shared { plan, ambient, journal, start, signs, why: RefCell::default(), stopped: Notify::new() }
    }

    /// Sends nothing new from now on. The first reason counts: false for another one.
    pub(super) fn stop(&self, why: Stopped) -> bool {
        let mut stopped = self.why.borrow_mut();
        let first = stopped.is_none();
        stopped.get_or_insert(why);
        self.stopped.notify_waiters();
        first
    }

    /// Whether nothing new is to be sent.
    pub(super) fn is_stopped(&self) -> bool {
        self.why.borrow().is_some()
    }

    /// Waits until nothing new is to be sent.
    pub(super) async fn stopped(&self) {
        let stopped = self.stopped.notified();
        if !self.is_stopped() {
            stopped.await;
        }
    }

    /// Writes into the journal, where there is one; false when the run is stopped because that failed.
    pub(super) fn record(&self, write: impl FnOnce(&Journal) -> Result<(), JournalError>) -> bool {
        match self.journal.as_ref().map_or(Ok(()), write) {
            Ok(()) => true,
            Err(error) => {
                self.stop(Stopped::Journal(error));
                false
            }
        }
    }

    /// Closes the journal, and says why the run ended early. That the journal failed is the most important reason.
    pub(super) fn into_stopped(self) -> Option<Stopped> {
        match self.journal.as_ref().map(Journal::close) {
            Some(Err(error)) => Some(Stopped::Journal(error)),
            _ => self.why.into_inner(),
        }
    }
}
