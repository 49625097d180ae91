//! An earlier run, and what got worse or better since.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::case::Status;

/// How a case stood in the earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    /// It was not in it.
    New,
    /// It ended so.
    #[serde(untagged)]
    Was(Status),
}

/// What became of a case since the earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// Its rule is broken, and was not known to be, or not so badly.
    Worse,
    /// Its rule is broken, and was broken already.
    Known,
    /// Its rule is kept, and was broken.
    Better,
    /// Its rule was kept, and nothing can be said now.
    Lost,
    /// Nothing of this.
    Same,
}

impl Change {
    /// What became of what stood `before`.
    pub fn since(before: Before, now: Status) -> Self {
        use Status::{Fail, Pass, Skip, Unobservable, Warn};
        match (before, now) {
            (Before::Was(Fail), Fail) | (Before::Was(Warn), Warn) => Change::Known,
            (Before::Was(Fail), Warn | Pass) | (Before::Was(Warn), Pass) => Change::Better,
            (_, Fail | Warn) => Change::Worse,
            (Before::Was(Pass), Skip | Unobservable) => Change::Lost,
            _ => Change::Same,
        }
    }
}

/// An earlier run, as `check --json` printed it.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The domain that was checked; none, where the run did not come to its end.
    pub domain: Option<String>,
    verdicts: HashMap<String, Status>,
}

/// Why a text is no earlier run.
#[derive(Debug, PartialEq, Eq)]
pub struct BaselineError {
    /// The line, from 1; none, where it is about all of them.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

/// What counts of a line of an earlier run: of a case, or of all.
#[derive(Deserialize)]
struct Line {
    id: Option<String>,
    verdict: Option<Status>,
    domain: Option<String>,
}

impl Baseline {
    /// Reads what `check --json` printed.
    ///
    /// # Errors
    /// When a line is something else, a case is there twice, or there is none.
    pub fn read(text: &str) -> Result<Self, BaselineError> {
        let mut baseline = Baseline::default();
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        for (at, line) in lines {
            let wrong = |why: String| BaselineError { line: Some(at + 1), why };
            let foreign = || wrong("it is not a line that `check --json` printed".to_owned());
            let line: Line = serde_json::from_str(line).map_err(|error| match error.is_data() {
                true => foreign(),
                false => wrong(format!("it is not JSON: {error}")),
            })?;
            match line {
                Line { id: Some(id), verdict: Some(verdict), domain: None } => {
                    if baseline.verdicts.insert(id.clone(), verdict).is_some() {
                        return Err(wrong(format!("the case {id:?} is there twice")));
                    }
                }
                Line { id: None, verdict: None, domain: Some(domain) } => baseline.domain = Some(domain),
                _ => return Err(foreign()),
            }
        }
        if baseline.verdicts.is_empty() {
            return Err(BaselineError { line: None, why: "it has no case".to_owned() });
        }
        Ok(baseline)
    }

    /// How a case stood.
    pub fn before(&self, id: &str) -> Before {
        self.verdicts.get(id).copied().map_or(Before::New, Before::Was)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_run_is_read_and_what_is_none_is_named_by_its_line() {
        let text = "{\"id\":\"a/b\",\"verdict\":\"fail\",\"exchanges\":[]}\n\n{\"domain\":\"b.example\",\"tally\":{}}\n";
        let baseline = Baseline::read(text).unwrap();
        assert_eq!(baseline.domain.as_deref(), Some("b.example"));
        assert_eq!(baseline.before("a/b"), Before::Was(Status::Fail));
        assert_eq!(baseline.before("a/c"), Before::New);
        let case = "{\"id\":\"a/b\",\"verdict\":\"pass\"}\n";
        for (text, line) in [
            ("", None),
            ("{\"domain\":\"b.example\",\"tally\":{}}", None),
            ("<testsuites>", Some(1)),
            (&format!("{case}{{\"id\":\"a/c\",\"verdict\":\"ok\"}}"), Some(2)),
            (&format!("{case}\n{case}"), Some(3)),
            ("[1]", Some(1)),
        ] {
            assert_eq!(Baseline::read(text).map_err(|error| error.line).unwrap_err(), line, "{text}");
        }
    }

    #[test]
    fn what_got_worse_is_told_from_what_was_known() {
        use Status::{Fail, Pass, Skip, Unobservable, Warn};
        for (before, now, change) in [
            (Before::Was(Pass), Fail, Change::Worse),
            (Before::Was(Warn), Fail, Change::Worse),
            (Before::Was(Skip), Fail, Change::Worse),
            (Before::Was(Unobservable), Warn, Change::Worse),
            (Before::New, Fail, Change::Worse),
            (Before::New, Pass, Change::Same),
            (Before::Was(Fail), Fail, Change::Known),
            (Before::Was(Warn), Warn, Change::Known),
            (Before::Was(Fail), Warn, Change::Better),
            (Before::Was(Fail), Pass, Change::Better),
            (Before::Was(Warn), Pass, Change::Better),
            (Before::Was(Pass), Skip, Change::Lost),
            (Before::Was(Pass), Pass, Change::Same),
            (Before::Was(Fail), Skip, Change::Same),
        ] {
            assert_eq!(Change::since(before, now), change, "{before:?} {now:?}");
        }
    }

    #[test]
    fn a_standing_is_one_word_of_json() {
        assert_eq!(serde_json::to_string(&Before::Was(Status::Pass)).unwrap(), "\"pass\"");
        assert_eq!(serde_json::to_string(&Before::New).unwrap(), "\"new\"");
    }
}
