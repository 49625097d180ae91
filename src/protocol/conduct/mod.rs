//! How senders behaved, from the records of what they sent: their retries and the spacing of them, and whether they
//! respected `Retry-After` and `RateLimit-*`.
//!
//! Pure: records in, [`Conduct`] out. The rules are in <https://versia.pub/federation/http>; what goes beyond them is a
//! warning.

mod attempt;
mod delivery;
mod quota;
mod spacing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use self::attempt::Attempt;
use self::delivery::Deliveries;
use self::quota::Quota;
pub use self::spacing::Spacing;
use super::record::Record;
use crate::finding::{Code, Level, codes};

/// How many records a finding names.
const NAMED: usize = 10;

/// How many redirects are remembered.
const REDIRECTS: usize = 1_000;

/// How long a redirect is followed, if at all, in milliseconds.
const FOLLOWED_WITHIN: u64 = 60_000;

/// How one sender behaved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conduct {
    /// The domain that it claims, or the address that it came from, where it signs nothing.
    pub sender: String,
    /// The moments of the first and the last request: RFC 3339.
    pub first: String,
    /// The last one.
    pub last: String,
    /// How many requests came, of any kind.
    pub requests: u64,
    /// What it delivered.
    pub deliveries: Counts,
    /// How many attempts were retries.
    pub retries: u64,
    /// How many of them were signed anew.
    pub signed_anew: u64,
    /// How the retries were spaced.
    pub spacing: Spacing,
    /// What was asked by `Retry-After`, and respected.
    pub retry_after: Asked,
    /// What was asked by `RateLimit-Remaining: 0`, and respected.
    pub rate_limit: Asked,
    /// What is wrong with it, or worth knowing, the worst first.
    pub findings: Vec<Remark>,
    /// The deliveries that were tried more than once, or in vain.
    pub tried: Vec<Delivery>,
}

impl Conduct {
    /// Whether it broke what a sender has to respect.
    pub fn breaks_a_rule(&self) -> bool {
        self.findings.iter().any(|remark| remark.level == Level::Error)
    }
}

/// Deliveries, by what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// How many there were.
    pub all: u64,
    /// How many ended with 2xx.
    pub accepted: u64,
    /// How many ended with an answer that no retry changes.
    pub refused: u64,
    /// How many ended with a failure that passes: they may come again, or were given up.
    pub open: u64,
}

/// What a sender was asked to wait for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// How often it was asked.
    pub asked: u64,
    /// How often it did not wait.
    pub broken: u64,
}

/// What is to be said of a sender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The code.
    pub code: &'static str,
    /// How much it weighs.
    pub level: Level,
    /// How often it was seen.
    pub count: u64,
    /// The first case, in a sentence. May quote what the sender sent.
    pub message: String,
    /// The records of the first cases.
    pub records: Vec<String>,
}

/// A delivery, and its attempts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    /// What was delivered: the type and the id, as far as it says them.
    pub what: String,
    /// Where to.
    pub target: String,
    /// What came of it.
    pub ended: Ending,
    /// The attempts, in their order.
    pub attempts: Vec<Try>,
}

/// What came of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// 2xx.
    Accepted,
    /// An answer that no retry changes.
    Refused,
    /// A failure that passes.
    Open,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Try {
    /// The record.
    pub record: String,
    /// When it came: RFC 3339.
    pub at: String,
    /// The status of the answer; nothing where none was given.
    pub status: Option<u16>,
    /// The seconds since the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waited: Option<f64>,
    /// The seconds that the answer before asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked: Option<f64>,
}

/// Watches what senders do, record by record.
#[derive(Debug, Default)]
pub struct Watcher {
    senders: BTreeMap<String, Sender>,
    redirects: VecDeque<Redirect>,
    /// When the last record is from, in Unix milliseconds.
    last: u64,
}

#[derive(Debug, Default)]
struct Sender {
    first: u64,
    last: u64,
    requests: u64,
    deliveries: Deliveries,
    quota: Quota,
    remarks: Remarks,
}

/// A redirect that may be followed.
#[derive(Debug)]
struct Redirect {
    sender: String,
    host: String,
    to: String,
    at: u64,
    record: String,
}

/// What is to be said, by its code.
#[derive(Debug, Default)]
struct Remarks(BTreeMap<&'static str, Remark>);

impl Remarks {
    fn add(&mut self, code: &'static Code, record: &str, message: impl FnOnce() -> String) {
        let remark = self.0.entry(code.id).or_insert_with(|| Remark {
            code: code.id,
            level: code.level,
            count: 0,
            message: message(),
            records: Vec::new(),
        });
        remark.count += 1;
        if remark.records.len() < NAMED {
            remark.records.push(record.to_owned());
        }
    }

    fn sorted(self) -> Vec<Remark> {
        let mut remarks: Vec<_> = self.0.into_values().collect();
        remarks.sort_by_key(|remark| (std::cmp::Reverse(remark.level), remark.code));
        remarks
    }
}

impl Watcher {
    /// Takes a record, in the order in which they came. What is no request that came in is passed over.
    pub fn take(&mut self, record: &Record) {
        let Some(attempt) = Attempt::of(record) else { return };
        self.last = self.last.max(attempt.answered);
        let followed = self.followed(&attempt);
        let sender = self.senders.entry(attempt.sender.clone()).or_default();
        if sender.requests == 0 {
            sender.first = attempt.at;
        }
        sender.requests += 1;
        sender.last = sender.last.max(attempt.at);
        if let Some(record) = followed {
            sender.remarks.add(&codes::REDIRECT_FOLLOWED, &attempt.record, || {
                format!("{} was asked for as the redirect in {record} said", attempt.target)
            });
        }
        sender.quota.take(&attempt, &mut sender.remarks);
        if let Some(location) = attempt.redirects_to() {
            self.redirects.push_back(Redirect {
                sender: attempt.sender.clone(),
                host: attempt.host().to_owned(),
                to: location,
                at: attempt.answered,
                record: attempt.record.clone(),
            });
            if self.redirects.len() > REDIRECTS {
                self.redirects.pop_front();
            }
        }
        if attempt.is_delivery {
            sender.deliveries.take(attempt, &mut sender.remarks);
        }
    }

    /// How each sender behaved, by name.
    pub fn report(self) -> Vec<Conduct> {
        let until = self.last;
        self.senders.into_iter().map(|(name, sender)| sender.conduct(name, until)).collect()
    }

    /// The record whose redirect this request follows, where it follows one.
    fn followed(&mut self, attempt: &Attempt) -> Option<String> {
        let is_followed = |redirect: &Redirect| {
            redirect.to == attempt.target
                && (redirect.sender == attempt.sender || redirect.host == attempt.host())
                && attempt.at >= redirect.at
                && attempt.at - redirect.at <= FOLLOWED_WITHIN
        };
        let at = self.redirects.iter().position(is_followed)?;
        self.redirects.remove(at).map(|redirect| redirect.record)
    }
}

impl Sender {
    fn conduct(self, name: String, until: u64) -> Conduct {
        let mut remarks = self.remarks;
        let rate_limit = self.quota.asked();
        let judged = self.deliveries.judge(until, &mut remarks);
        Conduct {
            sender: name,
            first: attempt::moment(self.first),
            last: attempt::moment(self.last),
            requests: self.requests,
            deliveries: judged.counts,
            retries: judged.retries,
            signed_anew: judged.signed_anew,
            spacing: judged.spacing,
            retry_after: judged.retry_after,
            rate_limit,
            findings: remarks.sorted(),
            tried: judged.tried,
        }
    }
}

/// Milliseconds in seconds.
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1_000.0
}
