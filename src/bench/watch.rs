//! A run as it is seen from outside while it goes on: how far it is, and that it is to end early.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::tally::SharedTally;

/// How often is looked whether the run is to end early.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// Looks at a run, and can end it.
#[derive(Debug, Default)]
pub struct Watch {
    over: Arc<AtomicBool>,
    tallies: Mutex<Vec<SharedTally>>,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SoFar {
    /// Deliveries that were accepted.
    pub accepted: u64,
    /// Deliveries that were answered otherwise, or failed.
    pub not_accepted: u64,
}

impl Watch {
    /// Ends the run when the flag is set.
    pub fn until(over: Arc<AtomicBool>) -> Self {
        Watch { over, tallies: Mutex::default() }
    }

    /// How far the run is: only what is counted.
    pub fn so_far(&self) -> SoFar {
        let tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        tallies.iter().map(SharedTally::so_far).fold(SoFar::default(), |sum, (accepted, not_accepted)| {
            SoFar { accepted: sum.accepted + accepted, not_accepted: sum.not_accepted + not_accepted }
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What comes of the work; nothing when the run is to end before that.
    pub(super) async fn unless_over<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let over = async {
            while !self.is_over() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            biased;
            () = over => None,
            done = work => Some(done),
        }
    }

    pub(super) fn add(&self, tally: &SharedTally) {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).push(tally.clone());
    }
}
