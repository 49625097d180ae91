//! What has one right form is given it; nothing else of a document changes, not even its layout.

use std::ops::Range;

use jiff::Timestamp;
use serde::de::IgnoredAny;

use super::text::ObjectEnd;
use super::violation::{Edit, Violation};
use super::{EntityType, Profile, check};

/// How often a document is looked at again: what is fixed can show what could not be seen before, and not everything is told
/// at once.
const ROUNDS: usize = 32;

/// A document with what has one right form in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// The document.
    pub text: Vec<u8>,
    /// How many violations are gone.
    pub count: usize,
}

/// Gives a document the right form wherever there is only one: null for absent optional fields, line feeds, plain numbers,
/// times in UTC, commas where JSON wants them. `None` when there is nothing like that, and when it is no JSON after all:
/// then nobody knows what the rest of it means.
pub fn fix(document: &[u8], given: Option<&'static EntityType>) -> Option<Fixed> {
    let mut fixed: Option<Fixed> = None;
    for _ in 0..ROUNDS {
        let text = fixed.as_ref().map_or(document, |it| it.text.as_slice());
        let report = check(text, Profile::Spec, given);
        let with_edits: Vec<&Violation> =
            report.violations.iter().filter(|it| !it.edits.is_empty()).collect();
        if with_edits.is_empty() {
            break;
        }
        let edits = with_edits.iter().flat_map(|it| it.edits.iter()).collect();
        let count = with_edits.len() + fixed.as_ref().map_or(0, |it| it.count);
        fixed = Some(Fixed { text: apply(text, edits), count });
    }
    fixed.filter(|it| serde_json::from_slice::<IgnoredAny>(&it.text).is_ok())
}

/// Makes the replacements. Of two that overlap, the first is made.
fn apply(text: &[u8], mut edits: Vec<&Edit>) -> Vec<u8> {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = Vec::with_capacity(text.len() + 64);
    let mut at = 0;
    for Edit { span: Range { start, end }, text: new } in edits {
        if *start < at || *end > text.len() {
            continue;
        }
        out.extend_from_slice(&text[at..*start]);
        out.extend_from_slice(new.as_bytes());
        at = *end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// Adds fields that are null to an object, laid out as its last one is.
pub(super) fn add_nulls(end: &ObjectEnd, names: &[String]) -> Edit {
    let fields: Vec<_> = names.iter().map(|name| format!("\"{name}\":{}null", end.space)).collect();
    let text = match end.has_fields {
        true => fields.iter().map(|field| format!(",{}{field}", end.before_each)).collect(),
        false => fields.join(","),
    };
    Edit::new(end.at..end.at, text)
}

/// The same moment in UTC, as most instances write it; `None` for what is no time, and for what has no such form: a leap
/// second with an offset, which the library has not, and a year that is not in the calendar any more.
pub(super) fn utc_form(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase().replacen(' ', "T", 1);
    super::parse_instant(&upper)?;
    if upper.ends_with('Z') {
        return Some(upper);
    }
    let moment: Timestamp = upper.parse().ok()?;
    let written = moment.to_string();
    (super::parse_instant(&written) == super::parse_instant(&upper)).then_some(written)
}
