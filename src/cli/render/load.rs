//! What a run of `bench` came to: for people, and in Markdown.

use std::borrow::Cow;
use std::collections::BTreeMap;

use colored::Color;

use crate::bench::hub::Subscribers;
use crate::bench::{Compared, How, HubReport, Latencies, PERCENTILES, Report, Verdict};
use crate::cli::render::markdown::markdown_text;
use crate::cli::ui::{Painter, escape};

/// How many of each.
type Counts = BTreeMap<String, u64>;

/// The report for people.
pub fn lines(report: &Report, compared: Option<&[Compared]>, paint: Painter) -> Vec<String> {
    let mut lines = vec![
        format!("{}  {}", escape(&report.target), paint.dim(&format!("({})", how(&report.how, escape)))),
        format!("accepted   {}", accepted(report)),
    ];
    let errors_of_all = errors(&report.errors, report.unanswered);
    for (name, text) in [("answers", answers(&report.statuses)), ("errors", errors_of_all)] {
        lines.extend(text.map(|text| format!("{name:<10} {text}")));
    }
    for (name, latencies) in [("accepted", &report.latency_ms), ("not so", &report.failure_latency_ms)] {
        lines.extend(latencies.iter().flat_map(|latencies| times(name, latencies)));
    }
    if let Some(hub) = &report.hub {
        lines.extend(hub_facts(hub, escape).into_iter().map(|(name, text)| format!("{name:<10} {text}")));
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
        format!("`{}` ({}), {}", escape(&report.target).replace('`', ""), how(&report.how, plain), report.at),
        String::new(),
        format!("- accepted: {}", accepted(report)),
    ];
    lines.extend(answers(&report.statuses).map(|text| format!("- answers: {text}")));
    lines.extend(errors(&report.errors, report.unanswered).map(|text| format!("- errors: {text}")));
    if let Some(hub) = &report.hub {
        lines.extend(hub_facts(hub, plain).into_iter().map(|(name, text)| format!("- {name}: {text}")));
    }
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
            format!("| {} | {} | {met} |", plain(&verdict.expect), measured(verdict))
        }));
    }
    lines
}

/// Text of others in Markdown, where nothing of it means anything.
fn plain(text: &str) -> Cow<'_, str> {
    Cow::Owned(markdown_text(&text.replace('&', "&amp;")))
}

fn how(how: &How, shown: fn(&str) -> Cow<'_, str>) -> String {
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
    if let (Some(protocol), Some(subscribers), Some(publishing)) =
        (&how.protocol, how.subscribers, &how.publishing)
    {
        let way = match publishing.as_str() {
            "http" => "by HTTP",
            "rpc" => "by RPC",
            _ => "in sessions",
        };
        let topic = shown(how.topic.as_deref().unwrap_or_default());
        return format!(
            "{model}, {protocol}, topic {topic}, {subscribers} subscriber{}, {connections} publisher{} {way}",
            plural(subscribers),
            plural(connections)
        );
    }
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
fn answers(statuses: &Counts) -> Option<String> {
    let each: Vec<_> =
        statuses.iter().map(|(status, count)| format!("{} × {count}", escape(status))).collect();
    let of_class = |class: char| statuses.iter().filter(move |(status, _)| status.starts_with(class));
    let classes: Vec<_> = ('1'..='9')
        .filter(|class| of_class(*class).count() > 1)
        .map(|class| format!("{class}xx × {}", of_class(class).map(|(_, count)| count).sum::<u64>()))
        .collect();
    match (each.is_empty(), classes.is_empty()) {
        (true, _) => None,
        (false, true) => Some(each.join(", ")),
        (false, false) => Some(format!("{} (together {})", each.join(", "), classes.join(", "))),
    }
}

fn errors(errors: &Counts, unanswered: u64) -> Option<String> {
    let mut each: Vec<_> =
        errors.iter().map(|(name, count)| format!("{} × {count}", error_words(name))).collect();
    if unanswered > 0 {
        each.push(format!("unanswered at the end × {unanswered}"));
    }
    (!each.is_empty()).then(|| each.join(", "))
}

fn error_words(name: &str) -> &str {
    match name {
        "refused" => "connection refused",
        "tls" => "TLS failed",
        "connect" => "no connection",
        "time_out" => "no answer in time",
        "reset" => "connection reset",
        "closed" => "connection closed",
        "protocol" => "not an answer",
        "not_done" => "answered with no",
        "lost" => "lost: not delivered in time",
        "duplicated" => "delivered once more",
        "cut_off" => "subscriber cut off",
        "not_published" => "not published",
        other => other,
    }
}

/// What became of publishing, and of the subscribers.
fn hub_facts(hub: &HubReport, shown: fn(&str) -> Cow<'_, str>) -> Vec<(&'static str, String)> {
    let HubReport { publishing, subscribers } = hub;
    let rate = number(publishing.accepted_per_second);
    let mut facts =
        vec![("published", format!("{} of {}, {rate}/s", publishing.accepted, publishing.started))];
    facts.extend(answers(&publishing.statuses).map(|text| ("", format!("answers: {text}"))));
    facts.extend(
        errors(&publishing.errors, publishing.unanswered).map(|text| ("", format!("errors: {text}"))),
    );
    let all = [("answers", &publishing.latency_ms), ("no or none", &publishing.failure_latency_ms)];
    for (name, latencies) in all {
        let Some(latencies) = latencies else { continue };
        let each = ["p50", "p99", "p99.9", "p99.99", "max"];
        let each = each.map(|name| {
            latency(latencies, name).map(|value| format!("{name} {}", number(value))).unwrap_or_default()
        });
        facts.push(("", format!("{name}, ms: {}", each.join(", "))));
    }
    facts.extend(subscriber_facts(subscribers, shown));
    facts.iter_mut().filter(|(name, _)| name.is_empty()).for_each(|(name, _)| *name = "publishing");
    facts
}

fn subscriber_facts(
    subscribers: &Subscribers,
    shown: fn(&str) -> Cow<'_, str>,
) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut told = vec![format!("{} subscribed", subscribers.count)];
    let counts = [
        (subscribers.cut_off as u64, "cut off"),
        (subscribers.missed_some as u64, "missed something"),
        (subscribers.late, "late deliveries"),
        (subscribers.foreign, "messages of others on the topic"),
    ];
    told.extend(counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    facts.push(("sessions", told.join(", ")));
    facts.extend(subscribers.cut_off_first.iter().map(|one| {
        let code = one.code.map(|code| format!("{code} ")).unwrap_or_default();
        let reason = shown(&one.reason);
        let (subscriber, received) = (one.subscriber, one.received);
        ("cut off", format!("subscriber {subscriber} after {received} deliveries: {code}{reason}"))
    }));
    if let Some(slowest) = &subscribers.slowest
        && subscribers.count > 1
    {
        let (mean, middle, max) =
            (number(slowest.mean_ms), number(slowest.middle_mean_ms), number(slowest.max_ms));
        facts.push((
            "slowest",
            format!(
                "subscriber {}, ms: mean {mean} (the middle one {middle}), max {max}",
                slowest.subscriber
            ),
        ));
    }
    facts
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

/// The same of a percentage: nearly everything is not everything.
fn percentage(value: f64) -> String {
    if value < 100.0 { number(value.min(99.99)) } else { number(value) }
}

fn measured(verdict: &Verdict) -> String {
    let Some(measured) = verdict.measured else { return "nothing was measured".to_owned() };
    let unit = match verdict.expect.as_str() {
        expect if expect.starts_with("ok") => return format!("{} %", percentage(measured)),
        expect if expect.starts_with("rate") => "/s",
        expect if expect.starts_with("failed") => return format!("{measured}"),
        _ => " ms",
    };
    format!("{}{unit}", number(measured))
}

fn cells(one: &Compared) -> [String; 3] {
    let shown = if one.figure == "accepted_percent" { percentage } else { number };
    let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), shown);
    let change = one.change_percent.map_or_else(|| "-".to_owned(), |change| format!("{change:+.1} %"));
    [cell(one.before), cell(one.now), change]
}
