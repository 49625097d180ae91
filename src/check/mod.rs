//! A conformance suite: rule by rule, what an instance gets wrong.
//!
//! A [`Case`] is data, filed under the page of the documents that has its rule. [`run`] takes them one after the other, within
//! the limits that the instance asks for, and tells each [`Report`] as it is there. What the instance asks of this side, such as
//! its key, is seen through an [`Observer`] that is handed in. Nothing here prints. See <https://versia.pub/>.

mod ask;
mod baseline;
mod case;
mod cases;
mod codes;
mod contact;
mod expect;
mod hello;
mod observer;
mod pace;
mod probe;
mod profile;
mod run;
mod scout;
mod select;
mod verifying;
mod websocket;
mod wire;

pub use baseline::{Baseline, BaselineError, Before, Change};
pub use case::{Case, Level, Need, Outcome, Page, Status};
pub use cases::all;
pub use contact::Contact;
pub use observer::{Observer, Seen};
pub use run::{End, Plan, Progress, Report, RunError, Tally, run};
pub use scout::Known;
pub use select::{Pattern, Selection};
