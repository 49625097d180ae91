//! Wire forms: bytes or JSON to typed messages and back. Pure: no sockets, no files, no clock.
//!
//! Everything that passes on a wire is one shape, the [`record::Record`]; the readers of foreign forms
//! ([`http`], [`curl`], [`har`]) make records of what they read, and an [`outline::Outline`] is what lists show of one.

mod advice;
mod ambient;
pub mod chat;
pub mod conduct;
pub mod curl;
pub mod difference;
pub mod har;
pub mod http;
pub mod outline;
pub mod record;
pub mod roadrunner;
pub mod secrets;
pub mod session;
pub mod versia;
pub mod wsify;

pub use crate::entity::{parse_instant, parse_millis};
pub use advice::{Advice, RateLimit};
pub use ambient::Ambient;
