//! Finding and listing records.

use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::condition::Condition;
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::{Direction, Protocol, Record, Transport};

/// Which of the wanted records are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only those with smaller numbers.
    pub before: Option<u64>,
    /// Only those with larger numbers.
    pub after: Option<u64>,
    /// How many at most.
    pub limit: usize,
    /// Whether the newest come first; else the oldest do.
    pub newest_first: bool,
}

impl Page {
    /// The newest of all, the newest first.
    pub fn newest(limit: usize) -> Self {
        Page { before: None, after: None, limit, newest_first: true }
    }

    /// What follows a number, the oldest first.
    pub fn after(number: u64, limit: usize) -> Self {
        Page { before: None, after: Some(number), limit, newest_first: false }
    }
}

/// A page of records ends with the one whose bodies make up so many bytes with those before it.
const TOGETHER: usize = 16 << 20;

const OUTLINE: &str = "number, id, at, direction, transport, protocol, session, seq, attempt_of, peer, method, target, status, kind,
    author, recipient, verdict, codes, signed_by, size, latency";
const RECORD: &str = "number, id, content";

fn protocol(word: &str) -> Protocol {
    match word {
        "wsify" => Protocol::Wsify,
        "roadrunner" => Protocol::Roadrunner,
        "chat" => Protocol::Chat,
        "raw" => Protocol::Raw,
        _ => Protocol::Versia,
    }
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

fn outline(row: &Row<'_>) -> rusqlite::Result<(u64, Outline)> {
    let codes: String = row.get(17)?;
    let direction: Option<String> = row.get(3)?;
    let outline = Outline {
        id: row.get(1)?,
        at_millis: whole(row.get(2)?),
        direction: direction.map(|word| if word == "out" { Direction::Out } else { Direction::In }),
        transport: if row.get::<_, String>(4)? == "ws" { Transport::Ws } else { Transport::Http },
        protocol: protocol(&row.get::<_, String>(5)?),
        session: row.get(6)?,
        seq: row.get::<_, Option<i64>>(7)?.map(whole),
        attempt_of: row.get(8)?,
        peer: row.get(9)?,
        method: row.get(10)?,
        target: row.get(11)?,
        status: row.get(12)?,
        kind: row.get(13)?,
        author: row.get(14)?,
        to: row.get(15)?,
        verdict: row.get(16)?,
        codes: codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect(),
        signed_by: row.get(18)?,
        size: whole(row.get(19)?),
        latency_millis: row.get(20)?,
    };
    Ok((whole(row.get(0)?), outline))
}

fn record(row: &Row<'_>) -> rusqlite::Result<(u64, Record)> {
    let content: String = row.get(2)?;
    let mut record: Record = serde_json::from_str(&content).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error))
    })?;
    if record.id.is_none() {
        record.id = Some(row.get(1)?);
    }
    Ok((whole(row.get(0)?), record))
}

fn page<T>(
    connection: &Connection,
    columns: &str,
    filter: &Filter,
    page: Page,
    skip: usize,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
    mut is_enough: impl FnMut(&T) -> bool,
) -> rusqlite::Result<Vec<T>> {
    let mut condition = Condition::of(filter);
    if let Some(before) = page.before {
        condition.and(format!("number < {}", i64::try_from(before).unwrap_or(i64::MAX)));
    }
    if let Some(after) = page.after {
        condition.and(format!("number > {}", i64::try_from(after).unwrap_or(i64::MAX)));
    }
    let order = if page.newest_first { "DESC" } else { "ASC" };
    let sql = format!(
        "SELECT {columns} FROM record WHERE {} ORDER BY number {order} LIMIT {} OFFSET {}",
        condition.sql(),
        i64::try_from(page.limit).unwrap_or(i64::MAX),
        i64::try_from(skip).unwrap_or(i64::MAX)
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = Vec::new();
    for row in statement.query_map(params_from_iter(condition.values), read)? {
        let row = row?;
        let ends = is_enough(&row);
        found.push(row);
        if ends {
            break;
        }
    }
    Ok(found)
}

pub(super) fn outlines(
    connection: &Connection,
    filter: &Filter,
    wanted: Page,
    skip: usize,
) -> rusqlite::Result<Vec<(u64, Outline)>> {
    page(connection, OUTLINE, filter, wanted, skip, outline, |_| false)
}

pub(super) fn records(
    connection: &Connection,
    filter: &Filter,
    wanted: Page,
) -> rusqlite::Result<Vec<(u64, Record)>> {
    let mut bytes = 0;
    page(connection, RECORD, filter, wanted, 0, record, |(_, record)| {
        bytes += record.payload_length();
        bytes >= TOGETHER
    })
}

pub(super) fn count(connection: &Connection, filter: &Filter) -> rusqlite::Result<u64> {
    let condition = Condition::of(filter);
    let sql = format!("SELECT count(*) FROM record WHERE {}", condition.sql());
    connection.query_row(&sql, params_from_iter(condition.values), |row| row.get(0)).map(whole)
}

/// A record by its name, by a beginning of it that no other name has, or by its number.
pub(super) fn find(connection: &Connection, id: &str) -> rusqlite::Result<Option<(u64, Record)>> {
    let one = |condition: &str, value: &str| {
        let sql = format!("SELECT {RECORD} FROM record WHERE {condition}");
        connection.prepare_cached(&sql)?.query_row([value], record).optional()
    };
    if let Some(found) = one("id = ?1", id)? {
        return Ok(Some(found));
    }
    if let Ok(number) = id.parse::<i64>()
        && let Some(found) = one("number = ?1", &number.to_string())?
    {
        return Ok(Some(found));
    }
    if id.is_empty() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {RECORD} FROM record WHERE id >= ?1 AND substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 2"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found: Vec<_> = statement.query_map([id], record)?.collect::<rusqlite::Result<_>>()?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}
