//! What happened in a run, and why one could not be carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use hdrhistogram::Histogram;

/// What became of the deliveries of a run.
///
/// `started` is the sum of `answered`, `unconfirmed`, `unanswered` and all `failures`.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Deliveries that were due; in the open model, those that never found a free connection as well.
    pub started: u64,
    /// Deliveries that got an answer, whatever its status.
    pub answered: u64,
    /// Messages written out in sessions without receipts.
    pub unconfirmed: u64,
    /// Deliveries without an answer when the run ended.
    pub unanswered: u64,
    /// Answers by status.
    pub statuses: BTreeMap<u16, u64>,
    /// Deliveries that failed, by kind.
    pub failures: BTreeMap<Failure, u64>,
    /// Nanoseconds from the time at which a delivery was due to its answer, or to its being written out where no answer
    /// comes; making its signature is part of that. An unanswered one counts with the time that it had waited; a failed
    /// one does not count.
    pub latency: Histogram<u64>,
    /// From the start to the last thing that happened.
    pub elapsed: Duration,
}

impl Outcome {
    /// Deliveries that went through, a second: those with an answer, and those that need none.
    pub fn rate(&self) -> f64 {
        (self.answered + self.unconfirmed) as f64 / self.elapsed.as_secs_f64()
    }

    /// Deliveries that failed, of all kinds.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The latency that this share of the deliveries did not exceed; `quantile` is between 0 and 1.
    pub fn latency_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(quantile))
    }
}

/// How one delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A lost connection could not be opened again.
    Connect,
    /// The connection ended before the answer.
    Closed,
    /// What came is not an answer.
    NotAnAnswer,
}

impl Failure {
    /// The failure in a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Connect => "no connection",
            Failure::Closed => "closed without an answer",
            Failure::NotAnAnswer => "not an answer",
        }
    }
}

/// Why a run could not be carried out.
#[derive(Debug)]
pub enum LoadError {
    /// The plan makes no sense, or cannot be sent.
    Plan(&'static str),
    /// The system refused an event loop.
    Runtime(std::io::Error),
    /// A connection could not be opened before the start.
    Connect {
        /// Where to.
        address: SocketAddr,
        /// What went wrong, in the words of the system or of the protocol's library.
        cause: String,
    },
    /// Another thread's connections could not be opened.
    NotStarted,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Plan(why) => f.write_str(why),
            LoadError::Runtime(error) => write!(f, "no event loop: {error}"),
            LoadError::Connect { address, cause } => write!(f, "no connection to {address}: {cause}"),
            LoadError::NotStarted => f.write_str("another thread could not open its connections"),
        }
    }
}

impl std::error::Error for LoadError {}
