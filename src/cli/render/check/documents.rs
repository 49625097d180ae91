//! A conformance check as what CI services read beside JUnit: TAP, GitHub's annotations, Markdown.

use std::fmt::Write;

use super::results::{Judged, Results, compared, counted, tried};
use crate::check::{Report, Status};
use crate::cli::render::markdown::markdown_text;
use crate::cli::ui::escape;

/// What is wrong, or why nothing can be said, in a sentence.
pub(super) fn why(report: &Report) -> String {
    match (&report.expected, &report.got, &report.reason) {
        (Some(expected), Some(got), _) => format!("expected {expected}, got {got}"),
        (_, _, Some(reason)) => reason.clone(),
        _ => String::new(),
    }
}

/// The same of a case that was broken already.
pub(super) fn known(report: &Report) -> String {
    format!("known: {}: {}", report.code().id, why(report))
}

/// The Test Anything Protocol, version 14.
pub fn tap(results: &Results) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", results.judged.len());
    for (at, judged) in results.judged.iter().enumerate() {
        let report = &judged.report;
        let why = escape(&why(report)).replace('#', "\\#");
        let (word, directive) = match report.status {
            Status::Pass => ("ok", String::new()),
            Status::Fail | Status::Warn if judged.is_known() => ("not ok", format!(" # TODO known: {why}")),
            Status::Fail => ("not ok", String::new()),
            Status::Warn => ("not ok", format!(" # TODO {}: {why}", report.case.level.as_str())),
            Status::Skip | Status::Unobservable => ("ok", format!(" # SKIP {why}")),
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{word} {} - {}{directive}", at + 1, report.case.id);
        if judged.is_failure() {
            let _ = writeln!(text, "# {}: {}: {why}", report.code().id, report.case.rule);
        }
    }
    if let Some(why) = results.incomplete() {
        let _ = writeln!(text, "Bail out! {}", escape(&why));
    }
    text
}

/// A value in a command of GitHub's runners.
fn command(text: &str) -> String {
    escape(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// GitHub's annotations, one for each rule that is broken; what was broken already is a notice.
pub fn github(results: &Results) -> String {
    let mut text = String::new();
    for judged in &results.judged {
        let report = &judged.report;
        let kind = match report.status {
            Status::Fail | Status::Warn if judged.is_known() => "notice",
            Status::Fail => "error",
            Status::Warn => "warning",
            _ => continue,
        };
        let title = format!("{} {}", report.code().id, report.case.id);
        let standing = judged.earlier().map_or(String::new(), |earlier| format!(" ({earlier})"));
        let message = format!("{}: {}{standing}", report.case.rule, why(report));
        let _ =
            writeln!(text, "::{kind} title={}::{}", command(&title), escape(&message).replace('%', "%25"));
    }
    if let Some(why) = results.incomplete() {
        let _ = writeln!(text, "::error title=check::{}", escape(&why).replace('%', "%25"));
    }
    text
}

/// A summary in Markdown: the figures, the score of each page, and a table of what is not right.
pub fn markdown(results: &Results) -> String {
    let mut text = format!("## {}\n\n{}\n", markdown_text(&results.domain), counted(results.tally()));
    if let Some(changes) = results.changes() {
        let _ = writeln!(text, "\nSince the baseline: {}", compared(changes));
    }
    if let Some(why) = results.incomplete() {
        let _ = writeln!(text, "\n**Not whole:** {}", markdown_text(&why));
    }
    let scores = results.scores();
    if !scores.is_empty() {
        text.push_str("\n| page | score | |\n|---|--:|---|\n");
    }
    for score in scores {
        let (page, tally) = (score.page, score.tally);
        let _ = writeln!(
            text,
            "| [{}]({}) | {}/{} | {} |",
            page.name,
            page.url(),
            tally.pass,
            tried(tally),
            counted(tally)
        );
    }
    let broken: Vec<_> = results.judged.iter().filter(|it| it.is_broken()).collect();
    if !broken.is_empty() {
        text.push_str("\n| | code | case | rule | expected | got |\n|---|---|---|---|---|---|\n");
    }
    broken.iter().for_each(|judged| row(&mut text, judged));
    text
}

fn row(text: &mut String, judged: &Judged) {
    let report = &judged.report;
    let standing = judged.earlier().map_or(String::new(), |earlier| format!(", {earlier}"));
    let (expected, got) = (report.expected.as_deref(), report.got.as_deref());
    let _ = writeln!(
        text,
        "| {}{standing} | {} | `{}` | [{}]({}) | {} | {} |",
        report.status.as_str(),
        report.code().id,
        report.case.id,
        markdown_text(report.case.rule),
        report.case.page.url(),
        markdown_text(expected.unwrap_or_default()),
        markdown_text(got.unwrap_or_default())
    );
}
