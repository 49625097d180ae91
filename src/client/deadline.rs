//! One moment until which everything has to be done, with the limit it came from.
//!
//! Every stage of an exchange takes its time from the same deadline, so that a slow peer cannot stretch it by being
//! slow in several places.

use std::time::{Duration, Instant};

/// The moment when time is up, and the limit to name when it is.
#[derive(Debug, Clone, Copy)]
pub struct Deadline {
    at: Option<Instant>,
    limit: Duration,
}

/// The deadline has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl Deadline {
    /// `limit` from now. A limit of zero is none.
    pub fn after(limit: Duration) -> Self {
        Deadline { at: (!limit.is_zero()).then(|| Instant::now().checked_add(limit)).flatten(), limit }
    }

    /// No deadline, as for a session that may stay open.
    pub fn never() -> Self {
        Deadline::after(Duration::ZERO)
    }

    /// Whichever comes first.
    #[must_use]
    pub fn sooner(self, other: Deadline) -> Self {
        match (self.at, other.at) {
            (Some(mine), Some(others)) if others < mine => other,
            (None, Some(_)) => other,
            _ => self,
        }
    }

    /// A deadline after the `1 / parts` of the time that is left, with the same limit to name.
    #[must_use]
    pub fn share(self, parts: usize) -> Self {
        let parts = u32::try_from(parts.max(1)).unwrap_or(u32::MAX);
        let now = Instant::now();
        Deadline { at: self.at.map(|at| now + at.saturating_duration_since(now) / parts), limit: self.limit }
    }

    /// The time left, or `None` without a deadline. Never zero.
    ///
    /// # Errors
    /// When the time is up.
    pub fn remaining(self) -> Result<Option<Duration>, Elapsed> {
        let Some(at) = self.at else {
            return Ok(None);
        };
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Elapsed) } else { Ok(Some(left)) }
    }

    /// The limit that this deadline was made from.
    pub fn limit(self) -> Duration {
        self.limit
    }
}

/// A length of time as people write it: `30 s`, `1.5 s`, `250 ms`.
pub fn describe(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", (duration.as_secs_f64() * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sooner_deadline_names_its_own_limit() {
        let total = Deadline::after(Duration::from_secs(30));
        let connect = Deadline::after(Duration::from_secs(10));
        assert_eq!(total.sooner(connect).limit(), Duration::from_secs(10));
        assert_eq!(connect.sooner(total).limit(), Duration::from_secs(10));
        assert_eq!(Deadline::never().sooner(total).limit(), Duration::from_secs(30));
        assert_eq!(Deadline::never().remaining(), Ok(None));
    }

    #[test]
    fn a_share_is_a_part_of_what_is_left() {
        let whole = Deadline::after(Duration::from_secs(30));
        let third = whole.share(3).remaining().unwrap().unwrap();
        assert!(third <= Duration::from_secs(10));
        assert_eq!(whole.share(3).limit(), Duration::from_secs(30));
    }

    #[test]
    fn times_are_written_for_people() {
        for (millis, text) in [(30_000, "30 s"), (1_500, "1.5 s"), (250, "250 ms")] {
            assert_eq!(describe(Duration::from_millis(millis)), text);
        }
    }
}
