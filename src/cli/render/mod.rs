//! Results to text and JSON, one file per kind of result.

pub mod delivery;
pub mod serving;
pub mod verification;
