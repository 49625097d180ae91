//! Calls: what is said of one that begins, and of one that is over.
//!
//! Which event carries which of the two is this project's choice: `newCall` and `call` a [`CallPayload`], `closeCall` a
//! [`CallStoredPayload`].

use serde::{Deserialize, Serialize};

/// A call as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallPayload {
    /// Whose call it is: the other user, where the event says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The call, where it has a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The message that stands for it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<u64>,
    /// Who called whom.
    pub direction: CallDirection,
    /// What became of it, once that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CallStatus>,
    /// What it carries.
    pub call_type: CallType,
}

/// A call that is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallStoredPayload {
    /// Whose call it is: the other user, where the event says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<String>,
    /// The call.
    pub call_id: String,
    /// Who called.
    pub caller: String,
    /// Who took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<String>>,
    /// What it carried.
    pub call_type: CallType,
    /// How long it lasted, in seconds.
    pub call_duration: u64,
}

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallDirection {
    /// The other side called.
    Incoming,
    /// This side called.
    Outgoing,
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallStatus {
    /// Nobody answered.
    Missed,
    /// It was answered.
    Received,
}

/// What a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallType {
    /// Sound and picture.
    Video,
    /// Sound.
    Audio,
}
