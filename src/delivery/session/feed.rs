//! Feeds a session: what is to be sent again first, then one document after the other as they come, at the user's rate.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc::Sender;

use super::event::SessionEvent;
use super::prepare::{Documents, Prepared, Preparer, Ready, ReadyBlock};
use super::{Run, SessionPlan};
use crate::client::websocket::{Outgoing, Payload, Spoken, Utf8Bytes};
use crate::delivery::item::Item;
use crate::delivery::journal::History;
use crate::delivery::pace::{Pace, Turn};
use crate::delivery::run::{Follower, Mismatch, Observer, Stopped};
use crate::protocol::session::Moment;

/// How many messages are handed on at a time, at most.
const BLOCK: usize = 64;

/// How old a signature may be when its message is handed to the session, in seconds. Documents are signed ahead, and
/// then a session may have to be opened first.
const FRESH: i64 = 5;

/// The documents of a run on their way to its sessions.
pub(super) struct Feed<E> {
    preparer: Arc<Preparer>,
    history: Arc<History>,
    documents: Documents<E>,
    /// What came and was not handed on yet.
    block: ReadyBlock<E>,
    /// What goes out before anything else.
    first: VecDeque<Ready>,
    follower: Follower,
    pace: Option<Pace>,
    done: bool,
}

/// Messages that are handed to a session together.
struct Batch {
    messages: Vec<Outgoing>,
    outlet: Sender<Vec<Outgoing>>,
}

impl<E: Send + 'static> Feed<E> {
    /// Starts reading, and signing.
    pub(super) fn start<I>(blocks: I, preparer: Preparer, plan: &SessionPlan, history: Arc<History>) -> Self
    where
        I: Iterator<Item = Vec<Result<Item, E>>> + Send + 'static,
    {
        let preparer = Arc::new(preparer);
        let documents = Arc::clone(&preparer).start(blocks, plan.threads);
        Feed {
            preparer,
            history,
            documents,
            block: Box::new(std::iter::empty()),
            first: VecDeque::new(),
            follower: Follower::default(),
            pace: plan.interval.map(|interval| Pace::new(Some(interval), plan.max_wait)),
            done: false,
        }
    }
}

impl<E> Feed<E> {
    /// Whether everything was handed on.
    pub(super) fn is_done(&self) -> bool {
        self.done && self.first.is_empty()
    }

    /// Has these go out before anything else, signed anew.
    pub(super) fn send_again(&mut self, unanswered: impl Iterator<Item = Ready>) {
        // What waits for its turn already comes behind them.
        let waiting = std::mem::take(&mut self.first);
        self.first = unanswered.chain(waiting).collect();
    }

    /// What waits to be sent again.
    pub(super) fn take_again(&mut self) -> VecDeque<Ready> {
        std::mem::take(&mut self.first)
    }

    /// Waits for something to send; false when there is nothing, or it is not wanted any more.
    pub(super) async fn has_more<O: Observer<SessionEvent<E>>>(&mut self, run: &Run<'_, E, O>) -> bool {
        while !run.shared.is_stopped() {
            if let Some(ready) = self.next_at_hand(run) {
                self.first.push_front(ready);
                return true;
            }
            if !self.next_block(run, std::future::pending()).await {
                break;
            }
        }
        false
    }

    /// Feeds a session until there is nothing more, the run is stopped, or the session has ended.
    pub(super) async fn run<O: Observer<SessionEvent<E>>>(
        &mut self,
        run: &Run<'_, E, O>,
        outlet: Sender<Vec<Outgoing>>,
    ) {
        let mut batch = Batch { messages: Vec::new(), outlet };
        while !run.shared.is_stopped() {
            let Some(ready) = self.next_at_hand(run) else {
                if batch.hand_on(run).await && self.next_block(run, batch.outlet.closed()).await {
                    continue;
                }
                break;
            };
            if !self.wait_for_turn(run, &mut batch).await {
                self.first.push_front(ready);
                break;
            }
            batch.messages.extend(self.hand_over(run, ready));
            if batch.messages.len() >= BLOCK && !batch.hand_on(run).await {
                break;
            }
        }
        run.ledger.borrow_mut().all_is_fed();
    }

    /// The next document that can be had without waiting. Tells of those before it that are not sent.
    fn next_at_hand<O: Observer<SessionEvent<E>>>(&mut self, run: &Run<'_, E, O>) -> Option<Ready> {
        if let Some(ready) = self.first.pop_front() {
            return Some(ready);
        }
        for prepared in self.block.by_ref() {
            match prepared {
                Prepared::Ready(ready) => {
                    self.follower.last = ready.item.ordinal;
                    return Some(ready);
                }
                Prepared::Skipped(ordinal, answer) => {
                    self.follower.last = ordinal;
                    run.ledger.borrow_mut().skipped(answer);
                }
                Prepared::Changed(place) => {
                    run.shared.stop(Stopped::Mismatch(Mismatch::Changed(place)));
                }
                Prepared::Unsendable(ordinal, place, why) => {
                    self.follower.last = ordinal;
                    run.ledger.borrow_mut().unreadable(SessionEvent::Unsendable { place, why });
                }
                Prepared::Unreadable(why) => {
                    self.follower.gaps = true;
                    run.ledger.borrow_mut().unreadable(SessionEvent::Unreadable(why));
                }
            }
            if run.shared.is_stopped() {
                return None;
            }
        }
        None
    }

    /// Waits for more documents; false when there are none, they are not wanted any more, or something else comes first.
    async fn next_block<O>(&mut self, run: &Run<'_, E, O>, first: impl Future<Output = ()>) -> bool {
        let block = tokio::select! {
            biased;
            () = run.shared.stopped() => return false,
            () = first => return false,
            block = self.documents.next() => block,
        };
        match block {
            Some(block) => self.block = block,
            None => self.end(run),
        }
        !self.done
    }

    fn end<O>(&mut self, run: &Run<'_, E, O>) {
        self.done = true;
        if let Err(mismatch) = self.follower.at_end(&self.history) {
            run.shared.stop(Stopped::Mismatch(mismatch));
        }
    }

    /// Waits until the rate allows for another message; false when none is wanted any more.
    async fn wait_for_turn<O>(&mut self, run: &Run<'_, E, O>, batch: &mut Batch) -> bool {
        let Some(pace) = &mut self.pace else { return true };
        // Nothing ever asks for a pause here, which is all that a pace has beside turns.
        while let Turn::Wait { until, .. } = pace.turn(Instant::now()) {
            if !batch.hand_on(run).await {
                return false;
            }
            tokio::select! {
                () = run.shared.stopped() => return false,
                () = batch.outlet.closed() => return false,
                () = tokio::time::sleep_until(until.into()) => {}
            }
        }
        true
    }

    /// The message of a document that goes out next.
    fn hand_over<O: Observer<SessionEvent<E>>>(
        &self,
        run: &Run<'_, E, O>,
        mut ready: Ready,
    ) -> Option<Outgoing> {
        if let Some(spoken) = &run.spoken {
            return compose(run, &mut spoken.borrow_mut(), ready);
        }
        let made = if self.is_fresh(run, &ready) { Ok(()) } else { self.preparer.sign_again(&mut ready) };
        let mut ledger = run.ledger.borrow_mut();
        match made {
            Ok(()) => ledger.handed_over(ready),
            Err(why) => {
                ledger.unreadable(SessionEvent::Unsendable { place: ready.item.place, why });
                None
            }
        }
    }

    /// Whether a document's message can go out as it is.
    fn is_fresh<O>(&self, run: &Run<'_, E, O>, ready: &Ready) -> bool {
        let signed_now = || ready.signed_at + FRESH >= run.shared.ambient.now_seconds();
        !self.preparer.signs() || ready.text.is_some() && signed_now()
    }
}

/// The message that a document becomes in another protocol than Versia.
fn compose<E, O: Observer<SessionEvent<E>>>(
    run: &Run<'_, E, O>,
    spoken: &mut Spoken,
    mut ready: Ready,
) -> Option<Outgoing> {
    let moment = Moment { millis: (run.shared.ambient.now_millis)() };
    // What is no text was told of before.
    let document = str::from_utf8(&ready.item.body).unwrap_or_default();
    let mut ledger = run.ledger.borrow_mut();
    match spoken.compose(ready.item.ordinal, document, moment) {
        Ok(Payload::Text(text)) => {
            ready.text = Some(text);
            ledger.handed_over(ready)
        }
        Ok(payload) => {
            let ordinal = ready.item.ordinal;
            ready.text = Some(Utf8Bytes::default());
            ledger.handed_over(ready).map(|_| Outgoing { ordinal, payload })
        }
        Err(why) => {
            ledger.unreadable(SessionEvent::NotComposed { place: ready.item.place, why });
            None
        }
    }
}

impl Batch {
    /// Hands the messages to the session; false when that has ended, or nothing more is to be sent.
    async fn hand_on<E, O>(&mut self, run: &Run<'_, E, O>) -> bool {
        if self.messages.is_empty() {
            return true;
        }
        let messages = std::mem::take(&mut self.messages);
        let ordinals = messages.iter().map(|message| message.ordinal);
        if !run.shared.record(|journal| journal.started(ordinals)) {
            return false;
        }
        tokio::select! {
            biased;
            sent = self.outlet.send(messages) => sent.is_ok(),
            () = run.shared.stopped() => false,
        }
    }
}
