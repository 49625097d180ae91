//! What a run came to, as it is kept and compared: stable names, in the units that stand in them.
//!
//! Its JSON is described by [`SCHEMA`].

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::outcome::Outcome;
use super::plan::{Model, Plan, Transport};
use super::{Content, Verdict};

/// The JSON Schema of a report.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// The percentiles that are told.
pub const PERCENTILES: [(&str, f64); 7] = [
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
    ("p99.99", 0.9999),
];

/// What a run came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The version of this shape: 1.
    pub v: u32,
    /// The inbox.
    pub target: String,
    /// When it was begun: RFC 3339, UTC.
    pub at: String,
    /// How it was done.
    pub how: How,
    /// Deliveries that were due after the warm-up.
    pub started: u64,
    /// Those that were accepted: answers of 2xx, and messages in sessions without receipts.
    pub accepted: u64,
    /// Those to which no answer came before the run ended.
    pub unanswered: u64,
    /// The accepted ones of a hundred.
    pub accepted_percent: f64,
    /// Seconds from the end of the warm-up to the last thing that happened.
    pub elapsed_seconds: f64,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// Accepted ones a second.
    pub accepted_per_second: f64,
    /// Answers by status.
    pub statuses: BTreeMap<String, u64>,
    /// Failures by kind.
    pub errors: BTreeMap<String, u64>,
    /// Milliseconds until accepted ones were; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latencies>,
    /// Milliseconds until the others were answered, or failed; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_latency_ms: Option<Latencies>,
    /// What was expected, and whether it was so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Verdict>,
}

/// How a run was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct How {
    /// `http` or `ws`.
    pub transport: String,
    /// `open` or `closed`.
    pub model: String,
    /// Arrivals a second, in the open model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// Connections in all.
    pub connections: usize,
    /// The most messages in flight in each session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<usize>,
    /// Threads.
    pub threads: usize,
    /// `no`, `each` or `before`.
    pub signed: String,
    /// Seconds that were not counted.
    pub warm_up_seconds: f64,
}

/// How long deliveries took, in milliseconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Latencies {
    /// How many there are.
    pub count: u64,
    /// The shortest.
    pub min: f64,
    /// The mean.
    pub mean: f64,
    /// The longest.
    pub max: f64,
    /// What this many of a hundred did not exceed, from `p50` to `p99.99`.
    pub percentiles: BTreeMap<String, f64>,
}

impl Report {
    /// The report on a run of `plan` that was begun at `at`, without expectations.
    pub fn new(plan: &Plan, at: String, outcome: &Outcome) -> Self {
        let scheme = match (plan.transport, plan.url.origin().tls) {
            (Transport::Http, true) => "https",
            (Transport::Http, false) => "http",
            (Transport::WebSocket { .. }, true) => "wss",
            (Transport::WebSocket { .. }, false) => "ws",
        };
        let accepted = outcome.accepted();
        Report {
            v: 1,
            target: format!("{scheme}://{}{}", plan.url.origin().authority(), plan.url.target()),
            at,
            how: How::of(plan),
            started: outcome.started,
            accepted,
            unanswered: outcome.unanswered,
            accepted_percent: percent(accepted, outcome.started),
            elapsed_seconds: outcome.elapsed.as_secs_f64(),
            interrupted: outcome.is_interrupted,
            accepted_per_second: outcome.accepted_rate(),
            statuses: outcome.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect(),
            errors: outcome
                .failures
                .iter()
                .map(|(failure, count)| (failure.name().to_owned(), *count))
                .collect(),
            latency_ms: Latencies::of(&outcome.latency),
            failure_latency_ms: Latencies::of(&outcome.failure_latency),
            expectations: Vec::new(),
        }
    }

    /// How many deliveries were not accepted.
    pub fn not_accepted(&self) -> u64 {
        self.started - self.accepted.min(self.started)
    }

    /// How many answers came with a status of this class, such as 5 for 5xx.
    pub fn answers_of_class(&self, class: char) -> u64 {
        let of_class = self.statuses.iter().filter(|(status, _)| status.starts_with(class));
        of_class.map(|(_, count)| count).sum()
    }

    /// Whether no connection could be made, for as long as it lasted.
    pub fn had_no_connection(&self) -> bool {
        self.started > 0 && self.errors.get("connect") == Some(&self.started)
    }
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

impl How {
    fn of(plan: &Plan) -> Self {
        let (transport, in_flight) = match plan.transport {
            Transport::Http => ("http", None),
            Transport::WebSocket { in_flight, .. } => ("ws", Some(in_flight)),
        };
        let (model, rate) = match plan.model {
            Model::Closed => ("closed", None),
            Model::Open { rate } => ("open", Some(rate)),
        };
        let signed = match plan.content {
            Content::Unsigned { .. } => "no",
            Content::Signed { .. } => "each",
            Content::Presigned { .. } => "before",
        };
        How {
            transport: transport.to_owned(),
            model: model.to_owned(),
            rate,
            connections: plan.connections,
            in_flight,
            threads: plan.threads,
            signed: signed.to_owned(),
            warm_up_seconds: plan.warm_up.as_secs_f64(),
        }
    }
}

impl Latencies {
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        if histogram.is_empty() {
            return None;
        }
        let milliseconds = |nanoseconds: u64| nanoseconds as f64 / 1e6;
        Some(Latencies {
            count: histogram.len(),
            min: milliseconds(histogram.min()),
            mean: histogram.mean() / 1e6,
            max: milliseconds(histogram.max()),
            percentiles: PERCENTILES
                .iter()
                .map(|(name, quantile)| {
                    ((*name).to_owned(), milliseconds(histogram.value_at_quantile(*quantile)))
                })
                .collect(),
        })
    }
}
