//! What the checked instance asks of this side, as far as it can be seen.

use std::time::Duration;

use crate::protocol::record::Record;

/// Sees what comes to the instance of this side.
pub trait Observer {
    /// The first thing that came since `since` and is meant; waits for it up to `limit`.
    fn wait(&self, since: usize, limit: Duration, is_meant: &dyn Fn(&Record) -> bool) -> Option<Record>;

    /// How much came so far.
    fn count(&self) -> usize;
}
