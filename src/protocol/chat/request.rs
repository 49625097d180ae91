//! What a client asks for: each `payloadType` and its payload, in the seed's short forms and in the fuller ones.

use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::call::{CallStatus, CallType};
use super::error::FrameError;
use super::payload::Payload;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Send a message: `new`.
    New(NewMessage),
    /// Change a message: `edit`.
    Edit(Edit),
    /// Take a message back: `delete`.
    Delete(Delete),
    /// Mark as delivered: `dlvrd`.
    Delivered(Mark),
    /// Mark as read: `read`.
    Read(Mark),
    /// Set or take away a reaction: `reaction`.
    Reaction(SetReaction),
    /// Read messages: `messages`.
    Messages(Page),
    /// Read about one chat: `chat`.
    Chat(OfChat),
    /// Read about all chats: `chats`.
    Chats,
    /// Begin a call: `newCall`.
    NewCall(StartCall),
    /// End a call: `closeCall`.
    CloseCall(CloseCall),
}

/// The payload of `new`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewMessage {
    /// The chat: the other user.
    pub chat_id: String,
    /// The client's own name for the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The text. A message of nothing but attachments may have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<u64>,
}

/// The payload of `edit`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Edit {
    /// The chat: the other user.
    pub chat_id: String,
    /// The message that is changed.
    pub original_message_id: u64,
    /// The client's own name for the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The text that it gets.
    pub message: String,
    /// What is attached from now on; what was, where there is nothing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
}

/// The payload of `delete`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delete {
    /// The chat: the other user.
    pub chat_id: String,
    /// The message that is taken back; in examples it is called `messageId`.
    #[serde(alias = "messageId")]
    pub original_message_id: u64,
    /// The client's own name for the message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
}

/// The payload of `dlvrd` and `read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// The chat: the other user.
    pub chat_id: String,
    /// The last message that is marked; all of them, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<u64>,
}

/// The payload of `reaction`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SetReaction {
    /// The chat: the other user.
    pub chat_id: String,
    /// The message that is reacted to.
    pub message_id: u64,
    /// The reaction; any of the user's own, where it is taken away without a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
    /// Whether it is set, or taken away.
    pub is_set: bool,
    /// The client's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
}

/// The payload of `messages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// The chat: the other user.
    pub chat_id: String,
    /// The message that the page begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_id: Option<u64>,
    /// The message before which the page ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_id: Option<u64>,
    /// How many messages; [`super::PAGE`] where there is none, [`super::MAX_PAGE`] at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// The payload of `chat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfChat {
    /// The chat: the other user.
    pub chat_id: String,
}

/// The payload of `newCall`, which is this project's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StartCall {
    /// The chat: who is called.
    pub chat_id: String,
    /// What the call carries.
    pub call_type: CallType,
}

/// The payload of `closeCall`, which is this project's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CloseCall {
    /// The chat: the other user.
    pub chat_id: String,
    /// The call.
    pub call_id: String,
    /// What became of it; answered, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallStatus>,
}

impl Asked {
    /// The names of the requests.
    pub const NAMES: [&'static str; 11] = [
        "new",
        "edit",
        "delete",
        "dlvrd",
        "read",
        "reaction",
        "messages",
        "chat",
        "chats",
        "newCall",
        "closeCall",
    ];

    /// Reads what a request asks for from its `payloadType` and its payload.
    ///
    /// # Errors
    /// When there is no such request, or its payload is not what it has to be.
    pub fn read(payload_type: &str, payload: Option<&Payload>) -> Result<Self, FrameError> {
        if payload_type == "chats" {
            return Ok(Asked::Chats);
        }
        if !Asked::NAMES.contains(&payload_type) {
            return Err(FrameError::UnknownRequest(payload_type.to_owned()));
        }
        let payload = payload.ok_or(FrameError::Missing("payload"))?;
        let of = payload_type;
        let asked = match payload_type {
            "new" => Asked::New(payload.read(of)?),
            "edit" => Asked::Edit(payload.read(of)?),
            "delete" => Asked::Delete(payload.read(of)?),
            "dlvrd" => Asked::Delivered(payload.read(of)?),
            "read" => Asked::Read(payload.read(of)?),
            "reaction" => Asked::Reaction(payload.read(of)?),
            "messages" => Asked::Messages(payload.read(of)?),
            "chat" => Asked::Chat(payload.read(of)?),
            "newCall" => Asked::NewCall(payload.read(of)?),
            _ => Asked::CloseCall(payload.read(of)?),
        };
        match asked.contradiction() {
            Some(why) => Err(FrameError::BadPayload { of: of.to_owned(), why: why.to_owned() }),
            None => Ok(asked),
        }
    }

    /// What each field allows, and all of them together do not.
    fn contradiction(&self) -> Option<&'static str> {
        match self {
            Asked::New(new)
                if new.message.is_none() && new.attachments.as_ref().is_none_or(Vec::is_empty) =>
            {
                Some("missing field `message`")
            }
            Asked::Messages(Page { start_id: Some(_), end_id: Some(_), .. }) => {
                Some("`startId` and `endId` exclude each other")
            }
            Asked::Messages(Page { count: Some(count), .. }) if !(1..=super::MAX_PAGE).contains(count) => {
                Some("`count` has to be 1 to 500")
            }
            Asked::Reaction(SetReaction { is_set: true, reaction: None, .. }) => {
                Some("missing field `reaction`")
            }
            asked if asked.chat_id().is_some_and(str::is_empty) => Some("`chatId` is empty"),
            _ => None,
        }
    }

    /// The chat that is meant, where it is one.
    pub fn chat_id(&self) -> Option<&str> {
        Some(match self {
            Asked::New(new) => &new.chat_id,
            Asked::Edit(edit) => &edit.chat_id,
            Asked::Delete(delete) => &delete.chat_id,
            Asked::Delivered(mark) | Asked::Read(mark) => &mark.chat_id,
            Asked::Reaction(reaction) => &reaction.chat_id,
            Asked::Messages(page) => &page.chat_id,
            Asked::Chat(of) => &of.chat_id,
            Asked::NewCall(call) => &call.chat_id,
            Asked::CloseCall(call) => &call.chat_id,
            Asked::Chats => return None,
        })
    }

    /// The `payloadType`.
    pub fn payload_type(&self) -> &'static str {
        match self {
            Asked::New(_) => "new",
            Asked::Edit(_) => "edit",
            Asked::Delete(_) => "delete",
            Asked::Delivered(_) => "dlvrd",
            Asked::Read(_) => "read",
            Asked::Reaction(_) => "reaction",
            Asked::Messages(_) => "messages",
            Asked::Chat(_) => "chat",
            Asked::Chats => "chats",
            Asked::NewCall(_) => "newCall",
            Asked::CloseCall(_) => "closeCall",
        }
    }

    /// The payload, where there is one.
    pub fn payload(&self) -> Option<Payload> {
        Some(match self {
            Asked::New(new) => Payload::of(new),
            Asked::Edit(edit) => Payload::of(edit),
            Asked::Delete(delete) => Payload::of(delete),
            Asked::Delivered(mark) | Asked::Read(mark) => Payload::of(mark),
            Asked::Reaction(reaction) => Payload::of(reaction),
            Asked::Messages(page) => Payload::of(page),
            Asked::Chat(of) => Payload::of(of),
            Asked::NewCall(call) => Payload::of(call),
            Asked::CloseCall(call) => Payload::of(call),
            Asked::Chats => return None,
        })
    }
}
