//! An open session, frame by frame: what is sent, and all that comes until its end.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;

use super::frame::{CLOSE, Frame, Read};
use crate::check::probe::Probe;
use crate::client::{Deadline, HttpError, Stage, Stream};
use crate::protocol::record::{self, Bytes, Close, Direction, Record, Request, Transport};
use crate::protocol::versia::INBOX;

/// The most of a frame that a record keeps, in bytes.
const KEPT: usize = 64 << 10;

/// The most frames that are taken in one session.
const MOST: usize = 10_000;

/// How a session's connection ended.
#[derive(Debug)]
pub(in crate::check) enum End {
    /// In order.
    Closed,
    /// Otherwise: it broke, or something came that is no frame.
    Lost(String),
    /// It was still open when the time was up.
    Silent(String),
}

/// All that came in a session.
#[derive(Debug)]
pub(in crate::check) struct Talk {
    /// The subprotocol that was agreed on.
    pub(in crate::check) subprotocol: Option<String>,
    /// What came before the Close.
    pub(in crate::check) frames: Vec<Frame>,
    /// The Close.
    pub(in crate::check) close: Option<Frame>,
    /// What came behind the Close.
    pub(in crate::check) behind: Vec<Frame>,
    /// How the connection ended.
    pub(in crate::check) end: End,
}

impl Talk {
    /// The code of the Close.
    pub(in crate::check) fn code(&self) -> Option<u16> {
        self.close.as_ref().and_then(Frame::closing).map(|(code, _)| code)
    }

    /// How it ended, in words.
    pub(in crate::check) fn ending(&self) -> String {
        match (&self.close, &self.end) {
            (Some(close), _) => match close.closing() {
                Some((code, reason)) if reason.is_empty() => format!("a Close with {code}"),
                Some((code, reason)) => format!("a Close with {code}, {reason:?}"),
                None => "a Close without a code".to_owned(),
            },
            (None, End::Closed) => "the end of the connection without a Close".to_owned(),
            (None, End::Lost(why) | End::Silent(why)) => why.clone(),
        }
    }

    /// What came before the end, in words.
    pub(in crate::check) fn described(&self) -> String {
        match self.frames.len() {
            0 => self.ending(),
            1 => format!("a frame, and then {}", self.ending()),
            count => format!("{count} frames, and then {}", self.ending()),
        }
    }
}

/// An open session.
pub(in crate::check) struct Session<'a> {
    probe: &'a Probe<'a>,
    stream: Stream,
    /// What was read and not taken yet.
    unread: Vec<u8>,
    /// What came so far.
    talk: Talk,
    is_over: bool,
    name: String,
    seq: u64,
}

impl<'a> Session<'a> {
    /// A session behind its handshake; `unread` is what came with it.
    pub(super) fn new(
        probe: &'a Probe<'a>,
        stream: Stream,
        unread: Vec<u8>,
        subprotocol: Option<String>,
    ) -> Self {
        let (frames, behind) = (Vec::new(), Vec::new());
        let talk = Talk { subprotocol, frames, close: None, behind, end: End::Closed };
        Session { probe, stream, unread, talk, is_over: false, name: probe.ambient.record_id(), seq: 0 }
    }

    /// The subprotocol that was agreed on.
    pub(in crate::check) fn subprotocol(&self) -> Option<&str> {
        self.talk.subprotocol.as_deref()
    }

    /// Sends these frames at once, and waits until so many came back, or the session is closed.
    pub(in crate::check) fn hear(&mut self, frames: &[Frame], count: usize) {
        self.send(frames);
        while !self.is_over && self.talk.close.is_none() && self.talk.frames.len() < count {
            self.step();
        }
    }

    /// Sends these frames at once, and takes all that comes until the connection ends, on which this side hangs up once the
    /// peer's Close is there.
    pub(in crate::check) fn talk(mut self, frames: &[Frame]) -> Talk {
        self.send(frames);
        while !self.is_over && self.talk.close.is_none() {
            self.step();
        }
        if !self.is_over {
            self.stream.say_goodbye();
            // A connection that is gone already needs no end.
            let _ = self.stream.tcp().shutdown(Shutdown::Write);
        }
        self.finish()
    }

    /// The same, but leaves it to the peer to end the connection behind its Close.
    pub(in crate::check) fn talk_and_wait(mut self, frames: &[Frame]) -> Talk {
        self.send(frames);
        self.finish()
    }

    fn finish(mut self) -> Talk {
        while !self.is_over {
            self.step();
        }
        self.talk
    }

    /// Takes what comes next.
    fn step(&mut self) {
        let talk = match self.next() {
            Ok(frame) => {
                let talk = &mut self.talk;
                match frame.opcode() {
                    _ if talk.close.is_some() => talk.behind.push(frame),
                    CLOSE => talk.close = Some(frame),
                    _ => talk.frames.push(frame),
                }
                talk
            }
            Err(end) => {
                if matches!(end, End::Silent(_)) {
                    self.probe.websocket.fell_silent();
                }
                self.is_over = true;
                self.talk.end = end;
                return;
            }
        };
        if talk.frames.len() + talk.behind.len() > MOST {
            self.is_over = true;
            talk.end = End::Lost(format!("more than {MOST} frames"));
        }
    }

    /// Writes frames, and begins to wait for what comes back. Where the peer takes no more of them, what it says about that is
    /// still to be read.
    fn send(&mut self, frames: &[Frame]) {
        let mut bytes = Vec::new();
        for frame in frames {
            let mut mask = [0; 4];
            (self.probe.ambient.random)(&mut mask);
            bytes.extend(frame.bytes(mask));
            self.note(frame, Direction::Out);
        }
        self.stream.set_deadline(Deadline::after(self.probe.timeout()));
        let _ = self.stream.write_all(&bytes).and_then(|()| self.stream.flush());
        self.stream.set_deadline(Deadline::after(self.probe.timeout()));
    }

    /// The next frame, or how the connection ended.
    fn next(&mut self) -> Result<Frame, End> {
        loop {
            match Frame::read(&self.unread) {
                Read::Frame(frame, length) => {
                    self.unread.drain(..length);
                    self.note(&frame, Direction::In);
                    return Ok(frame);
                }
                Read::TooLarge(length) => {
                    return Err(End::Lost(format!("a frame that says it has {length} bytes")));
                }
                Read::Part => {}
            }
            let mut buffer = [0; 4 << 10];
            match self.stream.read(&mut buffer) {
                Ok(0) if self.unread.is_empty() => return Err(End::Closed),
                Ok(0) => return Err(End::Lost("the end of the connection within a frame".to_owned())),
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    fn broken(&self, error: io::Error) -> End {
        let target = self.probe.origin.to_string();
        match error.kind() {
            io::ErrorKind::TimedOut => {
                let limit = self.probe.timeout();
                End::Silent(HttpError::TimedOut { target, stage: Stage::Head, limit }.to_string())
            }
            // Over TLS, who ends the connection without a word about it has ended it.
            io::ErrorKind::UnexpectedEof => End::Closed,
            _ => {
                let stage = Stage::Body;
                End::Lost(format!(
                    "a broken connection ({})",
                    HttpError::Broken { target, stage, error }.in_full()
                ))
            }
        }
    }

    /// Records a frame. What is no plain message or control frame is kept as bytes.
    fn note(&mut self, frame: &Frame, direction: Direction) {
        self.seq += 1;
        let payload = &frame.payload[..frame.payload.len().min(KEPT)];
        let close = frame.closing().filter(|_| frame.opcode() == CLOSE);
        let recorded =
            frame.word().filter(|_| frame.is_masked == (direction == Direction::Out)).map(|word| {
                let close = close.map(|(code, reason)| Close { code, reason });
                let data = if close.is_some() { Bytes::default() } else { Bytes(payload.to_vec()) };
                record::Frame { opcode: word.to_owned(), data, close, verdict: None }
            });
        let malformed = recorded.is_none().then(|| {
            let mut bytes = frame.bytes([0; 4]);
            bytes.truncate(KEPT);
            Bytes(bytes)
        });
        self.probe.noted(Record {
            at: self.probe.ambient.record_time(),
            transport: Transport::Ws,
            direction: Some(direction),
            peer: Some(self.stream.peer().to_string()),
            session: Some(self.name.clone()),
            seq: Some(self.seq),
            tls: self.stream.tls().map(|tls| tls.version.to_owned()),
            truncated: payload.len() < frame.payload.len(),
            request: Some(Request {
                method: "GET".to_owned(),
                target: INBOX.to_owned(),
                ..Request::default()
            }),
            frame: recorded,
            malformed,
            ..Record::default()
        });
    }
}
