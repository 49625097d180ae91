//! A line for each record, in columns.

use std::borrow::Cow;
use std::fmt::Write;

use colored::Color;
use jiff::Timestamp;
use unicode_width::UnicodeWidthStr;

use super::bytes;
use crate::cli::render::timings::millis;
use crate::cli::ui::{Painter, escape};
use crate::protocol::outline::Outline;
use crate::protocol::record::{Direction, Transport, without_secrets};

/// The shortest beginning of an id that is shown: as long as the time in it, to the second or so.
const SHORTEST_ID: usize = 8;

/// The widest a column may be, in characters.
const WIDEST: usize = 36;

/// The widths of columns that depend on what is listed.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    number: usize,
    id: usize,
    kind: usize,
    author: usize,
    verdict: usize,
    latency: usize,
    ids: Vec<String>,
}

impl Columns {
    /// Columns that these outlines fit into.
    pub fn for_outlines<'a>(outlines: impl Iterator<Item = (u64, &'a Outline)>) -> Self {
        let mut columns = Columns { id: SHORTEST_ID, ..Columns::default() };
        columns.widen(outlines);
        columns
    }

    /// Makes room for further outlines. What was listed before stays narrower.
    pub fn widen<'a>(&mut self, outlines: impl Iterator<Item = (u64, &'a Outline)>) {
        for (number, outline) in outlines {
            self.number = self.number.max(number.to_string().len());
            self.kind = self.kind.max(what(outline).width()).min(WIDEST);
            self.author = self.author.max(author(outline).width()).min(WIDEST);
            self.verdict = self.verdict.max(outline.verdict.as_deref().unwrap_or_default().len()).min(WIDEST);
            self.latency = self.latency.max(latency(outline).len());
            self.ids.push(outline.id.clone());
        }
        self.ids.sort_unstable();
        self.ids.dedup();
        let shared = self.ids.windows(2).filter_map(|pair| match pair {
            [one, other] => Some(one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count() + 1),
            _ => None,
        });
        self.id = shared.max().unwrap_or_default().max(self.id);
    }
}

/// A record on a line.
pub fn list_line(number: u64, outline: &Outline, columns: &Columns, paint: Painter) -> String {
    let id: String = outline.id.chars().take(columns.id).collect();
    let arrow = match outline.direction {
        Some(Direction::In) => "←",
        Some(Direction::Out) => "→",
        None => "·",
    };
    let mut line = format!("{number:>width$}  ", width = columns.number);
    let _ = write!(
        line,
        "{}  {}  ",
        paint.dim(&pad(&escape(&id), columns.id)),
        paint.dim(&time(outline.at_millis))
    );
    let _ = write!(line, "{arrow} {}  ", pad(&what(outline), columns.kind));
    if columns.author > 0 {
        let _ = write!(line, "{}  ", pad(&author(outline), columns.author));
    }
    let word = outline.verdict.as_deref().unwrap_or("-");
    let padding = " ".repeat(columns.verdict.saturating_sub(word.len()));
    let _ = write!(line, "{}{padding}  ", verdict_badge(word, paint));
    let status = match (outline.status, outline.transport) {
        (Some(status), _) => status.to_string(),
        (None, Transport::Ws) => "ws".to_owned(),
        (None, Transport::Http) => "-".to_owned(),
    };
    let _ = write!(line, "{status:<3}  {:>8}", bytes(outline.size));
    if columns.latency > 0 {
        let _ = write!(line, "  {:>width$}", latency(outline), width = columns.latency);
    }
    if outline.attempt_of.is_some() {
        line.push_str("  retry");
    }
    if !outline.codes.is_empty() {
        let _ = write!(line, "  {}", escape(&outline.codes.join(" ")));
    }
    line.trim_end().to_owned()
}

/// A verdict's word in its colour.
pub fn verdict_badge(word: &str, paint: Painter) -> String {
    let color = match word {
        "valid" => Color::Green,
        "stale" | "key-unavailable" => Color::Yellow,
        "missing" | "invalid" => Color::Red,
        "not-checked" => Color::Cyan,
        _ => return escape(word).into_owned(),
    };
    paint.color(word, color)
}

/// The time, in UTC: month and day, and the time of day.
fn time(at_millis: u64) -> String {
    let at = i64::try_from(at_millis).ok().filter(|at| *at > 0);
    match at.and_then(|at| Timestamp::from_millisecond(at).ok()) {
        // 2026-01-31T12:00:00.123Z
        Some(at) => format!("{at:.3}").get(5..23).unwrap_or_default().replace('T', " "),
        None => " ".repeat(18),
    }
}

/// What it is: the entity or the frame's word, else the request.
fn what(outline: &Outline) -> String {
    let text = match (outline.short_kind(), &outline.method, &outline.target) {
        (Some(kind), ..) => Cow::Borrowed(kind),
        (None, Some(method), Some(target)) => format!("{method} {}", without_secrets(target)).into(),
        _ => Cow::Borrowed("malformed"),
    };
    shortened(&text)
}

/// How long it took.
fn latency(outline: &Outline) -> String {
    outline.latency_millis.map(millis).unwrap_or_default()
}

/// Who wrote it, else who signed it.
fn author(outline: &Outline) -> String {
    shortened(outline.author.as_deref().or(outline.signed_by.as_deref()).unwrap_or_default())
}

fn shortened(text: &str) -> String {
    let text = escape(text);
    match text.char_indices().nth(WIDEST) {
        Some(_) => {
            let start: String = text.chars().take(WIDEST - 1).collect();
            format!("{start}…")
        }
        None => text.into_owned(),
    }
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::{Record, Request};

    fn outline(id: &str, target: &str) -> Outline {
        let request = Request { method: "GET".into(), target: target.into(), ..Request::default() };
        Outline::of(&Record { id: Some(id.into()), request: Some(request), ..Record::default() })
    }

    #[test]
    fn ids_are_as_long_as_they_have_to_be_to_be_told_apart() {
        let outlines = [outline("0190aaaa-1111", "/"), outline("0190aaaa-1122", "/"), outline("ffff", "/")];
        let columns = Columns::for_outlines((1..).zip(&outlines));
        assert!(list_line(1, &outlines[0], &columns, Painter::new(false)).starts_with("1  0190aaaa-111 "));
        let alone = Columns::for_outlines([(7, &outlines[0])].into_iter());
        assert!(list_line(7, &outlines[0], &alone, Painter::new(false)).starts_with("7  0190aaaa  "));
    }

    #[test]
    fn what_a_peer_wrote_harms_no_terminal_and_no_column() {
        let odd = outline("\u{1b}[2J", &format!("/{}?token=hush", "x".repeat(100)));
        let line = list_line(1, &odd, &Columns::for_outlines([(1, &odd)].into_iter()), Painter::new(false));
        assert!(!line.contains('\u{1b}') && !line.contains("hush"), "{line}");
        assert!(line.width() < 150, "{line}");
    }
}
