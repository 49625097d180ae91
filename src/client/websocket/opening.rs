//! What is asked for in a handshake, and the request that asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Empty;
use hyper::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Uri};

use super::super::http_error::HttpError;
use super::super::options::NetworkOptions;
use super::super::url::HttpUrl;
use super::{Bytes, MAX_MESSAGE};
use crate::protocol::http::title_case;
use crate::protocol::record::{self, Headers};

/// Headers that frame the message or belong to the handshake; the program writes them itself.
const OWN: [&str; 9] = [
    "connection",
    "content-length",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
];

/// What a session is opened with.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Where to, with the target as it is sent; `https` stands for `wss` and `http` for `ws`.
    pub url: HttpUrl,
    /// The headers beside those of the handshake, such as the signature's.
    pub headers: Headers,
    /// The subprotocols that are offered, the preferred one first.
    pub subprotocols: Vec<String>,
    /// Sixteen random bytes, fresh for every handshake.
    pub nonce: [u8; 16],
    /// The largest message in either direction, in bytes.
    pub max_message: usize,
}

impl Opening {
    /// A session at an address, with nothing beside it, and the usual limit for messages.
    pub fn new(url: HttpUrl, nonce: [u8; 16]) -> Self {
        Opening { url, headers: Headers::new(), subprotocols: Vec::new(), nonce, max_message: MAX_MESSAGE }
    }

    /// The headers as they are sent, in their order, to be shown: without the values that are secrets.
    ///
    /// # Errors
    /// When one of them cannot be sent.
    pub fn wire_headers(&self, options: &NetworkOptions) -> Result<Headers, HttpError> {
        let request = self.request(options)?;
        let value = |value: &HeaderValue| record::Bytes(value.as_bytes().to_vec());
        let sent = request.headers().iter();
        let mut headers = sent.map(|(name, found)| (title_case(name.as_str()), value(found))).collect();
        options.hide_secrets(&mut headers);
        Ok(headers)
    }

    /// The value of `Sec-WebSocket-Key`.
    pub fn key(&self) -> String {
        STANDARD.encode(self.nonce)
    }

    /// The request, with the user's headers in the place of our own.
    pub(super) fn request(&self, options: &NetworkOptions) -> Result<Request<Empty<Bytes>>, HttpError> {
        let unsendable = |what: String| HttpError::Unsendable(what);
        let target = self.url.target();
        let uri: Uri = target
            .parse()
            .map_err(|error| unsendable(format!("the target cannot be sent as written: {error}")))?;
        if uri.path_and_query().map(|sent| sent.as_str()) != Some(target) {
            return Err(unsendable("the target cannot be sent as written".to_owned()));
        }

        let given = |name: &HeaderName| {
            let of_user = options.headers.iter();
            of_user.chain(&self.headers).any(|(user, _)| user.eq_ignore_ascii_case(name.as_str()))
        };
        let mut request = Request::builder().uri(uri);
        if !given(&HOST) {
            request = request.header(HOST, self.url.origin().authority());
        }
        request = request
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", self.key());
        if !self.subprotocols.is_empty() {
            request = request.header("Sec-WebSocket-Protocol", self.subprotocols.join(", "));
        }
        if !given(&USER_AGENT) {
            request = request.header(USER_AGENT, options.user_agent.as_str());
        }
        let replaced = |name: &str| options.headers.iter().any(|(user, _)| user.eq_ignore_ascii_case(name));
        let ours = self.headers.iter().filter(|(name, _)| !replaced(name));
        for (name, value) in ours.chain(&options.headers) {
            if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                return Err(unsendable(format!(
                    "the header {name} belongs to the handshake and cannot be set"
                )));
            }
            request = request.header(name.as_str(), value.0.as_slice());
        }
        let hosts = request.headers_ref().map_or(0, |headers| headers.get_all(HOST).iter().count());
        if hosts > 1 {
            return Err(unsendable("the header Host can be set once only".to_owned()));
        }
        request.body(Empty::new()).map_err(|error| unsendable(format!("a header cannot be sent: {error}")))
    }
}
