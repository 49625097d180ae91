//! Which key to verify with: the one given, the metadata given, or a stored identity's.

use std::collections::HashMap;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::key_input::read_public;
use crate::finding::{Finding, codes};
use crate::protocol::versia::{KeySource, KnownKey, NoKey};
use crate::signing::PublicKey;

/// A key from a metadata document.
#[derive(Debug)]
struct Published {
    domain: Option<String>,
    key: PublicKey,
    findings: Vec<Finding>,
}

/// The keys that one run knows.
#[derive(Debug, Default)]
pub(super) struct KnownKeys {
    /// The key given for every signer.
    given: Option<(PublicKey, String)>,
    /// The keys of metadata documents.
    metadata: Vec<Published>,
    /// The keys of stored identities by domain, in lower case.
    stored: HashMap<String, (String, PublicKey)>,
}

impl KnownKeys {
    /// Reads the keys that the flags name; without any, those of the store.
    pub(super) fn read(
        context: &mut Context,
        public_key: Option<&str>,
        metadata: &[String],
        identity: Option<&str>,
    ) -> Result<KnownKeys, CliError> {
        let mut keys = KnownKeys::default();
        if let Some(argument) = public_key {
            let (key, _) = read_public(context, argument, "--public-key")?;
            keys.given = Some((key, "--public-key".to_owned()));
        }
        if let Some(name) = identity {
            let identity = context.store()?.load(name)?;
            keys.given = Some((identity.key.public(), format!("identity {name}")));
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
        if keys.given.is_none() && keys.metadata.is_empty() {
            keys.read_store(context);
        }
        Ok(keys)
    }

    /// A store that cannot be read is no reason to refuse what needs no key.
    fn read_store(&mut self, context: &mut Context) {
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
        let stored = self.stored.get(&signer.to_ascii_lowercase());
        let (name, key) = stored.ok_or_else(NoKey::default)?;
        Ok(KnownKey { key: *key, origin: format!("identity {name}"), findings: Vec::new() })
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
