//! WebSocket sessions over the dialer's connections: the handshake, and what is sent and received afterwards.
//!
//! [`open`] shakes hands and shows a refusal whole. [`converse`] runs an open session for any protocol, which says as a
//! [`Conversation`] what the messages mean; [`deliver`] is the conversation of Versia's WebSocket extension,
//! and [`speak`] that of a protocol that is a value. Nothing
//! here prints or decides what to send. See <https://versia.pub/extensions/websockets> and RFC 6455.

mod answer;
mod conversation;
mod deliver;
mod end;
mod error;
mod follower;
mod handshake;
mod heard;
mod opening;
mod session;
mod socket;
mod spoken;
mod stall;

use std::net::SocketAddr;

pub use tokio_tungstenite::tungstenite::{Bytes, Utf8Bytes};

use super::stream::TlsDetails;
use crate::protocol::record::{Headers, Timings};

pub use answer::{AnswerProblem, check_answer};
pub use conversation::{Conversation, Incoming, Outgoing, Patience, Payload, Violation};
pub use deliver::{Event, ReceiptProblem, WINDOW, deliver};
pub use end::{Ended, PeerClose, Progress, SessionCause, SessionError, Waiting};
pub use error::{Refusal, WebSocketError};
pub use follower::{Follower, LONGEST_HEADER, MASKED, header_length, payload_length};
pub use handshake::open;
pub use opening::Opening;
pub use session::converse;
pub use socket::Socket;
pub use spoken::{Spoken, speak};

/// The largest message that is taken or sent unless told otherwise, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;

/// An open session.
#[derive(Debug)]
pub struct Opened {
    /// The session's frames.
    pub socket: Socket,
    /// The host and port, for messages to people.
    pub target: String,
    /// The headers of the answer in their order and case. Its status is 101.
    pub headers: Headers,
    /// The subprotocol that the server chose among those offered.
    pub subprotocol: Option<String>,
    /// How long each stage took; the total is that of the handshake.
    pub timings: Timings,
    /// What the TLS handshake agreed on, where there was one.
    pub tls: Option<TlsDetails>,
    /// The address at the other end: the proxy's, where there is one.
    pub peer: SocketAddr,
}

#[cfg(test)]
mod tests;
