//! Messages as they are sent: a request or a response with the headers that the documents ask for.

use super::super::record::{Bytes, Headers, Request, Response};
use super::{CONTENT_TYPE, MEDIA_TYPE, signature_headers};
use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, Signed};

/// A signed request. `host` is what goes into `Host`; without one the header is left out.
pub fn compose_request(
    signed: &Signed,
    method: &str,
    target: &str,
    host: Option<&str>,
    body: Vec<u8>,
) -> Request {
    let mut headers = Headers::new();
    headers.extend(host.map(|host| ("Host".to_owned(), host.into())));
    headers.push(("Accept".to_owned(), MEDIA_TYPE.into()));
    if !body.is_empty() {
        headers.push(("Content-Type".to_owned(), CONTENT_TYPE.into()));
    }
    headers.extend(signature_headers(signed));
    Request {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: Some(headers),
        body: Bytes(body),
        truncated: false,
        verdict: None,
    }
}

/// A signed response with a status.
pub fn compose_response(signed: &Signed, status: u16, body: Vec<u8>) -> Response {
    let mut headers = vec![("Content-Type".to_owned(), Bytes::from(CONTENT_TYPE))];
    headers.extend(signature_headers(signed));
    Response { status, headers, body: Bytes(body), truncated: false, verdict: None }
}

/// A message's own headers with the signature headers in the place of those it had.
pub fn replace_signature(headers: Headers, signed: &Signed) -> Headers {
    let of_signature =
        |name: &str| [SIGNATURE, SIGNED_BY, SIGNED_AT].iter().any(|own| name.eq_ignore_ascii_case(own));
    let mut kept: Headers = headers.into_iter().filter(|(name, _)| !of_signature(name)).collect();
    kept.extend(signature_headers(signed));
    kept
}

/// Adds the length of the body, for a message that is written out whole.
pub fn add_content_length(headers: &mut Headers, body: &Bytes) {
    headers.push(("Content-Length".to_owned(), body.0.len().to_string().into()));
}
