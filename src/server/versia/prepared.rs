//! The keys of those who deliver much, with their multiples at hand.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::signing::{PreparedKey, PublicKey};

/// From this number of messages on, preparing a key takes less time than it saves.
const WORTH_IT: u32 = 16;

/// How many keys are counted and kept, of 128 KiB each.
const KEPT: usize = 64;

/// Counts what comes under each key, and prepares those that are worth it.
#[derive(Debug, Default)]
pub(super) struct PreparedKeys(Mutex<HashMap<[u8; 32], Use>>);

#[derive(Debug)]
enum Use {
    Counted(u32),
    Prepared(Arc<PreparedKey>),
}

impl PreparedKeys {
    /// Counts one message under a key, and gives the key prepared, where it is.
    pub(super) fn of(&self, key: &PublicKey) -> Option<Arc<PreparedKey>> {
        let mut uses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if uses.len() >= KEPT && !uses.contains_key(key.as_bytes()) {
            // Whoever delivers much is here again soon.
            uses.clear();
        }
        let known = uses.entry(*key.as_bytes()).or_insert(Use::Counted(0));
        match known {
            Use::Prepared(prepared) => return Some(Arc::clone(prepared)),
            Use::Counted(count) if *count < WORTH_IT => {
                *count += 1;
                return None;
            }
            Use::Counted(_) => {}
        }
        let prepared = Arc::new(PreparedKey::new(*key)?);
        *known = Use::Prepared(Arc::clone(&prepared));
        Some(prepared)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signing::SecretKey;

    #[test]
    fn a_key_is_prepared_when_it_is_worth_it_and_few_are_kept() {
        let keys = PreparedKeys::default();
        let key = SecretKey::from_seed(&[7; 32]);
        for _ in 0..WORTH_IT {
            assert!(keys.of(&key.public()).is_none());
        }
        let prepared = keys.of(&key.public()).unwrap();
        assert!(prepared.verifies(b"x", &key.sign(b"x")) && !prepared.verifies(b"y", &key.sign(b"x")));
        for seed in 0..200_u8 {
            keys.of(&SecretKey::from_seed(&[seed; 32]).public());
            assert!(keys.0.lock().unwrap().len() <= KEPT);
        }
    }
}
