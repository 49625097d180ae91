//! Who joined what on this node, and handing a publication to all of them.

use std::collections::hash_map::{DefaultHasher, Entry};
use std::collections::{BTreeMap, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{Publication, Subscriber, SubscriberId};

/// How many topics can be worked on at the same time.
const SHARDS: usize = 32;

/// The subscribers of a topic, in the order in which they came.
type Members = BTreeMap<SubscriberId, Arc<dyn Subscriber>>;

/// The topics that somebody joined.
#[derive(Default)]
pub(super) struct Topics {
    shards: [Mutex<HashMap<Arc<str>, Members>>; SHARDS],
}

impl Topics {
    /// Adds a subscriber to a topic; says whether it is the first one.
    pub(super) fn join(&self, topic: &str, id: SubscriberId, subscriber: &Arc<dyn Subscriber>) -> bool {
        let mut shard = self.shard(topic);
        match shard.get_mut(topic) {
            Some(members) => {
                members.insert(id, Arc::clone(subscriber));
                false
            }
            None => {
                shard.insert(topic.into(), Members::from([(id, Arc::clone(subscriber))]));
                true
            }
        }
    }

    /// Takes a subscriber from a topic; says whether it was the last one.
    pub(super) fn leave(&self, topic: &str, id: SubscriberId) -> bool {
        let mut shard = self.shard(topic);
        let Entry::Occupied(mut members) = shard.entry(topic.into()) else { return false };
        members.get_mut().remove(&id);
        let last = members.get().is_empty();
        if last {
            members.remove();
        }
        last
    }

    /// Hands a payload to everybody who joined the topic. The topic is locked meanwhile, so that all get what is published
    /// in one order.
    pub(super) fn deliver(&self, topic: &str, payload: Bytes) {
        let shard = self.shard(topic);
        let Some((topic, members)) = shard.get_key_value(topic) else { return };
        let publication = Publication::new(Arc::clone(topic), payload);
        for subscriber in members.values() {
            subscriber.deliver(&publication);
        }
    }

    /// Whether somebody joined a topic.
    pub(super) fn has(&self, topic: &str) -> bool {
        self.shard(topic).contains_key(topic)
    }

    /// Every topic.
    pub(super) fn all(&self) -> Vec<Arc<str>> {
        self.shards.iter().flat_map(|shard| lock(shard).keys().cloned().collect::<Vec<_>>()).collect()
    }

    fn shard(&self, topic: &str) -> MutexGuard<'_, HashMap<Arc<str>, Members>> {
        let mut hasher = DefaultHasher::new();
        topic.hash(&mut hasher);
        lock(&self.shards[hasher.finish() as usize % SHARDS])
    }
}

fn lock(shard: &Mutex<HashMap<Arc<str>, Members>>) -> MutexGuard<'_, HashMap<Arc<str>, Members>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
