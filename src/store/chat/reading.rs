//! Reading: messages a page at a time, and chats.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::calls::direction;
use super::scene::{Dialog, Scene, Stop, counted, refused, stored};
use crate::protocol::chat::{
    Chat, ChatMessage, ChatSummary, LastMessage, MessageContent, MessageKind, MessageStatus, PAGE, Page,
    Payload, Reaction, Replied,
};

/// How large a page may be, in bytes: a session's queue has to hold it.
const LARGEST: usize = 2 << 20;

/// The columns of a message.
const COLUMNS: &str = "SELECT id, sender, kind, client_id, text, attachments, reply_to, content, \
                       created, updated, deleted, delivered, read FROM chat_message";

fn parsed<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

fn status(deleted: Option<i64>, delivered: Option<i64>, read: Option<i64>) -> MessageStatus {
    match (deleted, read, delivered) {
        (Some(_), _, _) => MessageStatus::Deleted,
        (None, Some(_), _) => MessageStatus::Read,
        (None, None, Some(_)) => MessageStatus::Unread,
        (None, None, None) => MessageStatus::Undelivered,
    }
}

/// A message, and the number of the one that it answers.
fn message(row: &Row<'_>) -> rusqlite::Result<(ChatMessage, Option<i64>)> {
    let kind: String = row.get(2)?;
    let (deleted, delivered, read) = (row.get(10)?, row.get(11)?, row.get(12)?);
    let message = ChatMessage {
        message_id: counted(row.get(0)?),
        client_message_id: row.get(3)?,
        message: row.get(4)?,
        sender: row.get(1)?,
        attachments: parsed(row.get(5)?),
        reply_to: None,
        status: status(deleted, delivered, read),
        kind: match kind.as_str() {
            "edit" => MessageKind::Edit,
            "delete" => MessageKind::Delete,
            "call" => MessageKind::Call,
            _ => MessageKind::New,
        },
        payload: parsed(row.get(7)?),
        created_at: counted(row.get(8)?),
        updated_at: row.get::<_, Option<i64>>(9)?.map(counted),
        deleted_at: deleted.map(counted),
        dlvrd: delivered.map(counted),
        read: read.map(counted),
        reactions: None,
    };
    Ok((message, row.get(6)?))
}

/// A page of messages, the oldest first.
pub(super) fn messages(scene: &Scene<'_>, page: &Page) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&page.chat_id)?;
    let count = stored(page.count.unwrap_or(PAGE));
    let (condition, from, newest_first) = match (page.start_id, page.end_id) {
        (Some(start), _) => ("id >= ?2 ORDER BY id", stored(start), false),
        (None, end) => ("id < ?2 ORDER BY id DESC", end.map_or(i64::MAX, stored), true),
    };
    let found: rusqlite::Result<Vec<_>> = scene
        .database
        .prepare_cached(&format!("{COLUMNS} WHERE chat = ?1 AND {condition} LIMIT ?3"))?
        .query_map(params![dialog.id, from, count], message)?
        .collect();
    let mut found = found?;
    if newest_first {
        found.reverse();
    }
    let mut reactions = reactions(scene, &dialog, &found)?;
    let mut messages = Vec::with_capacity(found.len());
    for (mut message, reply_to) in found {
        if let Some(MessageContent::Call(call)) = &mut message.payload {
            call.direction = direction(&message.sender, scene.user);
        }
        message.reply_to = reply_to.map(|id| replied(scene, &dialog, id)).transpose()?.flatten();
        message.reactions = reactions.remove(&message.message_id);
        messages.push(message);
    }
    let payload = Payload::of(&messages);
    if payload.text().len() > LARGEST {
        return refused(
            "too-large",
            format!("{} messages have more than 2 MiB: ask for fewer", messages.len()),
        );
    }
    Ok(payload)
}

/// The reactions to the messages of a page.
fn reactions(
    scene: &Scene<'_>,
    dialog: &Dialog,
    page: &[(ChatMessage, Option<i64>)],
) -> rusqlite::Result<BTreeMap<u64, Vec<Reaction>>> {
    let mut found: BTreeMap<u64, Vec<Reaction>> = BTreeMap::new();
    let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) else { return Ok(found) };
    let mut statement = scene.database.prepare_cached(
        "SELECT message, user, reaction, at FROM chat_reaction \
         WHERE chat = ?1 AND message BETWEEN ?2 AND ?3 ORDER BY message, at",
    )?;
    let rows = statement.query_map(
        params![dialog.id, stored(first.message_id), stored(last.message_id)],
        |row| {
            let reaction =
                Reaction { user_id: row.get(1)?, reaction: row.get(2)?, timestamp: counted(row.get(3)?) };
            Ok((counted(row.get(0)?), reaction))
        },
    )?;
    for row in rows {
        let (message, reaction) = row?;
        found.entry(message).or_default().push(reaction);
    }
    Ok(found)
}

fn replied(scene: &Scene<'_>, dialog: &Dialog, id: i64) -> rusqlite::Result<Option<Replied>> {
    scene
        .database
        .prepare_cached(
            "SELECT client_id, text, sender, created FROM chat_message WHERE chat = ?1 AND id = ?2",
        )?
        .query_row(params![dialog.id, id], |row| {
            Ok(Replied {
                message_id: counted(id),
                client_message_id: row.get(0)?,
                message: row.get(1)?,
                sender: row.get(2)?,
                created_at: counted(row.get(3)?),
            })
        })
        .optional()
}

/// One chat.
pub(super) fn chat(scene: &Scene<'_>, other: &str) -> Result<Payload, Stop> {
    let dialog = scene.dialog(other)?;
    Ok(Payload::of(&Chat {
        chat_id: dialog.other.clone(),
        name: dialog.other.clone(),
        kind: "dialog".to_owned(),
        missed: counted(dialog.unread),
        first_missed: first_missed(scene, &dialog)?,
        last: last(scene, &dialog)?,
    }))
}

/// All chats of the user, the one with the latest message first.
pub(super) fn chats(scene: &Scene<'_>) -> Result<Payload, Stop> {
    let mut summaries = Vec::new();
    for other in scene.contacts()? {
        let Some(dialog) = scene.find(&other)? else { continue };
        summaries.push(ChatSummary {
            kind: "dialog".to_owned(),
            id: other.clone(),
            name: other,
            missed: Some(counted(dialog.unread)),
            first_missed: first_missed(scene, &dialog)?,
            last: last(scene, &dialog)?,
        });
    }
    summaries.sort_by_key(|summary| std::cmp::Reverse(summary.last.last_message_time));
    Ok(Payload::of(&summaries))
}

/// What the author calls the first message that the user has not read.
fn first_missed(scene: &Scene<'_>, dialog: &Dialog) -> rusqlite::Result<Option<String>> {
    let found = scene
        .database
        .prepare_cached(
            "SELECT client_id FROM chat_message WHERE chat = ?1 AND sender = ?2 AND read IS NULL \
             AND deleted IS NULL ORDER BY id LIMIT 1",
        )?
        .query_row(params![dialog.id, dialog.other], |row| row.get::<_, Option<String>>(0))
        .optional()?;
    Ok(found.flatten())
}

/// The last message that is more than news of another one.
fn last(scene: &Scene<'_>, dialog: &Dialog) -> rusqlite::Result<LastMessage> {
    let found = scene
        .database
        .prepare_cached(
            "SELECT id, text, created, sender, deleted, delivered, read FROM chat_message \
             WHERE chat = ?1 AND kind IN ('new', 'call') ORDER BY id DESC LIMIT 1",
        )?
        .query_row([dialog.id], |row| {
            let sender: String = row.get(3)?;
            Ok(LastMessage {
                last_message_id: Some(counted(row.get(0)?)),
                last_message_text: row.get(1)?,
                last_message_time: Some(counted(row.get(2)?)),
                is_mine: Some(sender == scene.user),
                last_message_author: Some(sender),
                last_message_status: Some(status(row.get(4)?, row.get(5)?, row.get(6)?)),
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}
