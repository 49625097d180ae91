//! Calls: begun and ended by requests, which are this project's choice, and kept as messages of their chat.

use rusqlite::{OptionalExtension, params};

use super::scene::{Dialog, Scene, Stop, counted, refused};
use crate::protocol::chat::{
    CallDirection, CallPayload, CallStarted, CallStatus, CallStoredPayload, CallType, CloseCall,
    EventPayload, Payload, StartCall, Taken,
};

/// A call as it is kept.
struct Call {
    caller: String,
    call_type: CallType,
    began: i64,
    message: Option<i64>,
}

fn word(call_type: CallType) -> &'static str {
    match call_type {
        CallType::Video => "video",
        CallType::Audio => "audio",
    }
}

/// Begins a call: who is called is told.
pub(super) fn start(scene: &mut Scene<'_>, call: &StartCall, id: &str) -> Result<Payload, Stop> {
    if call.chat_id == scene.user {
        return refused("not-found", "a call is with another user");
    }
    let dialog = scene.begin(&call.chat_id)?;
    scene
        .database
        .prepare_cached("INSERT INTO chat_call (id, chat, caller, type, began) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![id, dialog.id, scene.user, word(call.call_type), scene.now])?;
    let event = EventPayload::NewCall(CallPayload {
        chat_id: Some(scene.user.to_owned()),
        call_id: Some(id.to_owned()),
        message_id: None,
        direction: CallDirection::Incoming,
        status: None,
        call_type: call.call_type,
    });
    scene.tell(&dialog.other, &event)?;
    Ok(Payload::of(&CallStarted { call_id: id.to_owned(), timestamp: counted(scene.now) }))
}

/// Ends a call: the other user is told that it is over, and both of the message that stands for it. Doing it again is
/// answered as before.
pub(super) fn close(scene: &mut Scene<'_>, close: &CloseCall) -> Result<Payload, Stop> {
    let dialog = scene.dialog(&close.chat_id)?;
    let Some(call) = find(scene, &dialog, &close.call_id)? else {
        return refused("not-found", format!("there is no call {} with {}", close.call_id, dialog.other));
    };
    if let Some(message) = call.message {
        return Ok(taken(scene, message));
    }
    let status = close.status.unwrap_or(CallStatus::Received);
    let id = add_message(scene, &dialog, &call, &close.call_id, status)?;
    let duration = match status {
        CallStatus::Received => counted((scene.now - call.began).max(0) / 1_000),
        CallStatus::Missed => 0,
    };
    let closed = EventPayload::CloseCall(CallStoredPayload {
        chat_id: Some(scene.user.to_owned()),
        call_id: close.call_id.clone(),
        caller: call.caller.clone(),
        participants: Some(vec![scene.user.to_owned(), dialog.other.clone()]),
        call_type: call.call_type,
        call_duration: duration,
    });
    scene.tell(&dialog.other, &closed)?;
    for (reader, chat) in [(dialog.other.as_str(), scene.user), (scene.user, dialog.other.as_str())] {
        let mut told = payload(&call, &close.call_id, status);
        told.chat_id = Some(chat.to_owned());
        told.message_id = Some(counted(id));
        told.direction = direction(&call.caller, reader);
        scene.tell(reader, &EventPayload::Call(told))?;
    }
    Ok(taken(scene, id))
}

fn taken(scene: &Scene<'_>, message: i64) -> Payload {
    let (message_id, timestamp) = (counted(message), Some(counted(scene.now)));
    Payload::of(&Taken { message_id, timestamp, client_message_id: None })
}

/// Who called whom, as `reader` sees it.
pub(super) fn direction(caller: &str, reader: &str) -> CallDirection {
    if caller == reader { CallDirection::Outgoing } else { CallDirection::Incoming }
}

fn payload(call: &Call, id: &str, status: CallStatus) -> CallPayload {
    CallPayload {
        chat_id: None,
        call_id: Some(id.to_owned()),
        message_id: None,
        direction: CallDirection::Outgoing,
        status: Some(status),
        call_type: call.call_type,
    }
}

fn find(scene: &Scene<'_>, dialog: &Dialog, id: &str) -> rusqlite::Result<Option<Call>> {
    scene
        .database
        .prepare_cached("SELECT caller, type, began, message FROM chat_call WHERE id = ?1 AND chat = ?2")?
        .query_row(params![id, dialog.id], |row| {
            let call_type: String = row.get(1)?;
            let call_type = if call_type == "video" { CallType::Video } else { CallType::Audio };
            Ok(Call { caller: row.get(0)?, call_type, began: row.get(2)?, message: row.get(3)? })
        })
        .optional()
}

/// Adds the message that stands for a call. One that was missed is to be read; one that was answered is.
fn add_message(
    scene: &Scene<'_>,
    dialog: &Dialog,
    call: &Call,
    call_id: &str,
    status: CallStatus,
) -> rusqlite::Result<i64> {
    let id = scene.next_message(dialog)?;
    let known = matches!(status, CallStatus::Received).then_some(scene.now);
    let content = Payload::of(&payload(call, call_id, status));
    scene
        .database
        .prepare_cached(
            "INSERT INTO chat_message (chat, id, sender, kind, content, created, delivered, read) \
             VALUES (?1, ?2, ?3, 'call', ?4, ?5, ?6, ?6)",
        )?
        .execute(params![dialog.id, id, call.caller, content.text(), scene.now, known])?;
    scene
        .database
        .prepare_cached("UPDATE chat_call SET message = ?2 WHERE id = ?1")?
        .execute(params![call_id, id])?;
    let callee = if call.caller == scene.user { dialog.other.as_str() } else { scene.user };
    scene.recount_unread(dialog, callee, &call.caller)?;
    Ok(id)
}
