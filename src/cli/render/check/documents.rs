//! A conformance check as the documents that CI services read: JUnit, TAP, GitHub's annotations, Markdown.

use std::fmt::Write;

use crate::check::{Report, Status, Summary};
use crate::cli::ui::escape;

fn why(report: &Report) -> String {
    match (&report.expected, &report.got, &report.reason) {
        (Some(expected), Some(got), _) => format!("expected {expected}, got {got}"),
        (_, _, Some(reason)) => reason.clone(),
        _ => String::new(),
    }
}

/// Text in XML: what XML cannot hold is left out.
fn xml(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\n' | '\t' => written.push(' '),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => written.push(c),
        }
    }
    written
}

/// JUnit's XML: a suite for each page.
pub fn junit(reports: &[Report], summary: &Summary) -> String {
    let tally = summary.tally;
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let skipped = tally.skip + tally.unobservable;
    // Writing to a String does not fail.
    let _ = writeln!(
        text,
        "<testsuites><testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{skipped}\">",
        xml(&summary.known.domain),
        reports.len(),
        tally.fail
    );
    for report in reports {
        let (id, seconds) = (report.case.id, report.took.as_secs_f64());
        let _ = write!(
            text,
            "<testcase classname=\"{}\" name=\"{id}\" time=\"{seconds:.3}\">",
            report.case.page.name
        );
        let why = xml(&why(report));
        let _ = match report.status {
            Status::Pass => Ok(()),
            Status::Fail => {
                let (rule, page) = (xml(report.case.rule), report.case.page.url());
                write!(text, "<failure message=\"{why}\">{rule}: {page}</failure>")
            }
            Status::Warn => write!(text, "<system-out>warning: {why}</system-out>"),
            Status::Skip | Status::Unobservable => write!(text, "<skipped message=\"{why}\"/>"),
        };
        text.push_str("</testcase>\n");
    }
    text.push_str("</testsuite></testsuites>\n");
    text
}

/// The Test Anything Protocol, version 14.
pub fn tap(reports: &[Report]) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", reports.len());
    for (at, report) in reports.iter().enumerate() {
        let why = escape(&why(report)).replace('#', "\\#");
        let (word, directive) = match report.status {
            Status::Pass => ("ok", String::new()),
            Status::Fail => ("not ok", String::new()),
            Status::Warn => ("not ok", format!(" # TODO {}: {why}", report.case.level.as_str())),
            Status::Skip | Status::Unobservable => ("ok", format!(" # SKIP {why}")),
        };
        let _ = writeln!(text, "{word} {} - {}{directive}", at + 1, report.case.id);
        if report.status == Status::Fail {
            let _ = writeln!(text, "# {}: {why}", report.case.rule);
        }
    }
    text
}

/// A value in a command of GitHub's runners.
fn command(text: &str) -> String {
    escape(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// GitHub's annotations, one for each rule that is broken.
pub fn github(reports: &[Report]) -> String {
    let mut text = String::new();
    for report in reports {
        let kind = match report.status {
            Status::Fail => "error",
            Status::Warn => "warning",
            _ => continue,
        };
        let message = escape(&format!("{}: {}", report.case.rule, why(report))).replace('%', "%25");
        let _ = writeln!(text, "::{kind} title={}::{message}", command(report.case.id));
    }
    text
}

/// Text in a cell of a Markdown table.
fn cell(text: &str) -> String {
    escape(text).replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace('`', "\\`")
}

/// A summary in Markdown: the figures, and a table of what is not right.
pub fn markdown(reports: &[Report], summary: &Summary) -> String {
    let tally = summary.tally;
    let mut text = format!(
        "## {}\n\n{} passed, {} failed, {} warnings, {} skipped, {} unobservable\n",
        cell(&summary.known.domain),
        tally.pass,
        tally.fail,
        tally.warn,
        tally.skip,
        tally.unobservable
    );
    let wrong: Vec<_> =
        reports.iter().filter(|it| matches!(it.status, Status::Fail | Status::Warn)).collect();
    if wrong.is_empty() {
        return text;
    }
    text.push_str("\n| | case | rule | expected | got |\n|---|---|---|---|---|\n");
    for report in wrong {
        let (expected, got) = (report.expected.as_deref(), report.got.as_deref());
        let _ = writeln!(
            text,
            "| {} | `{}` | [{}]({}) | {} | {} |",
            report.status.as_str(),
            report.case.id,
            cell(report.case.rule),
            report.case.page.url(),
            cell(expected.unwrap_or_default()),
            cell(got.unwrap_or_default())
        );
    }
    text
}
