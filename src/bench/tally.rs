//! The counts and latencies of one thread, and the deliveries that are under way.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::arrivals::Due;
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
        let latency: Histogram<u64> =
            Histogram::new_with_bounds(1, LONGEST, 3).expect("fixed bounds that the library takes");
        Tally {
            outcome: Outcome {
                started: 0,
                answered: 0,
                unconfirmed: 0,
                done: 0,
                unanswered: 0,
                statuses: BTreeMap::new(),
                failures: BTreeMap::new(),
                failure_latency: latency.clone(),
                latency,
                elapsed: Duration::ZERO,
                rated: Duration::ZERO,
                is_interrupted: false,
            },
        }
    }

    /// Adds what another thread counted; the longer times count.
    pub(super) fn add(&mut self, other: Tally) {
        let (whole, part) = (&mut self.outcome, other.outcome);
        whole.started += part.started;
        whole.answered += part.answered;
        whole.unconfirmed += part.unconfirmed;
        whole.done += part.done;
        whole.unanswered += part.unanswered;
        for (status, count) in part.statuses {
            *whole.statuses.entry(status).or_default() += count;
        }
        for (failure, count) in part.failures {
            *whole.failures.entry(failure).or_default() += count;
        }
        // The same bounds on both sides, so nothing can fall outside.
        let _ = whole.latency.add(&part.latency);
        let _ = whole.failure_latency.add(&part.failure_latency);
        whole.is_interrupted |= part.is_interrupted;
        whole.elapsed = whole.elapsed.max(part.elapsed);
        whole.rated = whole.rated.max(part.rated);
    }

    /// Counts a delivery that was due and never started.
    pub(super) fn never_started(&mut self, due: Instant, now: Instant) {
        self.outcome.started += 1;
        self.unanswered(due, now);
    }

    /// Ends the counting of what was measured from then on.
    pub(super) fn end(&mut self, measured_from: Instant, ends: Ends, is_interrupted: bool) {
        self.outcome.elapsed = ends.last.saturating_duration_since(measured_from);
        self.outcome.rated = ends.sent.max(ends.accepted).saturating_duration_since(measured_from);
        self.outcome.is_interrupted = is_interrupted;
    }

    pub(super) fn into_outcome(self) -> Outcome {
        self.outcome
    }

    fn unanswered(&mut self, due: Instant, now: Instant) {
        self.outcome.unanswered += 1;
        self.outcome.failure_latency.saturating_record(nanoseconds(due, now));
    }
}

pub(super) fn nanoseconds(due: Instant, now: Instant) -> u64 {
    u64::try_from(now.saturating_duration_since(due).as_nanos()).unwrap_or(u64::MAX)
}

/// When the last things of a run happened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// A delivery was begun, or could have been.
    pub(super) sent: Instant,
    /// A delivery was accepted.
    accepted: Instant,
    /// Anything.
    last: Instant,
}

impl Ends {
    /// Sending went on until then, whether or not a connection was free for it; until now at most.
    pub(super) fn sending_until(mut self, planned: Option<Instant>, now: Instant) -> Self {
        self.sent = planned.map_or(self.sent, |planned| self.sent.max(planned.min(now)));
        self
    }
}

/// The tally that the connections of one thread share. They never run at once: only
/// whoever asks how far the run is can contend for the lock.
#[derive(Debug, Clone)]
pub(super) struct SharedTally(Arc<Mutex<Shared>>);

#[derive(Debug)]
struct Shared {
    tally: Tally,
    ends: Ends,
    is_interrupted: bool,
}

impl SharedTally {
    /// An empty tally of a run that counts from `start` on.
    pub(super) fn new(start: Instant) -> Self {
        let ends = Ends { sent: start, accepted: start, last: start };
        SharedTally(Arc::new(Mutex::new(Shared { tally: Tally::new(), ends, is_interrupted: false })))
    }

    /// Begins a delivery, and counts it as started unless it only warms up.
    pub(super) fn start(&self, due: Due) -> Delivery {
        let begun = Instant::now();
        let tally = due.is_counted.then(|| {
            self.begin(begun, |outcome| outcome.started += 1);
            self.clone()
        });
        Delivery { due: due.at, begun, tally }
    }

    /// Counts something that happened now.
    pub(super) fn count(&self, now: Instant, count: impl FnOnce(&mut Outcome)) {
        let mut shared = self.lock();
        shared.ends.last = now;
        count(&mut shared.tally.outcome);
    }

    /// Counts what was begun now.
    pub(super) fn begin(&self, now: Instant, count: impl FnOnce(&mut Outcome)) {
        let mut shared = self.lock();
        shared.ends.sent = now;
        count(&mut shared.tally.outcome);
    }

    /// Counts what was accepted now.
    pub(super) fn accept(&self, now: Instant, count: impl FnOnce(&mut Outcome)) {
        let mut shared = self.lock();
        (shared.ends.accepted, shared.ends.last) = (now, now);
        count(&mut shared.tally.outcome);
    }

    /// How many were accepted so far, and how many were not.
    pub(super) fn so_far(&self) -> (u64, u64) {
        let shared = self.lock();
        let outcome = &shared.tally.outcome;
        (outcome.latency.len(), outcome.failure_latency.len())
    }

    /// What is under way from now on when the run ends does not count.
    pub(super) fn interrupt(&self) {
        self.lock().is_interrupted = true;
    }

    /// When the last thing happened.
    pub(super) fn last(&self) -> Instant {
        self.lock().ends.last
    }

    /// What was counted, and when the last things happened.
    pub(super) fn take(&self) -> (Tally, Ends) {
        let mut shared = self.lock();
        (std::mem::replace(&mut shared.tally, Tally::new()), shared.ends)
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A delivery under way. When it is dropped without having ended, it counts as unanswered.
#[derive(Debug)]
pub(super) struct Delivery {
    due: Instant,
    begun: Instant,
    /// None for one that is not counted.
    tally: Option<SharedTally>,
}

impl Delivery {
    /// When it was begun: in the open model, some time after it was due.
    pub(super) fn begun(&self) -> Instant {
        self.begun
    }

    /// The answer has come.
    pub(super) fn answered(self, status: u16) {
        let is_accepted = (200..300).contains(&status);
        self.end(is_accepted, |outcome| {
            outcome.answered += 1;
            *outcome.statuses.entry(status).or_default() += 1;
        });
    }

    /// It was written out, and no answer will come.
    pub(super) fn unconfirmed(self) {
        self.end(true, |outcome| outcome.unconfirmed += 1);
    }

    /// It was done, and the answer has no status to say so.
    pub(super) fn done(self) {
        self.end(true, |outcome| outcome.done += 1);
    }

    /// It failed.
    pub(super) fn failed(self, failure: Failure) {
        self.end(false, |outcome| *outcome.failures.entry(failure).or_default() += 1);
    }

    fn end(mut self, is_accepted: bool, count: impl FnOnce(&mut Outcome)) {
        if let Some(tally) = self.tally.take() {
            let now = Instant::now();
            let mut shared = tally.lock();
            shared.ends.last = now;
            if is_accepted {
                shared.ends.accepted = now;
            }
            let outcome = &mut shared.tally.outcome;
            count(outcome);
            let latency = if is_accepted { &mut outcome.latency } else { &mut outcome.failure_latency };
            latency.saturating_record(nanoseconds(self.due, now));
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        if let Some(tally) = self.tally.take() {
            let now = Instant::now();
            let mut shared = tally.lock();
            if shared.is_interrupted {
                shared.tally.outcome.started -= 1;
                return;
            }
            shared.ends.last = now;
            shared.tally.unanswered(self.due, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_after_the_end_of_sending_makes_no_rate_lower() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let shared = SharedTally::new(start);
        shared.begin(at(1), |outcome| outcome.started += 21);
        shared.accept(at(2), |outcome| outcome.done += 20);
        shared.count(at(40), |outcome| *outcome.failures.entry(Failure::TimedOut).or_default() += 1);
        for (planned, rate) in [(None, 10.0), (Some(at(10)), 2.0), (Some(at(90)), 0.5)] {
            let (_, ends) = shared.take();
            let mut tally = Tally::new();
            tally.outcome.done = 20;
            tally.end(start, ends.sending_until(planned, at(40)), false);
            let outcome = tally.into_outcome();
            assert_eq!((outcome.accepted_rate(), outcome.elapsed), (rate, Duration::from_secs(40)));
        }
    }
}
