//! When the next delivery is due: the closed and the open model, for one thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::plan::{Model, Pace, Stop, share};

/// The runtime's timers wake up to two milliseconds late; nearer than that, the event loop is turned until the time has
/// come. It costs the core, and keeps the engine's own lateness out of the latencies.
const TIMER_IS_TOO_COARSE: Duration = Duration::from_millis(2);

/// The deliveries of one thread, one due time after another.
#[derive(Debug)]
pub(super) enum Arrivals {
    /// Due whenever a connection asks.
    Closed {
        /// How many of those that are counted are left.
        left: AtomicU64,
        /// Before this, none is counted.
        measured_from: Instant,
        /// After this, none.
        until: Option<Instant>,
    },
    /// Due at fixed times.
    Open {
        /// The times.
        schedule: Schedule,
        /// One permit for each that is due and that no connection has taken. Connections wait in line.
        due: Semaphore,
        /// How many were taken.
        taken: AtomicU64,
    },
}

/// Fixed times: `total` of them, one `step` apart, the first at `first`.
#[derive(Debug)]
pub(super) struct Schedule {
    first: Instant,
    /// Seconds.
    step: f64,
    total: u64,
    /// How many of them, the first ones, warm up.
    warming: u64,
    /// When there are as many as come in a time: its end.
    until: Option<Instant>,
}

/// A delivery that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// Since when.
    pub(super) at: Instant,
    /// Whether it is counted: not while the receiver warms up.
    pub(super) is_counted: bool,
}

/// What there is without waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A delivery.
    Due(Due),
    /// Nothing is due now.
    NotYet,
    /// No further delivery will be due.
    Over,
}

impl Arrivals {
    /// The share of the thread `index` in a run that starts at `start`.
    pub(super) fn new(pace: &Pace, index: usize, start: Instant) -> Self {
        match pace.model {
            Model::Closed => {
                let measured_from = start + pace.warm_up;
                let (left, until) = match pace.stop {
                    Stop::After(time) => (u64::MAX, Some(measured_from + time)),
                    Stop::Count(count) => (share(count, pace.threads, index), None),
                };
                Arrivals::Closed { left: AtomicU64::new(left), measured_from, until }
            }
            Model::Open { rate } => {
                let schedule = Schedule::new(pace, rate, index, start);
                Arrivals::Open { schedule, due: Semaphore::new(0), taken: AtomicU64::new(0) }
            }
        }
    }

    /// Waits for the next delivery; none when the run is over.
    pub(super) async fn next(&self) -> Option<Due> {
        match self.try_next() {
            Next::Due(due) => return Some(due),
            Next::Over => return None,
            Next::NotYet => {}
        }
        let Arrivals::Open { due, .. } = self else { return None };
        due.acquire().await.ok()?.forget();
        self.take()
    }

    /// The next delivery, if one is due.
    pub(super) fn try_next(&self) -> Next {
        match self {
            Arrivals::Closed { left, measured_from, until } => {
                let now = Instant::now();
                if until.is_some_and(|until| now >= until) {
                    return Next::Over;
                }
                if now < *measured_from {
                    return Next::Due(Due { at: now, is_counted: false });
                }
                let taken =
                    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                if taken.is_ok() { Next::Due(Due { at: now, is_counted: true }) } else { Next::Over }
            }
            Arrivals::Open { schedule, due, taken } => {
                if taken.load(Ordering::Relaxed) >= schedule.total {
                    return Next::Over;
                }
                let Ok(permit) = due.try_acquire() else { return Next::NotYet };
                permit.forget();
                self.take().map_or(Next::Over, Next::Due)
            }
        }
    }

    /// Takes one for which the caller holds a permit; the last one sends all who still wait home.
    fn take(&self) -> Option<Due> {
        let Arrivals::Open { schedule, due, taken } = self else { return None };
        let number = taken.fetch_add(1, Ordering::Relaxed);
        if number + 1 == schedule.total {
            due.close();
        }
        Some(schedule.due(number))
    }

    /// Makes deliveries due as their time comes; ends after the last one, at once in the closed model.
    pub(super) async fn pace(&self) {
        let Arrivals::Open { schedule, due, .. } = self else { return };
        if schedule.total == 0 {
            due.close();
        }
        let mut given = 0;
        while given < schedule.total {
            wait_until(schedule.at(given)).await;
            let now = Instant::now();
            let mut batch = 1;
            while given + batch < schedule.total && schedule.at(given + batch) <= now {
                batch += 1;
            }
            due.add_permits(batch as usize);
            given += batch;
        }
    }

    /// When those were due that count, and that no connection took before the run ended.
    pub(super) fn rest(&self) -> impl Iterator<Item = Instant> {
        let open = match self {
            Arrivals::Open { schedule, taken, .. } => Some((schedule, taken.load(Ordering::Relaxed))),
            Arrivals::Closed { .. } => None,
        };
        open.into_iter().flat_map(|(schedule, taken)| {
            (taken.max(schedule.warming)..schedule.total).map(|number| schedule.at(number))
        })
    }

    /// Until when deliveries are sent, however few connections are free for them; none when that is a matter of their number.
    pub(super) fn sent_until(&self) -> Option<Instant> {
        match self {
            Arrivals::Closed { until, .. } => *until,
            Arrivals::Open { schedule, .. } => {
                Some(schedule.until.unwrap_or_else(|| schedule.at(schedule.total.saturating_sub(1))))
            }
        }
    }

    /// When the last delivery may start; none when that is a matter of their number.
    pub(super) fn end(&self) -> Option<Instant> {
        match self {
            Arrivals::Closed { until, .. } => *until,
            Arrivals::Open { schedule, .. } => Some(schedule.at(schedule.total)),
        }
    }
}

impl Schedule {
    /// The threads' arrivals interleave: of all arrivals, every so many-th is this thread's.
    fn new(pace: &Pace, rate: f64, index: usize, start: Instant) -> Self {
        let arrivals_in = |time: Duration| (rate * time.as_secs_f64()).ceil() as u64;
        let warming = arrivals_in(pace.warm_up);
        let (counted, until) = match pace.stop {
            Stop::After(time) => (arrivals_in(time), Some(start + pace.warm_up + time)),
            Stop::Count(count) => (count, None),
        };
        Schedule {
            first: start + Duration::from_secs_f64(index as f64 / rate),
            step: pace.threads as f64 / rate,
            total: share(warming.saturating_add(counted), pace.threads, index),
            warming: share(warming, pace.threads, index),
            until,
        }
    }

    fn at(&self, number: u64) -> Instant {
        self.first + Duration::from_secs_f64(self.step * number as f64)
    }

    fn due(&self, number: u64) -> Due {
        Due { at: self.at(number), is_counted: number >= self.warming }
    }
}

async fn wait_until(at: Instant) {
    loop {
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        if left > TIMER_IS_TOO_COARSE {
            tokio::time::sleep(left - TIMER_IS_TOO_COARSE).await;
        } else {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::plan::Plan;
    use crate::bench::tests::plan;

    fn open(stop: Stop, warm_up: Duration, threads: usize) -> Plan {
        Plan { model: Model::Open { rate: 10.0 }, stop, warm_up, threads, ..plan() }
    }

    /// The times since the start, in milliseconds, and whether they count, of all threads in their order.
    fn times(plan: &Plan) -> Vec<(u128, bool)> {
        let start = Instant::now();
        let schedules = (0..plan.threads).map(|index| Schedule::new(&plan.pace(), 10.0, index, start));
        let mut times: Vec<_> = schedules
            .flat_map(|schedule| {
                let dues: Vec<_> = (0..schedule.total).map(|number| schedule.due(number)).collect();
                dues.into_iter().map(|due| ((due.at - start).as_micros().div_ceil(1000), due.is_counted))
            })
            .collect();
        times.sort_unstable();
        times
    }

    #[test]
    fn arrivals_are_evenly_spaced_whatever_the_number_of_threads() {
        let expected: Vec<_> = (0..7).map(|number| (number * 100, true)).collect();
        for threads in [1, 2, 3, 7] {
            assert_eq!(times(&open(Stop::Count(7), Duration::ZERO, threads)), expected, "{threads}");
        }
        assert_eq!(times(&open(Stop::After(Duration::from_millis(650)), Duration::ZERO, 2)), expected);
    }

    #[test]
    fn what_warms_up_is_sent_in_addition_and_not_counted() {
        let expected: Vec<_> = (0..7).map(|number| (number * 100, number >= 3)).collect();
        for threads in [1, 2, 3] {
            let warm_up = Duration::from_millis(300);
            assert_eq!(times(&open(Stop::Count(4), warm_up, threads)), expected, "{threads}");
        }
    }
}
