//! What was found out about a signature, for people and for programs.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use colored::Color;
use jiff::Timestamp;
use serde::Serialize;

use super::explanation;
use crate::cli::Exit;
use crate::cli::ui::{Painter, escape, to_json};
use crate::finding::Level;
use crate::protocol::record::RecordVerdict;
use crate::protocol::versia::Checked;
use crate::signing::{Verdict, describe_seconds};

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// As a line of JSON.
    pub json: bool,
    /// Part by part, rather than on one line.
    pub details: bool,
    /// With colours or without.
    pub paint: Painter,
}

/// The moment that ages are told from.
#[derive(Debug, Clone, Copy)]
pub enum Reference {
    /// The present, in Unix seconds.
    Now(i64),
    /// Another moment, in Unix seconds.
    Moment(i64),
    /// None: the time is left out.
    None,
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    kind: &'static str,
    method: &'a str,
    target: &'a str,
    verdict: RecordVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    matches: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_string: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_from: Option<&'a str>,
    findings: Vec<ToldFinding<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<explanation::Told<'a>>,
}

#[derive(Serialize)]
struct Parts<'a> {
    method: &'a str,
    path: &'a str,
    signed_at: &'a str,
    digest: &'a str,
}

#[derive(Serialize)]
struct ToldFinding<'a> {
    code: &'a str,
    level: Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    page: String,
}

/// Appends the text on one message; `place` says where it was, when there are many.
pub fn render(checked: &Checked, place: &str, reference: Reference, style: &Style, output: &mut Vec<u8>) {
    let text = match style {
        Style { json: true, .. } => json(checked, place),
        Style { details: true, .. } => details(checked, place, reference, style.paint),
        _ => one_line(checked, place, style.paint),
    };
    output.extend_from_slice(text.as_bytes());
    output.push(b'\n');
}

fn json(checked: &Checked, place: &str) -> String {
    let verification = &checked.verification;
    let string = verification.string.as_ref();
    to_json(&Told {
        place: Some(place).filter(|place| !place.is_empty()),
        kind: checked.kind.as_str(),
        method: &checked.method,
        target: &checked.target,
        verdict: checked.into(),
        matches: verification.matches,
        signed_at: verification.signed_at,
        signed_string: string.map(|string| string.as_str()),
        parts: string.map(|string| Parts {
            method: string.method(),
            path: string.path(),
            signed_at: string.signed_at(),
            digest: string.digest(),
        }),
        key_from: checked.key_origin.as_deref(),
        findings: verification
            .findings
            .iter()
            .map(|finding| ToldFinding {
                code: finding.code.id,
                level: finding.code.level,
                message: &finding.message,
                hint: finding.hint.as_deref(),
                page: finding.code.url(),
            })
            .collect(),
        explanation: checked.explanation.as_deref().map(Into::into),
    })
}

fn one_line(checked: &Checked, place: &str, paint: Painter) -> String {
    let verification = &checked.verification;
    let verdict = verdict_word(verification.verdict, paint);
    let signer = verification
        .signed_by
        .as_deref()
        .map_or("unsigned".into(), |signer| format!("by {}", escape(signer)));
    let codes: Vec<_> = checked.codes().collect();
    let codes = if codes.is_empty() { String::new() } else { format!("  {}", codes.join(" ")) };
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    let what = format!("{} {} {}", checked.kind.as_str(), checked.method, checked.target);
    format!("{place}{verdict}  {}  {signer}{codes}", escape(&what))
}

fn details(checked: &Checked, place: &str, reference: Reference, paint: Painter) -> String {
    let verification = &checked.verification;
    let mut lines = Vec::new();
    let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
    let what = match checked.kind.as_str() {
        "response" => format!("response to {} {}", checked.method, checked.target),
        kind => format!("{kind} {} {}", checked.method, checked.target),
    };
    lines.push(paint.bold(&format!("{place}{}", escape(&what))));
    let mut row = |label: &str, text: &str, note: &str| {
        let note = if note.is_empty() { String::new() } else { paint.dim(&format!("  ({})", escape(note))) };
        lines.push(format!("  {}{}{note}", paint.dim(&format!("{label:<11}")), escape(text)));
    };
    if let Some(string) = &verification.string {
        row("method", string.method(), "");
        row("path", string.path(), "");
        row(
            "signed at",
            string.signed_at(),
            &verification.signed_at.map_or(String::new(), |at| age(at, reference)),
        );
        row("digest", string.digest(), &format!("SHA-256 of the body, {} bytes", checked.body_length));
    }
    if let Some(signer) = &verification.signed_by {
        row("signed by", signer, "");
    }
    let used = verification.matches.is_some() || verification.signed_by.is_some();
    if let Some(key) = verification.key.as_ref().filter(|_| used) {
        row(
            "key",
            key,
            &checked.key_origin.as_ref().map_or(String::new(), |origin| format!("from {origin}")),
        );
    }
    if let Some(string) = &verification.string {
        row("string", string.as_str(), "");
    }
    lines.push(format!("{}: {}", verdict_word(verification.verdict, paint), checked.sentence()));
    lines.extend(findings(checked, paint).map(|line| format!("  {line}")));
    let cause = checked.explanation.as_ref().and_then(|explanation| explanation.causes.first());
    if let Some(finding) = cause.or(verification.deciding()) {
        lines.push(
            paint.dim(&format!("  `versia-cli explain {}` tells why and how to fix it", finding.code.id)),
        );
    }
    lines.join("\n")
}

/// A line for each finding, with its code, and one for its hint; then those of the explanation.
pub fn findings(checked: &Checked, paint: Painter) -> impl Iterator<Item = String> {
    let explained = checked.explanation.iter().flat_map(move |one| explanation::lines(one, paint));
    let found = checked.verification.findings.iter().flat_map(move |finding| {
        let level = paint.level(finding.code.level);
        let said = format!("{level} {}: {}", finding.code.id, escape(&finding.message));
        std::iter::once(said).chain(finding.hint.as_ref().map(|hint| format!("  {}", escape(hint))))
    });
    found.chain(explained)
}

/// A moment as a date, with how far it lies from the moment of verifying.
fn age(at: i64, reference: Reference) -> String {
    let (of, before, after, same) = match reference {
        Reference::Now(now) => (now, "ago", "ahead", "now"),
        Reference::Moment(moment) => (moment, "before", "after", "the time of verifying"),
        Reference::None => (at, "", "", ""),
    };
    let words = match at.cmp(&of) {
        Ordering::Equal => same.to_owned(),
        Ordering::Less => format!("{} {before}", describe_seconds(at.abs_diff(of))),
        Ordering::Greater => format!("{} {after}", describe_seconds(at.abs_diff(of))),
    };
    let date = Timestamp::from_second(at).map(|moment| moment.to_string()).unwrap_or_default();
    let parts: Vec<_> = [date, words].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// How a program ends that was asked about one message.
pub fn exit_of(verdict: Verdict) -> Exit {
    match verdict {
        Verdict::Valid | Verdict::NotChecked => Exit::Yes,
        Verdict::Stale | Verdict::Missing | Verdict::Invalid => Exit::No,
        Verdict::KeyUnavailable => Exit::Network,
    }
}

/// A verdict in its colour.
pub fn verdict_word(verdict: Verdict, paint: Painter) -> String {
    let color = match verdict {
        Verdict::Valid => Color::Green,
        Verdict::Stale | Verdict::KeyUnavailable => Color::Yellow,
        Verdict::Missing | Verdict::Invalid => Color::Red,
        Verdict::NotChecked => Color::Cyan,
    };
    paint.color(verdict.as_str(), color)
}

/// The count of each verdict, on one line.
pub fn summary(verdicts: &BTreeMap<Verdict, u64>, unreadable: u64, paint: Painter) -> String {
    let mut parts: Vec<_> = verdicts
        .iter()
        .map(|(verdict, count)| format!("{count} {}", verdict_word(*verdict, paint)))
        .collect();
    if unreadable > 0 {
        parts.push(format!("{unreadable} {}", paint.color("unreadable", Color::Red)));
    }
    parts.join(", ")
}
