//! How fast is asked: within what the instance allows.

use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::protocol::Advice;

/// The longest pause that is kept; who asks for more is asked nothing more.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The moments at which may be asked.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Cell<Option<Instant>>,
    refused: Cell<bool>,
}

impl Pace {
    /// With so much time between the beginnings of two requests.
    pub(super) fn new(interval: Duration) -> Self {
        Pace { interval, next: Cell::new(None), refused: Cell::new(false) }
    }

    /// Waits until something may be asked.
    pub(super) fn wait(&self) {
        let now = Instant::now();
        let next = self.next.get().unwrap_or(now).max(now);
        sleep(next - now);
        self.next.set(Some(next + self.interval));
    }

    /// Heeds what an answer says; true when the same may be asked again after the pause.
    pub(super) fn heed(&self, advice: Advice) -> bool {
        let quota = advice.rate_limit.filter(|quota| quota.remaining == 0).map(|quota| quota.reset);
        let Some(pause) = advice.retry_after.max(quota) else { return false };
        if pause > MAX_PAUSE {
            self.refused.set(true);
            return false;
        }
        let after = Instant::now() + pause;
        self.next.set(Some(self.next.get().map_or(after, |next| next.max(after))));
        advice.retry_after.is_some()
    }

    /// Whether the instance asked for a pause that is too long.
    pub(super) fn is_over(&self) -> bool {
        self.refused.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_pause_ends_the_run_and_a_short_one_is_kept() {
        let pace = Pace::new(Duration::ZERO);
        let after = |seconds| Advice { retry_after: Some(Duration::from_secs(seconds)), ..Advice::default() };
        assert!(pace.heed(after(1)) && !pace.is_over());
        assert!(pace.next.get().is_some_and(|next| next > Instant::now()));
        assert!(!pace.heed(after(3_600)) && pace.is_over());
    }
}
