//! What came of a whole run: counts, statuses, and how long answers took.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;

use super::journal::Answer;
use super::outcome::{Attempt, Expectation, Outcome, Then};
use crate::signing::Verdict;

/// The longest time that is told apart, in microseconds: an hour.
const LONGEST: u64 = 3_600_000_000;

/// How many digits of a time are kept.
const DIGITS: u8 = 3;

/// The counts of a run.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Documents that got the answer that was wanted, and those that went a road where no answer comes.
    pub delivered: u64,
    /// Those of the delivered documents that went a road where no answer comes.
    pub unconfirmed: u64,
    /// Documents that got another answer.
    pub refused: u64,
    /// Documents without an answer.
    pub failed: u64,
    /// Documents whose retry was not made.
    pub unfinished: u64,
    /// Documents that had their outcome from a run before: the answer that was wanted.
    pub delivered_before: u64,
    /// Documents that had their outcome from a run before: another answer.
    pub refused_before: u64,
    /// Inputs that could not be read.
    pub unreadable: u64,
    /// Every attempt, retries included.
    pub attempts: u64,
    /// Answers by their status, those before a retry included.
    pub statuses: BTreeMap<u16, u64>,
    /// What the answers' signatures were worth.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// How long the run took.
    pub elapsed: Duration,
    latency: Option<Histogram<u64>>,
}

/// How long answers took, from the start of the exchange, or the sending of a message, to their last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// The shortest.
    pub min: Duration,
    /// Half took no longer.
    pub p50: Duration,
    /// Nine of ten took no longer.
    pub p90: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

/// How many answers took so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar {
    /// No longer than this.
    pub up_to: Duration,
    /// How many.
    pub count: u64,
}

impl Summary {
    /// Nothing happened yet.
    pub fn new() -> Self {
        Summary {
            delivered: 0,
            unconfirmed: 0,
            refused: 0,
            failed: 0,
            unfinished: 0,
            delivered_before: 0,
            refused_before: 0,
            unreadable: 0,
            attempts: 0,
            statuses: BTreeMap::new(),
            verdicts: BTreeMap::new(),
            elapsed: Duration::ZERO,
            // The bounds are fixed, and good.
            latency: Histogram::new_with_bounds(1, LONGEST, DIGITS).ok(),
        }
    }

    /// Documents with an outcome of this run.
    pub fn settled(&self) -> u64 {
        self.delivered + self.refused + self.failed + self.unfinished
    }

    /// Documents that were passed over, since they had their outcome.
    pub fn skipped(&self) -> u64 {
        self.delivered_before + self.refused_before
    }

    /// Documents with an outcome a second.
    pub fn rate(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 { self.settled() as f64 / seconds } else { 0.0 }
    }

    /// Counts an attempt, and the outcome where it is the last one.
    pub fn add_attempt(&mut self, attempt: &Attempt, then: &Then) {
        self.attempts += 1;
        if let Ok(status) = attempt.answer {
            if let Some(status) = status {
                *self.statuses.entry(status).or_insert(0) += 1;
            }
            let total = attempt.record.timings.and_then(|timings| timings.total);
            self.add_latency(total.map(|millis| (millis * 1_000.0) as u64));
        }
        if let Some(check) = &attempt.check {
            *self.verdicts.entry(check.verification.verdict).or_insert(0) += 1;
        }
        if let Then::Settled(outcome) = then {
            self.add_outcome(outcome);
        }
    }

    /// Counts an answer that came apart from its attempt, and the outcome. The attempt is not counted.
    pub fn add_answer(&mut self, status: u16, latency: Duration, outcome: &Outcome) {
        *self.statuses.entry(status).or_insert(0) += 1;
        self.add_latency(latency.as_micros().try_into().ok());
        self.add_outcome(outcome);
    }

    /// Counts an outcome that no attempt of its own led to.
    pub fn add_outcome(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Delivered { status } => {
                self.delivered += 1;
                self.unconfirmed += u64::from(status.is_none());
            }
            Outcome::Refused { .. } => self.refused += 1,
            Outcome::Failed(_) => self.failed += 1,
            Outcome::Unfinished { .. } => self.unfinished += 1,
        }
    }

    /// Counts a document that is passed over, since it had this answer in a run before.
    pub fn add_answer_of_before(&mut self, answer: Answer, expectation: Expectation) {
        let wanted = match answer {
            Answer::Status(status) => expectation.is_met_by(status),
            Answer::Sent => true,
        };
        if wanted {
            self.delivered_before += 1;
        } else {
            self.refused_before += 1;
        }
    }

    fn add_latency(&mut self, micros: Option<u64>) {
        if let (Some(latency), Some(micros)) = (&mut self.latency, micros) {
            latency.saturating_record(micros.max(1));
        }
    }

    /// How long the answers took; `None` when there was none.
    pub fn latency(&self) -> Option<Latency> {
        let latency = self.latency.as_ref().filter(|latency| !latency.is_empty())?;
        let at = |quantile| Duration::from_micros(latency.value_at_quantile(quantile));
        Some(Latency {
            min: Duration::from_micros(latency.min()),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: Duration::from_micros(latency.max()),
        })
    }

    /// How many answers took how long, in steps of 1, 2 and 5, from the first step with an answer to the last.
    pub fn bars(&self) -> Vec<Bar> {
        let Some(latency) = self.latency.as_ref().filter(|latency| !latency.is_empty()) else {
            return Vec::new();
        };
        let steps = (0..10).flat_map(|power| [1, 2, 5].map(|step| step * 10_u64.pow(power)));
        // What is kept are ranges of times; each counts as the shortest of its own.
        let mut recorded = latency
            .iter_recorded()
            .map(|range| (latency.lowest_equivalent(range.value_iterated_to()), range.count_at_value()))
            .peekable();
        let mut bars = Vec::new();
        for up_to in steps {
            let mut count = 0;
            while let Some((_, of_range)) = recorded.next_if(|(shortest, _)| *shortest <= up_to) {
                count += of_range;
            }
            if count > 0 || !bars.is_empty() {
                bars.push(Bar { up_to: Duration::from_micros(up_to), count });
            }
            if recorded.peek().is_none() {
                break;
            }
        }
        bars
    }
}

impl Default for Summary {
    fn default() -> Self {
        Summary::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Advice;
    use crate::protocol::record::{Record, Timings};

    fn answer(status: u16, millis: f64) -> Attempt {
        let timings = Some(Timings { total: Some(millis), ..Timings::default() });
        let record = Record { timings, ..Record::default() };
        Attempt { record, answer: Ok(Some(status)), dialled: None, check: None, advice: Advice::default() }
    }

    #[test]
    fn every_answer_counts_and_every_document_once() {
        let mut summary = Summary::new();
        summary.add_attempt(&answer(503, 1.0), &Then::Retry(Duration::ZERO));
        summary.add_attempt(&answer(202, 1.0), &Then::Settled(Outcome::Delivered { status: Some(202) }));
        summary.add_attempt(&answer(401, 1.0), &Then::Settled(Outcome::Refused { status: 401 }));
        summary.add_answer_of_before(Answer::Status(202), Expectation::Success);
        summary.add_answer_of_before(Answer::Status(202), Expectation::Class(4));
        assert_eq!((summary.settled(), summary.attempts, summary.skipped()), (2, 3, 2));
        assert_eq!((summary.delivered_before, summary.refused_before), (1, 1));
        assert_eq!(summary.statuses, BTreeMap::from([(202, 1), (401, 1), (503, 1)]));
    }

    #[test]
    fn times_are_told_as_quantiles_and_as_bars() {
        let mut summary = Summary::new();
        assert_eq!((summary.latency(), summary.bars()), (None, Vec::new()));
        for millis in 1..=100 {
            summary.add_attempt(&answer(202, f64::from(millis)), &Then::Retry(Duration::ZERO));
        }
        let latency = summary.latency().unwrap();
        let near = |value: Duration, millis: u128| value.as_millis().abs_diff(millis) <= 1;
        assert!(near(latency.min, 1) && near(latency.p50, 50) && near(latency.p90, 90), "{latency:?}");
        assert!(near(latency.p99, 99) && near(latency.max, 100), "{latency:?}");
        let bars = summary.bars();
        assert_eq!(bars.first(), Some(&Bar { up_to: Duration::from_millis(1), count: 1 }));
        assert_eq!(bars.last(), Some(&Bar { up_to: Duration::from_millis(100), count: 50 }));
        assert_eq!(bars.iter().map(|bar| bar.count).sum::<u64>(), 100);
    }
}
