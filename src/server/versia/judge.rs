//! What a signature is worth, with keys that are fetched from the signers' instances.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::prepared::PreparedKeys;
use super::replays::Replays;
use crate::client::{KeyDirectory, KeyLookup};
use crate::finding::{Finding, codes};
use crate::protocol::record::{Record, Request};
use crate::protocol::versia::{
    Checked, KeySource, KnownKey, Message, NoKey, NothingToVerify, explain, needs_explanation, verify_record,
};
use crate::signing::{Budget, Fields, PreparedKey, PublicKey, Suspect, Verdict, Window};

/// How many keys are fetched at the same time.
const FETCHES: usize = 16;

/// How long a message waits for its signer's key: for others that are fetched, and for the fetch itself.
const PATIENCE: Duration = Duration::from_secs(20);

/// Verifies what comes in.
#[derive(Debug)]
pub struct Judge {
    keys: Arc<KeyDirectory>,
    fetches: Semaphore,
    explaining: Semaphore,
    /// For explanations that somebody asked for, beside those that come with the traffic.
    asked_for: Semaphore,
    /// The signers whose keys are being fetched. Messages of one signer wait for one fetch, and take one place.
    turns: Mutex<HashMap<String, Arc<Turn<()>>>>,
    prepared: PreparedKeys,
    /// The domain and the key of the instance that verifies.
    own: Option<(String, PublicKey)>,
    replays: Replays,
}

/// How long an explanation may take that nobody asked for, and that anybody can cause.
const EXPLANATION: Duration = Duration::from_millis(250);

/// The key of one signer, or why there is none, with the keys that the signer had before.
struct One {
    key: Result<KnownKey, NoKey>,
    before: Vec<Suspect>,
    prepared: Option<Arc<PreparedKey>>,
}

impl One {
    fn new(key: Result<KnownKey, NoKey>, prepared: Option<Arc<PreparedKey>>) -> Self {
        One { key, before: Vec::new(), prepared }
    }
}

impl KeySource for One {
    fn key_of(&self, _: Option<&str>) -> Result<KnownKey, NoKey> {
        self.key.clone()
    }

    fn prepared(&self, key: &PublicKey) -> Option<Arc<PreparedKey>> {
        self.prepared.clone().filter(|prepared| prepared.key() == key)
    }

    fn suspects(&self, _: Option<&str>) -> Vec<Suspect> {
        self.before.clone()
    }
}

impl Judge {
    /// Verifies with the keys of a directory; the instance's own key needs no fetch.
    pub fn new(keys: Arc<KeyDirectory>, own_domain: String, own_key: PublicKey) -> Self {
        Judge { own: Some((own_domain, own_key)), ..Judge::of_others(keys) }
    }

    /// Verifies what passes between others, with the keys of a directory.
    pub fn of_others(keys: Arc<KeyDirectory>) -> Self {
        Judge {
            keys,
            fetches: Semaphore::new(FETCHES),
            explaining: Semaphore::new(1),
            asked_for: Semaphore::new(1),
            turns: Mutex::default(),
            prepared: PreparedKeys::default(),
            own: None,
            replays: Replays::default(),
        }
    }

    /// Verifies the message in a record as of `now`, in Unix seconds. A signer's key is fetched where it is not known,
    /// and once more where a signature does not match: the signer may have a new one.
    ///
    /// # Errors
    /// When there is nothing in the record that could be verified.
    pub async fn verify(&self, record: &Record, now: i64) -> Result<Vec<Checked>, NothingToVerify> {
        let (mut checked, keys) = self.check(record, now).await?;
        self.flag_replay(&mut checked, record, now);
        Ok(self.explained(checked, record, keys, self.explaining.try_acquire().ok(), EXPLANATION).await)
    }

    /// Verifies the request, the answer or the frame in a record, each with its own signer's key, for somebody who asked: an
    /// explanation waits for its turn, and may take longer.
    ///
    /// # Errors
    /// As for [`Judge::verify`].
    pub async fn explain(&self, record: &Record, now: i64) -> Result<Vec<Checked>, NothingToVerify> {
        let mut all = Vec::new();
        for part in parts(record) {
            let (checked, keys) = self.check(&part, now).await?;
            // The semaphore is never closed.
            let turn = self.asked_for.acquire().await.ok();
            all.extend(self.explained(checked, &part, keys, turn, Budget::DEFAULT).await);
        }
        Ok(all)
    }

    async fn check(&self, record: &Record, now: i64) -> Result<(Vec<Checked>, One), NothingToVerify> {
        let window = Window::around(now);
        let signer = signer(record);
        let known = match &signer {
            Some(signer) => self.key(signer).await,
            None => Err(NoKey::default()),
        };
        let prepared = known.as_ref().ok().and_then(|known| self.prepared.of(&known.key));
        let mut keys = One::new(known, prepared);
        let mut checked = verify_record(record, &keys, window)?;
        let mismatch = |one: &Checked| {
            one.verification.findings.iter().any(|finding| finding.code == &codes::SIGNATURE_MISMATCH)
        };
        let foreign = signer.as_ref().filter(|signer| !self.is_own(signer));
        if let Some(signer) = foreign.filter(|_| checked.iter().any(mismatch)) {
            let before = checked.first().and_then(|one| one.verification.key.clone());
            if let Ok(found) = self.fetch(signer, Want::Newer).await
                && Some(found.key.fingerprint()) != before
            {
                keys.key = Ok(found);
                checked = verify_record(record, &keys, window)?;
            }
            keys.before = self.keys.suspects(Some(signer));
        }
        Ok((checked, keys))
    }

    /// Says that the very same signature came before, where it did.
    fn flag_replay(&self, checked: &mut [Checked], record: &Record, now: i64) {
        let Some(one) = checked.first_mut() else { return };
        let before = match one.verification.verdict {
            Verdict::Valid => self.replays.remember(record, now),
            Verdict::Stale => self.replays.before(record),
            _ => None,
        };
        if let Some(before) = before {
            let message =
                format!("the same signature came {} s ago, and was accepted", (now - before).max(0));
            one.verification.findings.push(Finding::new(&codes::REPLAYED, message));
        }
    }

    /// Takes note that what was verified was not accepted in the end, or that its sender cannot know: it may come again as it
    /// is.
    pub(super) fn was_not_accepted(&self, record: &Record, checked: &[Checked]) {
        let is_replay =
            |one: &Checked| one.verification.findings.iter().any(|finding| finding.code == &codes::REPLAYED);
        if !checked.iter().any(is_replay) {
            self.replays.forget(record);
        }
    }

    /// Adds why a signature does not verify. One is explained at a time, beside the others' traffic; a message that comes
    /// meanwhile goes without.
    async fn explained(
        &self,
        mut checked: Vec<Checked>,
        record: &Record,
        keys: One,
        turn: Option<SemaphorePermit<'_>>,
        limit: Duration,
    ) -> Vec<Checked> {
        if turn.is_none() || !checked.iter().any(needs_explanation) {
            let nothing = Budget::within(Duration::ZERO);
            let others = checked.iter_mut().filter(|one| !needs_explanation(one));
            others.for_each(|one| explain(one, record, &keys, &nothing));
            return checked;
        }
        let (record, unexplained) = (record.clone(), checked.clone());
        let work = tokio::task::spawn_blocking(move || {
            for one in &mut checked {
                explain(one, &record, &keys, &Budget::within(limit));
            }
            checked
        });
        work.await.unwrap_or(unexplained)
    }

    fn is_own(&self, signer: &str) -> bool {
        self.own_key(signer).is_some()
    }

    fn own_key(&self, signer: &str) -> Option<PublicKey> {
        self.own.as_ref().filter(|(domain, _)| signer.eq_ignore_ascii_case(domain)).map(|(_, key)| *key)
    }

    async fn key(&self, signer: &str) -> Result<KnownKey, NoKey> {
        if let Some(key) = self.own_key(signer) {
            let origin = "this instance".to_owned();
            return Ok(KnownKey { key, origin, findings: Vec::new() });
        }
        match self.keys.known(signer, Instant::now()) {
            Some(found) => taken(&found),
            None => self.fetch(signer, Want::Any).await,
        }
    }

    /// Fetches a key, when it is the signer's turn and there is a place.
    async fn fetch(&self, signer: &str, want: Want) -> Result<KnownKey, NoKey> {
        let turn = Arc::clone(self.turns().entry(signer.to_owned()).or_default());
        let fetched = timeout(PATIENCE, async {
            let _turn = turn.lock().await;
            if let Some(found) = self.keys.known(signer, Instant::now()).filter(|_| matches!(want, Want::Any))
            {
                return taken(&found);
            }
            // The semaphore is never closed.
            let _place = self.fetches.acquire().await;
            let (keys, name) = (Arc::clone(&self.keys), signer.to_owned());
            let how = match want {
                Want::Any => KeyDirectory::find,
                Want::Newer => KeyDirectory::refresh,
            };
            let fetched = tokio::task::spawn_blocking(move || how(&keys, &name, Instant::now())).await;
            fetched.map_or_else(
                |_| Err(without("the fetch of its key was broken off".to_owned())),
                |found| taken(&found),
            )
        })
        .await;
        drop(turn);
        let mut turns = self.turns();
        // The last one that waited for this signer takes it from the map, whose own reference is the one left.
        if turns.get(signer).is_some_and(|turn| Arc::strong_count(turn) == 1) {
            turns.remove(signer);
        }
        drop(turns);
        fetched.unwrap_or_else(|_| {
            Err(without(format!(
                "too many keys are being fetched: its turn did not come within {} s",
                PATIENCE.as_secs()
            )))
        })
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<String, Arc<Turn<()>>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which key is wanted.
#[derive(Debug, Clone, Copy)]
enum Want {
    /// Any that is known or can be had.
    Any,
    /// One that was asked for just now: the known one does not fit.
    Newer,
}

fn taken(found: &KeyLookup) -> Result<KnownKey, NoKey> {
    found.as_ref().map(|found| KnownKey::from(&**found)).map_err(|error| NoKey::from(&**error))
}

fn without(why: String) -> NoKey {
    NoKey { why: Some(why), hint: None }
}

/// A record with the request and one with the answer, where one record has both: they have two signers.
fn parts(record: &Record) -> Vec<Cow<'_, Record>> {
    let request = record.request.as_ref().filter(|request| request.headers.is_some());
    let (Some(request), Some(_)) = (request, &record.response) else { return vec![Cow::Borrowed(record)] };
    let asked = Record { response: None, ..record.clone() };
    let only_named = Request { headers: None, ..request.clone() };
    let answered = Record { request: Some(only_named), ..record.clone() };
    vec![Cow::Owned(asked), Cow::Owned(answered)]
}

/// Who signed the message in a record, as written: the request where its headers are known, else the response.
fn signer(record: &Record) -> Option<String> {
    if let Some(frame) = &record.frame {
        return Message::read(&frame.data.0).ok().map(|message| message.signed_by);
    }
    let of_request = record.request.as_ref().and_then(|request| request.headers.as_ref());
    let headers = of_request.or(record.response.as_ref().map(|response| &response.headers))?;
    let fields =
        Fields::from_headers(headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice())));
    fields.signed_by.text().map(str::to_owned)
}
