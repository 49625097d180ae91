//! Whether an attempt is made again, and after how long: exponential backoff with full jitter.

use std::time::Duration;

use super::outcome::{Expectation, Failure, FailureKind};

/// How often, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The most retries of one document.
    pub times: u32,
    /// The longest wait before the first of them; each later one may wait twice as long.
    pub base: Duration,
    /// The longest wait of all.
    pub cap: Duration,
}

impl Retry {
    /// So many retries, beginning within half a second, and never more than a minute apart.
    pub fn times(times: u32) -> Self {
        Retry { times, base: Duration::from_millis(500), cap: Duration::from_secs(60) }
    }

    /// The wait before the next attempt; `None` when there is none. `tries` is how many attempts there were, from 1;
    /// `random` lies in 0..1.
    pub fn wait(
        &self,
        answer: &Result<Option<u16>, Failure>,
        expectation: Expectation,
        tries: u32,
        random: f64,
    ) -> Option<Duration> {
        let again = tries <= self.times && is_temporary(answer, expectation);
        again.then(|| self.longest(tries).mul_f64(random.clamp(0.0, 1.0)))
    }

    fn longest(&self, tries: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// Whether another attempt may fare better: after 429, 5xx, and a connection that failed. An answer that is wanted is
/// never asked for again.
fn is_temporary(answer: &Result<Option<u16>, Failure>, expectation: Expectation) -> bool {
    match answer {
        Ok(None) => false,
        Ok(Some(status)) => matches!(status, 429 | 500..=599) && !expectation.is_met_by(*status),
        Err(failure) => failure.kind == FailureKind::Connection,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> Result<Option<u16>, Failure> {
        Err(Failure { kind, code: None, message: "gone".into(), hint: None })
    }

    fn is_retried(answer: &Result<Option<u16>, Failure>, expectation: Expectation) -> bool {
        Retry::times(1).wait(answer, expectation, 1, 0.0).is_some()
    }

    #[test]
    fn what_may_pass_is_tried_again_and_nothing_else() {
        for status in [429, 500, 502, 503, 504, 599] {
            assert!(is_retried(&Ok(Some(status)), Expectation::Success), "{status}");
        }
        for status in [200, 202, 302, 400, 401, 404, 408, 422] {
            assert!(!is_retried(&Ok(Some(status)), Expectation::Success), "{status}");
        }
        assert!(!is_retried(&Ok(Some(503)), Expectation::Class(5)));
        assert!(is_retried(&failure(FailureKind::Connection), Expectation::Success));
        assert!(!is_retried(&failure(FailureKind::Lasting), Expectation::Success));
        assert!(!is_retried(&failure(FailureKind::Unsendable), Expectation::Success));
    }

    #[test]
    fn the_wait_doubles_up_to_the_cap_and_is_jittered_down_to_nothing() {
        let retry = Retry::times(20);
        let wait = |tries, random| {
            retry.wait(&Ok(Some(503)), Expectation::Success, tries, random).unwrap().as_millis()
        };
        assert_eq!(
            [1, 2, 3, 7, 8, 20].map(|tries| wait(tries, 1.0)),
            [500, 1_000, 2_000, 32_000, 60_000, 60_000]
        );
        assert_eq!(wait(3, 0.25), 500);
        assert_eq!(wait(3, 0.0), 0);
    }

    #[test]
    fn there_are_as_many_retries_as_were_asked_for() {
        let wait = |times, tries| Retry::times(times).wait(&Ok(Some(503)), Expectation::Success, tries, 0.5);
        assert_eq!(wait(0, 1), None);
        assert!(wait(2, 2).is_some());
        assert_eq!(wait(2, 3), None);
    }
}
