//! One case after the other, and what came of each.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::case::{Case, Level, Need, Outcome, Status};
use super::cases::all;
use super::observer::Observer;
use super::pace::Over;
use super::probe::{Acceptance, Probe};
use super::profile::excuse;
use super::scout::{Known, scout};
use super::select::Selection;
use crate::client::{HttpError, NetworkOptions, Origin};
use crate::entity::Profile;
use crate::finding::Finding;
use crate::protocol::Ambient;
use crate::protocol::record::Record;
use crate::signing::Signer;

/// After so many cases in a row without any answer it is asked whether the instance is still there.
const LOST: usize = 3;

/// What is checked, and how.
pub struct Plan {
    /// Where the instance is.
    pub origin: Origin,
    /// The name of a user there, where one is known.
    pub user: Option<String>,
    /// Who signs.
    pub signer: Signer,
    /// The id of the user of this side, in whose name is written.
    pub own_user: String,
    /// Sees what the instance asks of this side.
    pub observer: Arc<dyn Observer>,
    /// The network.
    pub options: NetworkOptions,
    /// The time between the beginnings of two requests.
    pub interval: Duration,
    /// The time for the whole run, after which nothing more is asked; zero is no bound.
    pub max_time: Duration,
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

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// Every case that is meant had its turn.
    Whole,
    /// The instance stopped answering, and the rest was not tried.
    Lost,
    /// The time was up, and the rest was not tried.
    TimeUp,
    /// The instance asked for pauses that are too long or do not end, and the rest was not tried.
    PutOff,
    /// The user ended it.
    Interrupted,
}

/// Something to be told while the cases run.
#[derive(Debug)]
pub enum Progress {
    /// The instance answers, and this is known of it.
    Found(Box<Known>),
    /// Nothing is asked for so long, as the instance wishes.
    Pauses(Duration),
    /// A case begins: the case, and which one of how many it is.
    Begins(&'static Case, usize, usize),
    /// A case ended.
    Ended(Report),
}

/// Why a run did not begin, or was not told to its end.
#[derive(Debug)]
pub enum RunError<E> {
    /// The instance does not answer.
    NoAnswer(HttpError),
    /// It could not be told.
    Untold(E),
}

/// Runs the cases that are meant, and says how far it came. It ends in the time that the plan has for it, whatever the instance does.
///
/// # Errors
/// When the instance does not answer at all, or `tell` fails.
pub fn run<E>(plan: &Plan, tell: &mut dyn FnMut(Progress) -> Result<(), E>) -> Result<End, RunError<E>> {
    let tell = RefCell::new(tell);
    let tell = |progress| (tell.borrow_mut())(progress).map_err(RunError::Untold);
    // Who cannot be told of a pause cannot be told of the case either, and that ends the run.
    let pausing = |pause| drop(tell(Progress::Pauses(pause)));
    let mut probe = Probe::new(plan, &pausing);
    probe.known = match scout(&probe, plan.user.as_deref()) {
        // The instance answers, but with pauses that nothing comes after: the cases say so.
        Err(_) if probe.pace.over().is_some() && probe.answers() > 0 => Known::unknown(&plan.origin),
        found => found.map_err(RunError::NoAnswer)?,
    };
    drop((probe.take_log(), probe.pace.take_put_off()));
    tell(Progress::Found(Box::new(probe.known.clone())))?;
    let meant: Vec<_> = all().filter(|case| plan.selection.is_for(case)).collect();
    let mut presence = Presence::default();
    for (at, case) in meant.iter().enumerate() {
        tell(Progress::Begins(case, at + 1, meant.len()))?;
        let start = Instant::now();
        let outcome = tried(&probe, case, &mut presence);
        let exchanges = probe.take_log();
        let outcome = by_profile(plan.profile, case, outcome, &exchanges);
        let report = report(case, outcome, exchanges, start.elapsed());
        tell(Progress::Ended(report))?;
    }
    Ok(match probe.pace.over() {
        Some((Over::Time, _)) => End::TimeUp,
        Some((Over::Pauses, _)) => End::PutOff,
        None if presence.is_lost => End::Lost,
        None => End::Whole,
    })
}

/// What a rule that is broken comes to where the profile is that of an implementation which is known to do otherwise.
fn by_profile(profile: Profile, case: &Case, outcome: Outcome, exchanges: &[Record]) -> Outcome {
    let answer = exchanges.last().and_then(|record| record.response.as_ref());
    match &outcome {
        Outcome::Broken { .. } => {
            let excuse = excuse(profile, case.id, answer.map(|response| response.status));
            excuse.map_or(outcome, Outcome::Skipped)
        }
        _ => outcome,
    }
}

/// Whether the instance still answers.
#[derive(Debug, Default)]
struct Presence {
    /// How many cases in a row ended without any answer.
    unanswered: usize,
    is_lost: bool,
}

/// Tries a case, and takes note of whether anything was answered.
fn tried(probe: &Probe<'_>, case: &Case, presence: &mut Presence) -> Outcome {
    if presence.is_lost {
        return Outcome::Skipped(format!(
            "the instance no longer answers: {LOST} cases before it got no answer"
        ));
    }
    if let Some((_, why)) = probe.pace.over() {
        return Outcome::Skipped(why);
    }
    if let Some(why) = case.needs.iter().find_map(|need| missing_need(probe, *need)) {
        let cut_short = probe.pace.over().map(|(_, why)| why);
        return Outcome::Skipped(cut_short.unwrap_or_else(|| why.to_owned()));
    }
    let answers = probe.answers();
    let ended = (case.run)(probe);
    if ended.is_err() {
        probe.pace.note_time();
    }
    let put_off = probe.pace.take_put_off();
    // What was cut short says nothing about the rule.
    match probe.pace.over() {
        Some((over, why)) if over == Over::Time || put_off.is_some() || ended.is_err() => {
            return Outcome::Skipped(why);
        }
        _ => {}
    }
    if let Some(why) = put_off {
        return Outcome::Skipped(why);
    }
    match ended {
        Ok(outcome) => {
            // Some cases are right without an answer: they say nothing about whether anybody is there.
            if probe.answers() > answers {
                presence.unanswered = 0;
            }
            outcome
        }
        Err(HttpError::Unsendable(why)) => Outcome::Skipped(format!("the request cannot be sent: {why}")),
        Err(error) => {
            let outcome = Outcome::broken("an answer", format!("no answer: {}", error.in_full()));
            presence.note_silence(probe);
            outcome
        }
    }
}

impl Presence {
    /// Notes a case without an answer. What many instances do not answer in a row, such as bad paths, does not end a run: only
    /// where what was answered at first is not answered any more, nobody is there.
    fn note_silence(&mut self, probe: &Probe<'_>) {
        self.unanswered += 1;
        if self.unanswered >= LOST {
            let log = probe.take_log();
            self.is_lost = !probe.is_there();
            probe.put_log(log);
            self.unanswered = 0;
        }
    }
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
        Need::Inbox => match probe.accepts_deliveries() {
            Acceptance::Unanswered => {
                (false, "a right delivery gets no answer, so that this would prove nothing")
            }
            acceptance => (
                acceptance == Acceptance::Accepted,
                "a right delivery is refused as well, so that this would prove nothing",
            ),
        },
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
