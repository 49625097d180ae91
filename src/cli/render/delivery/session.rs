//! What happens over a WebSocket session, for people.

use std::time::Duration;

use super::{MAX_EXCERPT, Style, duration, failure_words, outcome_words, request_lines, status_words};
use crate::cli::render::exchange::{body_text, head_lines};
use crate::cli::render::timings::stages;
use crate::cli::ui::escape;
use crate::client::websocket::Incoming;
use crate::delivery::{Answered, Closed, Unanswered};
use crate::finding::codes;
use crate::protocol::record::{Record, Response};

/// The handshake with both its heads, as `curl -v` shows it.
pub fn handshake_lines(record: &Record) -> Vec<String> {
    let mut lines = record.request.as_ref().map(request_lines).unwrap_or_default();
    if let Some(response) = &record.response {
        lines.push(format!("< {}", status_line(response)));
        for (name, value) in &response.headers {
            let line = format!("< {name}: {}", String::from_utf8_lossy(&value.0));
            lines.push(escape(&line).into_owned());
        }
    }
    lines
}

fn status_line(response: &Response) -> String {
    format!("HTTP/1.1 {}", status_words(response.status))
}

/// The answer to a handshake that opened no session, whole.
pub fn refusal_lines(response: &Response, style: &Style) -> Vec<String> {
    let mut lines = head_lines(&status_line(response), &response.headers, style.paint);
    if !response.body.is_empty() {
        lines.extend([String::new(), body_text(&response.body.0)]);
    }
    if response.truncated {
        lines.push("(the body is not whole: it broke off, or is larger than is read)".to_owned());
    }
    lines
}

/// The receipt of a single document.
pub fn single_receipt(answered: &Answered, to: &str, style: &Style) -> String {
    let to = style.paint.dim(&format!("({})", escape(to)));
    let line = format!("{}, {}", outcome_words(&answered.outcome, style), duration(answered.latency));
    match answered.receipt.detail.as_str() {
        "" => format!("{line}  {to}"),
        detail => format!("{line}  {to}\n{}", escape(detail)),
    }
}

/// One line on one of many receipts.
pub fn receipt_line(answered: &Answered, style: &Style) -> String {
    let (place, took) = (answered.place.to_string(), duration(answered.latency));
    let line = format!("{}: {}, {took}", escape(&place), outcome_words(&answered.outcome, style));
    let detail = answered.receipt.detail.trim();
    if detail.is_empty() { line } else { format!("{line}: {}", excerpt(detail)) }
}

/// How a session was opened and closed, for a single document; `receipt` is how long its receipt took.
pub fn closed_lines(
    handshake: Option<&Record>,
    receipt: Option<Duration>,
    closed: &Closed,
    to: &str,
    style: &Style,
) -> Vec<String> {
    let mut lines = Vec::new();
    if closed.unconfirmed > 0 {
        let word = style.paint.color("delivered", colored::Color::Green);
        let to = style.paint.dim(&format!("({})", escape(to)));
        let code = codes::RECEIPTS_NOT_AGREED.id;
        lines.push(format!(
            "{word}: {}, so that nobody said what became of it ({code})  {to}",
            style.no_answers()
        ));
    }
    let response = handshake.and_then(|record| record.response.as_ref());
    let subprotocol = response.and_then(|response| {
        let found =
            response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"));
        found.and_then(|(_, value)| value.as_text())
    });
    let opened = response.map(|response| status_words(response.status)).unwrap_or_default();
    let subprotocol = subprotocol.map_or("no subprotocol".to_owned(), |name| escape(name).into_owned());
    let end = match (&closed.close, &closed.failure) {
        (_, Some(failure)) => escape(&failure_words(failure)).into_owned(),
        (Some(close), None) => format!("closed with {}", escape(&close.to_string())),
        (None, None) => "closed".to_owned(),
    };
    lines.push(format!("{}{opened}, {subprotocol}; {end}", style.paint.dim("session: ")));
    if style.timings {
        let mut times = Vec::new();
        if let Some(timings) = handshake.and_then(|record| record.timings.as_ref()) {
            times.push(format!("handshake {}", stages(timings, None)));
        }
        times.extend(receipt.map(|receipt| format!("receipt {}", duration(receipt))));
        times.push(format!("close {}", duration(closed.took)));
        lines.push(format!("{}{}", style.paint.dim("times: "), times.join("; ")));
    }
    lines
}

/// What the other side said beside receipts.
pub fn heard_line(incoming: &Incoming, host: &str) -> String {
    match incoming {
        Incoming::Text(text) => format!("{host} says: {}", excerpt(text.trim())),
        Incoming::Binary(bytes) => format!("{host} sent a binary message of {} bytes", bytes.len()),
        Incoming::Ping(_) | Incoming::Pong(_) => format!("{host} sent a ping"),
    }
}

/// What became of documents that went out and have no receipt.
pub fn in_flight_words(unanswered: &Unanswered) -> String {
    let Unanswered { count, first, last } = unanswered;
    let (first, last) = (first.to_string(), last.to_string());
    match count {
        1 => format!("{}: no receipt came; it may have arrived", escape(&first)),
        _ => format!(
            "{} to {}: no receipts came for {count}; they may have arrived",
            escape(&first),
            escape(&last)
        ),
    }
}

fn excerpt(text: &str) -> String {
    let cut: String = text.chars().take(MAX_EXCERPT).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{}{more}", escape(&cut))
}
