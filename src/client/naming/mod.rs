//! How people name what is far away: an inbox to deliver to, or an entity to fetch.
//!
//! Addresses are kept as written; names of instances become addresses over HTTPS. Nothing is looked up. See
//! <https://versia.pub/links> and <https://versia.pub/types>.

mod account;
mod link;
mod recipient;
mod resource;

pub use account::{Account, AccountError, Subject, webfinger_target};
pub use link::{Link, LinkError, LinkKind};
pub use recipient::{Recipient, RecipientError};
pub use resource::{Resource, ResourceError};

use super::keys::Peer;
use super::url::{HttpUrl, Origin, UrlError, split_host_port};

/// An instance as people name it: `b.example`, `b.example:8443`, `[::1]:3000`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Instance {
    host: String,
    port: Option<u16>,
}

impl Instance {
    fn parse(text: &str) -> Result<Self, UrlError> {
        split_host_port(text).map(|(host, port)| Instance { host, port })
    }

    /// The address of a target there, over HTTPS.
    fn at(&self, target: &str) -> Result<HttpUrl, UrlError> {
        HttpUrl::new(self.origin(&[]), target)
    }

    /// Where it is: at a peer's address where one of them has its name, else over HTTPS.
    fn origin(&self, peers: &[Peer]) -> Origin {
        match self.peer(peers) {
            Some(peer) => peer.url.origin().clone(),
            None => Origin { port: self.port.unwrap_or(443), ..Origin::of_domain(&self.host) },
        }
    }

    /// The peer that the user named for it.
    fn peer<'a>(&self, peers: &'a [Peer]) -> Option<&'a Peer> {
        Peer::of(&self.host, peers).filter(|_| self.port.is_none())
    }
}
