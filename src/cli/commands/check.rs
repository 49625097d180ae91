//! `check`: an instance, rule by rule.

use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::check::{End, Level, Pattern, Plan, Progress, Report, RunError, Selection, Summary, Tally, all};
use crate::cli::checking::Running;
use crate::cli::error::{CliError, Exit};
use crate::cli::key_input::SignerArgs;
use crate::cli::network::{KeyFetchArgs, NetworkArgs, Seconds, network_error};
use crate::cli::observing::{Observing, USER};
use crate::cli::reach::OwnSide;
use crate::cli::render::check as render;
use crate::cli::serving::{Listen, TlsArgs};
use crate::cli::{AMBIENT, Context};
use crate::client::{NetworkOptions, Subject, without_password};
use crate::entity::Profile;
use crate::server::seed_id;
use crate::signing::Signer;

/// The time between two requests to other machines, unless told otherwise.
const GENTLE: Duration = Duration::from_millis(200);

/// Check an instance, rule by rule: signatures, HTTP, discovery, WebFinger, entities, collections, the inbox, follows,
/// messaging.
///
/// An instance of our own runs meanwhile, from which the other one fetches our key and our user: it has to be reached there by
/// our domain. Without that, the cases that want a signature to be accepted are skipped, and say so.
///
/// To an instance elsewhere nothing is sent unless --write is given; one on this machine is written to. The cases run one
/// after the other, no faster than --interval, and with the pauses that the instance asks for.
///
/// A case passes, fails (a MUST is broken), warns (a SHOULD or a MAY is not followed), is skipped, or is unobservable: what came
/// does not tell. With --json, a line for each case (id, level, verdict, rule, page, expected, got, reason, findings, exchanges,
/// millis), and a last one with domain and tally.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli check @bob@b.example --as me --listen 0.0.0.0:443 --cert cert.pem --key-file key.pem
  versia-cli check http://127.0.0.1:3000 --user bob --domain a.example --listen 4000
  versia-cli check b.example --only discovery --only 'signatures/get/*'
  versia-cli check --list --level must
  versia-cli check b.example --format junit > report.xml

Exit codes: 0 no MUST is broken · 1 one is · 2 wrong use, such as no case that is meant · 3 the instance does not answer")]
pub struct CheckArgs {
    /// A domain, with a port or without; @user@domain; or an address
    #[arg(value_name = "DOMAIN|@USER@DOMAIN|URL", required_unless_present = "list")]
    target: Option<String>,
    /// The name of a user of the instance, best one who wrote a note
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Send deliveries to an instance that is not on this machine, too
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
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<Format>,
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
}

impl CheckArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
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
        let options = self.network.options(context)?;
        let signer = self.signer.resolve_instance(context, self.domain.as_deref())?;
        let at = self.listen.address();
        let tls = self.tls.resolve(context, at, signer.domain())?;
        let keys = self.key_fetch.directory(&options, Some(&subject.origin));
        let config = tls.as_ref().map(|tls| Arc::clone(&tls.config));
        let observing = Observing::start(at, config, signer.clone(), keys)?;
        let own = OwnSide {
            target: target.to_owned(),
            is_here: options.is_loopback(&subject.origin),
            domain: signer.domain().to_owned(),
            key: signer.key().public().fingerprint(),
            address: observing.address,
            speaks_tls: tls.is_some(),
            authority: tls.and_then(|tls| tls.authority),
        };
        let origin = subject.origin.clone();
        let plan = self.plan(subject, signer, observing, options, selection);
        let mut telling =
            Telling { format: self.format, reports: Vec::new(), page: "", pages: Vec::new(), own };
        let summary = Running::start(plan)?.watch(&mut |progress| telling.tell(context, progress)).map_err(
            |error| match error {
                RunError::Untold(error) => error,
                RunError::NoAnswer(error) => {
                    let what = format!("{origin} cannot be checked");
                    network_error(what, &error, error.code(), error.hint())
                }
            },
        )?;
        let Some(summary) = summary else { return Ok(Exit::Interrupted) };
        telling.conclude(context, &summary)?;
        Ok(ended(context, &summary))
    }

    fn plan(
        &self,
        subject: Subject,
        signer: Signer,
        observing: Observing,
        options: NetworkOptions,
        selection: Selection,
    ) -> Plan {
        let is_here = options.is_loopback(&subject.origin);
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

/// Says where a run did not come to its end, and how the program ends.
fn ended(context: &mut Context, summary: &Summary) -> Exit {
    let domain = &summary.known.domain;
    let why = match summary.end {
        End::Whole => None,
        End::Lost => Some(format!("{domain} no longer answers")),
        End::TimeUp => Some("the time of the run was up; --max-time gives it more".to_owned()),
        End::PutOff => {
            Some(format!("{domain} asks for a pause that is too long, or for one after the other"))
        }
        End::Interrupted => return Exit::Interrupted,
    };
    if let Some(why) = why {
        context.ui.warn(&format!("{why}: {} cases were skipped", summary.tally.skip));
        return Exit::Network;
    }
    if summary.tally.fail == 0 { Exit::Yes } else { Exit::No }
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

/// What is told while the cases run, and at the end.
struct Telling {
    format: Option<Format>,
    reports: Vec<Report>,
    page: &'static str,
    pages: Vec<(&'static str, Tally)>,
    own: OwnSide,
}

impl Telling {
    fn tell(&mut self, context: &mut Context, progress: Progress) -> Result<(), CliError> {
        match progress {
            Progress::Found(known) => {
                self.own.warn(context, &known);
                Ok(())
            }
            Progress::Begins(..) => Ok(()),
            Progress::Pauses(pause) => {
                let seconds = pause.as_secs_f64().ceil();
                context.ui.note(&format!("note: nothing is asked for {seconds} s, as the instance wishes"));
                Ok(())
            }
            Progress::Ended(report) => self.ended(context, report),
        }
    }

    fn ended(&mut self, context: &mut Context, report: Report) -> Result<(), CliError> {
        let page = report.case.page.name;
        match self.pages.iter_mut().find(|(name, _)| *name == page) {
            Some((_, tally)) => tally.add(report.status),
            None => {
                let mut tally = Tally::default();
                tally.add(report.status);
                self.pages.push((page, tally));
            }
        }
        if context.ui.json {
            context.ui.json(&render::JsonReport::from(&report))?;
        } else if self.format.is_some() {
            self.reports.push(report);
        } else {
            if self.page != page {
                let title = context.ui.paint.bold(page);
                context.ui.line(&title)?;
                self.page = page;
            }
            let lines = render::report_lines(&report, context.ui.paint);
            context.ui.line(&lines.join("\n"))?;
        }
        // Somebody may be watching.
        context.ui.flush()
    }

    fn conclude(&self, context: &mut Context, summary: &Summary) -> Result<(), CliError> {
        if context.ui.json {
            return context.ui.json(&render::JsonSummary::from(summary));
        }
        let text = match self.format {
            None => {
                let lines = render::summary_lines(summary, &self.pages, context.ui.paint);
                return context.ui.line(&lines.join("\n"));
            }
            Some(Format::Junit) => render::junit(&self.reports, summary),
            Some(Format::Tap) => render::tap(&self.reports),
            Some(Format::Github) => render::github(&self.reports),
            Some(Format::Markdown) => render::markdown(&self.reports, summary),
        };
        context.ui.write(text.as_bytes())
    }
}
