//! What is sent: an entity as it is, signed anew for each delivery, or signed before the start.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use tokio_tungstenite::tungstenite::{Message as Frame, Utf8Bytes};

use super::outcome::LoadError;
use super::plan::{Plan, Transport, share};
use super::template::Template;
use crate::client::{HttpError, HttpRequest, HttpUrl, NetworkOptions, wire_headers};
use crate::protocol::Ambient;
use crate::protocol::record::Headers;
use crate::protocol::versia::{self, MEDIA_TYPE, Message};
use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, Signed, Signer};

/// What is sent.
#[derive(Clone)]
pub enum Content {
    /// This entity: the body of a request, or the text of a message.
    Unsigned {
        /// The entity's JSON.
        entity: Template,
    },
    /// This entity, signed anew for each delivery.
    Signed {
        /// The entity's JSON.
        entity: Template,
        /// Who signs.
        signer: Box<Signer>,
    },
    /// This entity, so many times signed before the start; then the first one is sent again.
    Presigned {
        /// The entity's JSON.
        entity: Template,
        /// Who signs.
        signer: Box<Signer>,
        /// How many are signed, over all threads.
        count: u64,
    },
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Unsigned { .. } => f.write_str("Unsigned"),
            Content::Signed { signer, .. } => write!(f, "Signed(by {})", signer.domain()),
            Content::Presigned { signer, count, .. } => {
                write!(f, "Presigned({count} by {})", signer.domain())
            }
        }
    }
}

impl Content {
    fn entity(&self) -> &Template {
        match self {
            Content::Unsigned { entity } | Content::Signed { entity, .. } => entity,
            Content::Presigned { entity, .. } => entity,
        }
    }

    fn signer(&self) -> Option<&Signer> {
        match self {
            Content::Unsigned { .. } => None,
            Content::Signed { signer, .. } | Content::Presigned { signer, .. } => Some(signer),
        }
    }
}

/// Makes the requests and messages of one thread.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    content: Content,
    ambient: Ambient,
    target: String,
    uri: Uri,
    /// Of each request; the values of the signature's are put in anew each time.
    headers: HeaderMap,
    /// The names of the signature's headers, made once: each would be copied for each request.
    names: [HeaderName; 3],
    /// The names of the user's own headers, which take the place of ours.
    users: Vec<HeaderName>,
    ready: Option<Arc<Ready>>,
}

/// What was made before the start.
#[derive(Debug)]
struct Ready {
    made: Vec<Made>,
    next: AtomicUsize,
}

#[derive(Debug)]
enum Made {
    Post { body: Bytes, signature: HeaderMap },
    Frame(Utf8Bytes),
}

impl Ready {
    fn next(&self) -> Option<&Made> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.made.get(number % self.made.len().max(1))
    }
}

impl Requests {
    /// The requests of the thread `index`. Signs those that are signed before the start.
    ///
    /// # Errors
    /// When the target or a header cannot stand in a request, or an entity not in a message.
    pub(super) fn new(plan: &Plan, index: usize) -> Result<Self, LoadError> {
        let target = plan.url.target();
        let uri = target.parse().map_err(|_| LoadError::Plan("the target cannot stand in a request"))?;
        let own = [(ACCEPT, MEDIA_TYPE), (CONTENT_TYPE, versia::CONTENT_TYPE)];
        let (headers, users) = headers(&plan.url, plan.dialer.options(), &own).map_err(LoadError::Connect)?;
        let names = [SIGNATURE, SIGNED_BY, SIGNED_AT].map(|name| HeaderName::from_bytes(name.as_bytes()));
        let [Ok(signature), Ok(signed_by), Ok(signed_at)] = names else {
            return Err(LoadError::Plan("the signature's headers cannot stand in a request"));
        };
        let content = plan.content.clone();
        let mut requests = Requests {
            content,
            ambient: plan.ambient,
            target: target.to_owned(),
            uri,
            headers,
            names: [signature, signed_by, signed_at],
            users,
            ready: None,
        };
        requests.make_room();
        if let Transport::WebSocket { .. } = plan.transport
            && std::str::from_utf8(&requests.content.entity().fill(0, plan.ambient)).is_err()
        {
            return Err(LoadError::Plan("a WebSocket text message has to be UTF-8"));
        }
        if let Content::Presigned { count, .. } = requests.content {
            let count = share(count, plan.threads, index).max(1);
            let is_frame = plan.transport != Transport::Http;
            let made = (0..count).map(|_| requests.make(is_frame)).collect();
            requests.ready = Some(Arc::new(Ready { made, next: AtomicUsize::new(0) }));
        }
        Ok(requests)
    }

    /// Puts the signature's headers in their places, so that those of each request need not grow.
    fn make_room(&mut self) {
        if self.content.signer().is_none() {
            return;
        }
        for name in self.names.iter().filter(|name| !self.users.contains(name)) {
            self.headers.insert(name.clone(), HeaderValue::from_static(""));
        }
    }

    /// Whether making one takes a signature's time.
    pub(super) fn are_signed(&self) -> bool {
        matches!(self.content, Content::Signed { .. })
    }

    /// A request that delivers.
    pub(super) fn post(&self) -> Request<Full<Bytes>> {
        if let Some(Made::Post { body, signature }) = self.ready.as_deref().and_then(Ready::next) {
            let mut request = self.request(body.clone());
            for (name, value) in signature {
                request.headers_mut().insert(name.clone(), value.clone());
            }
            return request;
        }
        let body = self.content.entity().next(self.ambient);
        let mut request = self.request(body.clone());
        if let Some(signed) = self.sign("POST", &body) {
            self.add_signature(request.headers_mut(), signed);
        }
        request
    }

    fn request(&self, body: Bytes) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request
    }

    /// A text frame that delivers: what has been signed is what a POST of the entity would have signed.
    pub(super) fn frame(&self) -> Frame {
        match self.ready.as_deref().and_then(Ready::next) {
            Some(Made::Frame(text)) => Frame::Text(text.clone()),
            _ => Frame::Text(self.text()),
        }
    }

    fn text(&self) -> Utf8Bytes {
        // That it is UTF-8 was found out before the start.
        let entity = Utf8Bytes::try_from(self.content.entity().next(self.ambient)).unwrap_or_default();
        match self.sign("POST", entity.as_bytes()) {
            // A struct of four strings always serialises.
            Some(signed) => serde_json::to_string(&Message::new(signed, entity.as_str().to_owned()))
                .unwrap_or_default()
                .into(),
            None => entity,
        }
    }

    fn make(&self, is_frame: bool) -> Made {
        if is_frame {
            return Made::Frame(self.text());
        }
        let body = self.content.entity().next(self.ambient);
        let mut signature = HeaderMap::new();
        if let Some(signed) = self.sign("POST", &body) {
            self.add_signature(&mut signature, signed);
        }
        Made::Post { body, signature }
    }

    /// The signature headers of a session's handshake, an ordinary GET; none for unsigned content.
    pub(super) fn handshake_headers(&self) -> Headers {
        self.sign("GET", b"")
            .map(fields)
            .into_iter()
            .flatten()
            .map(|(name, text)| (name.to_owned(), text.as_str().into()))
            .collect()
    }

    /// Sixteen random bytes for a handshake.
    pub(super) fn nonce(&self) -> [u8; 16] {
        let mut nonce = [0; 16];
        (self.ambient.random)(&mut nonce);
        nonce
    }

    fn sign(&self, method: &str, body: &[u8]) -> Option<Signed> {
        let signer = self.content.signer()?;
        Some(signer.sign(method, &self.target, self.ambient.now_seconds(), body))
    }

    fn add_signature(&self, headers: &mut HeaderMap, signed: Signed) {
        for (name, (_, text)) in self.names.iter().zip(fields(signed)) {
            // Base64, digits, and a domain that was checked when the command began.
            if let Ok(value) = HeaderValue::from_maybe_shared(Bytes::from(text))
                && !self.users.contains(name)
            {
                headers.insert(name.clone(), value);
            }
        }
    }
}

fn fields(signed: Signed) -> [(&'static str, String); 3] {
    [(SIGNATURE, signed.signature), (SIGNED_BY, signed.signed_by), (SIGNED_AT, signed.signed_at)]
}

/// The headers of every request, with the user's in the place of ours, and the names of the user's.
pub(super) fn headers(
    url: &HttpUrl,
    options: &NetworkOptions,
    own: &[(HeaderName, &str)],
) -> Result<(HeaderMap, Vec<HeaderName>), HttpError> {
    let request = HttpRequest {
        method: "POST".to_owned(),
        url: url.clone(),
        headers: own.iter().map(|(name, value)| (name.to_string(), (*value).into())).collect(),
        body: Vec::new(),
    };
    let mut headers = HeaderMap::with_capacity(8);
    for (name, value) in wire_headers(&request, options)? {
        // They were checked by whoever listed them.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&value.0))
        {
            headers.append(name, value);
        }
    }
    // The library announces the length of each body.
    headers.remove(CONTENT_LENGTH);
    let users = options.headers.iter().filter_map(|(name, _)| HeaderName::from_bytes(name.as_bytes()).ok());
    Ok((headers, users.collect()))
}
