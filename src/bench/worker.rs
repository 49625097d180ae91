//! One thread of a run: its connections, its event loop, its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::arrivals::Arrivals;
use super::content::Requests;
use super::http;
use super::outcome::LoadError;
use super::plan::{Plan, Transport};
use super::tally::{SharedTally, Tally};
use super::watch::{LOOK, Watch};
use super::websocket::Session;

/// The common start of all threads: none sends before all have their connections, and none if one has not.
pub(super) struct Start {
    barrier: Barrier,
    failed: AtomicBool,
}

impl Start {
    /// The start of so many threads.
    pub(super) fn new(threads: usize) -> Self {
        Start { barrier: Barrier::new(threads), failed: AtomicBool::new(false) }
    }

    /// Waits for the other threads; says whether all of them are ready.
    fn wait(&self, is_ready: bool) -> bool {
        if !is_ready {
            self.failed.store(true, Ordering::SeqCst);
        }
        self.barrier.wait();
        !self.failed.load(Ordering::SeqCst)
    }
}

/// One connection of either road.
enum Lane {
    Http(Box<http::Connection>),
    WebSocket(Box<Session>),
}

/// Runs the thread `index` of a plan to its end.
///
/// # Errors
/// When its connections, or another thread's, could not be opened.
pub(super) fn run(plan: &Plan, index: usize, start: &Start, watch: &Watch) -> Result<Tally, LoadError> {
    let opened = open(plan, index, watch);
    let all_ready = start.wait(opened.is_ok());
    let (runtime, lanes) = opened?;
    if !all_ready {
        runtime.shutdown_background();
        return Err(LoadError::NotStarted);
    }
    let begin = Instant::now();
    let measured_from = begin + plan.warm_up;
    let tally = SharedTally::new(measured_from);
    watch.add(&tally);
    let arrivals = Arc::new(Arrivals::new(&plan.pace(), index, begin));
    let is_interrupted = runtime.block_on(drive(plan, lanes, &arrivals, &tally, watch));
    // A connection that is being opened again is waited for by nobody.
    runtime.shutdown_background();
    let (mut tally, ends) = tally.take();
    let ends = ends.sending_until(arrivals.sent_until(), Instant::now());
    if !is_interrupted {
        let now = Instant::now();
        // There may be very many.
        arrivals.rest().take_while(|_| !watch.is_over()).for_each(|due| tally.never_started(due, now));
    }
    let is_interrupted = is_interrupted || watch.is_over();
    tally.end(measured_from, ends, is_interrupted);
    Ok(tally)
}

fn open(plan: &Plan, index: usize, watch: &Watch) -> Result<(Runtime, Vec<Lane>), LoadError> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(LoadError::Runtime)?;
    let requests = Requests::new(plan, index)?;
    let lanes = runtime.block_on(watch.unless_over(async {
        let mut lanes = Vec::new();
        for _ in 0..plan.connections_of(index) {
            lanes.push(Lane::open(plan, requests.clone()).await?);
        }
        Ok(lanes)
    }));
    match lanes.unwrap_or(Err(LoadError::Interrupted)) {
        Ok(lanes) => Ok((runtime, lanes)),
        Err(error) => {
            runtime.shutdown_background();
            Err(error)
        }
    }
}

/// Lets the lanes work until all is done or the time is over; says whether the run was ended early.
async fn drive(
    plan: &Plan,
    lanes: Vec<Lane>,
    arrivals: &Arc<Arrivals>,
    tally: &SharedTally,
    watch: &Watch,
) -> bool {
    let mut tasks = JoinSet::new();
    for lane in lanes {
        let (arrivals, tally) = (Arc::clone(arrivals), tally.clone());
        tasks.spawn(async move { lane.drive(&arrivals, &tally).await });
    }
    until_done(&mut tasks, arrivals, plan.grace, &[tally], watch).await
}

/// Lets the tasks work, and the arrivals become due, until all is done or the time is over; says whether the run was
/// ended early. The first tally says when the last thing happened.
pub(super) async fn until_done(
    tasks: &mut JoinSet<()>,
    arrivals: &Arc<Arrivals>,
    grace: Duration,
    tallies: &[&SharedTally],
    watch: &Watch,
) -> bool {
    let pacer = Arc::clone(arrivals);
    tasks.spawn(async move { pacer.pace().await });
    loop {
        // A run of a fixed number has no end of its own: it is over when nothing happens any more.
        let end = arrivals.end().unwrap_or_else(|| tallies[0].last()) + grace;
        let now = Instant::now();
        if watch.is_over() {
            tallies.iter().for_each(|tally| tally.interrupt());
            break;
        }
        if now >= end {
            break;
        }
        match tokio::time::timeout_at(end.min(now + LOOK).into(), tasks.join_next()).await {
            Ok(None) => return false,
            Ok(Some(Err(error))) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Ok(Some(_)) | Err(_) => {}
        }
    }
    tasks.shutdown().await;
    watch.is_over()
}

impl Lane {
    async fn open(plan: &Plan, requests: Requests) -> Result<Self, LoadError> {
        Ok(match plan.transport {
            Transport::Http => Lane::Http(Box::new(http::Connection::open(plan, requests).await?)),
            Transport::WebSocket { in_flight, receipts } => {
                Lane::WebSocket(Box::new(Session::open(plan, in_flight, receipts, requests).await?))
            }
        })
    }

    async fn drive(self, arrivals: &Arrivals, tally: &SharedTally) {
        match self {
            Lane::Http(connection) => connection.drive(arrivals, tally).await,
            Lane::WebSocket(session) => session.drive(arrivals, tally).await,
        }
    }
}
