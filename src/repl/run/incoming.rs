//! Taking what comes: the protocol reads it, answers find their messages, and everything is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::Message as Frame;

use super::super::happening::{Happening, Ping, Received, Told};
use super::super::judge::{Judged, Message, What, frame_record};
use super::super::wire::Share;
use super::Run;
use super::session::Link;
use crate::client::websocket::Bytes;
use crate::protocol::record::Direction;
use crate::protocol::session::{Composed, Kind, Payload, PayloadRef, Reading};
use crate::signing::Verdict;

impl<T: FnMut(Told)> Run<T> {
    /// Takes something that came in a session.
    pub(super) fn take(&mut self, at: usize, judged: Judged) {
        let Judged { at: arrived, at_millis, what, share } = judged;
        if let (Some(link), false) = (&mut self.sessions[at].link, matches!(what, What::Pong(_, Some(_)))) {
            link.taken += 1;
        }
        match what {
            What::Message(message) => self.take_message(at, *message, (arrived, at_millis), share),
            What::Ping(bytes) => {
                self.tell_frame(at, at_millis, Direction::In, "ping", &bytes);
                self.tell_frame(at, at_millis, Direction::Out, "pong", &bytes);
                self.tell_at(at, at_millis, Happening::PingCame(bytes.len()));
            }
            What::Pong(bytes, round_trip) => self.take_pong(at, &bytes, round_trip, at_millis),
            What::End(end) => self.ended(at, end),
        }
    }

    fn take_message(
        &mut self,
        at: usize,
        message: Message,
        (arrived, at_millis): (Instant, u64),
        share: Share,
    ) {
        let moment = self.moment();
        let session = &mut self.sessions[at];
        let Some(link) = &mut session.link else { return };
        let Message { number, record, examined, flaws } = message;
        let Some(frame) = &record.frame else { return };
        let payload = match frame.data.as_text().filter(|_| frame.opcode == "text") {
            Some(text) => PayloadRef::Text(text),
            None => PayloadRef::Binary(&frame.data.0),
        };
        let mut reading = session.protocol.read(payload, examined, moment);
        link.received += 1;
        link.silent_since = link.silent_since.filter(|_| reading.kind != Kind::KeepAlive);
        let after = waited_for(link, &reading, arrived);
        let verdict = reading.checked.as_ref().map(|checked| checked.verification.verdict);
        link.valid += u64::from(verdict == Some(Verdict::Valid));
        let replies = std::mem::take(&mut reading.replies);
        let received = Arc::new(Received { number, record: Arc::new(record), reading, flaws, after });
        if received.reading.kind == Kind::Entity {
            session.last = Some(Arc::clone(&received));
        }
        if let Some(replies) = &mut session.replies {
            replies.push(received.payload().to_vec());
        }
        session.backlog.keep(Arc::clone(&received));
        let is_message = received.reading.is_message();
        self.messages += u64::from(is_message);
        self.outcome.refused += u64::from(received.refuses());
        self.outcome.wrong_answers += u64::from(received.is_wrong_answer());
        let fits = |received: &Received| {
            self.filter.as_ref().is_none_or(|filter| received.values().any(|value| filter.is_met_by(&value)))
        };
        if is_message && !fits(&received) {
            self.hidden += 1;
            self.keep(at, at_millis, &Happening::Received(received));
        } else {
            self.tell_at(at, at_millis, Happening::Received(received));
        }
        self.reply(at, replies, share);
    }

    /// Sends what the protocol sends by itself, before more is taken than can be answered.
    fn reply(&mut self, at: usize, replies: Vec<Payload>, share: Share) {
        let mut share = Some(share);
        let count = replies.len();
        for (number, payload) in (1..).zip(replies) {
            let share = if number == count { share.take() } else { None };
            let composed = Composed { payload, number: None, content: None };
            drop(self.post_with(at, composed, true, share.unwrap_or_default()));
        }
    }

    fn take_pong(&mut self, at: usize, bytes: &Bytes, round_trip: Option<Duration>, at_millis: u64) {
        self.tell_frame(at, at_millis, Direction::In, "pong", bytes);
        let Some(link) = &mut self.sessions[at].link else { return };
        if round_trip.is_some() {
            let number = bytes[..].try_into().map_or(0, u64::from_be_bytes);
            link.ponged = link.ponged.max(number);
            link.round_trip = round_trip;
        }
        self.tell_at(at, at_millis, Happening::Pong(Ping { round_trip }));
    }

    /// Tells of a control frame.
    pub(super) fn tell_frame(
        &mut self,
        at: usize,
        at_millis: u64,
        direction: Direction,
        opcode: &str,
        payload: &[u8],
    ) {
        let Some(link) = &self.sessions[at].link else { return };
        let ambient = self.setup.ambient;
        let record = frame_record(&link.handshake, ambient, at_millis, direction, opcode, payload);
        self.tell_at(at, at_millis, Happening::Frame(Arc::new(record)));
    }

    /// Queues a frame, and gives what tells when the system has taken it; `None` without a connection.
    pub(super) fn put(
        &mut self,
        at: usize,
        frame: Frame,
        share: Share,
    ) -> Option<tokio::sync::oneshot::Receiver<()>> {
        let link = self.sessions[at].link.as_mut()?;
        link.spoke_at = tokio::time::Instant::now();
        Some(link.wire.reply(frame, share))
    }
}

/// The number of the message that something answers, and how long ago it was sent.
fn waited_for(link: &mut Link, reading: &Reading, arrived: Instant) -> Option<(u64, Duration)> {
    let number = reading.answer.as_ref()?.number?;
    let place = link.sent_at.iter().position(|(asked, ..)| *asked == number)?;
    let (_, number, sent) = link.sent_at.remove(place)?;
    Some((number, arrived.saturating_duration_since(sent)))
}
