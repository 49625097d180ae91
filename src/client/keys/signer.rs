//! Where a signer's key is published, from what a message says of its signer.

use super::error::KeyFetchError;
use super::peer::Peer;
use crate::client::url::{HttpUrl, Origin, split_host_port};
use crate::protocol::versia::INSTANCE;
use crate::signing::check_domain;

/// The place of a signer's key.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The document with the key.
    pub(super) url: HttpUrl,
    /// The host that the signer named, in lower case.
    pub(super) host: String,
    /// Whether the user said where that is.
    pub(super) named_by_user: bool,
}

/// Finds the place: of a domain its instance's metadata, of `instance <host>` (0.5) that host's, of a user's URI (0.5)
/// the document at it. A peer's is at the peer's address.
pub(super) fn locate(signed_by: &str, peers: &[Peer]) -> Result<Place, KeyFetchError> {
    let malformed = |why: &dyn std::fmt::Display| KeyFetchError::Signer {
        signer: signed_by.to_owned(),
        why: why.to_string(),
    };
    if signed_by.contains("://") {
        let url = HttpUrl::parse(signed_by).map_err(|error| malformed(&error))?;
        let host = url.origin().host.to_ascii_lowercase();
        let peer = Peer::of(&host, peers);
        let url = match peer {
            Some(peer) => peer.at(url.target()).map_err(|error| malformed(&error))?,
            None => url,
        };
        return Ok(Place { url, host, named_by_user: peer.is_some() });
    }
    let (host, port) = match signed_by.strip_prefix("instance ") {
        Some(host) => split_host_port(host).map_err(|error| malformed(&error))?,
        None => {
            check_domain(signed_by).map_err(|why| malformed(&why))?;
            (signed_by.to_owned(), None)
        }
    };
    let host = host.to_ascii_lowercase();
    let peer = Peer::of(&host, peers);
    let url = match peer {
        Some(peer) => peer.metadata(),
        None => {
            let port = port.unwrap_or(443);
            HttpUrl::new(Origin { port, ..Origin::of_domain(&host) }, INSTANCE)
        }
    };
    Ok(Place { url: url.map_err(|error| malformed(&error))?, host, named_by_user: peer.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_signer_leads_to_a_document() {
        let peers = ["p.example=http://127.0.0.1:3000".parse().unwrap()];
        for (signer, url) in [
            ("B.example", "https://b.example/.versia/v0.6/instance"),
            ("instance b.example", "https://b.example/.versia/v0.6/instance"),
            ("instance b.example:8443", "https://b.example:8443/.versia/v0.6/instance"),
            ("https://b.example/users/1", "https://b.example/users/1"),
            ("p.example", "http://127.0.0.1:3000/.versia/v0.6/instance"),
            ("instance p.example", "http://127.0.0.1:3000/.versia/v0.6/instance"),
            ("https://p.example/users/1?x", "http://127.0.0.1:3000/users/1?x"),
        ] {
            let place = locate(signer, &peers).unwrap();
            assert_eq!(place.url.to_string(), url, "{signer}");
            assert_eq!(place.named_by_user, url.starts_with("http:"), "{signer}");
        }
    }

    #[test]
    fn a_malformed_signer_leads_nowhere() {
        for signer in
            ["", "b.example:443", "b.example/", "instance ", "ftp://b.example/", "https://", "a b", "@a@b"]
        {
            let error = locate(signer, &[]).unwrap_err();
            assert!(matches!(&error, KeyFetchError::Signer { .. }), "{signer}: {error}");
        }
    }
}
