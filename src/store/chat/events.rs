//! The events of users: numbered, kept, and forgotten when they are acknowledged.

use rusqlite::{Connection, OptionalExtension, params};

use super::scene::{counted, stored};
use crate::protocol::chat::{EventPayload, Payload, ServerEvent};

/// Keeps an event for a user, under the user's next number.
pub(super) fn file(
    database: &Connection,
    now: i64,
    user: &str,
    content: &EventPayload,
) -> rusqlite::Result<ServerEvent> {
    let id: i64 = database
        .prepare_cached(
            "INSERT INTO chat_user (name, last_event) VALUES (?1, 1) \
             ON CONFLICT (name) DO UPDATE SET last_event = last_event + 1 RETURNING last_event",
        )?
        .query_row([user], |row| row.get(0))?;
    let event = ServerEvent::new(counted(now), Some(counted(id)), content);
    let payload = event.payload.as_ref().map(Payload::text);
    database
        .prepare_cached("INSERT INTO chat_event (user, id, at, type, payload) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![user, id, now, event.event_type, payload])?;
    Ok(event)
}

/// The number of a user's last event; 0 where there was none.
pub(super) fn last(database: &Connection, user: &str) -> rusqlite::Result<u64> {
    let last = database
        .prepare_cached("SELECT last_event FROM chat_user WHERE name = ?1")?
        .query_row([user], |row| row.get(0))
        .optional()?;
    Ok(last.map(counted).unwrap_or_default())
}

/// The events of a user behind one of them that were not acknowledged, in the order of their numbers, `most` of them.
///
/// # Errors
/// When the database refuses.
pub fn unacknowledged(
    database: &Connection,
    user: &str,
    behind: u64,
    most: usize,
) -> rusqlite::Result<Vec<ServerEvent>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    database
        .prepare_cached(
            "SELECT id, at, type, payload FROM chat_event WHERE user = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
        )?
        .query_map(params![user, stored(behind), most], |row| {
            let payload: Option<String> = row.get(3)?;
            Ok(ServerEvent {
                timestamp: Some(counted(row.get(1)?)),
                id: Some(counted(row.get(0)?)),
                event_type: row.get(2)?,
                payload: payload.and_then(|text| Payload::from_text(text).ok()),
            })
        })?
        .collect()
}

/// Forgets an event that was acknowledged. One that is not there, or no more, is nothing to be said about.
///
/// # Errors
/// When the database refuses.
pub fn acknowledge(database: &Connection, user: &str, event: u64) -> rusqlite::Result<()> {
    database
        .prepare_cached("DELETE FROM chat_event WHERE user = ?1 AND id = ?2")?
        .execute(params![user, stored(event)])
        .map(drop)
}
