//! Writing a record.

use rusqlite::{Connection, OptionalExtension, params};

use crate::protocol::outline::Outline;
use crate::protocol::record::Direction;

const INSERT: &str = "INSERT INTO record (id, at, direction, transport, protocol, session, seq, attempt_of, peer, method, target, status,
    kind, author, recipient, verdict, codes, signed_by, size, latency, content)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
    ON CONFLICT (id) DO NOTHING";

/// Appends a record, unless its name is there already: gives its number, and whether it is new.
pub(super) fn insert(
    connection: &Connection,
    outline: &Outline,
    content: &str,
) -> rusqlite::Result<(u64, bool)> {
    let codes =
        if outline.codes.is_empty() { String::new() } else { format!(",{},", outline.codes.join(",")) };
    let added = connection.prepare_cached(INSERT)?.execute(params![
        outline.id,
        i64::try_from(outline.at_millis).unwrap_or(i64::MAX),
        outline.direction.map(Direction::as_str),
        outline.transport.as_str(),
        outline.protocol.as_str(),
        outline.session,
        outline.seq.and_then(|seq| i64::try_from(seq).ok()),
        outline.attempt_of,
        outline.peer,
        outline.method,
        outline.target,
        outline.status,
        outline.kind,
        outline.author,
        outline.to,
        outline.verdict,
        codes,
        outline.signed_by,
        i64::try_from(outline.size).unwrap_or(i64::MAX),
        outline.latency_millis,
        content,
    ])?;
    if added > 0 {
        return Ok((u64::try_from(connection.last_insert_rowid()).unwrap_or_default(), true));
    }
    let mut there = connection.prepare_cached("SELECT number FROM record WHERE id = ?1")?;
    let number: Option<i64> = there.query_row([&outline.id], |row| row.get(0)).optional()?;
    Ok((number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default(), false))
}
