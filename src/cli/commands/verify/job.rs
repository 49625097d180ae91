//! Verifying what was read: one record after the other, or lines on all cores.

use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::ValueEnum;

use super::intake;
use super::keys::KnownKeys;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::render::verification::{Reference, Style, render};
use crate::lines::{Worked, process};
use crate::protocol::record::Record;
use crate::protocol::versia::{Checked, NothingToVerify, verify_record};
use crate::signing::{Kind, Verdict, Window};

/// Which message of an exchange is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    Request,
    Response,
}

/// The moment to verify as of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AsOf {
    /// Each record's own time, else now.
    Own,
    Moment(i64),
    Ignore,
}

/// Everything that a worker needs.
pub(super) struct Job {
    pub(super) keys: KnownKeys,
    pub(super) as_of: AsOf,
    pub(super) now: i64,
    pub(super) max_skew: u64,
    pub(super) only: Option<Part>,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) style: Style,
}

/// What came of a part of the input.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) verdicts: Vec<Verdict>,
    pub(super) bad: Vec<(String, String)>,
    pub(super) incomplete: bool,
    pub(super) response_alone: bool,
}

impl Job {
    fn reference(&self, record: &Record) -> Reference {
        let moment = match self.as_of {
            AsOf::Ignore => return Reference::None,
            AsOf::Moment(moment) => moment,
            AsOf::Own => record.at_seconds().unwrap_or(self.now),
        };
        if moment == self.now { Reference::Now(moment) } else { Reference::Moment(moment) }
    }

    fn window(&self, reference: Reference) -> Window {
        match reference {
            Reference::None => Window::Ignore,
            Reference::Now(as_of) | Reference::Moment(as_of) => {
                Window::Around { as_of, max_skew: self.max_skew }
            }
        }
    }

    /// Verifies one record and renders what was found.
    fn verify(&self, mut record: Record, place: &str, output: &mut Vec<u8>) -> Outcome {
        intake::override_request(&mut record, self.method.as_deref(), self.path.as_deref());
        let mut outcome = Outcome::default();
        let reference = self.reference(&record);
        match verify_record(&record, &self.keys, self.window(reference)) {
            Err(why) => {
                outcome.response_alone |= why == NothingToVerify::UnknownRequest;
                outcome.bad.push((prefix(place), why.to_string()));
            }
            Ok(checked) => {
                for one in checked.iter().filter(|one| self.wants(one)) {
                    render(one, place, reference, &self.style, output);
                    outcome.verdicts.push(one.verification.verdict);
                    outcome.incomplete |= one.incomplete;
                }
                if outcome.verdicts.is_empty() {
                    outcome.bad.push((prefix(place), "the part that --only names is not there".to_owned()));
                }
            }
        }
        outcome
    }

    fn wants(&self, checked: &Checked) -> bool {
        match self.only {
            None => true,
            Some(Part::Request) => checked.kind != Kind::Response,
            Some(Part::Response) => checked.kind == Kind::Response,
        }
    }
}

fn prefix(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!("{place}: ") }
}

impl Outcome {
    fn add(&mut self, other: Outcome) {
        self.verdicts.extend(other.verdicts);
        self.bad.extend(other.bad);
        self.incomplete |= other.incomplete;
        self.response_alone |= other.response_alone;
    }
}

pub(super) fn verify_records(
    context: &mut Context,
    job: &Job,
    records: Vec<(String, Record)>,
) -> Result<Outcome, CliError> {
    let mut all = Outcome::default();
    for (place, record) in records {
        let mut output = Vec::new();
        all.add(job.verify(record, &place, &mut output));
        context.ui.write(&output)?;
    }
    Ok(all)
}

pub(super) fn verify_lines(context: &mut Context, mut job: Job, bytes: Vec<u8>) -> Result<Outcome, CliError> {
    let lines = memchr::memchr_iter(b'\n', bytes.trim_ascii()).count() + 1;
    job.style.details |= lines == 1;
    let job = Arc::new(job);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let mut all = Outcome::default();
    let work = move |block: &crate::lines::Block| {
        let mut worked = Worked { output: Vec::new(), summary: Outcome::default() };
        for (number, line) in block.lines().filter(|(_, line)| !line.trim_ascii().is_empty()) {
            let place = if lines == 1 { String::new() } else { format!("line {number}") };
            worked.summary.add(match intake::read_line(line) {
                Ok(record) => job.verify(record, &place, &mut worked.output),
                Err(why) => Outcome { bad: vec![(format!("line {number}: "), why)], ..Outcome::default() },
            });
        }
        worked
    };
    process(Cursor::new(bytes), &mut context.ui, threads, work, |outcome| all.add(outcome))
        .map_err(|error| CliError::lines("the input", error))?;
    Ok(all)
}

/// How the program ends: the worst of all.
pub(super) fn exit(outcome: &Outcome) -> Exit {
    let worst = outcome.verdicts.iter().map(|verdict| match verdict {
        Verdict::Valid | Verdict::NotChecked => Exit::Yes,
        Verdict::Stale | Verdict::Missing | Verdict::Invalid => Exit::No,
        Verdict::KeyUnavailable => Exit::Network,
    });
    let unreadable = if outcome.bad.is_empty() && !outcome.incomplete { Exit::Yes } else { Exit::Usage };
    worst.fold(unreadable, Exit::worse)
}
