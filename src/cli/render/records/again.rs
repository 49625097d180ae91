//! What came of a record that was sent again, and of its first time.

use super::verdict_badge;
use crate::cli::render::delivery::{Style, failure_words, single};
use crate::cli::ui::{Painter, escape};
use crate::delivery::replay::Held;
use crate::delivery::{Attempt, Expectation, Outcome};
use crate::protocol::http::reason;
use crate::protocol::record::{Direction, Record};
use crate::protocol::session::ProtocolName;

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
    let verdict = verdict.map(|verdict| {
        let codes = verdict.codes.iter().map(|code| format!(" {}", escape(code))).collect::<String>();
        format!(", {}{codes}", verdict_badge(&verdict.signature, paint))
    });
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

/// What came of messages in a session: each with its answer, and everything that was said.
pub fn held_lines(ids: &[&str], held: &Held, to: &str, paint: Painter) -> Vec<String> {
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
    for (id, answer) in ids.iter().zip(&held.answers) {
        let said = match answer {
            None => "no answer of its own".to_owned(),
            Some(receipt) if receipt.detail.is_empty() => receipt.status.to_string(),
            Some(receipt) => format!("{}: {}", receipt.status, escape(receipt.detail.trim())),
        };
        lines.push(format!("{}: {said}", escape(id)));
    }
    lines.push(match &held.end {
        Ok(close) => format!("{}closed with {}", paint.dim("session: "), escape(&close.to_string())),
        Err(failure) => format!("{}{}", paint.dim("session: "), escape(&failure_words(failure))),
    });
    lines
}
