//! Tells what happens during a run: results to standard output, everything else beside them, and the exit code.

use std::ops::ControlFlow;

use crate::cli::Ui;
use crate::cli::error::{CliError, Exit};
use crate::cli::progress::Progress;
use crate::cli::render::delivery::{
    Style, failure_words, line, pause_note, request_lines, single, unfinished_line,
};
use crate::cli::unix_now;
use crate::delivery::{Attempt, Event, Failure, FailureKind, Observer, Outcome, Place, Summary, Then};

/// Who listens to a run.
pub(super) struct Report<'a> {
    pub(super) ui: &'a mut Ui,
    pub(super) progress: Progress,
    pub(super) style: Style,
    /// Whether there is one document only: then everything about its answer is shown.
    pub(super) is_single: bool,
    /// The inbox's address.
    pub(super) to: String,
    /// The inbox's host and port.
    pub(super) host: String,
    /// The worst that happened so far.
    pub(super) exit: Exit,
    /// What ends the program as an error.
    pub(super) error: Option<CliError>,
}

impl Report<'_> {
    /// Writes beside the progress bar. With a bar, everybody sees the lines at once.
    pub(super) fn write(&mut self, text: &str) -> Result<(), CliError> {
        if !self.progress.is_there() {
            return self.ui.line(text);
        }
        let Report { ui, progress, .. } = self;
        progress.aside(|| ui.line(text).and_then(|()| ui.flush()))
    }

    pub(super) fn note(&mut self, text: &str) {
        let Report { ui, progress, .. } = self;
        progress.aside(|| ui.note(text));
    }

    fn attempted(
        &mut self,
        place: &Place,
        attempt: &Attempt,
        tries: u32,
        then: &Then,
    ) -> Result<(), CliError> {
        if let Then::Settled(outcome) = then {
            self.exit = self.exit.worse(exit_of(outcome));
        }
        if let Then::Settled(Outcome::Failed(failure)) = then
            && (self.is_single || failure.kind == FailureKind::Unsendable)
        {
            self.error = Some(not_delivered(failure));
        }
        if self.ui.json {
            return self.ui.json(&attempt.record);
        }
        if self.is_single {
            return self.tell_single(attempt, tries, then);
        }
        match then {
            Then::Settled(Outcome::Failed(failure)) if failure.kind == FailureKind::Unsendable => Ok(()),
            Then::Settled(Outcome::Delivered { .. }) | Then::Retry(_) if !self.style.verbose => Ok(()),
            _ => {
                let text = line(&place.to_string(), attempt, then, &self.style);
                self.write(&text)
            }
        }
    }

    fn tell_single(&mut self, attempt: &Attempt, tries: u32, then: &Then) -> Result<(), CliError> {
        if self.style.verbose
            && let Some(request) = attempt.record.request.as_ref()
        {
            request_lines(request).iter().for_each(|text| self.ui.tell(text));
        }
        match then {
            // The error that the program ends with says it.
            Then::Settled(Outcome::Failed(_)) => {}
            Then::Settled(outcome) => {
                let text = single(attempt, outcome, &self.to, unix_now(), &self.style);
                self.ui.line(&text)?;
            }
            Then::Retry(_) if self.ui.quiet => {}
            Then::Retry(_) => {
                let style = Style { paint: self.ui.paint_err, ..self.style };
                self.ui.tell(&line(&format!("attempt {tries}"), attempt, then, &style));
            }
        }
        Ok(())
    }

    fn unfinished(&mut self, place: &Place, outcome: &Outcome) -> Result<(), CliError> {
        self.exit = self.exit.worse(exit_of(outcome));
        if self.ui.json {
            return Ok(());
        }
        let text = unfinished_line(&place.to_string(), outcome, &self.style);
        self.write(&text)
    }

    pub(super) fn unreadable(&mut self, error: &CliError) {
        self.exit = self.exit.worse(error.exit);
        let Report { ui, progress, .. } = self;
        progress.aside(|| ui.error(error));
    }
}

impl Observer<Event<CliError>> for Report<'_> {
    fn observe(&mut self, event: &Event<CliError>, summary: &Summary) -> ControlFlow<()> {
        let told = match event {
            Event::Attempted { place, attempt, tries, then } => self.attempted(place, attempt, *tries, then),
            Event::Unfinished { place, outcome } => self.unfinished(place, outcome),
            Event::Paused(pause) => {
                let text = pause_note(pause, &self.host);
                self.note(&text);
                Ok(())
            }
            Event::Unreadable(error) => {
                self.unreadable(error);
                Ok(())
            }
            Event::Skipped(_) => Ok(()),
        };
        self.show(summary, 0);
        self.go_on(told)
    }

    fn idle(&mut self) -> ControlFlow<()> {
        self.idles()
    }

    fn interrupted(&mut self) {
        self.is_interrupted();
    }
}

impl Report<'_> {
    /// Shows how far the run is; `sent` is how many went out to which no answer comes.
    pub(super) fn show(&self, summary: &Summary, sent: u64) {
        let failures = summary.refused + summary.failed + summary.unfinished + summary.unreadable;
        self.progress.show(summary.settled().max(sent) + summary.skipped(), failures);
    }

    pub(super) fn idles(&mut self) -> ControlFlow<()> {
        self.progress.tick();
        let flushed = self.ui.flush();
        self.go_on(flushed)
    }

    pub(super) fn is_interrupted(&mut self) {
        self.note(
            "interrupted: what is under way is finished, and nothing more is sent; once more ends at once",
        );
    }

    pub(super) fn go_on(&mut self, told: Result<(), CliError>) -> ControlFlow<()> {
        match told {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

pub(super) fn exit_of(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Delivered { .. } => Exit::Yes,
        Outcome::Refused { .. } | Outcome::Unfinished { status: Some(_), .. } => Exit::No,
        Outcome::Unfinished { status: None, .. } => Exit::Network,
        Outcome::Failed(failure) if failure.kind == FailureKind::Unsendable => Exit::Usage,
        Outcome::Failed(_) => Exit::Network,
    }
}

fn not_delivered(failure: &Failure) -> CliError {
    let cli = if failure.kind == FailureKind::Unsendable {
        CliError::usage("nothing can be sent like this")
    } else {
        CliError::network("not delivered")
    };
    let cli = cli.because(failure_words(failure));
    match &failure.hint {
        Some(hint) => cli.hint(hint.clone()),
        None => cli,
    }
}
