//! Signatures that were accepted, so that the very same message is known when it comes again.
//!
//! What is remembered is bounded: the oldest is forgotten. A signature is good for five minutes either way, and a replay
//! after that is stale as well.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::protocol::record::Record;
use crate::protocol::versia::Message;

/// How many signatures are remembered.
const REMEMBERED: usize = 65_536;

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

impl Replays {
    /// Remembers the signature of a delivery. Gives when it came before, in Unix seconds, where it did.
    pub(super) fn remember(&self, record: &Record, now: i64) -> Option<i64> {
        let name = self.name(record)?;
        let mut seen = self.lock();
        if let Some(before) = seen.at.get(&name) {
            return Some(*before);
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
        let name = self.name(record)?;
        self.lock().at.get(&name).copied()
    }

    /// Forgets a delivery that was not accepted after all: it may come again as it is.
    pub(super) fn forget(&self, record: &Record) {
        let Some(name) = self.name(record) else { return };
        let mut seen = self.lock();
        if seen.at.remove(&name).is_some()
            && let Some(at) = seen.order.iter().rposition(|one| *one == name)
        {
            seen.order.remove(at);
        }
    }

    /// The signature of a delivery, in few bytes. What is only asked for may be asked again in the same second, and then
    /// has the same signature by right.
    fn name(&self, record: &Record) -> Option<u64> {
        if let Some(frame) = &record.frame {
            return Message::read(&frame.data.0).ok().map(|message| self.hasher.hash_one(&message.signature));
        }
        let request = record.request.as_ref().filter(|request| request.method == "POST")?;
        request.header("versia-signature").map(|signature| self.hasher.hash_one(signature))
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
        let headers = Some(vec![("Versia-Signature".to_owned(), signature.into())]);
        let request = Request { method: "POST".to_owned(), headers, ..Request::default() };
        Record { request: Some(request), ..Record::default() }
    }

    #[test]
    fn a_signature_is_known_until_it_is_forgotten() {
        let replays = Replays::default();
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
