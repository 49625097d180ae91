//! The delivery itself: the run, its reporting, and how the program ends.

use std::num::NonZeroUsize;
use std::sync::Arc;

use super::intake::Documents;
use super::journaling::journal_error;
use super::report::Report;
use super::{Job, SendArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::known_keys::KnownKeys;
use crate::cli::progress::Progress;
use crate::cli::render::delivery::{Style, summary, summary_line, whole_seconds};
use crate::cli::{AMBIENT, Context, Ui, escape, interrupt};
use crate::client::Dialer;
use crate::delivery::{Composer, Ended, Expectation, HttpRoad, Pause, Plan, Retry, Stopped, run};
use crate::finding::codes;
use crate::protocol::session::ProtocolName;
use crate::signing::describe_seconds;

/// How many documents are under way at a time unless told otherwise.
const CONCURRENCY: u16 = 8;

/// What a run came to.
pub(super) struct Came {
    pub(super) ended: Ended,
    pub(super) exit: Exit,
    pub(super) error: Option<CliError>,
    /// What was under way when the run before ended.
    pub(super) under_way: Vec<u64>,
    pub(super) is_single: bool,
}

impl SendArgs {
    /// Delivers, and tells what comes of it.
    pub(super) fn deliver(&self, context: &mut Context, job: Job) -> Result<Exit, CliError> {
        let to = job.composer.url.to_string();
        let is_single = job.single.is_some();
        let journal = self.open_journal(context, &job, &to)?;
        let under_way = journal.iter().flat_map(|(_, history)| history.under_way()).collect();
        let settled = journal.as_ref().and_then(|(_, history)| self.settled_before(&job, history));
        if let Some(ended) = settled {
            let (exit, error, is_single) = (Exit::Yes, None, false);
            return self.conclude(context, Came { ended, exit, error, under_way, is_single });
        }
        let interrupted = interrupt::listen()?;
        let keys = self.keys_of_signers(context, &job.composer);
        let composer = Arc::new(job.composer);
        let dialer = Arc::new(Dialer::new(composer.options.clone()));
        let road =
            || HttpRoad::new(Arc::clone(&composer), Arc::clone(&dialer), Arc::clone(&keys) as _, AMBIENT);
        let mut report = Report {
            progress: if is_single { Progress::none() } else { self.progress(&context.ui, &job.sources) },
            style: self.style(&context.ui),
            ui: &mut context.ui,
            is_single,
            host: composer.url.origin().authority(),
            to,
            exit: Exit::Yes,
            error: None,
        };
        let items = job.single.into_iter().map(Ok).chain(job.documents);
        let ended = run(items, road, self.plan(is_single), AMBIENT, journal, &interrupted, &mut report);
        report.progress.end();
        if self.network.timings && is_single {
            keys.timings().iter().for_each(|line| report.ui.tell(&escape(line)));
        }
        let (exit, error) = (report.exit, report.error);
        self.warn_of_not_json(context, &job.not_json);
        self.conclude(context, Came { ended, exit, error, under_way, is_single })
    }

    /// What answers are verified with: the keys of stored identities, else those that their signers publish.
    fn keys_of_signers(&self, context: &mut Context, composer: &Composer) -> Arc<KnownKeys> {
        let mut keys = KnownKeys::default();
        keys.read_store(context);
        Arc::new(keys.with_directory(self.keys.directory(&composer.options, Some(composer.url.origin()))))
    }

    pub(super) fn style(&self, ui: &Ui) -> Style {
        Style {
            paint: ui.paint,
            timings: self.network.timings,
            verbose: ui.verbose,
            expectation: self.expect,
            protocol: self.language.protocol,
        }
    }

    fn plan(&self, is_single: bool) -> Plan {
        let concurrency = if is_single { 1 } else { self.concurrency.unwrap_or(CONCURRENCY) };
        Plan {
            concurrency: NonZeroUsize::new(concurrency.into()).unwrap_or(NonZeroUsize::MIN),
            interval: self.rate,
            max_wait: self.max_wait,
            retry: Retry::times(self.retry),
            expectation: self.expect,
            fail_fast: self.fail_fast,
        }
    }

    /// A bar, where somebody sees it; with a total, where the inputs can be counted beforehand.
    pub(super) fn progress(&self, ui: &Ui, sources: &[Source]) -> Progress {
        if Progress::is_wanted(ui) {
            Progress::new(Documents::count_beforehand(sources, self.ndjson))
        } else {
            Progress::none()
        }
    }

    /// Tells the summary, and why the run ended early.
    pub(super) fn conclude(&self, context: &mut Context, came: Came) -> Result<Exit, CliError> {
        let Came { ended, exit, error, under_way, is_single } = came;
        let error = match error {
            Some(error) if error.exit == Exit::Closed => return Err(error),
            Some(error) => Some(error),
            None => ended.stopped.as_ref().and_then(|stopped| self.stop_error(stopped)),
        };
        let before = if ended.summary.refused_before > 0 { Exit::No } else { Exit::Yes };
        let exit = exit.worse(before);
        if context.ui.json {
            context.ui.json(&summary_line(&ended.summary, ended.stopped.as_ref(), &under_way))?;
        } else if !is_single {
            self.tell_summary(context, &ended);
        }
        let exit = match ended.stopped {
            Some(Stopped::Interrupted) => Exit::Interrupted,
            _ => exit,
        };
        match error {
            Some(mut error) => {
                error.exit = error.exit.worse(exit);
                Err(error)
            }
            None => Ok(exit),
        }
    }

    fn tell_summary(&self, context: &mut Context, ended: &Ended) {
        if context.ui.quiet {
            return;
        }
        for text in summary(&ended.summary, &Style { paint: context.ui.paint_err, ..self.style(&context.ui) })
        {
            context.ui.tell(&text);
        }
        if ended.summary.refused > 0 && self.expect == Expectation::Success {
            let code = match self.language.protocol {
                ProtocolName::Versia => codes::DELIVERY_REFUSED.id,
                _ => codes::REQUEST_REFUSED.id,
            };
            context.ui.note(&format!("hint: `versia-cli explain {code}` tells what refusals mean"));
        }
        if matches!(ended.stopped, Some(Stopped::FirstFailure)) {
            context.ui.note("--fail-fast: nothing more was sent after the first that was not delivered");
        }
    }

    /// The reasons to end early that are errors of their own.
    fn stop_error(&self, stopped: &Stopped) -> Option<CliError> {
        match stopped {
            Stopped::PauseTooLong(pause) => Some(pause_error(pause)),
            Stopped::Journal(error) => Some(journal_error(error.clone())),
            Stopped::Mismatch(mismatch) => Some(self.mismatch(mismatch)),
            // What ended a session was told as it happened.
            Stopped::Session(_) => None,
            Stopped::Interrupted | Stopped::FirstFailure | Stopped::Unsendable | Stopped::Unheard => None,
        }
    }
}

fn pause_error(pause: &Pause) -> CliError {
    let (wait, code) = (describe_seconds(whole_seconds(pause.wait)), codes::PAUSE_TOO_LONG.id);
    let what = format!("the server asks for a pause of {wait}, which is longer than --max-wait allows");
    CliError::network(what)
        .because(format!("nothing is sent before it is over, so that the rest was not sent ({code})"))
        .hint("run again later, or with a longer --max-wait")
}
