//! What a server takes from outside itself: the time and randomness.

use jiff::Timestamp;

/// The clock and the randomness of the process that runs a server.
#[derive(Debug, Clone, Copy)]
pub struct World {
    /// The present time in milliseconds since the Unix epoch.
    pub now_millis: fn() -> i64,
    /// Fills bytes with randomness.
    pub random: fn(&mut [u8]),
}

impl World {
    /// The present time in Unix seconds.
    pub fn seconds(&self) -> i64 {
        (self.now_millis)().div_euclid(1_000)
    }

    /// The present time as records write it: RFC 3339, UTC, with milliseconds.
    pub fn timestamp(&self) -> String {
        let now = Timestamp::from_millisecond((self.now_millis)()).unwrap_or_default();
        format!("{now:.3}")
    }

    /// A name for a record: a UUID of version 7, so that names sort by time.
    pub fn id(&self) -> String {
        let mut random = [0; 10];
        (self.random)(&mut random);
        let millis = u64::try_from((self.now_millis)()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_names_sort_by_time() {
        let world = World { now_millis: || 1_729_243_417_005, random: |bytes| bytes.fill(7) };
        assert_eq!(world.timestamp(), "2024-10-18T09:23:37.005Z");
        assert_eq!(world.id(), "01929ef0-89ad-7707-8707-070707070707");
        assert_eq!(world.seconds(), 1_729_243_417);
    }
}
