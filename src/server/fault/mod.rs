//! Faults on demand: what this side does wrong on purpose, so that the other side can be seen dealing with it.
//!
//! A fault is chosen when a request is there whole, or a message of a Versia session: by its path, its sender, its entity's
//! type, and a share or a count of them. Some are wrong answers, which the service makes; the others happen below HTTP,
//! where [`super::tap::Tap`] spoils the bytes of this one answer.

mod quota;
mod read;
mod selector;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;

use self::quota::Quotas;
pub use self::quota::{Quota, Standing};
pub use self::read::FaultError;
pub use self::selector::Occasion;
use self::selector::Selector;
use super::app::Answer;
use crate::protocol::record::Headers;

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// Another status, with `Retry-After` in seconds where it is given.
    Status {
        /// The status.
        status: u16,
        /// The seconds of `Retry-After`.
        retry_after: Option<u64>,
    },
    /// A redirect (302) to this address.
    Redirect(String),
    /// The answer is not signed.
    Unsigned,
    /// The answer was signed an hour ago.
    Stale,
    /// The answer is signed with another key.
    WrongKey,
    /// No answer, and the connection stays open.
    Hang,
    /// No answer, and the connection is closed.
    Drop,
    /// The answer comes this much later.
    Delay(Duration),
    /// The answer's bytes are spread over this time.
    Slow(Duration),
    /// The connection is reset after so many bytes of the answer.
    ResetAfter(u64),
    /// Bytes that are no HTTP in place of the answer.
    Garbage,
    /// `Content-Length` is wrong by so many bytes; when it promises more, the connection is closed behind the body.
    Length(i64),
    /// Each sender has a quota, which its answers tell; what is more than that is answered with 429.
    RateLimit(Quota),
}

impl FaultKind {
    /// The answer that takes the place of the right one, where this fault is a wrong answer.
    pub(super) fn answer(&self) -> Option<Answer> {
        let (status, header) = match self {
            FaultKind::Status { status, retry_after } => {
                (*status, retry_after.map(|seconds| ("Retry-After", seconds.to_string())))
            }
            FaultKind::Redirect(location) => (302, Some(("Location", location.clone()))),
            _ => return None,
        };
        let headers = header.map(|(name, value)| (name.to_owned(), value.into())).into_iter().collect();
        Some(Answer { status, headers, ..Answer::default() })
    }

    /// Whether it keeps the sender from seeing the right answer, so that what was delivered will come again.
    pub(super) fn hides_answer(&self) -> bool {
        matches!(
            self,
            FaultKind::Status { .. }
                | FaultKind::Redirect(_)
                | FaultKind::Garbage
                | FaultKind::ResetAfter(_)
                | FaultKind::Hang
                | FaultKind::Drop
        )
    }

    /// Whether it can befall a message of a session, which has a receipt for its answer.
    fn is_for_messages(&self) -> bool {
        matches!(
            self,
            FaultKind::Status { .. }
                | FaultKind::Hang
                | FaultKind::Drop
                | FaultKind::Delay(_)
                | FaultKind::Slow(_)
                | FaultKind::Garbage
                | FaultKind::RateLimit(_)
        )
    }
}

/// A fault, and what it befalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    text: String,
    kind: FaultKind,
    selector: Selector,
    /// How often it happens; without a number, always.
    times: Option<u64>,
}

impl fmt::Display for Fault {
    /// The fault as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What becomes of one request or message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fate {
    /// What goes wrong, where something does.
    pub kind: Option<FaultKind>,
    /// What the answer tells of the sender's quotas.
    pub headers: Headers,
}

/// The faults of a server, in the order in which they are tried. They can be changed while it runs.
#[derive(Debug, Default)]
pub struct Faults {
    any: AtomicBool,
    list: Mutex<List>,
}

#[derive(Debug, Default)]
struct List {
    entries: Vec<Entry>,
    last: u64,
}

#[derive(Debug)]
struct Entry {
    id: u64,
    fault: Fault,
    left: Option<u64>,
    /// How many requests and messages its selector was for.
    met: u64,
    befell: u64,
    quotas: Quotas,
}

/// A fault as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultState {
    /// Its number, by which it is removed.
    pub id: u64,
    /// The fault as it was given.
    pub fault: String,
    /// How often it happened.
    pub befell: u64,
    /// How often it will happen yet; without a number, always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

impl Faults {
    /// These faults; the first one that befalls a request is the one that happens.
    pub fn new(faults: Vec<Fault>) -> Self {
        let all = Faults::default();
        for fault in faults {
            all.add(fault);
        }
        all
    }

    /// Adds a fault behind the others; gives its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let mut list = self.lock();
        list.last += 1;
        let id = list.last;
        let left = fault.times;
        list.entries.push(Entry { id, fault, left, met: 0, befell: 0, quotas: Quotas::default() });
        self.any.store(true, Ordering::Release);
        id
    }

    /// Takes a fault away; false where there is none of this number.
    pub fn remove(&self, id: u64) -> bool {
        let mut list = self.lock();
        let before = list.entries.len();
        list.entries.retain(|entry| entry.id != id);
        self.any.store(!list.entries.is_empty(), Ordering::Release);
        list.entries.len() < before
    }

    /// Takes all faults away.
    pub fn clear(&self) {
        let mut list = self.lock();
        list.entries.clear();
        self.any.store(false, Ordering::Release);
    }

    /// The faults as they stand, in the order in which they are tried.
    pub fn list(&self) -> Vec<FaultState> {
        let state = |entry: &Entry| FaultState {
            id: entry.id,
            fault: entry.fault.text.clone(),
            befell: entry.befell,
            left: entry.left,
        };
        self.lock().entries.iter().map(state).collect()
    }

    /// What becomes of a request or a message that came at this moment. Counts it.
    pub fn choose(&self, occasion: &Occasion<'_>, now: Instant) -> Fate {
        let mut fate = Fate::default();
        if !self.any.load(Ordering::Acquire) {
            return fate;
        }
        for entry in &mut self.lock().entries {
            fate.kind = entry.befall(occasion, now, &mut fate.headers);
            if fate.kind.is_some() {
                break;
            }
        }
        fate
    }

    fn lock(&self) -> MutexGuard<'_, List> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn befall(&mut self, occasion: &Occasion<'_>, now: Instant, headers: &mut Headers) -> Option<FaultKind> {
        let applies = self.left != Some(0)
            && (!occasion.is_message || self.fault.kind.is_for_messages())
            && self.fault.selector.is_for(occasion);
        if !applies {
            return None;
        }
        self.met += 1;
        if !self.fault.selector.is_of_share(self.met) {
            return None;
        }
        let kind = match &self.fault.kind {
            FaultKind::RateLimit(quota) => {
                let standing = self.quotas.take(&occasion.who(), *quota, now);
                headers.extend(standing.headers());
                if !standing.exceeded {
                    return None;
                }
                FaultKind::Status { status: 429, retry_after: Some(standing.reset) }
            }
            other => other.clone(),
        };
        self.befell += 1;
        if let Some(left) = &mut self.left {
            *left -= 1;
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(texts: &[&str]) -> Faults {
        Faults::new(texts.iter().map(|text| text.parse().unwrap()).collect())
    }

    fn at<'a>(path: &'a str, sender: Option<&'a str>, body: &'a str) -> Occasion<'a> {
        Occasion { path, sender, address: "127.0.0.1:5", body: body.as_bytes(), is_message: false }
    }

    fn choose(faults: &Faults, occasion: &Occasion<'_>) -> Option<FaultKind> {
        faults.choose(occasion, Instant::now()).kind
    }

    #[test]
    fn a_fault_befalls_as_many_requests_as_it_says() {
        let faults = faults(&["status=503 for=2 path=/a", "drop path=/.versia"]);
        assert_eq!(choose(&faults, &at("/b", None, "")), None);
        for path in ["/a", "/a/b"] {
            assert!(choose(&faults, &at(path, None, "")).is_some());
        }
        assert_eq!(choose(&faults, &at("/a", None, "")), None);
        for _ in 0..2 {
            let inbox = at("/.versia/v0.6/inbox", None, "");
            assert_eq!(choose(&faults, &inbox), Some(FaultKind::Drop));
        }
    }

    #[test]
    fn selectors_combine() {
        let faults = faults(&["drop type=Note from=a.example path=/i", "hang type=*"]);
        let note = r#"{"type":"Note"}"#;
        assert_eq!(choose(&faults, &at("/i", Some("A.example"), note)), Some(FaultKind::Drop));
        for (path, sender, body) in [
            ("/i", Some("b.example"), note),
            ("/j", Some("a.example"), note),
            ("/i", Some("a.example"), r#"{"type":"Like"}"#),
        ] {
            assert_eq!(choose(&faults, &at(path, sender, body)), Some(FaultKind::Hang));
        }
        assert_eq!(choose(&faults, &at("/i", Some("a.example"), "")), None);
    }

    #[test]
    fn a_share_is_spread_evenly() {
        let faults = faults(&["drop share=30%"]);
        let befallen: Vec<_> =
            (0..20).map(|_| u8::from(choose(&faults, &at("/", None, "")).is_some())).collect();
        assert_eq!(befallen, [0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    }

    #[test]
    fn a_quota_is_told_until_it_is_used_up_and_does_not_hide_other_faults() {
        let faults = faults(&["ratelimit=2/60s", "hang path=/slow"]);
        let now = Instant::now();
        let ask = |path, sender, after: u64| {
            let fate = faults.choose(&at(path, sender, ""), now + Duration::from_secs(after));
            let remaining = fate.headers.iter().find(|(name, _)| name == "Ratelimit-Remaining");
            (fate.kind, remaining.and_then(|(_, value)| value.as_text()?.parse::<u64>().ok()))
        };
        assert_eq!(ask("/", Some("a.example"), 0), (None, Some(1)));
        assert_eq!(ask("/slow", Some("a.example"), 1), (Some(FaultKind::Hang), Some(0)));
        let too_many = FaultKind::Status { status: 429, retry_after: Some(45) };
        assert_eq!(ask("/slow", Some("a.example"), 15), (Some(too_many), Some(0)));
        assert_eq!(ask("/", Some("b.example"), 15), (None, Some(1)));
        assert_eq!(ask("/", Some("a.example"), 60), (None, Some(1)));
    }

    #[test]
    fn faults_are_changed_while_they_are_used() {
        let faults = faults(&["status=500 for=1"]);
        assert!(choose(&faults, &at("/", None, "")).is_some());
        let added = faults.add("drop".parse().unwrap());
        assert_eq!(choose(&faults, &at("/", None, "")), Some(FaultKind::Drop));
        let state = |id, fault: &str, left| FaultState { id, fault: fault.to_owned(), befell: 1, left };
        assert_eq!(faults.list(), [state(1, "status=500 for=1", Some(0)), state(added, "drop", None)]);
        assert!(faults.remove(added) && !faults.remove(added));
        assert_eq!(choose(&faults, &at("/", None, "")), None);
        faults.clear();
        assert_eq!(faults.list(), []);
    }

    #[test]
    fn what_only_an_answer_over_http_can_have_befalls_no_message() {
        let faults = faults(&["unsigned", "status=422 for=1"]);
        let message = Occasion { is_message: true, ..at("/i", None, "") };
        let refused = FaultKind::Status { status: 422, retry_after: None };
        assert_eq!(choose(&faults, &message), Some(refused));
        assert_eq!(choose(&faults, &at("/i", None, "")), Some(FaultKind::Unsigned));
    }
}
