//! What names and dates records: the clock and the randomness, which come from above.

use std::time::Duration;

/// The clock and the randomness, which come from above.
#[derive(Debug, Clone, Copy)]
pub struct Ambient {
    /// The present time in Unix milliseconds.
    pub now_millis: fn() -> u64,
    /// Fills a buffer with random bytes.
    pub random: fn(&mut [u8]),
}

impl Ambient {
    /// The present time in Unix seconds.
    pub fn now_seconds(&self) -> i64 {
        i64::try_from((self.now_millis)() / 1_000).unwrap_or(i64::MAX)
    }

    /// A random number in 0..1.
    pub fn fraction(&self) -> f64 {
        let mut bytes = [0; 8];
        (self.random)(&mut bytes);
        // The 53 bits that such a number holds.
        (u64::from_le_bytes(bytes) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A name for a record: a UUID of version 7, so that names sort by their time.
    pub fn record_id(&self) -> String {
        let mut bytes = [0; 10];
        (self.random)(&mut bytes);
        uuid::Builder::from_unix_timestamp_millis((self.now_millis)(), &bytes).into_uuid().to_string()
    }

    /// The present time as records have it: RFC 3339, UTC, with milliseconds.
    pub fn record_time(&self) -> Option<String> {
        self.time_before(Duration::ZERO)
    }

    /// The time that was so long ago, as records have it.
    pub fn time_before(&self, ago: Duration) -> Option<String> {
        let ago = i64::try_from(ago.as_millis()).ok()?;
        let millis = i64::try_from((self.now_millis)()).ok()?.checked_sub(ago)?;
        let moment = jiff::Timestamp::from_millisecond(millis).ok()?;
        Some(format!("{moment:.3}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ambient(now_millis: fn() -> u64) -> Ambient {
        Ambient { now_millis, random: |bytes| bytes.fill(0xff) }
    }

    #[test]
    fn names_sort_by_time_and_times_have_milliseconds() {
        let (early, late) = (ambient(|| 1_729_243_417_000), ambient(|| 1_729_243_417_005));
        assert!(early.record_id() < late.record_id());
        assert_eq!(early.record_id().as_bytes()[14], b'7');
        assert_eq!(early.record_time().as_deref(), Some("2024-10-18T09:23:37.000Z"));
        assert_eq!(late.record_time().as_deref(), Some("2024-10-18T09:23:37.005Z"));
        let before = late.time_before(Duration::from_millis(6));
        assert_eq!(before.as_deref(), Some("2024-10-18T09:23:36.999Z"));
        assert!(early.fraction() < 1.0 && early.fraction() > 0.99);
        assert_eq!(early.now_seconds(), 1_729_243_417);
    }
}
