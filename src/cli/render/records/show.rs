//! Everything about one record.

use colored::Color;

use super::{bytes, verdict_badge};
use crate::cli::examining::Examined;
use crate::cli::render::exchange::{body_text, header_lines};
use crate::cli::render::timings::{millis, stages};
use crate::cli::render::verification::{Style, render};
use crate::cli::render::violations;
use crate::cli::ui::{Painter, escape, escape_lines};
use crate::protocol::http::reason;
use crate::protocol::outline::Outline;
use crate::protocol::record::{Bytes, Direction, Frame, Record, RecordVerdict, Transport};
use crate::protocol::versia::Message;

/// A record with what there is to say about it.
pub struct Shown<'a> {
    /// Its number.
    pub number: u64,
    /// The record, without secrets unless they are wanted.
    pub record: &'a Record,
    /// What was found out about it again.
    pub examined: &'a Examined,
    /// All attempts at the same delivery, this one among them.
    pub attempts: &'a [(u64, Outline)],
}

/// The record, part by part, in lines.
pub fn shown_lines(shown: &Shown<'_>, paint: Painter) -> Vec<String> {
    let mut lines = heading_lines(shown, paint);
    lines.extend(messages(shown.record, paint));
    lines.extend(verification_lines(shown, paint));
    lines.extend(entity_lines(shown.examined, paint));
    if shown.attempts.len() > 1 {
        lines.extend(timeline_lines(shown, paint));
    }
    lines
}

pub(super) fn heading_lines(shown: &Shown<'_>, paint: Painter) -> Vec<String> {
    let record = shown.record;
    let id = escape(record.id.as_deref().unwrap_or_default());
    let mut lines = vec![format!("{} {}", paint.bold(&format!("record {}", shown.number)), id)];
    let mut row = |label: &str, text: String| {
        lines.push(format!("  {}{}", paint.dim(&format!("{label:<10}")), escape(&text)));
    };
    if let Some(at) = &record.at {
        row("at", at.clone());
    }
    let way = match record.direction {
        Some(Direction::In) => "in",
        Some(Direction::Out) => "out",
        None => "unknown",
    };
    let peer = record.peer.as_ref().map(|peer| format!(", peer {peer}")).unwrap_or_default();
    row("way", format!("{way}{peer}"));
    let transport = if record.transport == Transport::Ws {
        "WebSocket".to_owned()
    } else {
        record.http.as_ref().map_or("HTTP".to_owned(), |version| format!("HTTP/{version}"))
    };
    let tls = record.tls.as_ref().map_or(", no TLS".to_owned(), |tls| format!(", TLS {tls}"));
    row("over", format!("{transport}{tls}, {}", format!("{:?}", record.protocol).to_lowercase()));
    if let Some(session) = &record.session {
        let seq = record.seq.map(|seq| format!(", number {seq}")).unwrap_or_default();
        row("session", format!("{session}{seq}"));
    }
    if let Some(timings) = &record.timings {
        row("times", stages(timings, None));
    }
    if record.truncated {
        row("truncated", "something of it is not whole".to_owned());
    }
    if let Some(error) = &record.error {
        let code = error.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        row("error", format!("{}{code}", error.message));
    }
    lines
}

fn messages(record: &Record, paint: Painter) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(request) = record.request.as_ref().filter(|request| request.headers.is_some()) {
        lines.push(String::new());
        lines.push(paint.bold(&format!("{} {}", escape(&request.method), escape(&request.target))));
        lines.extend(header_lines(request.headers.as_ref().unwrap_or(&Vec::new()), paint));
        lines.extend(body(&request.body, request.truncated));
    }
    if let Some(response) = &record.response {
        lines.push(String::new());
        let line = format!("{} {}", response.status, reason(response.status));
        lines.push(paint.bold(line.trim_end()));
        lines.extend(header_lines(&response.headers, paint));
        lines.extend(body(&response.body, response.truncated));
    }
    if let Some(one) = &record.frame {
        lines.extend(frame(one, paint));
    }
    if let Some(malformed) = &record.malformed {
        lines.extend([String::new(), paint.bold("could not be parsed"), escape_lines(&text_of(malformed))]);
    }
    lines
}

fn text_of(bytes: &Bytes) -> String {
    String::from_utf8_lossy(&bytes.0).into_owned()
}

fn body(body: &Bytes, truncated: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if !body.is_empty() {
        lines.extend([String::new(), body_text(&body.0)]);
    }
    if truncated {
        lines.push(format!("(not whole: {} of it are here)", bytes(body.0.len() as u64)));
    }
    lines
}

fn frame(frame: &Frame, paint: Painter) -> Vec<String> {
    let mut lines = vec![String::new(), paint.bold(&format!("{} frame", escape(&frame.opcode)))];
    if let Some(close) = &frame.close {
        lines.push(format!("{} {}", close.code, escape(&close.reason)).trim_end().to_owned());
    }
    match Message::read(&frame.data.0) {
        Ok(message) => {
            for (name, value) in [
                ("signature", &message.signature),
                ("signed_at", &message.signed_at),
                ("signed_by", &message.signed_by),
            ] {
                lines.push(format!("{}: {}", paint.dim(name), escape(value)));
            }
            lines.extend([String::new(), body_text(message.entity.as_bytes())]);
        }
        Err(_) if frame.data.is_empty() => {}
        Err(_) => lines.push(body_text(&frame.data.0)),
    }
    lines
}

/// What was found out then, and what is found out now.
pub(super) fn verification_lines(shown: &Shown<'_>, paint: Painter) -> Vec<String> {
    let record = shown.record;
    let then = [
        ("request", record.request.as_ref().and_then(|it| it.verdict.as_ref())),
        ("response", record.response.as_ref().and_then(|it| it.verdict.as_ref())),
        ("frame", record.frame.as_ref().and_then(|it| it.verdict.as_ref())),
    ];
    let then = then.into_iter().filter_map(|(part, verdict)| Some(recorded(part, verdict?, paint)));
    let mut lines: Vec<_> = then.collect();
    let style = Style { json: false, details: true, paint };
    for one in &shown.examined.checked {
        let mut text = Vec::new();
        render(one, "", shown.examined.reference, &style, &mut text);
        lines.extend(String::from_utf8_lossy(&text).trim_end().lines().map(str::to_owned));
    }
    if let Some(why) = &shown.examined.nothing {
        lines.push(format!("{}: {}", paint.color("not verified", Color::Cyan), escape(why)));
    }
    if !lines.is_empty() {
        lines.insert(0, String::new());
    }
    lines
}

fn recorded(part: &str, verdict: &RecordVerdict, paint: Painter) -> String {
    let codes =
        if verdict.codes.is_empty() { String::new() } else { format!("  {}", verdict.codes.join(" ")) };
    let by = verdict.signed_by.as_ref().map(|by| format!("  by {by}")).unwrap_or_default();
    let key = verdict.key.as_ref().map(|key| format!("  key {key}")).unwrap_or_default();
    let rest = escape(&format!("{by}{key}{codes}")).into_owned();
    format!("{} {part}: {}{rest}", paint.dim("recorded"), verdict_badge(&verdict.signature, paint))
}

pub(super) fn entity_lines(examined: &Examined, paint: Painter) -> Vec<String> {
    let Some((text, report)) = &examined.entity else { return Vec::new() };
    let case = violations::Case {
        place: "entity".to_owned(),
        kind: report.kind.clone(),
        violations: report.violations.clone(),
        more: report.more,
        ..violations::Case::default()
    };
    let style = violations::Style { paint, shows_source: true, verbose: false, names_profile: false };
    let mut out = Vec::new();
    violations::human(&case, text, &style, true, &mut out);
    let mut lines = vec![String::new()];
    lines.extend(String::from_utf8_lossy(&out).trim_end().lines().map(str::to_owned));
    lines
}

/// All attempts at one delivery, each with the time since the one before.
pub(super) fn timeline_lines(shown: &Shown<'_>, paint: Painter) -> Vec<String> {
    let mut lines = vec![String::new(), paint.bold("attempts")];
    let mut before = None;
    for (number, outline) in shown.attempts {
        let since = before.map_or(String::new(), |before: u64| {
            format!("  {} later", millis(outline.at_millis.saturating_sub(before) as f64))
        });
        before = Some(outline.at_millis);
        let status = outline.status.map_or("no answer".to_owned(), |status| {
            format!("{status} {}", reason(status)).trim_end().to_owned()
        });
        let mark = if *number == shown.number { "*" } else { " " };
        let verdict = outline.verdict.as_deref().map(|word| format!("  {}", verdict_badge(word, paint)));
        lines.push(format!("{mark} {number}  {status}{}{}", verdict.unwrap_or_default(), paint.dim(&since)));
    }
    lines
}
