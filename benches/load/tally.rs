//! The counts and latencies of one thread, and the deliveries that are under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::outcome::{Failure, Outcome};

/// The longest latency that is told apart: an hour.
const LONGEST: u64 = 3_600_000_000_000;

/// Counts and latencies, as they grow.
#[derive(Debug)]
pub(super) struct Tally {
    outcome: Outcome,
}

impl Tally {
    pub(super) fn new() -> Self {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3).expect("fixed bounds that the library takes");
        Tally {
            outcome: Outcome {
                started: 0,
                answered: 0,
                unconfirmed: 0,
                unanswered: 0,
                statuses: BTreeMap::new(),
                failures: BTreeMap::new(),
                latency,
                elapsed: Duration::ZERO,
            },
        }
    }

    /// Adds what another thread counted; the longer time counts.
    pub(super) fn add(&mut self, other: Tally) {
        let (whole, part) = (&mut self.outcome, other.outcome);
        whole.started += part.started;
        whole.answered += part.answered;
        whole.unconfirmed += part.unconfirmed;
        whole.unanswered += part.unanswered;
        for (status, count) in part.statuses {
            *whole.statuses.entry(status).or_default() += count;
        }
        for (failure, count) in part.failures {
            *whole.failures.entry(failure).or_default() += count;
        }
        // The same bounds on both sides, so nothing can fall outside.
        let _ = whole.latency.add(&part.latency);
        whole.elapsed = whole.elapsed.max(part.elapsed);
    }

    /// Counts a delivery that was due and never started.
    pub(super) fn never_started(&mut self, due: Instant, now: Instant) {
        self.outcome.started += 1;
        self.unanswered(due, now);
    }

    pub(super) fn set_elapsed(&mut self, elapsed: Duration) {
        self.outcome.elapsed = elapsed;
    }

    pub(super) fn into_outcome(self) -> Outcome {
        self.outcome
    }

    fn unanswered(&mut self, due: Instant, now: Instant) {
        self.outcome.unanswered += 1;
        self.record(due, now);
    }

    fn record(&mut self, due: Instant, now: Instant) {
        let nanoseconds = u64::try_from(now.saturating_duration_since(due).as_nanos()).unwrap_or(u64::MAX);
        self.outcome.latency.saturating_record(nanoseconds);
    }
}

/// The tally that the connections of one thread share. They never run at once, so the lock is never contended.
#[derive(Debug, Clone)]
pub(super) struct SharedTally(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    tally: Tally,
    last: Instant,
}

impl SharedTally {
    /// An empty tally of a run that starts now.
    pub(super) fn new(start: Instant) -> Self {
        SharedTally(Arc::new(Mutex::new(Shared { tally: Tally::new(), last: start })))
    }

    /// Counts a delivery as started. It was due at `due`.
    pub(super) fn start(&self, due: Instant) -> Delivery {
        self.lock().tally.outcome.started += 1;
        Delivery { due, tally: Some(self.clone()) }
    }

    /// When the last thing happened.
    pub(super) fn last(&self) -> Instant {
        self.lock().last
    }

    /// What was counted, and when the last thing happened.
    pub(super) fn take(&self) -> (Tally, Instant) {
        let mut shared = self.lock();
        (std::mem::replace(&mut shared.tally, Tally::new()), shared.last)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery under way. When it is dropped without having ended, it counts as unanswered.
#[derive(Debug)]
pub(super) struct Delivery {
    due: Instant,
    tally: Option<SharedTally>,
}

impl Delivery {
    /// The answer has come.
    pub(super) fn answered(self, status: u16) {
        self.end(|tally, due, now| {
            tally.outcome.answered += 1;
            *tally.outcome.statuses.entry(status).or_default() += 1;
            tally.record(due, now);
        });
    }

    /// It was written out, and no answer will come.
    pub(super) fn unconfirmed(self) {
        self.end(|tally, due, now| {
            tally.outcome.unconfirmed += 1;
            tally.record(due, now);
        });
    }

    /// It failed.
    pub(super) fn failed(self, failure: Failure) {
        self.end(|tally, _, _| *tally.outcome.failures.entry(failure).or_default() += 1);
    }

    fn end(mut self, count: impl FnOnce(&mut Tally, Instant, Instant)) {
        if let Some(tally) = self.tally.take() {
            let now = Instant::now();
            let mut shared = tally.lock();
            shared.last = now;
            count(&mut shared.tally, self.due, now);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(tally) = self.tally.take() {
            let now = Instant::now();
            let mut shared = tally.lock();
            shared.last = now;
            shared.tally.unanswered(self.due, now);
        }
    }
}
