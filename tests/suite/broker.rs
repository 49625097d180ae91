//! What every broker has to do: one suite, run with the memory of one process and with two nodes of Redis.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use versia_cli::broker::{
    Broker, BrokerChoice, BrokerError, BrokerEvent, Form, MAX_TOPICS, Memberships, Memory, Publication,
    Redis, Subscriber,
};

use crate::fixture::Sandbox;
use crate::redis::RedisServer;

const PATIENCE: Duration = Duration::from_secs(60);

/// Two nodes over one broker; the same one twice, where there is only one.
struct Nodes {
    here: Arc<dyn Broker>,
    there: Arc<dyn Broker>,
}

/// Keeps what it gets.
#[derive(Default)]
struct Inbox {
    got: Mutex<Vec<(String, Bytes)>>,
    came: Notify,
}

impl Subscriber for Inbox {
    fn deliver(&self, publication: &Publication) {
        self.got.lock().unwrap().push((publication.topic().to_owned(), publication.payload().clone()));
        self.came.notify_one();
    }
}

impl Inbox {
    fn joining(self: &Arc<Self>, broker: &Arc<dyn Broker>) -> Memberships {
        Memberships::new(Arc::clone(broker), Arc::clone(self) as Arc<dyn Subscriber>)
    }

    fn got(&self) -> Vec<(String, Bytes)> {
        self.got.lock().unwrap().clone()
    }

    fn texts(&self) -> Vec<String> {
        self.got()
            .iter()
            .map(|(topic, payload)| format!("{topic}:{}", String::from_utf8_lossy(payload)))
            .collect()
    }

    async fn wait_for(&self, count: usize) {
        let enough = async {
            while self.got.lock().unwrap().len() < count {
                self.came.notified().await;
            }
        };
        timeout(PATIENCE, enough).await.expect("more publications");
    }
}

async fn connect(server: &RedisServer) -> (Arc<dyn Broker>, mpsc::UnboundedReceiver<BrokerEvent>) {
    let (told, events) = mpsc::unbounded_channel();
    let BrokerChoice::Redis(info) = server.url().parse().unwrap() else { panic!("no Redis") };
    let broker = Redis::connect(info, Box::new(move |event| drop(told.send(event)))).await.unwrap();
    (Arc::new(broker), events)
}

/// Runs a test with each broker.
fn with_each<F: Future<Output = ()>>(test: impl Fn(Nodes) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let memory: Arc<dyn Broker> = Arc::new(Memory::default());
        test(Nodes { here: Arc::clone(&memory), there: memory }).await;
        let sandbox = Sandbox::new();
        let server = RedisServer::start(sandbox.path());
        let (here, there) = (connect(&server).await.0, connect(&server).await.0);
        test(Nodes { here, there }).await;
    });
}

impl Nodes {
    async fn publish(&self, topic: &str, payload: &str) {
        self.there.publish(topic, Bytes::copy_from_slice(payload.as_bytes())).await.unwrap();
    }

    /// Waits until everything that was published there so far has come here: what is published later comes later.
    async fn settle(&self) {
        let marker = Arc::new(Inbox::default());
        let mut joined = marker.joining(&self.here);
        joined.join("the marker of the tests").await.unwrap();
        self.publish("the marker of the tests", "").await;
        marker.wait_for(1).await;
    }
}

#[test]
fn what_is_published_reaches_everybody_who_joined_and_nobody_else() {
    with_each(async |nodes| {
        let inboxes: Vec<_> = (0..3).map(|_| Arc::new(Inbox::default())).collect();
        let mut joined: Vec<_> = inboxes.iter().map(|inbox| inbox.joining(&nodes.here)).collect();
        joined[0].join("a").await.unwrap();
        joined[1].join("a").await.unwrap();
        joined[1].join("b").await.unwrap();
        for (topic, payload) in [("a", "1"), ("b", "2"), ("c", "3"), ("A", "4"), ("a", "5")] {
            nodes.publish(topic, payload).await;
        }
        nodes.settle().await;
        assert_eq!(inboxes[0].texts(), ["a:1", "a:5"]);
        assert_eq!(inboxes[1].texts(), ["a:1", "b:2", "a:5"]);
        assert!(inboxes[2].texts().is_empty());
    });
}

#[test]
fn joining_twice_delivers_once_and_leaving_once_is_enough() {
    with_each(async |nodes| {
        let inbox = Arc::new(Inbox::default());
        let mut joined = inbox.joining(&nodes.here);
        for _ in 0..3 {
            joined.join("a").await.unwrap();
        }
        nodes.publish("a", "1").await;
        nodes.settle().await;
        assert!(joined.leave("a"));
        nodes.publish("a", "2").await;
        nodes.settle().await;
        assert_eq!(inbox.texts(), ["a:1"]);
        joined.join("a").await.unwrap();
        nodes.publish("a", "3").await;
        nodes.settle().await;
        assert_eq!(inbox.texts(), ["a:1", "a:3"]);
    });
}

#[test]
fn leaving_what_was_never_joined_is_harmless() {
    with_each(async |nodes| {
        let (inbox, other) = (Arc::new(Inbox::default()), Arc::new(Inbox::default()));
        let (mut joined, mut others) = (inbox.joining(&nodes.here), other.joining(&nodes.here));
        assert!(!joined.leave("a"));
        others.join("a").await.unwrap();
        assert!(!joined.leave("a"));
        joined.join("b").await.unwrap();
        assert!(!joined.leave("a") && joined.leave("b") && !joined.leave("b"));
        nodes.publish("a", "1").await;
        nodes.publish("b", "2").await;
        nodes.settle().await;
        assert_eq!((inbox.texts().len(), other.texts()), (0, vec!["a:1".to_owned()]));
    });
}

#[test]
fn whoever_goes_leaves_everything() {
    with_each(async |nodes| {
        let (inbox, stays) = (Arc::new(Inbox::default()), Arc::new(Inbox::default()));
        let (mut joined, mut staying) = (inbox.joining(&nodes.here), stays.joining(&nodes.here));
        joined.join("a").await.unwrap();
        joined.join("b").await.unwrap();
        staying.join("a").await.unwrap();
        drop(joined);
        nodes.publish("a", "1").await;
        nodes.publish("b", "2").await;
        nodes.settle().await;
        assert_eq!((inbox.texts().len(), stays.texts()), (0, vec!["a:1".to_owned()]));
        assert_eq!(Arc::strong_count(&inbox), 1, "the broker keeps one that is gone");
    });
}

#[test]
fn payloads_and_topics_are_bytes_and_text_of_any_kind() {
    with_each(async |nodes| {
        let inbox = Arc::new(Inbox::default());
        let mut joined = inbox.joining(&nodes.here);
        let topics = ["", " ", "a b\r\n", "é😀", "*", "[a-z]?", &"long".repeat(1_000)];
        let payloads = [Bytes::new(), Bytes::from_static(b"\x00\xff\r\n$-1"), vec![7; 1 << 20].into()];
        for topic in topics {
            joined.join(topic).await.unwrap();
        }
        let mut published = Vec::new();
        for topic in topics {
            for payload in &payloads {
                nodes.there.publish(topic, payload.clone()).await.unwrap();
                published.push((topic.to_owned(), payload.clone()));
            }
        }
        nodes.settle().await;
        assert!(inbox.got() == published, "{} of {} came as they were", inbox.got().len(), published.len());
    });
}

#[test]
fn publishers_in_parallel_each_keep_their_order_and_nothing_is_lost_or_doubled() {
    const PUBLISHERS: usize = 8;
    const EACH: usize = 400;
    with_each(async |nodes| {
        let inboxes: Vec<_> = (0..20).map(|_| Arc::new(Inbox::default())).collect();
        let mut joined: Vec<_> = inboxes.iter().map(|inbox| inbox.joining(&nodes.here)).collect();
        for joined in &mut joined {
            joined.join("a").await.unwrap();
            joined.join("b").await.unwrap();
        }
        let publishing: Vec<_> = (0..PUBLISHERS)
            .map(|publisher| {
                let broker = Arc::clone(if publisher % 2 == 0 { &nodes.here } else { &nodes.there });
                tokio::spawn(async move {
                    for number in 0..EACH {
                        let topic = if number % 3 == 0 { "b" } else { "a" };
                        broker.publish(topic, format!("{publisher} {number}").into()).await.unwrap();
                    }
                })
            })
            .collect();
        // Others come and go meanwhile.
        for _ in 0..50 {
            let passing = Arc::new(Inbox::default());
            passing.joining(&nodes.here).join("a").await.unwrap();
        }
        for one in publishing {
            one.await.unwrap();
        }
        for inbox in &inboxes {
            inbox.wait_for(PUBLISHERS * EACH).await;
        }
        nodes.settle().await;
        for inbox in &inboxes {
            for publisher in 0..PUBLISHERS {
                let from = format!("{publisher} ");
                let numbers: Vec<usize> = inbox
                    .got()
                    .iter()
                    .filter_map(|(_, payload)| {
                        std::str::from_utf8(payload).unwrap().strip_prefix(&from)?.parse().ok()
                    })
                    .collect();
                assert_eq!(numbers, (0..EACH).collect::<Vec<_>>(), "publisher {publisher}");
            }
        }
        let in_order_of_a =
            |inbox: &Inbox| inbox.got().into_iter().filter(|(topic, _)| topic == "a").collect::<Vec<_>>();
        assert!(inboxes.iter().all(|inbox| in_order_of_a(inbox) == in_order_of_a(&inboxes[0])), "two orders");
    });
}

#[test]
fn a_frame_is_made_once_per_publication_and_form_however_many_get_it() {
    #[derive(Default)]
    struct Made([AtomicUsize; 2]);
    struct Counting(Arc<Made>, Form, usize);
    impl Subscriber for Counting {
        fn deliver(&self, publication: &Publication) {
            let frame = publication.frame(self.1, |publication| {
                self.0.0[self.2].fetch_add(1, Ordering::Relaxed);
                publication.payload().clone()
            });
            assert_eq!(frame, publication.payload());
        }
    }
    with_each(async |nodes| {
        let made = Arc::new(Made::default());
        let mut joined = Vec::new();
        for number in 0..100 {
            let form = if number % 2 == 0 { Form::Text } else { Form::Named };
            let subscriber = Arc::new(Counting(Arc::clone(&made), form, number % 2));
            let mut memberships = Memberships::new(Arc::clone(&nodes.here), subscriber);
            memberships.join("a").await.unwrap();
            joined.push(memberships);
        }
        nodes.publish("a", "1").await;
        nodes.publish("a", "2").await;
        nodes.settle().await;
        assert_eq!(made.0.each_ref().map(|made| made.load(Ordering::Relaxed)), [2, 2]);
    });
}

#[test]
fn one_subscriber_joins_no_more_topics_than_it_may() {
    with_each(async |nodes| {
        let inbox = Arc::new(Inbox::default());
        let mut joined = inbox.joining(&nodes.here);
        for number in 0..MAX_TOPICS {
            joined.join(&format!("topic {number}")).await.unwrap();
        }
        assert!(joined.join("one more").await.unwrap_err().to_string().contains("10000"));
        assert!(joined.join("topic 7").await.is_ok());
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_may_go_away_and_come_back_and_everything_joined_is_subscribed_to_again() {
    let sandbox = Sandbox::new();
    let server = RedisServer::start(sandbox.path());
    let (here, mut events) = connect(&server).await;
    let there = connect(&server).await.0;
    let nodes = Nodes { here, there };
    let inbox = Arc::new(Inbox::default());
    let mut joined = inbox.joining(&nodes.here);
    joined.join("before").await.unwrap();
    joined.join("left").await.unwrap();
    assert!(nodes.here.health().ready);
    server.kill();
    let event = timeout(PATIENCE, events.recv()).await.unwrap();
    assert!(matches!(event, Some(BrokerEvent::Away { .. })), "{event:?}");
    let health = nodes.here.health();
    assert_eq!((health.ready, health.gaps, health.kind), (false, 1, "redis"));
    assert_eq!(nodes.here.publish("before", Bytes::new()).await, Err(BrokerError::Away));
    // What is joined and left while it is away counts.
    timeout(PATIENCE, joined.join("meanwhile")).await.expect("joining waits for nothing").unwrap();
    joined.leave("left");
    let server = RedisServer::start(sandbox.path());
    let event = timeout(PATIENCE, events.recv()).await.unwrap();
    assert!(matches!(event, Some(BrokerEvent::Back { gaps: 1, .. })), "{event:?}");
    assert!(nodes.here.health().ready);
    while !nodes.there.health().ready {
        tokio::task::yield_now().await;
    }
    for topic in ["before", "left", "meanwhile"] {
        nodes.publish(topic, "1").await;
    }
    nodes.settle().await;
    assert_eq!(inbox.texts(), ["before:1", "meanwhile:1"]);
    drop(server);
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_said_at_once() {
    let BrokerChoice::Redis(info) = "unix:///nowhere/redis.sock".parse().unwrap() else { panic!("no Redis") };
    assert!(Redis::connect(info, Box::new(drop)).await.is_err());
}
