//! The keys that answers are verified with: those of the stored identities, by domain.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::identity::Store;
use crate::protocol::versia::{KeySource, KnownKey, NoKey};
use crate::signing::PublicKey;

/// The store's keys, read when the first answer is signed.
pub(super) struct StoredKeys {
    store: Option<Store>,
    keys: OnceLock<HashMap<String, (String, PublicKey)>>,
}

impl StoredKeys {
    pub(super) fn new(store: Option<Store>) -> Self {
        StoredKeys { store, keys: OnceLock::new() }
    }

    fn read(&self) -> HashMap<String, (String, PublicKey)> {
        let Some(store) = &self.store else { return HashMap::new() };
        let names = store.names().unwrap_or_default();
        let identities = names.iter().filter_map(|name| store.load(name).ok());
        identities
            .map(|one| (one.domain.to_ascii_lowercase(), (one.name.clone(), one.key.public())))
            .collect()
    }
}

impl KeySource for StoredKeys {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        let signer = signed_by.unwrap_or_default().to_ascii_lowercase();
        let known = self.keys.get_or_init(|| self.read()).get(&signer);
        let (name, key) = known.ok_or_else(NoKey::default)?;
        Ok(KnownKey { key: *key, origin: format!("identity {name}"), findings: Vec::new() })
    }
}
