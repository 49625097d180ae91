//! How many records came over time, with which verdicts, and how long they took.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params_from_iter};
use serde::Serialize;

use super::condition::Condition;
use crate::protocol::outline::Filter;

/// The lengths of time that one count may stand for, in milliseconds: such as people count in.
const LENGTHS: [u64; 20] = [
    100, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 604_800_000,
];

/// Records over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Traffic {
    /// How many there are.
    pub count: u64,
    /// How many have which verdict. Those that have none are left out.
    pub verdicts: BTreeMap<String, u64>,
    /// How long they took, where that is known of any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// The length of time that each bucket stands for, in milliseconds.
    pub bucket_millis: u64,
    /// From the first record to the last, without gaps.
    pub buckets: Vec<Bucket>,
}

/// How long records took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50: f64,
    /// 99 of 100 took no longer.
    pub p99: f64,
}

/// The records of a length of time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Bucket {
    /// When it begins, in Unix milliseconds.
    pub at_millis: u64,
    /// How many there are.
    pub count: u64,
    /// How many have which verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// How long they took on average, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_millis: Option<f64>,
}

/// Counts what a filter wants, in `most` buckets at most.
pub(super) fn traffic(connection: &Connection, filter: &Filter, most: u64) -> rusqlite::Result<Traffic> {
    let condition = Condition::of(filter);
    let wanted = condition.sql();
    let values = || params_from_iter(condition.values.iter());
    let sql = format!("SELECT min(at), max(at) FROM record WHERE {wanted}");
    let ends: (Option<u64>, Option<u64>) =
        connection.query_row(&sql, values(), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let (Some(first), Some(last)) = ends else { return Ok(Traffic::default()) };
    let fits = |length: &&u64| last / **length - first / **length < most;
    let coarsest = LENGTHS[LENGTHS.len() - 1];
    let length = LENGTHS.iter().find(fits).copied().unwrap_or(coarsest.max((last - first) / most.max(1) + 1));
    let start = first / length;
    let bucket = |at: u64| Bucket { at_millis: at * length, ..Bucket::default() };
    let mut traffic = Traffic {
        bucket_millis: length,
        buckets: (start..=last / length).map(bucket).collect(),
        ..Traffic::default()
    };
    let sql = format!(
        "SELECT at / {length}, verdict, count(*), total(latency), count(latency) FROM record WHERE {wanted} GROUP BY 1, 2"
    );
    let mut took = vec![(0.0, 0_u64); traffic.buckets.len()];
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(values())?;
    while let Some(row) = rows.next()? {
        let (at, verdict, count): (u64, Option<String>, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let index = usize::try_from(at.saturating_sub(start)).unwrap_or(usize::MAX);
        let (Some(bucket), Some(took)) = (traffic.buckets.get_mut(index), took.get_mut(index)) else { continue };
        bucket.count += count;
        traffic.count += count;
        if let Some(verdict) = verdict {
            *traffic.verdicts.entry(verdict.clone()).or_default() += count;
            *bucket.verdicts.entry(verdict).or_default() += count;
        }
        *took = (took.0 + row.get::<_, f64>(3)?, took.1 + row.get::<_, u64>(4)?);
    }
    for (bucket, (total, count)) in traffic.buckets.iter_mut().zip(&took) {
        bucket.latency_millis = (*count > 0).then(|| total / *count as f64);
    }
    let known: u64 = took.iter().map(|(_, count)| count).sum();
    let quantile = |share: f64| {
        let at = (known as f64 * share) as u64;
        let sql = format!(
            "SELECT latency FROM record WHERE {wanted} AND latency IS NOT NULL ORDER BY latency LIMIT 1 OFFSET {}",
            at.min(known.saturating_sub(1))
        );
        connection.query_row(&sql, values(), |row| row.get::<_, f64>(0)).optional()
    };
    traffic.latency = quantile(0.5)?.zip(quantile(0.99)?).map(|(p50, p99)| Latency { p50, p99 });
    Ok(traffic)
}
