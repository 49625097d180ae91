//! How fast is asked, and how long: within what the instance allows, and within the time of the run.

use std::cell::{Cell, RefCell};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::protocol::Advice;

/// The longest pause that is kept; who asks for more is asked nothing more.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The shortest pause that is told of.
const TOLD: Duration = Duration::from_secs(1);

/// After so many cases that got nothing but a wish for a pause, nothing more is asked.
const PUT_OFF: usize = 3;

/// What is said of an instance that grants nothing.
const ENDLESS: &str = "the instance asks for one pause after the other, however long is waited";

/// Why nothing more is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// The time of the run is up.
    Time,
    /// The instance asks for too long a pause, or for one pause after the other.
    Pauses,
}

/// The moments at which may be asked.
pub(super) struct Pace {
    interval: Duration,
    /// When the run ends, where it has a bound.
    until: Option<Instant>,
    next: Cell<Option<Instant>>,
    over: RefCell<Option<(Over, String)>>,
    max_time: Duration,
    /// Whether the case that runs got a wish for a pause as its last word, and how many before it in a row.
    is_put_off: Cell<bool>,
    put_off: Cell<usize>,
}

impl Pace {
    /// With so much time between the beginnings of two requests, and so much for all of them; zero is no bound.
    pub(super) fn new(interval: Duration, max_time: Duration) -> Self {
        let until = (!max_time.is_zero()).then(|| Instant::now().checked_add(max_time)).flatten();
        Pace {
            interval,
            until,
            next: Cell::new(None),
            over: RefCell::default(),
            max_time,
            is_put_off: Cell::new(false),
            put_off: Cell::new(0),
        }
    }

    /// Waits until something may be asked, and tells of a long wait before it; false when nothing may be asked any more.
    pub(super) fn wait(&self, tell: &dyn Fn(Duration)) -> bool {
        let now = Instant::now();
        let next = self.next.get().unwrap_or(now).max(now);
        if self.until.is_some_and(|until| next >= until) {
            self.end_of_time();
        }
        if self.over.borrow().is_some() {
            return false;
        }
        if next - now >= TOLD {
            tell(next - now);
        }
        sleep(next - now);
        self.next.set(Some(next + self.interval));
        true
    }

    /// The time that is left, or `most`, whichever is less.
    pub(super) fn left(&self, most: Duration) -> Duration {
        self.until.map_or(most, |until| until.saturating_duration_since(Instant::now()).min(most))
    }

    /// Notes that the time ended what was under way, where it is up.
    pub(super) fn note_time(&self) {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            self.end_of_time();
        }
    }

    fn end_of_time(&self) {
        let why = format!(
            "the time of the run was up: {} s, which --max-time changes",
            self.max_time.as_secs_f64()
        );
        self.end(Over::Time, why);
    }

    fn end(&self, over: Over, why: String) {
        self.over.borrow_mut().get_or_insert((over, why));
    }

    /// Heeds what an answer says; true when the same may be asked again after the pause.
    pub(super) fn heed(&self, advice: Advice) -> bool {
        let quota = advice.rate_limit.filter(|quota| quota.remaining == 0).map(|quota| quota.reset);
        let Some(pause) = advice.retry_after.max(quota) else { return false };
        if pause > MAX_PAUSE {
            let why = format!(
                "the instance asks for a pause of {} s, and more than a minute is not waited for",
                pause.as_secs()
            );
            self.end(Over::Pauses, why);
            return false;
        }
        let after = Instant::now() + pause;
        self.next.set(Some(self.next.get().map_or(after, |next| next.max(after))));
        advice.retry_after.is_some()
    }

    /// Notes that the last word on a request is a wish for a pause.
    pub(super) fn put_off(&self) {
        self.is_put_off.set(true);
    }

    /// What a case came to that got no word but a wish for a pause; begins anew for the next case.
    pub(super) fn take_put_off(&self) -> Option<String> {
        if !self.is_put_off.take() {
            self.put_off.set(0);
            return None;
        }
        self.put_off.set(self.put_off.get() + 1);
        if self.put_off.get() >= PUT_OFF {
            self.end(Over::Pauses, ENDLESS.to_owned());
        }
        Some(ENDLESS.to_owned())
    }

    /// Why nothing more is asked, where that is so.
    pub(super) fn over(&self) -> Option<(Over, String)> {
        self.over.borrow().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Advice {
        Advice { retry_after: Some(Duration::from_secs(seconds)), ..Advice::default() }
    }

    fn over(pace: &Pace) -> Option<Over> {
        pace.over().map(|(over, _)| over)
    }

    #[test]
    fn a_long_pause_ends_the_run_and_a_short_one_is_kept() {
        let pace = Pace::new(Duration::ZERO, Duration::ZERO);
        assert!(pace.heed(after(1)) && over(&pace).is_none());
        assert!(pace.next.get().is_some_and(|next| next > Instant::now()));
        assert!(!pace.heed(after(3_600)) && over(&pace) == Some(Over::Pauses));
    }

    #[test]
    fn a_pause_beyond_the_end_of_the_run_is_not_waited_for() {
        let pace = Pace::new(Duration::ZERO, Duration::from_secs(30));
        assert!(pace.wait(&|_| ()) && pace.heed(after(50)));
        assert!(!pace.wait(&|_| ()) && over(&pace) == Some(Over::Time));
        assert!(pace.left(Duration::from_secs(90)) <= Duration::from_secs(30));
    }

    #[test]
    fn three_cases_in_a_row_that_are_put_off_end_the_run() {
        let pace = Pace::new(Duration::ZERO, Duration::ZERO);
        for (is_put_off, ends) in
            [(true, false), (true, false), (false, false), (true, false), (true, false), (true, true)]
        {
            if is_put_off {
                pace.put_off();
            }
            assert_eq!(pace.take_put_off().is_some(), is_put_off);
            assert_eq!(over(&pace) == Some(Over::Pauses), ends);
        }
    }
}
