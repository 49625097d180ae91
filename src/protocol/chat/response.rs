//! What a response carries: what became of a message or a mark, a refusal, and what is read: messages and chats.

use serde::{Deserialize, Serialize};

use super::attachment::Attachment;
use super::call::CallPayload;

/// The response to `new`, `edit` and `delete`; a short one has nothing but the id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// The message's number in its chat.
    pub message_id: u64,
    /// When it was taken, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// The client's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
}

/// The response to `dlvrd` and `read`; nothing is in it where there was nothing to mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Marked {
    /// The last message that is marked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<u64>,
    /// When it was first marked, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<u64>,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// How many messages of the chat are unread; with `read`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
}

/// The response to `newCall`, which is this project's choice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallStarted {
    /// The call.
    pub call_id: String,
    /// When it began, in Unix milliseconds.
    pub timestamp: u64,
}

/// Why a request was not done, which is this project's choice: `{"error":{"code":"…","message":"…"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A word for it.
    pub code: String,
    /// What is wrong, in a sentence.
    pub message: String,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageStatus {
    /// The receiver has seen it.
    Read,
    /// It was delivered, and not seen.
    Unread,
    /// It was not delivered.
    Undelivered,
    /// Its author took it back.
    Deleted,
}

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// What somebody wrote.
    New,
    /// That a message was changed.
    Edit,
    /// That a message was taken back.
    Delete,
    /// A call.
    Call,
    /// A reaction.
    Like,
}

/// A message as it is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Its number in the chat.
    pub message_id: u64,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its author.
    pub sender: String,
    /// What is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Replied>,
    /// How far it has come.
    pub status: MessageStatus,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: MessageKind,
    /// What a message that is more than a text carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<MessageContent>,
    /// When it was taken, in Unix milliseconds.
    pub created_at: u64,
    /// When it was changed, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<u64>,
    /// When it was taken back, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<u64>,
    /// When it was delivered, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dlvrd: Option<u64>,
    /// When it was read, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    /// The reactions to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reactions: Option<Vec<Reaction>>,
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replied {
    /// Its number in the chat.
    pub message_id: u64,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_message_id: Option<String>,
    /// The text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Its author.
    pub sender: String,
    /// When it was taken, in Unix milliseconds.
    pub created_at: u64,
}

/// A reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// Whose it is.
    pub user_id: String,
    /// What it is.
    pub reaction: String,
    /// When it was set, in Unix milliseconds.
    pub timestamp: u64,
}

/// What a message that is more than a text carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageContent {
    /// A change, a deletion or a reaction.
    Service(ServiceContent),
    /// A call.
    Call(CallPayload),
}

/// What a service message is about: the documents' EditPayload, DeletionPayload and LikePayload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceContent {
    /// The message's number in the chat.
    pub original_message_id: u64,
    /// Its author's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_client_message_id: Option<String>,
    /// The text that it got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What is attached from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachments: Option<Vec<Attachment>>,
    /// The reaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reaction: Option<String>,
}

/// The response to `chat`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// The chat: the other user.
    pub chat_id: String,
    /// Its name.
    pub name: String,
    /// What it is: `dialog`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many messages are unread.
    pub missed: u64,
    /// The author's own name for the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_missed: Option<String>,
    /// The last message.
    #[serde(flatten)]
    pub last: LastMessage,
}

/// One of the response to `chats`, and of the event `chats`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatSummary {
    /// What it is: `dialog`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The chat: the other user.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many messages are unread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<u64>,
    /// The author's own name for the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_missed: Option<String>,
    /// The last message.
    #[serde(flatten)]
    pub last: LastMessage,
}

/// The last message of a chat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastMessage {
    /// Its number in the chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_id: Option<u64>,
    /// Its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_text: Option<String>,
    /// When it was taken, in Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_time: Option<u64>,
    /// Its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_author: Option<String>,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message_status: Option<MessageStatus>,
    /// Whether the one who reads wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_mine: Option<bool>,
}
