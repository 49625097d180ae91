//! The time-out of deliveries on one connection, one timer for all of them.
//!
//! Setting a timer anew for each delivery would cost more than the delivery's own bookkeeping: this one is moved only when
//! it goes off too early.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::time::{Sleep, sleep_until};

/// A timer that tells when a delivery has taken too long.
#[derive(Debug)]
pub(super) struct Alarm {
    timeout: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    /// One for deliveries that may take so long; zero is no limit.
    pub(super) fn new(timeout: Duration) -> Self {
        Alarm { timeout, sleep: None }
    }

    /// Ready when a delivery that was begun at `begun` has taken too long. Later calls have later beginnings.
    pub(super) fn poll(&mut self, begun: Instant, context: &mut Context<'_>) -> Poll<()> {
        if self.timeout.is_zero() {
            return Poll::Pending;
        }
        let due = begun + self.timeout;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep_until(due.into())));
        loop {
            ready!(sleep.as_mut().poll(context));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(due.into());
        }
    }
}
