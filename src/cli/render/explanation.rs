//! Why a signature does not verify, for people and for programs: the one place where it is written.

use std::borrow::Cow;

use colored::Color;
use serde::Serialize;

use crate::cli::ui::{Painter, escape, wrap};
use crate::finding::Finding;
use crate::signing::{Explanation, Segment};

/// How long a part of a string may be before its middle is left out, in characters.
const LONGEST: usize = 100;
/// How much is left at each end.
const KEPT: usize = 40;
/// How wide the text on a fix is.
const WIDTH: usize = 100;
/// How much of a sentence is shown, which may quote what a peer wrote, in characters.
const SENTENCE: usize = 400;

/// The explanation in lines: each cause, both strings under each other with marks at what differs, and how to fix it.
pub fn lines(explanation: &Explanation, paint: Painter) -> Vec<String> {
    let mut lines = Vec::new();
    let explained = explanation.is_explained();
    let (word, color) = if explained { ("cause", Color::Magenta) } else { ("note", Color::Cyan) };
    for cause in &explanation.causes {
        let said: String = cause.message.chars().take(SENTENCE).collect();
        lines.push(format!("{} {}: {}", paint.color(word, color), cause.code.id, escape(&said)));
    }
    if let Some(key) = &explanation.signed_with {
        lines.push(format!("  {}{key}", paint.dim("signed with  ")));
    }
    if explanation.expected() != explanation.signed() {
        lines.extend(strings(&explanation.segments, paint));
    }
    if !explained {
        lines.push(format!("  {}{}", paint.dim("tried  "), ruled_out(explanation)));
    }
    for cause in &explanation.causes {
        lines.extend(fix(cause, explanation.causes.len() > 1, paint));
    }
    lines
}

fn ruled_out(explanation: &Explanation) -> String {
    let parts: Vec<_> =
        explanation.ruled_out.iter().map(|(part, ways)| format!("{part} in {ways} other ways")).collect();
    format!("{}; alone, in twos and the likeliest in threes", parts.join(", "))
}

fn fix(cause: &Finding, several: bool, paint: Painter) -> Vec<String> {
    let Some(hint) = &cause.hint else { return Vec::new() };
    let which = if several { format!("fix {}: ", cause.code.id) } else { "fix: ".to_owned() };
    let text = format!("{} ({})", escape(hint), cause.code.url());
    let mut lines = wrap(&text, WIDTH).into_iter();
    let first = lines.next().unwrap_or_default();
    let indent = " ".repeat(which.len());
    std::iter::once(format!("  {}{first}", paint.dim(&which)))
        .chain(lines.map(|line| format!("  {indent}{line}")))
        .collect()
}

/// Both strings, with marks over what differs in the one and under what differs in the other.
fn strings(segments: &[Segment], paint: Painter) -> Vec<String> {
    let (mut expected, mut over) = (String::new(), String::new());
    let (mut signed, mut under) = (String::new(), String::new());
    for segment in segments {
        let differs = segment.expected != segment.signed;
        side(&segment.expected, differs.then_some('v'), &mut expected, &mut over);
        side(&segment.signed, differs.then_some('^'), &mut signed, &mut under);
    }
    let mark = |marks: &str| paint.color(marks.trim_end(), Color::Magenta);
    let label = |text: &str| paint.dim(&format!("{text:<10}"));
    vec![
        format!("  {:10}{}", "", mark(&over)),
        format!("  {}{expected}", label("expected")),
        format!("  {}{signed}", label("signed")),
        format!("  {:10}{}", "", mark(&under)),
    ]
    .into_iter()
    .filter(|line| !line.trim().is_empty())
    .collect()
}

/// Appends one part to a string's line, and its marks to theirs.
fn side(part: &str, mark: Option<char>, line: &mut String, marks: &mut String) {
    let shown = escape(&shortened(part)).into_owned();
    let width = unicode_width::UnicodeWidthStr::width(shown.as_str());
    (0..width).for_each(|_| marks.push(mark.unwrap_or(' ')));
    line.push_str(&shown);
}

fn shortened(part: &str) -> Cow<'_, str> {
    let count = part.chars().count();
    if count <= LONGEST {
        return part.into();
    }
    let start: String = part.chars().take(KEPT).collect();
    let end: String = part.chars().skip(count - KEPT).collect();
    format!("{start}…{end}").into()
}

/// The explanation as JSON has it.
#[derive(Serialize)]
pub struct Told<'a> {
    explained: bool,
    causes: Vec<Cause<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differs: Vec<Differs<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_with: Option<&'a str>,
    tried: u64,
    stopped_short: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ruled_out: Vec<RuledOut>,
}

#[derive(Serialize)]
struct Cause<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<&'a str>,
    page: String,
}

#[derive(Serialize)]
struct Differs<'a> {
    part: &'a str,
    expected: &'a str,
    signed: &'a str,
}

#[derive(Serialize)]
struct RuledOut {
    part: &'static str,
    ways: usize,
}

impl<'a> From<&'a Explanation> for Told<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        let known = !explanation.segments.is_empty();
        let differing = explanation.segments.iter().filter(|segment| segment.expected != segment.signed);
        let cause = |cause: &'a Finding| Cause {
            code: cause.code.id,
            message: &cause.message,
            fix: cause.hint.as_deref(),
            page: cause.code.url(),
        };
        Told {
            explained: explanation.is_explained(),
            causes: explanation.causes.iter().map(cause).collect(),
            expected: known.then(|| explanation.expected()),
            signed: known.then(|| explanation.signed()),
            differs: differing
                .map(|one| Differs { part: one.part, expected: &one.expected, signed: &one.signed })
                .collect(),
            signed_with: explanation.signed_with.as_deref(),
            tried: explanation.tried,
            stopped_short: explanation.stopped_short,
            ruled_out: explanation
                .ruled_out
                .iter()
                .map(|(part, ways)| RuledOut { part, ways: *ways })
                .collect(),
        }
    }
}
