//! Verifying what was read: one record after the other, or lines on all cores.

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum;

use super::bulk::Bulk;
use super::intake;
use crate::cli::Context;
use crate::cli::complaints::Complaints;
use crate::cli::error::{CliError, Exit};
use crate::cli::known_keys::KnownKeys;
use crate::cli::progress::Progress;
use crate::cli::render::verification::{Reference, Style, exit_of, render};
use crate::lines::{Block, process_groups};
use crate::protocol::record::Record;
use crate::protocol::versia::{Allowance, Checked, NothingToVerify, Rules, explain, verify_record_as};
use crate::signing::{Budget, Kind, Profile, Verdict, Window};

/// How many blocks of 64 KiB are worked on together at most: in all, they have enough signatures for a good batch, and
/// not more than a few MiB for each core.
const BLOCKS_TOGETHER: NonZeroUsize = NonZeroUsize::new(24).expect("24 is not zero");

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

/// How it is searched for why a signature does not verify.
pub(super) enum Explaining {
    No,
    /// Each message may take so long.
    Each(Duration),
    /// All of them may take so long.
    Together(Allowance),
}

impl Explaining {
    fn explain(&self, checked: &mut Checked, record: &Record, keys: &KnownKeys) {
        match self {
            Explaining::No => {}
            Explaining::Each(limit) => explain(checked, record, keys, &Budget::within(*limit)),
            Explaining::Together(allowance) => allowance.explain(checked, record, keys),
        }
    }

    fn without(&self) -> u64 {
        match self {
            Explaining::Together(allowance) => allowance.without(),
            Explaining::No | Explaining::Each(_) => 0,
        }
    }
}

/// Everything that a worker needs.
pub(super) struct Job {
    pub(super) keys: Arc<KnownKeys>,
    pub(super) as_of: AsOf,
    pub(super) now: i64,
    pub(super) max_skew: u64,
    pub(super) only: Option<Part>,
    pub(super) method: Option<String>,
    pub(super) path: Option<String>,
    pub(super) profile: Profile,
    pub(super) explain: Explaining,
    pub(super) style: Style,
    /// There is one message only, which needs no name for its place.
    pub(super) single: bool,
}

/// What came of a part of the input.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) verdicts: BTreeMap<Verdict, u64>,
    /// How often each code was found.
    pub(super) codes: BTreeMap<&'static str, u64>,
    pub(super) bad: Complaints,
    pub(super) incomplete: bool,
    pub(super) response_alone: bool,
    /// How many do not match and were not looked into.
    pub(super) unexplained: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, later: Outcome) {
        for (verdict, count) in later.verdicts {
            *self.verdicts.entry(verdict).or_insert(0) += count;
        }
        for (code, count) in later.codes {
            *self.codes.entry(code).or_insert(0) += count;
        }
        self.bad.append(later.bad);
        self.incomplete |= later.incomplete;
        self.response_alone |= later.response_alone;
    }

    /// How many messages there were, readable or not.
    pub(super) fn count(&self) -> u64 {
        self.verdicts.values().sum::<u64>() + self.bad.count()
    }

    pub(super) fn has(&self, verdict: Verdict) -> bool {
        self.verdicts.contains_key(&verdict)
    }
}

impl Job {
    fn reference(&self, record: &Record) -> Result<Reference, String> {
        let moment = match self.as_of {
            AsOf::Ignore => return Ok(Reference::None),
            AsOf::Moment(moment) => moment,
            AsOf::Own => {
                let own = record.at_seconds();
                own.map_err(|text| format!("its time {text:?} is not an RFC 3339 time"))?.unwrap_or(self.now)
            }
        };
        Ok(if moment == self.now { Reference::Now(moment) } else { Reference::Moment(moment) })
    }

    fn window(&self, reference: Reference) -> Window {
        match reference {
            _ if self.profile == Profile::VersiaServer09 => Window::Ignore,
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
        let reference = match self.reference(&record) {
            Ok(reference) => reference,
            Err(why) => {
                outcome.bad.add(place, &why);
                return outcome;
            }
        };
        let rules = Rules { window: self.window(reference), profile: self.profile };
        match verify_record_as(&record, &*self.keys, rules) {
            Err(why) => {
                outcome.response_alone |= why == NothingToVerify::UnknownRequest;
                outcome.bad.add(place, &why.to_string());
            }
            Ok(mut checked) => {
                for one in checked.iter_mut().filter(|one| self.wants(one)) {
                    self.explain.explain(one, &record, &self.keys);
                    render(one, place, reference, &self.style, output);
                    *outcome.verdicts.entry(one.verification.verdict).or_insert(0) += 1;
                    for code in one.codes() {
                        *outcome.codes.entry(code).or_insert(0) += 1;
                    }
                    outcome.incomplete |= one.incomplete;
                }
                if outcome.verdicts.is_empty() {
                    outcome.bad.add(place, "the part that --only names is not there");
                }
            }
        }
        outcome
    }

    /// Reads one line of JSON, verifies it, and renders what was found.
    pub(super) fn verify_line(&self, number: u64, line: &[u8], output: &mut Vec<u8>) -> Outcome {
        let place = format!("line {number}");
        match intake::read_line(line) {
            Ok(record) => self.verify(record, if self.single { "" } else { &place }, output),
            Err(why) => {
                let mut outcome = Outcome::default();
                outcome.bad.add(&place, &why);
                outcome
            }
        }
    }

    fn wants(&self, checked: &Checked) -> bool {
        match self.only {
            None => true,
            Some(Part::Request) => checked.kind != Kind::Response,
            Some(Part::Response) => checked.kind == Kind::Response,
        }
    }
}

/// Verifies records one after the other; each has a name for its place, where there are many.
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

/// Verifies lines of JSON on all cores, in order. `single` when it is known that there is one only.
pub(super) fn verify_lines(
    context: &mut Context,
    mut job: Job,
    lines: Box<dyn Read + Send>,
    single: bool,
    name: &str,
) -> Result<Outcome, CliError> {
    (job.single, job.style.details) = (single, job.style.details || single);
    let job = Arc::new(job);
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let worker = || {
        let mut bulk = Bulk::new(Arc::clone(&job));
        move |blocks: &[Block]| bulk.work(blocks)
    };
    let mut all = Outcome::default();
    let mut progress = Progress::beside_results(&context.ui);
    let fold = |outcome| {
        all.add(outcome);
        progress.show(all.count(), all.bad.count());
    };
    let result = process_groups(lines, &mut context.ui, threads, BLOCKS_TOGETHER, worker, fold);
    progress.end();
    if result.is_err() {
        // What was found before is told before what ended it.
        all.bad.tell(&mut context.ui);
    }
    all.unexplained = job.explain.without();
    result.map_err(|error| CliError::lines(name, error)).map(|()| all)
}

/// How the program ends: the worst of all.
pub(super) fn exit(outcome: &Outcome) -> Exit {
    let worst = outcome.verdicts.keys().map(|verdict| exit_of(*verdict));
    let unreadable = if outcome.bad.count() == 0 && !outcome.incomplete { Exit::Yes } else { Exit::Usage };
    worst.fold(unreadable, Exit::worse)
}
