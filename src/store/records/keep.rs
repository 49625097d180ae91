//! How many records are kept: a count, an age and a size, each of them or several, and how what is over goes.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, params_from_iter};

/// How many records are kept. Nothing set keeps all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// So many at most.
    pub count: Option<u64>,
    /// No older than so many milliseconds before the newest.
    pub age_millis: Option<u64>,
    /// So many bytes at most, counted as they are written in NDJSON.
    pub bytes: Option<u64>,
}

/// How many are kept of a run that writes to no file.
const IN_MEMORY: u64 = 10_000;

/// How many bytes of them, at most.
const MEMORY: u64 = 256_000_000;

/// Why a text says nothing about what to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepError;

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a count (10000), an age (7d, 12h, 30m) or a size (500MB, 1GB), or several with commas",
        )
    }
}

impl std::error::Error for KeepError {}

impl Keep {
    /// What is kept in memory: the last 10,000 unless told otherwise, and 256 MB of them unless told otherwise.
    #[must_use]
    pub fn in_memory(told: Option<Keep>) -> Self {
        let bounded = Keep { bytes: Some(MEMORY), ..Keep::default() };
        bounded.and(told.unwrap_or(Keep { count: Some(IN_MEMORY), ..Keep::default() }))
    }

    /// Both together: of each bound the one of `other`, where it has one.
    #[must_use]
    pub fn and(self, other: Keep) -> Self {
        Keep {
            count: other.count.or(self.count),
            age_millis: other.age_millis.or(self.age_millis),
            bytes: other.bytes.or(self.bytes),
        }
    }
}

impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        text.split(',').map(one).try_fold(Keep::default(), |keep, bound| Ok(keep.and(bound?)))
    }
}

fn one(text: &str) -> Result<Keep, KeepError> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().ok().filter(|count| *count > 0).ok_or(KeepError)?;
    let times = |factor: u64| count.checked_mul(factor).ok_or(KeepError).map(Some);
    let unit = &text[digits.len()..];
    match (unit, unit.to_ascii_uppercase().as_str()) {
        ("", _) => Ok(Keep { count: Some(count), ..Keep::default() }),
        ("s", _) => Ok(Keep { age_millis: times(1_000)?, ..Keep::default() }),
        ("m", _) => Ok(Keep { age_millis: times(60_000)?, ..Keep::default() }),
        ("h", _) => Ok(Keep { age_millis: times(3_600_000)?, ..Keep::default() }),
        ("d", _) => Ok(Keep { age_millis: times(86_400_000)?, ..Keep::default() }),
        (_, "KB") => Ok(Keep { bytes: times(1_000)?, ..Keep::default() }),
        (_, "MB") => Ok(Keep { bytes: times(1_000_000)?, ..Keep::default() }),
        (_, "GB") => Ok(Keep { bytes: times(1_000_000_000)?, ..Keep::default() }),
        _ => Err(KeepError),
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.count.map(|count| count.to_string()),
            self.age_millis.map(|millis| format!("{}s", millis / 1_000)),
            self.bytes.map(|bytes| format!("{}KB", bytes / 1_000)),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(","))
    }
}

/// After how many appended records what is over is looked for, at most.
const STEP: u64 = 256;

/// How many records one look removes, at most: what a smaller bound than before leaves over goes little by little.
const AT_ONCE: u64 = 4_096;

/// Those up to a number.
const UP_TO: &str = "number <= ?1";
/// Those before the newest that happened before a time, among the oldest.
const OLD: &str =
    "number < ?1 AND at < ?2 AND number IN (SELECT number FROM record ORDER BY number LIMIT ?3)";
const FIRST: &str = "SELECT number, at FROM record ORDER BY number LIMIT 1";
const OLDEST: &str =
    "SELECT number, octet_length(content) FROM record WHERE number < ?1 ORDER BY number LIMIT ?2";

/// Removes what is over the bounds, a step at a time, so that no append waits for much of it. The newest is never
/// removed, so that its number is not given again.
#[derive(Debug)]
pub(super) struct Pruning {
    keep: Keep,
    /// How many were appended since the last look; nothing before the first.
    since: Option<u64>,
    /// How many bytes there are, where that matters and is known.
    bytes: Option<u64>,
}

impl Pruning {
    pub(super) fn new(keep: Keep) -> Self {
        Pruning { keep, since: None, bytes: None }
    }

    /// Takes note of an appended record, and removes what is over now and then, within its transaction.
    pub(super) fn note(
        &mut self,
        connection: &Connection,
        number: u64,
        at_millis: u64,
        length: usize,
    ) -> rusqlite::Result<()> {
        if self.keep == Keep::default() {
            return Ok(());
        }
        let step = self.keep.count.map_or(STEP, |count| (count / 100).clamp(1, STEP));
        let since = self.since.map_or(step, |since| since + 1);
        self.since = Some(since);
        self.bytes = self.bytes.map(|bytes| bytes.saturating_add(length as u64));
        let is_over = self.keep.bytes.zip(self.bytes).is_some_and(|(most, bytes)| bytes > most);
        if since < step && !is_over {
            return Ok(());
        }
        self.since = Some(0);
        let removed = self.remove(connection, number, at_millis, step);
        if removed.is_err() {
            self.bytes = None;
        }
        removed
    }

    fn remove(
        &mut self,
        connection: &Connection,
        number: u64,
        at_millis: u64,
        step: u64,
    ) -> rusqlite::Result<()> {
        let (first, at): (u64, u64) =
            connection.prepare_cached(FIRST)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if let Some(count) = self.keep.count {
            // Room until the next look, so that there are never more.
            let over = number.saturating_sub(count - (step - 1));
            let last = over.min(first.saturating_add(AT_ONCE - 1)).min(number.saturating_sub(1));
            if last >= first {
                self.delete(connection, UP_TO, &[last])?;
            }
        }
        if let Some(age) = self.keep.age_millis {
            let old = at_millis.saturating_sub(age);
            if at < old {
                self.delete(connection, OLD, &[number, old, AT_ONCE])?;
            }
        }
        match self.keep.bytes {
            Some(most) => self.remove_over(connection, number, most),
            None => Ok(()),
        }
    }

    /// Deletes records, and takes off their bytes where those are known.
    fn delete(&mut self, connection: &Connection, which: &str, values: &[u64]) -> rusqlite::Result<()> {
        if let Some(bytes) = self.bytes {
            self.bytes = Some(bytes.saturating_sub(bytes_of(connection, which, values)?));
        }
        connection
            .prepare_cached(&format!("DELETE FROM record WHERE {which}"))?
            .execute(params_from_iter(values))?;
        Ok(())
    }

    /// Removes the oldest until there are a hundredth fewer bytes than there may be.
    fn remove_over(&mut self, connection: &Connection, number: u64, most: u64) -> rusqlite::Result<()> {
        let bytes = match self.bytes {
            Some(bytes) => bytes,
            None => bytes_of(connection, "1", &[])?,
        };
        self.bytes = Some(bytes);
        if bytes <= most {
            return Ok(());
        }
        let (enough, mut left, mut last) = (most - most / 100, bytes, 0);
        let mut oldest = connection.prepare_cached(OLDEST)?;
        let mut rows = oldest.query([number, AT_ONCE])?;
        while left > enough
            && let Some(row) = rows.next()?
        {
            last = row.get(0)?;
            left = left.saturating_sub(row.get(1)?);
        }
        drop(rows);
        connection.prepare_cached(&format!("DELETE FROM record WHERE {UP_TO}"))?.execute([last])?;
        self.bytes = Some(left);
        Ok(())
    }
}

/// How many bytes some of the records have.
fn bytes_of(connection: &Connection, which: &str, values: &[u64]) -> rusqlite::Result<u64> {
    let sql = format!("SELECT coalesce(sum(octet_length(content)), 0) FROM record WHERE {which}");
    connection.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0))
}
