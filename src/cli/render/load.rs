//! What a run of `bench` came to: for people, and in Markdown.

use colored::Color;

use crate::bench::{Compared, How, Latencies, PERCENTILES, Report, Verdict};
use crate::cli::ui::{Painter, escape};

/// The report for people.
pub fn lines(report: &Report, compared: Option<&[Compared]>, paint: Painter) -> Vec<String> {
    let mut lines = vec![
        format!("{}  {}", escape(&report.target), paint.dim(&format!("({})", how(&report.how)))),
        format!("accepted   {}", accepted(report)),
    ];
    for (name, text) in [("answers", answers(report)), ("errors", errors(report))] {
        lines.extend(text.map(|text| format!("{name:<10} {text}")));
    }
    for (name, latencies) in [("accepted", &report.latency_ms), ("not so", &report.failure_latency_ms)] {
        lines.extend(latencies.iter().flat_map(|latencies| times(name, latencies)));
    }
    if report.interrupted {
        lines.push(paint.color("interrupted: this is what was measured until then", Color::Yellow));
    }
    if let Some(compared) = compared {
        lines.push(format!("{:<22} {:>12} {:>12} {:>9}", "", "before", "now", "change"));
        lines.extend(compared.iter().map(|one| {
            let [before, now, change] = cells(one);
            format!("{:<22} {before:>12} {now:>12} {change:>9}", one.figure)
        }));
    }
    lines.extend(report.expectations.iter().map(|verdict| {
        let word =
            if verdict.met { paint.color("met", Color::Green) } else { paint.color("unmet", Color::Red) };
        format!("expected   {}: {word}, {}", escape(&verdict.expect), measured(verdict))
    }));
    lines
}

/// The report as Markdown.
pub fn markdown(report: &Report, compared: Option<&[Compared]>) -> Vec<String> {
    let mut lines = vec![
        format!("`{}` ({}), {}", escape(&report.target).replace('`', ""), how(&report.how), report.at),
        String::new(),
        format!("- accepted: {}", accepted(report)),
    ];
    lines.extend(answers(report).map(|text| format!("- answers: {text}")));
    lines.extend(errors(report).map(|text| format!("- errors: {text}")));
    if report.interrupted {
        lines.push("- interrupted: this is what was measured until then".to_owned());
    }
    lines.extend([String::new(), "| ms | accepted | not accepted |".to_owned(), "|---|--:|--:|".to_owned()]);
    let names = ["min", "mean"].into_iter().chain(PERCENTILES.map(|(name, _)| name)).chain(["max"]);
    lines.extend(names.map(|name| {
        let cell = |latencies: &Option<Latencies>| {
            let value = latencies.as_ref().and_then(|latencies| latency(latencies, name));
            value.map_or_else(String::new, number)
        };
        format!("| {name} | {} | {} |", cell(&report.latency_ms), cell(&report.failure_latency_ms))
    }));
    if let Some(compared) = compared {
        lines.extend([
            String::new(),
            "| | before | now | change |".to_owned(),
            "|---|--:|--:|--:|".to_owned(),
        ]);
        lines.extend(compared.iter().map(|one| format!("| {} | {} |", one.figure, cells(one).join(" | "))));
    }
    if !report.expectations.is_empty() {
        lines.extend([String::new(), "| expected | measured | met |".to_owned(), "|---|--:|---|".to_owned()]);
        lines.extend(report.expectations.iter().map(|verdict| {
            let met = if verdict.met { "yes" } else { "**no**" };
            format!("| {} | {} | {met} |", escape(&verdict.expect).replace('|', "\\|"), measured(verdict))
        }));
    }
    lines
}

fn how(how: &How) -> String {
    let model = match how.rate {
        Some(rate) => format!("open model at {rate}/s"),
        None => "closed model".to_owned(),
    };
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let signed = match how.signed.as_str() {
        "no" => "unsigned",
        "before" => "signed before the start",
        _ => "signed as they go out",
    };
    let (connections, threads) = (how.connections, how.threads);
    format!(
        "{model}, {connections} connection{}, {threads} thread{}, {signed}",
        plural(connections),
        plural(threads)
    )
}

fn accepted(report: &Report) -> String {
    let Report { accepted, started, accepted_percent, elapsed_seconds, .. } = report;
    let rate = number(report.accepted_per_second);
    // Nearly everything is not everything.
    let percent = if accepted == started { *accepted_percent } else { accepted_percent.min(99.999) };
    format!("{accepted} of {started} ({percent:.3} %), {rate}/s, in {elapsed_seconds:.2} s")
}

/// The answers by status, and by class where there are several in one.
fn answers(report: &Report) -> Option<String> {
    let each: Vec<_> =
        report.statuses.iter().map(|(status, count)| format!("{} × {count}", escape(status))).collect();
    let classes: Vec<_> = ('1'..='9')
        .filter(|class| report.statuses.keys().filter(|status| status.starts_with(*class)).count() > 1)
        .map(|class| format!("{class}xx × {}", report.answers_of_class(class)))
        .collect();
    match (each.is_empty(), classes.is_empty()) {
        (true, _) => None,
        (false, true) => Some(each.join(", ")),
        (false, false) => Some(format!("{} (together {})", each.join(", "), classes.join(", "))),
    }
}

fn errors(report: &Report) -> Option<String> {
    let mut each: Vec<_> =
        report.errors.iter().map(|(name, count)| format!("{} × {count}", error_words(name))).collect();
    if report.unanswered > 0 {
        each.push(format!("unanswered at the end × {}", report.unanswered));
    }
    (!each.is_empty()).then(|| each.join(", "))
}

fn error_words(name: &str) -> &str {
    match name {
        "connect" => "no connection",
        "time_out" => "no answer in time",
        "reset" => "connection reset",
        "closed" => "connection closed",
        "protocol" => "not an answer",
        other => other,
    }
}

/// The times of one kind of deliveries, on two lines.
fn times(name: &str, latencies: &Latencies) -> [String; 2] {
    let figure = |name: &str| {
        latency(latencies, name).map(|value| format!("{name} {}", number(value))).unwrap_or_default()
    };
    let percentiles: Vec<_> = PERCENTILES.iter().map(|(name, _)| figure(name)).collect();
    let around: Vec<_> = ["min", "mean", "max"].into_iter().map(figure).collect();
    [
        format!("times, ms  {name}: {}", around.join(", ")),
        format!("           {name}: {}", percentiles.join(", ")),
    ]
}

fn latency(latencies: &Latencies, name: &str) -> Option<f64> {
    match name {
        "min" => Some(latencies.min),
        "mean" => Some(latencies.mean),
        "max" => Some(latencies.max),
        percentile => latencies.percentiles.get(percentile).copied(),
    }
}

/// A figure with about four digits that count.
fn number(value: f64) -> String {
    match value {
        1000.0.. => format!("{value:.0}"),
        100.0..1000.0 => format!("{value:.1}"),
        10.0..100.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn measured(verdict: &Verdict) -> String {
    let Some(measured) = verdict.measured else { return "nothing was measured".to_owned() };
    let unit = match verdict.expect.as_str() {
        expect if expect.starts_with("ok") => " %",
        expect if expect.starts_with("rate") => "/s",
        expect if expect.starts_with("failed") => return format!("{measured}"),
        _ => " ms",
    };
    format!("{}{unit}", number(measured))
}

fn cells(one: &Compared) -> [String; 3] {
    let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
    let change = one.change_percent.map_or_else(|| "-".to_owned(), |change| format!("{change:+.1} %"));
    [cell(one.before), cell(one.now), change]
}
