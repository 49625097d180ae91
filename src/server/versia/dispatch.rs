//! What goes out: a queue for each instance that it is for, in its order, with pauses and further attempts.
//!
//! One attempt at a time is made to an instance, so that a slow or dead one holds up its own deliveries only. Everything is
//! bounded: what has no room is told of and not kept.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::time::{sleep, timeout};

use crate::finding::codes;
use crate::protocol::record::Record;
use crate::protocol::versia::Checked;
use crate::server::courier::{Attempted, Courier, Next, Parcel, Payload};
use crate::server::event::{Delivery, Event, Happened};
use crate::server::hub::{Stopping, Telling};

/// How many deliveries may wait, in all and for one instance.
const MAX_WAITING: (usize, usize) = (10_000, 1_000);

/// How many of them may be answers to others, so that nobody fills the place of what is posted here.
const MAX_ANSWERS: usize = MAX_WAITING.0 / 2;

/// How many attempts are under way at the same time.
const ATTEMPTS: usize = 64;

/// How long attempts that are under way at the end may take to end.
const GRACE: Duration = Duration::from_secs(3);

/// How many of what was not delivered are named at the end, for one instance.
const NAMED: usize = 5;

/// Delivers, through a courier.
pub(super) struct Dispatch {
    courier: Arc<dyn Courier>,
    telling: Telling,
    stopping: Stopping,
    queues: Mutex<HashMap<String, VecDeque<Payload>>>,
    attempts: Semaphore,
    emptied: Notify,
}

/// Why something is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It was posted here.
    Posted,
    /// Something came that it answers.
    Came,
}

/// There is no room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Dispatch {
    /// Nothing waits yet.
    pub(super) fn new(courier: Arc<dyn Courier>, telling: Telling, stopping: Stopping) -> Self {
        Dispatch {
            courier,
            telling,
            stopping,
            queues: Mutex::default(),
            attempts: Semaphore::new(ATTEMPTS),
            emptied: Notify::new(),
        }
    }

    /// How many deliveries are under way or wait.
    pub(super) fn waiting(&self) -> usize {
        self.queues().values().map(VecDeque::len).sum()
    }

    /// Queues a delivery. Wants a runtime.
    pub(super) fn send(self: &Arc<Self>, domain: &str, payload: Payload, cause: Cause) -> Result<(), Full> {
        let domain = domain.to_ascii_lowercase();
        let mut queues = self.queues();
        if !has_room(&queues, &domain, cause) {
            return Err(Full);
        }
        let is_new = !queues.contains_key(&domain);
        queues.entry(domain.clone()).or_default().push_back(payload);
        drop(queues);
        if is_new {
            tokio::spawn(Arc::clone(self).work(domain));
        }
        Ok(())
    }

    /// Makes one GET, and tells of it.
    pub(super) async fn get(
        &self,
        domain: &str,
        target: &str,
    ) -> (Result<(u16, bytes::Bytes), String>, Vec<Checked>) {
        // The semaphore is never closed.
        let place = self.attempts.acquire().await;
        let got = self.courier.get(domain.to_owned(), target.to_owned()).await;
        drop(place);
        self.tell(got.record, got.checked.clone(), None).await;
        (got.answer, got.checked)
    }

    /// Waits for what is under way when the server ends, and tells of what was not delivered.
    pub(super) async fn end(&self) {
        let _ = timeout(GRACE, async {
            loop {
                let emptied = self.emptied.notified();
                if self.queues().is_empty() {
                    return;
                }
                emptied.await;
            }
        })
        .await;
        let left: Vec<_> = self.queues().drain().collect();
        for (domain, payloads) in left {
            self.tell_of_rest(&domain, &payloads).await;
        }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Payload>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Delivers what waits for one instance, until nothing does.
    async fn work(self: Arc<Self>, domain: String) {
        let mut stopping = self.stopping.clone();
        while let Some(payload) = self.first(&domain) {
            let ended = self.deliver(&domain, payload).await;
            let pause = match ended {
                Ended::Settled(pause) => pause,
                Ended::Stopped => break,
            };
            if let Some(queue) = self.queues().get_mut(&domain) {
                queue.pop_front();
            }
            if let Some(pause) = pause {
                tokio::select! {
                    () = sleep(pause) => {}
                    () = stopping.requested() => break,
                }
            }
        }
        // The queue stays until all is told: the end waits for it.
        let rest = self.queues().get_mut(&domain).map(std::mem::take).unwrap_or_default();
        self.tell_of_rest(&domain, &rest).await;
        self.queues().remove(&domain);
        self.emptied.notify_one();
    }

    /// What is to be delivered next. An instance for which nothing waits has no queue, and so nobody who works for it.
    fn first(&self, domain: &str) -> Option<Payload> {
        let mut queues = self.queues();
        let first = queues.get(domain).and_then(|queue| queue.front().cloned());
        if first.is_none() {
            queues.remove(domain);
            self.emptied.notify_one();
        }
        first
    }

    /// Makes attempts until one settles it.
    async fn deliver(&self, domain: &str, payload: Payload) -> Ended {
        let mut stopping = self.stopping.clone();
        let mut parcel = Parcel { domain: domain.to_owned(), payload, attempt: 1, attempt_of: None };
        loop {
            let Attempted { record, checked, next, pause } = {
                // The semaphore is never closed.
                let _place = self.attempts.acquire().await;
                self.courier.deliver(parcel.clone()).await
            };
            if parcel.attempt_of.is_none() {
                parcel.attempt_of.clone_from(&record.id);
            }
            self.tell(record, checked, Some(&parcel.payload)).await;
            match next {
                Next::Delivered => return Ended::Settled(pause),
                Next::GivenUp(why) => {
                    let (what, code) = (parcel.payload.name(), codes::NOT_DELIVERED.id);
                    let attempts = attempts(parcel.attempt);
                    let what =
                        format!("{what} was not delivered to {domain} after {attempts}: {why} ({code})");
                    self.telling.trouble(what).await;
                    return Ended::Settled(pause);
                }
                Next::Again(wait, _) => {
                    tokio::select! {
                        () = sleep(wait) => {}
                        () = stopping.requested() => return Ended::Stopped,
                    }
                    parcel.attempt += 1;
                }
            }
        }
    }

    async fn tell(&self, record: Record, checked: Vec<Checked>, payload: Option<&Payload>) {
        let delivery = payload.map(|payload| match payload {
            Payload::Entity { kind, author, .. } => {
                Delivery { kind: Some(kind.clone()), author: author.clone(), ..Delivery::default() }
            }
            Payload::Message { text, .. } => Delivery { text: Some(text.clone()), ..Delivery::default() },
        });
        self.telling.tell(Event::Exchange(Box::new(Happened { record, checked, delivery }))).await;
    }

    async fn tell_of_rest(&self, domain: &str, rest: &VecDeque<Payload>) {
        if rest.is_empty() {
            return;
        }
        let mut named: Vec<_> = rest.iter().take(NAMED).map(Payload::name).collect();
        if rest.len() > NAMED {
            named.push("…");
        }
        let (count, code) = (rest.len(), codes::NOT_DELIVERED.id);
        let what = if count == 1 { "1 delivery".to_owned() } else { format!("{count} deliveries") };
        let named = named.join(", ");
        self.telling.trouble(format!("{what} to {domain} not made before the end: {named} ({code})")).await;
    }
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dispatch").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}

/// Whether one more may wait for an instance.
fn has_room(queues: &HashMap<String, VecDeque<Payload>>, domain: &str, cause: Cause) -> bool {
    let most = match cause {
        Cause::Posted => MAX_WAITING.0,
        Cause::Came => MAX_ANSWERS,
    };
    queues.get(domain).is_none_or(|queue| queue.len() < MAX_WAITING.1)
        && queues.values().map(VecDeque::len).sum::<usize>() < most
}

/// How a delivery ended: settled, with a pause before the next to the same instance; or broken off.
enum Ended {
    Settled(Option<Duration>),
    Stopped,
}

fn attempts(count: u32) -> String {
    if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_others_leave_room_for_what_is_posted() {
        let payload = Payload::Message { target: "/".to_owned(), text: String::new() };
        let mut queues: HashMap<_, VecDeque<_>> = HashMap::new();
        let fill = |queues: &mut HashMap<String, VecDeque<_>>, cause| {
            for number in 0..2 * MAX_WAITING.0 {
                let domain = format!("d{}.example", number % 100);
                if has_room(queues, &domain, cause) {
                    queues.entry(domain).or_default().push_back(payload.clone());
                }
            }
            queues.values().map(VecDeque::len).sum::<usize>()
        };
        assert_eq!(fill(&mut queues, Cause::Came), MAX_ANSWERS);
        assert!(has_room(&queues, "a.example", Cause::Posted));
        assert_eq!(fill(&mut queues, Cause::Posted), MAX_WAITING.0);
    }
}
