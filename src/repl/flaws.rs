//! What is wrong with the entities of a session, kept short: they come in any number, and each can be wrong throughout.

use crate::entity::{Profile, Report, Violation, check};
use crate::finding::Level;

/// How many violations of one entity are kept.
const KEPT: usize = 20;

/// How much text they may have together, in bytes; the first is kept whatever it has.
const MAX_TEXT: usize = 8 << 10;

/// What is wrong with an entity by the documents' rules, notes left out; `None` when nothing is.
pub(super) fn flaws(entity: &[u8]) -> Option<Box<Report>> {
    let mut report = check(entity, Profile::Spec, None);
    report.violations.retain(|violation| violation.level > Level::Note);
    report.keep(KEPT);
    let size = |it: &Violation| it.pointer.len() + it.found.len() + it.fix.len();
    while report.violations.len() > 1 && report.violations.iter().map(size).sum::<usize>() > MAX_TEXT {
        report.keep(report.violations.len() - 1);
    }
    (!report.violations.is_empty()).then(|| Box::new(report))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_an_entity_is_bounded_and_the_rest_is_counted() {
        let valid = br#"{"type": "Unfollow", "created_at": "2026-01-01T00:00:00Z", "author": "alice", "followee": "b.example:bob"}"#;
        assert_eq!(flaws(valid), None);
        let fields: Vec<_> = (0..100).map(|number| format!("\"x{number}\": 1.0")).collect();
        let report = flaws(format!("{{\"type\": \"Note\", {}}}", fields.join(", ")).as_bytes()).unwrap();
        assert_eq!(report.violations.len(), KEPT);
        assert!(report.more >= 80, "{}", report.more);
        let fields: Vec<_> =
            (0..10).map(|number| format!("\"{}{number}\": 1.0", "x".repeat(MAX_TEXT / 9))).collect();
        let long = format!("{{\"type\": \"Note\", {}}}", fields.join(", "));
        let report = flaws(long.as_bytes()).unwrap();
        let size: usize = report.violations.iter().map(|it| it.pointer.len() + it.found.len()).sum();
        assert!(size <= MAX_TEXT && report.more >= 2, "{size} bytes, and {} more", report.more);
    }
}
