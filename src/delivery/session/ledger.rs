//! Keeps the account of a run over sessions: what went out, what came back, and what that comes to.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::event::{Answered, Closed, Lost, SessionEvent, Unanswered};
use super::failure::POLICY;
use super::prepare::{Reached, Ready};
use super::record::Recorder;
use super::shared::Shared;
use crate::client::websocket::{Event, Incoming, Outgoing, PeerClose, SessionCause, SessionError};
use crate::delivery::item::{BodyDigest, Place};
use crate::delivery::journal::Answer;
use crate::delivery::outcome::{Failure, Outcome, Unfinished};
use crate::delivery::run::{Observer, Stopped};
use crate::delivery::summary::Summary;
use crate::protocol::record::Record;
use crate::protocol::versia::Receipt;

/// The account.
pub(super) struct Ledger<'a, E, O> {
    shared: &'a Shared,
    observer: &'a mut O,
    /// Whether somebody still listens.
    heard: bool,
    /// Whether something was told since the last look.
    told: bool,
    summary: Summary,
    session: Option<Session>,
    /// What was handed to the session and has no outcome, in order. Kept only where it is needed.
    pending: VecDeque<Pending>,
    /// How many of those were handed to the connection.
    sent: usize,
    /// What went out without receipts, for the journal: it is settled when the session is closed in order.
    unsettled: Vec<(u64, BodyDigest)>,
    /// How many messages went out without receipts in all sessions.
    unanswerable: u64,
    /// How many of those were told of.
    told_going: u64,
    events: PhantomData<fn(E)>,
}

/// The session that is open.
struct Session {
    recorder: Recorder,
    receipts: bool,
    /// How many messages were handed to the connection.
    messages: u64,
    /// How many of them get no answer, where others do.
    for_good: u64,
    /// When the last receipt came, or nothing more was to be sent.
    last: Instant,
}

impl Session {
    /// How many messages were handed to the connection that get no answer.
    fn unanswerable(&self) -> u64 {
        if self.receipts { self.for_good } else { self.messages }
    }
}

struct Pending {
    ready: Ready,
    sent_at: Option<Instant>,
}

impl<'a, E, O: Observer<SessionEvent<E>>> Ledger<'a, E, O> {
    pub(super) fn new(shared: &'a Shared, observer: &'a mut O) -> Self {
        Ledger {
            shared,
            observer,
            heard: true,
            told: false,
            summary: Summary::new(),
            session: None,
            pending: VecDeque::new(),
            sent: 0,
            unsettled: Vec::new(),
            unanswerable: 0,
            told_going: 0,
            events: PhantomData,
        }
    }

    pub(super) fn into_summary(self) -> Summary {
        self.summary
    }

    pub(super) fn tell(&mut self, event: SessionEvent<E>) {
        self.told = true;
        if self.heard {
            self.summary.elapsed = self.shared.start.elapsed();
            let told = self.observer.observe(&event, &self.summary);
            self.heed(told);
        }
    }

    fn heed(&mut self, told: ControlFlow<()>) {
        if told.is_break() {
            self.heard = false;
            self.shared.stop(Stopped::Unheard);
        }
    }

    /// Looks for reasons to stop, and lets the observer know that time passes.
    pub(super) fn look(&mut self, interrupted: bool) {
        if interrupted {
            self.observer.interrupted();
        }
        if let Some(error) = self.shared.journal.as_ref().and_then(|journal| journal.failure()) {
            self.shared.stop(Stopped::Journal(error));
        }
        if self.unanswerable > self.told_going {
            self.told_going = self.unanswerable;
            self.tell(SessionEvent::Going(self.unanswerable));
        }
        if !std::mem::take(&mut self.told) && self.heard {
            let told = self.observer.idle();
            self.heed(told);
        }
    }

    pub(super) fn opened(&mut self, record: Box<Record>, recorder: Recorder, receipts: bool) {
        self.session = Some(Session { recorder, receipts, messages: 0, for_good: 0, last: Instant::now() });
        self.tell(SessionEvent::Opened { record, receipts });
    }

    /// Takes note that the session gets no more to send.
    pub(super) fn all_is_fed(&mut self) {
        if let Some(session) = &mut self.session {
            session.last = Instant::now();
        }
    }

    pub(super) fn skipped(&mut self, answer: Answer) {
        self.summary.add_answer_of_before(answer, self.shared.plan.expectation);
        self.tell(SessionEvent::Skipped(answer));
    }

    /// Takes note of a document that cannot be read or sent.
    pub(super) fn unreadable(&mut self, event: SessionEvent<E>) {
        self.summary.unreadable += 1;
        if self.shared.plan.fail_fast {
            self.shared.stop(Stopped::FirstFailure);
        }
        self.tell(event);
    }

    /// Takes a document that goes to the session next, and gives its message.
    pub(super) fn handed_over(&mut self, mut ready: Ready) -> Option<Outgoing> {
        let ordinal = ready.item.ordinal;
        if !self.is_tracking() {
            return Some(Outgoing::text(ordinal, ready.text?));
        }
        let plan = &self.shared.plan;
        ready.reached = ready.reached.max(Reached::Session);
        if plan.retry.times == 0 {
            // It is never sent again.
            ready.item.body = Bytes::new();
        }
        // A record will want it, or the next session.
        let is_kept = plan.recording || plan.retry.times > 0 && !self.shared.signs;
        let text = if is_kept { ready.text.clone() } else { ready.text.take() };
        self.pending.push_back(Pending { ready, sent_at: None });
        Some(Outgoing::text(ordinal, text?))
    }

    /// Whether anybody will want to know which document it was.
    fn is_tracking(&self) -> bool {
        let plan = &self.shared.plan;
        let receipts = self.session.as_ref().is_some_and(|session| session.receipts);
        receipts || plan.recording || plan.retry.times > 0 || self.shared.journal.is_some()
    }

    pub(super) fn note(&mut self, event: Event) {
        match event {
            Event::Sent { .. } => self.sent(true),
            Event::SentForGood { .. } => self.sent(false),
            Event::Receipt { receipt, text, .. } => {
                let pending = self.pending.pop_front();
                self.answered(pending, receipt, Incoming::Text(text));
            }
            Event::Answer { ordinal, receipt, incoming } => {
                let sent = self.pending.iter().take(self.sent);
                let place = sent.map(|pending| pending.ready.item.ordinal).position(|found| found == ordinal);
                let pending = place.and_then(|place| self.pending.remove(place));
                self.answered(pending, receipt, incoming);
            }
            Event::Own(text) => self.sent_by_itself(&text),
            Event::Odd { problem, incoming } => {
                let record = self.heard(&incoming);
                self.tell(SessionEvent::Odd { problem, record });
            }
            Event::WrongReceipt { text, .. } | Event::Text(text) => self.came(Incoming::Text(text)),
            Event::Binary(bytes) => self.came(Incoming::Binary(bytes)),
            // Nobody asked for them, and pings are answered.
            Event::Ping(_) | Event::Pong(_) => {}
        }
    }

    fn sent(&mut self, is_answered: bool) {
        let Some(session) = &mut self.session else { return };
        session.messages += 1;
        self.summary.attempts += 1;
        if session.receipts && is_answered {
            let Some(pending) = self.pending.get_mut(self.sent) else { return };
            self.sent += 1;
            pending.ready.reached = Reached::Connection;
            pending.sent_at = Some(Instant::now());
            if self.shared.plan.recording {
                let record = recorded(&mut session.recorder, &mut pending.ready);
                self.tell(SessionEvent::Sent(record));
            }
            return;
        }
        self.unanswerable += 1;
        session.for_good += u64::from(session.receipts);
        // What is still to be answered stands before it.
        if let Some(mut pending) = self.pending.remove(self.sent) {
            let ordinal = pending.ready.item.ordinal;
            self.unsettled.extend(pending.ready.digest.take().map(|digest| (ordinal, *digest)));
            if self.shared.plan.recording {
                let record = recorded(&mut session.recorder, &mut pending.ready);
                self.tell(SessionEvent::Sent(record));
            }
        }
    }

    /// Takes note of something that was sent beside the documents.
    fn sent_by_itself(&mut self, text: &str) {
        let Some(session) = self.session.as_mut().filter(|_| self.shared.plan.recording) else { return };
        let record = Box::new(session.recorder.message(text, None));
        self.tell(SessionEvent::Sent(record));
    }

    fn answered(&mut self, pending: Option<Pending>, receipt: Receipt, incoming: Incoming) {
        let (Some(session), Some(pending)) = (&mut self.session, pending) else { return };
        self.sent -= 1;
        session.last = Instant::now();
        let latency = pending.sent_at.map(|sent_at| session.last - sent_at).unwrap_or_default();
        let record = self.shared.plan.recording.then(|| {
            let mut record = session.recorder.received(&incoming);
            record.timings.get_or_insert_default().total = Some(millis(latency));
            record
        });
        let outcome = self.shared.plan.expectation.judge(receipt.status);
        self.summary.add_answer(receipt.status, latency, &outcome);
        let Ready { item, digest, .. } = pending.ready;
        if let Some(digest) = digest {
            self.shared.record(|journal| journal.settled(item.ordinal, *digest, &outcome));
        }
        if matches!(outcome, Outcome::Refused { .. }) && self.shared.plan.fail_fast {
            self.shared.stop(Stopped::FirstFailure);
        }
        let answered = Answered { place: item.place, receipt, outcome, latency, record };
        self.tell(SessionEvent::Answered(Box::new(answered)));
    }

    /// Takes note of what is no receipt.
    fn came(&mut self, incoming: Incoming) {
        let record = self.heard(&incoming);
        self.tell(SessionEvent::Heard { incoming, record });
    }

    /// The record of something that came, where there are records.
    fn heard(&mut self, incoming: &Incoming) -> Option<Box<Record>> {
        let session = self.session.as_mut().filter(|_| self.shared.plan.recording)?;
        Some(Box::new(session.recorder.received(incoming)))
    }

    /// Whether every message has its receipt that was to go out; `done` when no more are to come.
    pub(super) fn is_complete(&self, done: bool) -> bool {
        let receipts = self.session.as_ref().is_some_and(|session| session.receipts);
        receipts && self.sent == 0 && (self.shared.is_stopped() || done && self.pending.is_empty())
    }

    /// Whether it is known what a next session has to send: nobody tells, where there are no receipts.
    pub(super) fn knows_what_is_left(&self) -> bool {
        self.session.as_ref().is_none_or(|session| session.receipts || session.messages == 0)
    }

    /// The session has ended: everything was sent, and answered where there are receipts.
    pub(super) fn closed(&mut self, close: Option<PeerClose>, error: Option<&SessionError>) {
        let Some(mut session) = self.session.take() else { return };
        let unconfirmed = session.unanswerable();
        let outcome = Outcome::Delivered { status: None };
        for (ordinal, digest) in std::mem::take(&mut self.unsettled) {
            if !self.shared.record(|journal| journal.settled(ordinal, digest, &outcome)) {
                break;
            }
        }
        (0..unconfirmed).for_each(|_| self.summary.add_outcome(&outcome));
        let close = close.or_else(|| error.and_then(closed_by_peer).cloned());
        let failure = error.map(Failure::from);
        let record = Box::new(session.recorder.end(close.as_ref(), failure.as_ref()));
        let took = session.last.elapsed();
        self.tell(SessionEvent::Closed(Box::new(Closed { close, failure, unconfirmed, took, record })));
    }

    /// The session ended too early; `again` is how long is waited before the next one.
    pub(super) fn lost(&mut self, error: &SessionError, failure: Failure, again: Option<Duration>) {
        let Some(mut session) = self.session.take() else { return };
        let unknown = session.unanswerable();
        (0..unknown).for_each(|_| self.summary.add_outcome(&Outcome::Failed(failure.clone())));
        self.unsettled.clear();
        let close = closed_by_peer(error);
        let refused = unknown > 0 && close.is_some_and(|close| close.code == Some(POLICY));
        let record = Box::new(session.recorder.end(close, Some(&failure)));
        self.tell(SessionEvent::Lost(Box::new(Lost { failure, refused, unknown, again, record })));
    }

    /// What was handed to the session and has no outcome.
    pub(super) fn take_unanswered(&mut self) -> impl Iterator<Item = Ready> {
        self.sent = 0;
        let signs = self.shared.signs;
        let unanswered = std::mem::take(&mut self.pending).into_iter().map(|pending| pending.ready);
        unanswered.map(move |ready| if signs { Ready { text: None, ..ready } } else { ready })
    }

    /// Gives up what has no receipt: of the last session, and what was to be sent again. `failure` is why there is no
    /// session any more.
    pub(super) fn give_up(&mut self, again: VecDeque<Ready>, failure: Option<Failure>) {
        let given_up: Vec<Ready> = self.take_unanswered().chain(again).collect();
        let outcome = match failure {
            Some(failure) => Outcome::Failed(failure),
            None => Outcome::Unfinished { status: None, why: Unfinished::Stopped },
        };
        let unfinished = Outcome::Unfinished { status: None, why: Unfinished::Stopped };
        for ready in given_up.iter().filter(|ready| ready.reached == Reached::Session) {
            // The journal has it as started, and it never left.
            let Some(digest) = ready.digest.as_deref() else { continue };
            self.shared.record(|journal| journal.settled(ready.item.ordinal, *digest, &unfinished));
        }
        let went_out = given_up.iter().filter(|ready| ready.reached == Reached::Connection);
        let places: Vec<_> = went_out.map(|ready| &ready.item.place).collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let (count, first, last) = (places.len(), Place::clone(first), Place::clone(last));
        (0..count).for_each(|_| self.summary.add_outcome(&outcome));
        self.tell(SessionEvent::Unanswered(Unanswered { count, first, last }));
    }
}

fn recorded(recorder: &mut Recorder, ready: &mut Ready) -> Box<Record> {
    let text = ready.text.as_ref().map_or("", |text| text.as_str());
    let record = recorder.message(text, ready.first_record.as_deref());
    if ready.first_record.is_none() {
        ready.first_record = record.id.as_deref().map(Box::from);
    }
    Box::new(record)
}

fn closed_by_peer(error: &SessionError) -> Option<&PeerClose> {
    match &error.cause {
        SessionCause::ClosedByPeer(close) => Some(close),
        _ => None,
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
