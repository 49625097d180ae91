//! A conformance check for people: what is wrong as it is found, and at the end why some cases tell nothing and a score for
//! each page.

use std::collections::BTreeSet;

use colored::Color;

use super::results::{Judged, Results, Score, compared, counted};
use crate::check::{Case, Report, Status};
use crate::cli::ui::{Painter, escape, shown, wrap};
use crate::protocol::record::{Bytes, Headers, Record, is_secret_header, shown_target};

/// How wide a line is, in characters.
const WIDTH: usize = 80;

/// The most of a body that is shown, in characters.
const BODY: usize = 240;

/// The most of a header's value that is shown, in characters.
const VALUE: usize = 120;

/// The most of a sentence that is shown, which may quote a peer, in characters.
const SENTENCE: usize = 400;

/// Where the text behind a label begins.
const INDENT: usize = 14;

/// How much is told.
#[derive(Debug, Clone, Copy)]
pub struct Telling {
    /// Paints.
    pub paint: Painter,
    /// Whether every case and every header is told.
    pub is_verbose: bool,
    /// Whether the exchange of a failure is told: of many failures of one kind, a few show what passes.
    pub with_exchange: bool,
}

fn color(status: Status) -> Color {
    match status {
        Status::Pass => Color::Green,
        Status::Fail => Color::Red,
        Status::Warn => Color::Yellow,
        Status::Skip | Status::Unobservable => Color::Cyan,
    }
}

/// A case in the list.
pub fn case_line(case: &Case, paint: Painter) -> String {
    format!("{:<46} {:<6} {} {}", case.id, case.level.as_str(), case.code().id, paint.dim(case.rule))
}

/// A case of which there is no more to say than how it ended.
fn one_line(judged: &Judged, paint: Painter) -> String {
    let report = &judged.report;
    let (word, color) = if judged.is_known() {
        ("known", Color::Cyan)
    } else {
        (report.status.as_str(), color(report.status))
    };
    let code = if judged.is_broken() { format!("{} ", report.code().id) } else { String::new() };
    let earlier = judged.earlier().filter(|_| !judged.is_known());
    let earlier = earlier.map_or(String::new(), |text| paint.dim(&format!(" ({text})")));
    format!("  {} {code}{}{earlier}", paint.color(&format!("{word:<5}"), color), report.case.id)
}

/// A label and a text in lines that fit.
fn rows(label: &str, text: &str, paint: Painter) -> Vec<String> {
    let text = escape(&shown(text, SENTENCE)).into_owned();
    let lines = wrap(&text, WIDTH - INDENT);
    let label = |at: usize| if at == 0 { paint.dim(&format!("{label:<9}")) } else { " ".repeat(9) };
    lines.iter().enumerate().map(|(at, line)| format!("    {} {line}", label(at))).collect()
}

/// The lines on a case as it ends, safe for a terminal; none, where there is nothing to tell.
pub fn report_lines(judged: &Judged, telling: Telling) -> Vec<String> {
    let (report, paint) = (&judged.report, telling.paint);
    let is_in_full = judged.is_broken() && (telling.is_verbose || !judged.is_known());
    if !judged.is_broken() && !telling.is_verbose {
        return Vec::new();
    }
    let mut lines = vec![one_line(judged, paint)];
    if telling.is_verbose {
        lines.extend(report.reason.iter().flat_map(|reason| rows("", reason, paint)));
    }
    if !is_in_full {
        return lines;
    }
    let case = report.case;
    lines.extend(rows("rule", &format!("{} ({})", case.rule, case.level.as_str()), paint));
    lines.extend(rows("page", &case.page.url(), paint));
    lines.extend(report.expected.iter().flat_map(|text| rows("expected", text, paint)));
    lines.extend(report.got.iter().flat_map(|text| rows("got", text, paint)));
    for finding in &report.findings {
        lines.extend(rows(finding.code.id, &finding.message, paint));
        lines.extend(finding.hint.iter().flat_map(|hint| rows("hint", hint, paint)));
    }
    if telling.is_verbose || (report.status == Status::Fail && telling.with_exchange) {
        let exchanges =
            if telling.is_verbose { exchange_lines(&report.exchanges) } else { short_lines(report) };
        lines.extend(exchanges.iter().map(|line| format!("      {}", paint.dim(line))));
    }
    lines
}

/// The last exchange, as far as it matters.
fn short_lines(report: &Report) -> Vec<String> {
    let told = report.exchanges.last().map(|record| lines_of(record, matters)).unwrap_or_default();
    let more = report.exchanges.len().saturating_sub(1);
    let before = (more > 0)
        .then(|| format!("({more} {} before it)", if more == 1 { "exchange" } else { "exchanges" }));
    before.into_iter().chain(told).collect()
}

/// Whether a header says something about why a rule is broken.
fn matters(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let other = ["content-type", "location", "allow", "accept", "retry-after", "upgrade"];
    name.starts_with("versia-")
        || name.starts_with("ratelimit")
        || name.starts_with("x-ratelimit")
        || name.starts_with("sec-websocket")
        || other.contains(&name.as_str())
}

/// What went out and what came, safe for a terminal.
pub(super) fn exchange_lines(exchanges: &[Record]) -> Vec<String> {
    exchanges.iter().flat_map(|record| lines_of(record, |_| true)).collect()
}

fn lines_of(record: &Record, is_told: impl Fn(&str) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(request) = &record.request {
        let target = shown_target(&request.target, record.protocol);
        lines.push(format!("> {} {}", escape(&request.method), escape(&shown(&target, BODY))));
        push_headers(&mut lines, ">", request.headers.as_ref(), &is_told);
        push_body(&mut lines, ">", &request.body);
    }
    if let Some(response) = &record.response {
        lines.push(format!("< {}", response.status));
        push_headers(&mut lines, "<", Some(&response.headers), &is_told);
        push_body(&mut lines, "<", &response.body);
    }
    if let Some(frame) = &record.frame {
        let sign = if record.direction == Some(crate::protocol::record::Direction::Out) { ">" } else { "<" };
        lines.push(format!("{sign} ({})", escape(&frame.opcode)));
        push_body(&mut lines, sign, &frame.data);
        lines.extend(frame.close.iter().map(|it| format!("{sign} {} {}", it.code, escape(&it.reason))));
    }
    record.malformed.iter().for_each(|bytes| push_body(&mut lines, "?", bytes));
    lines.extend(record.error.iter().map(|error| format!("! {}", escape(&shown(&error.message, SENTENCE)))));
    lines
}

fn push_headers(
    lines: &mut Vec<String>,
    sign: &str,
    headers: Option<&Headers>,
    is_told: impl Fn(&str) -> bool,
) {
    for (name, value) in headers.into_iter().flatten().filter(|(name, _)| is_told(name)) {
        let value = String::from_utf8_lossy(&value.0);
        let value = if is_secret_header(name) { "(hidden)".into() } else { shown(&value, VALUE) };
        lines.push(format!("{sign} {}: {}", escape(name), escape(&value)));
    }
}

fn push_body(lines: &mut Vec<String>, sign: &str, body: &Bytes) {
    if body.is_empty() {
        return;
    }
    lines.push(match body.as_text() {
        Some(text) => format!("{sign} {}", escape(&shown(text, BODY))),
        None => format!("{sign} ({} bytes that are not text)", body.0.len()),
    });
}

fn score_line(score: &Score, paint: Painter) -> String {
    let (pass, tried) = (score.tally.pass, score.tried());
    let color = match score.tally {
        tally if tally.fail > 0 => Color::Red,
        tally if tally.warn > 0 => Color::Yellow,
        _ if tried == 0 => Color::Cyan,
        _ => Color::Green,
    };
    let figures = paint.color(&format!("{pass:>3}/{tried:<3}"), color);
    format!("  {:<13} {figures}  {}", score.page.name, paint.dim(&counted(score.tally)))
}

/// The end: why cases tell nothing, the score of each page, and of all.
pub fn summary_lines(results: &Results, telling: Telling) -> Vec<String> {
    let paint = telling.paint;
    let mut lines = vec![String::new()];
    for (status, title) in [(Status::Skip, "Not tried"), (Status::Unobservable, "Tried, and not to be told")]
    {
        let reasons = results.reasons(status);
        if !reasons.is_empty() {
            lines.push(paint.bold(title));
        }
        for (reason, count) in reasons {
            let text = wrap(&escape(&shown(reason, SENTENCE)), WIDTH - 7);
            let figure = |at: usize| if at == 0 { format!("{count:>5}") } else { " ".repeat(5) };
            lines.extend(text.iter().enumerate().map(|(at, line)| format!("{}  {line}", figure(at))));
        }
    }
    lines.push(paint.bold("Score"));
    lines.extend(results.scores().iter().map(|score| score_line(score, paint)));
    lines.push(String::new());
    if let Some(changes) = results.changes() {
        lines.push(format!("Since the baseline: {}", compared(changes)));
        lines.extend(better(results, paint));
    }
    let codes: BTreeSet<_> = results
        .judged
        .iter()
        .filter(|it| it.is_broken() && !it.is_known())
        .map(|it| it.report.code().id)
        .collect();
    if !codes.is_empty() {
        let codes: Vec<_> = codes.into_iter().collect();
        lines.extend(
            rows("more", &format!("versia-cli explain {}", codes.join(" ")), paint)
                .iter()
                .map(|line| line.trim_start().to_owned()),
        );
    }
    let mut all = format!("{}: {}", escape(&results.domain), counted(results.tally()));
    if let Some(why) = results.incomplete() {
        all.push_str(&format!(" ({})", escape(&shown(&why, SENTENCE))));
    }
    lines.push(paint.bold(&all));
    lines
}

/// What is kept now and was not, and what was kept and cannot be told.
fn better(results: &Results, paint: Painter) -> Vec<String> {
    use crate::check::Change;
    let of = |change, word: &'static str| {
        let those = results.judged.iter().filter(move |it| it.change() == Some(change));
        those.map(move |it| format!("  {} {}", paint.color(word, Color::Green), it.report.case.id))
    };
    of(Change::Better, "better").chain(of(Change::Lost, "lost  ")).collect()
}
