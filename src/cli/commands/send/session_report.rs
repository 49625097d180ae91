//! Tells what happens over a WebSocket session: results to standard output, everything else beside them.

use std::ops::ControlFlow;
use std::time::Duration;

use super::report::{Report, exit_of};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::delivery::{
    closed_lines, failure_words, handshake_lines, heard_line, in_flight_words, pause_note, receipt_line,
    refusal_lines, single_receipt,
};
use crate::cli::render::timings::{millis, stages};
use crate::delivery::{
    Answered, Closed, FailureKind, Lost, NotOpened, Observer, Outcome, SessionEvent, Summary, Unanswered,
    Unsendable,
};
use crate::finding::{Finding, codes};
use crate::protocol::record::Record;
use crate::protocol::session::ComposeError;

/// Who listens to a run over a session.
pub(super) struct SessionReport<'a> {
    pub(super) report: Report<'a>,
    /// Whether receipts were offered.
    pub(super) offers_receipts: bool,
    /// Whether the session would be opened again.
    pub(super) retries: bool,
    /// The last handshake that opened a session.
    pub(super) handshake: Option<Box<Record>>,
    /// How long the last receipt took.
    pub(super) receipt: Option<Duration>,
    /// How many messages went out without receipts.
    pub(super) sent: u64,
}

type Told = Result<(), CliError>;

impl SessionReport<'_> {
    fn opened(&mut self, record: &Record) -> Told {
        self.handshake = Some(Box::new(record.clone()));
        let report = &mut self.report;
        if report.ui.json {
            return report.ui.json(record);
        }
        if report.style.verbose {
            handshake_lines(record).iter().for_each(|line| report.ui.tell(line));
        }
        if let Some(timings) = record.timings.as_ref().filter(|_| report.style.timings && !report.is_single) {
            let times = format!("handshake: {}", stages(timings, None));
            report.note(&times);
        }
        Ok(())
    }

    fn not_opened(&mut self, event: &NotOpened) -> Told {
        let NotOpened { record, failure, tries, again } = event;
        let report = &mut self.report;
        if again.is_none() {
            let error = match (&record.response, failure.kind) {
                (Some(response), _) if response.status != 101 => CliError::refused("no session was opened"),
                (_, FailureKind::Unsendable) => CliError::usage("nothing can be sent like this"),
                _ => CliError::network("no session was opened"),
            };
            self.report.exit = report.exit.worse(error.exit);
            self.report.error =
                Some(with_hint(error.because(failure_words(failure)), failure.hint.as_deref()));
        }
        let report = &mut self.report;
        if report.ui.json {
            return report.ui.json(record);
        }
        match (again, &record.response) {
            (Some(wait), _) => {
                let wait = millis(wait.as_secs_f64() * 1_000.0);
                let text = format!("attempt {tries}: {}; again in {wait}", failure_words(failure));
                report.note(&text);
                Ok(())
            }
            (None, Some(response)) => {
                if report.style.verbose
                    && let Some(request) = &record.request
                {
                    let unanswered = Record { request: Some(request.clone()), ..Record::default() };
                    handshake_lines(&unanswered).iter().for_each(|line| report.ui.tell(line));
                }
                let lines = refusal_lines(response, &report.style);
                lines.iter().try_for_each(|line| report.write(line))
            }
            (None, None) => Ok(()),
        }
    }

    fn answered(&mut self, answered: &Answered) -> Told {
        self.receipt = Some(answered.latency);
        let report = &mut self.report;
        report.exit = report.exit.worse(exit_of(&answered.outcome));
        if let Some(record) = &answered.record {
            return report.ui.json(record);
        }
        if report.is_single {
            let text = single_receipt(answered, &report.to, &report.style);
            return report.ui.line(&text);
        }
        match answered.outcome {
            Outcome::Delivered { .. } if !report.style.verbose => Ok(()),
            _ => {
                let text = receipt_line(answered, &report.style);
                report.write(&text)
            }
        }
    }

    fn lost(&mut self, lost: &Lost) -> Told {
        let Lost { failure, refused, unknown, again, record } = lost;
        let report = &mut self.report;
        match again {
            Some(wait) => {
                let wait = millis(wait.as_secs_f64() * 1_000.0);
                let text = format!("{}; again in {wait}", failure_words(failure));
                report.note(&text);
            }
            None => {
                let what = if report.is_single { "not delivered" } else { "not everything was delivered" };
                let error = if *refused { CliError::refused(what) } else { CliError::network(what) };
                let error = error.because(failure_words(failure));
                report.exit = report.exit.worse(error.exit);
                let hint = match (unknown, self.retries, self.offers_receipts) {
                    (1.., true, _) if !refused => Some(
                        "--retry goes on only where there are receipts: without them, nobody knows what arrived",
                    ),
                    (1.., _, true) => {
                        Some("the server gives no receipts; over HTTP, each document gets an answer")
                    }
                    _ => failure.hint.as_deref(),
                };
                report.error = Some(with_hint(error, hint));
            }
        }
        if report.ui.json { report.ui.json(record) } else { Ok(()) }
    }

    fn unanswered(&mut self, unanswered: &Unanswered) -> Told {
        let report = &mut self.report;
        report.exit = report.exit.worse(Exit::Network);
        if report.ui.json || report.is_single {
            return Ok(());
        }
        report.write(&in_flight_words(unanswered))
    }

    fn closed(&mut self, closed: &Closed) -> Told {
        let report = &mut self.report;
        if report.ui.json {
            return report.ui.json(&closed.record);
        }
        if report.is_single {
            let handshake = self.handshake.as_deref();
            let lines = closed_lines(handshake, self.receipt, closed, &report.to, &report.style);
            lines.iter().try_for_each(|line| report.ui.line(line))?;
        } else if let Some(failure) = &closed.failure {
            let text = format!("everything was answered, and then {}", failure_words(failure));
            report.progress.aside(|| report.ui.warn(&text));
        } else if report.style.verbose {
            let how = closed.close.as_ref().map(|close| format!(" with {close}")).unwrap_or_default();
            let text = format!("session closed{how}");
            report.note(&text);
        }
        Ok(())
    }

    fn odd(&mut self, problem: &str, record: Option<&Record>) -> Told {
        let report = &mut self.report;
        let message = format!("{} sends what is none of the protocol: {problem}", report.host);
        report.progress.aside(|| report.ui.finding(&Finding::new(&codes::FRAME_NOT_OF_PROTOCOL, message)));
        record.map_or(Ok(()), |record| report.ui.json(record))
    }

    fn heard(&mut self, event: &SessionEvent<CliError>) -> Told {
        let SessionEvent::Heard { incoming, record } = event else { return Ok(()) };
        let report = &mut self.report;
        match record {
            Some(record) => report.ui.json(record),
            None => {
                if report.is_single || report.style.verbose {
                    let text = heard_line(incoming, &report.host);
                    report.note(&text);
                }
                Ok(())
            }
        }
    }
}

impl Observer<SessionEvent<CliError>> for SessionReport<'_> {
    fn observe(&mut self, event: &SessionEvent<CliError>, summary: &Summary) -> ControlFlow<()> {
        let told = match event {
            SessionEvent::Opened { record, .. } => self.opened(record),
            SessionEvent::NotOpened(not_opened) => self.not_opened(not_opened),
            SessionEvent::Sent(record) => self.report.ui.json(record),
            SessionEvent::Answered(answered) => self.answered(answered),
            SessionEvent::Heard { .. } => self.heard(event),
            SessionEvent::Lost(lost) => self.lost(lost),
            SessionEvent::Unanswered(unanswered) => self.unanswered(unanswered),
            SessionEvent::Closed(closed) => self.closed(closed),
            SessionEvent::Unsendable { place, why } => {
                self.report.unreadable(&unsendable(&place.to_string(), *why));
                Ok(())
            }
            SessionEvent::NotComposed { place, why } => {
                self.report.unreadable(&not_composed(&place.to_string(), why));
                Ok(())
            }
            SessionEvent::Odd { problem, record } => self.odd(problem, record.as_deref()),
            SessionEvent::Unreadable(error) => {
                self.report.unreadable(error);
                Ok(())
            }
            SessionEvent::Paused(pause) => {
                let text = pause_note(pause, &self.report.host);
                self.report.note(&text);
                Ok(())
            }
            SessionEvent::Going(count) => {
                self.sent = *count;
                Ok(())
            }
            SessionEvent::Skipped(_) => Ok(()),
        };
        self.report.show(summary, self.sent);
        self.report.go_on(told)
    }

    fn idle(&mut self) -> ControlFlow<()> {
        self.report.idles()
    }

    fn interrupted(&mut self) {
        self.report.is_interrupted();
    }
}

/// A document that cannot be a message.
pub(super) fn unsendable(place: &str, why: Unsendable) -> CliError {
    let code = why.code().map(|code| format!(" ({})", code.id)).unwrap_or_default();
    CliError::usage(format!("{place} cannot be sent over WebSocket")).because(format!("{why}{code}"))
}

/// A document that becomes no message of the protocol.
pub(super) fn not_composed(place: &str, why: &ComposeError) -> CliError {
    let error = CliError::usage(format!("{place} cannot be sent")).because(why);
    match why.hint() {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn with_hint(error: CliError, hint: Option<&str>) -> CliError {
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
