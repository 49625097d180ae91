//! What happened in a run, and why one could not be carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::client::HttpError;
use crate::client::websocket::WebSocketError;

/// What became of the deliveries of a run that were counted: those after the warm-up.
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
    /// Nanoseconds from the time at which a delivery was due to its answer of 2xx, or to its being written out where no
    /// answer comes; making its signature is part of that.
    pub latency: Histogram<u64>,
    /// The same for all other deliveries: to the answer, the failure, or the end of the run.
    pub failure_latency: Histogram<u64>,
    /// From the end of the warm-up to the last thing that happened.
    pub elapsed: Duration,
    /// Whether it was ended before its time; what was under way then is not counted.
    pub is_interrupted: bool,
}

impl Outcome {
    /// Deliveries that went through, a second: those with an answer, and those that need none.
    pub fn rate(&self) -> f64 {
        per_second(self.answered + self.unconfirmed, self.elapsed)
    }

    /// Deliveries that were accepted, a second.
    pub fn accepted_rate(&self) -> f64 {
        per_second(self.accepted(), self.elapsed)
    }

    /// Deliveries that were accepted: answers of 2xx, and messages that no answer comes to.
    pub fn accepted(&self) -> u64 {
        self.statuses.range(200..300).map(|(_, count)| count).sum::<u64>() + self.unconfirmed
    }

    /// Deliveries that failed, of all kinds; an answer is none of them, whatever its status.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// The latency that this share of the accepted deliveries did not exceed; `quantile` is between 0 and 1.
    pub fn latency_at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.latency.value_at_quantile(quantile))
    }
}

fn per_second(count: u64, time: Duration) -> f64 {
    if time.is_zero() { 0.0 } else { count as f64 / time.as_secs_f64() }
}

/// How one delivery failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// A lost connection could not be opened again.
    Connect,
    /// The answer did not come in time.
    TimedOut,
    /// The connection was reset.
    Reset,
    /// The connection ended before the answer.
    Closed,
    /// What came is not an answer.
    NotAnAnswer,
}

impl Failure {
    /// The failure as a name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Connect => "connect",
            Failure::TimedOut => "time_out",
            Failure::Reset => "reset",
            Failure::Closed => "closed",
            Failure::NotAnAnswer => "protocol",
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
    /// A connection could not be opened before the start, or a request cannot be sent as it is.
    Connect(HttpError),
    /// A session could not be opened before the start.
    Handshake(WebSocketError),
    /// The server does not know the subprotocol of receipts.
    NoReceipts,
    /// The run was ended before all connections were open.
    Interrupted,
    /// Another thread's connections could not be opened.
    NotStarted,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Plan(why) => f.write_str(why),
            LoadError::Runtime(_) => f.write_str("the system refuses an event loop"),
            LoadError::Connect(error) => error.fmt(f),
            LoadError::Handshake(error) => error.fmt(f),
            LoadError::NoReceipts => f.write_str("the server gives no receipts for messages"),
            LoadError::Interrupted => f.write_str("it was interrupted before all connections were open"),
            LoadError::NotStarted => f.write_str("another thread could not open its connections"),
        }
    }
}

impl std::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LoadError::Runtime(error) => Some(error),
            LoadError::Connect(error) => error.source(),
            LoadError::Handshake(error) => error.source(),
            _ => None,
        }
    }
}
