//! The number in a publication, by which a subscriber knows it again: `{"bench":"<run>","n":7,"payload":…}`.
//!
//! The names are in the order of the alphabet: a hub that writes JSON anew writes them in that order, or leaves them as they are.

use bytes::Bytes;
use serde::Deserialize;

use super::plan::HubPlan;
use crate::bench::template::Template;
use crate::protocol::Ambient;

/// The number of what is published before the start.
pub(super) const PROBE: u64 = 0;

/// Marks publications as those of one run.
#[derive(Debug)]
pub(super) struct Marks {
    run: String,
    /// What each begins with, up to the number.
    start: String,
    payload: Option<Template>,
    ambient: Ambient,
}

#[derive(Deserialize)]
struct Mark {
    bench: String,
    n: u64,
}

impl Marks {
    pub(super) fn new(plan: &HubPlan) -> Self {
        Marks::of(plan.ambient.record_id(), plan.payload.clone(), plan.ambient)
    }

    fn of(run: String, payload: Option<Template>, ambient: Ambient) -> Self {
        let start = format!("{{\"bench\":\"{run}\",\"n\":");
        Marks { run, start, payload, ambient }
    }

    /// The publication of a number.
    pub(super) fn write(&self, number: u64) -> String {
        match &self.payload {
            None => format!("{}{number}}}", self.start),
            Some(payload) => {
                let payload: Bytes = payload.fill(number, self.ambient);
                format!("{}{number},\"payload\":{}}}", self.start, String::from_utf8_lossy(&payload))
            }
        }
    }

    /// The number of a publication; none when it is not one of this run.
    pub(super) fn read(&self, published: &[u8]) -> Option<u64> {
        if let Some(rest) = published.strip_prefix(self.start.as_bytes()) {
            let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            return std::str::from_utf8(&rest[..digits]).ok()?.parse().ok();
        }
        let mark: Mark = serde_json::from_slice(published).ok()?;
        (mark.bench == self.run).then_some(mark.n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMBIENT: Ambient = Ambient { now_millis: || 0, random: |bytes| bytes.fill(0) };

    #[test]
    fn a_number_is_read_back_however_the_hub_writes_it() {
        let marks = Marks::of("r".to_owned(), Some(Template::parse("[\"{{n}}\"]").unwrap()), AMBIENT);
        assert_eq!(marks.write(17), r#"{"bench":"r","n":17,"payload":["17"]}"#);
        assert_eq!(Marks::of("r".to_owned(), None, AMBIENT).write(3), r#"{"bench":"r","n":3}"#);
        assert_eq!(marks.read(marks.write(u64::MAX).as_bytes()), Some(u64::MAX));
        assert_eq!(marks.read(br#"{ "payload": 1, "n": 5, "bench": "r" }"#), Some(5));
        for other in ["", "17", r#"{"bench":"q","n":1}"#, r#"{"bench":"r","n":}"#, r#"{"bench":"r","n":1"#] {
            assert_eq!(marks.read(other.as_bytes()), None, "{other}");
        }
    }
}
