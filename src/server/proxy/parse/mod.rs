//! What passes on a connection, read beside the relay: both directions of HTTP/1 and of the WebSocket session that may
//! follow. Pure: bytes and times come in, exchanges and messages come out.
//!
//! It decides nothing and holds up nothing. What it cannot follow it says once, and reads no more of that direction.

mod exchange;
mod frames;
mod head;
mod heads;
mod inflate;
mod kept;
mod reader;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

pub use self::exchange::{Exchange, Trouble};
pub use self::frames::Message;
pub use self::heads::RequestHeads;
pub use self::inflate::Inflater;
pub use self::kept::{Kept, Place, Room};

use self::exchange::{Answer, Waiting};
use self::frames::Frames;
use self::head::{Framing, Head, Kind, Start};
use self::reader::{Reader, Step};

/// How many requests may wait for their answers.
const MAX_WAITING: usize = 1_024;

/// How much may come behind a request that asks for another protocol, before it is answered, in bytes.
const MAX_HELD: usize = 64 << 10;

/// Who sent something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The client, towards the instance.
    Client,
    /// The instance.
    Server,
}

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// A request and its answer, as far as both came.
    Exchange(Box<Exchange>),
    /// A handshake that was answered with the switch to WebSocket.
    Opened(Box<Exchange>),
    /// A message of the session that follows it.
    Message(Side, Message),
    /// What one side sends cannot be followed any more, and why.
    Lost(Side, &'static str),
}

/// What is spoken.
#[derive(Debug)]
enum Stage {
    Http,
    WebSocket {
        client: Box<Frames>,
        server: Box<Frames>,
    },
    /// Something that is not followed.
    Other,
}

/// The two directions of one connection.
#[derive(Debug)]
pub struct Conversation {
    requests: Reader,
    answers: Reader,
    waiting: VecDeque<Waiting>,
    stage: Stage,
    /// What came behind a request that asks for another protocol.
    held: Vec<u8>,
    limit: usize,
    room: Arc<Room>,
}

impl Conversation {
    /// A connection at its beginning. `limit` bytes of each body and message are kept, as far as there is room.
    pub fn new(limit: usize, room: Arc<Room>) -> Self {
        Conversation {
            requests: Reader::new(Kind::Request),
            answers: Reader::new(Kind::Answer),
            waiting: VecDeque::new(),
            stage: Stage::Http,
            held: Vec::new(),
            limit,
            room,
        }
    }

    /// Takes what one side sent.
    pub fn feed(&mut self, from: Side, bytes: &[u8], now: Instant, seen: &mut Vec<Seen>) {
        match (&mut self.stage, from) {
            (Stage::Other, _) => {}
            (Stage::WebSocket { client: frames, .. }, Side::Client)
            | (Stage::WebSocket { server: frames, .. }, Side::Server) => {
                let fed = frames.feed(bytes, &mut |message| seen.push(Seen::Message(from, message)));
                seen.extend(fed.err().map(|why| Seen::Lost(from, why)));
            }
            (Stage::Http, Side::Client) => self.feed_requests(bytes, now, seen),
            (Stage::Http, Side::Server) => self.feed_answers(bytes, now, seen),
        }
    }

    /// One side sends no more. After the server's end, everything that was under way is told.
    pub fn end(&mut self, side: Side, now: Instant, seen: &mut Vec<Seen>) {
        match side {
            Side::Client => {
                if self.requests.is_within() {
                    self.cut_request(now);
                }
                self.tell_finished(now, seen);
            }
            Side::Server => {
                if self.answers.ends_with_connection() {
                    self.finish_answer(now);
                    self.tell_finished(now, seen);
                }
                self.abandon(Trouble::HungUp, now, seen);
            }
        }
    }

    /// Nothing more will come from anybody: tells what was under way, and what became of it.
    pub fn abandon(&mut self, why: Trouble, now: Instant, seen: &mut Vec<Seen>) {
        if self.requests.is_within() {
            self.cut_request(now);
        }
        while let Some(waiting) = self.waiting.pop_front() {
            self.tell(waiting, Some(why.clone()), now, seen);
        }
        self.requests.stop();
        self.answers.stop();
        self.stage = Stage::Other;
    }

    /// Whether nothing is under way that an end would break off. A session has no such moment, and counts as idle.
    pub fn is_idle(&self) -> bool {
        match self.stage {
            Stage::Http => self.waiting.is_empty() && !self.requests.is_within() && !self.answers.is_within(),
            _ => true,
        }
    }

    /// Whether the connection left HTTP.
    pub fn has_switched(&self) -> bool {
        !matches!(self.stage, Stage::Http)
    }

    /// Whether the first request's head has come whole, or never will.
    pub fn has_begun(&self) -> bool {
        !self.waiting.is_empty() || self.requests.is_off()
    }

    /// Whether the request that came last is whole, or no more of it will be read.
    pub fn has_asked(&self) -> bool {
        !self.requests.is_within()
    }

    /// The method of the request that is answered next, where there is one.
    pub fn next_method(&self) -> Option<&str> {
        self.waiting.iter().find(|waiting| !waiting.is_answered())?.method()
    }

    fn feed_requests(&mut self, mut bytes: &[u8], now: Instant, seen: &mut Vec<Seen>) {
        while !bytes.is_empty() {
            if self.is_undecided() {
                return self.hold(bytes, now, seen);
            }
            let (taken, step) = self.requests.take(bytes);
            bytes = &bytes[taken..];
            match step {
                Step::Nothing => {}
                Step::Head(head) => self.begin_request(head, now, seen),
                Step::Data(data) => {
                    if let Some(waiting) = self.waiting.back_mut() {
                        waiting.keep(data, self.limit);
                    }
                    if self.requests.end_of_body() {
                        self.finish_request(now, seen);
                    }
                }
                Step::End => self.finish_request(now, seen),
                Step::Lost { why, head } => self.lose_requests(why, head, now, seen),
            }
        }
    }

    /// Whether the bytes behind a request belong to the protocol that it asks for, or to the next request: its answer tells.
    fn is_undecided(&self) -> bool {
        !self.requests.is_within() && self.waiting.back().is_some_and(Waiting::wants_switch)
    }

    fn hold(&mut self, bytes: &[u8], now: Instant, seen: &mut Vec<Seen>) {
        self.held.extend_from_slice(&bytes[..bytes.len().min(MAX_HELD)]);
        if self.held.len() > MAX_HELD {
            self.held = Vec::new();
            self.lose_requests("too much came before the answer to an upgrade", None, now, seen);
        }
    }

    fn begin_request(&mut self, head: Head, now: Instant, seen: &mut Vec<Seen>) {
        let (framing, doubt) = (head.request_framing(), head.doubt());
        if self.waiting.len() >= MAX_WAITING {
            return self.lose_requests("more than 1024 requests wait for an answer", None, now, seen);
        }
        let http = version(head.minor);
        let mut waiting = Waiting::request(head, http, self.room.place(), now);
        waiting.doubt(doubt);
        self.waiting.push_back(waiting);
        match framing {
            Ok(framing) => {
                self.requests.go_on(framing);
                if matches!(framing, Framing::None | Framing::Length(0)) {
                    self.finish_request(now, seen);
                }
            }
            Err(why) => self.lose_requests(why, None, now, seen),
        }
    }

    fn finish_request(&mut self, now: Instant, seen: &mut Vec<Seen>) {
        if let Some(waiting) = self.waiting.back_mut() {
            waiting.finish_request(now);
        }
        self.tell_finished(now, seen);
    }

    /// A request of which no more will come.
    fn cut_request(&mut self, now: Instant) {
        let head = self.requests.stop();
        if head.is_empty() {
            self.waiting.back_mut().into_iter().for_each(|waiting| waiting.cut_request(now));
        } else {
            self.waiting.push_back(Waiting::malformed(head, self.room.place(), now));
        }
    }

    fn lose_requests(
        &mut self,
        why: &'static str,
        head: Option<Vec<u8>>,
        now: Instant,
        seen: &mut Vec<Seen>,
    ) {
        if let Some(head) = head {
            // What is told of it says enough.
            self.waiting.push_back(Waiting::malformed(head, self.room.place(), now));
        } else {
            self.waiting.back_mut().into_iter().for_each(|waiting| waiting.cut_request(now));
            seen.push(Seen::Lost(Side::Client, why));
        }
        self.requests.stop();
        self.tell_finished(now, seen);
    }

    fn feed_answers(&mut self, mut bytes: &[u8], now: Instant, seen: &mut Vec<Seen>) {
        while !bytes.is_empty() {
            if self.has_switched() {
                return self.feed(Side::Server, bytes, now, seen);
            }
            let (taken, step) = self.answers.take(bytes);
            bytes = &bytes[taken..];
            match step {
                Step::Nothing => {}
                Step::Head(head) => self.begin_answer(head, now, seen),
                Step::Data(data) => {
                    let limit = self.limit;
                    if let Some(waiting) = self.answered() {
                        waiting.keep_answer(data, limit);
                    }
                    if self.answers.end_of_body() {
                        self.finish_answer(now);
                        self.tell_finished(now, seen);
                    }
                }
                Step::End => {
                    self.finish_answer(now);
                    self.tell_finished(now, seen);
                }
                Step::Lost { why, .. } => self.lose_answers(why, now, seen),
            }
        }
    }

    /// The request that the present answer is for.
    fn answered(&mut self) -> Option<&mut Waiting> {
        self.waiting.iter_mut().find(|waiting| !waiting.is_answered())
    }

    fn begin_answer(&mut self, head: Head, now: Instant, seen: &mut Vec<Seen>) {
        let Start::Answer { status } = head.start else { return };
        if (100..200).contains(&status) && status != 101 {
            // An interim answer is followed by the one that counts.
            return self.answers.go_on(Framing::None);
        }
        if self.answered().is_none() {
            self.waiting.push_front(Waiting::unasked(self.room.place(), now));
        }
        let (framing, doubt) = (head.answer_framing(self.next_method()), head.doubt());
        let http = version(head.minor);
        let Some(waiting) = self.answered() else { return };
        let is_switch = status == 101 || (waiting.method() == Some("CONNECT") && status / 100 == 2);
        let is_websocket =
            status == 101 && waiting.asks_for_websocket() && head.lists("Upgrade", "websocket");
        waiting.doubt(doubt);
        waiting.begin_answer(Answer::new(status, head.headers, now), http);
        if is_switch {
            return self.switch(is_websocket, now, seen);
        }
        match framing {
            Ok(framing) => {
                self.answers.go_on(framing);
                if matches!(framing, Framing::None | Framing::Length(0)) {
                    self.finish_answer(now);
                }
                self.release(now, seen);
                self.tell_finished(now, seen);
            }
            Err(why) => self.lose_answers(why, now, seen),
        }
    }

    /// What came behind a request whose upgrade is not taken is the next request.
    fn release(&mut self, now: Instant, seen: &mut Vec<Seen>) {
        let was_held = std::mem::take(&mut self.held);
        if let Some(waiting) = self.waiting.back_mut().filter(|waiting| waiting.has_answer()) {
            waiting.want_no_switch();
            self.feed_requests(&was_held, now, seen);
        } else {
            self.held = was_held;
        }
    }

    /// The connection leaves HTTP.
    fn switch(&mut self, is_websocket: bool, now: Instant, seen: &mut Vec<Seen>) {
        self.finish_answer(now);
        let opened = self.waiting.pop_front();
        let was_held = std::mem::take(&mut self.held);
        self.abandon(Trouble::NotFollowed("the connection switched to another protocol"), now, seen);
        let told = opened.and_then(|mut waiting| {
            waiting.finish_request(now);
            waiting.into_exchange(None, now)
        });
        match told {
            Some(exchange) if is_websocket => seen.push(Seen::Opened(Box::new(exchange))),
            Some(exchange) => seen.push(Seen::Exchange(Box::new(exchange))),
            None => self.room.miss(),
        }
        if is_websocket {
            let frames = || Box::new(Frames::new(self.limit, Arc::clone(&self.room)));
            self.stage = Stage::WebSocket { client: frames(), server: frames() };
            self.feed(Side::Client, &was_held, now, seen);
        } else {
            seen.push(Seen::Lost(Side::Server, "it switched to a protocol that is not WebSocket"));
        }
    }

    fn finish_answer(&mut self, now: Instant) {
        self.answered().into_iter().for_each(|waiting| waiting.finish_answer(now));
    }

    fn lose_answers(&mut self, why: &'static str, now: Instant, seen: &mut Vec<Seen>) {
        self.answers.stop();
        seen.push(Seen::Lost(Side::Server, why));
        self.answered().into_iter().for_each(Waiting::cut_answer);
        // Those that come later have an answer that nobody can tell from the others.
        self.tell_finished(now, seen);
    }

    /// Tells the exchanges that are whole, in the order of their requests.
    fn tell_finished(&mut self, now: Instant, seen: &mut Vec<Seen>) {
        let is_lost = self.answers.is_off();
        while let Some(first) = self.waiting.front().filter(|first| first.is_finished(is_lost)) {
            let trouble = (is_lost && !first.is_answered())
                .then_some(Trouble::NotFollowed("its answer could not be followed"));
            let Some(waiting) = self.waiting.pop_front() else { return };
            self.tell(waiting, trouble, now, seen);
        }
    }

    fn tell(&self, waiting: Waiting, trouble: Option<Trouble>, now: Instant, seen: &mut Vec<Seen>) {
        match waiting.into_exchange(trouble, now) {
            Some(exchange) => seen.push(Seen::Exchange(Box::new(exchange))),
            None => self.room.miss(),
        }
    }
}

fn version(minor: u8) -> &'static str {
    if minor == 0 { "1.0" } else { "1.1" }
}
