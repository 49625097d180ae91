//! What came of many deliveries: counts, answers, and how long they took.

use std::collections::BTreeMap;
use std::time::Duration;

use colored::Color;
use serde::Serialize;

use super::{Style, duration};
use crate::delivery::{Bar, Latency, Stopped, Summary};
use crate::finding::codes;
use crate::signing::Verdict;

/// The width of the longest bar of the histogram, in characters.
const BAR: u64 = 40;

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What came of many, for people: counts, answers, and how long they took.
pub fn summary(summary: &Summary, style: &Style) -> Vec<String> {
    let of = |count: u64, word: &str, color: Option<Color>| {
        let word = color.map_or(word.to_owned(), |color| style.paint.color(word, color));
        (count > 0).then(|| format!("{} {word}", grouped(count)))
    };
    let counts: Vec<String> = [
        of(summary.delivered, "delivered", Some(Color::Green)),
        of(summary.refused, "refused", Some(Color::Red)),
        of(summary.failed, "failed", Some(Color::Red)),
        of(summary.unfinished, "not delivered", Some(Color::Yellow)),
        of(summary.unreadable, "unreadable", Some(Color::Red)),
        of(summary.delivered_before, "delivered before", None),
        of(summary.refused_before, "refused before", None),
    ]
    .into_iter()
    .flatten()
    .collect();
    let counts = if counts.is_empty() { "nothing was sent".to_owned() } else { counts.join(", ") };
    let rate = if summary.settled() > 0 { format!(", {}", rate(summary.rate())) } else { String::new() };
    let mut lines = vec![format!("{counts}; {}{rate}", duration(summary.elapsed))];
    if !summary.statuses.is_empty() {
        let statuses = summary
            .statuses
            .iter()
            .map(|(status, count)| format!("{} × {}", style.answer(*status), grouped(*count)));
        lines.push(format!(
            "answers: {}{}",
            statuses.collect::<Vec<_>>().join(", "),
            signed_answers(summary)
        ));
    }
    if summary.unconfirmed > 0 {
        let code = codes::RECEIPTS_NOT_AGREED.id;
        lines.push(format!(
            "answers: none to {}: {}, so that nobody said what became of them ({code})",
            grouped(summary.unconfirmed),
            style.no_answers()
        ));
    }
    if let Some(Latency { min, p50, p90, p99, max }) = summary.latency() {
        let [min, p50, p90, p99, max] = [min, p50, p90, p99, max].map(duration);
        lines.push(format!("times: min {min}, p50 {p50}, p90 {p90}, p99 {p99}, max {max}"));
        lines.extend(histogram(summary));
    }
    lines
}

fn rate(rate: f64) -> String {
    if rate < 10.0 { format!("{rate:.1}/s") } else { format!("{}/s", grouped(rate.round() as u64)) }
}

/// The answers that were signed, by what their signatures are worth.
fn signed_answers(summary: &Summary) -> String {
    let signed = summary.verdicts.iter().filter(|(verdict, _)| **verdict != Verdict::NotChecked);
    let told: Vec<_> =
        signed.map(|(verdict, count)| format!("{} {}", grouped(*count), verdict.as_str())).collect();
    if told.is_empty() { String::new() } else { format!("; signatures: {}", told.join(", ")) }
}

fn histogram(summary: &Summary) -> Vec<String> {
    let bars = summary.bars();
    let most = bars.iter().map(|bar| bar.count).max().unwrap_or_default();
    if bars.len() < 2 {
        return Vec::new();
    }
    let line = |bar: &Bar| {
        let width = usize::try_from((bar.count * BAR).div_ceil(most.max(1))).unwrap_or_default();
        let line = format!("  ≤ {:>7}  {:>9}  {}", step(bar.up_to), grouped(bar.count), "▇".repeat(width));
        line.trim_end().to_owned()
    };
    bars.iter().map(line).collect()
}

/// A round time: 1, 2 or 5 of a power of ten.
fn step(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..1_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// The last line of `--json`. Its fields are documented and stable.
#[derive(Serialize)]
pub struct SummaryLine {
    summary: SummaryFields,
}

#[derive(Serialize)]
struct SummaryFields {
    delivered: u64,
    refused: u64,
    failed: u64,
    unfinished: u64,
    unreadable: u64,
    delivered_before: u64,
    refused_before: u64,
    unconfirmed: u64,
    attempts: u64,
    statuses: BTreeMap<u16, u64>,
    signatures: BTreeMap<&'static str, u64>,
    elapsed_seconds: f64,
    rate: f64,
    latency_ms: Option<LatencyFields>,
    stopped: Option<&'static str>,
    may_have_arrived: Vec<u64>,
}

#[derive(Serialize)]
struct LatencyFields {
    min: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

/// The summary for programs. `may_have_arrived` has the documents that were under way when the run before ended.
pub fn summary_line(summary: &Summary, stopped: Option<&Stopped>, may_have_arrived: &[u64]) -> SummaryLine {
    let rounded = |number: f64| (number * 1_000.0).round() / 1_000.0;
    let millis = |duration: Duration| rounded(duration.as_secs_f64() * 1_000.0);
    let latency = summary.latency().map(|latency| LatencyFields {
        min: millis(latency.min),
        p50: millis(latency.p50),
        p90: millis(latency.p90),
        p99: millis(latency.p99),
        max: millis(latency.max),
    });
    SummaryLine {
        summary: SummaryFields {
            delivered: summary.delivered,
            refused: summary.refused,
            failed: summary.failed,
            unfinished: summary.unfinished,
            unreadable: summary.unreadable,
            delivered_before: summary.delivered_before,
            refused_before: summary.refused_before,
            unconfirmed: summary.unconfirmed,
            attempts: summary.attempts,
            statuses: summary.statuses.clone(),
            signatures: summary.verdicts.iter().map(|(verdict, count)| (verdict.as_str(), *count)).collect(),
            elapsed_seconds: rounded(summary.elapsed.as_secs_f64()),
            rate: rounded(summary.rate()),
            latency_ms: latency,
            stopped: stopped.map(stopped_word),
            may_have_arrived: may_have_arrived.to_vec(),
        },
    }
}

fn stopped_word(stopped: &Stopped) -> &'static str {
    match stopped {
        Stopped::Interrupted => "interrupted",
        Stopped::FirstFailure => "first-failure",
        Stopped::Unsendable => "unsendable",
        Stopped::PauseTooLong(_) => "pause-too-long",
        Stopped::Journal(_) => "journal",
        Stopped::Mismatch(_) => "input-changed",
        Stopped::Session(_) => "session-ended",
        Stopped::Unheard => "output-closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_steps_are_written_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let steps = [500, 2_000, 5_000_000].map(|micros| step(Duration::from_micros(micros)));
        assert_eq!(steps, ["500 µs", "2 ms", "5 s"]);
    }
}
