//! The messages of a session, as they went and came.

use std::fmt::Write;

use colored::Color;

use super::{SessionView, shorten, shortened, time_text};
use crate::cli::render::exchange::body_text;
use crate::cli::render::json_text::painted;
use crate::cli::render::verification::{findings, verdict_word};
use crate::cli::render::violations::badges;
use crate::cli::ui::escape;
use crate::entity::Report;
use crate::protocol::record::{Direction, Protocol, Record};
use crate::protocol::session::{Kind, Reading};
use crate::protocol::versia::{Checked, Receipt};
use crate::repl::{Received, Sent, payload_of};

/// The most of a message that is laid out, in bytes.
const MAX_LAID_OUT: usize = 64 << 10;

/// How much is shown of a message that is larger, in bytes.
const MAX_BEGINNING: usize = 1 << 10;

/// How many bytes a row in hex has.
const HEX_ROW: usize = 16;

impl SessionView {
    pub(super) fn sent(&self, sent: &Sent) -> Option<String> {
        if sent.by_itself && !self.verbose && !self.frames {
            return None;
        }
        let payload = payload_of(&sent.record);
        let what = match (&sent.entity, sent.record.protocol) {
            (Some(entity), _) => kind(entity),
            (None, Protocol::Versia) => format!("as it is, {} bytes", payload.len()),
            (None, _) => match std::str::from_utf8(payload).ok().filter(|_| is_text(&sent.record)) {
                Some(text) => shorten(text).to_owned(),
                None => format!("{} bytes", payload.len()),
            },
        };
        let arrow = self.paint.color(&format!("→ {}", sent.number), Color::Cyan);
        let by_itself = if sent.by_itself { "by itself  " } else { "" };
        let mut text = format!("{arrow}  {by_itself}{}", escape(shorten(&what)));
        for line in self.flaws(sent.flaws.as_deref()) {
            let _ = write!(text, "\n  {line}");
        }
        if self.frames {
            let _ = write!(text, "\n  {}", self.frame(&sent.record));
        } else if self.verbose {
            let _ = write!(text, "\n{}", self.body(payload));
        }
        Some(text)
    }

    pub(super) fn received(&self, received: &Received) -> Option<String> {
        let arrow = self.paint.color(&format!("← {}", received.number), Color::Cyan);
        let reading = &received.reading;
        let what = match &reading.kind {
            Kind::KeepAlive if !self.verbose && !self.frames => return None,
            Kind::KeepAlive => self.paint.dim("keep-alive"),
            Kind::Entity => self.entity(received),
            Kind::Answer if received.record.protocol == Protocol::Versia => self.receipt(received),
            Kind::Answer => self.answer(received),
            Kind::Message | Kind::Event(_) => self.message(received),
            Kind::Unknown => {
                let label = self.paint.color("no message", Color::Yellow);
                let why = reading.problem.as_deref().unwrap_or_default();
                let why = self.paint.dim(&escape(shorten(why)));
                format!("{label}  {why}\n{}", self.body(received.payload()))
            }
        };
        let mut text = format!("{arrow}  {what}");
        if self.frames {
            let _ = write!(text, "\n  {}", self.frame(&received.record));
        }
        Some(text)
    }

    fn entity(&self, received: &Received) -> String {
        let reading = &received.reading;
        let text = reading.content.as_deref().unwrap_or_default();
        let mut lines = match &reading.checked {
            Some(checked) => {
                let mut lines = vec![self.verdict(checked, text)];
                let shortened = shortened(checked);
                let found = findings(&shortened, self.paint);
                lines.extend(found.map(|line| format!("  {line}")));
                lines
            }
            None => vec![escape(shorten(&kind(text))).into_owned()],
        };
        lines.extend(self.flaws(received.flaws.as_deref()).into_iter().map(|line| format!("  {line}")));
        if !text.is_empty() {
            lines.push(self.body(text.as_bytes()));
        }
        lines.join("\n")
    }

    /// What is wrong with an entity, a line for each of the first few.
    fn flaws(&self, flaws: Option<&Report>) -> Vec<String> {
        flaws.map(|report| badges(&report.violations, report.more, self.paint)).unwrap_or_default()
    }

    fn verdict(&self, checked: &Checked, entity: &str) -> String {
        let signer = checked.verification.signed_by.as_deref().unwrap_or_default();
        let verdict = verdict_word(checked.verification.verdict, self.paint);
        format!("{verdict}  {}  by {}", escape(shorten(&kind(entity))), escape(shorten(signer)))
    }

    fn receipt(&self, received: &Received) -> String {
        if let Some(why) = &received.reading.problem {
            let label = self.paint.color("wrong receipt", Color::Red);
            let body = self.body(received.payload());
            return format!("{label} (VN158): {}\n{body}", escape(shorten(why)));
        }
        let text = std::str::from_utf8(received.payload()).unwrap_or_default();
        let Ok(Some(receipt)) = Receipt::read(text) else { return String::new() };
        let color = if receipt.is_accepted() { Color::Green } else { Color::Red };
        let status = self.paint.color(&receipt.status.to_string(), color);
        let detail = match receipt.detail.as_str() {
            "" => String::new(),
            detail => format!("  {}", escape(shorten(detail))),
        };
        format!("receipt for {}: {status}{}{detail}", receipt.number, self.after(received))
    }

    fn answer(&self, received: &Received) -> String {
        let reading = &received.reading;
        let number = received.after.map(|(number, _)| number);
        let to = number.map(|number| format!(" to {number}")).unwrap_or_default();
        let said = match reading.refusal() {
            Some(refusal) => {
                let word = self.paint.color("refused", Color::Red);
                format!("{word}: {}", escape(shorten(&refusal.to_string())))
            }
            None => self.paint.color("done", Color::Green),
        };
        let mut text = format!("answer{to}: {said}{}", self.after(received));
        self.add_problem(&mut text, reading);
        if let Some(content) = &reading.content {
            let _ = write!(text, "\n{}", self.body(content.as_bytes()));
        }
        text
    }

    fn message(&self, received: &Received) -> String {
        let reading = &received.reading;
        let topic = match &reading.topic {
            Some(topic) => format!("  {}", self.paint.bold(&escape(shorten(topic)))),
            None => String::new(),
        };
        let mut text = format!("{}{topic}", escape(shorten(reading.kind.as_str())));
        self.add_problem(&mut text, reading);
        let content = reading.content.as_deref().map_or(received.payload(), str::as_bytes);
        if !content.is_empty() {
            let _ = write!(text, "\n{}", self.body(content));
        }
        text
    }

    fn add_problem(&self, text: &mut String, reading: &Reading) {
        if let Some(problem) = &reading.problem {
            let label = self.paint.color("wrong", Color::Red);
            let _ = write!(text, "\n  {label}: {}", escape(shorten(problem)));
        }
    }

    fn after(&self, received: &Received) -> String {
        let after = |(_, after)| self.paint.dim(&format!("  after {}", time_text(after)));
        received.after.map(after).unwrap_or_default()
    }

    /// A frame as it is on the wire, on one line.
    pub(super) fn frame(&self, record: &Record) -> String {
        let arrow = if record.direction == Some(Direction::Out) { "→" } else { "←" };
        let Some(frame) = &record.frame else { return String::new() };
        let payload = &frame.data.0;
        let content = match (&frame.close, is_text(record)) {
            (Some(close), _) => format!("{} {}", close.code, close.reason),
            (None, true) => {
                String::from_utf8_lossy(&payload[..payload.len().min(MAX_BEGINNING)]).into_owned()
            }
            (None, false) => hex(&payload[..payload.len().min(MAX_BEGINNING / 4)]),
        };
        let line = format!("{arrow} {} {} bytes  {}", frame.opcode, payload.len(), escape(&content));
        self.paint.dim(line.trim_end())
    }

    /// A message whole, laid out or in hex.
    pub(super) fn whole(&self, record: &Record, wants_hex: bool) -> String {
        let payload = payload_of(record);
        let line = self.frame_title(record);
        let rows = |payload: &[u8]| {
            let row = |(number, row): (usize, &[u8])| {
                let text: String = row
                    .iter()
                    .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { *byte as char } else { '.' })
                    .collect();
                format!("  {:08x}  {:<47}  {text}", number * HEX_ROW, hex(row))
            };
            payload.chunks(HEX_ROW).enumerate().map(row).collect::<Vec<_>>().join("\n")
        };
        let body = if wants_hex || !is_text(record) {
            rows(payload)
        } else {
            let text = painted(&body_text(payload), self.paint);
            text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
        };
        format!("{line}\n{body}").trim_end().to_owned()
    }

    fn frame_title(&self, record: &Record) -> String {
        let arrow = if record.direction == Some(Direction::Out) { "→" } else { "←" };
        let number = record.seq.map(|number| number.to_string()).unwrap_or_default();
        let opcode = record.frame.as_ref().map(|frame| frame.opcode.as_str()).unwrap_or_default();
        let at = record.at.as_deref().unwrap_or_default();
        let arrow = self.paint.color(&format!("{arrow} {number}"), Color::Cyan);
        format!("{arrow}  {opcode}, {} bytes, {at}", payload_of(record).len())
    }

    /// What came, laid out and set in, and the beginning only of what is large.
    fn body(&self, payload: &[u8]) -> String {
        let text = if payload.len() <= MAX_LAID_OUT {
            painted(&body_text(payload), self.paint)
        } else {
            let beginning = String::from_utf8_lossy(&payload[..MAX_BEGINNING]).into_owned();
            let beginning = escape(beginning.trim_end_matches('\u{fffd}')).into_owned();
            format!("{beginning}…\n({} bytes; with --json all of it comes)", payload.len())
        };
        text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
    }
}

fn is_text(record: &Record) -> bool {
    record.frame.as_ref().is_some_and(|frame| frame.opcode == "text")
}

fn hex(bytes: &[u8]) -> String {
    let two: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    two.join(" ")
}

/// The type of an entity, or what stands in its place.
fn kind(entity: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        kind: Option<String>,
    }
    match serde_json::from_str::<Typed>(entity) {
        Ok(Typed { kind: Some(kind) }) => kind,
        Ok(Typed { kind: None }) => "no type".to_owned(),
        Err(_) => "no entity".to_owned(),
    }
}
