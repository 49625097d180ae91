//! One worker: takes documents, waits for its turn, sends, and sends again where that is due.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use super::gate::{Gate, Pass};
use super::queue::Queue;
use super::{Event, Plan, Stopped};
use crate::delivery::item::Item;
use crate::delivery::journal::{Journal, JournalError};
use crate::delivery::outcome::{Attempt, FailureKind, Outcome, Then, Unfinished};
use crate::delivery::road::Road;
use crate::protocol::Ambient;

/// What a worker or the feeder tells.
pub(super) enum Message<E> {
    /// Something happened.
    Event(Event<E>),
    /// A worker has left.
    Left,
}

/// What all of a run's threads share.
pub(super) struct Shared {
    pub(super) plan: Plan,
    pub(super) ambient: Ambient,
    pub(super) queue: Queue<Item>,
    pub(super) gate: Gate,
    pub(super) journal: Option<Journal>,
    pub(super) stopped: Mutex<Option<Stopped>>,
}

impl Shared {
    /// Starts nothing new from now on; what is under way is finished. The first reason counts: false for another one.
    pub(super) fn stop(&self, why: Stopped) -> bool {
        let mut stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let first = stopped.is_none();
        stopped.get_or_insert(why);
        drop(stopped);
        self.queue.close();
        self.gate.stop();
        first
    }

    fn record(&self, write: impl FnOnce(&Journal) -> Result<(), JournalError>) -> bool {
        match self.journal.as_ref().map_or(Ok(()), write) {
            Ok(()) => true,
            Err(error) => {
                self.stop(Stopped::Journal(error));
                false
            }
        }
    }
}

/// Tells that a worker has left, whichever way it leaves.
struct Leaving<E>(SyncSender<Message<E>>);

impl<E> Drop for Leaving<E> {
    fn drop(&mut self) {
        // Nobody listens any more: nobody waits for it either.
        let _ = self.0.send(Message::Left);
    }
}

pub(super) fn work<E>(shared: &Arc<Shared>, road: &mut impl Road, events: SyncSender<Message<E>>) {
    let leaving = Leaving(events);
    let mut worker = Worker { shared, road, events: &leaving.0 };
    while let Some(item) = shared.queue.pop() {
        worker.deliver(&item);
    }
}

struct Worker<'a, R, E> {
    shared: &'a Shared,
    road: &'a mut R,
    events: &'a SyncSender<Message<E>>,
}

/// What the attempts at a document so far came to.
#[derive(Default)]
struct Progress {
    tries: u32,
    first_id: Option<String>,
    last_status: Option<u16>,
}

impl<R: Road, E> Worker<'_, R, E> {
    fn deliver(&mut self, item: &Item) {
        let mut progress = Progress::default();
        loop {
            match self.shared.gate.pass(|pause| self.tell(Event::Paused(pause))) {
                Pass::Go => {}
                Pass::Stopped => return self.leave(item, &progress, Unfinished::Stopped),
                Pass::TooLong(pause) => {
                    self.shared.stop(Stopped::PauseTooLong(pause));
                    return self.leave(item, &progress, Unfinished::PauseTooLong(pause));
                }
            }
            if progress.tries == 0 && !self.shared.record(|journal| journal.started([item.ordinal])) {
                self.shared.gate.answered(&Default::default());
                return;
            }
            let attempt = self.road.attempt(item, progress.first_id.as_deref());
            self.shared.gate.answered(&attempt.advice);
            progress.tries += 1;
            progress.last_status = attempt.answer.as_ref().ok().copied().flatten();
            progress.first_id = progress.first_id.or_else(|| attempt.record.id.clone());
            if !self.conclude(item, attempt, &progress) {
                return;
            }
        }
    }

    /// Tells of an attempt, and waits for the next one; false when there is none.
    fn conclude(&self, item: &Item, attempt: Attempt, progress: &Progress) -> bool {
        let plan = &self.shared.plan;
        let random = self.shared.ambient.fraction();
        match plan.retry.wait(&attempt.answer, plan.expectation, progress.tries, random) {
            Some(wait) => {
                self.tell_attempt(item, attempt, progress.tries, Then::Retry(wait));
                if !self.shared.gate.rest(wait) {
                    self.leave(item, progress, Unfinished::Stopped);
                    return false;
                }
                true
            }
            None => {
                let outcome = plan.expectation.outcome(&attempt);
                self.settle(item, &outcome);
                self.tell_attempt(item, attempt, progress.tries, Then::Settled(outcome));
                false
            }
        }
    }

    fn settle(&self, item: &Item, outcome: &Outcome) {
        self.shared.record(|journal| journal.settled(item.ordinal, item.digest(), outcome));
        match outcome {
            Outcome::Failed(failure) if failure.kind == FailureKind::Unsendable => {
                self.shared.stop(Stopped::Unsendable);
            }
            Outcome::Refused { .. } | Outcome::Failed(_) if self.shared.plan.fail_fast => {
                self.shared.stop(Stopped::FirstFailure);
            }
            _ => {}
        }
    }

    /// Gives a document up. One that was never tried is as if it had not been there.
    fn leave(&self, item: &Item, progress: &Progress, why: Unfinished) {
        if progress.tries == 0 {
            return;
        }
        let outcome = Outcome::Unfinished { status: progress.last_status, why };
        self.settle(item, &outcome);
        self.tell(Event::Unfinished { place: item.place.clone(), outcome });
    }

    fn tell_attempt(&self, item: &Item, attempt: Attempt, tries: u32, then: Then) {
        let place = item.place.clone();
        self.tell(Event::Attempted { place, attempt: Box::new(attempt), tries, then });
    }

    fn tell(&self, event: Event<E>) {
        // Nobody listens any more: what is under way is finished all the same.
        let _ = self.events.send(Message::Event(event));
    }
}
