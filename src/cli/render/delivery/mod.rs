//! What came of deliveries, for people and for programs.

mod session;
mod summary;

use std::time::Duration;

use colored::Color;

pub use self::session::{
    closed_lines, handshake_lines, heard_line, in_flight_words, receipt_line, refusal_lines, single_receipt,
};
pub use self::summary::{SummaryLine, summary, summary_line};

use super::exchange::{body_text, header_lines};
use super::timings::{millis, stages};
use super::verification::{self, Reference};
use crate::cli::ui::{Painter, escape};
use crate::delivery::{Attempt, Expectation, Failure, Outcome, Pause, PauseReason, Then, Unfinished};
use crate::protocol::http::reason;
use crate::protocol::record::Request;
use crate::protocol::session::ProtocolName;
use crate::protocol::versia::Checked;
use crate::signing::{Verdict, describe_seconds};

/// The most of what the other side says that is shown on a line, in characters.
const MAX_EXCERPT: usize = 200;

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// With colours or without.
    pub paint: Painter,
    /// Whether the time of each stage is shown.
    pub timings: bool,
    /// Whether more is told.
    pub verbose: bool,
    /// Which answer was wanted.
    pub expectation: Expectation,
    /// Which protocol is spoken over a session.
    pub protocol: ProtocolName,
}

impl Style {
    /// An answer in a list of them. Only Versia's have a status of their own.
    fn answer(&self, status: u16) -> String {
        match (self.protocol, status) {
            (ProtocolName::Versia, status) => status.to_string(),
            (_, 200..300) => "yes".to_owned(),
            _ => "no".to_owned(),
        }
    }

    /// Why there is no answer to a message that was delivered.
    fn no_answers(&self) -> String {
        match self.protocol {
            ProtocolName::Versia => "no receipts were agreed on".to_owned(),
            other => format!("{other} has no answer to it"),
        }
    }
}

/// The answer to a single delivery: status, headers, body, what its signature is worth, times.
pub fn single(attempt: &Attempt, outcome: &Outcome, to: &str, now: i64, style: &Style) -> String {
    let mut lines = vec![format!("{}{}", outcome_words(outcome, style), total(attempt))];
    lines[0] = format!("{}  {}", lines[0], style.paint.dim(&format!("({})", escape(to))));
    if let Some(response) = &attempt.record.response {
        lines.extend(header_lines(&response.headers, style.paint));
        lines.push(String::new());
        if !response.body.is_empty() {
            lines.extend([body_text(&response.body.0), String::new()]);
        }
        if response.truncated {
            lines.push("(the body is not whole: it is larger than is read)".to_owned());
        }
    }
    if let Some(check) = &attempt.check {
        lines.push(signature(check, now, style));
    }
    if let Some(timings) = attempt.record.timings.as_ref().filter(|_| style.timings) {
        lines.push(format!("{}{}", style.paint.dim("times: "), stages(timings, attempt.dialled)));
    }
    lines.join("\n")
}

/// The request as it went out, as `curl -v` shows it.
pub fn request_lines(request: &Request) -> Vec<String> {
    let mut lines = vec![format!("> {} {} HTTP/1.1", request.method, request.target)];
    for (name, value) in request.headers.iter().flatten() {
        lines.push(format!("> {name}: {}", String::from_utf8_lossy(&value.0)));
    }
    lines.iter().map(|line| escape(line).into_owned()).collect()
}

/// One line on one of many attempts.
pub fn line(place: &str, attempt: &Attempt, then: &Then, style: &Style) -> String {
    let said = match then {
        Then::Settled(outcome) => outcome_words(outcome, style),
        Then::Retry(_) => answer_words(attempt),
    };
    let mut text = format!("{}: {said}", escape(place));
    if attempt.answer.is_ok() {
        text.push_str(&total(attempt));
    }
    if let Some(check) = attempt.check.as_ref().filter(|check| style.verbose && is_signed(check)) {
        text =
            format!("{text}, answer {}", verification::verdict_word(check.verification.verdict, style.paint));
    }
    if let Some(timings) = attempt.record.timings.as_ref().filter(|_| style.timings) {
        text = format!("{text}  {}", style.paint.dim(&format!("({})", stages(timings, attempt.dialled))));
    }
    match then {
        Then::Retry(wait) => format!("{text}; again in {}", duration(*wait)),
        Then::Settled(Outcome::Refused { .. }) => format!("{text}{}", excerpt(attempt)),
        Then::Settled(_) => text,
    }
}

/// One line on a document whose retry was not made.
pub fn unfinished_line(place: &str, outcome: &Outcome, style: &Style) -> String {
    format!("{}: {}", escape(place), outcome_words(outcome, style))
}

fn answer_words(attempt: &Attempt) -> String {
    match &attempt.answer {
        Ok(Some(status)) => status_words(*status),
        Ok(None) => "sent".to_owned(),
        Err(failure) => escape(&failure_words(failure)).into_owned(),
    }
}

/// What happened, with the code.
pub fn failure_words(failure: &Failure) -> String {
    match failure.code {
        Some(code) => format!("{} ({})", failure.message, code.id),
        None => failure.message.clone(),
    }
}

fn outcome_words(outcome: &Outcome, style: &Style) -> String {
    let usual = style.expectation == Expectation::Success;
    let status_words = |status: u16| (style.protocol == ProtocolName::Versia).then(|| status_words(status));
    let (word, color, rest) = match outcome {
        Outcome::Delivered { status } => {
            let word = if usual { "delivered" } else { "as expected" };
            (word, Color::Green, status.and_then(status_words))
        }
        Outcome::Refused { status } if usual => ("refused", Color::Red, status_words(*status)),
        Outcome::Refused { status } => {
            let rest = status_words(*status).map(|words| format!("{words}, not {}", style.expectation));
            ("not as expected", Color::Red, rest)
        }
        Outcome::Failed(failure) => {
            ("failed", Color::Red, Some(escape(&failure_words(failure)).into_owned()))
        }
        Outcome::Unfinished { status, why } => {
            let last =
                status.and_then(status_words).map(|words| format!("{words}, and ")).unwrap_or_default();
            let why = match why {
                Unfinished::Stopped => "the run ended before it was tried again".to_owned(),
                Unfinished::PauseTooLong(pause) => format!("the server asks for {}", pause_words(pause)),
            };
            ("not delivered", Color::Yellow, Some(format!("{last}{why}")))
        }
    };
    let word = style.paint.color(word, color);
    rest.map_or(word.clone(), |rest| format!("{word}: {rest}"))
}

fn status_words(status: u16) -> String {
    format!("{status} {}", reason(status)).trim_end().to_owned()
}

fn pause_words(pause: &Pause) -> String {
    let reason = match pause.reason {
        PauseReason::RetryAfter => "Retry-After",
        PauseReason::RateLimit => "RateLimit-Remaining: 0",
    };
    format!("a pause of {} ({reason})", describe_seconds(whole_seconds(pause.wait)))
}

/// Servers ask for whole seconds, of which a moment has passed already.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_millis().div_ceil(1_000).try_into().unwrap_or(u64::MAX)
}

/// What to say when all wait.
pub fn pause_note(pause: &Pause, host: &str) -> String {
    format!("{host} asks for {}", pause_words(pause))
}

fn total(attempt: &Attempt) -> String {
    let total = attempt.record.timings.and_then(|timings| timings.total);
    total.map(|total| format!(", {}", millis(total))).unwrap_or_default()
}

fn excerpt(attempt: &Attempt) -> String {
    let body =
        attempt.record.response.as_ref().and_then(|response| response.body.as_text()).unwrap_or_default();
    let body = body.trim();
    if body.is_empty() {
        return String::new();
    }
    let cut: String = body.chars().take(MAX_EXCERPT).collect();
    let more = if cut.len() < body.len() { "…" } else { "" };
    format!(": {}{more}", escape(&cut))
}

fn is_signed(check: &Checked) -> bool {
    check.verification.verdict != Verdict::NotChecked || check.verification.signed_by.is_some()
}

fn signature(check: &Checked, now: i64, style: &Style) -> String {
    if !is_signed(check) {
        return format!("{}unsigned", style.paint.dim("answer: "));
    }
    let details = style.verbose || check.verification.verdict != Verdict::Valid;
    let style = verification::Style { json: false, details, paint: style.paint };
    let mut output = Vec::new();
    verification::render(check, "", Reference::Now(now), &style, &mut output);
    String::from_utf8_lossy(&output).trim_end().to_owned()
}

fn duration(duration: Duration) -> String {
    millis(duration.as_secs_f64() * 1_000.0)
}
