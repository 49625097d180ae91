//! The chat on the server's side: requests are done on the store and answered, and users are told of what happens at least
//! once, in its order, until they acknowledge it.
//!
//! Everything that a session asks goes through the store's one queue, and what follows is sent on the store's thread after
//! it is on the disk: a response before the events that it causes, and events in the order of their numbers.

mod member;
mod people;
mod person;
mod users;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::sleep;

use self::member::ChatMember;
use self::people::{People, ToLoad};
pub use self::users::{TokensError, Users};
use crate::finding::codes;
use crate::protocol::Ambient;
use crate::protocol::record::Protocol;
use crate::server::app::{Answer, Received};
use crate::server::hub::{Accepted, HubProtocol, Readiness, Stopping, Telling};
use crate::store::chat::{Filed, unacknowledged};
use crate::store::{Store, WorkError};

/// What a chat is set up with.
pub struct ChatConfig {
    /// Where it is kept.
    pub store: Arc<Store>,
    /// Who may come.
    pub users: Users,
    /// After which time an event that was not acknowledged is sent again.
    pub redeliver_after: Duration,
    /// How long a client may say nothing.
    pub silence: Duration,
    /// The clock and the randomness.
    pub ambient: Ambient,
}

/// The chat.
pub struct Chat {
    config: ChatConfig,
    people: Mutex<People>,
    next_connection: AtomicU64,
    /// What failed, to be told.
    failures: UnboundedSender<WorkError>,
    failed: Mutex<Option<UnboundedReceiver<WorkError>>>,
    last_failure: Mutex<Option<WorkError>>,
}

impl Chat {
    /// A chat.
    pub fn new(config: ChatConfig) -> Self {
        let (failures, failed) = unbounded_channel();
        Chat {
            people: Mutex::new(People::new(config.redeliver_after)),
            config,
            next_connection: AtomicU64::new(1),
            failures,
            failed: Mutex::new(Some(failed)),
            last_failure: Mutex::new(None),
        }
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        (self.config.ambient.now_millis)()
    }

    /// Sends events that are on the disk, and reads on for those who have room for more.
    fn deliver(self: &Arc<Self>, events: Vec<Filed>) {
        let to_load: Vec<ToLoad> = {
            let mut people = self.people();
            let users: Vec<String> = events.iter().map(|filed| filed.user.clone()).collect();
            people.deliver(events);
            users.iter().filter_map(|user| people.begin_loading(user)).collect()
        };
        to_load.into_iter().for_each(|load| self.load(load));
    }

    /// Reads events for a user who has room for more, where some wait in the store.
    fn load_more(self: &Arc<Self>, user: &str) {
        let to_load = self.people().begin_loading(user);
        if let Some(load) = to_load {
            self.load(load);
        }
    }

    fn load(self: &Arc<Self>, load: ToLoad) {
        let (user, behind) = (load.user.clone(), load.behind);
        let chat = Arc::clone(self);
        self.config.store.submit(
            move |database| unacknowledged(database, &user, behind, person::WINDOW),
            move |read| match read {
                Ok(events) => {
                    let all = events.len() < person::WINDOW;
                    chat.people().loaded(&load, events, all);
                    chat.load_more(&load.user);
                }
                // It is tried again with the next look at what is due.
                Err(error) => {
                    chat.people().loaded(&load, Vec::new(), false);
                    chat.fail(error);
                }
            },
        );
    }

    /// Notes how work on the store ended, and has a failure told.
    fn fail(&self, error: WorkError) {
        let mut last = self.last_failure.lock().unwrap_or_else(PoisonError::into_inner);
        if error != WorkError::Closed && last.as_ref() != Some(&error) {
            *last = Some(error.clone());
            // With nobody to tell, the server is about to end.
            let _ = self.failures.send(error);
        }
    }

    fn succeed(&self) {
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl HubProtocol for Chat {
    fn protocol(&self) -> Protocol {
        Protocol::Chat
    }

    fn connect(self: Arc<Self>, received: &Received) -> BoxFuture<'static, Result<Accepted, Answer>> {
        let user = self.config.users.identify(received);
        Box::pin(async move {
            let number = self.next_connection.fetch_add(1, Ordering::Relaxed);
            Ok(Accepted::new(ChatMember::new(self, user?, number)))
        })
    }

    fn readiness(&self) -> Vec<(String, Readiness)> {
        let ready = self.last_failure.lock().unwrap_or_else(PoisonError::into_inner).is_none();
        let mut details = serde_json::Map::new();
        details.insert("online".to_owned(), self.people().count().into());
        vec![("chat".to_owned(), Readiness { ready, details })]
    }

    fn background(
        self: Arc<Self>,
        telling: Telling,
        mut stopping: Stopping,
    ) -> Option<BoxFuture<'static, ()>> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // Often enough that an event is late by a quarter of the time at most.
        let pause =
            (self.config.redeliver_after / 4).clamp(Duration::from_millis(10), Duration::from_secs(1));
        Some(Box::pin(async move {
            loop {
                tokio::select! {
                    () = stopping.requested() => return,
                    () = sleep(pause) => {
                        let to_load = self.people().redeliver(Instant::now());
                        to_load.into_iter().for_each(|load| self.load(load));
                    }
                    Some(error) = failed.recv() => {
                        telling.trouble(format!("{error} ({})", codes::STORE_FAILS.id)).await;
                    }
                }
            }
        }))
    }
}
