//! Quotas of requests, one for each sender, and the headers that tell of them: those of draft-polli-ratelimit-headers-02,
//! as <https://versia.pub/federation/http> has it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::protocol::record::Headers;

/// How many senders' quotas are kept.
const SENDERS: usize = 4_096;

/// So many requests in each window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many requests.
    pub requests: u64,
    /// The length of a window; it begins with its first request.
    pub window: Duration,
}

/// How a sender stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    quota: Quota,
    /// How many requests are left.
    pub remaining: u64,
    /// The seconds until the window is over, rounded up.
    pub reset: u64,
    /// Whether this request was one too many.
    pub exceeded: bool,
}

impl Standing {
    /// What an answer says of it, with the names as the HTTP library writes them.
    pub(super) fn headers(&self) -> Headers {
        let Quota { requests, window } = self.quota;
        let limit = format!("{requests}, {requests};w={}", seconds(window));
        [
            ("Ratelimit-Limit", limit),
            ("Ratelimit-Remaining", self.remaining.to_string()),
            ("Ratelimit-Reset", self.reset.to_string()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
    }
}

/// The windows of the senders.
#[derive(Debug, Default)]
pub(super) struct Quotas(HashMap<String, Window>);

#[derive(Debug, Clone, Copy)]
struct Window {
    until: Instant,
    used: u64,
}

impl Quotas {
    /// Counts a request of a sender, where its quota has room for it.
    pub(super) fn take(&mut self, sender: &str, quota: Quota, now: Instant) -> Standing {
        if !self.0.contains_key(sender) {
            self.make_room(now);
        }
        let fresh = Window { until: now + quota.window, used: 0 };
        let window = self.0.entry(sender.to_owned()).or_insert(fresh);
        if window.until <= now {
            *window = fresh;
        }
        let exceeded = window.used >= quota.requests;
        window.used += u64::from(!exceeded);
        Standing {
            quota,
            remaining: quota.requests - window.used,
            reset: seconds(window.until.saturating_duration_since(now)),
            exceeded,
        }
    }

    /// Forgets windows that are over, and where all are open, the one that ends first.
    fn make_room(&mut self, now: Instant) {
        if self.0.len() < SENDERS {
            return;
        }
        self.0.retain(|_, window| window.until > now);
        if self.0.len() >= SENDERS {
            let first = self.0.iter().min_by_key(|(_, window)| window.until).map(|(name, _)| name.clone());
            first.and_then(|name| self.0.remove(&name));
        }
    }
}

/// Whole seconds, rounded up: whoever waits so long is not too early.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota { requests: 10, window: Duration::from_secs(60) };

    #[test]
    fn the_headers_say_what_is_left_and_when_it_begins_anew() {
        let mut quotas = Quotas::default();
        let now = Instant::now();
        quotas.take("a", QUOTA, now);
        let standing = quotas.take("a", QUOTA, now + Duration::from_millis(1_500));
        let told: Vec<_> = standing
            .headers()
            .into_iter()
            .map(|(name, value)| format!("{name}: {}", value.as_text().unwrap()))
            .collect();
        assert_eq!(told, ["Ratelimit-Limit: 10, 10;w=60", "Ratelimit-Remaining: 8", "Ratelimit-Reset: 59"]);
    }

    #[test]
    fn so_many_senders_are_kept_and_no_more() {
        let mut quotas = Quotas::default();
        let now = Instant::now();
        for number in 0..SENDERS + 10 {
            quotas.take(&number.to_string(), QUOTA, now + Duration::from_micros(number as u64));
        }
        assert_eq!(quotas.0.len(), SENDERS);
        assert!(!quotas.0.contains_key("0"));
    }
}
