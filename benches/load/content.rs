//! What is sent: the same bytes each time, or an entity that is signed anew for each delivery.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use tokio_tungstenite::tungstenite::{Message as Frame, Utf8Bytes};
use versia_cli::protocol::versia::{self, MEDIA_TYPE, Message};
use versia_cli::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, Signed, Signer};

use super::outcome::LoadError;

/// A clock that tells Unix seconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// What is sent.
#[derive(Clone)]
pub enum Content {
    /// These bytes: the body of a request, or the text of a message.
    Unsigned {
        /// The bytes.
        body: Bytes,
    },
    /// This entity, signed anew for each delivery.
    Signed {
        /// The entity's JSON.
        entity: String,
        /// Who signs.
        signer: Box<Signer>,
        /// When.
        clock: Clock,
    },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Unsigned { body } => write!(f, "Unsigned({} bytes)", body.len()),
            Content::Signed { entity, signer, .. } => {
                write!(f, "Signed({} bytes by {})", entity.len(), signer.domain())
            }
        }
    }
}

impl Content {
    /// Whether it can be sent at all.
    pub(super) fn check(&self, target: &str, authority: &str) -> Result<(), LoadError> {
        Requests::new(self, target, authority).map(|_| ())
    }
}

/// Makes the requests and messages of one thread.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    content: Content,
    target: String,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
    text: Utf8Bytes,
}

impl Requests {
    /// Requests for `target`.
    ///
    /// # Errors
    /// When the target, the authority or the signer's domain cannot stand in a request.
    pub(super) fn new(content: &Content, target: &str, authority: &str) -> Result<Self, LoadError> {
        let uri = target.parse().map_err(|_| LoadError::Plan("the target cannot stand in a request"))?;
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(HOST, value(authority)?);
        headers.insert(ACCEPT, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(versia::CONTENT_TYPE));
        let body = match content {
            Content::Unsigned { body } => body.clone(),
            Content::Signed { entity, signer, .. } => {
                value(signer.domain())?;
                Bytes::copy_from_slice(entity.as_bytes())
            }
        };
        let text = Utf8Bytes::try_from(body.clone()).unwrap_or_default();
        Ok(Requests { content: content.clone(), target: target.to_owned(), uri, headers, body, text })
    }

    /// Whether making one takes a signature's time.
    pub(super) fn are_signed(&self) -> bool {
        matches!(self.content, Content::Signed { .. })
    }

    /// A request that delivers.
    pub(super) fn post(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        if let Some(signed) = self.sign("POST", &self.body) {
            add_signature(request.headers_mut(), signed);
        }
        request
    }

    /// A text frame that delivers: what has been signed is what a POST of the entity would have signed.
    pub(super) fn frame(&self) -> Frame {
        match (&self.content, self.sign("POST", &self.body)) {
            (Content::Signed { entity, .. }, Some(signed)) => {
                // A struct of four strings always serialises.
                let text = serde_json::to_string(&Message::new(signed, entity.clone())).unwrap_or_default();
                Frame::text(text)
            }
            _ => Frame::Text(self.text.clone()),
        }
    }

    /// The signature headers of a session's handshake, an ordinary GET; none for unsigned content.
    pub(super) fn handshake_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(signed) = self.sign("GET", b"") {
            add_signature(&mut headers, signed);
        }
        headers
    }

    fn sign(&self, method: &str, body: &[u8]) -> Option<Signed> {
        match &self.content {
            Content::Unsigned { .. } => None,
            Content::Signed { signer, clock, .. } => Some(signer.sign(method, &self.target, clock(), body)),
        }
    }
}

fn value(text: &str) -> Result<HeaderValue, LoadError> {
    HeaderValue::from_str(text).map_err(|_| LoadError::Plan("a name cannot stand in a header"))
}

fn add_signature(headers: &mut HeaderMap, signed: Signed) {
    let fields =
        [(SIGNATURE, signed.signature), (SIGNED_BY, signed.signed_by), (SIGNED_AT, signed.signed_at)];
    for (name, text) in fields {
        let name = HeaderName::from_bytes(name.as_bytes());
        // Base64, digits, and a domain that was checked when the plan was.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_maybe_shared(Bytes::from(text))) {
            headers.insert(name, value);
        }
    }
}
