//! How the subscribers fared: who was cut off, who missed something, who was slow.

use serde::{Deserialize, Serialize};

/// How many of those that were cut off are told one by one.
const TOLD: usize = 10;

/// How the subscribers of a run fared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscribers {
    /// How many there were at the start.
    pub count: usize,
    /// How many sessions ended before the run did.
    pub cut_off: usize,
    /// How the first of them ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut_off_first: Vec<CutOff>,
    /// How many did not get every publication that they were to get.
    pub missed_some: usize,
    /// The slowest one; absent when nothing was delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowest: Option<Slowest>,
    /// Deliveries that came after they had been counted as lost.
    pub late: u64,
    /// Messages on the topic that are not of this run.
    pub foreign: u64,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOff {
    /// The subscriber's number, from 0.
    pub subscriber: usize,
    /// How many counted deliveries it had got.
    pub received: u64,
    /// The code of the hub's Close, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<u16>,
    /// The Close's reason, or what became of the connection.
    pub reason: String,
}

/// The subscriber to which deliveries took longest, on average, beside the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slowest {
    /// Its number, from 0.
    pub subscriber: usize,
    /// Milliseconds, on average.
    pub mean_ms: f64,
    /// The longest one, in milliseconds.
    pub max_ms: f64,
    /// The average of the subscriber in the middle, in milliseconds.
    pub middle_mean_ms: f64,
}

/// What is known of one subscriber.
#[derive(Debug, Clone, Default)]
pub(super) struct Member {
    /// Whether something that was published before the start came.
    pub(super) is_reached: bool,
    /// Counted deliveries.
    pub(super) received: u64,
    /// Counted deliveries that did not come.
    pub(super) missed: u64,
    /// Nanoseconds, of all that came together.
    pub(super) took: u128,
    /// Nanoseconds.
    pub(super) longest: u64,
    /// How its session ended: the code and the reason.
    pub(super) ended: Option<(Option<u16>, String)>,
}

impl Member {
    fn mean_ms(&self) -> f64 {
        self.took as f64 / self.received as f64 / 1e6
    }
}

/// Sums up.
pub(super) fn subscribers(members: &[Member], late: u64, foreign: u64) -> Subscribers {
    let cut_off = members.iter().enumerate().filter_map(|(subscriber, member)| {
        let (code, reason) = member.ended.clone()?;
        Some(CutOff { subscriber, received: member.received, code, reason })
    });
    let mut by_mean: Vec<_> = members.iter().enumerate().filter(|(_, member)| member.received > 0).collect();
    by_mean.sort_by(|(_, one), (_, other)| one.mean_ms().total_cmp(&other.mean_ms()));
    let middle = by_mean.get(by_mean.len().saturating_sub(1) / 2).map(|(_, member)| member.mean_ms());
    let slowest = by_mean.last().zip(middle).map(|((subscriber, member), middle_mean_ms)| Slowest {
        subscriber: *subscriber,
        mean_ms: member.mean_ms(),
        max_ms: member.longest as f64 / 1e6,
        middle_mean_ms,
    });
    Subscribers {
        count: members.len(),
        cut_off: members.iter().filter(|member| member.ended.is_some()).count(),
        cut_off_first: cut_off.take(TOLD).collect(),
        missed_some: members.iter().filter(|member| member.missed > 0).count(),
        slowest,
        late,
        foreign,
    }
}
