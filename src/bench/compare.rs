//! Two reports side by side.

use serde::Serialize;

use super::report::{Latencies, PERCENTILES, PublishingReport, Report};

/// One figure of two runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// Its name: with the unit, where it has one.
    pub figure: String,
    /// In the earlier run; none when it has no such figure.
    pub before: Option<f64>,
    /// In this run.
    pub now: Option<f64>,
    /// By how much of a hundred this one is more; none without both, or from nothing.
    pub change_percent: Option<f64>,
}

impl Compared {
    fn new(figure: impl Into<String>, before: Option<f64>, now: Option<f64>) -> Self {
        let change_percent = match (before, now) {
            (Some(before), Some(now)) if before != 0.0 => Some((now - before) / before * 100.0),
            _ => None,
        };
        Compared { figure: figure.into(), before, now, change_percent }
    }
}

/// The figures of two runs: how many a second were accepted, the share that was, and the latencies of those.
pub fn compare(before: &Report, now: &Report) -> Vec<Compared> {
    let both = |figure: &str, of: fn(&Report) -> f64| Compared::new(figure, Some(of(before)), Some(of(now)));
    let mut figures = vec![
        both("accepted_per_second", |report| report.accepted_per_second),
        both("accepted_percent", |report| report.accepted_percent),
    ];
    let mut latency = |name: &str, of: &dyn Fn(&Latencies) -> Option<f64>| {
        let of = |report: &Report| report.latency_ms.as_ref().and_then(of);
        figures.push(Compared::new(format!("{name}_ms"), of(before), of(now)));
    };
    latency("mean", &|latencies| Some(latencies.mean));
    for (name, _) in PERCENTILES {
        latency(name, &|latencies| latencies.percentiles.get(name).copied());
    }
    latency("max", &|latencies| Some(latencies.max));
    if before.hub.is_some() || now.hub.is_some() {
        figures.extend(publishing(before, now));
    }
    figures
}

/// How many a second a hub took, and how soon it said so.
fn publishing(before: &Report, now: &Report) -> Vec<Compared> {
    let both = |figure: &str, of: fn(&PublishingReport) -> Option<f64>| {
        let of = |report: &Report| report.hub.as_ref().and_then(|hub| of(&hub.publishing));
        Compared::new(figure, of(before), of(now))
    };
    let p99 = |publishing: &PublishingReport| {
        publishing.latency_ms.as_ref().and_then(|latencies| latencies.percentiles.get("p99").copied())
    };
    vec![
        both("published_per_second", |publishing| Some(publishing.accepted_per_second)),
        both("publishing_p99_ms", p99),
    ]
}

/// What was done otherwise in the earlier run, so that its figures mean something else: the names of those settings.
pub fn differences(before: &Report, now: &Report) -> Vec<&'static str> {
    let (one, other) = (&before.how, &now.how);
    let differs = [
        ("target", before.target != now.target),
        ("transport", one.transport != other.transport),
        ("model", one.model != other.model),
        ("rate", one.rate != other.rate),
        ("concurrency", one.connections != other.connections),
        ("messages in flight", one.in_flight != other.in_flight),
        ("threads", one.threads != other.threads),
        ("signing", one.signed != other.signed),
        ("protocol", one.protocol != other.protocol),
        ("topic", one.topic != other.topic),
        ("subscribers", one.subscribers != other.subscribers),
        ("the way of publishing", one.publishing != other.publishing),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tests::{outcome, plan};
    use std::time::Duration;

    fn report(milliseconds: u64) -> Report {
        let mut outcome = outcome();
        outcome.latency.record(milliseconds * 1_000_000).unwrap();
        (outcome.started, outcome.answered, outcome.rated) = (1, 1, Duration::from_secs(1));
        outcome.statuses = [(202, 1)].into();
        Report::new(&plan(), "2026-01-01T00:00:00.000Z".into(), &outcome)
    }

    #[test]
    fn the_change_is_told_in_percent_of_the_earlier_run() {
        let figures = compare(&report(100), &report(150));
        let of = |name: &str| figures.iter().find(|one| one.figure == name).unwrap().change_percent.unwrap();
        assert!((of("p99_ms") - 50.0).abs() < 0.5, "{figures:?}");
        assert_eq!(of("accepted_percent"), 0.0);
    }

    #[test]
    fn without_latencies_there_is_no_change() {
        let nothing = Report::new(&plan(), String::new(), &outcome());
        let figures = compare(&nothing, &report(1));
        let rate = figures.iter().find(|one| one.figure == "accepted_per_second").unwrap();
        assert_eq!((rate.before, rate.now, rate.change_percent), (Some(0.0), Some(1.0), None));
        let p99 = figures.iter().find(|one| one.figure == "p99_ms").unwrap();
        assert_eq!((p99.before, p99.change_percent), (None, None));
    }

    #[test]
    fn other_settings_are_named() {
        let mut other = report(1);
        other.how.connections = 9;
        other.how.signed = "before".into();
        assert_eq!(differences(&report(1), &other), ["concurrency", "signing"]);
    }

    #[test]
    fn a_report_is_as_its_schema_says_and_can_be_read_again() {
        let mut outcome = outcome();
        outcome.failure_latency.record(1).unwrap();
        (outcome.started, outcome.unanswered) = (3, 1);
        outcome.failures = [(crate::bench::Failure::TimedOut, 1)].into();
        outcome.statuses = [(500, 1)].into();
        let mut failing = Report::new(&plan(), String::new(), &outcome);
        failing.expectations = vec!["p99<1ms".parse::<crate::bench::Expected>().unwrap().judge(&outcome)];
        let schema = serde_json::from_str(crate::bench::SCHEMA).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for report in [failing, report(5)] {
            let json = serde_json::to_value(&report).unwrap();
            let errors: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?}");
            let again: Report = serde_json::from_value(json.clone()).unwrap();
            assert_eq!(serde_json::to_value(again).unwrap(), json);
        }
    }
}
