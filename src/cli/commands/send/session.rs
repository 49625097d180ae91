//! `send --ws`: the delivery over one WebSocket session.

use std::iter;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use super::intake::Documents;
use super::language::composed;
use super::report::Report;
use super::session_report::{SessionReport, unsendable};
use super::{Came, Job, SendArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::progress::Progress;
use crate::cli::{AMBIENT, Context, interrupt, unix_now};
use crate::client::websocket::Patience;
use crate::client::{Dialer, HttpUrl};
use crate::delivery::{Retry, SessionPlan, SessionRoad, Threads, run_session, shown_url};

impl SendArgs {
    /// Delivers over a session, and tells what comes of it.
    pub(super) fn deliver_over_session(&self, context: &mut Context, job: Job) -> Result<Exit, CliError> {
        let is_single = job.single.is_some();
        if let Some(item) = &job.single {
            // Nobody is connected to for what cannot be sent.
            match &job.language {
                Some(language) => drop(composed(language, item)?),
                None => {
                    let message = job.composer.message(&item.body, unix_now());
                    message.map_err(|why| unsendable(&item.place.to_string(), why))?;
                }
            }
        }
        let protocol = self.language.protocol.protocol();
        let shown = shown_url(&job.composer.url, protocol);
        let journal = self.open_journal(context, &job, &shown.to_string())?;
        let under_way = journal.iter().flat_map(|(_, history)| history.under_way()).collect();
        let settled = journal.as_ref().and_then(|(_, history)| self.settled_before(&job, history));
        if let Some(ended) = settled {
            let (exit, error, is_single) = (Exit::Yes, None, false);
            return self.conclude(context, Came { ended, exit, error, under_way, is_single });
        }
        let interrupted = interrupt::listen()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CliError::io("cannot start the session", &error))?;
        let composer = Arc::new(job.composer);
        let dialer = Arc::new(Dialer::new(composer.options.clone()));
        let threads = match composer.signer {
            _ if is_single => Threads::None,
            Some(_) => Threads::Signing(available_parallelism().unwrap_or(NonZeroUsize::MIN)),
            None if Documents::never_wait(&job.sources) => Threads::None,
            None => Threads::Reading,
        };
        let plan = self.session_plan(composer.options.timeout, threads, context.ui.json);
        let mut report = SessionReport {
            report: Report {
                progress: if is_single { Progress::none() } else { self.progress(&context.ui, &job.sources) },
                style: self.style(&context.ui),
                ui: &mut context.ui,
                is_single,
                host: composer.url.origin().authority(),
                to: session_url(&shown),
                exit: Exit::Yes,
                error: None,
            },
            offers_receipts: plan.receipts,
            retries: plan.retry.times > 0,
            handshake: None,
            receipt: None,
            sent: 0,
        };
        let single = job.single.map(|item| vec![Ok(item)]);
        let blocks = single.into_iter().chain(iter::once_with(|| job.documents.blocks()).flatten());
        let road = SessionRoad { composer, dialer, language: job.language };
        let run = run_session(blocks, road, plan, AMBIENT, journal, &interrupted, &mut report);
        let ended = runtime.block_on(run);
        // A name that is still being looked up is not waited for.
        runtime.shutdown_background();
        report.report.progress.end();
        let (exit, error) = (report.report.exit, report.report.error);
        self.warn_of_not_json(context, &job.not_json);
        self.conclude(context, Came { ended, exit, error, under_way, is_single })
    }

    fn session_plan(&self, timeout: Duration, threads: Threads, recording: bool) -> SessionPlan {
        SessionPlan {
            receipts: !self.no_receipts,
            interval: self.rate,
            max_wait: self.max_wait,
            retry: Retry::times(self.retry),
            expectation: self.expect,
            fail_fast: self.fail_fast,
            recording,
            patience: Patience { progress: timeout, close: timeout },
            threads,
        }
    }
}

/// The inbox's address as a session has it.
fn session_url(url: &HttpUrl) -> String {
    url.to_string().replacen("http", "ws", 1)
}
