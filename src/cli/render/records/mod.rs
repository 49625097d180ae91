//! Records for people: a line each, whole, held against each other, and counted.

mod again;
mod bundle;
mod difference;
mod list;
mod show;
mod stats;

pub use again::{Again, Message, again_lines, held_lines};
pub use bundle::{Bundled, bundle_text};
pub use difference::difference_lines;
pub use list::{Columns, list_line, verdict_badge};
pub use show::{Shown, shown_lines};
pub use stats::stats_lines;

/// A number of bytes for people.
fn bytes(count: u64) -> String {
    match count {
        0..10_000 => format!("{count} B"),
        10_000..10_000_000 => format!("{} KB", count / 1_000),
        _ => format!("{} MB", count / 1_000_000),
    }
}
