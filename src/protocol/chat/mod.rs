//! The request, response, event and acknowledgement protocol of the chat: frames, what they carry, and the keep-alive.
//!
//! Pure: what a frame means for a chat is decided by whoever reads it. An envelope and what it carries are read apart, so
//! that a request with a bad payload can still be answered under its id. What came is kept as it was written.

mod attachment;
mod call;
mod check;
mod envelope;
mod error;
mod event;
mod frame;
mod payload;
mod request;
mod response;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use attachment::{Attachment, AttachmentKind, AttachmentMeta};
pub use call::{CallDirection, CallPayload, CallStatus, CallStoredPayload, CallType};
pub use check::check;
pub use error::{FrameError, Unreadable};
pub use event::{
    ClientEventPayload, DeleteEvent, EditEvent, EventPayload, MarkEvent, NewEvent, Presence, ReactionEvent,
    ServerTyping, Typing,
};
pub use frame::{Ack, ClientEvent, ClientFrame, IdForm, Request, Response, ServerEvent, ServerFrame};
pub use payload::Payload;
pub use request::{Asked, CloseCall, Delete, Edit, Mark, NewMessage, OfChat, Page, SetReaction, StartCall};
pub use response::{
    CallStarted, Chat, ChatMessage, ChatSummary, LastMessage, Marked, MessageContent, MessageKind,
    MessageStatus, Reaction, Refusal, Replied, ServiceContent, Taken,
};

/// The path of sessions where none is given, which is this project's choice.
pub const PATH: &str = "/ws";

/// The text with which a client keeps its session alive; any single character does as well.
pub const PING: &str = "ping";

/// The answer to [`PING`].
pub const PONG: &str = r#"{"event":"pong"}"#;

/// How long a server waits for anything from a client before it closes.
pub const SILENCE: Duration = Duration::from_secs(20);

/// How often a client says that it is still there; well under [`SILENCE`].
pub const PING_EVERY: Duration = Duration::from_secs(8);

/// How long a client waits for the answer to a [`PING`] before it connects again.
pub const PONG_WITHIN: Duration = Duration::from_secs(5);

/// How many messages a page has where the request does not say.
pub const PAGE: u64 = 300;

/// How many messages a page may have.
pub const MAX_PAGE: u64 = 500;
