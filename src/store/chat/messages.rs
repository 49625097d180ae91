//! Messages: sent, changed, taken back.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::scene::{Dialog, Scene, Stop, counted, refused, stored};
use crate::protocol::chat::{
    Attachment, Delete, DeleteEvent, Edit, EditEvent, EventPayload, MessageStatus, NewEvent, NewMessage,
    Payload, ServiceContent, Taken,
};

/// What is there of a message that a request names.
pub(super) struct Original {
    pub(super) id: i64,
    pub(super) sender: String,
    pub(super) kind: String,
    pub(super) client_id: Option<String>,
    text: Option<String>,
    attachments: Option<String>,
    reply_to: Option<i64>,
    created: i64,
    updated: Option<i64>,
    deleted: Option<i64>,
}

/// The columns of an [`Original`].
const ORIGINAL: &str = "SELECT id, sender, kind, client_id, text, attachments, reply_to, created, updated, deleted FROM chat_message";

impl Original {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Original {
            id: row.get(0)?,
            sender: row.get(1)?,
            kind: row.get(2)?,
            client_id: row.get(3)?,
            text: row.get(4)?,
            attachments: row.get(5)?,
            reply_to: row.get(6)?,
            created: row.get(7)?,
            updated: row.get(8)?,
            deleted: row.get(9)?,
        })
    }

    /// A message by its number.
    fn find(database: &Connection, dialog: &Dialog, id: u64) -> rusqlite::Result<Option<Self>> {
        database
            .prepare_cached(&format!("{ORIGINAL} WHERE chat = ?1 AND id = ?2"))?
            .query_row(params![dialog.id, stored(id)], Original::from_row)
            .optional()
    }

    /// A message that somebody wrote and that is still there.
    pub(super) fn written(scene: &Scene<'_>, dialog: &Dialog, id: u64) -> Result<Self, Stop> {
        match Original::find(scene.database, dialog, id)? {
            Some(original) if original.kind == "new" && original.deleted.is_none() => Ok(original),
            Some(original) if original.deleted.is_some() => {
                refused("not-found", format!("message {id} was deleted"))
            }
            Some(_) => refused("not-found", format!("message {id} is none that somebody wrote")),
            None => {
                refused("not-found", format!("there is no message {id} in the chat with {}", dialog.other))
            }
        }
    }
}

fn json(value: &impl Serialize) -> String {
    Payload::of(value).text().to_owned()
}

fn attached(attachments: Option<&Vec<Attachment>>) -> Option<String> {
    attachments.filter(|attachments| !attachments.is_empty()).map(json)
}

/// Sends a message. One that the client sends again, because it had no answer, is answered as before.
pub(super) fn send(scene: &mut Scene<'_>, new: &NewMessage) -> Result<Payload, Stop> {
    if new.chat_id == scene.user {
        return refused("not-found", "a chat is with another user");
    }
    let there = scene.find(&new.chat_id)?;
    let attachments = attached(new.attachments.as_ref());
    if let (Some(dialog), Some(client_id)) = (&there, &new.client_message_id)
        && let Some(before) = sent_before(scene, dialog, client_id)?
    {
        let changed = before.updated.is_some() || before.deleted.is_some();
        let same = before.text == new.message
            && before.attachments == attachments
            && before.reply_to == new.reply_to.map(stored);
        if !changed && !same {
            return refused(
                "client-message-id-used",
                format!("another message of yours has the clientMessageId {client_id}"),
            );
        }
        return Ok(taken(before.id, before.created, Some(client_id)));
    }
    if let Some(reply_to) = new.reply_to {
        let known =
            there.as_ref().map(|dialog| Original::find(scene.database, dialog, reply_to)).transpose()?;
        if known.flatten().is_none() {
            return refused("not-found", format!("there is no message {reply_to} to reply to"));
        }
    }
    let dialog = scene.begin(&new.chat_id)?;
    let id = scene.next_message(&dialog)?;
    scene
        .database
        .prepare_cached(
            "INSERT INTO chat_message (chat, id, sender, kind, client_id, text, attachments, reply_to, created) \
             VALUES (?1, ?2, ?3, 'new', ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            dialog.id,
            id,
            scene.user,
            new.client_message_id,
            new.message,
            attachments,
            new.reply_to.map(stored),
            scene.now
        ])?;
    let unread = scene.count_unread_by_other(&dialog)?;
    tell_new(scene, &dialog, new, id, unread)?;
    Ok(taken(id, scene.now, new.client_message_id.as_ref()))
}

fn sent_before(scene: &Scene<'_>, dialog: &Dialog, client_id: &str) -> rusqlite::Result<Option<Original>> {
    scene
        .database
        .prepare_cached(&format!(
            "{ORIGINAL} WHERE chat = ?1 AND sender = ?2 AND client_id = ?3 AND kind = 'new'"
        ))?
        .query_row(params![dialog.id, scene.user, client_id], Original::from_row)
        .optional()
}

/// Tells both users: each sees the chat under the other's name.
fn tell_new(
    scene: &mut Scene<'_>,
    dialog: &Dialog,
    new: &NewMessage,
    id: i64,
    unread: i64,
) -> rusqlite::Result<()> {
    let told = |chat: &str, missed: i64| {
        EventPayload::New(NewEvent {
            chat_id: chat.to_owned(),
            sender: Some(scene.user.to_owned()),
            sender_name: None,
            message_id: counted(id),
            client_message_id: new.client_message_id.clone(),
            message: new.message.clone(),
            attachments: new.attachments.clone(),
            reply_to: new.reply_to,
            timestamp: Some(counted(scene.now)),
            missed: Some(counted(missed)),
            status: Some(MessageStatus::Undelivered),
        })
    };
    let (to_other, to_own) = (told(scene.user, unread), told(&dialog.other, dialog.unread));
    scene.tell(&dialog.other, &to_other)?;
    scene.tell(scene.user, &to_own)
}

fn taken(id: i64, at: i64, client_id: Option<&String>) -> Payload {
    Payload::of(&Taken {
        message_id: counted(id),
        timestamp: Some(counted(at)),
        client_message_id: client_id.cloned(),
    })
}

/// Changes a message of the user's own.
pub(super) fn edit(scene: &mut Scene<'_>, edit: &Edit) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&edit.chat_id)?;
    let original = Original::written(scene, &dialog, edit.original_message_id)?;
    only_own(scene, &original)?;
    let content = ServiceContent {
        original_message_id: edit.original_message_id,
        original_client_message_id: original.client_id.clone(),
        message: Some(edit.message.clone()),
        attachments: edit.attachments.clone(),
        reaction: None,
    };
    let client_id = edit.client_message_id.as_ref().or(original.client_id.as_ref());
    let id = add_service(scene, &dialog, "edit", &content, client_id)?;
    let attachments = match &edit.attachments {
        Some(attachments) => attached(Some(attachments)),
        None => original.attachments.clone(),
    };
    scene
        .database
        .prepare_cached(
            "UPDATE chat_message SET text = ?3, attachments = ?4, updated = ?5 WHERE chat = ?1 AND id = ?2",
        )?
        .execute(params![dialog.id, original.id, edit.message, attachments, scene.now])?;
    let event = EventPayload::Edit(EditEvent {
        chat_id: scene.user.to_owned(),
        message_id: counted(id),
        message: Some(edit.message.clone()),
        attachments: edit.attachments.clone(),
        original_message_id: Some(edit.original_message_id),
    });
    scene.tell(&dialog.other, &event)?;
    Ok(taken(id, scene.now, client_id))
}

/// Takes a message of the user's own back. Doing it again is answered as before.
pub(super) fn delete(scene: &mut Scene<'_>, delete: &Delete) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&delete.chat_id)?;
    if let Some((id, at, client_id)) = deleted_before(scene, &dialog, delete.original_message_id)? {
        return Ok(taken(id, at, client_id.as_ref()));
    }
    let original = Original::written(scene, &dialog, delete.original_message_id)?;
    only_own(scene, &original)?;
    let content = ServiceContent {
        original_message_id: delete.original_message_id,
        original_client_message_id: original.client_id.clone(),
        message: None,
        attachments: None,
        reaction: None,
    };
    let client_id = original.client_id.as_ref();
    let id = add_service(scene, &dialog, "delete", &content, client_id)?;
    scene
        .database
        .prepare_cached(
            "UPDATE chat_message SET text = NULL, attachments = NULL, deleted = ?3 WHERE chat = ?1 AND id = ?2",
        )?
        .execute(params![dialog.id, original.id, scene.now])?;
    scene
        .database
        .prepare_cached("DELETE FROM chat_reaction WHERE chat = ?1 AND message = ?2")?
        .execute(params![dialog.id, original.id])?;
    scene.recount_unread(&dialog, &dialog.other, scene.user)?;
    let event = EventPayload::Delete(DeleteEvent {
        chat_id: scene.user.to_owned(),
        message_id: counted(id),
        original_message_id: Some(delete.original_message_id),
        client_message_id: None,
    });
    scene.tell(&dialog.other, &event)?;
    Ok(taken(id, scene.now, client_id))
}

fn only_own(scene: &Scene<'_>, original: &Original) -> Result<(), Stop> {
    if original.sender == scene.user {
        return Ok(());
    }
    refused("not-yours", format!("message {} was written by {}", original.id, original.sender))
}

/// The service message of a deletion of the user's own: its number, its time, and the client's name for what was deleted.
fn deleted_before(
    scene: &Scene<'_>,
    dialog: &Dialog,
    original: u64,
) -> rusqlite::Result<Option<(i64, i64, Option<String>)>> {
    scene
        .database
        .prepare_cached(
            "SELECT id, created, client_id FROM chat_message \
             WHERE chat = ?1 AND original = ?2 AND kind = 'delete' AND sender = ?3",
        )?
        .query_row(params![dialog.id, stored(original), scene.user], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()
}

/// Adds the message that says what was done to another one. Nobody has to mark it.
fn add_service(
    scene: &Scene<'_>,
    dialog: &Dialog,
    kind: &str,
    content: &ServiceContent,
    client_id: Option<&String>,
) -> rusqlite::Result<i64> {
    let id = scene.next_message(dialog)?;
    scene
        .database
        .prepare_cached(
            "INSERT INTO chat_message \
             (chat, id, sender, kind, client_id, original, content, created, delivered, read) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?8)",
        )?
        .execute(params![
            dialog.id,
            id,
            scene.user,
            kind,
            client_id,
            stored(content.original_message_id),
            json(content),
            scene.now
        ])?;
    Ok(id)
}
