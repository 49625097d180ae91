//! Whether a sender respects its quota: nothing comes while `RateLimit-Remaining` is 0 and `RateLimit-Reset` is not over.

use super::attempt::Attempt;
use super::{Asked, Remarks, seconds};
use crate::finding::codes;

/// How long after an answer a request may still be one that was under way, over another connection, in milliseconds.
const UNDER_WAY: u64 = 250;

/// How much earlier than asked is no matter, in milliseconds: clocks and records round.
pub(super) const GRACE: u64 = 50;

#[derive(Debug, Default)]
pub(super) struct Quota {
    pause: Option<Pause>,
    asked: Asked,
}

#[derive(Debug)]
struct Pause {
    /// When it was told.
    told: u64,
    until: u64,
    record: String,
    /// The connections and deliveries whose answers told of it.
    told_to: Vec<Told>,
    broken: bool,
}

#[derive(Debug)]
struct Told {
    peer: String,
    is_serial: bool,
    key: u64,
}

/// How many of those who were told of a pause are remembered.
const MAX_TOLD: usize = 100;

impl Quota {
    /// Looks whether a request came in a pause, and whether its answer asks for one.
    pub(super) fn take(&mut self, attempt: &Attempt, remarks: &mut Remarks) {
        if let Some(pause) = self.pause.as_mut().filter(|pause| pause.is_broken_by(attempt)) {
            remarks.add(&codes::RATE_LIMIT_IGNORED, &attempt.record, || {
                format!(
                    "{} had RateLimit-Remaining: 0 for {:.1} s more, and the next request came after {:.1} s",
                    pause.record,
                    seconds(pause.until - pause.told),
                    seconds(attempt.at - pause.told),
                )
            });
            self.asked.broken += u64::from(!pause.broken);
            pause.broken = true;
        }
        self.pause.take_if(|pause| pause.until <= attempt.at + GRACE);
        let used_up = attempt.rate_limit.filter(|limit| limit.remaining == 0 && !limit.reset.is_zero());
        let Some(limit) = used_up else { return };
        let reset = u64::try_from(limit.reset.as_millis()).unwrap_or(u64::MAX);
        let until = attempt.answered.saturating_add(reset);
        let pause = self.pause.get_or_insert_with(|| {
            self.asked.asked += 1;
            let (told, record) = (attempt.answered, attempt.record.clone());
            Pause { told, until, record, told_to: Vec::new(), broken: false }
        });
        // The same window, told again and rounded to seconds.
        pause.until = pause.until.max(until.min(pause.until.saturating_add(1_000)));
        if pause.told_to.len() < MAX_TOLD {
            let (peer, is_serial, key) = (attempt.peer.clone(), attempt.is_serial, attempt.key);
            pause.told_to.push(Told { peer, is_serial, key });
        }
    }

    pub(super) fn asked(&self) -> Asked {
        self.asked
    }
}

impl Pause {
    /// Whether the sender of a request must have known of the pause, and it was not over.
    fn is_broken_by(&self, attempt: &Attempt) -> bool {
        let is_told = |told: &Told| {
            (told.is_serial && told.peer == attempt.peer) || (attempt.is_delivery && told.key == attempt.key)
        };
        let had_the_answer =
            attempt.at >= self.told.saturating_add(UNDER_WAY) || self.told_to.iter().any(is_told);
        had_the_answer && attempt.at >= self.told && attempt.at + GRACE < self.until
    }
}
