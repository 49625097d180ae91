//! Notices when a peer owes something and nothing moves.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::end::Waiting;

/// A watch that starts anew whenever something else is waited for, or something has moved.
pub(super) struct Stall {
    limit: Duration,
    alarm: Pin<Box<Sleep>>,
    watched: Option<(Waiting, u64)>,
    since: Instant,
}

impl Stall {
    /// A watch with a limit; zero is none.
    pub(super) fn new(limit: Duration) -> Self {
        let now = Instant::now();
        Stall { limit, alarm: Box::pin(sleep_until(now)), watched: None, since: now }
    }

    /// The limit.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Nothing is owed.
    pub(super) fn rest(&mut self) {
        self.watched = None;
    }

    /// Ready when `waiting` has been waited for during the whole limit, and `moved` has stayed the same number.
    pub(super) fn poll(&mut self, context: &mut Context<'_>, waiting: Waiting, moved: u64) -> Poll<()> {
        if self.limit.is_zero() {
            return Poll::Pending;
        }
        let now = Instant::now();
        if self.watched != Some((waiting, moved)) {
            self.watched = Some((waiting, moved));
            self.since = now;
        }
        let Some(due) = self.since.checked_add(self.limit) else {
            return Poll::Pending;
        };
        // The clock is what counts: under a flood of messages the alarm may not get its turn.
        if now >= due {
            return Poll::Ready(());
        }
        // Set only when it has rung: setting it at every move would cost more.
        while self.alarm.as_mut().poll(context).is_ready() {
            self.alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}
