//! Parts worked on by several threads, with the results in the order of the parts.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

/// How many parts may wait before each worker, and how many results behind it.
const WAITING: usize = 2;

/// The results of work, in the order of the parts that they are of.
#[derive(Debug)]
pub struct Ordered<R> {
    workers: Vec<Worker<R>>,
    turn: usize,
}

#[derive(Debug)]
struct Worker<R> {
    results: Receiver<R>,
    thread: Option<JoinHandle<()>>,
}

impl<R: Send + 'static> Ordered<R> {
    /// Starts `threads` workers on parts that come one after the other.
    ///
    /// When this is dropped, the workers leave as soon as they can; nobody waits for parts that do not come.
    pub fn start<P: Send + 'static>(
        parts: impl Iterator<Item = P> + Send + 'static,
        threads: NonZeroUsize,
        work: impl Fn(P) -> R + Send + Sync + 'static,
    ) -> Self {
        let work = Arc::new(work);
        let worker = || {
            let work = Arc::clone(&work);
            move |parts: &mut Vec<P>| parts.drain(..).map(&*work).collect()
        };
        Ordered::start_groups(parts, threads, NonZeroUsize::MIN, worker)
    }

    /// The same with parts worked on together: as many as wait for a worker, and `group` at most. Nobody waits for a
    /// group to be full. Each worker has a state of its own, and gives a result for each part.
    pub fn start_groups<P: Send + 'static, W>(
        parts: impl Iterator<Item = P> + Send + 'static,
        threads: NonZeroUsize,
        group: NonZeroUsize,
        worker: impl Fn() -> W,
    ) -> Self
    where
        W: FnMut(&mut Vec<P>) -> Vec<R> + Send + 'static,
    {
        let waiting = WAITING.max(group.get());
        let mut inlets = Vec::with_capacity(threads.get());
        let mut workers = Vec::with_capacity(threads.get());
        for _ in 0..threads.get() {
            let (inlet, parts) = sync_channel(waiting);
            let (outlet, results) = sync_channel(waiting);
            let work = worker();
            // Not scoped: when the results are not wanted any more, nobody must wait for a reader that waits for input.
            let thread = thread::spawn(move || run_worker(&parts, &outlet, group, work));
            inlets.push(inlet);
            workers.push(Worker { results, thread: Some(thread) });
        }
        thread::spawn(move || hand_out(parts, &inlets));
        Ordered { workers, turn: 0 }
    }

    /// The next result, when it is there already; `None` when it has to be waited for, or there is none.
    pub fn next_if_ready(&mut self) -> Option<R> {
        match self.workers[self.turn].results.try_recv() {
            Ok(result) => {
                self.turn = (self.turn + 1) % self.workers.len();
                Some(result)
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => None,
        }
    }
}

impl<R: Send + 'static> Iterator for Ordered<R> {
    type Item = R;

    /// Waits for the next result.
    ///
    /// # Panics
    /// When the work panicked: the panic goes on in the caller.
    fn next(&mut self) -> Option<R> {
        let worker = &mut self.workers[self.turn];
        match worker.results.recv() {
            Ok(result) => {
                self.turn = (self.turn + 1) % self.workers.len();
                Some(result)
            }
            // Without a panic, its turn is the one after the last part.
            Err(_) => match worker.thread.take().map(JoinHandle::join) {
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                _ => None,
            },
        }
    }
}

fn hand_out<P>(parts: impl Iterator<Item = P>, inlets: &[SyncSender<P>]) {
    for (part, inlet) in parts.zip(inlets.iter().cycle()) {
        if inlet.send(part).is_err() {
            return;
        }
    }
}

fn run_worker<P, R>(
    parts: &Receiver<P>,
    results: &SyncSender<R>,
    group: NonZeroUsize,
    mut work: impl FnMut(&mut Vec<P>) -> Vec<R>,
) {
    let mut together = Vec::with_capacity(group.get());
    for part in parts {
        together.push(part);
        together.extend(parts.try_iter().take(group.get() - 1));
        for result in work(&mut together) {
            if results.send(result).is_err() {
                return;
            }
        }
        together.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(count: u64, threads: usize) -> Vec<u64> {
        Ordered::start(0..count, NonZeroUsize::new(threads).unwrap(), |part| part * 2).collect()
    }

    #[test]
    fn results_come_in_the_order_of_the_parts() {
        for threads in [1, 2, 7] {
            for count in [0, 1, 2, 6, 7, 8, 1_000] {
                assert_eq!(doubled(count, threads), (0..count).map(|part| part * 2).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn groups_have_a_bound_and_keep_the_order() {
        for (threads, group) in [(1, 1), (1, 3), (2, 3), (3, 64)] {
            let (threads, group) = (NonZeroUsize::new(threads).unwrap(), NonZeroUsize::new(group).unwrap());
            let worker = || {
                let mut calls = 0;
                move |parts: &mut Vec<u64>| {
                    calls += 1;
                    assert!((1..=group.get()).contains(&parts.len()));
                    parts.iter().map(|part| (*part, calls)).collect()
                }
            };
            let results: Vec<_> = Ordered::start_groups(0..500, threads, group, worker).collect();
            assert!(results.iter().map(|(part, _)| *part).eq(0..500));
            assert_eq!(results[0].1, 1);
        }
    }

    #[test]
    fn nobody_waits_for_a_group_to_be_full() {
        let (sender, parts) = sync_channel(1);
        let worker = || |parts: &mut Vec<u8>| std::mem::take(parts);
        let group = NonZeroUsize::new(8).unwrap();
        let mut results = Ordered::start_groups(parts.into_iter(), NonZeroUsize::MIN, group, worker);
        for part in 0..3 {
            sender.send(part).unwrap();
            assert_eq!(results.next(), Some(part));
        }
        drop(sender);
        assert_eq!(results.next(), None);
    }

    #[test]
    #[should_panic(expected = "on purpose")]
    fn a_panic_in_the_work_reaches_the_caller() {
        let work = |part| if part == 3 { panic!("on purpose") } else { part };
        Ordered::start(0..10, NonZeroUsize::new(2).unwrap(), work).for_each(drop);
    }

    #[test]
    fn a_result_that_is_not_there_is_not_waited_for() {
        let (sender, parts) = sync_channel(1);
        let mut results = Ordered::start(parts.into_iter(), NonZeroUsize::MIN, |part: u8| part);
        assert_eq!(results.next_if_ready(), None);
        sender.send(7).unwrap();
        assert_eq!(results.next(), Some(7));
        drop(sender);
        assert_eq!(results.next(), None);
        assert_eq!(results.next_if_ready(), None);
    }
}
