//! Which subscriber has which publication: what came, what is lost, what came once more, and who was cut off.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::mark::PROBE;
use super::standing::{Member, Subscribers, subscribers};
use crate::bench::arrivals::Due;
use crate::bench::outcome::Failure;
use crate::bench::tally::{SharedTally, nanoseconds};

/// The most publications that are remembered at once, and the most memory for who has them, in bits.
const MOST: usize = 1 << 18;
const MOST_BITS: usize = 1 << 29;

/// What all subscribers and publishers of a run write into. They never run at once.
#[derive(Debug, Clone)]
pub(super) struct Ledger(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    book: Mutex<Book>,
    all_reached: Notify,
    all_came: Notify,
}

#[derive(Debug)]
struct Book {
    /// None before the start.
    tally: Option<SharedTally>,
    members: Vec<Member>,
    living: usize,
    reached: usize,
    /// After how long a publication is given up; zero is never.
    timeout: Duration,
    /// The number of the oldest one that is remembered. They are numbered from 1.
    first: u64,
    entries: VecDeque<Entry>,
    /// The number of the first one that is counted; none while there is none.
    first_counted: Option<u64>,
    /// How many of them have not come to all.
    open: usize,
    /// Below this, some were forgotten that had been given up.
    given_up_below: u64,
    late: u64,
    foreign: u64,
}

/// A publication.
#[derive(Debug)]
struct Entry {
    due: Instant,
    begun: Instant,
    is_counted: bool,
    is_given_up: bool,
    /// At how many subscribers it is missing.
    missing: usize,
    /// Who has it, a bit for each; empty when it is missing nowhere.
    has: Vec<u64>,
    /// Whoever waits for it.
    waiter: Arc<Notify>,
}

impl Ledger {
    pub(super) fn new(subscribers: usize, timeout: Duration) -> Self {
        let book = Book {
            tally: None,
            members: vec![Member::default(); subscribers],
            living: subscribers,
            reached: 0,
            timeout,
            first: PROBE + 1,
            entries: VecDeque::new(),
            first_counted: None,
            open: 0,
            given_up_below: 0,
            late: 0,
            foreign: 0,
        };
        let (all_reached, all_came) = (Notify::new(), Notify::new());
        Ledger(Arc::new(Shared { book: Mutex::new(book), all_reached, all_came }))
    }

    /// Counts from now on.
    pub(super) fn start(&self, tally: &SharedTally) {
        let mut book = self.lock();
        book.tally = Some(tally.clone());
        book.foreign = 0;
    }

    /// Begins a publication: its number. Whoever waits for it is told when it has come to all, or is given up.
    pub(super) fn begin(&self, due: Due, waiter: Arc<Notify>) -> u64 {
        let mut book = self.lock();
        let now = Instant::now();
        book.forget(now);
        let number = book.begin(due, now, waiter);
        self.tell(&book);
        number
    }

    /// A publication has come to a subscriber.
    pub(super) fn received(&self, subscriber: usize, number: u64) {
        let mut book = self.lock();
        if number == PROBE {
            let member = &mut book.members[subscriber];
            if !std::mem::replace(&mut member.is_reached, true) {
                book.reached += 1;
            }
        } else {
            book.received(subscriber, number, Instant::now());
        }
        self.tell(&book);
    }

    /// Something came that is not of this run.
    pub(super) fn foreign(&self) {
        self.lock().foreign += 1;
    }

    /// A subscriber's session has ended.
    pub(super) fn cut_off(&self, subscriber: usize, code: Option<u16>, reason: String) {
        let mut book = self.lock();
        book.cut_off(subscriber, code, reason, Instant::now());
        self.tell(&book);
    }

    /// It will not come, because of this.
    pub(super) fn give_up(&self, number: u64, failure: Failure) {
        let mut book = self.lock();
        if let Some(at) = book.place(number) {
            book.give_up(at, failure, Instant::now());
        }
        self.tell(&book);
    }

    /// These were due, and no publisher has published them.
    pub(super) fn never_published(&self, dues: impl Iterator<Item = Instant>, now: Instant) {
        let mut book = self.lock();
        let subscribers = book.members.len() as u64;
        let mut missed = 0;
        book.count(now, |outcome| {
            for due in dues {
                missed += 1;
                outcome.failure_latency.saturating_record_n(nanoseconds(due, now), subscribers);
            }
            if missed > 0 {
                outcome.started += missed * subscribers;
                *outcome.failures.entry(Failure::NotPublished).or_default() += missed * subscribers;
            }
        });
        book.members.iter_mut().for_each(|member| member.missed += missed);
    }

    /// How many subscribers have had something.
    pub(super) fn reached(&self) -> usize {
        self.lock().reached
    }

    pub(super) async fn until_all_are_reached(&self) {
        while !self.lock().are_all_reached() {
            self.0.all_reached.notified().await;
        }
    }

    pub(super) async fn until_all_came(&self) {
        while self.lock().open > 0 {
            self.0.all_came.notified().await;
        }
    }

    /// Ends the counting: what did not come is lost, unless the run was ended early.
    pub(super) fn end(&self, now: Instant, is_interrupted: bool) -> Subscribers {
        let mut book = self.lock();
        for at in 0..book.entries.len() {
            if is_interrupted {
                book.disregard(at, now);
            } else {
                book.give_up(at, Failure::Lost, now);
            }
        }
        subscribers(&book.members, book.late, book.foreign)
    }

    fn tell(&self, book: &Book) {
        if book.are_all_reached() {
            self.0.all_reached.notify_one();
        }
        if book.open == 0 {
            self.0.all_came.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn are_all_reached(&self) -> bool {
        self.reached == self.members.len()
    }

    fn count(&self, now: Instant, count: impl FnOnce(&mut crate::bench::Outcome)) {
        if let Some(tally) = &self.tally {
            tally.count(now, count);
        }
    }

    fn begin(&mut self, due: Due, now: Instant, waiter: Arc<Notify>) -> u64 {
        let mut has = vec![0; self.members.len().div_ceil(64)];
        let gone = self.members.len() - self.living;
        if gone > 0 {
            let members = self.members.iter_mut().enumerate();
            for (subscriber, member) in members.filter(|(_, member)| member.ended.is_some()) {
                set(&mut has, subscriber);
                member.missed += u64::from(due.is_counted);
            }
        }
        if due.is_counted {
            let all = self.members.len() as u64;
            let count = |outcome: &mut crate::bench::Outcome| {
                outcome.started += all;
                if gone > 0 {
                    *outcome.failures.entry(Failure::CutOff).or_default() += gone as u64;
                }
            };
            if let Some(tally) = &self.tally {
                tally.begin(now, count);
            }
        }
        let number = self.next();
        if due.is_counted {
            self.first_counted.get_or_insert(number);
        }
        let (is_counted, missing) = (due.is_counted, self.living);
        self.entries.push_back(Entry {
            due: due.at,
            begun: now,
            is_counted,
            is_given_up: false,
            missing,
            has,
            waiter,
        });
        if missing == 0 {
            self.complete(self.entries.len() - 1);
        } else {
            self.open += 1;
        }
        number
    }

    /// The number of the next one.
    fn next(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn place(&self, number: u64) -> Option<usize> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        (at < self.entries.len()).then_some(at)
    }

    fn received(&mut self, subscriber: usize, number: u64, now: Instant) {
        if number >= self.next() {
            self.foreign += 1;
            return;
        }
        let is_counted = self.first_counted.is_some_and(|first| number >= first);
        let Some(at) = self.place(number) else {
            match is_counted {
                true if number < self.given_up_below => self.late += 1,
                true => self.doubled(now),
                false => {}
            }
            return;
        };
        let entry = &mut self.entries[at];
        if entry.is_given_up {
            self.late += u64::from(is_counted);
            return;
        }
        if entry.missing == 0 || !set(&mut entry.has, subscriber) {
            if is_counted {
                self.doubled(now);
            }
            return;
        }
        entry.missing -= 1;
        let took = nanoseconds(entry.due, now);
        if entry.missing == 0 {
            self.open -= 1;
            self.complete(at);
        }
        if is_counted {
            let member = &mut self.members[subscriber];
            member.received += 1;
            member.took += u128::from(took);
            member.longest = member.longest.max(took);
            let count = |outcome: &mut crate::bench::Outcome| {
                outcome.done += 1;
                outcome.latency.saturating_record(took);
            };
            if let Some(tally) = &self.tally {
                tally.accept(now, count);
            }
        }
    }

    /// What comes once more is a delivery that failed, beside the one that did not.
    fn doubled(&self, now: Instant) {
        self.count(now, |outcome| {
            outcome.started += 1;
            *outcome.failures.entry(Failure::Duplicated).or_default() += 1;
        });
    }

    fn complete(&mut self, at: usize) {
        let entry = &mut self.entries[at];
        entry.has = Vec::new();
        entry.waiter.notify_one();
    }

    /// Counts what is missing of a publication as failed.
    fn give_up(&mut self, at: usize, failure: Failure, now: Instant) {
        let Some((due, count)) = self.close(at) else { return };
        self.count(now, |outcome| {
            *outcome.failures.entry(failure).or_default() += count;
            outcome.failure_latency.saturating_record_n(nanoseconds(due, now), count);
        });
    }

    /// Counts what is missing of a publication as if it had never been due.
    fn disregard(&mut self, at: usize, now: Instant) {
        let Some((_, count)) = self.close(at) else { return };
        self.count(now, |outcome| outcome.started -= count);
    }

    /// Waits for a publication no longer: when it was due, and how many counted deliveries of it are missing.
    fn close(&mut self, at: usize) -> Option<(Instant, u64)> {
        let entry = &mut self.entries[at];
        if entry.missing == 0 {
            return None;
        }
        entry.is_given_up = true;
        let count = std::mem::take(&mut entry.missing) as u64;
        let (due, is_counted) = (entry.due, entry.is_counted);
        if is_counted {
            let without = self.members.iter_mut().enumerate().filter(|(it, _)| !is_set(&entry.has, *it));
            without.for_each(|(_, member)| member.missed += 1);
        }
        self.open -= 1;
        self.complete(at);
        is_counted.then_some((due, count))
    }

    fn cut_off(&mut self, subscriber: usize, code: Option<u16>, reason: String, now: Instant) {
        self.members[subscriber].ended = Some((code, reason));
        self.living -= 1;
        for at in 0..self.entries.len() {
            let entry = &mut self.entries[at];
            if entry.missing == 0 || !set(&mut entry.has, subscriber) {
                continue;
            }
            entry.missing -= 1;
            let (due, is_counted) = (entry.due, entry.is_counted);
            if entry.missing == 0 {
                self.open -= 1;
                self.complete(at);
            }
            if is_counted {
                self.members[subscriber].missed += 1;
                self.count(now, |outcome| {
                    *outcome.failures.entry(Failure::CutOff).or_default() += 1;
                    outcome.failure_latency.saturating_record(nanoseconds(due, now));
                });
            }
        }
    }

    /// Forgets the oldest ones: those that came to all, those that took too long, and those that are too many.
    fn forget(&mut self, now: Instant) {
        let most = MOST.min(MOST_BITS / self.members.len().max(1)).max(1);
        while let Some(oldest) = self.entries.front() {
            let is_overdue = !self.timeout.is_zero() && now >= oldest.begun + self.timeout;
            if oldest.missing > 0 && !is_overdue && self.entries.len() < most {
                return;
            }
            self.give_up(0, Failure::Lost, now);
            self.first += 1;
            if self.entries.pop_front().is_some_and(|oldest| oldest.is_given_up) {
                self.given_up_below = self.first;
            }
        }
    }
}

/// Sets a bit; says whether it was not set before.
fn set(bits: &mut [u64], at: usize) -> bool {
    let (word, bit) = (&mut bits[at / 64], 1 << (at % 64));
    let is_new = *word & bit == 0;
    *word |= bit;
    is_new
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits[at / 64] & (1 << (at % 64)) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(ledger: &Ledger, is_counted: bool) -> u64 {
        ledger.begin(Due { at: Instant::now(), is_counted }, Arc::new(Notify::new()))
    }

    #[test]
    fn what_warms_up_counts_neither_twice_nor_late_and_what_was_never_published_is_foreign() {
        let ledger = Ledger::new(2, Duration::ZERO);
        let tally = SharedTally::new(Instant::now());
        ledger.start(&tally);
        let (warming, given_up) = (begin(&ledger, false), begin(&ledger, false));
        (0..2).for_each(|subscriber| ledger.received(subscriber, warming));
        ledger.give_up(given_up, Failure::Lost);
        let counted = begin(&ledger, true);
        ledger.received(0, warming);
        ledger.received(0, given_up);
        (0..2).for_each(|subscriber| ledger.received(subscriber, counted));
        ledger.received(0, counted);
        ledger.received(1, counted + 1);
        let subscribers = ledger.end(Instant::now(), false);
        let outcome = tally.take().0.into_outcome();
        assert_eq!((outcome.started, outcome.done), (3, 2));
        assert_eq!(outcome.failures, [(Failure::Duplicated, 1)].into());
        assert_eq!((subscribers.late, subscribers.foreign), (0, 1));
    }

    #[test]
    fn what_was_never_published_is_missing_at_each_subscriber() {
        let ledger = Ledger::new(3, Duration::ZERO);
        let now = Instant::now();
        let tally = SharedTally::new(now);
        ledger.start(&tally);
        ledger.never_published(std::iter::repeat_n(now, 5), now);
        let subscribers = ledger.end(now, false);
        let outcome = tally.take().0.into_outcome();
        assert_eq!((outcome.started, outcome.failure_latency.len()), (15, 15));
        assert_eq!(outcome.failures, [(Failure::NotPublished, 15)].into());
        assert_eq!(subscribers.missed_some, 3);
    }
}
