//! Signatures that were accepted, so that the very same message is known when it comes again.
//!
//! What is remembered is bounded: the oldest is forgotten. A signature is good for five minutes either way, and a replay
//! after that is stale as well. Signing the same bytes twice in one second gives the same signature, so that nothing is said
//! of one that is a few seconds old.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::protocol::record::Record;
use crate::protocol::versia::Message;

/// How many signatures are remembered.
const REMEMBERED: usize = 65_536;

/// How old a signature has to be at least, in seconds, before it can only be the same one: what was signed twice in the same
/// second may take its time to come.
const OLD: i64 = 5;

/// The signatures that were accepted, and when.
#[derive(Debug, Default)]
pub(super) struct Replays {
    hasher: RandomState,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    /// When each came, in Unix seconds.
    at: HashMap<u64, i64>,
    order: VecDeque<u64>,
}

/// A signature in few bytes, and when it says that it was made, in Unix seconds.
struct Seal {
    name: u64,
    signed_at: Option<i64>,
}

impl Replays {
    /// Remembers the signature of a delivery. Gives when it came before, in Unix seconds, where it did.
    pub(super) fn remember(&self, record: &Record, now: i64) -> Option<i64> {
        let Seal { name, signed_at } = self.seal(record)?;
        let mut seen = self.lock();
        if let Some(before) = seen.at.get(&name) {
            return Some(*before).filter(|_| signed_at.is_none_or(|at| now - at >= OLD));
        }
        if seen.order.len() >= REMEMBERED
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.at.remove(&oldest);
        }
        seen.at.insert(name, now);
        seen.order.push_back(name);
        None
    }

    /// When the signature of a delivery came before, in Unix seconds.
    pub(super) fn before(&self, record: &Record) -> Option<i64> {
        let seal = self.seal(record)?;
        self.lock().at.get(&seal.name).copied()
    }

    /// Forgets a delivery that was not accepted after all: it may come again as it is.
    pub(super) fn forget(&self, record: &Record) {
        let Some(Seal { name, .. }) = self.seal(record) else { return };
        let mut seen = self.lock();
        if seen.at.remove(&name).is_some()
            && let Some(at) = seen.order.iter().rposition(|one| *one == name)
        {
            seen.order.remove(at);
        }
    }

    /// What a delivery was signed with. What is only asked for may be asked again as it is.
    fn seal(&self, record: &Record) -> Option<Seal> {
        let seal = |signature: &str, signed_at: Option<&str>| Seal {
            name: self.hasher.hash_one(signature),
            signed_at: signed_at.and_then(|text| text.parse().ok()),
        };
        if let Some(frame) = &record.frame {
            let message = Message::read(&frame.data.0).ok()?;
            return Some(seal(&message.signature, Some(&message.signed_at)));
        }
        let request = record.request.as_ref().filter(|request| request.method == "POST")?;
        Some(seal(request.header("versia-signature")?, request.header("versia-signed-at")))
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::Request;

    fn post(signature: &str) -> Record {
        let headers = [("Versia-Signature", signature), ("Versia-Signed-At", "1")];
        let headers = Some(headers.map(|(name, value)| (name.to_owned(), value.into())).into());
        let request = Request { method: "POST".to_owned(), headers, ..Request::default() };
        Record { request: Some(request), ..Record::default() }
    }

    #[test]
    fn a_signature_is_known_until_it_is_forgotten() {
        let replays = Replays::default();
        assert_eq!(replays.remember(&post("a"), 5), None);
        // It may have been made twice in the same second, and have taken its time.
        assert_eq!(replays.remember(&post("a"), 5), None);
        assert_eq!((replays.remember(&post("a"), 9), replays.before(&post("a"))), (Some(5), Some(5)));
        replays.forget(&post("a"));
        assert_eq!((replays.before(&post("a")), replays.before(&post("b"))), (None, None));
        let mut get = post("a");
        get.request.as_mut().unwrap().method = "GET".to_owned();
        assert_eq!((replays.remember(&get, 5), replays.remember(&get, 5)), (None, None));
    }

    #[test]
    fn so_many_are_remembered_and_no_more() {
        let replays = Replays::default();
        for number in 0..REMEMBERED + 2 {
            replays.remember(&post(&number.to_string()), 0);
        }
        assert_eq!((replays.before(&post("1")), replays.before(&post("2"))), (None, Some(0)));
        assert_eq!(replays.lock().order.len(), REMEMBERED);
    }
}
