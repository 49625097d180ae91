//! Feeds the workers: reads the input, and passes over what the journal has an outcome for.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::worker::{Message, Shared};
use super::{Event, Stopped};
use crate::delivery::item::{Item, Place};
use crate::delivery::journal::{History, Judged};

/// An input that is not what the journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// This document has changed.
    Changed(Place),
    /// The input ends before this document, by its ordinal.
    Shortened(u64),
}

/// Compares an input with a journal before anything is sent.
///
/// # Errors
/// With the first document that is not what the journal knows. What cannot be read is passed over: the run tells it.
pub fn compare<E>(items: impl Iterator<Item = Result<Item, E>>, history: &History) -> Result<(), Mismatch> {
    let mut follower = Follower::default();
    for item in items {
        match item {
            Ok(item) if history.judge(&item) == Judged::Changed => return Err(Mismatch::Changed(item.place)),
            Ok(item) => follower.last = item.ordinal,
            Err(_) => follower.gaps = true,
        }
    }
    follower.at_end(history)
}

/// How far an input was read.
#[derive(Default)]
pub(in crate::delivery) struct Follower {
    /// The ordinal of the last document.
    pub(in crate::delivery) last: u64,
    /// Whether something could not be read, so that documents may be missing.
    pub(in crate::delivery) gaps: bool,
}

impl Follower {
    /// Compares the end of the input with the journal's.
    pub(in crate::delivery) fn at_end(&self, history: &History) -> Result<(), Mismatch> {
        if history.last() > self.last && !self.gaps {
            Err(Mismatch::Shortened(history.last()))
        } else {
            Ok(())
        }
    }
}

pub(super) struct Feeder<E> {
    pub(super) shared: Arc<Shared>,
    pub(super) history: History,
    pub(super) events: SyncSender<Message<E>>,
}

impl<E> Feeder<E> {
    pub(super) fn feed(self, items: impl Iterator<Item = Result<Item, E>>) {
        let mut follower = Follower::default();
        for item in items {
            let goes_on = match item {
                Ok(item) => {
                    follower.last = item.ordinal;
                    self.pass_on(item)
                }
                Err(why) => {
                    follower.gaps = true;
                    self.complain(why)
                }
            };
            if !goes_on {
                return;
            }
        }
        if let Err(mismatch) = follower.at_end(&self.history) {
            self.shared.stop(Stopped::Mismatch(mismatch));
        }
    }

    /// Hands a document to the workers, unless it has its outcome; false when no more are wanted.
    fn pass_on(&self, item: Item) -> bool {
        match self.history.judge(&item) {
            Judged::Due => self.shared.queue.push(item),
            Judged::Done(answer) => self.events.send(Message::Event(Event::Skipped(answer))).is_ok(),
            Judged::Changed => {
                self.shared.stop(Stopped::Mismatch(Mismatch::Changed(item.place)));
                false
            }
        }
    }

    fn complain(&self, why: E) -> bool {
        if self.shared.plan.fail_fast {
            self.shared.stop(Stopped::FirstFailure);
        }
        self.events.send(Message::Event(Event::Unreadable(why))).is_ok() && !self.shared.plan.fail_fast
    }
}

impl<E> Drop for Feeder<E> {
    /// Whichever way it ends, the workers must not wait for more.
    fn drop(&mut self) {
        self.shared.queue.end();
    }
}
