//! `send`: entities to an inbox, signed as they go out.

mod intake;
mod keys;
mod report;
mod values;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;

use self::intake::{Documents, NotJson};
use self::keys::StoredKeys;
use self::report::Report;
use self::values::{inbox, interval, seconds};
use crate::cli::error::{CliError, Exit, describe_io};
use crate::cli::input::Source;
use crate::cli::key_input::{SignerArgs, check_signed_by};
use crate::cli::network::NetworkArgs;
use crate::cli::progress::Progress;
use crate::cli::render::delivery::{Style, summary, summary_line};
use crate::cli::{AMBIENT, Context, interrupt, stdout_is_terminal, unix_now};
use crate::client::Dialer;
use crate::delivery::{
    Composer, Ended, Expectation, History, HttpRoad, Item, Journal, JournalError, Judged, Mismatch, Pause,
    Plan, Retry, Stopped, compare, run,
};
use crate::finding::codes;
use crate::protocol::http;
use crate::protocol::record::{Direction, Record};
use crate::signing::lint;

/// How many documents are under way at a time unless told otherwise.
const CONCURRENCY: usize = 8;

/// How many documents that were under way are named.
const NAMED: usize = 2_000;

/// Sign entities and deliver them to an inbox.
///
/// Takes JSON documents from files, or from standard input: one document, or many, one per line (NDJSON), which it finds
/// out by itself. A document is sent byte for byte, a file with its last line break; a line without it. Each is signed
/// when it is sent, and again for each retry.
///
/// One document: prints the answer's status, headers and body, and whether it is signed. Many: prints a line for each that
/// is not delivered (-v: for all), and a summary at the end. Pauses and quotas that the server asks for (Retry-After,
/// RateLimit-*) are kept to by all.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli send note.json --to https://b.example --as alice
  versia-cli send notes.ndjson --to b.example --rate 20/s --retry 5 --journal notes.journal
  versia-cli send note.json --to http://127.0.0.1:8080 --dry-run
  versia-cli send broken.json --to https://b.example/.versia/v0.6/inbox --expect 422

--json prints a record for each attempt, and at last {\"summary\":{…}} with: delivered, refused, failed, unfinished,
unreadable, delivered_before, refused_before (documents), attempts, statuses and signatures (answers), elapsed_seconds,
rate, latency_ms (min, p50, p90, p99, max), stopped, may_have_arrived.

Exit codes: 0 all delivered · 1 refused · 2 unreadable input · 3 network · 130 interrupted; the worst of many is 2, 3, 1, 0")]
pub struct SendArgs {
    /// The entities: files with one JSON document each or one per line, or `-`; without any, standard input
    #[arg(value_name = "FILE|-")]
    files: Vec<String>,
    /// Where to: https://b.example or its domain, @user@domain, a web+versia:// link, or an inbox's full URL
    #[arg(long, value_name = "RECIPIENT")]
    to: String,
    /// Read lines of JSON at once, without finding out first: each is sent as it comes
    #[arg(long)]
    ndjson: bool,
    /// Send documents as they are, unsigned, to see what the other side says
    #[arg(long, conflicts_with_all = ["as_name", "key", "signed_by"])]
    as_is: bool,
    /// The answer that is wanted: a status or a class such as 4xx; it is the yes instead of 2xx
    #[arg(long, value_name = "STATUS", default_value = "2xx", hide_default_value = true)]
    expect: Expectation,
    /// Print what would be sent, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// How many are under way at a time [default: 8]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Many at once")]
    concurrency: Option<u16>,
    /// At most so many a second, evenly spaced; fractions allowed
    #[arg(long, value_name = "N/s", value_parser = interval, help_heading = "Many at once")]
    rate: Option<Duration>,
    /// Try so many times again after 429, 5xx and connection errors, with growing random waits
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "Many at once"
    )]
    retry: u32,
    /// The longest pause that the server may ask for; a longer one ends the run
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "300", help_heading = "Many at once")]
    max_wait: Duration,
    /// Start nothing new after the first that is not delivered
    #[arg(long, help_heading = "Many at once")]
    fail_fast: bool,
    /// Keep outcomes in this file; the next run with it sends what has no answer yet. Any answer is an outcome: to send a
    /// refused one again, take its line out of the file
    #[arg(long, value_name = "FILE", help_heading = "Many at once")]
    journal: Option<PathBuf>,
    /// Show how long each stage took
    #[arg(long, help_heading = "Network")]
    timings: bool,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What there is to send, and where.
struct Job {
    composer: Composer,
    sources: Vec<Source>,
    /// The only document there is.
    single: Option<Item>,
    /// The documents that are not in `single`.
    documents: Documents,
    not_json: Arc<Mutex<NotJson>>,
}

impl SendArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let url = inbox(&self.to)?;
        let options = self.network.options(context)?;
        let signer = if self.as_is { None } else { Some(self.signer.resolve(context)?) };
        signer.iter().try_for_each(|signer| check_signed_by(signer.domain()))?;
        let composer = Composer { url, signer, options };
        let job = self.read(context, composer)?;
        self.warn(context, &job);
        if self.dry_run {
            return self.show(context, job);
        }
        self.deliver(context, job)
    }

    /// Opens the inputs. A single document is read at once.
    fn read(&self, context: &mut Context, composer: Composer) -> Result<Job, CliError> {
        let mut sources: Vec<Source> = self.files.iter().map(|file| Source::parse(file)).collect();
        if sources.is_empty() {
            sources.push(Source::piped().ok_or_else(|| {
                CliError::usage("there is nothing to send").hint("give files with entities, or pipe them in")
            })?);
        }
        let mut documents = Documents::of(context, &sources, self.ndjson)?;
        let alone = sources.len() == 1 && !self.ndjson;
        let single = if alone { documents.take_document()? } else { None };
        let not_json = documents.count_not_json();
        Ok(Job { composer, sources, single, documents, not_json })
    }

    /// Warns once of what would not verify elsewhere.
    fn warn(&self, context: &mut Context, job: &Job) {
        let Some(signer) = &job.composer.signer else { return };
        let (now, body) = (unix_now(), job.single.as_ref().map(|item| item.body.as_slice()));
        for finding in lint(signer.domain(), "POST", job.composer.url.target(), now, now, body) {
            context.ui.finding(&finding);
        }
    }

    /// Prints what would be sent.
    fn show(&self, context: &mut Context, job: Job) -> Result<Exit, CliError> {
        let history = match &self.journal {
            Some(path) => History::read(path, &job.composer.url.to_string()).map_err(journal_error)?,
            None => History::default(),
        };
        let is_single = job.single.is_some();
        let mut exit = Exit::Yes;
        for item in job.single.into_iter().map(Ok).chain(job.documents) {
            let item = match item {
                Ok(item) => item,
                Err(error) => {
                    exit = exit.worse(error.exit);
                    context.ui.error(&error);
                    continue;
                }
            };
            match history.judge(&item) {
                Judged::Due => {}
                Judged::Done(_) => continue,
                Judged::Changed => return Err(self.mismatch(&Mismatch::Changed(item.place))),
            }
            let request = job.composer.shown(job.composer.request(item.body, unix_now()));
            let request =
                request.map_err(|error| CliError::usage("nothing can be sent like this").because(error))?;
            let (at, direction) = (AMBIENT.record_time(), Some(Direction::Out));
            let record = Record { at, direction, request: Some(request), ..Record::default() };
            if context.ui.json {
                context.ui.json(&record)?;
                continue;
            }
            context.ui.write(&http::write(&record))?;
            if !is_single || stdout_is_terminal() {
                context.ui.write(b"\n\n")?;
            }
        }
        self.warn_of_not_json(context, &job.not_json);
        Ok(exit)
    }

    fn deliver(&self, context: &mut Context, job: Job) -> Result<Exit, CliError> {
        let to = job.composer.url.to_string();
        let is_single = job.single.is_some();
        let journal = self.open_journal(context, &job, &to)?;
        let under_way: Vec<u64> = journal.iter().flat_map(|(_, history)| history.under_way()).collect();
        let interrupted = interrupt::listen()?;
        let style = Style {
            paint: context.ui.paint,
            timings: self.timings,
            verbose: context.ui.verbose,
            expectation: self.expect,
        };
        let composer = Arc::new(job.composer);
        let keys = Arc::new(StoredKeys::new(context.store().ok()));
        let mut report = Report {
            progress: if is_single { Progress::none() } else { self.progress(&context.ui, &job.sources) },
            ui: &mut context.ui,
            style,
            is_single,
            host: composer.url.origin().authority(),
            to,
            exit: Exit::Yes,
            error: None,
        };
        let dialer = Arc::new(Dialer::new(composer.options.clone()));
        let road =
            || HttpRoad::new(Arc::clone(&composer), Arc::clone(&dialer), Arc::clone(&keys) as _, AMBIENT);
        let items = job.single.into_iter().map(Ok).chain(job.documents);
        let ended = run(items, road, self.plan(is_single), AMBIENT, journal, &interrupted, &mut report);
        report.progress.end();
        let (exit, error) = (report.exit, report.error);
        self.warn_of_not_json(context, &job.not_json);
        self.conclude(context, ended, exit, error, &under_way, is_single)
    }

    fn plan(&self, is_single: bool) -> Plan {
        let default = if is_single { 1 } else { CONCURRENCY };
        let concurrency = self.concurrency.filter(|_| !is_single).map_or(default, usize::from);
        Plan {
            concurrency: NonZeroUsize::new(concurrency).unwrap_or(NonZeroUsize::MIN),
            interval: self.rate,
            max_wait: self.max_wait,
            retry: Retry::times(self.retry),
            expectation: self.expect,
            fail_fast: self.fail_fast,
        }
    }

    /// A bar, where somebody sees it; with a total, where the inputs can be counted beforehand.
    fn progress(&self, ui: &crate::cli::Ui, sources: &[Source]) -> Progress {
        if !Progress::is_wanted(ui) {
            return Progress::none();
        }
        let total = Documents::beforehand(sources, self.ndjson).map(|documents| documents.count() as u64);
        Progress::new(total)
    }

    /// Opens the journal and compares the input with it, as far as that can be read twice.
    fn open_journal(
        &self,
        context: &mut Context,
        job: &Job,
        to: &str,
    ) -> Result<Option<(Journal, History)>, CliError> {
        let Some(path) = &self.journal else { return Ok(None) };
        let (journal, history) = Journal::open(path, to).map_err(journal_error)?;
        if !history.is_empty()
            && let Some(documents) = Documents::beforehand(&job.sources, self.ndjson)
        {
            compare(documents, &history).map_err(|mismatch| self.mismatch(&mismatch))?;
        }
        let under_way: Vec<String> = history.under_way().map(|ordinal| ordinal.to_string()).collect();
        if !under_way.is_empty() {
            let lines = job.sources.len() == 1 && (self.ndjson || job.documents.is_in_lines());
            let what = if lines { "line" } else { "document" };
            let plural = if under_way.len() == 1 { "" } else { "s" };
            let more = under_way.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            context.ui.warn(&format!(
                "{} in flight when the last run ended; they may have arrived, and are sent again: {what}{plural} {}{more}",
                if under_way.len() == 1 { "1 was".to_owned() } else { format!("{} were", under_way.len()) },
                under_way[..under_way.len().min(NAMED)].join(", "),
            ));
        }
        Ok(Some((journal, history)))
    }

    fn warn_of_not_json(&self, context: &mut Context, not_json: &Mutex<NotJson>) {
        let not_json = not_json.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = not_json.first.as_ref().filter(|_| !self.as_is) {
            let more =
                if not_json.count > 1 { format!(" and {} more", not_json.count - 1) } else { String::new() };
            context.ui.warn(&format!("{first}{more}: the body is not JSON (VS501)"));
        }
    }

    /// Tells the summary, and why the run ended early.
    fn conclude(
        &self,
        context: &mut Context,
        ended: Ended,
        exit: Exit,
        error: Option<CliError>,
        under_way: &[u64],
        is_single: bool,
    ) -> Result<Exit, CliError> {
        let error = match error {
            Some(error) if error.exit == Exit::Closed => return Err(error),
            other => other,
        };
        let before = if ended.summary.refused_before > 0 { Exit::No } else { Exit::Yes };
        let exit = exit.worse(before);
        if context.ui.json {
            context.ui.json(&summary_line(&ended.summary, ended.stopped.as_ref(), under_way))?;
        } else if !is_single {
            self.tell_summary(context, &ended);
        }
        let error = error.or(ended.stopped.as_ref().and_then(|stopped| self.stop_error(stopped)));
        match ended.stopped {
            Some(Stopped::Interrupted) => {
                context.ui.note("interrupted: what was under way is finished, and nothing more is sent");
                Ok(Exit::Interrupted)
            }
            _ => match error {
                Some(mut error) => {
                    error.exit = error.exit.worse(exit);
                    Err(error)
                }
                None => Ok(exit),
            },
        }
    }

    fn tell_summary(&self, context: &mut Context, ended: &Ended) {
        if context.ui.quiet {
            return;
        }
        for text in summary(&ended.summary, context.ui.paint_err) {
            context.ui.tell(&text);
        }
        if ended.summary.refused > 0 && self.expect == Expectation::Success {
            let code = codes::DELIVERY_REFUSED.id;
            context.ui.note(&format!("hint: `versia-cli explain {code}` tells what refusals mean"));
        }
        if matches!(ended.stopped, Some(Stopped::FirstFailure)) {
            context.ui.note("--fail-fast: nothing more was sent after the first that was not delivered");
        }
    }

    fn stop_error(&self, stopped: &Stopped) -> Option<CliError> {
        match stopped {
            Stopped::PauseTooLong(pause) => Some(pause_error(pause)),
            Stopped::Journal(error) => Some(journal_error(error.clone())),
            Stopped::Mismatch(mismatch) => Some(self.mismatch(mismatch)),
            Stopped::Interrupted | Stopped::FirstFailure | Stopped::Unsendable | Stopped::Unheard => None,
        }
    }

    fn mismatch(&self, mismatch: &Mismatch) -> CliError {
        let journal = self.journal.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let what = match mismatch {
            Mismatch::Changed(place) => format!("{place} changed since the journal {journal} was written"),
            Mismatch::Shortened(ordinal) => {
                format!(
                    "the input ends before document {ordinal}, for which the journal {journal} has an outcome"
                )
            }
        };
        CliError::usage(what).hint("give the input as it was, or start over with another journal")
    }
}

fn pause_error(pause: &Pause) -> CliError {
    let wait = crate::signing::describe_seconds(pause.wait.as_secs());
    CliError::network(format!(
        "the server asks for a pause of {wait}, which is longer than --max-wait allows"
    ))
    .because(format!(
        "nothing is sent before it is over, so that the rest was not sent ({})",
        codes::PAUSE_TOO_LONG.id
    ))
    .hint("run again later, or with a longer --max-wait")
}

fn journal_error(error: JournalError) -> CliError {
    let mut cli = CliError::usage(error.to_string());
    if let Some(cause) = error.cause() {
        cli = cli.because(describe_io(cause));
    }
    match error.hint() {
        Some(hint) => cli.hint(hint),
        None => cli,
    }
}
