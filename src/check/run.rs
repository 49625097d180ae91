//! One case after the other, and what came of each.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::case::{Case, Level, Need, Outcome, Status};
use super::cases::all;
use super::observer::Observer;
use super::probe::Probe;
use super::scout::{Known, scout};
use super::select::Selection;
use crate::client::{HttpError, NetworkOptions, Origin};
use crate::entity::Profile;
use crate::finding::Finding;
use crate::protocol::Ambient;
use crate::protocol::record::Record;
use crate::signing::Signer;

/// After so many requests without an answer nothing more is tried.
const LOST: usize = 3;

/// What is checked, and how.
pub struct Plan<'a> {
    /// Where the instance is.
    pub origin: Origin,
    /// The name of a user there, where one is known.
    pub user: Option<&'a str>,
    /// Who signs.
    pub signer: &'a Signer,
    /// The id of the user of this side, in whose name is written.
    pub own_user: &'a str,
    /// Sees what the instance asks of this side.
    pub observer: &'a dyn Observer,
    /// The network.
    pub options: NetworkOptions,
    /// The time between the beginnings of two requests.
    pub interval: Duration,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// Whether anything may be sent.
    pub may_write: bool,
    /// By whose rules an answer is judged.
    pub profile: Profile,
    /// Which cases are meant.
    pub selection: Selection,
}

/// What came of a case.
#[derive(Debug)]
pub struct Report {
    /// The case.
    pub case: &'static Case,
    /// How it ended.
    pub status: Status,
    /// What the rule wants, where it is broken.
    pub expected: Option<String>,
    /// What came instead. May quote the peer: escape it before a terminal.
    pub got: Option<String>,
    /// Why nothing can be said.
    pub reason: Option<String>,
    /// What is known about it.
    pub findings: Vec<Finding>,
    /// What passed.
    pub exchanges: Vec<Record>,
    /// How long it took.
    pub took: Duration,
}

/// How many cases ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// How many rules are kept.
    pub pass: usize,
    /// How many MUSTs are broken.
    pub fail: usize,
    /// How many SHOULDs and MAYs are not followed.
    pub warn: usize,
    /// How many were not tried.
    pub skip: usize,
    /// How many could not be told.
    pub unobservable: usize,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        let count = match status {
            Status::Pass => &mut self.pass,
            Status::Fail => &mut self.fail,
            Status::Warn => &mut self.warn,
            Status::Skip => &mut self.skip,
            Status::Unobservable => &mut self.unobservable,
        };
        *count += 1;
    }
}

/// What came of all.
#[derive(Debug)]
pub struct Summary {
    /// What was found out about the instance.
    pub known: Known,
    /// How many cases ended how.
    pub tally: Tally,
}

/// Something to be told while the cases run.
#[derive(Debug)]
pub enum Progress<'a> {
    /// The instance answers, and this is known of it.
    Found(&'a Known),
    /// A case begins: the case, and which one of how many it is.
    Begins(&'static Case, usize, usize),
    /// A case ended.
    Ended(Report),
}

/// Why there is no summary.
#[derive(Debug)]
pub enum RunError<E> {
    /// The instance does not answer.
    NoAnswer(HttpError),
    /// It could not be told.
    Untold(E),
}

/// Runs the cases that are meant.
///
/// # Errors
/// When the instance does not answer at all, or `tell` fails.
pub fn run<E>(
    plan: &Plan<'_>,
    tell: &mut dyn FnMut(Progress<'_>) -> Result<(), E>,
) -> Result<Summary, RunError<E>> {
    let mut probe = Probe::new(plan);
    probe.known = scout(&probe, plan.user).map_err(RunError::NoAnswer)?;
    drop(probe.take_log());
    tell(Progress::Found(&probe.known)).map_err(RunError::Untold)?;
    let meant: Vec<_> = all().filter(|case| plan.selection.is_for(case)).collect();
    let (mut tally, mut lost) = (Tally::default(), 0);
    for (at, case) in meant.iter().enumerate() {
        tell(Progress::Begins(case, at + 1, meant.len())).map_err(RunError::Untold)?;
        let start = Instant::now();
        let outcome = match missing(&probe, case, lost) {
            Some(why) => Outcome::Skipped(why),
            None => match (case.run)(&probe) {
                Ok(outcome) => {
                    lost = 0;
                    outcome
                }
                Err(HttpError::Unsendable(why)) => {
                    Outcome::Skipped(format!("the request cannot be sent: {why}"))
                }
                Err(error) => {
                    lost += 1;
                    Outcome::broken("an answer", format!("no answer: {}", error.in_full()))
                }
            },
        };
        let report = report(case, outcome, probe.take_log(), start.elapsed());
        tally.add(report.status);
        tell(Progress::Ended(report)).map_err(RunError::Untold)?;
    }
    Ok(Summary { known: probe.known, tally })
}

/// Why a case cannot be tried.
fn missing(probe: &Probe<'_>, case: &Case, lost: usize) -> Option<String> {
    if lost >= LOST {
        return Some(format!("{LOST} cases before it got no answer"));
    }
    if probe.pace.is_over() {
        return Some("the instance asks for a pause of more than a minute".to_owned());
    }
    case.needs.iter().find_map(|need| missing_need(probe, *need))
}

fn missing_need(probe: &Probe<'_>, need: Need) -> Option<String> {
    let known = &probe.known;
    let (is_there, why) = match need {
        Need::WebSocket => return probe.no_session(),
        Need::User => (known.user.is_some(), "no user of the instance is known; --user NAME names one"),
        Need::Note => {
            (known.note.is_some(), "no note of the instance is known; a user who wrote one is wanted")
        }
        Need::Write => (probe.may_write, "nothing is sent to other machines without --write"),
        Need::Tls => (probe.origin.tls, "the instance is reached without TLS"),
        Need::Signed => (
            known.accepts_signed,
            "a rightly signed GET is refused as well, so that this would prove nothing",
        ),
        Need::Inbox if !probe.may_write => (false, "nothing is sent to other machines without --write"),
        Need::Inbox => (
            probe.accepts_deliveries(),
            "a right delivery is refused as well, so that this would prove nothing",
        ),
    };
    (!is_there).then(|| why.to_owned())
}

fn report(case: &'static Case, outcome: Outcome, exchanges: Vec<Record>, took: Duration) -> Report {
    let mut report = Report {
        case,
        status: Status::Pass,
        expected: None,
        got: None,
        reason: None,
        findings: Vec::new(),
        exchanges,
        took,
    };
    match outcome {
        Outcome::Kept => {}
        Outcome::Broken { expected, got, findings } => {
            report.status = if case.level == Level::Must { Status::Fail } else { Status::Warn };
            report.expected = Some(expected);
            report.got = Some(got);
            report.findings = findings;
        }
        Outcome::Skipped(why) => {
            report.status = Status::Skip;
            report.reason = Some(why);
        }
        Outcome::Unobservable(why) => {
            report.status = Status::Unobservable;
            report.reason = Some(why);
        }
    }
    report
}
