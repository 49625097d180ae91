//! Many entities to an inbox: retries, rates, the journal; and what was recorded, sent again ([`replay`]).
//!
//! A [`run()`] takes [`Item`]s from an iterator over a [`Road`] and says what happens as [`Event`]s; [`HttpRoad`] is the
//! road over HTTP. [`run_session`] takes them over one WebSocket session instead, without waiting for answers. Items,
//! outcomes, the journal and the summary know nothing of how documents travel. Opens no sockets itself, prints nothing,
//! and reads no clock but the one for measuring.

mod http;
mod item;
mod journal;
mod outcome;
mod pace;
pub mod replay;
mod retry;
mod road;
mod run;
mod session;
mod summary;

pub use crate::protocol::{Advice, RateLimit};
pub use http::{Composer, HttpRoad, SharedKeys};
pub use item::{BodyDigest, Item, Place};
pub use journal::{Answer, History, Journal, JournalError, Judged, ReadError};
pub use outcome::{Attempt, Expectation, Failure, FailureKind, Outcome, Then, Unfinished};
pub use pace::{Pace, Pause, PauseReason, Turn};
pub use retry::Retry;
pub use road::Road;
pub use run::{Ended, Event, Mismatch, Observer, Plan, Stopped, compare, run};
pub use session::{
    Answered, Closed, Language, Lost, NotOpened, SessionEvent, SessionPlan, SessionRoad, Threads, Unanswered,
    Unsendable, run_session, shown_url,
};
pub use summary::{Bar, Latency, Summary};
