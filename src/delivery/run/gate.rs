//! Where the workers wait for their turn: the pace, shared, and open to a stop at any time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::delivery::pace::{Pace, Pause, Turn};
use crate::protocol::Advice;

/// What a worker is told at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Send.
    Go,
    /// Nothing new is sent any more.
    Stopped,
    /// The server asks for a longer pause than is waited for.
    TooLong(Pause),
}

/// The pace as all workers share it.
pub(super) struct Gate {
    /// Held by the one worker that waits for the next turn; the others queue behind it, and are not woken with it.
    front: Mutex<()>,
    state: Mutex<State>,
    answered: Condvar,
    stopped: Condvar,
}

struct State {
    pace: Pace,
    stopped: bool,
}

impl Gate {
    pub(super) fn new(pace: Pace) -> Self {
        Gate {
            front: Mutex::new(()),
            state: Mutex::new(State { pace, stopped: false }),
            answered: Condvar::new(),
            stopped: Condvar::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn; `tell` is called with each pause that nobody was told of yet.
    pub(super) fn pass(&self, mut tell: impl FnMut(Pause)) -> Pass {
        let _front = self.front.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        loop {
            if state.stopped {
                return Pass::Stopped;
            }
            let now = Instant::now();
            match state.pace.turn(now) {
                Turn::Go => return Pass::Go,
                Turn::TooLong(pause) => return Pass::TooLong(pause),
                Turn::Wait { until, news: None } => {
                    let waited = self.answered.wait_timeout(state, until.saturating_duration_since(now));
                    state = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                Turn::Wait { news: Some(pause), .. } => {
                    drop(state);
                    tell(pause);
                    state = self.state();
                }
            }
        }
    }

    /// Takes note that an exchange is over, and of what its answer asks for.
    pub(super) fn answered(&self, advice: &Advice) {
        self.state().pace.answered(advice, Instant::now());
        self.answered.notify_all();
    }

    /// Waits before a retry; false when nothing new is sent any more.
    pub(super) fn rest(&self, wait: Duration) -> bool {
        let running = |state: &mut State| !state.stopped;
        let rested = self.stopped.wait_timeout_while(self.state(), wait, running);
        !rested.unwrap_or_else(PoisonError::into_inner).0.stopped
    }

    /// Lets nobody pass any more, and wakes all who wait.
    pub(super) fn stop(&self) {
        self.state().stopped = true;
        self.answered.notify_all();
        self.stopped.notify_all();
    }
}
