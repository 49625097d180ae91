//! For people: a line for each violation, and what to do about it.

use colored::Color;
use unicode_width::UnicodeWidthStr;

use super::{Case, Counts, Style};
use crate::cli::ui::{Painter, escape, redact};
use crate::entity::Violation;
use crate::finding::Level;

/// How much of a line is shown, in characters.
const SHOWN: usize = 96;

/// How much of it is shown before the place.
const BEFORE: usize = 48;

/// Writes what was found in a document. `alone` says that a valid one is valid.
pub fn human(case: &Case, text: &[u8], style: &Style, alone: bool, out: &mut Vec<u8>) {
    for violation in &case.violations {
        for line in lines(case, violation, text, style) {
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
    if case.more > 0 {
        let line = format!("{}: {} more are not shown\n", escape(&case.name()), case.more);
        out.extend_from_slice(line.as_bytes());
    }
    let has_errors = case.violations.iter().any(|it| it.level == Level::Error);
    if style.names_profile && (alone || !case.violations.is_empty()) {
        let verdicts = case.verdicts.iter().map(|(profile, takes)| {
            let (word, color) = if *takes { ("valid", Color::Green) } else { ("refused", Color::Red) };
            format!("{}: {}", profile.as_str(), style.paint.color(word, color))
        });
        let line = format!("{}: {}\n", escape(&case.name()), verdicts.collect::<Vec<_>>().join(", "));
        out.extend_from_slice(line.as_bytes());
    } else if alone && !has_errors {
        let kind = case.kind.as_deref().map(|kind| format!("{} ", escape(kind))).unwrap_or_default();
        let line = format!("{}: {kind}{}\n", escape(&case.name()), style.paint.color("valid", Color::Green));
        out.extend_from_slice(line.as_bytes());
    }
}

fn lines(case: &Case, violation: &Violation, text: &[u8], style: &Style) -> Vec<String> {
    let paint = style.paint;
    let profile =
        if style.names_profile { format!("{} ", violation.profile.as_str()) } else { String::new() };
    let place = format!("{}:{}:{}", escape(&case.place), case.line(violation), violation.column);
    let pointer = match violation.pointer.as_str() {
        "" => String::new(),
        pointer => paint.dim(&format!(" at {}", escape(pointer))),
    };
    let mut lines = vec![format!(
        "{}: {profile}{} {}: {}{pointer}",
        paint.bold(&place),
        paint.level(violation.level),
        violation.code.id,
        escape(&violation.found),
    )];
    if style.shows_source
        && let Some([source, mark]) = marked(text, violation, case.line(violation), paint)
    {
        lines.extend([source, mark]);
    }
    lines.push(format!("    {}: {}", paint.dim("rule"), violation.rule));
    lines.push(format!("    {}: {}", paint.dim("fix"), escape(&violation.fix)));
    if style.verbose {
        lines.push(format!("    {}: {}", paint.dim("page"), violation.page));
    }
    lines
}

/// The line of the document, or a part of it, and a mark under the place.
fn marked(text: &[u8], violation: &Violation, number: u64, paint: Painter) -> Option<[String; 2]> {
    let start = violation.span.start.min(text.len());
    let from = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
    let to = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
    let before = String::from_utf8_lossy(&text[from..start]);
    // No more is looked at than can be shown.
    let behind = String::from_utf8_lossy(&text[start..to.min(start + 4 * SHOWN)]);
    let skipped = violation.column.saturating_sub(1).saturating_sub(BEFORE);
    let (ellipsis, before) = match before.char_indices().nth(skipped) {
        Some((at, _)) if skipped > 0 => ("…", &before[at..]),
        _ => ("", before.as_ref()),
    };
    let before = format!("{ellipsis}{}", escape(before));
    let behind: String = behind.chars().take(SHOWN - BEFORE).collect();
    let end = violation.span.end.clamp(start, to.min(start + 4 * SHOWN));
    let marked = String::from_utf8_lossy(&text[start..end]);
    let length = escape(&marked).width().clamp(1, escape(&behind).width().max(1));
    let gutter = format!("{number:>6} | ");
    let blank = " ".repeat(gutter.len() - 2);
    Some([
        format!("{}{before}{}", paint.dim(&gutter), escape(&redact(&behind))),
        format!(
            "{}{}{}",
            paint.dim(&format!("{blank}| ")),
            " ".repeat(before.width()),
            paint.color(&"^".repeat(length), Color::Red)
        ),
    ])
}

/// What many documents come to, in a line.
pub fn summary(counts: &Counts, paint: Painter) -> String {
    let Counts { documents, valid, errors, warnings, notes } = *counts;
    let some = |count: u64, word: &str| {
        let plural = if count == 1 { "" } else { "s" };
        (count > 0).then(|| format!("{count} {word}{plural}"))
    };
    let found = [some(errors, "error"), some(warnings, "warning"), some(notes, "note")];
    let found = found.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let found = if found.is_empty() { String::new() } else { format!("; {found}") };
    let color = if valid == documents { Color::Green } else { Color::Red };
    let plural = if documents == 1 { "" } else { "s" };
    format!("{documents} document{plural}, {}{found}", paint.color(&format!("{valid} valid"), color))
}
