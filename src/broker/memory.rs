//! The broker of one process alone.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::topics::Topics;
use super::{Broker, BrokerError, Health, Subscriber, SubscriberId};

/// Carries publications within this process.
#[derive(Default)]
pub struct Memory {
    topics: Topics,
}

impl Broker for Memory {
    fn publish<'a>(&'a self, topic: &'a str, payload: Bytes) -> BoxFuture<'a, Result<(), BrokerError>> {
        Box::pin(async move {
            self.topics.deliver(topic, payload);
            Ok(())
        })
    }

    fn join<'a>(
        &'a self,
        topic: &'a str,
        id: SubscriberId,
        subscriber: &'a Arc<dyn Subscriber>,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.topics.join(topic, id, subscriber);
        })
    }

    fn leave(&self, topic: &str, id: SubscriberId) {
        self.topics.leave(topic, id);
    }

    fn health(&self) -> Health {
        Health { kind: "memory", ready: true, gaps: 0 }
    }
}
