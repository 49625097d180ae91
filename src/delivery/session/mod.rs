//! A run over one WebSocket session: documents go out one behind the other, and nobody waits for an answer in between.
//!
//! A document is delivered when its receipt says so. Where the server gives none, all are delivered when both sides
//! have closed in order, and nobody said what became of them. A session that is lost is opened again and goes on with
//! what has no receipt. Everything but reading and signing happens on the thread that polls [`run_session`].
//!
//! Says what happens as events, and prints nothing. A stop, whatever its reason, sends nothing new and waits for the
//! receipts of what is under way. See <https://versia.pub/extensions/websockets>.

mod event;
mod failure;
mod feed;
mod handshake;
mod language;
mod ledger;
mod message;
mod prepare;
mod record;
mod shared;

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::channel;
use tokio::time::MissedTickBehavior;

pub use self::event::{Answered, Closed, Lost, NotOpened, SessionEvent, Unanswered};
use self::feed::Feed;
pub(super) use self::handshake::shake;
pub use self::language::{Language, shown_url};
use self::ledger::Ledger;
pub use self::message::Unsendable;
use self::prepare::Preparer;
pub use self::prepare::Threads;
pub(super) use self::record::Recorder;
use self::shared::Shared;
use super::http::Composer;
use super::item::Item;
use super::journal::{History, Journal};
use super::outcome::{Expectation, Failure};
use super::pace::{Pace, Turn};
use super::retry::Retry;
use super::run::{Ended, LOOK, Observer, Stopped};
use crate::client::Dialer;
use crate::client::websocket::{self, Opened, Patience, Spoken, WINDOW, WebSocketError};
use crate::protocol::Advice;
use crate::protocol::Ambient;
use crate::protocol::record::Record;
use crate::protocol::session::Moment;
use crate::protocol::versia::RECEIPTS;

/// How many blocks are handed to a session before it takes them.
const HANDED: usize = 2;

/// How many messages may be without a receipt when as few as possible are to be: after a kill, those are sent again.
const SMALL_WINDOW: usize = 1 << 10;

/// Where a session leads, and who signs in it.
#[derive(Debug, Clone)]
pub struct SessionRoad {
    /// Makes messages of documents, and the handshake.
    pub composer: Arc<Composer>,
    /// Makes the connection.
    pub dialer: Arc<Dialer>,
    /// What is spoken in the place of Versia.
    pub language: Option<Language>,
}

/// How a run over a session goes about it.
#[derive(Debug, Clone)]
pub struct SessionPlan {
    /// Whether receipts are offered.
    pub receipts: bool,
    /// The time between two messages, where there is a rate.
    pub interval: Option<Duration>,
    /// The longest pause that the server may ask for before another handshake.
    pub max_wait: Duration,
    /// How often the session is opened again without a receipt in between.
    pub retry: Retry,
    /// Which receipt is wanted.
    pub expectation: Expectation,
    /// Whether the first document that is not delivered ends the run.
    pub fail_fast: bool,
    /// Whether there is a record of every frame; they take time.
    pub recording: bool,
    /// How long to wait for a server that does nothing.
    pub patience: Patience,
    /// On which threads documents are read and signed.
    pub threads: Threads,
}

/// Delivers documents until there are no more, or the run is stopped: by `interrupted`, the observer, or what happens.
///
/// A block is what can be had without waiting for more; it is sent at once. With a journal come the outcomes of the runs
/// before. Wants a runtime with input, output and time.
///
/// # Panics
/// When making a message panics: the panic goes on in the caller.
pub async fn run_session<E, I, O>(
    blocks: I,
    road: SessionRoad,
    plan: SessionPlan,
    ambient: Ambient,
    journal: Option<(Journal, History)>,
    interrupted: &AtomicBool,
    observer: &mut O,
) -> Ended
where
    E: Send + 'static,
    I: Iterator<Item = Vec<Result<Item, E>>> + Send + 'static,
    O: Observer<SessionEvent<E>>,
{
    let start = Instant::now();
    let (journal, history) = journal.unzip();
    let history = Arc::new(history.unwrap_or_default());
    let preparer = Preparer {
        composer: Arc::clone(&road.composer),
        history: Arc::clone(&history),
        ambient,
        journaling: journal.is_some(),
        speaks: road.language.is_some(),
    };
    let feed = Feed::start(blocks, preparer, &plan, history);
    let made_anew = road.composer.signer.is_some() || road.language.is_some();
    let shared = Shared::new(plan, ambient, journal, start, made_anew);
    let spoken = road.language.as_ref().map(|language| RefCell::new(Spoken::new(language.start())));
    let run = Run { road, spoken, shared: &shared, ledger: RefCell::new(Ledger::new(&shared, observer)) };
    run.to_the_end(feed, interrupted).await;
    let mut summary = run.ledger.into_inner().into_summary();
    summary.elapsed = start.elapsed();
    Ended { summary, stopped: shared.into_stopped() }
}

/// What follows a session, or a handshake that opened none.
enum Next {
    /// Nothing: it came to its end.
    Done,
    /// Another one, after this time.
    Again(Duration),
    /// Nothing, although there is more to do.
    Failed(Failure),
}

struct Run<'a, E, O> {
    road: SessionRoad,
    /// The protocol in the place of Versia. Never borrowed while something is waited for.
    spoken: Option<RefCell<Spoken>>,
    shared: &'a Shared,
    /// Never borrowed while something is waited for.
    ledger: RefCell<Ledger<'a, E, O>>,
}

impl<E, O: Observer<SessionEvent<E>>> Run<'_, E, O> {
    /// Runs one session after the other, and looks for reasons to stop meanwhile.
    async fn to_the_end(&self, mut feed: Feed<E>, interrupted: &AtomicBool) {
        let mut sessions = pin!(self.sessions(&mut feed));
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = &mut sessions => return,
                _ = looks.tick() => {
                    let news = interrupted.load(Ordering::Relaxed) && self.shared.stop(Stopped::Interrupted);
                    self.ledger.borrow_mut().look(news);
                }
            }
        }
    }

    async fn sessions(&self, feed: &mut Feed<E>) {
        let mut pause = Pace::new(None, self.shared.plan.max_wait);
        let mut tries = 0;
        // A session is opened when there is something to send.
        while feed.has_more(self).await && self.wait_for_turn(&mut pause).await {
            tries += 1;
            let session = self.shared.ambient.record_id();
            let shaking = shake(&self.road, self.shared.plan.receipts, self.shared.ambient, &session);
            let (record, opened) = tokio::select! {
                biased;
                () = self.shared.stopped() => break,
                shaken = shaking => shaken,
            };
            let advice = record.response.as_ref().map(|response| {
                Advice::read(response.status, &response.headers, self.shared.ambient.now_seconds())
            });
            pause.answered(&advice.unwrap_or_default(), Instant::now());
            let next = match opened {
                Ok(opened) => {
                    let protocol = self.road.protocol();
                    let shown = shown_url(&self.road.composer.url, protocol);
                    let ambient = self.shared.ambient;
                    let recorder = Recorder::new(ambient, session, &opened, shown.target(), protocol);
                    let answers = self.greet(opened.subprotocol.as_deref());
                    self.ledger.borrow_mut().opened(record, recorder, answers);
                    self.converse(feed, opened, &mut tries).await
                }
                Err(error) => self.not_opened(record, &error, tries),
            };
            match next {
                Next::Again(wait) => {
                    tokio::select! {
                        () = self.shared.stopped() => {}
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Next::Done => break,
                Next::Failed(failure) => {
                    self.shared.stop(Stopped::Session(failure.clone()));
                    return self.ledger.borrow_mut().give_up(feed.take_again(), Some(failure));
                }
            }
        }
        self.ledger.borrow_mut().give_up(feed.take_again(), None);
    }

    /// Whether messages are answered in a session that was opened with this subprotocol.
    fn greet(&self, agreed: Option<&str>) -> bool {
        let Some(spoken) = &self.spoken else { return agreed == Some(RECEIPTS) };
        let mut spoken = spoken.borrow_mut();
        spoken.opened(agreed, Moment { millis: (self.shared.ambient.now_millis)() });
        spoken.answers()
    }

    /// Tells of a handshake that opened no session.
    fn not_opened(&self, record: Box<Record>, error: &WebSocketError, tries: u32) -> Next {
        let failure = Failure::from(error);
        let answer = match error {
            WebSocketError::Refused { refusal, .. } => Ok(Some(refusal.status)),
            _ => Err(failure.clone()),
        };
        let again = self.again_after(&answer, tries);
        let not_opened = NotOpened { record, failure: failure.clone(), tries, again };
        self.ledger.borrow_mut().tell(SessionEvent::NotOpened(not_opened));
        again.map_or(Next::Failed(failure), Next::Again)
    }

    /// Runs an open session to its end.
    async fn converse(&self, feed: &mut Feed<E>, opened: Opened, tries: &mut u32) -> Next {
        let plan = &self.shared.plan;
        let few = self.shared.journal.is_some() || plan.fail_fast;
        let window = if few { SMALL_WINDOW } else { WINDOW };
        let (outlet, inlet) = channel(HANDED);
        let on_event = |event| self.ledger.borrow_mut().note(event);
        let ((), ended) = match &self.spoken {
            None => {
                let session = websocket::deliver(opened, inlet, plan.patience, window, on_event);
                tokio::join!(feed.run(self, outlet), session)
            }
            Some(spoken) => {
                let now = self.shared.ambient.now_millis;
                let session = websocket::speak(opened, inlet, plan.patience, window, spoken, now, on_event);
                tokio::join!(feed.run(self, outlet), session)
            }
        };
        let mut ledger = self.ledger.borrow_mut();
        let error = match ended.result {
            Ok(close) => {
                ledger.closed(Some(close), None);
                return Next::Done;
            }
            Err(error) => error,
        };
        if ledger.is_complete(feed.is_done()) {
            ledger.closed(None, Some(&error));
            return Next::Done;
        }
        if ended.progress.acknowledged.is_some_and(|count| count > 0) {
            *tries = 1;
        }
        let failure = Failure::from(&error);
        let may_go_on = ledger.knows_what_is_left() && !self.shared.is_stopped();
        let again = if may_go_on { self.again_after(&Err(failure.clone()), *tries) } else { None };
        ledger.lost(&error, failure.clone(), again);
        if again.is_some() {
            feed.send_again(ledger.take_unanswered());
        }
        again.map_or(Next::Failed(failure), Next::Again)
    }

    /// How long to wait before the next handshake, where that may fare better.
    fn again_after(&self, answer: &Result<Option<u16>, Failure>, tries: u32) -> Option<Duration> {
        let random = self.shared.ambient.fraction();
        self.shared.plan.retry.wait(answer, Expectation::Success, tries, random)
    }

    /// Waits as long as the server asks for; false when nothing is to be opened any more.
    async fn wait_for_turn(&self, pause: &mut Pace) -> bool {
        while !self.shared.is_stopped() {
            match pause.turn(Instant::now()) {
                Turn::Go => return true,
                Turn::TooLong(pause) => {
                    self.shared.stop(Stopped::PauseTooLong(pause));
                }
                Turn::Wait { until, news } => {
                    if let Some(pause) = news {
                        self.ledger.borrow_mut().tell(SessionEvent::Paused(pause));
                    }
                    tokio::select! {
                        () = self.shared.stopped() => {}
                        () = tokio::time::sleep_until(until.into()) => {}
                    }
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
