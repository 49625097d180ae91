//! The records of a session's frames.

use crate::client::websocket::{Incoming, Opened, PeerClose, Utf8Bytes};
use crate::delivery::http::Composer;
use crate::delivery::outcome::Failure;
use crate::protocol::Ambient;
use crate::protocol::record::{Bytes, Close, Direction, Frame, Protocol, Record, Request, Transport};

impl Composer {
    /// The record of a message that goes out, as far as it is known before there is a session.
    pub fn recorded(&self, text: &Utf8Bytes) -> Record {
        Record {
            direction: Some(Direction::Out),
            frame: Some(frame("text", text.as_bytes())),
            ..in_session_at(self.url.target())
        }
    }
}

/// A record of something in a session at this target, which is what the messages' signatures are over.
fn in_session_at(target: &str) -> Record {
    let request = Request { method: "GET".to_owned(), target: target.to_owned(), ..Request::default() };
    Record { transport: Transport::Ws, request: Some(request), ..Record::default() }
}

/// Makes the records of one session. Each direction is counted on its own, so that a receipt's number is that of its
/// message's record.
pub(in crate::delivery) struct Recorder {
    ambient: Ambient,
    session: String,
    target: String,
    protocol: Protocol,
    peer: String,
    tls: Option<String>,
    sent: u64,
    received: u64,
}

impl Recorder {
    pub(in crate::delivery) fn new(
        ambient: Ambient,
        session: String,
        opened: &Opened,
        target: &str,
        protocol: Protocol,
    ) -> Self {
        Recorder {
            ambient,
            session,
            target: target.to_owned(),
            protocol,
            peer: opened.peer.to_string(),
            tls: opened.tls.as_ref().map(|tls| tls.version.to_owned()),
            sent: 0,
            received: 0,
        }
    }

    /// A message that goes out; `attempt_of` is the name of the first record of a document that is sent again.
    pub(in crate::delivery) fn message(&mut self, text: &str, attempt_of: Option<&str>) -> Record {
        let frame = frame("text", text.as_bytes());
        Record { attempt_of: attempt_of.map(str::to_owned), ..self.record(Direction::Out, frame) }
    }

    /// A frame that goes out.
    pub(in crate::delivery) fn sent(&mut self, frame: Frame) -> Record {
        self.record(Direction::Out, frame)
    }

    /// A frame that came, whole.
    pub(in crate::delivery) fn heard(&mut self, frame: Frame) -> Record {
        self.record(Direction::In, frame)
    }

    /// A frame that came.
    pub(in crate::delivery) fn received(&mut self, incoming: &Incoming) -> Record {
        let frame = match incoming {
            Incoming::Text(text) => frame("text", text.as_bytes()),
            Incoming::Binary(bytes) => frame("binary", bytes),
            Incoming::Ping(bytes) => frame("ping", bytes),
            Incoming::Pong(bytes) => frame("pong", bytes),
        };
        self.record(Direction::In, frame)
    }

    /// How the session ended: with the peer's Close, with what went wrong, or with both.
    pub(in crate::delivery) fn end(
        &mut self,
        close: Option<&PeerClose>,
        failure: Option<&Failure>,
    ) -> Record {
        let frame = close.map(|close| Frame {
            opcode: "close".to_owned(),
            close: close.code.map(|code| Close { code, reason: close.reason.clone() }),
            ..Frame::default()
        });
        let error = failure.map(Into::into);
        match frame {
            Some(frame) => Record { error, ..self.record(Direction::In, frame) },
            None => Record { error, ..self.about_session() },
        }
    }

    fn record(&mut self, direction: Direction, frame: Frame) -> Record {
        let count = match direction {
            Direction::In => &mut self.received,
            Direction::Out => &mut self.sent,
        };
        *count += 1;
        let seq = Some(*count);
        Record { direction: Some(direction), seq, frame: Some(frame), ..self.about_session() }
    }

    fn about_session(&self) -> Record {
        Record {
            id: Some(self.ambient.record_id()),
            at: self.ambient.record_time(),
            peer: Some(self.peer.clone()),
            protocol: self.protocol,
            session: Some(self.session.clone()),
            tls: self.tls.clone(),
            ..in_session_at(&self.target)
        }
    }
}

fn frame(opcode: &str, data: &[u8]) -> Frame {
    Frame { opcode: opcode.to_owned(), data: Bytes(data.to_vec()), ..Frame::default() }
}
