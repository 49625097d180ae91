//! What one subscriber joined at one broker; left all at once when it goes.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Broker, Subscriber, SubscriberId};

/// How many topics one subscriber may have joined at the same time.
pub const MAX_TOPICS: usize = 10_000;

static NEXT: AtomicU64 = AtomicU64::new(0);

impl SubscriberId {
    /// One that nobody has.
    #[expect(clippy::new_without_default, reason = "each is another one")]
    pub fn new() -> Self {
        SubscriberId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The topics that a subscriber joined. They are left when this is dropped.
pub struct Memberships {
    broker: Arc<dyn Broker>,
    id: SubscriberId,
    subscriber: Arc<dyn Subscriber>,
    topics: BTreeSet<Box<str>>,
}

/// No more topics can be joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyTopics;

impl fmt::Display for TooManyTopics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one session may join {MAX_TOPICS} topics, and no more")
    }
}

impl std::error::Error for TooManyTopics {}

impl Memberships {
    /// None yet.
    pub fn new(broker: Arc<dyn Broker>, subscriber: Arc<dyn Subscriber>) -> Self {
        Memberships { broker, id: SubscriberId::new(), subscriber, topics: BTreeSet::new() }
    }

    /// Whether so many more topics may be joined.
    pub fn have_room_for(&self, more: usize) -> bool {
        self.topics.len() + more <= MAX_TOPICS
    }

    /// Joins a topic; joining again changes nothing.
    ///
    /// # Errors
    /// When there are [`MAX_TOPICS`] already.
    pub async fn join(&mut self, topic: &str) -> Result<(), TooManyTopics> {
        if self.topics.contains(topic) {
            return Ok(());
        }
        if self.topics.len() >= MAX_TOPICS {
            return Err(TooManyTopics);
        }
        // Before it is joined: whatever becomes of this future, it is left in the end.
        self.topics.insert(topic.into());
        self.broker.join(topic, self.id, &self.subscriber).await;
        Ok(())
    }

    /// Leaves a topic; says whether it had been joined.
    pub fn leave(&mut self, topic: &str) -> bool {
        let joined = self.topics.remove(topic);
        if joined {
            self.broker.leave(topic, self.id);
        }
        joined
    }
}

impl Drop for Memberships {
    fn drop(&mut self) {
        for topic in &self.topics {
            self.broker.leave(topic, self.id);
        }
    }
}
