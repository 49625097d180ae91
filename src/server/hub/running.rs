//! The one loop that runs a session: frames in and out in their order, and an orderly end.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::{Data, Member, Then};
use crate::protocol::Ambient;
use crate::protocol::record::{Close, Direction, Frame, Protocol, Record, Request, Transport};
use crate::server::app::{Received, StartSession};
use crate::server::event::Event;
use crate::server::outgoing::Outgoing;
use crate::server::recorder::Recorder;
use crate::server::registry::{Registered, Registry};
use crate::server::session::{End, Incoming, Session};
use crate::server::tap::Tap;
use crate::store::WorkError;

/// How many characters are told of what went wrong.
const TROUBLE_SHOWN: usize = 500;

/// What the sessions of a server share.
#[derive(Debug)]
pub struct Sessions {
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// The open sessions.
    pub registry: Arc<Registry>,
    /// Where what happens is kept and told.
    pub recorder: Recorder,
    /// The largest message, in bytes.
    pub max_message: usize,
    /// How much may wait to go out in a session, in bytes.
    pub max_queued: usize,
    /// How much is read in one call of the system, in bytes: each session keeps so much.
    pub read_at_once: usize,
    /// Whether each frame is told, in and out. A protocol whose members tell of what they took need not ask for it.
    pub frames: bool,
}

/// Who asked for a session, and for which.
#[derive(Debug)]
pub struct Asked {
    peer: String,
    tls: Option<String>,
    target: String,
}

impl Asked {
    /// What a request says of it.
    pub fn of(received: &Received) -> Self {
        Asked {
            peer: received.record.peer.clone().unwrap_or_default(),
            tls: received.record.tls.clone(),
            target: received.target().to_owned(),
        }
    }
}

/// A session as its protocol sees it.
#[derive(Debug)]
pub struct Running {
    sessions: Arc<Sessions>,
    registered: Registered,
    protocol: Protocol,
    outgoing: Outgoing,
    asked: Asked,
    seq: u64,
    messages: u64,
}

impl Sessions {
    /// A session for a request that is answered with a switch of protocols: its name, and what runs it.
    pub fn session(
        self: &Arc<Self>,
        asked: Asked,
        protocol: Protocol,
        member: Box<dyn Member>,
    ) -> (String, StartSession) {
        let outgoing = Outgoing::new(self.max_queued);
        let outgoing = if self.frames { outgoing.keeping() } else { outgoing };
        let running = Running {
            sessions: Arc::clone(self),
            registered: self.registry.enter(&outgoing),
            protocol,
            outgoing,
            asked,
            seq: 0,
            messages: 0,
        };
        let name = running.name();
        (name, Box::new(move |tap, already_read| Box::pin(running.run(member, tap, already_read))))
    }
}

impl Running {
    /// The session's name, unique in this server's life.
    pub fn name(&self) -> String {
        self.registered.name()
    }

    /// The address at the other end.
    pub fn peer(&self) -> &str {
        &self.asked.peer
    }

    /// The queue of what goes out.
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// The clock and the randomness.
    pub fn ambient(&self) -> &Ambient {
        &self.sessions.ambient
    }

    /// The target of the request that it began with, as written.
    pub fn target(&self) -> &str {
        &self.asked.target
    }

    /// How many messages came.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Tells of an event.
    pub async fn tell(&self, event: Event) {
        self.tell_then(event, |_| {}).await;
    }

    /// Tells of an event, and does something just before, when its record is kept: with the error, where it cannot be kept.
    /// Waits no longer than until there is room for it; what follows is done in order.
    pub async fn tell_then(&self, event: Event, then: impl FnOnce(Option<&WorkError>) + Send + 'static) {
        self.sessions.recorder.tell_then(event, then).await;
    }

    /// Tells of what went wrong, in a sentence.
    pub async fn trouble(&self, what: impl Into<String>) {
        let mut what = what.into();
        // What a peer sent may be quoted in it.
        if let Some((end, _)) = what.char_indices().nth(TROUBLE_SHOWN) {
            what.truncate(end);
            what.push('…');
        }
        self.tell(Event::Trouble { peer: Some(self.asked.peer.clone()), what }).await;
    }

    /// Tells that a message was passed over, and why.
    pub async fn passed_over(&self, why: &impl std::fmt::Display) {
        self.trouble(format!("{}: passed over: {why}", self.name())).await;
    }

    /// The record of a frame that passes now.
    pub fn record(&mut self, direction: Direction, frame: Frame) -> Record {
        self.seq += 1;
        let ambient = self.ambient();
        Record {
            id: Some(ambient.record_id()),
            at: ambient.record_time(),
            transport: Transport::Ws,
            direction: Some(direction),
            peer: Some(self.asked.peer.clone()),
            protocol: self.protocol,
            session: Some(self.name()),
            seq: Some(self.seq),
            tls: self.asked.tls.clone(),
            request: Some(Request {
                method: "GET".to_owned(),
                target: self.asked.target.clone(),
                ..Request::default()
            }),
            frame: Some(frame),
            ..Record::default()
        }
    }

    /// Runs the session to its end.
    async fn run(mut self, mut member: Box<dyn Member>, tap: Tap, already_read: Vec<u8>) {
        let (limit, at_once) = (self.sessions.max_message, self.sessions.read_at_once);
        // A session is idle most of its life: what happens to it now and then is on the heap while it lasts, so that there is
        // no room for it the rest of the time.
        let outgoing = self.outgoing.clone();
        let mut session = Box::pin(Session::new(tap, already_read, limit, at_once, outgoing)).await;
        let mut seen = None;
        let mut then = session.send_while(member.opened(&mut self)).await;
        let mut heard = Instant::now();
        while then == Then::GoesOn {
            let incoming = match member.silence() {
                None => session.next().await,
                Some(silence) => match timeout_at(heard + silence, session.next()).await {
                    Ok(incoming) => incoming,
                    Err(_) => {
                        member.silent(&mut self);
                        break;
                    }
                },
            };
            if !matches!(incoming, Incoming::Sent(_)) {
                heard = Instant::now();
            }
            let message = match incoming {
                Incoming::Text(text) => Data::Text(text),
                Incoming::Binary(bytes) => Data::Binary(bytes),
                Incoming::Ping(data) => {
                    Box::pin(self.tell_frame(Direction::In, "ping", &data)).await;
                    continue;
                }
                Incoming::Pong(data) => {
                    Box::pin(self.tell_frame(Direction::In, "pong", &data)).await;
                    continue;
                }
                Incoming::Sent(frame) => {
                    Box::pin(self.tell_sent(&frame)).await;
                    continue;
                }
                Incoming::CutOff(why) => {
                    let what = format!("session {} is cut off: {why}", self.name());
                    Box::pin(self.trouble(what)).await;
                    break;
                }
                Incoming::End(end) => {
                    seen = Some(end);
                    break;
                }
            };
            self.messages += 1;
            if self.sessions.frames {
                Box::pin(self.tell_frame(Direction::In, message.opcode(), message.as_bytes())).await;
            }
            // What comes behind a message that ended the session is not taken any more.
            then = session.send_while(member.take(message, &mut self)).await;
        }
        if then == Then::Breaks {
            seen = Some(End::Lost("the connection was closed without a Close, as --fault says".to_owned()));
        }
        // What was answered when it was kept goes out before the Close.
        if self.messages > 0 && self.sessions.recorder.keeps() {
            let recorder = self.sessions.recorder.clone();
            Box::pin(session.send_while(recorder.settled())).await;
        }
        Box::pin(self.end(member, session, seen)).await;
    }

    async fn end(mut self, mut member: Box<dyn Member>, session: Session<Tap>, seen: Option<End>) {
        if let Some(End::Closed { code, reason }) = seen.as_ref().filter(|_| self.sessions.frames) {
            self.tell_close(Direction::In, *code, reason).await;
        }
        let began = seen.is_none();
        let end = session.end(seen).await;
        while let Some(frame) = self.outgoing.take_sent() {
            self.tell_sent(&frame).await;
        }
        let record = match &end {
            End::Closed { code, reason } if self.sessions.frames => {
                if began {
                    self.tell_close(Direction::In, *code, reason).await;
                }
                None
            }
            End::Closed { code, reason } => {
                Some(Box::new(self.record(Direction::In, closing(*code, reason))))
            }
            _ => None,
        };
        member.ended(&mut self, &end).await;
        let (session, peer) = (self.name(), self.asked.peer.clone());
        self.tell(Event::SessionClosed { session, peer, messages: self.messages, end, record }).await;
    }

    async fn tell_close(&mut self, direction: Direction, code: Option<u16>, reason: &str) {
        let record = self.record(direction, closing(code, reason));
        self.tell(Event::Frame(Box::new(record))).await;
    }

    async fn tell_frame(&mut self, direction: Direction, opcode: &str, data: &[u8]) {
        if self.sessions.frames {
            let frame = Frame { opcode: opcode.to_owned(), data: data.to_vec().into(), ..Frame::default() };
            let record = self.record(direction, frame);
            self.tell(Event::Frame(Box::new(record))).await;
        }
    }

    /// Tells of a frame of ours: whole, not masked.
    async fn tell_sent(&mut self, frame: &[u8]) {
        let head = match frame.get(1) {
            Some(126) => 4,
            Some(127) => 10,
            _ => 2,
        };
        let payload = frame.get(head..).unwrap_or_default();
        let opcode = match frame.first().map(|first| first & 0x0f) {
            Some(0x2) => "binary",
            Some(0x9) => "ping",
            Some(0xa) => "pong",
            Some(0x8) => {
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                let reason = String::from_utf8_lossy(payload.get(2..).unwrap_or_default()).into_owned();
                return self.tell_close(Direction::Out, code, &reason).await;
            }
            _ => "text",
        };
        self.tell_frame(Direction::Out, opcode, payload).await;
    }
}

fn closing(code: Option<u16>, reason: &str) -> Frame {
    let close = code.map(|code| Close { code, reason: reason.to_owned() });
    Frame { opcode: "close".to_owned(), close, ..Frame::default() }
}
