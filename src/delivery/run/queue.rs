//! Documents on their way to the workers: bounded, and never in the way of a stop.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, PoisonError};

/// A bounded queue that can be ended or closed while others wait at it.
pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    emptied: Condvar,
    capacity: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    ended: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        let state = State { waiting: VecDeque::new(), ended: false };
        Queue { state: Mutex::new(state), filled: Condvar::new(), emptied: Condvar::new(), capacity }
    }

    /// Waits for room; false when nothing is taken any more.
    pub(super) fn push(&self, item: T) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |state: &mut State<T>| !state.ended && state.waiting.len() >= self.capacity;
        let mut state = self.emptied.wait_while(state, full).unwrap_or_else(PoisonError::into_inner);
        if !state.ended {
            state.waiting.push_back(item);
            self.filled.notify_one();
        }
        !state.ended
    }

    /// Waits for the next; none when there are no more.
    pub(super) fn pop(&self) -> Option<T> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |state: &mut State<T>| !state.ended && state.waiting.is_empty();
        let mut state = self.filled.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
        let item = state.waiting.pop_front();
        self.emptied.notify_one();
        item
    }

    /// Says that no more come; what waits is still handed out.
    pub(super) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.wake();
    }

    /// Takes nothing and hands out nothing from now on.
    pub(super) fn close(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended = true;
        state.waiting.clear();
        drop(state);
        self.wake();
    }

    fn wake(&self) {
        self.filled.notify_all();
        self.emptied.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn what_was_put_in_comes_out_in_order_until_the_end() {
        let queue = Queue::new(2);
        let got = thread::scope(|scope| {
            scope.spawn(|| {
                (0..100).for_each(|n| assert!(queue.push(n)));
                queue.end();
            });
            std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>()
        });
        assert_eq!(got, (0..100).collect::<Vec<_>>());
        assert!(!queue.push(1));
    }

    #[test]
    fn closing_wakes_both_sides() {
        let (empty, full) = (Queue::<u8>::new(1), Queue::new(1));
        full.push(1);
        thread::scope(|scope| {
            let popping = scope.spawn(|| empty.pop());
            let pushing = scope.spawn(|| full.push(2));
            empty.close();
            full.close();
            assert_eq!(popping.join().unwrap(), None);
            assert!(!pushing.join().unwrap());
        });
        assert_eq!(full.pop(), None);
    }
}
