//! A sender's deliveries and their attempts: what was tried again, when, and whether it should have been.

use std::collections::HashMap;

use super::attempt::{Attempt, moment};
use super::quota::GRACE;
use super::spacing::{Spacing, Waits, without_backoff};
use super::{Asked, Counts, Delivery, Ending, Remarks, Try, seconds};
use crate::finding::codes;

/// How old a signature may be, in seconds.
const WINDOW: u64 = 300;

/// How many deliveries are shown one by one.
const SHOWN: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    all: Vec<Kept>,
    latest: HashMap<u64, usize>,
    signed_anew: u64,
    retry_after: Asked,
}

/// A delivery under observation.
#[derive(Debug)]
struct Kept {
    what: String,
    target: String,
    attempts: Vec<Try>,
    last: Attempt,
    /// The waits before its retries, in milliseconds, where nobody said how long they had to be.
    waits: Vec<u64>,
}

/// What is known at the end.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) counts: Counts,
    pub(super) retries: u64,
    pub(super) signed_anew: u64,
    pub(super) spacing: Spacing,
    pub(super) retry_after: Asked,
    pub(super) tried: Vec<Delivery>,
}

impl Deliveries {
    pub(super) fn take(&mut self, attempt: Attempt, remarks: &mut Remarks) {
        let asks = attempt.may_pass() && attempt.retry_after.is_some_and(|wait| !wait.is_zero());
        self.retry_after.asked += u64::from(asks);
        let known = self.latest.get(&attempt.key).map(|at| &mut self.all[*at]);
        let Some(kept) = known.filter(|kept| !kept.is_over_before(&attempt)) else {
            self.latest.insert(attempt.key, self.all.len());
            return self.all.push(Kept::new(attempt));
        };
        if kept.last.is_accepted() {
            let last = &kept.last;
            remarks.add(&codes::DELIVERED_AGAIN, &attempt.record, || {
                let signed = match attempt.signature.is_some() && attempt.signature == last.signature {
                    true => "with the same signature",
                    false => "signed anew",
                };
                let waited = seconds(attempt.at.saturating_sub(last.answered));
                format!(
                    "{} came again {waited:.1} s after {} was accepted, {signed}",
                    attempt.what, last.record
                )
            });
            return;
        }
        let early = kept.remark(&attempt, remarks);
        self.retry_after.broken += u64::from(early);
        self.signed_anew += u64::from(attempt.signature != kept.last.signature);
        kept.push(attempt);
    }

    /// Judges what only shows in the end. `until` is when the last record is from, in Unix milliseconds.
    pub(super) fn judge(self, until: u64, remarks: &mut Remarks) -> Judged {
        let mut judged =
            Judged { signed_anew: self.signed_anew, retry_after: self.retry_after, ..Judged::default() };
        let mut waits = Waits::default();
        for kept in self.all {
            let ended = kept.ended();
            judged.counts.all += 1;
            match ended {
                Ending::Accepted => judged.counts.accepted += 1,
                Ending::Refused => judged.counts.refused += 1,
                Ending::Open => judged.counts.open += 1,
            }
            let retries = kept.attempts.len() as u64 - 1;
            judged.retries += retries;
            waits.add(&kept.waits);
            if let Some(why) = without_backoff(&kept.waits) {
                remarks.add(&codes::RETRIES_WITHOUT_BACKOFF, &kept.last.record, || {
                    format!("{}: {why}", kept.what)
                });
            }
            if ended == Ending::Open && retries == 0 {
                let since = seconds(until.saturating_sub(kept.last.answered));
                remarks.add(&codes::NOT_RETRIED, &kept.last.record, || {
                    format!(
                        "{} was {}, and did not come again in {since:.1} s",
                        kept.what,
                        kept.last.answer()
                    )
                });
            }
            if (retries > 0 || ended != Ending::Accepted) && judged.tried.len() < SHOWN {
                let Kept { what, target, attempts, .. } = kept;
                judged.tried.push(Delivery { what, target, ended, attempts });
            }
        }
        judged.spacing = waits.spacing();
        judged
    }
}

impl Kept {
    fn new(attempt: Attempt) -> Self {
        let first = Try {
            record: attempt.record.clone(),
            at: moment(attempt.at),
            status: attempt.status,
            waited: None,
            asked: None,
        };
        Kept {
            what: attempt.what.clone(),
            target: attempt.target.clone(),
            attempts: vec![first],
            last: attempt,
            waits: Vec::new(),
        }
    }

    /// Whether an attempt with the same id is of a later delivery: newer content, after an answer that ended this one.
    fn is_over_before(&self, attempt: &Attempt) -> bool {
        !self.last.may_pass() && attempt.body != self.last.body
    }

    fn ended(&self) -> Ending {
        match (self.last.is_accepted(), self.last.may_pass()) {
            (true, _) => Ending::Accepted,
            (false, true) => Ending::Open,
            (false, false) => Ending::Refused,
        }
    }

    /// The wait before an attempt that follows the last one, in milliseconds.
    fn wait_before(&self, attempt: &Attempt) -> u64 {
        attempt.at.saturating_sub(self.last.answered)
    }

    /// The wait that the last answer asked for, in milliseconds.
    fn asked(&self) -> Option<u64> {
        self.last.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))
    }

    /// Says what is wrong with an attempt that follows the last one; whether it was too early.
    fn remark(&self, attempt: &Attempt, remarks: &mut Remarks) -> bool {
        let (last, waited) = (&self.last, self.wait_before(attempt));
        if !last.may_pass() {
            remarks.add(&codes::RETRIED_WHAT_IS_FINAL, &attempt.record, || {
                format!("{} came again {:.1} s after it was {}", attempt.what, seconds(waited), last.answer())
            });
        }
        if attempt.body != last.body {
            remarks.add(&codes::CHANGED_BETWEEN_ATTEMPTS, &attempt.record, || {
                format!("{} has another body than in {}", attempt.what, last.record)
            });
        }
        let age = attempt.signed_at.map(|signed| (attempt.at / 1_000).saturating_sub(signed));
        if let Some(age) = age.filter(|age| *age > WINDOW) {
            remarks.add(&codes::RETRIED_WITH_OLD_SIGNATURE, &attempt.record, || {
                format!("{} came again {age} s after it was signed", attempt.what)
            });
        }
        let early = self.asked().filter(|asked| waited.saturating_add(GRACE) < *asked);
        if let Some(asked) = early {
            remarks.add(&codes::RETRIED_TOO_EARLY, &attempt.record, || {
                format!(
                    "{} came again after {:.1} s, and the answer before it had Retry-After: {}",
                    attempt.what,
                    seconds(waited),
                    asked / 1_000
                )
            });
        }
        early.is_some()
    }

    fn push(&mut self, attempt: Attempt) {
        let (waited, asked) = (self.wait_before(&attempt), self.asked());
        if asked.is_none() {
            self.waits.push(waited);
        }
        self.attempts.push(Try {
            record: attempt.record.clone(),
            at: moment(attempt.at),
            status: attempt.status,
            waited: Some(seconds(waited)),
            asked: asked.map(seconds),
        });
        self.last = attempt;
    }
}

impl Attempt {
    fn answer(&self) -> String {
        match self.status {
            Some(status) => format!("answered {status}"),
            None => "not answered".to_owned(),
        }
    }
}
