//! What events carry, from either side.

use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::call::{CallPayload, CallStoredPayload};
use super::error::FrameError;
use super::payload::Payload;
use super::response::{ChatSummary, MessageStatus};

/// What a server tells.
#[derive(Debug, Clone, PartialEq)]
pub enum EventPayload {
    /// A message: `new`.
    New(NewEvent),
    /// A message was changed: `edit`.
    Edit(EditEvent),
    /// A message was taken back: `delete`.
    Delete(DeleteEvent),
    /// Messages were delivered: `dlvrd`.
    Delivered(MarkEvent),
    /// Messages were read: `read`.
    Read(MarkEvent),
    /// A reaction was set or taken away: `reaction`.
    Reaction(ReactionEvent),
    /// Somebody types: `typing`.
    Typing(ServerTyping),
    /// Somebody is there: `online`.
    Online(Presence),
    /// Somebody has gone: `offline`.
    Offline(Presence),
    /// Chats that are new or changed: `chats`.
    Chats(Vec<ChatSummary>),
    /// A message that stands for a call: `call`.
    Call(CallPayload),
    /// A call begins: `newCall`.
    NewCall(CallPayload),
    /// A call is over: `closeCall`.
    CloseCall(CallStoredPayload),
}

/// What a client tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientEventPayload {
    /// Its user types, or has stopped: `typing`.
    Typing(Typing),
    /// Its user goes: `offline`.
    Offline,
}

/// The payload of `new`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewEvent {
    /// The chat, as the one who is told sees it: the other user.
    pub chat_id: String,
    /// Its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Its author's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_name: Option<String>,
    /// The message's number in the chat.
    pub message_id: u64,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
    /// When it was taken, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// How many messages of the chat are unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<MessageStatus>,
}

/// The payload of `edit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EditEvent {
    /// The chat, as the one who is told sees it.
    pub chat_id: String,
    /// The number of the service message.
    pub message_id: u64,
    /// The text that the message got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is attached from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The message that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_message_id: Option<u64>,
}

/// The payload of `delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteEvent {
    /// The chat, as the one who is told sees it.
    pub chat_id: String,
    /// The number of the service message; in examples the message itself.
    pub message_id: u64,
    /// The message that was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_message_id: Option<u64>,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
}

/// The payload of `dlvrd` and `read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MarkEvent {
    /// The chat, as the one who is told sees it.
    pub chat_id: String,
    /// Who marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The last message that is marked.
    pub message_id: u64,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// When it was marked, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
}

/// The payload of `reaction`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionEvent {
    /// The chat, as the one who is told sees it.
    pub chat_id: String,
    /// The message that is reacted to.
    pub message_id: u64,
    /// Who reacts.
    pub user_id: String,
    /// The message's author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author_id: Option<String>,
    /// When, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// The reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// Whether it is set, or taken away.
    pub is_set: bool,
    /// The message's author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
}

/// The payload of `typing` from a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerTyping {
    /// Who types.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The chat, as the one who is told sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// Whether that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
}

/// The payload of `online` and `offline` from a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who it is.
    pub user_id: String,
}

/// The payload of `typing` from a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// The chat: the other user.
    pub chat_id: String,
    /// Whether that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
}

impl EventPayload {
    /// Reads what an event carries; `None` where it is one that this program does not know.
    ///
    /// # Errors
    /// When the payload is not that of the event.
    pub fn read(event_type: &str, payload: Option<&Payload>) -> Result<Option<Self>, FrameError> {
        const KNOWN: [&str; 13] = [
            "new",
            "edit",
            "delete",
            "dlvrd",
            "read",
            "reaction",
            "typing",
            "online",
            "offline",
            "chats",
            "call",
            "newCall",
            "closeCall",
        ];
        if !KNOWN.contains(&event_type) {
            return Ok(None);
        }
        let (payload, of) = (payload.ok_or(FrameError::Missing("payload"))?, event_type);
        Ok(Some(match event_type {
            "new" => EventPayload::New(payload.read(of)?),
            "edit" => EventPayload::Edit(payload.read(of)?),
            "delete" => EventPayload::Delete(payload.read(of)?),
            "dlvrd" => EventPayload::Delivered(payload.read(of)?),
            "read" => EventPayload::Read(payload.read(of)?),
            "reaction" => EventPayload::Reaction(payload.read(of)?),
            "typing" => EventPayload::Typing(payload.read(of)?),
            "online" => EventPayload::Online(payload.read(of)?),
            "offline" => EventPayload::Offline(payload.read(of)?),
            "chats" => EventPayload::Chats(payload.read(of)?),
            "call" => EventPayload::Call(payload.read(of)?),
            "newCall" => EventPayload::NewCall(payload.read(of)?),
            _ => EventPayload::CloseCall(payload.read(of)?),
        }))
    }

    /// The `eventType`.
    pub fn event_type(&self) -> &'static str {
        match self {
            EventPayload::New(_) => "new",
            EventPayload::Edit(_) => "edit",
            EventPayload::Delete(_) => "delete",
            EventPayload::Delivered(_) => "dlvrd",
            EventPayload::Read(_) => "read",
            EventPayload::Reaction(_) => "reaction",
            EventPayload::Typing(_) => "typing",
            EventPayload::Online(_) => "online",
            EventPayload::Offline(_) => "offline",
            EventPayload::Chats(_) => "chats",
            EventPayload::Call(_) => "call",
            EventPayload::NewCall(_) => "newCall",
            EventPayload::CloseCall(_) => "closeCall",
        }
    }

    /// The payload.
    pub fn payload(&self) -> Payload {
        match self {
            EventPayload::New(payload) => Payload::of(payload),
            EventPayload::Edit(payload) => Payload::of(payload),
            EventPayload::Delete(payload) => Payload::of(payload),
            EventPayload::Delivered(payload) | EventPayload::Read(payload) => Payload::of(payload),
            EventPayload::Reaction(payload) => Payload::of(payload),
            EventPayload::Typing(payload) => Payload::of(payload),
            EventPayload::Online(payload) | EventPayload::Offline(payload) => Payload::of(payload),
            EventPayload::Chats(payload) => Payload::of(payload),
            EventPayload::Call(payload) | EventPayload::NewCall(payload) => Payload::of(payload),
            EventPayload::CloseCall(payload) => Payload::of(payload),
        }
    }
}

impl ClientEventPayload {
    /// Reads what an event of a client carries.
    ///
    /// # Errors
    /// When it is none that a client sends, or its payload is not what it has to be.
    pub fn read(event_type: &str, payload: Option<&Payload>) -> Result<Self, FrameError> {
        match event_type {
            "typing" => {
                let payload = payload.ok_or(FrameError::Missing("payload"))?;
                payload.read(event_type).map(ClientEventPayload::Typing)
            }
            "offline" => Ok(ClientEventPayload::Offline),
            other => Err(FrameError::UnknownEvent(other.to_owned())),
        }
    }
}
