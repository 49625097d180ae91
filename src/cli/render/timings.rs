//! How long each stage of an exchange took.

use crate::client::StageTimings;
use crate::protocol::record::Timings;
use crate::signing::describe_seconds;

/// The stages on one line: `DNS 1.20 ms, TCP 0.31 ms, TLS 4.52 ms, first byte 10.0 ms, total 17.1 ms`. A stage that
/// there was not is left out.
pub fn stages(timings: &Timings, dialled: Option<StageTimings>) -> String {
    let proxy = dialled.and_then(|stages| stages.proxy).map(|time| time.as_secs_f64() * 1_000.0);
    let stages = [
        ("DNS", timings.dns),
        ("TCP", timings.connect),
        ("proxy", proxy),
        ("TLS", timings.tls),
        ("first byte", timings.first_byte),
        ("total", timings.total),
    ];
    let told = stages.iter().filter_map(|(name, time)| time.map(|time| format!("{name} {}", millis(time))));
    told.collect::<Vec<_>>().join(", ")
}

/// A time in milliseconds for people: three digits, or words when it is long.
pub fn millis(millis: f64) -> String {
    match millis {
        ..9.995 => format!("{millis:.2} ms"),
        ..99.95 => format!("{millis:.1} ms"),
        ..999.5 => format!("{millis:.0} ms"),
        ..60_000.0 => format!("{:.2} s", millis / 1_000.0),
        _ => describe_seconds((millis / 1_000.0).round() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_stage_that_there_was_not_is_left_out() {
        let timings = Timings { connect: Some(0.412), total: Some(1_234.5), ..Timings::default() };
        assert_eq!(stages(&timings, None), "TCP 0.41 ms, total 1.23 s");
        let dialled = StageTimings { proxy: Some(Duration::from_millis(12)), ..StageTimings::default() };
        assert_eq!(stages(&timings, Some(dialled)), "TCP 0.41 ms, proxy 12.0 ms, total 1.23 s");
    }
}
