//! The load engine: many deliveries to one inbox, over HTTP/1.1 or WebSocket, and what became of them.
//!
//! A [`Plan`] says what to do, [`run`] does it, an [`Outcome`] says what happened; nothing here prints. Two models:
//!
//! - *closed*: so many connections, each with so many deliveries in flight; a slow receiver is asked less often.
//! - *open*: arrivals at a fixed rate, kept whatever the answers; what finds no free connection waits its turn. Latency
//!   counts from the time at which a delivery was due, so a receiver that stalls is seen by every delivery that
//!   it held up, and not only by those that were on the wire (no coordinated omission).
//!
//! Each thread has connections of its own and one event loop; threads share nothing while they run.
//!
//! | file | what it is for |
//! |---|---|
//! | `plan` | what to do |
//! | `outcome` | what happened; why a run, or one delivery, failed |
//! | `arrivals` | when the next delivery is due: the two models |
//! | `content` | what is sent: fixed bytes, or signed anew each time |
//! | `connect` | TCP; the only file that opens a socket |
//! | `http`, `websocket` | one connection's deliveries, one after another or many in flight |
//! | `tally` | the counts and latencies of one thread |
//! | `worker` | one thread: its connections, its event loop, its end |

#![allow(dead_code, unused_imports, reason = "each benchmark uses its own part of the engine")]

mod arrivals;
mod connect;
mod content;
mod http;
mod outcome;
mod plan;
mod tally;
mod websocket;
mod worker;

pub use content::{Clock, Content};
pub use outcome::{Failure, LoadError, Outcome};
pub use plan::{Model, Plan, Stop, Transport};

use std::thread;

use tally::Tally;
use worker::Start;

/// Carries out a plan: opens every connection, then starts them together, and waits for the end.
///
/// Blocks the calling thread. The threads that it starts inherit the caller's CPU affinity.
///
/// # Errors
/// When the plan cannot be carried out, or a connection cannot be opened before the start. What fails later is counted.
pub fn run(plan: &Plan) -> Result<Outcome, LoadError> {
    plan.check()?;
    let start = Start::new(plan.threads);
    let tallies: Vec<Result<Tally, LoadError>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.threads)
            .map(|index| {
                let start = &start;
                scope.spawn(move || worker::run(plan, index, start))
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let mut whole = Tally::new();
    let mut refused = None;
    for tally in tallies {
        match tally {
            Ok(tally) => whole.add(tally),
            // The thread that failed says why; the others only that one did.
            Err(error @ LoadError::NotStarted) => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    refused.map_or_else(|| Ok(whole.into_outcome()), Err)
}
