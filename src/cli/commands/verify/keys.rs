//! Which key to verify with: the one given, the metadata given, or a stored identity's.

use std::collections::HashMap;

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::key_input::read_public;
use crate::finding::{Finding, codes};
use crate::protocol::versia::{KeySource, KnownKey};
use crate::signing::PublicKey;

/// The keys that one run knows.
#[derive(Debug, Default)]
pub(super) struct KnownKeys {
    /// The key given for every signer.
    given: Option<(PublicKey, String)>,
    /// The keys of metadata documents, with the domain that each names.
    metadata: Vec<(Option<String>, PublicKey)>,
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
            let (key, domain) = read_public(context, argument, "--metadata")?;
            keys.metadata.push((domain, key));
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
                for identity in names.iter().filter_map(|name| store.load(name).ok()) {
                    let entry = (identity.name, identity.key.public());
                    self.stored.entry(identity.domain.to_ascii_lowercase()).or_insert(entry);
                }
            }
        }
    }
}

impl KeySource for KnownKeys {
    fn key_of(&self, signed_by: Option<&str>) -> Option<KnownKey> {
        if let Some((key, origin)) = &self.given {
            return Some(KnownKey { key: *key, origin: origin.clone(), finding: None });
        }
        let signer = signed_by.unwrap_or_default();
        let named = |(domain, _): &&(Option<String>, PublicKey)| {
            domain.as_ref().is_none_or(|d| d.eq_ignore_ascii_case(signer))
        };
        if let Some((_, key)) = self.metadata.iter().find(named) {
            return Some(KnownKey { key: *key, origin: "--metadata".to_owned(), finding: None });
        }
        // With one document only, it is the one that is meant, whatever domain it names.
        if let [(Some(domain), key)] = self.metadata.as_slice() {
            let message = format!("the metadata is {domain:?}'s, and the message is signed by {signer:?}");
            let finding = Some(Finding::new(&codes::KEY_OF_ANOTHER_DOMAIN, message));
            return Some(KnownKey { key: *key, origin: "--metadata".to_owned(), finding });
        }
        let (name, key) = self.stored.get(&signer.to_ascii_lowercase())?;
        Some(KnownKey { key: *key, origin: format!("identity {name}"), finding: None })
    }
}
