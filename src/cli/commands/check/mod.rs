//! `check`: an instance, rule by rule.

mod reports;
mod telling;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use self::reports::{ReportFile, report_file};
use self::telling::{Telling, read_baseline};
use crate::check::{End, Level, Pattern, Plan, RunError, Selection, all};
use crate::cli::checking::Running;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds, network_error};
use crate::cli::observing::{Observing, USER};
use crate::cli::reach::OwnSide;
use crate::cli::render::check as render;
use crate::cli::render::check::{Document, Ending, Results};
use crate::cli::serving::{Listen, TlsArgs};
use crate::cli::{AMBIENT, Context};
use crate::client::{HttpError, NetworkOptions, Origin, Subject, without_password};
use crate::entity::Profile;
use crate::server::seed_id;
use crate::signing::Signer;

/// The time between two requests to other machines, unless told otherwise.
const GENTLE: Duration = Duration::from_millis(200);

/// Check an instance, rule by rule: signatures, HTTP, discovery, WebFinger, entities, collections, the inbox, follows,
/// messaging, the WebSocket extension.
///
/// An instance of our own runs meanwhile, from which the other one fetches our key and our user: it has to be reached there by
/// our domain. Without that, the cases that want a signature to be accepted are skipped, and say so.
///
/// To an instance elsewhere nothing is sent unless --write is given; one on this machine is written to. The cases run one
/// after the other, no faster than --interval, and with the pauses that the instance asks for.
///
/// A case passes, fails (a MUST is broken), warns (a SHOULD or a MAY is not followed), is skipped, or is unobservable: what came
/// does not tell. What is wrong is told as it is found, and the rest in figures; --verbose tells every case and every header.
/// With --json, a line for each case (id, level, verdict, code, rule, page, url, expected, got, reason, findings, exchanges,
/// millis), and a last one (domain, target, end, cases, tally, pages); --schema describes them.
///
/// With --baseline, the rules that were broken already are known, and do not make the run fail; what was not in the earlier run
/// counts as kept before. Ctrl-C ends the run with what there is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli check @bob@b.example --as me --listen 0.0.0.0:443 --cert cert.pem --key-file key.pem
  versia-cli check http://127.0.0.1:3000 --user bob --domain a.example --listen 4000
  versia-cli check b.example --only discovery --only 'signatures/get/*'
  versia-cli check --list --level must
  versia-cli check b.example --report check.html --report check.xml
  versia-cli check b.example --json > main.ndjson
  versia-cli check b.example --baseline main.ndjson --format github

Exit codes: 0 no MUST is broken, or none that was not known to be · 1 one is · 2 wrong use, such as no case that is
meant · 3 the instance does not answer, or the run was cut short · 130 interrupted")]
pub struct CheckArgs {
    /// A domain, with a port or without; @user@domain; or an address
    #[arg(value_name = "DOMAIN|@USER@DOMAIN|URL", required_unless_present_any = ["list", "schema"])]
    target: Option<String>,
    /// The name of a user of the instance, best one who wrote a note
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Send deliveries to an instance that is not on this machine, too. A broken instance may lose the user's note by it, or gain one:
    /// take a user for tests
    #[arg(long)]
    write: bool,
    /// The least time between two requests [default: 0.2 s, and 0 for this machine]
    #[arg(long, value_name = "SECONDS")]
    interval: Option<Seconds>,
    /// The limit for the whole run, after which the rest is skipped; 0 is none
    #[arg(long, value_name = "SECONDS", default_value = "600")]
    max_time: Seconds,
    /// Print what is meant to be checked, and check nothing
    #[arg(long, help_heading = "Cases")]
    list: bool,
    /// Only these cases: an id, the beginning of ids, or a pattern with *; repeat it for several
    #[arg(long, value_name = "PATTERN", help_heading = "Cases")]
    only: Vec<Pattern>,
    /// Not these cases
    #[arg(long, value_name = "PATTERN", help_heading = "Cases")]
    skip: Vec<Pattern>,
    /// Only what binds at least so much
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Cases")]
    level: Option<LevelName>,
    /// Whose rules count: the documents', or those of Versia Server 0.9 as it was observed
    #[arg(long, value_enum, value_name = "NAME", default_value_t, help_heading = "Cases")]
    profile: ProfileName,
    /// Print this in the place of the text for people
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json", help_heading = "Result")]
    format: Option<Format>,
    /// Write a report to this file as well, as it ends: .html, .xml (JUnit), .md, .tap, .json; repeat it for several
    #[arg(long, value_name = "FILE", value_parser = report_file, help_heading = "Result")]
    report: Vec<ReportFile>,
    /// Fail only at what got worse since an earlier run, which --json printed
    #[arg(long, value_name = "FILE", help_heading = "Result")]
    baseline: Option<PathBuf>,
    /// Print the JSON Schema of the lines, and do nothing else
    #[arg(long, help_heading = "Result")]
    schema: bool,
    /// Where our own instance listens
    #[arg(
        long,
        value_name = "ADDRESS|PORT",
        default_value = "127.0.0.1:0",
        help_heading = "Our own instance"
    )]
    listen: Listen,
    /// Its domain, instead of the identity's
    #[arg(long, value_name = "DOMAIN", help_heading = "Our own instance")]
    domain: Option<String>,
    #[command(flatten, next_help_heading = "Our own instance")]
    tls: TlsArgs,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    key_fetch: KeyFetchArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// How much a rule binds, as it is given.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum LevelName {
    /// What every instance does
    Must,
    /// What an instance does unless it knows why not, as well
    Should,
    /// Everything
    May,
}

/// Whose rules count, as it is given.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum ProfileName {
    /// The public documents
    #[default]
    Spec,
    /// Versia Server 0.9
    #[value(name = "versia-server-0.9")]
    VersiaServer,
}

/// A document in the place of the text for people.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// JUnit's XML
    Junit,
    /// The Test Anything Protocol
    Tap,
    /// Annotations of GitHub's runners
    Github,
    /// A summary
    Markdown,
    /// A page with the wire log
    Html,
}

impl From<Format> for Document {
    fn from(format: Format) -> Self {
        match format {
            Format::Junit => Document::Junit,
            Format::Tap => Document::Tap,
            Format::Github => Document::Github,
            Format::Markdown => Document::Markdown,
            Format::Html => Document::Html,
        }
    }
}

impl CheckArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if self.schema {
            context.ui.line(render::SCHEMA.trim_end())?;
            return Ok(Exit::Yes);
        }
        let selection = self.selection();
        if !all().any(|case| selection.is_for(case)) {
            return Err(CliError::usage("no case is meant").hint("`versia-cli check --list` names them all"));
        }
        match &self.target {
            Some(target) if !self.list => self.check(context, target, selection),
            _ => list(context, &selection),
        }
    }

    fn selection(&self) -> Selection {
        let level = self.level.map(|level| match level {
            LevelName::Must => Level::Must,
            LevelName::Should => Level::Should,
            LevelName::May => Level::May,
        });
        Selection { only: self.only.clone(), skip: self.skip.clone(), level }
    }

    fn check(&self, context: &mut Context, target: &str, selection: Selection) -> Result<Exit, CliError> {
        let subject = Subject::parse(target, self.key_fetch.peers()).map_err(|error| {
            let cli = CliError::usage(format!("cannot check {:?}", without_password(target))).because(&error);
            match error.hint() {
                Some(hint) => cli.hint(hint),
                None => cli,
            }
        })?;
        let baseline = self.baseline.as_deref().map(read_baseline).transpose()?;
        self.report.iter().try_for_each(ReportFile::try_out)?;
        let options = self.network.options(context)?;
        let (signer, is_new) = self.signer.resolve_instance(context, self.domain.as_deref())?;
        let at = self.listen.address();
        let tls = self.tls.resolve(context, at, signer.domain())?;
        let keys = self.key_fetch.directory(&options, Some(&subject.origin));
        let config = tls.as_ref().map(|tls| Arc::clone(&tls.config));
        let observing = Observing::start(at, config, signer.clone(), keys)?;
        let own = OwnSide {
            target: without_password(target).into_owned(),
            is_here: options.stays_here(&subject.origin),
            domain: signer.domain().to_owned(),
            key: signer.key().public().fingerprint(),
            is_new,
            address: observing.address,
            speaks_tls: tls.is_some(),
            authority: tls.and_then(|tls| tls.authority),
        };
        let plan = self.plan(subject, signer, observing, options, selection);
        let format = self.format.map(Document::from);
        let telling = Telling::new(self.nothing_yet(&plan), baseline, format, own);
        self.told(context, plan, telling)
    }

    /// What there is before the first case.
    fn nothing_yet(&self, plan: &Plan) -> Results {
        let scheme = if plan.origin.tls { "https" } else { "http" };
        Results {
            target: format!("{scheme}://{}", plan.origin),
            domain: plan.origin.host.clone(),
            began: AMBIENT.record_time(),
            profile: plan.profile.as_str(),
            baseline: self.baseline.as_ref().map(|path| path.display().to_string()),
            meant: all().filter(|case| plan.selection.is_for(case)).count(),
            judged: Vec::new(),
            ending: Ending::Ran(End::Interrupted),
        }
    }

    /// Runs the cases, tells what comes, and writes the reports whatever the end.
    fn told(&self, context: &mut Context, plan: Plan, mut telling: Telling) -> Result<Exit, CliError> {
        let origin = plan.origin.clone();
        let outcome = Running::start(plan)?.watch(&mut |event| telling.tell(context, event));
        let (ending, unmet) = match outcome {
            Ok(end) => (Ending::Ran(end), None),
            Err(RunError::Untold(error)) => (Ending::Ran(End::Interrupted), Some(error)),
            Err(RunError::NoAnswer(error)) => {
                (Ending::NoAnswer(error.in_full()), Some(no_answer(&origin, &error)))
            }
        };
        let told = telling.conclude(context, ending);
        for file in &self.report {
            file.write(&telling.results)?;
        }
        match unmet {
            Some(error) => Err(error),
            None => told.map(|()| ended(context, &telling.results)),
        }
    }

    fn plan(
        &self,
        subject: Subject,
        signer: Signer,
        observing: Observing,
        options: NetworkOptions,
        selection: Selection,
    ) -> Plan {
        let is_here = options.stays_here(&subject.origin);
        let usual = if is_here { Duration::ZERO } else { GENTLE };
        Plan {
            user: self.user.clone().or(subject.user),
            origin: subject.origin,
            own_user: seed_id(USER, signer.domain()),
            signer,
            observer: Arc::new(observing),
            options,
            interval: self.interval.map_or(usual, Duration::from),
            max_time: self.max_time.into(),
            ambient: AMBIENT,
            may_write: self.write || is_here,
            profile: match self.profile {
                ProfileName::Spec => Profile::Spec,
                ProfileName::VersiaServer => Profile::VersiaServer,
            },
            selection,
        }
    }
}

fn no_answer(origin: &Origin, error: &HttpError) -> CliError {
    network_error(format!("{origin} cannot be checked"), error, error.code(), error.hint())
}

/// Says where a run did not come to its end, and how the program ends.
fn ended(context: &mut Context, results: &Results) -> Exit {
    let domain = &results.domain;
    let why = match results.ending {
        Ending::Ran(End::Whole) => None,
        Ending::Ran(End::Lost) => Some(format!("{domain} no longer answers")),
        Ending::Ran(End::TimeUp) => Some("the time of the run was up; --max-time gives it more".to_owned()),
        Ending::Ran(End::PutOff) => {
            Some(format!("{domain} asks for a pause that is too long, or for one after the other"))
        }
        Ending::Ran(End::Interrupted) => return Exit::Interrupted,
        Ending::NoAnswer(_) => return Exit::Network,
    };
    if let Some(why) = why {
        context.ui.warn(&format!("{why}: {} cases were skipped", results.tally().skip));
        return Exit::Network;
    }
    let tally = results.tally();
    if results.failures() > 0 {
        return Exit::No;
    }
    if tally.skip > 0 && tally.pass + tally.warn + tally.fail + tally.unobservable == 0 {
        context.ui.warn("nothing was tried: every case that is meant was skipped");
    }
    Exit::Yes
}

fn list(context: &mut Context, selection: &Selection) -> Result<Exit, CliError> {
    for case in all().filter(|case| selection.is_for(case)) {
        if context.ui.json {
            context.ui.json(&render::JsonCase::from(case))?;
        } else {
            let line = render::case_line(case, context.ui.paint);
            context.ui.line(&line)?;
        }
    }
    Ok(Exit::Yes)
}
