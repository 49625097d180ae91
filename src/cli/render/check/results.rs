//! What a conformance check found, as every rendering of it takes it.

use crate::check::{Before, Change, End, Page, Report, Status, Tally};

/// What came of a case, beside how it stood in an earlier run.
#[derive(Debug)]
pub struct Judged {
    /// What came.
    pub report: Report,
    /// How it stood before, where an earlier run is compared with.
    pub before: Option<Before>,
}

impl Judged {
    /// What became of it since the earlier run, where there is one.
    pub fn change(&self) -> Option<Change> {
        self.before.map(|before| Change::since(before, self.report.status))
    }

    /// Whether its rule is broken, and was broken already.
    pub fn is_known(&self) -> bool {
        self.change() == Some(Change::Known)
    }

    /// Whether it makes the run fail.
    pub fn is_failure(&self) -> bool {
        self.report.status == Status::Fail && !self.is_known()
    }

    /// Whether its rule is broken.
    pub fn is_broken(&self) -> bool {
        matches!(self.report.status, Status::Fail | Status::Warn)
    }

    /// What is to be said of the earlier run: how it stood there, where that is another way or it was not in it.
    pub fn earlier(&self) -> Option<&'static str> {
        Some(match (self.change()?, self.before?) {
            (Change::Same, _) => return None,
            (Change::Known, _) => "known",
            (_, Before::New) => "new",
            (_, Before::Was(Status::Pass)) => "passed before",
            (_, Before::Was(Status::Fail)) => "failed before",
            (_, Before::Was(Status::Warn)) => "only warned before",
            (_, Before::Was(Status::Skip | Status::Unobservable)) => "untold before",
        })
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// It ran, and came so far.
    Ran(End),
    /// Before it began: the instance does not answer, for this reason.
    NoAnswer(String),
}

impl Ending {
    /// The ending in a word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Ending::Ran(End::Whole) => "whole",
            Ending::Ran(End::Lost) => "lost",
            Ending::Ran(End::TimeUp) => "time-up",
            Ending::Ran(End::PutOff) => "put-off",
            Ending::Ran(End::Interrupted) => "interrupted",
            Ending::NoAnswer(_) => "no-answer",
        }
    }
}

/// What is known of a page.
#[derive(Debug)]
pub struct Score {
    /// The page.
    pub page: &'static Page,
    /// How many of its cases ended how.
    pub tally: Tally,
}

impl Score {
    /// How many cases told something.
    pub fn tried(&self) -> usize {
        tried(self.tally)
    }
}

/// How many cases told something.
pub fn tried(tally: Tally) -> usize {
    tally.pass + tally.fail + tally.warn
}

/// How many cases became what since the earlier run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Changes {
    /// Broken, and not known to be.
    pub worse: usize,
    /// Broken as before.
    pub known: usize,
    /// Kept, and broken before.
    pub better: usize,
    /// Kept before, and untold now.
    pub lost: usize,
}

/// What a run found.
#[derive(Debug)]
pub struct Results {
    /// What was checked, as an address.
    pub target: String,
    /// The instance's domain.
    pub domain: String,
    /// When the run began: RFC 3339, UTC.
    pub began: Option<String>,
    /// Whose rules counted.
    pub profile: &'static str,
    /// The name of the file with the earlier run, where one is compared with.
    pub baseline: Option<String>,
    /// How many cases were meant.
    pub meant: usize,
    /// What came of those that were taken.
    pub judged: Vec<Judged>,
    /// How it ended.
    pub ending: Ending,
}

impl Results {
    /// How many cases ended how.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.judged.iter().for_each(|it| tally.add(it.report.status));
        tally
    }

    /// The score of each page, in the order in which the pages came.
    pub fn scores(&self) -> Vec<Score> {
        let mut scores: Vec<Score> = Vec::new();
        for report in self.judged.iter().map(|it| &it.report) {
            let page = report.case.page;
            let at = scores.iter().position(|score| score.page.name == page.name).unwrap_or(scores.len());
            if at == scores.len() {
                scores.push(Score { page, tally: Tally::default() });
            }
            scores[at].tally.add(report.status);
        }
        scores
    }

    /// The cases of a page.
    pub fn of_page(&self, page: &Page) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(move |it| it.report.case.page.name == page.name)
    }

    /// How many cases make the run fail.
    pub fn failures(&self) -> usize {
        self.judged.iter().filter(|it| it.is_failure()).count()
    }

    /// What became of the cases since the earlier run, where there is one.
    pub fn changes(&self) -> Option<Changes> {
        self.baseline.as_ref()?;
        let count = |change| self.judged.iter().filter(|it| it.change() == Some(change)).count();
        Some(Changes {
            worse: count(Change::Worse),
            known: count(Change::Known),
            better: count(Change::Better),
            lost: count(Change::Lost),
        })
    }

    /// Why the results are not whole, where they are not.
    pub fn incomplete(&self) -> Option<String> {
        Some(match &self.ending {
            Ending::Ran(End::Whole) => return None,
            Ending::Ran(End::Lost) => "the instance stopped answering".to_owned(),
            Ending::Ran(End::TimeUp) => "the time of the run was up".to_owned(),
            Ending::Ran(End::PutOff) => "the instance asks for pauses that are too long".to_owned(),
            Ending::Ran(End::Interrupted) => {
                format!("interrupted after {} of {} cases", self.judged.len(), self.meant)
            }
            Ending::NoAnswer(why) => format!("the instance does not answer: {why}"),
        })
    }

    /// Why nothing can be said about cases: each reason, and how many it is about; the commonest come first.
    pub fn reasons(&self, status: Status) -> Vec<(&str, usize)> {
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for report in self.judged.iter().map(|it| &it.report).filter(|it| it.status == status) {
            let reason = report.reason.as_deref().unwrap_or_default();
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        reasons
    }
}

/// The figures in words, without those that are zero.
pub fn counted(tally: Tally) -> String {
    let warnings = if tally.warn == 1 { "warning" } else { "warnings" };
    let parts = [
        (tally.pass, "passed"),
        (tally.fail, "failed"),
        (tally.warn, warnings),
        (tally.skip, "skipped"),
        (tally.unobservable, "unobservable"),
    ];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if parts.is_empty() { "nothing was tried".to_owned() } else { parts.join(" · ") }
}

/// What became of the cases since the earlier run, in words.
pub fn compared(changes: Changes) -> String {
    let Changes { worse, known, better, lost } = changes;
    let lost =
        if lost > 0 { format!(" · {lost} passed before and cannot be told now") } else { String::new() };
    format!("{worse} worse · {known} known · {better} better{lost}")
}
