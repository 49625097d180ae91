//! When the next request may go out: the user's rate, and the pauses and quotas that the server asks for.
//!
//! Pure: moments come in as parameters, and nothing waits here.

use std::time::{Duration, Instant};

use crate::protocol::{Advice, RateLimit};

/// How far behind its rate a run may be and still catch up: a thread that wakes late must not make the rate smaller.
const CATCH_UP: Duration = Duration::from_millis(20);

/// Moments that lie closer together mean the same pause or window: servers round to whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);

/// A longer wait than anybody means; beyond it, moments could not be added up.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A pause that the server asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// The time that is left of it.
    pub wait: Duration,
    /// What asks for it.
    pub reason: PauseReason,
}

/// What asks for a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PauseReason {
    /// `Retry-After`.
    RetryAfter,
    /// The quota of the `RateLimit-*` headers is used up.
    RateLimit,
}

/// Whether a request may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may, and is counted as under way.
    Go,
    /// Not before this moment, unless an answer changes it; a pause that nobody was told of yet comes with it.
    Wait {
        /// The moment.
        until: Instant,
        /// The pause to tell of.
        news: Option<Pause>,
    },
    /// The server asks for a longer pause than is waited for.
    TooLong(Pause),
}

/// When requests may go out.
#[derive(Debug)]
pub struct Pace {
    interval: Option<Duration>,
    next: Option<Instant>,
    max_wait: Duration,
    under_way: u64,
    pause: Option<Paused>,
    window: Option<Window>,
}

#[derive(Debug)]
struct Paused {
    until: Instant,
    reason: PauseReason,
    told: bool,
}

/// The server's quota: what is left of it, less what is under way, since the server may not have counted that.
#[derive(Debug)]
struct Window {
    until: Instant,
    lowest: u64,
    free: u64,
}

impl Pace {
    /// At most one request per `interval`, where there is one, and no longer pause than `max_wait`.
    pub fn new(interval: Option<Duration>, max_wait: Duration) -> Self {
        Pace { interval, next: None, max_wait, under_way: 0, pause: None, window: None }
    }

    /// Whether a request may go out now.
    pub fn turn(&mut self, now: Instant) -> Turn {
        self.forget_what_is_over(now);
        if let Some(window) = &self.window
            && window.free == 0
            && self.pause.is_none()
        {
            if self.under_way > 0 {
                return Turn::Wait { until: window.until, news: None };
            }
            self.pause = Some(Paused { until: window.until, reason: PauseReason::RateLimit, told: false });
        }
        if let Some(paused) = &mut self.pause {
            let pause = Pause { wait: paused.until - now, reason: paused.reason };
            if pause.wait > self.max_wait {
                return Turn::TooLong(pause);
            }
            let news = (!paused.told).then_some(pause);
            paused.told = true;
            return Turn::Wait { until: paused.until, news };
        }
        if let Some(interval) = self.interval {
            if let Some(until) = self.next.filter(|next| *next > now) {
                return Turn::Wait { until, news: None };
            }
            let behind = now.checked_sub(CATCH_UP).unwrap_or(now);
            let from = self.next.map_or(now, |next| next.max(behind));
            self.next = Some(from + interval.min(FOREVER));
        }
        self.under_way += 1;
        if let Some(window) = &mut self.window {
            window.free -= 1;
        }
        Turn::Go
    }

    /// Takes note that a request is no longer under way, and of what its answer asks for.
    pub fn answered(&mut self, advice: &Advice, now: Instant) {
        self.under_way = self.under_way.saturating_sub(1);
        self.forget_what_is_over(now);
        if let Some(wait) = advice.retry_after.filter(|wait| !wait.is_zero()) {
            self.extend_pause(now + wait.min(FOREVER), PauseReason::RetryAfter);
        }
        if let Some(rate_limit) = advice.rate_limit.filter(|rate_limit| !rate_limit.reset.is_zero()) {
            self.note_window(&rate_limit, now);
        }
    }

    fn note_window(&mut self, rate_limit: &RateLimit, now: Instant) {
        let until = now + rate_limit.reset.min(FOREVER);
        // Within one window the quota only shrinks: a higher figure is an answer that was overtaken.
        let same = self.window.as_ref().filter(|window| until <= window.until + ROUNDING);
        let lowest = same.map_or(rate_limit.remaining, |window| window.lowest.min(rate_limit.remaining));
        let until_kept = same.map_or(until, |window| window.until);
        self.window = Some(Window { until: until_kept, lowest, free: lowest.saturating_sub(self.under_way) });
        if rate_limit.remaining == 0 {
            self.extend_pause(until, PauseReason::RateLimit);
        }
    }

    fn forget_what_is_over(&mut self, now: Instant) {
        self.pause.take_if(|paused| paused.until <= now);
        self.window.take_if(|window| window.until <= now);
    }

    fn extend_pause(&mut self, until: Instant, reason: PauseReason) {
        match &mut self.pause {
            Some(paused) if until <= paused.until + ROUNDING => paused.until = paused.until.max(until),
            _ => self.pause = Some(Paused { until, reason, told: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(300);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn wait_of(turn: Turn, now: Instant) -> f64 {
        match turn {
            Turn::Wait { until, .. } => (until - now).as_secs_f64(),
            other => panic!("{other:?}"),
        }
    }

    fn quota(remaining: u64, reset: u64) -> Advice {
        let reset = Duration::from_secs(reset);
        Advice { retry_after: None, rate_limit: Some(RateLimit { limit: None, remaining, reset }) }
    }

    fn retry_after(seconds: u64) -> Advice {
        Advice { retry_after: Some(Duration::from_secs(seconds)), rate_limit: None }
    }

    #[test]
    fn a_rate_is_kept_evenly_and_idle_time_is_not_made_up_for() {
        let mut pace = Pace::new(Some(seconds(2.0)), MAX_WAIT);
        let start = Instant::now();
        assert_eq!(pace.turn(start), Turn::Go);
        assert_eq!(wait_of(pace.turn(start), start), 2.0);
        assert_eq!(pace.turn(start + seconds(2.0)), Turn::Go);
        let late = start + seconds(60.0);
        assert_eq!(pace.turn(late), Turn::Go);
        assert!(wait_of(pace.turn(late), late) > 1.9);
    }

    #[test]
    fn a_thread_that_wakes_late_does_not_make_the_rate_smaller() {
        let mut pace = Pace::new(Some(seconds(0.001)), MAX_WAIT);
        let start = Instant::now();
        assert_eq!(pace.turn(start), Turn::Go);
        let late = start + seconds(0.0055);
        let went = (0..100).take_while(|_| pace.turn(late) == Turn::Go).count();
        assert_eq!(went, 5);
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let now = Instant::now();
        assert!((0..10_000).all(|_| pace.turn(now) == Turn::Go));
    }

    #[test]
    fn a_pause_holds_for_all_and_is_told_once() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(pace.turn(start), Turn::Go);
        }
        pace.answered(&retry_after(30), start);
        let news = Pause { wait: seconds(30.0), reason: PauseReason::RetryAfter };
        assert_eq!(pace.turn(start), Turn::Wait { until: start + seconds(30.0), news: Some(news) });
        pace.answered(&retry_after(30), start + seconds(0.3));
        let until = start + seconds(30.3);
        assert_eq!(pace.turn(start + seconds(0.3)), Turn::Wait { until, news: None });
        pace.answered(&retry_after(5), start + seconds(0.4));
        assert_eq!(pace.turn(start + seconds(30.0)), Turn::Wait { until, news: None });
        assert_eq!(pace.turn(until), Turn::Go);
        pace.answered(&retry_after(1), until);
        assert!(matches!(pace.turn(until), Turn::Wait { news: Some(_), .. }));
    }

    #[test]
    fn a_pause_over_the_maximum_is_not_waited_for() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let start = Instant::now();
        assert_eq!(pace.turn(start), Turn::Go);
        pace.answered(&retry_after(300), start);
        assert_eq!(wait_of(pace.turn(start), start), 300.0);
        pace.answered(&retry_after(u64::MAX), start);
        assert!(matches!(pace.turn(start), Turn::TooLong(pause) if pause.reason == PauseReason::RetryAfter));
    }

    #[test]
    fn a_used_up_quota_is_a_pause_until_it_begins_anew() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let start = Instant::now();
        assert_eq!(pace.turn(start), Turn::Go);
        pace.answered(&quota(0, 10), start);
        assert!(
            matches!(pace.turn(start), Turn::Wait { news: Some(pause), .. } if pause.reason == PauseReason::RateLimit)
        );
        assert_eq!(pace.turn(start + seconds(10.0)), Turn::Go);
    }

    #[test]
    fn no_more_requests_are_under_way_than_the_quota_has_room_for() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let start = Instant::now();
        for _ in 0..4 {
            assert_eq!(pace.turn(start), Turn::Go);
        }
        // Two are left, and three are under way that the server may not have counted.
        pace.answered(&quota(2, 10), start);
        assert_eq!(pace.turn(start), Turn::Wait { until: start + seconds(10.0), news: None });
        pace.answered(&quota(2, 10), start);
        pace.answered(&quota(2, 10), start);
        assert_eq!(pace.turn(start), Turn::Go);
        assert_eq!(wait_of(pace.turn(start), start), 10.0);
        // An answer that was overtaken does not make the quota larger.
        pace.answered(&quota(5, 10), start);
        assert_eq!(pace.turn(start), Turn::Go);
        assert_eq!(wait_of(pace.turn(start), start), 10.0);
        pace.answered(&quota(0, 10), start);
        pace.answered(&quota(1, 10), start);
        assert!(matches!(pace.turn(start), Turn::Wait { news: Some(_), .. }));
        // A new window brings its own quota.
        let later = start + seconds(10.0);
        assert_eq!(pace.turn(later), Turn::Go);
        pace.answered(&quota(9, 10), later);
        assert!((0..9).all(|_| pace.turn(later) == Turn::Go));
        assert!(matches!(pace.turn(later), Turn::Wait { news: None, .. }));
    }

    #[test]
    fn a_quota_without_further_news_is_counted_here() {
        let mut pace = Pace::new(None, MAX_WAIT);
        let start = Instant::now();
        assert_eq!(pace.turn(start), Turn::Go);
        pace.answered(&quota(1, 10), start);
        assert_eq!(pace.turn(start), Turn::Go);
        pace.answered(&Advice::default(), start);
        assert!(matches!(pace.turn(start), Turn::Wait { news: Some(_), .. }));
    }
}
