//! Which key to verify with: the one given, the metadata given, a stored identity's, or the one that the signer's
//! instance publishes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::Context;
use super::error::CliError;
use super::key_input::read_public;
use super::render::timings::stages;
use crate::client::{KeyDirectory, PublishedKey};
use crate::finding::{Finding, codes};
use crate::protocol::versia::{KeySource, KnownKey, NoKey};
use crate::signing::{PublicKey, Role, Suspect};

/// A key from a metadata document.
#[derive(Debug)]
struct Published {
    domain: Option<String>,
    key: PublicKey,
    findings: Vec<Finding>,
}

/// The keys that one run knows, or can ask for.
#[derive(Debug, Default)]
pub struct KnownKeys {
    /// The key given for every signer.
    given: Option<(PublicKey, String)>,
    /// The keys of metadata documents.
    metadata: Vec<Published>,
    /// The keys of stored identities by domain, in lower case.
    stored: HashMap<String, (String, PublicKey)>,
    /// Asks the instances of other signers.
    fetched: Option<Fetched>,
    /// Keys that may have signed in the place of the signer's.
    others: Vec<Suspect>,
}

/// The keys that instances publish.
#[derive(Debug)]
struct Fetched {
    directory: KeyDirectory,
    /// The moment that ages are told from: what was fetched once holds for the whole run.
    start: Instant,
    /// Those that were used, by the address of the document.
    used: Mutex<BTreeMap<String, Arc<PublishedKey>>>,
}

impl Fetched {
    fn key_of(&self, signer: &str) -> Result<KnownKey, NoKey> {
        let published = self.directory.find(signer, self.start).map_err(|error| NoKey::from(&*error))?;
        let known = KnownKey::from(&*published);
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.entry(published.url.clone()).or_insert(published);
        Ok(known)
    }
}

impl KnownKeys {
    /// The one key that is given for every signer, with where it came from.
    pub fn given(key: PublicKey, origin: impl Into<String>) -> KnownKeys {
        KnownKeys { given: Some((key, origin.into())), ..KnownKeys::default() }
    }

    /// Reads the keys that the flags name.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read(
        context: &mut Context,
        public_key: Option<&str>,
        metadata: &[String],
        identity: Option<&str>,
    ) -> Result<KnownKeys, CliError> {
        let mut keys = KnownKeys::default();
        if let Some(argument) = public_key {
            let (key, _) = read_public(context, argument, "--public-key")?;
            keys = KnownKeys::given(key, "--public-key");
        }
        if let Some(name) = identity {
            let identity = context.store()?.load(name)?;
            keys = KnownKeys::given(identity.key.public(), format!("identity {name}"));
        }
        for argument in metadata {
            let (key, found) = read_public(context, argument, "--metadata")?;
            let findings = found.unusual_inner.map(|form| {
                let message = format!("the metadata's key is {}", form.describe());
                Finding::new(&codes::KEY_FORM_UNUSUAL, message)
            });
            keys.metadata.push(Published {
                domain: found.domain,
                key,
                findings: findings.into_iter().collect(),
            });
        }
        Ok(keys)
    }

    /// Reads the other keys that may have signed: those given as `[previous=|user=]FILE|BASE64`, and those of the stored
    /// identities.
    ///
    /// # Errors
    /// When one that was given cannot be read.
    pub fn read_others(&mut self, context: &mut Context, arguments: &[String]) -> Result<(), CliError> {
        for argument in arguments {
            let (role, key) = match argument.split_once('=') {
                Some(("previous", key)) => (Role::Previous, key),
                Some(("user", key)) => (Role::User, key),
                _ => (Role::Known, argument.as_str()),
            };
            let (key, _) = read_public(context, key, "--try-key")?;
            self.others.push(Suspect { key, role, origin: "--try-key".to_owned() });
        }
        let Ok(store) = context.store() else { return Ok(()) };
        // What cannot be read was told when it was looked for, or is nothing that anybody asked for.
        for name in store.names().unwrap_or_default() {
            if let Ok(identity) = store.load(&name) {
                let origin = format!("identity {name}");
                self.others.push(Suspect { key: identity.key.public(), role: Role::Known, origin });
            }
        }
        Ok(())
    }

    /// Whether the flags named none.
    pub fn is_empty(&self) -> bool {
        self.given.is_none() && self.metadata.is_empty()
    }

    /// The same, with the directory to ask for the keys of signers that are not known.
    #[must_use]
    pub fn with_directory(mut self, directory: KeyDirectory) -> Self {
        self.fetched = Some(Fetched { directory, start: Instant::now(), used: Mutex::default() });
        self
    }

    /// How long it took to fetch each key, as lines.
    pub fn timings(&self) -> Vec<String> {
        let Some(fetched) = &self.fetched else { return Vec::new() };
        let used = fetched.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.values().map(|key| format!("{}: {}", key.url, stages(&key.timings, key.dialled))).collect()
    }

    /// Reads those of the stored identities. A store that cannot be read is no reason to refuse what needs no key.
    pub fn read_store(&mut self, context: &mut Context) {
        let Ok(store) = context.store() else { return };
        match store.names() {
            Err(error) => context.ui.warn(&error.to_string()),
            Ok(names) => {
                for name in &names {
                    match store.load(name) {
                        Err(error) => context.ui.warn(&error.to_string()),
                        Ok(identity) => {
                            let entry = (identity.name, identity.key.public());
                            self.stored.entry(identity.domain.to_ascii_lowercase()).or_insert(entry);
                        }
                    }
                }
            }
        }
    }
}

impl KeySource for KnownKeys {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        let signer = signed_by.unwrap_or_default();
        if let Some((key, origin)) = &self.given {
            return Ok(KnownKey { key: *key, origin: origin.clone(), findings: Vec::new() });
        }
        if let Some(published) = self.published_by(signer) {
            return Ok(published);
        }
        if let Some((name, key)) = self.stored.get(&signer.to_ascii_lowercase()) {
            return Ok(KnownKey { key: *key, origin: format!("identity {name}"), findings: Vec::new() });
        }
        match (&self.fetched, signed_by) {
            (Some(fetched), Some(signer)) => fetched.key_of(signer),
            _ => Err(NoKey::default()),
        }
    }

    fn suspects(&self, signed_by: Option<&str>) -> Vec<Suspect> {
        let published = self.metadata.iter().map(|one| Suspect {
            key: one.key,
            role: Role::Known,
            origin: one
                .domain
                .as_ref()
                .map_or("--metadata".to_owned(), |domain| format!("the metadata of {domain}")),
        });
        let fetched = self.fetched.iter().flat_map(|fetched| fetched.directory.suspects(signed_by));
        self.others.iter().cloned().chain(published).chain(fetched).collect()
    }
}

impl KnownKeys {
    /// The document that names the signer, else one that names nobody, else the only one there is.
    fn published_by(&self, signer: &str) -> Option<KnownKey> {
        let names =
            |one: &&Published| one.domain.as_ref().is_some_and(|domain| domain.eq_ignore_ascii_case(signer));
        let known = |one: &Published| KnownKey {
            key: one.key,
            origin: "--metadata".to_owned(),
            findings: one.findings.clone(),
        };
        let fits = self.metadata.iter().find(names);
        if let Some(one) = fits.or_else(|| self.metadata.iter().find(|one| one.domain.is_none())) {
            return Some(known(one));
        }
        // With one document only, it is the one that is meant, whatever domain it names.
        let [only] = self.metadata.as_slice() else { return None };
        let mut known = known(only);
        let whose = only.domain.as_deref().unwrap_or_default();
        let message = format!("the metadata is {whose:?}'s, and the message is signed by {signer:?}");
        known.findings.push(Finding::new(&codes::KEY_OF_ANOTHER_DOMAIN, message));
        Some(known)
    }
}
