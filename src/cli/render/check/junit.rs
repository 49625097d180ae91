//! A conformance check as JUnit's XML: a suite for each page.

use std::fmt::Write;

use super::documents::{known, why};
use super::results::{Judged, Results};
use crate::check::Status;

/// Text in XML. What XML cannot hold is spelt out, as are the characters that turn the direction of a text.
fn xml(text: &str) -> String {
    let mut written = String::new();
    for c in text.chars() {
        match c {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\n' => written.push('\n'),
            '\u{fffe}' | '\u{ffff}' => written.push('\u{fffd}'),
            c => written.push_str(&crate::cli::ui::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    written
}

/// Text in an attribute, where a line break would be lost.
fn attribute(text: &str) -> String {
    xml(text).replace('\n', "\\n")
}

/// JUnit's XML.
pub fn junit(results: &Results) -> String {
    let all: Vec<_> = results.judged.iter().collect();
    let incomplete = results.incomplete();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    figures(&mut text, &all, usize::from(incomplete.is_some()));
    text.push_str(">\n");
    for score in results.scores() {
        let cases: Vec<_> = results.of_page(score.page).collect();
        let name = attribute(&format!("{}: {}", results.domain, score.page.name));
        // Writing to a string does not fail.
        let _ = write!(text, "<testsuite name=\"{name}\"");
        figures(&mut text, &cases, 0);
        text.push_str(">\n");
        cases.iter().for_each(|judged| testcase(&mut text, judged));
        text.push_str("</testsuite>\n");
    }
    if let Some(why) = incomplete {
        let (name, why) = (attribute(&results.domain), attribute(&why));
        let _ = writeln!(
            text,
            "<testsuite name=\"{name}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0.000\">\n\
             <testcase classname=\"check\" name=\"whole\"><error message=\"{why}\"/></testcase>\n</testsuite>"
        );
    }
    text.push_str("</testsuites>\n");
    text
}

fn figures(text: &mut String, cases: &[&Judged], errors: usize) {
    let failures = cases.iter().filter(|it| it.is_failure()).count();
    let is_skipped =
        |it: &&&Judged| it.is_known() || matches!(it.report.status, Status::Skip | Status::Unobservable);
    let skipped = cases.iter().filter(is_skipped).count();
    let seconds: f64 = cases.iter().map(|it| it.report.took.as_secs_f64()).sum();
    let tests = cases.len() + errors;
    let _ = write!(
        text,
        " tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.3}\""
    );
}

fn testcase(text: &mut String, judged: &Judged) {
    let report = &judged.report;
    let (page, id, seconds) = (report.case.page.name, report.case.id, report.took.as_secs_f64());
    let _ = write!(text, "<testcase classname=\"{page}\" name=\"{id}\" time=\"{seconds:.3}\">");
    let message = attribute(&why(report));
    let code = report.code().id;
    let _ = match report.status {
        Status::Pass => Ok(()),
        _ if judged.is_known() => {
            write!(text, "<skipped message=\"{}\"/>", attribute(&known(report)))
        }
        Status::Fail => {
            write!(text, "<failure type=\"{code}\" message=\"{message}\">{}</failure>", xml(&body(judged)))
        }
        Status::Warn => write!(text, "<system-out>{code}: warning: {}</system-out>", xml(&why(report))),
        Status::Skip | Status::Unobservable => write!(text, "<skipped message=\"{message}\"/>"),
    };
    text.push_str("</testcase>\n");
}

/// All that is known of a failure, in lines.
fn body(judged: &Judged) -> String {
    let report = &judged.report;
    let mut lines = vec![
        format!("rule: {} ({})", report.case.rule, report.case.level.as_str()),
        format!("page: {}", report.case.page.url()),
    ];
    lines.extend(report.expected.iter().map(|text| format!("expected: {text}")));
    lines.extend(report.got.iter().map(|text| format!("got: {text}")));
    lines.extend(judged.earlier().map(|text| format!("in the baseline: {text}")));
    for finding in &report.findings {
        lines.push(format!("{}: {}", finding.code.id, finding.message));
        lines.extend(finding.hint.iter().map(|hint| format!("hint: {hint}")));
    }
    lines.extend(super::people::exchange_lines(&report.exchanges));
    lines.push(format!("more: versia-cli explain {}", report.code().id));
    lines.join("\n")
}
