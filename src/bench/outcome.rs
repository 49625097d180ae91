//! What happened in a run, and why one could not be carried out.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::client::goridge::RpcError;
use crate::client::websocket::WebSocketError;
use crate::client::{DialCause, DialError, HttpError};

/// What became of the deliveries of a run that were counted: those after the warm-up.
///
/// `started` is the sum of `answered`, `unconfirmed`, `done`, `unanswered` and all `failures`.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Deliveries that were due; in the open model, those that never found a free connection as well.
    pub started: u64,
    /// Deliveries that got an answer, whatever its status.
    pub answered: u64,
    /// Messages written out in sessions without receipts.
    pub unconfirmed: u64,
    /// Deliveries that were done, and of which no status says so: calls of RPC, and what came to a subscriber.
    pub done: u64,
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
    /// From the end of the warm-up to the end of sending, or to the last accepted delivery when that is later: what rates
    /// are of. A failure that comes after that, such as a time-out, makes none of them lower.
    pub rated: Duration,
    /// Whether it was ended before its time; what was under way then is not counted.
    pub is_interrupted: bool,
}

impl Outcome {
    /// Deliveries that went through, a second: those with an answer, and those that need none.
    pub fn rate(&self) -> f64 {
        per_second(self.answered + self.unconfirmed + self.done, self.rated)
    }

    /// Deliveries that were accepted, a second.
    pub fn accepted_rate(&self) -> f64 {
        per_second(self.accepted(), self.rated)
    }

    /// Deliveries that were accepted: answers of 2xx, messages that no answer comes to, and what was done.
    pub fn accepted(&self) -> u64 {
        self.statuses.range(200..300).map(|(_, count)| count).sum::<u64>() + self.unconfirmed + self.done
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
    /// A lost connection could not be opened again: the address refuses connections.
    Refused,
    /// It could not be opened again, as the TLS handshake failed.
    Tls,
    /// It could not be opened again, for another reason.
    Connect,
    /// The answer did not come in time.
    TimedOut,
    /// The connection was reset.
    Reset,
    /// The connection ended before the answer.
    Closed,
    /// What came is not an answer.
    NotAnAnswer,
    /// The answer to a call says that it was not done.
    NotDone,
    /// What was published did not come to a subscriber in time.
    Lost,
    /// It came once more.
    Duplicated,
    /// The subscriber's session had ended.
    CutOff,
    /// It did not come, as publishing it had failed.
    NotPublished,
}

impl Failure {
    /// All of them.
    pub const ALL: [Failure; 12] = [
        Failure::Refused,
        Failure::Tls,
        Failure::Connect,
        Failure::TimedOut,
        Failure::Reset,
        Failure::Closed,
        Failure::NotAnAnswer,
        Failure::NotDone,
        Failure::Lost,
        Failure::Duplicated,
        Failure::CutOff,
        Failure::NotPublished,
    ];

    /// Whether there was no connection to begin with.
    pub fn is_of_connecting(self) -> bool {
        matches!(self, Failure::Refused | Failure::Tls | Failure::Connect)
    }

    /// Why a connection could not be made.
    pub(super) fn connecting(error: &DialError) -> Self {
        match &error.cause {
            DialCause::Refused(_) => Failure::Refused,
            DialCause::Tls(_) | DialCause::ClosedInHandshake | DialCause::BrokenInHandshake(_) => {
                Failure::Tls
            }
            DialCause::ToProxy(error) => Failure::connecting(error),
            _ => Failure::Connect,
        }
    }

    /// The failure as a name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Tls => "tls",
            Failure::Connect => "connect",
            Failure::TimedOut => "time_out",
            Failure::Reset => "reset",
            Failure::Closed => "closed",
            Failure::NotAnAnswer => "protocol",
            Failure::NotDone => "not_done",
            Failure::Lost => "lost",
            Failure::Duplicated => "duplicated",
            Failure::CutOff => "cut_off",
            Failure::NotPublished => "not_published",
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
    /// Calls of RPC cannot be made.
    Rpc(RpcError),
    /// The hub does not let a subscriber join the topic.
    JoinRefused,
    /// Before the start: the hub does not take what is published. Its status, or what it says.
    NotTaken(String),
    /// Before the start: what was published came to so many of so many subscribers only.
    NotReached {
        /// How many it came to.
        reached: usize,
        /// How many there are.
        subscribers: usize,
    },
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
            LoadError::Rpc(error) => error.fmt(f),
            LoadError::JoinRefused => f.write_str("the hub does not let a subscriber join the topic"),
            LoadError::NotTaken(said) => write!(f, "the hub does not take what is published: {said}"),
            LoadError::NotReached { reached, subscribers } => {
                write!(f, "what was published came to {reached} of {subscribers} subscribers")
            }
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
            LoadError::Rpc(error) => error.source(),
            _ => None,
        }
    }
}
