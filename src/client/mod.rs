//! Outbound sockets: one dialer for everything that leaves this machine, and single HTTP requests over it.
//!
//! Blocking, and nothing else opens connections. Does not know about flags or the environment: what the user says
//! comes in as [`NetworkOptions`]. See <https://versia.pub/federation/http>.

mod deadline;
mod dial_error;
mod dialer;
mod head;
mod http;
mod http_error;
mod keys;
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

pub use deadline::Deadline;
pub use dial_error::{DialCause, DialError, Stage};
pub use dialer::Dialer;
pub use http::{Http, HttpRequest, HttpResponse, MAX_BODY, wire_headers};
pub use http_error::HttpError;
pub use keys::{KeyDirectory, KeyFetchError, KeyLookup, Peer, PeerError, PublishedKey};
pub use metadata::{Fetched, MetadataError, fetch_metadata};
pub use naming::{Link, LinkError, LinkKind, Recipient, RecipientError, Resource, ResourceError};
pub use options::{CaCertificates, NetworkOptions, ResolveRule, ResolveRuleError};
pub use policy::AddressPolicy;
pub use proxy::{Proxy, ProxyError, ProxyVariables};
pub use stream::{StageTimings, Stream, TlsDetails};
pub use url::{HttpUrl, Origin, UrlError};
