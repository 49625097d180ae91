//! A protocol's broker, and what is to be told of it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Readiness, Stopping, Telling};
use crate::broker::{Broker, BrokerChoice, BrokerError, BrokerEvent, Memory, Redis};
use crate::finding::codes;

/// A broker, and the words about it that wait to be told.
pub struct Carrier {
    broker: Arc<dyn Broker>,
    words: UnboundedSender<String>,
    waiting: Mutex<Option<UnboundedReceiver<String>>>,
}

impl Carrier {
    /// The broker of this choice, under the name that words about it have. Wants a runtime with input, output and time.
    ///
    /// # Errors
    /// When Redis cannot be reached.
    pub async fn open(choice: &BrokerChoice, name: &str) -> Result<Self, BrokerError> {
        let (words, waiting) = unbounded_channel();
        let broker: Arc<dyn Broker> = match choice {
            BrokerChoice::Memory => Arc::new(Memory::default()),
            BrokerChoice::Redis(info) => {
                let (told, name) = (words.clone(), name.to_owned());
                // With nobody to tell, the server is about to end.
                let tell = Box::new(move |event| drop(told.send(describe(&name, &event))));
                let connected = Redis::connect(info.clone(), tell).await;
                Arc::new(connected.map_err(|error| BrokerError::of_connecting(&error))?)
            }
        };
        Ok(Carrier { broker, words, waiting: Mutex::new(Some(waiting)) })
    }

    /// The broker.
    pub fn broker(&self) -> &Arc<dyn Broker> {
        &self.broker
    }

    /// Has something told, in a sentence.
    pub(super) fn tell(&self, what: String) {
        // With nobody to tell, the server is about to end.
        let _ = self.words.send(what);
    }

    /// Tells what there is to tell until the server ends.
    pub(super) async fn tell_all(&self, telling: Telling, mut stopping: Stopping) {
        let Some(mut waiting) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        loop {
            tokio::select! {
                () = stopping.requested() => return,
                what = waiting.recv() => match what {
                    Some(what) => telling.trouble(what).await,
                    None => return,
                },
            }
        }
    }

    /// Whether the broker carries publications.
    pub(super) fn readiness(&self) -> Readiness {
        let health = self.broker.health();
        let mut details = serde_json::Map::new();
        details.insert("broker".to_owned(), health.kind.into());
        details.insert("gaps".to_owned(), health.gaps.into());
        Readiness { ready: health.ready, details }
    }
}

fn describe(name: &str, event: &BrokerEvent) -> String {
    let code = codes::BROKER_AWAY.id;
    match event {
        BrokerEvent::Away { why } => {
            format!("the broker of {name} is away, and what other nodes publish is missed: {why} ({code})")
        }
        BrokerEvent::Back { away, gaps } => format!(
            "the broker of {name} is back after {:.1} s, gap {gaps}; everything that is joined is subscribed to again",
            away.as_secs_f64()
        ),
    }
}
