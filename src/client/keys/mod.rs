//! The public keys of signers, fetched from where the signers publish them, and kept for a while.
//!
//! A message names its own signer, so that whoever sends one chooses what is fetched: addresses are public ones only
//! unless the user named the host, the user's headers are not sent, nothing is followed, and everything has a limit.
//! See <https://versia.pub/signatures>.

mod error;
mod peer;
mod signer;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub use self::error::KeyFetchError;
pub use self::peer::{Peer, PeerError};
use self::signer::{Place, locate};

use super::dialer::Dialer;
use super::http::Http;
use super::metadata::fetch_metadata_at;
use super::options::NetworkOptions;
use super::policy::AddressPolicy;
use super::stream::StageTimings;
use crate::finding::{Finding, codes};
use crate::protocol::record::Timings;
use crate::protocol::versia::{KeySource, KnownKey, NoKey};
use crate::signing::{KeyError, PublicKey, Role, Suspect};

/// How long a key is taken for its signer's.
const KEY_LIFETIME: Duration = Duration::from_secs(600);
/// How long a failure stands, and how young a key has to be not to be fetched again when it does not fit.
const FAILURE_LIFETIME: Duration = Duration::from_secs(10);
/// How long a fetch may take, at most.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most of a document that is read, in bytes.
const MAX_DOCUMENT: u64 = 1 << 20;
/// How many signers are remembered.
const CAPACITY: usize = 1024;

/// A key as its signer publishes it.
#[derive(Debug, Clone)]
pub struct PublishedKey {
    /// The key.
    pub key: PublicKey,
    /// The domain that the document names.
    pub domain: Option<String>,
    /// Where the document is.
    pub url: String,
    /// What there is to say about it: an unusual form, or another domain than was asked.
    pub findings: Vec<Finding>,
    /// How long it took to fetch it.
    pub timings: Timings,
    /// How long making the connection took.
    pub dialled: Option<StageTimings>,
}

impl From<&PublishedKey> for KnownKey {
    fn from(published: &PublishedKey) -> Self {
        KnownKey { key: published.key, origin: published.url.clone(), findings: published.findings.clone() }
    }
}

/// What came of looking for a key.
pub type KeyLookup = Result<Arc<PublishedKey>, Arc<KeyFetchError>>;

/// What is known of one document.
#[derive(Default)]
struct Entry {
    found: Option<KeyLookup>,
    /// The key that was published before that one.
    previous: Option<PublicKey>,
    /// When that was found.
    found_at: Option<Instant>,
    /// When it was looked for last.
    tried_at: Option<Instant>,
    /// Whether it is being looked for now.
    under_way: bool,
}

impl Entry {
    /// What is known, where it is fresh enough to go by.
    fn fresh(&self, now: Instant, want: Want) -> Option<KeyLookup> {
        let age = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
        let (age, lifetime) = match (want, &self.found) {
            (Want::Known, Some(Ok(_))) => (age(self.found_at), KEY_LIFETIME),
            _ => (age(self.tried_at), FAILURE_LIFETIME),
        };
        self.found.clone().filter(|_| age.is_some_and(|age| age < lifetime))
    }

    fn settle(&mut self, found: KeyLookup, at: Instant) {
        self.under_way = false;
        self.tried_at = Some(at);
        let known = self.fresh(at, Want::Known).is_some_and(|known| known.is_ok());
        // A key that is still good stays so when its instance cannot be asked.
        if found.is_ok() || !known {
            if let (Some(Ok(before)), Ok(now)) = (&self.found, &found)
                && before.key != now.key
            {
                self.previous = Some(before.key);
            }
            self.found = Some(found);
            self.found_at = Some(at);
        }
    }
}

#[derive(Clone, Copy)]
enum Want {
    /// What is known will do.
    Known,
    /// What is known does not fit.
    Newer,
}

/// Finds the keys of signers, for any number of threads; each document is asked for by one of them at a time.
pub struct KeyDirectory {
    peers: Vec<Peer>,
    /// Connects to hosts that a message named.
    guarded: Arc<Dialer>,
    /// Connects to hosts that the user named.
    open: Arc<Dialer>,
    entries: Mutex<HashMap<String, Entry>>,
    settled: Condvar,
}

impl fmt::Debug for KeyDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyDirectory")
            .field("peers", &self.peers)
            .field("dialer", &self.guarded)
            .finish_non_exhaustive()
    }
}

impl KeyDirectory {
    /// A directory that knows nothing yet. The user's headers are left out of `options`, and the time is cut to 10 s.
    pub fn new(options: NetworkOptions, peers: Vec<Peer>) -> Self {
        let timeout = match options.timeout {
            Duration::ZERO => TIMEOUT,
            timeout => timeout.min(TIMEOUT),
        };
        let options = NetworkOptions { headers: Vec::new(), timeout, ..options };
        KeyDirectory {
            peers,
            guarded: Arc::new(Dialer::new(options.clone()).with_policy(AddressPolicy::PublicOnly)),
            open: Arc::new(Dialer::new(options)),
            entries: Mutex::default(),
            settled: Condvar::new(),
        }
    }

    /// What is known of a signer's key, without asking anybody; `None` when that would have to be done. Never waits.
    pub fn known(&self, signed_by: &str, now: Instant) -> Option<KeyLookup> {
        match locate(signed_by, &self.peers) {
            Ok(place) => self.entries().get(&place.url.to_string())?.fresh(now, Want::Known),
            Err(error) => Some(Err(Arc::new(error))),
        }
    }

    /// The key of a signer, fetched where it is not known. Keys are kept for 10 minutes, failures for 10 seconds.
    ///
    /// # Errors
    /// When it cannot be had; nothing is fetched for a signer that is named in no known form.
    pub fn find(&self, signed_by: &str, now: Instant) -> KeyLookup {
        self.obtain(signed_by, now, Want::Known)
    }

    /// The key of a signer, fetched again unless that was done in the last 10 seconds: it may have been replaced. Where
    /// it cannot be fetched, the one that is known stays.
    ///
    /// # Errors
    /// As for [`KeyDirectory::find`].
    pub fn refresh(&self, signed_by: &str, now: Instant) -> KeyLookup {
        self.obtain(signed_by, now, Want::Newer)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn obtain(&self, signed_by: &str, now: Instant, want: Want) -> KeyLookup {
        let place = locate(signed_by, &self.peers).map_err(Arc::new)?;
        let name = place.url.to_string();
        let mut entries = self.entries();
        loop {
            let known = entries.get(&name);
            if let Some(found) = known.and_then(|entry| entry.fresh(now, want)) {
                return found;
            }
            if !known.is_some_and(|entry| entry.under_way) {
                break;
            }
            entries = self.settled.wait(entries).unwrap_or_else(PoisonError::into_inner);
        }
        make_room(&mut entries);
        entries.entry(name.clone()).or_default().under_way = true;
        drop(entries);

        let mut turn = Turn { directory: self, name, settled: None };
        let started = Instant::now();
        let found = self.fetch(&place, signed_by).map(Arc::new).map_err(Arc::new);
        turn.settled = Some((found.clone(), now + started.elapsed()));
        drop(turn);
        match want {
            Want::Known => found,
            Want::Newer => self.known(signed_by, now).unwrap_or(found),
        }
    }

    fn fetch(&self, place: &Place, signed_by: &str) -> Result<PublishedKey, KeyFetchError> {
        let dialer = if place.named_by_user { &self.open } else { &self.guarded };
        let http = Http::new(Arc::clone(dialer)).with_max_body(MAX_DOCUMENT);
        let fetched = fetch_metadata_at(&http, &place.url).map_err(KeyFetchError::Metadata)?;
        let key = fetched.key.public_key().ok_or_else(|| {
            let error = KeyError::NotAPoint;
            KeyFetchError::Metadata(super::MetadataError::Key { url: fetched.url.clone(), error })
        })?;
        let mut findings = Vec::new();
        if let Some(form) = fetched.key.unusual_inner {
            let message = format!("the metadata's key is {}", form.describe());
            findings.push(Finding::new(&codes::KEY_FORM_UNUSUAL, message));
        }
        let domain = fetched.key.domain;
        if let Some(other) = domain.as_ref().filter(|domain| !domain.eq_ignore_ascii_case(&place.host)) {
            let message = format!("the metadata is {other:?}'s, and the message is signed by {signed_by:?}");
            findings.push(Finding::new(&codes::KEY_OF_ANOTHER_DOMAIN, message));
        }
        let (timings, dialled) = (fetched.timings, fetched.dialled);
        Ok(PublishedKey { key, domain, url: fetched.url, findings, timings, dialled })
    }
}

/// Asks, and waits for the answer, where a key is not known.
impl KeySource for KeyDirectory {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        let signed_by = signed_by.ok_or_else(NoKey::default)?;
        match self.find(signed_by, Instant::now()) {
            Ok(published) => Ok(KnownKey::from(&*published)),
            Err(error) => Err(NoKey::from(&*error)),
        }
    }

    fn suspects(&self, signed_by: Option<&str>) -> Vec<Suspect> {
        let Some(Ok(place)) = signed_by.map(|signer| locate(signer, &self.peers)) else { return Vec::new() };
        let url = place.url.to_string();
        let previous = self.entries().get(&url).and_then(|entry| entry.previous);
        previous.map(|key| Suspect { key, role: Role::Previous, origin: url }).into_iter().collect()
    }
}

/// The turn of one thread to ask for a document; the others wait until it is dropped, even by a panic.
struct Turn<'a> {
    directory: &'a KeyDirectory,
    name: String,
    settled: Option<(KeyLookup, Instant)>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut entries = self.directory.entries();
        match (self.settled.take(), entries.get_mut(&self.name)) {
            (Some((found, at)), Some(entry)) => entry.settle(found, at),
            (None, _) => drop(entries.remove(&self.name)),
            (Some(_), None) => {}
        }
        self.directory.settled.notify_all();
    }
}

/// Forgets the oldest where there is no room for one more.
fn make_room(entries: &mut HashMap<String, Entry>) {
    if entries.len() < CAPACITY {
        return;
    }
    let idle = entries.iter().filter(|(_, entry)| !entry.under_way);
    let oldest = idle.min_by_key(|(_, entry)| entry.tried_at).map(|(name, _)| name.clone());
    oldest.and_then(|name| entries.remove(&name));
}
