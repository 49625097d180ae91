//! A conformance check for people: a line for each case, below it what is wrong, and a score for each page.

use colored::Color;

use crate::check::{Case, Report, Status, Summary, Tally};
use crate::cli::ui::{Painter, escape};
use crate::protocol::record::{Headers, Record};

/// The most of a body that is shown, in characters.
const SHOWN: usize = 600;

fn painted(status: Status, paint: Painter) -> String {
    let color = match status {
        Status::Pass => Color::Green,
        Status::Fail => Color::Red,
        Status::Warn => Color::Yellow,
        Status::Skip | Status::Unobservable => Color::Cyan,
    };
    paint.color(&format!("{:<12}", status.as_str()), color)
}

/// A case in the list.
pub fn case_line(case: &Case, paint: Painter) -> String {
    format!("{:<46} {:<6} {}", case.id, case.level.as_str(), paint.dim(case.rule))
}

/// The lines on a case, safe for a terminal. Of what is right there is one line.
pub fn report_lines(report: &Report, paint: Painter) -> Vec<String> {
    let case = report.case;
    let mut lines = vec![format!("  {} {}", painted(report.status, paint), case.id)];
    if let Some(reason) = &report.reason {
        lines.push(format!("               {}", paint.dim(&escape(reason))));
    }
    if !matches!(report.status, Status::Fail | Status::Warn) {
        return lines;
    }
    let row = |label: &str, text: &str| format!("    {} {}", paint.dim(&format!("{label:<9}")), escape(text));
    lines.push(row("rule", &format!("{} ({})", case.rule, case.level.as_str())));
    lines.push(row("page", &case.page.url()));
    lines.extend(report.expected.iter().map(|text| row("expected", text)));
    lines.extend(report.got.iter().map(|text| row("got", text)));
    for finding in &report.findings {
        lines.push(row(finding.code.id, &finding.message));
        lines.extend(finding.hint.iter().map(|hint| row("hint", hint)));
    }
    if let Some(record) = report.exchanges.last() {
        lines.extend(exchange_lines(record).iter().map(|line| format!("      {}", paint.dim(line))));
    }
    lines
}

/// The last exchange of a case: what went out and what came.
fn exchange_lines(record: &Record) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(request) = &record.request {
        lines.push(format!("> {} {}", escape(&request.method), escape(&request.target)));
        push_headers(&mut lines, ">", request.headers.as_ref());
        push_body(&mut lines, ">", &request.body.0);
    }
    if let Some(response) = &record.response {
        lines.push(format!("< {}", response.status));
        push_headers(&mut lines, "<", Some(&response.headers));
        push_body(&mut lines, "<", &response.body.0);
    }
    lines.extend(record.error.iter().map(|error| format!("! {}", escape(&error.message))));
    lines
}

fn push_headers(lines: &mut Vec<String>, sign: &str, headers: Option<&Headers>) {
    for (name, value) in headers.into_iter().flatten() {
        lines.push(format!("{sign} {}: {}", escape(name), escape(&String::from_utf8_lossy(&value.0))));
    }
}

fn push_body(lines: &mut Vec<String>, sign: &str, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    let text = String::from_utf8_lossy(body);
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { " …" } else { "" };
    lines.push(format!("{sign} {}{more}", escape(&shown)));
}

fn counted(tally: &Tally) -> String {
    let parts = [
        (tally.pass, "passed"),
        (tally.fail, "failed"),
        (tally.warn, "warnings"),
        (tally.skip, "skipped"),
        (tally.unobservable, "unobservable"),
    ];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.join(" · ")
}

/// The score of each page, and of all.
pub fn summary_lines(summary: &Summary, pages: &[(&str, Tally)], paint: Painter) -> Vec<String> {
    let mut lines = vec![String::new()];
    for (page, tally) in pages {
        let tried = tally.pass + tally.fail + tally.warn;
        lines.push(format!("  {page:<13} {:>3}/{tried:<3}  {}", tally.pass, paint.dim(&counted(tally))));
    }
    let all = format!("{}: {}", escape(&summary.known.domain), counted(&summary.tally));
    lines.push(String::new());
    lines.push(paint.bold(&all));
    lines
}
