//! Marks: what was delivered and what was read. A mark holds for every message up to the one that it names, and the first
//! time stays.

use rusqlite::{OptionalExtension, Row, params};

use super::scene::{Dialog, Scene, Stop, counted, refused, stored};
use crate::protocol::chat::{EventPayload, Mark, MarkEvent, Marked, Payload};

/// What is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Delivered,
    Read,
}

/// The last message that a mark is about.
struct Target {
    id: i64,
    client_id: Option<String>,
    delivered: Option<i64>,
    read: Option<i64>,
}

impl Target {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Target { id: row.get(0)?, client_id: row.get(1)?, delivered: row.get(2)?, read: row.get(3)? })
    }

    /// The last message of the other user up to a number.
    fn find(scene: &Scene<'_>, dialog: &Dialog, up_to: i64) -> rusqlite::Result<Option<Self>> {
        scene
            .database
            .prepare_cached(
                "SELECT id, client_id, delivered, read FROM chat_message \
                 WHERE chat = ?1 AND sender = ?2 AND id <= ?3 AND kind IN ('new', 'call') ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![dialog.id, dialog.other, up_to], Target::from_row)
            .optional()
    }
}

/// Marks what the other user wrote. The author is told of what was not marked yet.
pub(super) fn mark(scene: &mut Scene<'_>, mark: &Mark, kind: Kind) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&mark.chat_id)?;
    let up_to = mark.message_id.map_or(i64::MAX, stored);
    if mark.message_id.is_some() && !(1..=dialog.last_message).contains(&up_to) {
        return refused(
            "not-found",
            format!("there is no message {up_to} in the chat with {}", dialog.other),
        );
    }
    let target = Target::find(scene, &dialog, up_to)?;
    let at = match &target {
        Some(target) => Some(apply(scene, &dialog, target, kind)?),
        None => None,
    };
    let missed = match kind {
        Kind::Delivered => None,
        Kind::Read => Some(counted(scene.recount_unread(&dialog, scene.user, &dialog.other)?)),
    };
    Ok(Payload::of(&Marked {
        message_id: target.as_ref().map(|target| counted(target.id)),
        timestamp: at.map(counted),
        client_message_id: target.and_then(|target| target.client_id),
        missed,
    }))
}

/// Marks everything that another user wrote as delivered.
pub(super) fn deliver_all(scene: &mut Scene<'_>, other: &str) -> rusqlite::Result<()> {
    let Some(dialog) = scene.find(other)? else { return Ok(()) };
    let waits = scene
        .database
        .prepare_cached(
            "SELECT 1 FROM chat_message WHERE chat = ?1 AND sender = ?2 AND delivered IS NULL LIMIT 1",
        )?
        .exists(params![dialog.id, other])?;
    if waits && let Some(target) = Target::find(scene, &dialog, i64::MAX)? {
        apply(scene, &dialog, &target, Kind::Delivered)?;
    }
    Ok(())
}

/// Marks everything up to a message, and tells the author where that is news. Gives when the message was first marked.
fn apply(scene: &mut Scene<'_>, dialog: &Dialog, target: &Target, kind: Kind) -> rusqlite::Result<i64> {
    let (sql, first) = match kind {
        Kind::Delivered => (
            "UPDATE chat_message SET delivered = ?4 \
             WHERE chat = ?1 AND sender = ?2 AND id <= ?3 AND delivered IS NULL",
            target.delivered,
        ),
        Kind::Read => (
            "UPDATE chat_message SET read = ?4, delivered = coalesce(delivered, ?4) \
             WHERE chat = ?1 AND sender = ?2 AND id <= ?3 AND read IS NULL",
            target.read,
        ),
    };
    let changed = scene.database.prepare_cached(sql)?.execute(params![
        dialog.id,
        dialog.other,
        target.id,
        scene.now
    ])?;
    let at = first.unwrap_or(scene.now);
    if changed > 0 {
        let event = MarkEvent {
            chat_id: scene.user.to_owned(),
            user_id: None,
            message_id: counted(target.id),
            client_message_id: target.client_id.clone(),
            timestamp: Some(counted(at)),
        };
        let content = match kind {
            Kind::Delivered => EventPayload::Delivered(event),
            Kind::Read => EventPayload::Read(event),
        };
        scene.tell(&dialog.other, &content)?;
    }
    Ok(at)
}
