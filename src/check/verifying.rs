//! What signatures are worth: those of the instance's answers, and those of this side's own requests.

use super::probe::Probe;
use crate::client::{HttpResponse, HttpUrl, KeyDirectory, Peer};
use crate::entity::Profile;
use crate::protocol::versia::{
    Checked, KeySource, KnownKey, NoKey, Rules, explain, verify_record, verify_response_as,
};
use crate::signing::{self, Budget, Signer, Window};

impl Probe<'_> {
    /// What `verify` says of the request that was sent last, by the key that this side publishes.
    pub(super) fn own_signature(&self) -> Option<Checked> {
        let mut record = self.log.borrow().last()?.clone();
        record.response = None;
        let key = OwnKey(self.signer);
        let mut checked =
            verify_record(&record, &key, Window::around(self.ambient.now_seconds())).ok()?.pop()?;
        explain(&mut checked, &record, &key, &Budget::within(Budget::DEFAULT));
        Some(checked)
    }

    /// By which rules signatures are verified now.
    fn rules(&self) -> Rules {
        let profile = match self.profile {
            Profile::Spec => signing::Profile::Spec,
            Profile::VersiaServer => signing::Profile::VersiaServer09,
        };
        Rules { window: Window::around(self.ambient.now_seconds()), profile }
    }

    /// What the signature of an answer is worth, explained where it does not hold.
    pub(super) fn verified(&self, response: &HttpResponse, method: &str, target: &str) -> Checked {
        let keys = self.keys.get_or_init(|| {
            let url = HttpUrl::new(self.origin.clone(), "/").ok();
            let peer = url.map(|url| Peer { domain: self.known.domain.clone(), url });
            KeyDirectory::new(self.options().clone(), peer.into_iter().collect())
        });
        let mut checked = verify_response_as(&response.recorded(), method, target, keys, self.rules());
        if let Some(record) = self.log.borrow().last() {
            explain(&mut checked, record, keys, &Budget::within(Budget::DEFAULT));
        }
        checked
    }
}

/// The key of this side, as it publishes it.
struct OwnKey<'a>(&'a Signer);

impl KeySource for OwnKey<'_> {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        if signed_by != Some(self.0.domain()) {
            return Err(NoKey::default());
        }
        let origin = "what our instance publishes".to_owned();
        Ok(KnownKey { key: self.0.key().public(), origin, findings: Vec::new() })
    }
}
