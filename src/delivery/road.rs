//! How a document travels: the one thing that a run does not know itself.

use super::item::Item;
use super::outcome::Attempt;

/// Takes documents to where they go, one at a time. Each worker of a run has a road of its own.
pub trait Road {
    /// Makes one attempt, signed as of now. `attempt_of` is the name of the first attempt's record, for a retry.
    fn attempt(&mut self, item: &Item, attempt_of: Option<&str>) -> Attempt;
}
