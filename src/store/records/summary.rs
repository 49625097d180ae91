//! What many records have in common.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use rusqlite::{Connection, Row, params_from_iter};
use serde::Serialize;

use super::condition::Condition;
use crate::protocol::outline::Filter;

/// Over how many stretches of time the records are counted, at most.
const SLICES: u64 = 60;

/// How long a stretch of time may be, in milliseconds.
const STEPS: [u64; 14] = [
    1_000,
    2_000,
    5_000,
    10_000,
    30_000,
    60_000,
    120_000,
    300_000,
    600_000,
    1_800_000,
    3_600_000,
    21_600_000,
    86_400_000,
    604_800_000,
];

/// How many of each there are, the most frequent first.
pub type Counts = Vec<(String, u64)>;

/// What records have in common.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many there are.
    pub count: u64,
    /// The bytes of their messages.
    pub bytes: u64,
    /// When the first happened, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_millis: Option<u64>,
    /// When the last happened, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_millis: Option<u64>,
    /// By the entity's type, or the word of the frame.
    pub types: Counts,
    /// By what their signatures are worth.
    pub verdicts: Counts,
    /// By the codes of what was found.
    pub codes: Counts,
    /// By the status of the response.
    pub statuses: Counts,
    /// By the other side's address, without its port.
    pub peers: Counts,
    /// How long they took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// How long a stretch of time is, in milliseconds.
    pub slice_millis: u64,
    /// How many came when: those stretches of time in which any came.
    pub over_time: Vec<Slice>,
}

/// How long records took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// How many say it.
    pub count: u64,
    /// What half of them kept within.
    pub p50: f64,
    /// What nine of ten kept within.
    pub p90: f64,
    /// What 99 of 100 kept within.
    pub p99: f64,
    /// The longest.
    pub max: f64,
}

/// A stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Slice {
    /// When it begins, in Unix milliseconds.
    pub at_millis: u64,
    /// How many came.
    pub count: u64,
    /// By what their signatures are worth.
    pub verdicts: BTreeMap<String, u64>,
    /// The mean of how long they took, in milliseconds, where any says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<f64>,
}

/// What is counted while rows are read.
struct Counting {
    summary: Summary,
    types: BTreeMap<String, u64>,
    verdicts: BTreeMap<String, u64>,
    codes: BTreeMap<String, u64>,
    statuses: BTreeMap<String, u64>,
    peers: BTreeMap<String, u64>,
    latencies: Option<Histogram<u64>>,
    slices: BTreeMap<u64, (Slice, f64, u64)>,
}

pub(super) fn summarise(connection: &Connection, filter: &Filter) -> rusqlite::Result<Summary> {
    let condition = Condition::of(filter);
    let wanted = condition.sql();
    let bounds = format!("SELECT min(at), max(at) FROM record WHERE at > 0 AND {wanted}");
    let (first, last): (Option<u64>, Option<u64>) =
        connection
            .query_row(&bounds, params_from_iter(&condition.values), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let span = last.zip(first).map_or(0, |(last, first)| last - first);
    let fits = |step: &u64| span / step < SLICES;
    let weeks = STEPS[STEPS.len() - 1];
    let slice_millis = STEPS.into_iter().find(fits).unwrap_or_else(|| (span / SLICES / weeks + 1) * weeks);
    // Three digits of any number: this is never refused.
    let mut latencies = Histogram::new(3).ok();
    latencies.iter_mut().for_each(|latencies| latencies.auto(true));
    let mut counting = Counting {
        summary: Summary { first_millis: first, last_millis: last, slice_millis, ..Summary::default() },
        types: BTreeMap::new(),
        verdicts: BTreeMap::new(),
        codes: BTreeMap::new(),
        statuses: BTreeMap::new(),
        peers: BTreeMap::new(),
        latencies,
        slices: BTreeMap::new(),
    };
    let sql =
        format!("SELECT at, kind, verdict, codes, status, peer, latency, size FROM record WHERE {wanted}");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(params_from_iter(&condition.values))?;
    while let Some(row) = rows.next()? {
        counting.count(row)?;
    }
    Ok(counting.end())
}

impl Counting {
    fn count(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let at: u64 = row.get(0)?;
        let verdict = row.get_ref(2)?.as_str_or_null()?;
        let latency: Option<f64> = row.get(6)?;
        self.summary.count += 1;
        self.summary.bytes = self.summary.bytes.saturating_add(row.get(7)?);
        add(&mut self.types, row.get_ref(1)?.as_str_or_null()?);
        add(&mut self.verdicts, verdict);
        for code in row.get_ref(3)?.as_str()?.split(',').filter(|code| !code.is_empty()) {
            add(&mut self.codes, Some(code));
        }
        if let Some(status) = row.get::<_, Option<u16>>(4)? {
            add(&mut self.statuses, Some(&status.to_string()));
        }
        add(&mut self.peers, row.get_ref(5)?.as_str_or_null()?.map(host));
        if let (Some(latencies), Some(millis)) = (&mut self.latencies, latency) {
            // It grows to hold any that a record can sensibly say.
            let _ = latencies.record((millis.max(0.0) * 1_000.0) as u64);
        }
        if at > 0 {
            let begins = at - at % self.summary.slice_millis;
            let (slice, sum, timed) = self.slices.entry(begins).or_default();
            slice.at_millis = begins;
            slice.count += 1;
            if let Some(verdict) = verdict {
                add(&mut slice.verdicts, Some(verdict));
            }
            if let Some(millis) = latency {
                *sum += millis;
                *timed += 1;
            }
        }
        Ok(())
    }

    fn end(self) -> Summary {
        let latency = self.latencies.filter(|latencies| !latencies.is_empty()).map(|latencies| {
            let at = |quantile| latencies.value_at_quantile(quantile) as f64 / 1_000.0;
            Latency {
                count: latencies.len(),
                p50: at(0.5),
                p90: at(0.9),
                p99: at(0.99),
                max: latencies.max() as f64 / 1_000.0,
            }
        });
        let over_time = self
            .slices
            .into_values()
            .map(|(slice, sum, timed)| Slice { latency: (timed > 0).then(|| sum / timed as f64), ..slice });
        Summary {
            types: sorted(self.types),
            verdicts: sorted(self.verdicts),
            codes: sorted(self.codes),
            statuses: sorted(self.statuses),
            peers: sorted(self.peers),
            latency,
            over_time: over_time.collect(),
            ..self.summary
        }
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: Option<&str>) {
    let Some(name) = name else { return };
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => drop(counts.insert(name.to_owned(), 1)),
    }
}

fn sorted(counts: BTreeMap<String, u64>) -> Counts {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// An address without its port.
fn host(peer: &str) -> &str {
    match peer.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => peer,
    }
}
