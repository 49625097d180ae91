//! What comes of a document: one attempt, and the outcome in the end. Knows nothing of how it travelled.

use std::str::FromStr;
use std::time::Duration;

use super::pace::Pause;
use crate::client::StageTimings;
use crate::finding::Code;
use crate::protocol::Advice;
use crate::protocol::record::{Record, RecordError};
use crate::protocol::versia::Checked;

/// What a document's attempts ended in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The answer that was wanted; without a status on a road where no answer comes.
    Delivered {
        /// The status.
        status: Option<u16>,
    },
    /// Another answer.
    Refused {
        /// The status.
        status: u16,
    },
    /// No answer.
    Failed(Failure),
    /// A retry that was due was not made.
    Unfinished {
        /// The status of the last answer, where there was one.
        status: Option<u16>,
        /// Why not.
        why: Unfinished,
    },
}

/// Why a retry was not made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfinished {
    /// The run was stopped.
    Stopped,
    /// The server asked for a pause that is too long.
    PauseTooLong(Pause),
}

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The connection: another attempt may fare better.
    Connection,
    /// What came is no answer, or the other side cannot be trusted: another attempt would fail in the same way.
    Lasting,
    /// Nothing can be sent like this, no document of the run.
    Unsendable,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What kind it is.
    pub kind: FailureKind,
    /// The entry of the list of codes, where there is one.
    pub code: Option<&'static Code>,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&Failure> for RecordError {
    fn from(failure: &Failure) -> Self {
        RecordError { code: failure.code.map(|code| code.id.to_owned()), message: failure.message.clone() }
    }
}

/// One attempt to deliver a document.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What passed on the wire, as far as it got.
    pub record: Record,
    /// The status of the answer, none where no answer comes; or why there is no answer.
    pub answer: Result<Option<u16>, Failure>,
    /// How long making the connection took; `None` when it had been made before, or was not made.
    pub dialled: Option<StageTimings>,
    /// What was found out about the answer's signature.
    pub check: Option<Checked>,
    /// When to come again, as the answer has it.
    pub advice: Advice,
}

/// Which statuses are the answer that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectation {
    /// 2xx.
    #[default]
    Success,
    /// This one.
    Status(u16),
    /// Every status of this hundred.
    Class(u16),
}

impl Expectation {
    /// Whether a status is the answer that is wanted.
    pub fn is_met_by(self, status: u16) -> bool {
        match self {
            Expectation::Success => status / 100 == 2,
            Expectation::Status(wanted) => status == wanted,
            Expectation::Class(hundred) => status / 100 == hundred,
        }
    }

    /// The outcome that an attempt makes, when it is the last one.
    pub fn outcome(self, attempt: &Attempt) -> Outcome {
        match &attempt.answer {
            Ok(None) => Outcome::Delivered { status: None },
            Ok(Some(status)) => self.judge(*status),
            Err(failure) => Outcome::Failed(failure.clone()),
        }
    }

    /// The outcome of an answer.
    pub fn judge(self, status: u16) -> Outcome {
        if self.is_met_by(status) {
            Outcome::Delivered { status: Some(status) }
        } else {
            Outcome::Refused { status }
        }
    }
}

impl FromStr for Expectation {
    type Err = &'static str;

    /// Reads `202` or `4xx`.
    fn from_str(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "a status is a number from 100 to 599, or a class such as 4xx";
        let hundred = text.strip_suffix("xx").or_else(|| text.strip_suffix("XX"));
        let number: u16 = hundred.unwrap_or(text).parse().map_err(|_| FORM)?;
        match hundred {
            Some(_) if number == 2 => Ok(Expectation::Success),
            Some(_) if (1..=5).contains(&number) => Ok(Expectation::Class(number)),
            None if (100..=599).contains(&number) => Ok(Expectation::Status(number)),
            _ => Err(FORM),
        }
    }
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Expectation::Success => f.write_str("2xx"),
            Expectation::Status(status) => status.fmt(f),
            Expectation::Class(hundred) => write!(f, "{hundred}xx"),
        }
    }
}

/// What happens after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Nothing: this is the outcome.
    Settled(Outcome),
    /// Another attempt, after this time.
    Retry(Duration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_or_a_class_is_expected() {
        for (text, met, unmet) in [("202", 202, 200), ("2xx", 202, 301), ("4xx", 401, 500), ("5XX", 503, 429)]
        {
            let expectation: Expectation = text.parse().unwrap();
            assert!(expectation.is_met_by(met) && !expectation.is_met_by(unmet), "{text}");
            assert_eq!(expectation.to_string(), text.to_lowercase());
        }
        for text in ["", "xx", "99", "600", "0xx", "6xx", "4x", "abc", "-1xx"] {
            assert!(text.parse::<Expectation>().is_err(), "{text}");
        }
        assert!(Expectation::default().is_met_by(204) && !Expectation::default().is_met_by(302));
    }
}
