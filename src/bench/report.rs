//! What a run came to, as it is kept and compared: stable names, in the units that stand in them.
//!
//! Its JSON is described by [`SCHEMA`].

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use super::hub::{HubOutcome, HubPlan, Road, Subscribers};
use super::outcome::{Failure, Outcome};
use super::plan::{Model, Plan, Transport};
use super::{Content, Verdict};
use crate::client::HttpUrl;
use crate::protocol::record::without_secrets;

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
    /// Accepted ones a second, until the end of sending or the last of them.
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
    /// What became of publishing, and of the subscribers, where a hub was loaded; everything else is about deliveries then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hub: Option<HubReport>,
    /// What was expected, and whether it was so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Verdict>,
}

/// What became of publishing to a hub, and of its subscribers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HubReport {
    /// What became of publishing.
    pub publishing: PublishingReport,
    /// How the subscribers fared.
    pub subscribers: Subscribers,
}

/// What became of publishing, whoever got it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishingReport {
    /// Publications that were due after the warm-up.
    pub started: u64,
    /// Those that the hub took; in sessions, those that were written out.
    pub accepted: u64,
    /// Those to which no answer came before the run ended.
    pub unanswered: u64,
    /// Accepted ones a second.
    pub accepted_per_second: f64,
    /// Answers by status; RPC has none.
    pub statuses: BTreeMap<String, u64>,
    /// Failures by kind.
    pub errors: BTreeMap<String, u64>,
    /// Milliseconds until accepted ones were answered, from when they were due; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Latencies>,
    /// Milliseconds until the others were answered, or failed; absent when there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_latency_ms: Option<Latencies>,
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
    /// What the hub speaks: `wsify`, `roadrunner` or `roadrunner-2.3.0`; absent for an inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The hub's topic, or channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The hub's subscribers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscribers: Option<usize>,
    /// How is published to a hub: `http`, `rpc` or `session`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publishing: Option<String>,
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
        Report::of(plan.target(), at, How::of(plan), outcome)
    }

    /// The report on a run on a hub that was begun at `at`, without expectations.
    pub fn of_hub(plan: &HubPlan, at: String, outcome: &HubOutcome) -> Self {
        let hub = HubReport {
            publishing: PublishingReport::of(&outcome.publications),
            subscribers: outcome.subscribers.clone(),
        };
        let report = Report::of(plan.target(), at, How::of_hub(plan), &outcome.deliveries);
        Report { hub: Some(hub), ..report }
    }

    fn of(target: String, at: String, how: How, outcome: &Outcome) -> Self {
        let accepted = outcome.accepted();
        Report {
            v: 1,
            target,
            at,
            how,
            started: outcome.started,
            accepted,
            unanswered: outcome.unanswered,
            accepted_percent: percent(accepted, outcome.started),
            elapsed_seconds: outcome.elapsed.as_secs_f64(),
            interrupted: outcome.is_interrupted,
            accepted_per_second: outcome.accepted_rate(),
            statuses: statuses(outcome),
            errors: errors(outcome),
            latency_ms: Latencies::of(&outcome.latency),
            failure_latency_ms: Latencies::of(&outcome.failure_latency),
            hub: None,
            expectations: Vec::new(),
        }
    }

    /// How many deliveries were not accepted.
    pub fn not_accepted(&self) -> u64 {
        self.started - self.accepted.min(self.started)
    }

    /// Whether no connection could be made, for as long as it lasted.
    pub fn had_no_connection(&self) -> bool {
        let of_connecting = Failure::ALL.into_iter().filter(|failure| failure.is_of_connecting());
        let count = |errors: &BTreeMap<String, u64>| -> u64 {
            of_connecting.filter_map(|failure| errors.get(failure.name())).sum()
        };
        match &self.hub {
            Some(HubReport { publishing, .. }) => {
                publishing.started > 0 && count(&publishing.errors) == publishing.started
            }
            None => self.started > 0 && count(&self.errors) == self.started,
        }
    }
}

impl PublishingReport {
    fn of(outcome: &Outcome) -> Self {
        PublishingReport {
            started: outcome.started,
            accepted: outcome.accepted(),
            unanswered: outcome.unanswered,
            accepted_per_second: outcome.accepted_rate(),
            statuses: statuses(outcome),
            errors: errors(outcome),
            latency_ms: Latencies::of(&outcome.latency),
            failure_latency_ms: Latencies::of(&outcome.failure_latency),
        }
    }
}

impl Plan {
    /// The inbox as it is shown: with the scheme of its road, and without secrets.
    pub fn target(&self) -> String {
        let scheme = match (self.transport, self.url.origin().tls) {
            (Transport::Http, true) => "https",
            (Transport::Http, false) => "http",
            (Transport::WebSocket { .. }, true) => "wss",
            (Transport::WebSocket { .. }, false) => "ws",
        };
        target(scheme, &self.url)
    }
}

impl HubPlan {
    /// The hub as it is shown: with the scheme of its sessions, and without secrets.
    pub fn target(&self) -> String {
        let scheme = if self.url.origin().tls { "wss" } else { "ws" };
        target(scheme, &self.url)
    }
}

fn target(scheme: &str, url: &HttpUrl) -> String {
    without_secrets(&format!("{scheme}://{}{}", url.origin().authority(), url.target())).into_owned()
}

fn statuses(outcome: &Outcome) -> BTreeMap<String, u64> {
    outcome.statuses.iter().map(|(status, count)| (status.to_string(), *count)).collect()
}

fn errors(outcome: &Outcome) -> BTreeMap<String, u64> {
    outcome.failures.iter().map(|(failure, count)| (failure.name().to_owned(), *count)).collect()
}

fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

fn model(model: Model) -> (&'static str, Option<f64>) {
    match model {
        Model::Closed => ("closed", None),
        Model::Open { rate } => ("open", Some(rate)),
    }
}

impl How {
    fn of(plan: &Plan) -> Self {
        let (transport, in_flight) = match plan.transport {
            Transport::Http => ("http", None),
            Transport::WebSocket { in_flight, .. } => ("ws", Some(in_flight)),
        };
        let (model, rate) = model(plan.model);
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
            protocol: None,
            topic: None,
            subscribers: None,
            publishing: None,
            warm_up_seconds: plan.warm_up.as_secs_f64(),
        }
    }

    fn of_hub(plan: &HubPlan) -> Self {
        let (model, rate) = model(plan.model);
        let publishing = match &plan.road {
            Road::Session => "session",
            Road::Post(_) => "http",
            Road::Rpc(..) => "rpc",
        };
        How {
            transport: "ws".to_owned(),
            model: model.to_owned(),
            rate,
            connections: plan.publishers,
            in_flight: None,
            threads: 1,
            signed: "no".to_owned(),
            protocol: Some(plan.language.name().to_owned()),
            topic: Some(plan.topic.clone()),
            subscribers: Some(plan.subscribers),
            publishing: Some(publishing.to_owned()),
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
