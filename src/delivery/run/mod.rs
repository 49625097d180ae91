//! A run: documents from a source to a road, by several workers, at a pace, with retries and a journal.
//!
//! Says what happens as events, and prints nothing. A stop, whatever its reason, starts nothing new and finishes what
//! is under way.

mod feeder;
mod gate;
mod queue;
mod worker;

use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::feeder::Feeder;
pub(super) use self::feeder::Follower;
pub use self::feeder::{Mismatch, compare};
use self::gate::Gate;
use self::queue::Queue;
use self::worker::{Message, Shared, work};
use super::item::{Item, Place};
use super::journal::{Answer, History, Journal, JournalError};
use super::outcome::{Attempt, Expectation, Failure, Outcome, Then};
use super::pace::{Pace, Pause};
use super::retry::Retry;
use super::road::Road;
use super::summary::Summary;
use crate::protocol::Ambient;

/// How many documents wait for the workers, at most.
const WAITING: usize = 64;

/// How many events wait to be told, at most.
const UNTOLD: usize = 64;

/// How often a run looks whether it was interrupted.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// How a run goes about it.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many documents are under way at a time.
    pub concurrency: NonZeroUsize,
    /// The time between the starts of two requests, where there is a rate.
    pub interval: Option<Duration>,
    /// The longest pause that the server may ask for.
    pub max_wait: Duration,
    /// How often an attempt is made again.
    pub retry: Retry,
    /// Which answer is wanted.
    pub expectation: Expectation,
    /// Whether the first document that is not delivered ends the run.
    pub fail_fast: bool,
}

/// Something that happened. `E` is why an input could not be read.
#[derive(Debug)]
pub enum Event<E> {
    /// An attempt was made.
    Attempted {
        /// What the document is called.
        place: Place,
        /// The attempt.
        attempt: Box<Attempt>,
        /// Which attempt at this document it was, from 1.
        tries: u32,
        /// What comes next.
        then: Then,
    },
    /// A document's retry, which was announced, is not made.
    Unfinished {
        /// What the document is called.
        place: Place,
        /// Its outcome.
        outcome: Outcome,
    },
    /// A document has its outcome from a run before: this answer.
    Skipped(Answer),
    /// All wait, because the server asks for it.
    Paused(Pause),
    /// An input could not be read.
    Unreadable(E),
}

/// Why a run ended before its input did.
#[derive(Debug, Clone)]
pub enum Stopped {
    /// It was interrupted.
    Interrupted,
    /// A document was not delivered, and the run was to end with the first such one.
    FirstFailure,
    /// Nothing can be sent like this.
    Unsendable,
    /// The server asks for a longer pause than is waited for.
    PauseTooLong(Pause),
    /// The journal cannot be written.
    Journal(JournalError),
    /// The input is not what the journal knows.
    Mismatch(Mismatch),
    /// There is no session, or no more of one.
    Session(Failure),
    /// Nobody listens to the events any more.
    Unheard,
}

/// Listens to a run, whose events are of type `V`.
pub trait Observer<V> {
    /// Something happened; `Break` ends the run, and nothing more is told.
    fn observe(&mut self, event: &V, summary: &Summary) -> ControlFlow<()>;

    /// Nothing happens for the moment. `Break` ends the run here, too.
    fn idle(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// The run was interrupted: what is under way is finished.
    fn interrupted(&mut self) {}
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// The counts.
    pub summary: Summary,
    /// Why it ended before its input did.
    pub stopped: Option<Stopped>,
}

/// Delivers documents until there are no more, or the run is stopped: by `interrupted`, the observer, or what happens.
///
/// `road` makes the road of each worker. With a journal come the outcomes of the runs before.
///
/// # Panics
/// When a road panics: the panic goes on in the caller.
pub fn run<E, R, I>(
    items: I,
    road: impl Fn() -> R,
    plan: Plan,
    ambient: Ambient,
    journal: Option<(Journal, History)>,
    interrupted: &AtomicBool,
    observer: &mut impl Observer<Event<E>>,
) -> Ended
where
    E: Send + 'static,
    R: Road + Send + 'static,
    I: Iterator<Item = Result<Item, E>> + Send + 'static,
{
    let start = Instant::now();
    let (journal, history) = journal.unzip();
    let (events, told) = sync_channel(UNTOLD);
    let shared = Arc::new(Shared {
        queue: Queue::new(plan.concurrency.get().min(WAITING)),
        gate: Gate::new(Pace::new(plan.interval, plan.max_wait)),
        stopped: Mutex::new(None),
        plan,
        ambient,
        journal,
    });
    let workers: Vec<JoinHandle<()>> = (0..shared.plan.concurrency.get())
        .map(|_| {
            let (shared, mut road, events) = (Arc::clone(&shared), road(), events.clone());
            thread::spawn(move || work(&shared, &mut road, events))
        })
        .collect();
    let feeder = Feeder { shared: Arc::clone(&shared), history: history.unwrap_or_default(), events };
    // Not waited for: an input that nothing comes from must not keep a run that was stopped.
    thread::spawn(move || feeder.feed(items));

    let mut summary = listen(&shared, &told, workers.len(), interrupted, observer);
    drop(told);
    summary.elapsed = start.elapsed();
    workers.into_iter().for_each(join);
    Ended { summary, stopped: close(&shared) }
}

/// Hands on what the threads tell, until all workers have left.
fn listen<E>(
    shared: &Shared,
    told: &Receiver<Message<E>>,
    workers: usize,
    interrupted: &AtomicBool,
    observer: &mut impl Observer<Event<E>>,
) -> Summary {
    let start = Instant::now();
    let mut summary = Summary::new();
    let (mut left, mut heard) = (0, true);
    while left < workers {
        let goes_on = match told.recv_timeout(LOOK) {
            Ok(Message::Left) => {
                left += 1;
                ControlFlow::Continue(())
            }
            Ok(Message::Event(event)) => {
                add(&mut summary, &event, shared.plan.expectation);
                summary.elapsed = start.elapsed();
                if heard { observer.observe(&event, &summary) } else { ControlFlow::Continue(()) }
            }
            Err(RecvTimeoutError::Timeout) if heard => observer.idle(),
            Err(RecvTimeoutError::Timeout) => ControlFlow::Continue(()),
            Err(RecvTimeoutError::Disconnected) => break,
        };
        if goes_on.is_break() {
            heard = false;
            shared.stop(Stopped::Unheard);
        }
        look_for_reasons_to_stop(shared, interrupted, observer);
    }
    summary
}

fn add<E>(summary: &mut Summary, event: &Event<E>, expectation: Expectation) {
    match event {
        Event::Attempted { attempt, then, .. } => summary.add_attempt(attempt, then),
        Event::Unfinished { outcome, .. } => summary.add_outcome(outcome),
        Event::Skipped(answer) => summary.add_answer_of_before(*answer, expectation),
        Event::Unreadable(_) => summary.unreadable += 1,
        Event::Paused(_) => {}
    }
}

fn look_for_reasons_to_stop<V>(shared: &Shared, interrupted: &AtomicBool, observer: &mut impl Observer<V>) {
    if interrupted.load(Ordering::Relaxed) && shared.stop(Stopped::Interrupted) {
        observer.interrupted();
    }
    if let Some(error) = shared.journal.as_ref().and_then(Journal::failure) {
        shared.stop(Stopped::Journal(error));
    }
}

fn join(worker: JoinHandle<()>) {
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Closes the journal, and says why the run ended early. That the journal failed is the most important reason.
fn close(shared: &Shared) -> Option<Stopped> {
    if let Some(Err(error)) = shared.journal.as_ref().map(Journal::close) {
        return Some(Stopped::Journal(error));
    }
    shared.stopped.lock().unwrap_or_else(PoisonError::into_inner).take()
}

#[cfg(test)]
mod tests;
