//! Instances that the user says where to find: `DOMAIN=URL`, for pairs on one machine or in one laboratory.

use std::fmt;
use std::str::FromStr;

use crate::client::options::NetworkOptions;
use crate::client::url::{HttpUrl, Origin, UrlError};
use crate::protocol::versia::INSTANCE;
use crate::signing::{DomainError, check_domain};

/// Where the instance of a domain is: `DOMAIN=URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The domain as messages name it.
    pub domain: String,
    /// Where its instance is; a path other than `/` is that of its metadata.
    pub url: HttpUrl,
}

impl Peer {
    /// The instance that the user named with an address of it. On this machine it is at that very address; elsewhere it
    /// is where every instance of its domain is.
    pub fn named(origin: &Origin, options: &NetworkOptions) -> Option<Peer> {
        let origin =
            if options.is_loopback(origin) { origin.clone() } else { Origin::of_domain(&origin.host) };
        let domain = origin.host.clone();
        HttpUrl::new(origin, "/").ok().map(|url| Peer { domain, url })
    }

    /// The peer of a domain, among these.
    pub fn of<'a>(domain: &str, peers: &'a [Peer]) -> Option<&'a Peer> {
        peers.iter().find(|peer| peer.domain.eq_ignore_ascii_case(domain))
    }

    /// The address of a target at this peer.
    ///
    /// # Errors
    /// When the target cannot be sent as written.
    pub fn at(&self, target: &str) -> Result<HttpUrl, UrlError> {
        HttpUrl::new(self.url.origin().clone(), target)
    }

    /// The address of its metadata.
    ///
    /// # Errors
    /// Never, in practice: both forms were checked before.
    pub fn metadata(&self) -> Result<HttpUrl, UrlError> {
        if self.url.target() == "/" { self.at(INSTANCE) } else { Ok(self.url.clone()) }
    }
}

impl FromStr for Peer {
    type Err = PeerError;

    fn from_str(text: &str) -> Result<Self, PeerError> {
        let (domain, url) = text.split_once('=').ok_or(PeerError::Form)?;
        check_domain(domain).map_err(|error| PeerError::Domain(domain.to_owned(), error))?;
        let url = HttpUrl::parse(url).map_err(PeerError::Url)?;
        Ok(Peer { domain: domain.to_owned(), url })
    }
}

/// Why a text is not a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerError {
    /// It does not have the two parts.
    Form,
    /// The first part is not a domain.
    Domain(String, DomainError),
    /// The second part is not an address.
    Url(UrlError),
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeerError::Form => f.write_str("it does not have the form DOMAIN=URL"),
            PeerError::Domain(text, why) => write!(f, "{text:?} is not a domain: {why}"),
            PeerError::Url(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for PeerError {}

impl PeerError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            PeerError::Url(error) => error.hint().unwrap_or(EXAMPLE),
            _ => EXAMPLE,
        }
    }
}

const EXAMPLE: &str = "for example b.example=http://127.0.0.1:3000";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_a_domain_and_an_address() {
        let peer: Peer = "b.example=http://127.0.0.1:3000".parse().unwrap();
        assert_eq!(peer.metadata().unwrap().to_string(), "http://127.0.0.1:3000/.versia/v0.6/instance");
        assert_eq!(Peer::of("B.example", std::slice::from_ref(&peer)), Some(&peer));
        assert_eq!(Peer::of("c.example", &[peer]), None);
        let peer: Peer = "b.example=https://[::1]:1/x?y=z".parse().unwrap();
        assert_eq!(peer.metadata().unwrap().to_string(), "https://[::1]:1/x?y=z");
    }

    #[test]
    fn a_named_instance_is_where_its_domain_says_unless_it_is_here() {
        let options = NetworkOptions::default();
        for (url, metadata) in [
            ("http://localhost:3000/x", "http://localhost:3000/.versia/v0.6/instance"),
            ("http://b.example:8080/x", "https://b.example/.versia/v0.6/instance"),
        ] {
            let peer = Peer::named(HttpUrl::parse(url).unwrap().origin(), &options).unwrap();
            assert_eq!(peer.metadata().unwrap().to_string(), metadata);
        }
    }

    #[test]
    fn what_is_no_peer_is_named() {
        for (text, why) in [
            ("b.example", PeerError::Form),
            ("b.example:1=http://x", PeerError::Domain("b.example:1".into(), DomainError::HasPort)),
            ("=http://x", PeerError::Domain(String::new(), DomainError::Empty)),
            ("b.example=127.0.0.1:3000", PeerError::Url(UrlError::NoScheme)),
        ] {
            assert_eq!(text.parse::<Peer>(), Err(why), "{text}");
        }
    }
}
