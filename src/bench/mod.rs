//! Load on one inbox, over HTTP/1.1 or WebSocket, or on a hub, and what became of it.
//!
//! A [`Plan`] says what to do, [`run`] does it, an [`Outcome`] says what happened; nothing here prints. Two models:
//!
//! - *closed*: so many connections, each with so many deliveries in flight; a slow receiver is asked less often.
//! - *open*: arrivals at a fixed rate, kept whatever the answers; what finds no free connection waits its turn. Latency
//!   counts from the time at which a delivery was due, so a receiver that stalls is seen by every delivery that
//!   it held up, and not only by those that were on the wire (no coordinated omission).
//!
//! Each thread has connections of its own and one event loop; threads share nothing that matters while they run.
//!
//! | file | what it is for |
//! |---|---|
//! | `plan` | what to do |
//! | `outcome` | what happened; why a run, or one delivery, failed |
//! | `arrivals` | when the next delivery is due: the two models |
//! | `template` | an entity with places that are filled in anew each time |
//! | `content` | what is sent: as it is, signed anew each time, or signed before |
//! | `http`, `websocket` | one connection's deliveries, one after another or many in flight |
//! | `alarm` | the time-out of deliveries |
//! | `tally` | the counts and latencies of one thread |
//! | `watch` | a run as it is seen from outside |
//! | `expect` | what a run is expected to come to |
//! | `report`, `compare` | what it came to, as it is kept; two of them side by side |
//! | `hub` | a hub: publishers, and subscribers that know each publication again |
//! | `worker` | one thread: its connections, its event loop, its end |

mod alarm;
mod arrivals;
mod compare;
mod content;
mod expect;
mod http;
pub mod hub;
mod outcome;
mod plan;
mod report;
mod tally;
mod template;
mod watch;
mod websocket;
mod worker;

pub use compare::{Compared, compare, differences};
pub use content::Content;
pub use expect::{ExpectError, Expected, Verdict};
pub use outcome::{Failure, LoadError, Outcome};
pub use plan::{Model, Plan, Stop, Transport};
pub use report::{How, HubReport, Latencies, PERCENTILES, PublishingReport, Report, SCHEMA};
pub use template::{Template, UnknownPlace};
pub use watch::{SoFar, Watch};

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
    run_watched(plan, &Watch::default())
}

/// The same, for somebody who looks at it meanwhile.
///
/// # Errors
/// As of [`run`], and when it was ended before all connections were open.
pub fn run_watched(plan: &Plan, watch: &Watch) -> Result<Outcome, LoadError> {
    plan.check()?;
    let start = Start::new(plan.threads);
    let tallies: Vec<Result<Tally, LoadError>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..plan.threads)
            .map(|index| {
                let start = &start;
                scope.spawn(move || worker::run(plan, index, start, watch))
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::client::{Dialer, HttpUrl, NetworkOptions};
    use crate::protocol::Ambient;

    /// What a run comes to in which nothing happened.
    pub fn outcome() -> Outcome {
        Tally::new().into_outcome()
    }

    /// A plan that is never carried out.
    pub fn plan() -> Plan {
        Plan {
            url: HttpUrl::parse("http://127.0.0.1:9/inbox").unwrap(),
            dialer: Arc::new(Dialer::new(NetworkOptions::default())),
            ambient: Ambient { now_millis: || 0, random: |bytes| bytes.fill(0) },
            transport: Transport::Http,
            content: Content::Unsigned { entity: Template::fixed("{}") },
            model: Model::Closed,
            warm_up: Duration::ZERO,
            stop: Stop::Count(1),
            connections: 1,
            threads: 1,
            grace: Duration::ZERO,
        }
    }
}
