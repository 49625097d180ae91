//! What came, made out and verified, on a thread of its own: a key may have to be fetched, and that blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Sender, UnboundedReceiver};

use super::happening::{Content, Handshake, Received};
use super::wire::{Arrived, Inbound, Share};
use crate::client::websocket::{Bytes, PeerClose, SessionCause};
use crate::protocol::Ambient;
use crate::protocol::record::{self, Direction, Frame, Record, Request, Transport};
use crate::protocol::versia::{KeySource, Message, RECEIPTS, Receipt, verify_record};
use crate::signing::Window;

/// The keys of signers, for any thread.
pub(super) type Keys = Arc<dyn KeySource + Send + Sync>;

/// Something that came, and what it is.
#[derive(Debug)]
pub(super) struct Judged {
    /// When, for measuring.
    pub(super) at: Instant,
    /// When, in Unix milliseconds.
    pub(super) at_millis: u64,
    /// What.
    pub(super) what: What,
    /// Its share of the room, given back when it has been looked at.
    pub(super) share: Share,
}

impl Judged {
    /// Something that needed no room.
    pub(super) fn new(at_millis: u64, what: What) -> Self {
        Judged { at: Instant::now(), at_millis, what, share: Share::default() }
    }
}

#[derive(Debug)]
pub(super) enum What {
    Message(Box<Received>),
    Ping(usize),
    /// A pong, and the ping that it answers with the round trip; `None` when nobody asked for it.
    Pong(Option<(Bytes, Duration)>),
    End(Result<PeerClose, SessionCause>),
}

/// Makes out the messages of one session.
pub(super) struct Judge {
    keys: Keys,
    ambient: Ambient,
    handshake: Arc<Handshake>,
    messages: u64,
}

impl Judge {
    pub(super) fn new(keys: Keys, ambient: Ambient, handshake: Arc<Handshake>) -> Self {
        Judge { keys, ambient, handshake, messages: 0 }
    }

    /// Makes out what comes until there is no more, or nobody wants to know. Blocks.
    pub(super) fn run(mut self, mut arrived: UnboundedReceiver<Arrived>, judged: &Sender<Judged>) {
        while let Some(one) = arrived.blocking_recv() {
            if judged.blocking_send(self.judge(one)).is_err() {
                return;
            }
        }
    }

    fn judge(&mut self, arrived: Arrived) -> Judged {
        let Arrived { at, at_millis, inbound, share } = arrived;
        let what = match inbound {
            Inbound::Text(text) => self.message("text", text.as_bytes(), at_millis),
            Inbound::Binary(bytes) => self.message("binary", &bytes, at_millis),
            Inbound::Ping(size) => What::Ping(size),
            Inbound::Pong => What::Pong(None),
            Inbound::End(end) => What::End(end),
        };
        Judged { at, at_millis, what, share }
    }

    fn message(&mut self, opcode: &str, payload: &[u8], at_millis: u64) -> What {
        self.messages += 1;
        let mut record =
            frame_record(&self.handshake, self.ambient, at_millis, Direction::In, opcode, payload);
        record.seq = Some(self.messages);
        let content = self.content(&mut record);
        What::Message(Box::new(Received { number: self.messages, record, content }))
    }

    fn content(&self, record: &mut Record) -> Content {
        let text = record
            .frame
            .as_ref()
            .filter(|frame| frame.opcode == "text")
            .and_then(|frame| frame.data.as_text());
        if self.handshake.subprotocol.as_deref() == Some(RECEIPTS) {
            match text.map(Receipt::read) {
                Some(Ok(Some(receipt))) => return Content::Receipt { receipt, after: None },
                Some(Err(error)) => return Content::WrongReceipt(error.to_string()),
                Some(Ok(None)) | None => {}
            }
        }
        let window = Window::around(self.ambient.now_seconds());
        let checked = verify_record(record, &*self.keys, window);
        match checked.map(|mut checked| checked.pop()) {
            Ok(Some(checked)) => {
                let Some(frame) = &mut record.frame else { return Content::Other(String::new()) };
                frame.verdict = Some((&checked.verification).into());
                match Message::read(&frame.data.0) {
                    Ok(message) => Content::Entity { text: message.entity, checked: Box::new(checked) },
                    Err(error) => Content::Other(error.to_string()),
                }
            }
            Ok(None) => Content::Other(String::new()),
            Err(nothing) => Content::Other(nothing.to_string()),
        }
    }
}

/// The record of a frame of a session.
pub(super) fn frame_record(
    handshake: &Handshake,
    ambient: Ambient,
    at_millis: u64,
    direction: Direction,
    opcode: &str,
    payload: &[u8],
) -> Record {
    Record {
        id: Some(ambient.record_id()),
        at: record_time(at_millis),
        transport: Transport::Ws,
        direction: Some(direction),
        peer: Some(handshake.peer.to_string()),
        session: Some(handshake.session.clone()),
        tls: handshake.tls.map(str::to_owned),
        // The path that signatures are over.
        request: Some(Request {
            method: "GET".to_owned(),
            target: handshake.url.target().to_owned(),
            ..Request::default()
        }),
        frame: Some(Frame {
            opcode: opcode.to_owned(),
            data: record::Bytes(payload.to_vec()),
            ..Frame::default()
        }),
        ..Record::default()
    }
}

/// A moment as records have it.
pub(super) fn record_time(at_millis: u64) -> Option<String> {
    let millis = i64::try_from(at_millis).ok()?;
    Some(format!("{:.3}", jiff::Timestamp::from_millisecond(millis).ok()?))
}
