//! What a run waits for: deliveries of a type that verify.

use serde::Serialize;

use crate::server::Happened;
use crate::signing::Verdict;

/// Deliveries that are waited for, and what came of them.
#[derive(Debug, Serialize)]
pub struct Expectation {
    #[serde(rename = "type")]
    kind: String,
    count: u64,
    /// How many came and verified.
    came: u64,
    /// How many came and did not verify.
    not_verified: u64,
}

impl Expectation {
    /// Waits for so many of a type.
    pub fn new(kind: &str, count: u64) -> Self {
        Expectation { kind: kind.to_owned(), count, came: 0, not_verified: 0 }
    }

    /// Counts a delivery. A type is meant by its whole name, or by what stands behind its last slash.
    pub(super) fn count(&mut self, happened: &Happened) {
        let kind =
            happened.delivery.as_ref().and_then(|delivery| delivery.kind.as_deref()).unwrap_or_default();
        let short = kind.rsplit('/').next().unwrap_or(kind);
        if self.kind != kind && self.kind != short {
            return;
        }
        match happened.checked.first().map(|one| one.verification.verdict) {
            Some(Verdict::Valid) => self.came += 1,
            _ => self.not_verified += 1,
        }
    }

    pub(super) fn is_met(&self) -> bool {
        self.came >= self.count
    }

    /// What came, in a sentence.
    pub(super) fn describe(&self) -> String {
        let Expectation { kind, count, came, not_verified } = self;
        let but = match not_verified {
            0 => String::new(),
            1 => "; 1 more came and did not verify".to_owned(),
            many => format!("; {many} more came and did not verify"),
        };
        format!("expected {count} {kind}, and {came} came and verified{but}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::Record;
    use crate::server::Delivery;

    #[test]
    fn a_type_is_meant_by_its_whole_or_its_short_name() {
        let happened = |kind: &str| Happened {
            record: Record::default(),
            checked: Vec::new(),
            delivery: Some(Delivery { kind: Some(kind.to_owned()), ..Delivery::default() }),
        };
        let mut expectation = Expectation::new("Like", 1);
        for kind in ["Like", "pub.versia:likes/Like", "Follow", "Likes"] {
            expectation.count(&happened(kind));
        }
        assert_eq!((expectation.came, expectation.not_verified, expectation.is_met()), (0, 2, false));
        assert_eq!(
            expectation.describe(),
            "expected 1 Like, and 0 came and verified; 2 more came and did not verify"
        );
    }
}
