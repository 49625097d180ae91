//! A conformance check: for people as it runs, as JSON lines, and as the documents that CI services read.

mod documents;
mod json;
mod people;

pub use self::documents::{github, junit, markdown, tap};
pub use self::json::{JsonCase, JsonReport, JsonSummary};
pub use self::people::{case_line, report_lines, summary_lines};
