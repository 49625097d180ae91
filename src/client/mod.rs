//! Outbound sockets: one dialer for everything that leaves this machine, single HTTP requests, WebSocket sessions
//! and RoadRunner's RPC over it.
//!
//! The dialer blocks, and nothing else opens connections; [`AsyncStream`] is what it made, under tokio. Does not know
//! about flags or the environment: what the user says comes in as [`NetworkOptions`]. See
//! <https://versia.pub/federation/http>.

mod async_stream;
mod deadline;
mod dial_error;
mod dialer;
pub mod goridge;
mod head;
mod http;
mod http_error;
mod keys;
#[cfg(test)]
mod loopback;
mod metadata;
mod naming;
mod options;
mod policy;
mod proxy;
mod resolver;
mod stream;
mod tls;
mod transport;
mod url;
pub mod websocket;

pub use async_stream::AsyncStream;
pub use deadline::Deadline;
pub use dial_error::{DialCause, DialError, Stage};
pub use dialer::{Dialer, Located};
pub use head::{Head, read_head};
pub use http::{Http, HttpRequest, HttpResponse, MAX_BODY, wire_headers};
pub use http_error::HttpError;
pub use keys::{KeyDirectory, KeyFetchError, KeyLookup, Peer, PeerError, PublishedKey};
pub use metadata::{Fetched, MetadataError, fetch_metadata};
pub use naming::{
    Account, AccountError, Link, LinkError, LinkKind, Recipient, RecipientError, Resource, ResourceError,
    Subject, webfinger_target,
};
pub use options::{CaCertificates, NetworkOptions, ResolveRule, ResolveRuleError};
pub use policy::AddressPolicy;
pub use proxy::{Proxy, ProxyError, ProxyVariables};
pub use stream::{StageTimings, Stream, TlsDetails};
pub use tls::TlsProblem;
pub use url::{HttpUrl, Origin, UrlError, without_password};
