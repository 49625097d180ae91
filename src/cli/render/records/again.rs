//! What came of a record that was sent again, and of its first time.

use super::verdict_badge;
use crate::cli::render::delivery::{Style, failure_words, single};
use crate::cli::ui::{Painter, escape};
use crate::delivery::replay::Held;
use crate::delivery::{Attempt, Expectation, Outcome};
use crate::protocol::http::reason;
use crate::protocol::record::{Direction, Record, RecordVerdict};
use crate::protocol::session::ProtocolName;
use crate::protocol::versia::Receipt;

/// How much of a frame is shown on a line, in characters.
const SHOWN: usize = 200;

/// A request that was sent again.
pub struct Again<'a> {
    /// The record's id.
    pub id: &'a str,
    /// The record.
    pub record: &'a Record,
    /// What came of it now.
    pub attempt: &'a Attempt,
    /// What that comes to.
    pub outcome: &'a Outcome,
    /// Where it went.
    pub to: String,
    /// The present, in Unix seconds.
    pub now: i64,
    /// Whether the time of each stage is shown.
    pub timings: bool,
    /// Whether more is told.
    pub verbose: bool,
}

/// A message that was sent again.
pub struct Message<'a> {
    /// The record's id.
    pub id: &'a str,
    /// The record.
    pub record: &'a Record,
    /// What it got as its receipt the first time.
    pub first: Option<&'a Receipt>,
}

/// The answer now, whole, and then what the first answer was.
pub fn again_lines(again: &Again<'_>, paint: Painter) -> Vec<String> {
    let style = Style {
        paint,
        timings: again.timings,
        verbose: again.verbose,
        expectation: Expectation::Success,
        protocol: ProtocolName::Versia,
    };
    let mut lines = vec![single(again.attempt, again.outcome, &again.to, again.now, &style)];
    let answer = |record: &Record| match (&record.response, &record.error) {
        (Some(response), _) => {
            format!("{} {}", response.status, reason(response.status)).trim_end().to_owned()
        }
        (None, Some(error)) => escape(&error.message).into_owned(),
        (None, None) => "no answer".to_owned(),
    };
    let verdict = again.record.request.as_ref().and_then(|request| request.verdict.as_ref());
    let verdict = verdict.map(|verdict| format!(", {}", verdict_words(verdict, paint)));
    let [then, now] = [answer(again.record), answer(&again.attempt.record)];
    let new = again.attempt.record.id.as_deref().unwrap_or_default();
    lines.push(format!(
        "{}{then}{}  ({})",
        paint.dim("then: "),
        verdict.unwrap_or_default(),
        escape(again.id)
    ));
    lines.push(format!("{}{now}  ({new})", paint.dim("now:  ")));
    lines
}

/// What came of messages in a session: everything that was said, and each with its answer now and what is known of the
/// first time.
pub fn held_lines(messages: &[Message<'_>], held: &Held, to: &str, paint: Painter) -> Vec<String> {
    let mut lines = Vec::new();
    let opened = held.records.first().and_then(|record| record.response.as_ref());
    let opened = opened.map_or("no answer".to_owned(), |response| {
        format!("{} {}", response.status, reason(response.status)).trim_end().to_owned()
    });
    lines.push(format!("{}{opened}  {}", paint.dim("session: "), paint.dim(&format!("({})", escape(to)))));
    for record in &held.records {
        let Some(frame) = record.frame.as_ref().filter(|frame| frame.opcode != "close") else { continue };
        let arrow = if record.direction == Some(Direction::Out) { "→" } else { "←" };
        let text = match frame.data.as_text() {
            Some(text) => text.trim_end().to_owned(),
            None => format!("{}, {} bytes", frame.opcode, frame.data.0.len()),
        };
        let cut: String = text.chars().take(SHOWN).collect();
        let more = if cut.len() < text.len() { "…" } else { "" };
        lines.push(format!("  {arrow} {}{more}", escape(&cut)));
    }
    for (message, answer) in messages.iter().zip(&held.answers) {
        let verdict = message.record.frame.as_ref().and_then(|frame| frame.verdict.as_ref());
        let then = match (message.first, verdict) {
            (Some(first), _) => Some(receipt_words(Some(first))),
            (None, verdict) => verdict.map(|verdict| verdict_words(verdict, paint)),
        };
        let id = escape(message.id);
        lines.extend(then.map(|then| format!("{}{then}  ({id})", paint.dim("then: "))));
        lines.push(format!("{}{}  ({id})", paint.dim("now:  "), receipt_words(answer.as_ref())));
    }
    lines.push(match &held.end {
        Ok(close) => format!("{}closed with {}", paint.dim("session: "), escape(&close.to_string())),
        Err(failure) => format!("{}{}", paint.dim("session: "), escape(&failure_words(failure))),
    });
    lines
}

fn verdict_words(verdict: &RecordVerdict, paint: Painter) -> String {
    let codes = verdict.codes.iter().map(|code| format!(" {}", escape(code))).collect::<String>();
    format!("{}{codes}", verdict_badge(&verdict.signature, paint))
}

fn receipt_words(receipt: Option<&Receipt>) -> String {
    let Some(receipt) = receipt else { return "no answer of its own".to_owned() };
    let status = format!("{} {}", receipt.status, reason(receipt.status)).trim_end().to_owned();
    match receipt.detail.trim() {
        "" => status,
        detail => format!("{status}: {}", escape(detail)),
    }
}
