//! Results to text and JSON, one file per kind of result.

pub mod bulk;
pub mod check;
pub mod conduct;
pub mod delivery;
pub mod exchange;
pub mod explanation;
pub mod json_text;
pub mod load;
pub mod markdown;
pub mod records;
pub mod serving;
pub mod session;
pub mod survey;
pub mod timings;
pub mod verification;
pub mod violations;
