//! What came, examined on a thread of its own: a key may have to be fetched, and that blocks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Sender, UnboundedReceiver};

use super::flaws::flaws;
use super::happening::Handshake;
use super::wire::{Arrived, Inbound, Share};
use crate::client::websocket::{Bytes, PeerClose, SessionCause};
use crate::entity::Report;
use crate::protocol::Ambient;
use crate::protocol::record::{self, Direction, Frame, Record, Request, Transport};
use crate::protocol::session::{Examined, Examiner, Moment, PayloadRef, ProtocolName};
use crate::protocol::versia;

/// Something that came, and what was found out about it.
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
    Message(Box<Message>),
    Ping(Bytes),
    /// A pong, and the ping that it answers with the round trip; `None` when nobody asked for it.
    Pong(Bytes, Option<Duration>),
    End(Result<PeerClose, SessionCause>),
}

/// A message before the protocol has read it.
#[derive(Debug)]
pub(super) struct Message {
    /// Its number among the messages of its session, from 1.
    pub(super) number: u64,
    /// Its frame, with the verdict.
    pub(super) record: Record,
    pub(super) examined: Examined,
    /// What is wrong with the entity in it.
    pub(super) flaws: Option<Box<Report>>,
}

/// Examines the messages of one session.
pub(super) struct Judge {
    examiner: Option<Arc<dyn Examiner>>,
    ambient: Ambient,
    handshake: Arc<Handshake>,
    /// Whether entities are looked at.
    validates: bool,
    messages: u64,
}

impl Judge {
    pub(super) fn new(
        examiner: Option<Arc<dyn Examiner>>,
        ambient: Ambient,
        handshake: Arc<Handshake>,
        validates: bool,
    ) -> Self {
        Judge { examiner, ambient, handshake, validates, messages: 0 }
    }

    /// Examines what comes until there is no more, or nobody wants to know. Blocks.
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
            Inbound::Text(text) => self.message(PayloadRef::Text(&text), at_millis),
            Inbound::Binary(bytes) => self.message(PayloadRef::Binary(&bytes), at_millis),
            Inbound::Ping(bytes) => What::Ping(bytes),
            Inbound::Pong(bytes) => What::Pong(bytes, None),
            Inbound::End(end) => What::End(end),
        };
        Judged { at, at_millis, what, share }
    }

    fn message(&mut self, payload: PayloadRef<'_>, at_millis: u64) -> What {
        self.messages += 1;
        let (opcode, bytes) = (payload.opcode(), payload.bytes());
        let mut record = frame_record(&self.handshake, self.ambient, at_millis, Direction::In, opcode, bytes);
        record.seq = Some(self.messages);
        let examined = self
            .examiner
            .as_ref()
            .and_then(|examiner| examiner.examine(payload, Moment { millis: (self.ambient.now_millis)() }));
        if let (Some(Ok(checked)), Some(frame)) = (&examined, &mut record.frame) {
            frame.verdict = Some(checked.into());
        }
        let flaws = self.flaws(payload);
        What::Message(Box::new(Message { number: self.messages, record, examined, flaws }))
    }

    /// What is wrong with the entity in a message of Versia's.
    fn flaws(&self, payload: PayloadRef<'_>) -> Option<Box<Report>> {
        let PayloadRef::Text(text) = payload else { return None };
        if !self.validates || self.handshake.protocol != ProtocolName::Versia {
            return None;
        }
        let message = versia::Message::read(text.as_bytes()).ok()?;
        flaws(message.entity.as_bytes())
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
    let mut record = Record {
        id: Some(ambient.record_id()),
        at: record_time(at_millis),
        transport: Transport::Ws,
        direction: Some(direction),
        protocol: handshake.protocol.protocol(),
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
    };
    record.hide_secrets();
    record
}

/// A moment as records have it.
pub(super) fn record_time(at_millis: u64) -> Option<String> {
    let millis = i64::try_from(at_millis).ok()?;
    Some(format!("{:.3}", jiff::Timestamp::from_millisecond(millis).ok()?))
}
