//! Servers from the command line: where they listen, what they keep, what is told of them, and how they end. What `serve` and
//! `proxy` have in common.

mod expectation;
mod listening;
mod recording;
mod tls;
mod watch;

pub use expectation::Expectation;
pub use listening::{Listen, Prepared, ServerArgs};
pub use recording::Recording;
pub use tls::TlsArgs;
