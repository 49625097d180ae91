//! Where something is asked for, and whose it has to be.

use crate::client::{HttpUrl, Origin, Peer, Resource};
use crate::protocol::versia::EntityPath;

/// Where something is asked for, and whose it has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub url: HttpUrl,
    /// The domain whose instance has to have signed the answer; `None` where an address of this machine was given.
    pub domain: Option<String>,
    /// Whether the address was given, and is asked for as it is written.
    pub as_written: bool,
}

impl Place {
    /// What the user named.
    pub fn named(resource: &Resource) -> Self {
        let url = resource.url().clone();
        let domain = Some(resource.host().to_owned()).filter(|host| !is_address(host));
        Place { url, domain, as_written: resource.is_address() }
    }

    /// What a reference in an entity means that came from here: an id alone is the same instance's, `domain:id` the domain's.
    /// `None` for what is no reference.
    pub fn referred(&self, reference: &str, kind: &str, peers: &[Peer]) -> Option<Place> {
        if !reference.contains(':') {
            let target = EntityPath::new(kind, checked_id(reference)?).target();
            return Some(Place { url: self.at(&target)?, domain: self.domain.clone(), as_written: false });
        }
        let (host, id) = reference.rsplit_once(':')?;
        let resource = Resource::parse(reference, Some(kind)).ok()?;
        checked_id(id)?;
        let is_here = self.domain.as_ref().is_some_and(|domain| domain.eq_ignore_ascii_case(host))
            || self.url.origin().authority().eq_ignore_ascii_case(host);
        if is_here {
            let url = self.at(&EntityPath::new(kind, id).target())?;
            return Some(Place { url, domain: self.domain.clone(), as_written: false });
        }
        Some(Place::named(&resource.through(peers)))
    }

    /// The same instance's, at another target.
    pub fn with_target(&self, target: &str) -> Option<Place> {
        Some(Place { url: self.at(target)?, ..self.clone() })
    }

    fn at(&self, target: &str) -> Option<HttpUrl> {
        HttpUrl::new(self.url.origin().clone(), target).ok()
    }
}

/// Whether a host is an address or this machine, and so nobody's domain.
pub(super) fn is_address(host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_ok() || Origin::of_domain(host).is_loopback()
}

/// An id as the documents have it: what a peer writes must not lead to any path.
fn checked_id(id: &str) -> Option<&str> {
    let is_id = (1..=512).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, domain: Option<&str>) -> Place {
        Place { url: HttpUrl::parse(text).unwrap(), domain: domain.map(str::to_owned), as_written: true }
    }

    #[test]
    fn references_lead_to_their_own_instance() {
        let peers = ["p.example=http://127.0.0.1:1".parse().unwrap()];
        let from = place("http://127.0.0.1:3000/x", Some("b.example"));
        for (reference, url, domain) in [
            ("1", "http://127.0.0.1:3000/.versia/v0.6/entities/User/1", "b.example"),
            ("B.example:1", "http://127.0.0.1:3000/.versia/v0.6/entities/User/1", "b.example"),
            ("127.0.0.1:3000:1", "http://127.0.0.1:3000/.versia/v0.6/entities/User/1", "b.example"),
            ("c.example:1", "https://c.example/.versia/v0.6/entities/User/1", "c.example"),
            ("c.example:8443:1", "https://c.example:8443/.versia/v0.6/entities/User/1", "c.example"),
            ("p.example:1", "http://127.0.0.1:1/.versia/v0.6/entities/User/1", "p.example"),
        ] {
            let referred = from.referred(reference, "User", &peers).unwrap();
            assert_eq!((referred.url.to_string().as_str(), referred.domain.as_deref()), (url, Some(domain)));
        }
    }

    #[test]
    fn what_is_no_reference_leads_nowhere() {
        let from = place("https://b.example/x", Some("b.example"));
        for reference in [
            "",
            "a/b",
            "..",
            "c.example:",
            "c.example:a/../b",
            "https://c.example/x",
            "a b",
            "@a@b.example",
            "é",
        ] {
            assert_eq!(from.referred(reference, "User", &[]), None, "{reference}");
        }
    }
}
