//! The feed without a network: what is handed to a session, and when it is signed.

use std::ops::ControlFlow;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc::Receiver;

use super::*;
use crate::client::websocket::{Outgoing, Payload};
use crate::client::{HttpUrl, NetworkOptions};
use crate::delivery::item::Place;
use crate::delivery::summary::Summary;
use crate::protocol::versia::Message;
use crate::signing::{SecretKey, Signer};

/// The clock of these tests, in Unix seconds; each test has one of its own.
macro_rules! clock {
    ($name:ident) => {{
        static $name: AtomicU64 = AtomicU64::new(1_000);
        (
            &$name,
            Ambient { now_millis: || $name.load(Ordering::Relaxed) * 1_000, random: |bytes| bytes.fill(0) },
        )
    }};
}

/// Hears everything and does nothing about it.
struct Deaf;

impl Observer<SessionEvent<()>> for Deaf {
    fn observe(&mut self, _: &SessionEvent<()>, _: &Summary) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn plan(interval: Option<Duration>) -> SessionPlan {
    SessionPlan {
        receipts: true,
        interval,
        max_wait: Duration::from_secs(300),
        // What is handed over is kept only where it may be sent again.
        retry: Retry::times(1),
        expectation: Expectation::Success,
        fail_fast: false,
        recording: false,
        patience: Patience::default(),
        threads: Threads::Reading,
    }
}

fn road() -> SessionRoad {
    let url = HttpUrl::parse("https://b.example/.versia/v0.6/inbox").unwrap();
    let signer = Some(Signer::new(SecretKey::from_seed(&[7; 32]), "a.example"));
    let composer = Arc::new(Composer { url, signer, options: NetworkOptions::default() });
    SessionRoad { composer, dialer: Arc::new(Dialer::new(NetworkOptions::default())), language: None }
}

/// A feed of so many documents, in blocks of one.
fn feed(road: &SessionRoad, shared: &Shared, count: u64) -> Feed<()> {
    let block = |n| vec![Ok(Item::new(n, Place::line("x", n), format!("{n}")))];
    let preparer = Preparer {
        composer: Arc::clone(&road.composer),
        history: Arc::default(),
        ambient: shared.ambient,
        journaling: false,
        speaks: false,
    };
    Feed::start((1..=count).map(block), preparer, &shared.plan, Arc::default())
}

/// What was handed over, as ordinal, entity and time of signing.
async fn taken(inlet: &mut Receiver<Vec<Outgoing>>) -> Vec<(u64, String, String)> {
    let mut all = Vec::new();
    while let Some(block) = inlet.recv().await {
        for Outgoing { ordinal, payload } in block {
            let Payload::Text(text) = payload else { panic!("{payload:?}") };
            let message = Message::read(text.as_bytes()).unwrap();
            all.push((ordinal, message.entity, message.signed_at));
        }
    }
    all
}

fn expected(ordinal: u64, signed_at: u64) -> (u64, String, String) {
    (ordinal, ordinal.to_string(), signed_at.to_string())
}

#[tokio::test]
async fn what_was_signed_long_ago_is_signed_anew() {
    for (later, signed_at) in [(1_005, 1_000), (1_006, 1_006)] {
        let (clock, ambient) = clock!(CLOCK);
        clock.store(1_000, Ordering::Relaxed);
        let (road, shared) = (road(), Shared::new(plan(None), ambient, None, Instant::now(), true));
        let mut feed = feed(&road, &shared, 1);
        let mut deaf = Deaf;
        let run = Run {
            road,
            spoken: None,
            shared: &shared,
            ledger: RefCell::new(Ledger::new(&shared, &mut deaf)),
        };
        assert!(feed.has_more(&run).await);
        clock.store(later, Ordering::Relaxed);
        let (outlet, mut inlet) = channel(10);
        feed.run(&run, outlet).await;
        assert_eq!(taken(&mut inlet).await, [expected(1, signed_at)]);
        assert!(feed.is_done());
    }
}

#[tokio::test]
async fn what_a_session_did_not_answer_goes_out_first_in_the_next_one_and_nothing_is_left_out() {
    let (clock, ambient) = clock!(CLOCK);
    let (road, shared) = (road(), Shared::new(plan(None), ambient, None, Instant::now(), true));
    let mut feed = feed(&road, &shared, 5);
    let mut deaf = Deaf;
    let run =
        Run { road, spoken: None, shared: &shared, ledger: RefCell::new(Ledger::new(&shared, &mut deaf)) };
    // A session that takes two blocks and ends.
    let (outlet, mut inlet) = channel::<Vec<Outgoing>>(1);
    let taking = async {
        let two = [inlet.recv().await.unwrap(), inlet.recv().await.unwrap()].concat();
        drop(inlet);
        two.iter().map(|message| message.ordinal).collect::<Vec<_>>()
    };
    let ((), first) = tokio::join!(feed.run(&run, outlet), taking);
    assert_eq!(first, [1, 2]);
    assert!(!feed.is_done());
    clock.store(1_001, Ordering::Relaxed);
    feed.send_again(run.ledger.borrow_mut().take_unanswered());
    let (outlet, mut inlet) = channel(10);
    let ((), second) = tokio::join!(feed.run(&run, outlet), taken(&mut inlet));
    let ordinals: Vec<_> = second.iter().map(|(ordinal, ..)| *ordinal).collect();
    assert_eq!(ordinals, [1, 2, 3, 4, 5]);
    assert_eq!(second[0], expected(1, 1_001), "signed anew");
    assert!(feed.is_done());
}

#[tokio::test]
async fn a_document_that_waits_for_its_turn_when_the_session_ends_is_kept() {
    let (_, ambient) = clock!(CLOCK);
    let slow = plan(Some(Duration::from_secs(3_600)));
    let (road, shared) = (road(), Shared::new(slow, ambient, None, Instant::now(), true));
    let mut feed = feed(&road, &shared, 2);
    let mut deaf = Deaf;
    let run =
        Run { road, spoken: None, shared: &shared, ledger: RefCell::new(Ledger::new(&shared, &mut deaf)) };
    let (outlet, mut inlet) = channel::<Vec<Outgoing>>(1);
    let taking = async {
        let first = inlet.recv().await.unwrap();
        drop(inlet);
        first.len()
    };
    let ((), first) = tokio::join!(feed.run(&run, outlet), taking);
    assert_eq!(first, 1);
    let waiting: Vec<_> = feed.take_again().into_iter().map(|ready| ready.item.ordinal).collect();
    // It waits here, or has not been taken from the input yet.
    assert!(waiting == [2] || (waiting.is_empty() && !feed.is_done()), "{waiting:?}");
}

#[tokio::test]
async fn a_stop_ends_a_feed_whose_input_brings_nothing() {
    let (_, ambient) = clock!(CLOCK);
    let (road, shared) = (road(), Shared::new(plan(None), ambient, None, Instant::now(), true));
    let (keep, blocks) = std::sync::mpsc::channel();
    let preparer = Preparer {
        composer: Arc::clone(&road.composer),
        history: Arc::default(),
        ambient,
        journaling: false,
        speaks: false,
    };
    let mut feed: Feed<()> = Feed::start(blocks.into_iter(), preparer, &shared.plan, Arc::default());
    let mut deaf = Deaf;
    let run =
        Run { road, spoken: None, shared: &shared, ledger: RefCell::new(Ledger::new(&shared, &mut deaf)) };
    let (outlet, mut inlet) = channel::<Vec<Outgoing>>(1);
    let stopping = async { shared.stop(Stopped::Interrupted) };
    let ((), first) = tokio::join!(feed.run(&run, outlet), stopping);
    assert!(first && !shared.stop(Stopped::FirstFailure));
    assert!(inlet.recv().await.is_none());
    assert!(matches!(shared.into_stopped(), Some(Stopped::Interrupted)));
    drop(keep);
}
