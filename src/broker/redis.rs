//! The broker that several nodes share: Redis's channels, named as the topics are.
//!
//! One connection in RESP3 carries publications both ways, so that what a session joins and then publishes keeps its order. It
//! is made again whenever it is lost, and every topic that is joined at that moment is subscribed to again, those that were
//! joined meanwhile too: the library's own resubscription knows only what Redis once confirmed. See
//! <https://redis.io/docs/latest/develop/pubsub/>.

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, ProtocolVersion, PushInfo, PushKind, RedisError, Value,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, WeakUnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::sleep;

use super::topics::Topics;
use super::{Broker, BrokerError, BrokerEvent, Health, Subscriber, SubscriberId, Tell};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How often a connection on which nothing is asked is tried.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// How long it takes until a connection is tried to be made again: at first, and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// How many topics go into one command.
const TOPICS_AT_ONCE: usize = 1_000;

/// Carries publications over a Redis server.
pub struct Redis {
    shared: Arc<Shared>,
    asks: UnboundedSender<Ask>,
}

#[derive(Default)]
struct Shared {
    topics: Topics,
    connection: Mutex<Option<MultiplexedConnection>>,
    ready: AtomicBool,
    gaps: AtomicU64,
}

/// What the keeper of the connection is asked.
enum Ask {
    /// To look whether a topic is to be subscribed to; done when it is so.
    Look(Arc<str>, Option<oneshot::Sender<()>>),
    /// To notice that a connection was lost: which one, from 1.
    Lost(u64),
}

impl Redis {
    /// Connects to a server, and keeps the connection from then on. Wants a runtime with input, output and time.
    ///
    /// # Errors
    /// When the server cannot be reached now.
    pub async fn connect(info: ConnectionInfo, tell: Tell) -> Result<Self, RedisError> {
        let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
        let client = Client::open(info.set_redis_settings(settings))?;
        let (asks, asked) = unbounded_channel();
        let shared = Arc::new(Shared::default());
        let mut keeper = Keeper {
            client,
            shared: Arc::clone(&shared),
            own: asks.downgrade(),
            asked,
            tell,
            number: 0,
            subscribed: HashSet::new(),
        };
        let connection = keeper.connecting().await?;
        keeper.restore(&connection).await?;
        tokio::spawn(keeper.run(connection));
        Ok(Redis { shared, asks })
    }

    fn ask(&self, topic: &str, done: Option<oneshot::Sender<()>>) {
        // The keeper lives as long as this does.
        let _ = self.asks.send(Ask::Look(topic.into(), done));
    }
}

impl Broker for Redis {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move {
            let connection = self.shared.connection().clone();
            let mut connection = connection.ok_or(BrokerError::Away)?;
            let published =
                redis::cmd("PUBLISH").arg(topic).arg(&payload[..]).exec_async(&mut connection).await;
            published.map_err(|error| match error.is_connection_dropped() || error.is_io_error() {
                true => BrokerError::Away,
                false => BrokerError::Refused(error.to_string()),
            })
        })
    }

    fn join<'a>(
        &'a self,
        topic: &'a str,
        id: SubscriberId,
        subscriber: &'a Arc<dyn Subscriber>,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.shared.topics.join(topic, id, subscriber);
            let (done, subscribed) = oneshot::channel();
            self.ask(topic, Some(done));
            // While the server is away, this is over at once: the topic counts among those that are subscribed to later.
            let _ = subscribed.await;
        })
    }

    fn leave(&self, topic: &str, id: SubscriberId) {
        if self.shared.topics.leave(topic, id) {
            self.ask(topic, None);
        }
    }

    fn health(&self) -> Health {
        Health {
            kind: "redis",
            ready: self.shared.ready.load(Ordering::Acquire),
            gaps: self.shared.gaps.load(Ordering::Relaxed),
        }
    }
}

impl Shared {
    fn connection(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, PushInfo { kind, data }: PushInfo) {
        let mut data = data.into_iter();
        if let (PushKind::Message, Some(Value::BulkString(topic)), Some(Value::BulkString(payload))) =
            (kind, data.next(), data.next())
            && let Ok(topic) = std::str::from_utf8(&topic)
        {
            self.topics.deliver(topic, payload.into());
        }
    }
}

/// Whoever keeps the connection: makes it, and has it carry what is joined.
struct Keeper {
    client: Client,
    shared: Arc<Shared>,
    own: WeakUnboundedSender<Ask>,
    asked: UnboundedReceiver<Ask>,
    tell: Tell,
    /// Which connection it is, from 1.
    number: u64,
    /// What Redis knows that this node wants.
    subscribed: HashSet<Arc<str>>,
}

/// Why the work with a connection ended.
enum Over {
    /// It was lost.
    Lost(String),
    /// Nobody needs it any more.
    Unneeded,
}

impl Keeper {
    async fn run(mut self, mut connection: MultiplexedConnection) {
        loop {
            let Over::Lost(why) = self.keep(&mut connection).await else { return };
            let lost = Instant::now();
            *self.shared.connection() = None;
            self.shared.ready.store(false, Ordering::Release);
            let gaps = self.shared.gaps.fetch_add(1, Ordering::Relaxed) + 1;
            (self.tell)(BrokerEvent::Away { why });
            let Some(again) = self.come_back().await else { return };
            connection = again;
            (self.tell)(BrokerEvent::Back { away: lost.elapsed(), gaps });
        }
    }

    fn connecting(&mut self) -> impl Future<Output = Result<MultiplexedConnection, RedisError>> + use<> {
        self.number += 1;
        let (shared, own, number) = (Arc::clone(&self.shared), self.own.clone(), self.number);
        let client = self.client.clone();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIME))
            .set_response_timeout(Some(ANSWER_TIME))
            .set_push_sender(move |push: PushInfo| {
                match (&push.kind, own.upgrade()) {
                    // One that nobody needs any more is not missed.
                    (PushKind::Disconnection, own) => {
                        own.into_iter().for_each(|own| drop(own.send(Ask::Lost(number))));
                    }
                    _ => shared.take(push),
                }
                Ok::<(), redis::aio::SendError>(())
            });
        async move { client.get_multiplexed_async_connection_with_config(&config).await }
    }

    /// Has a new connection carry everything that is joined.
    async fn restore(&mut self, connection: &MultiplexedConnection) -> Result<(), RedisError> {
        self.subscribed.clear();
        let wanted = self.shared.topics.all();
        self.subscribe(&mut connection.clone(), wanted).await?;
        *self.shared.connection() = Some(connection.clone());
        self.shared.ready.store(true, Ordering::Release);
        Ok(())
    }

    async fn subscribe(
        &mut self,
        connection: &mut MultiplexedConnection,
        topics: Vec<Arc<str>>,
    ) -> Result<(), RedisError> {
        for some in topics.chunks(TOPICS_AT_ONCE) {
            connection.subscribe(some.iter().map(AsRef::as_ref).collect::<Vec<&str>>()).await?;
        }
        self.subscribed.extend(topics);
        Ok(())
    }

    /// Makes the connection again, however often it takes; nothing when nobody needs it any more.
    async fn come_back(&mut self) -> Option<MultiplexedConnection> {
        let (mut pause, longest) = PAUSES;
        loop {
            self.let_pass(sleep(pause)).await?;
            pause = (pause * 2).min(longest);
            let connecting = self.connecting();
            if let Ok(connection) = self.let_pass(connecting).await?
                && self.restore(&connection).await.is_ok()
            {
                return Some(connection);
            }
        }
    }

    /// Waits for something. Whoever joins meanwhile need not: all that is joined is subscribed to later.
    async fn let_pass<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return Some(done),
                ask = self.asked.recv() => drop(ask?),
            }
        }
    }

    async fn keep(&mut self, connection: &mut MultiplexedConnection) -> Over {
        let mut asks = Vec::new();
        loop {
            let came = tokio::select! {
                came = self.asked.recv_many(&mut asks, TOPICS_AT_ONCE) => came,
                () = sleep(TRY_EVERY) => {
                    match redis::cmd("PING").exec_async(connection).await {
                        Ok(()) => continue,
                        Err(error) => return Over::Lost(error.to_string()),
                    }
                }
            };
            if came == 0 {
                return Over::Unneeded;
            }
            if asks.iter().any(|ask| matches!(ask, Ask::Lost(number) if *number == self.number)) {
                return Over::Lost("the connection to Redis was lost".to_owned());
            }
            if let Err(error) = self.look(connection, &asks).await {
                return Over::Lost(error.to_string());
            }
            for ask in asks.drain(..) {
                if let Ask::Look(_, Some(done)) = ask {
                    // Whoever waited may be gone.
                    let _ = done.send(());
                }
            }
        }
    }

    /// Has Redis know of the topics what is true now.
    async fn look(&mut self, connection: &mut MultiplexedConnection, asks: &[Ask]) -> Result<(), RedisError> {
        let topics: HashSet<&Arc<str>> = asks
            .iter()
            .filter_map(|ask| match ask {
                Ask::Look(topic, _) => Some(topic),
                Ask::Lost(_) => None,
            })
            .collect();
        let (wanted, unwanted): (Vec<_>, Vec<_>) =
            topics.into_iter().cloned().partition(|topic| self.shared.topics.has(topic));
        let new = wanted.into_iter().filter(|topic| !self.subscribed.contains(topic)).collect();
        self.subscribe(connection, new).await?;
        let old: Vec<_> = unwanted.into_iter().filter(|topic| self.subscribed.remove(topic)).collect();
        if !old.is_empty() {
            connection.unsubscribe(old.iter().map(AsRef::as_ref).collect::<Vec<&str>>()).await?;
        }
        Ok(())
    }
}
