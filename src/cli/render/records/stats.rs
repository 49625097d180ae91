//! What many records come to.

use jiff::Timestamp;

use super::{bytes, verdict_badge};
use crate::cli::render::timings::millis;
use crate::cli::ui::{Painter, escape};
use crate::store::Summary;

/// How many values of one kind are shown.
const SHOWN: usize = 10;

/// How wide the bar of the busiest stretch of time is, in characters.
const BAR: u64 = 40;

/// How wide a label is.
const LABEL: usize = 10;

/// The counts, in lines.
pub fn stats_lines(summary: &Summary, paint: Painter) -> Vec<String> {
    let records = if summary.count == 1 { "record" } else { "records" };
    let mut lines = vec![paint.bold(&format!("{} {records}, {}", summary.count, bytes(summary.bytes)))];
    let label = |text: &str| paint.dim(&format!("  {text:<LABEL$}"));
    if let (Some(first), Some(last)) = (summary.first_millis, summary.last_millis) {
        lines.push(format!("{}{} to {}", label("from"), moment(first), moment(last)));
        let seconds = last.saturating_sub(first) as f64 / 1_000.0;
        if seconds > 0.0 {
            lines.push(format!("{}{}", label("rate"), rate(summary.count as f64 / seconds)));
        }
    }
    let kinds = [
        ("types", &summary.types),
        ("verdicts", &summary.verdicts),
        ("codes", &summary.codes),
        ("statuses", &summary.statuses),
        ("peers", &summary.peers),
    ];
    for (name, counts) in kinds.into_iter().filter(|(_, counts)| !counts.is_empty()) {
        let shown = counts.iter().take(SHOWN).map(|(value, count)| {
            let value =
                if name == "verdicts" { verdict_badge(value, paint) } else { escape(value).into_owned() };
            format!("{value} {count}")
        });
        let mut line = shown.collect::<Vec<_>>().join(", ");
        if counts.len() > SHOWN {
            line.push_str(&format!(", and {} more", counts.len() - SHOWN));
        }
        lines.push(format!("{}{line}", label(name)));
    }
    if let Some(latency) = &summary.latency {
        let parts = [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("max", latency.max)];
        let parts = parts.map(|(name, value)| format!("{name} {}", millis(value)));
        lines.push(format!("{}{}", label("took"), parts.join(", ")));
    }
    lines.extend(over_time(summary, paint));
    lines
}

/// How many came when, as bars, where there is more than one stretch of time.
fn over_time(summary: &Summary, paint: Painter) -> Vec<String> {
    let most = summary.over_time.iter().map(|slice| slice.count).max().unwrap_or_default();
    if summary.over_time.len() < 2 || most == 0 {
        return Vec::new();
    }
    let bar = |count: u64| "▇".repeat(usize::try_from((count * BAR).div_ceil(most)).unwrap_or_default());
    let slices = summary.over_time.iter().map(|slice| {
        format!("  {}  {} {}", paint.dim(&moment(slice.at_millis)), bar(slice.count), slice.count)
    });
    std::iter::once(String::new()).chain(slices).collect()
}

fn moment(at_millis: u64) -> String {
    let at = i64::try_from(at_millis).ok().and_then(|at| Timestamp::from_millisecond(at).ok());
    at.map(|at| format!("{at:.0}")).unwrap_or_default()
}

fn rate(per_second: f64) -> String {
    match per_second {
        1.0.. => format!("{per_second:.1} a second"),
        0.016.. => format!("{:.1} a minute", per_second * 60.0),
        _ => format!("{:.1} an hour", per_second * 3_600.0),
    }
}
