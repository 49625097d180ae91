//! A session in any protocol: what its value says is sent and read, and answered by itself.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, Sleep, sleep_until};

use super::conversation::{Conversation, Incoming, Outgoing, Patience, Payload, Violation};
use super::deliver::Event;
use super::end::Ended;
use super::session::converse;
use super::{Opened, Utf8Bytes};
use crate::protocol::session::{
    self, ComposeError, Composed, KeepAlive, Moment, PayloadRef, Reading, SessionProtocol, Wanted,
};
use crate::protocol::versia::Receipt;

/// A protocol with what it has to say, shared by who composes messages and the session that they go out in.
pub struct Spoken {
    protocol: Box<dyn SessionProtocol>,
    /// The numbers of the messages that are to be answered, and their sender's.
    awaited: HashMap<u64, u64>,
    /// Whether each message that was composed and not sent yet will be answered, in order.
    composed: VecDeque<bool>,
    /// What is sent by itself, in order.
    own: VecDeque<session::Payload>,
}

impl fmt::Debug for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spoken").field("protocol", &self.protocol.protocol()).finish()
    }
}

impl Spoken {
    /// A protocol that has said nothing yet.
    pub fn new(protocol: Box<dyn SessionProtocol>) -> Self {
        Spoken { protocol, awaited: HashMap::new(), composed: VecDeque::new(), own: VecDeque::new() }
    }

    /// Whether what is asked for gets answers.
    pub fn answers(&self) -> bool {
        self.protocol.answers()
    }

    /// Notes that a connection was opened, and which subprotocol was agreed on.
    pub fn opened(&mut self, agreed: Option<&str>, moment: Moment) {
        self.awaited.clear();
        self.composed.clear();
        let first = self.protocol.opened(agreed, moment);
        self.own = first.into_iter().map(|composed| composed.payload).collect();
    }

    /// The message that a document becomes, which has to be sent next.
    ///
    /// # Errors
    /// When it becomes none.
    pub fn compose(&mut self, ordinal: u64, document: &str, moment: Moment) -> Result<Payload, ComposeError> {
        let mut composition = self.protocol.compose(Wanted::Document(document), moment)?;
        let Some(Composed { payload, number, .. }) = composition.messages.pop() else {
            return Err(ComposeError::NotAMessage("session", "nothing is sent for it".to_owned()));
        };
        self.composed.push_back(number.is_some());
        self.awaited.extend(number.map(|number| (number, ordinal)));
        Ok(payload.into())
    }

    /// Notes that a message of this number will be sent as it is, in its turn.
    pub fn as_it_is(&mut self, ordinal: u64) {
        let number = self.protocol.sent_as_is();
        self.composed.push_back(number.is_some());
        self.awaited.extend(number.map(|number| (number, ordinal)));
    }
}

impl From<session::Payload> for Payload {
    fn from(payload: session::Payload) -> Self {
        match payload {
            session::Payload::Text(text) => Payload::Text(text.into()),
            session::Payload::Binary(bytes) => Payload::Binary(bytes.into()),
        }
    }
}

/// Delivers the messages that come through the channel, which `spoken` composed in this order, and gives out what happens
/// to `on_event`.
///
/// The session ends well only when each message has its answer that has one; at most `window` are without it. For how it
/// is sent, see [`converse`].
pub async fn speak(
    opened: Opened,
    input: Receiver<Vec<Outgoing>>,
    patience: Patience,
    window: usize,
    spoken: &RefCell<Spoken>,
    now_millis: fn() -> u64,
    on_event: impl FnMut(Event),
) -> Ended {
    let keep_alive = spoken.borrow().protocol.keep_alive().map(Alive::new);
    let mut speech = Speech { spoken, window, in_flight: 0, answered: 0, keep_alive, now_millis, on_event };
    converse(opened, input, patience, &mut speech).await
}

/// Says that this side is still there when nothing else was sent for a while, and notices when nobody is at the other end.
struct Alive {
    keep_alive: KeepAlive,
    due: Pin<Box<Sleep>>,
    /// Whether a sign of life was asked for, and none has come.
    asked: bool,
}

impl Alive {
    fn new(keep_alive: KeepAlive) -> Self {
        let due = Box::pin(sleep_until(Instant::now() + keep_alive.after));
        Alive { keep_alive, due, asked: false }
    }

    fn sent(&mut self) {
        if !self.asked {
            self.due.as_mut().reset(Instant::now() + self.keep_alive.after);
        }
    }

    fn heard(&mut self) {
        if std::mem::take(&mut self.asked) {
            self.sent();
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Result<Option<session::Payload>, Duration> {
        if self.due.as_mut().poll(context).is_pending() {
            return Ok(None);
        }
        if self.asked {
            return Err(self.keep_alive.patience);
        }
        self.asked = true;
        self.due.as_mut().reset(Instant::now() + self.keep_alive.patience);
        // Has to be polled once more for the task to be woken.
        match self.due.as_mut().poll(context) {
            Poll::Ready(()) => Err(self.keep_alive.patience),
            Poll::Pending => Ok(Some(self.keep_alive.payload.clone())),
        }
    }
}

struct Speech<'a, F> {
    spoken: &'a RefCell<Spoken>,
    window: usize,
    in_flight: usize,
    answered: u64,
    keep_alive: Option<Alive>,
    now_millis: fn() -> u64,
    on_event: F,
}

impl<F: FnMut(Event)> Speech<'_, F> {
    fn read(&mut self, payload: PayloadRef<'_>) -> (Reading, Option<u64>) {
        let moment = Moment { millis: (self.now_millis)() };
        let mut spoken = self.spoken.borrow_mut();
        let mut reading = spoken.protocol.read(payload, None, moment);
        spoken.own.extend(std::mem::take(&mut reading.replies));
        let number = reading.answer.as_ref().and_then(|answer| answer.number);
        let ordinal = number.and_then(|number| spoken.awaited.remove(&number));
        (reading, ordinal)
    }

    fn came(&mut self, reading: &Reading, ordinal: Option<u64>, incoming: Incoming) {
        if let Some(ordinal) = ordinal {
            self.in_flight = self.in_flight.saturating_sub(1);
            self.answered += 1;
            let receipt = receipt(self.answered, reading);
            return (self.on_event)(Event::Answer { ordinal, receipt, incoming });
        }
        (self.on_event)(match (&reading.problem, incoming) {
            (Some(problem), incoming) => Event::Odd { problem: problem.clone(), incoming },
            (None, Incoming::Binary(bytes)) => Event::Binary(bytes),
            (None, Incoming::Text(text)) => Event::Text(text),
            (None, Incoming::Ping(bytes) | Incoming::Pong(bytes)) => Event::Pong(bytes),
        });
    }
}

/// What an answer would be as a receipt: with the status that an inbox would have answered over HTTP.
fn receipt(number: u64, reading: &Reading) -> Receipt {
    match reading.refusal() {
        None => {
            Receipt { number, status: Receipt::ACCEPTED, detail: reading.content.clone().unwrap_or_default() }
        }
        Some(refusal) => Receipt { number, status: Receipt::UNPROCESSABLE, detail: refusal.to_string() },
    }
}

impl<F: FnMut(Event)> Conversation for Speech<'_, F> {
    fn sent(&mut self, ordinal: u64, _: usize) {
        if let Some(alive) = &mut self.keep_alive {
            alive.sent();
        }
        let is_answered = self.spoken.borrow_mut().composed.pop_front().unwrap_or_default();
        self.in_flight += usize::from(is_answered);
        let event = if is_answered { Event::Sent { ordinal } } else { Event::SentForGood { ordinal } };
        (self.on_event)(event);
    }

    fn received(&mut self, incoming: Incoming) -> Result<(), Violation> {
        if let Some(alive) = &mut self.keep_alive {
            alive.heard();
        }
        let (reading, ordinal) = match &incoming {
            Incoming::Text(text) => self.read(PayloadRef::Text(text)),
            Incoming::Binary(bytes) => self.read(PayloadRef::Binary(bytes)),
            Incoming::Ping(bytes) => {
                (self.on_event)(Event::Ping(bytes.clone()));
                return Ok(());
            }
            Incoming::Pong(bytes) => {
                (self.on_event)(Event::Pong(bytes.clone()));
                return Ok(());
            }
        };
        self.came(&reading, ordinal, incoming);
        Ok(())
    }

    fn acknowledged(&self) -> Option<u64> {
        self.spoken.borrow().answers().then_some(self.answered)
    }

    fn unanswered(&self) -> usize {
        self.in_flight
    }

    fn has_room(&self) -> bool {
        self.in_flight < self.window
    }

    fn own(&mut self, context: &mut Context<'_>) -> Result<Option<Payload>, Duration> {
        let waiting = self.spoken.borrow_mut().own.pop_front();
        let next = match (waiting, &mut self.keep_alive) {
            (Some(waiting), _) => Some(waiting),
            (None, Some(alive)) => alive.poll(context)?,
            (None, None) => None,
        };
        if let Some(session::Payload::Text(text)) = &next {
            (self.on_event)(Event::Own(Utf8Bytes::from(text.as_str())));
        }
        Ok(next.map(Into::into))
    }
}
