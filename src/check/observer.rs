//! What the checked instance asks of this side, as far as it can be seen.

use std::time::Duration;

use crate::finding::Finding;
use crate::protocol::record::Record;

/// Something that came to this side.
#[derive(Debug, Clone)]
pub struct Seen {
    /// What passed. A connection that came to nothing has an error, and no request.
    pub record: Record,
    /// What was found out about the signature of what came, and why it does not hold.
    pub findings: Vec<Finding>,
}

/// Sees what comes to the instance of this side.
pub trait Observer: Send + Sync {
    /// The first thing that came since `since` and is meant; waits for it up to `limit`.
    fn wait(&self, since: usize, limit: Duration, is_meant: &dyn Fn(&Record) -> bool) -> Option<Seen>;

    /// Everything that came since `since`.
    fn since(&self, since: usize) -> Vec<Seen>;

    /// How much came so far.
    fn count(&self) -> usize;
}
