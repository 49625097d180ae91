//! The head of a request as it goes out: the target as written, the headers in the order and case that they were given.

use ureq::http::{HeaderName, HeaderValue, Method, Request};

use super::HttpRequest;
use crate::client::http_error::HttpError;
use crate::client::options::NetworkOptions;
use crate::client::url::HttpUrl;
use crate::protocol::record::{Bytes, Headers};

/// Headers that frame a message; the program writes them itself.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

/// The headers of a request as they go out: `Host`, its own, `User-Agent`, the user's in the place of those of the same
/// name, and the length of the body.
///
/// # Errors
/// When one of them cannot be sent.
pub fn wire_headers(request: &HttpRequest, options: &NetworkOptions) -> Result<Headers, HttpError> {
    let users = |name: &str| options.headers.iter().any(|(user, _)| user.eq_ignore_ascii_case(name));
    let own = |name: &str| request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let mut headers = Headers::new();
    if !users("host") && !own("host") {
        headers.push(("Host".to_owned(), request.url.origin().authority().into()));
    }
    headers.extend(request.headers.iter().filter(|(name, _)| !users(name)).cloned());
    if !users("user-agent") && !own("user-agent") {
        headers.push(("User-Agent".to_owned(), options.user_agent.as_str().into()));
    }
    headers.extend(options.headers.iter().cloned());
    headers.iter().try_for_each(check)?;
    let hosts = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("host")).count();
    if hosts > 1 {
        return Err(unsendable("the header Host can be set once only"));
    }
    // Without a body there is no length to announce, which some servers take amiss on a GET.
    if !request.body.is_empty() || !matches!(request.method.as_str(), "GET" | "HEAD") {
        headers.push(("Content-Length".to_owned(), request.body.len().to_string().into()));
    }
    Ok(headers)
}

/// The value of a header is never quoted: it may be a secret.
fn check((name, value): &(String, Bytes)) -> Result<(), HttpError> {
    if FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
        return Err(unsendable(format!("the header {name} frames the message and cannot be set")));
    }
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(unsendable(format!("{name:?} is not the name of a header")));
    }
    match HeaderValue::from_bytes(&value.0) {
        Ok(_) => Ok(()),
        Err(_) => Err(unsendable(format!("the header {name} has a line break or a control character"))),
    }
}

/// The head as it is sent.
pub(super) fn wire_head(method: &Method, url: &HttpUrl, headers: &Headers) -> Vec<u8> {
    let mut head = format!("{method} {} HTTP/1.1\r\n", url.target()).into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(&value.0);
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// The method, where it is one.
pub(super) fn method(request: &HttpRequest) -> Result<Method, HttpError> {
    Method::from_bytes(request.method.as_bytes())
        .map_err(|_| unsendable(format!("{:?} is not an HTTP method", request.method)))
}

/// What the library has to know of a request: where to, and what changes its own behaviour. What goes out is ours.
pub(super) fn for_library<'a>(
    request: &'a HttpRequest,
    method: Method,
    headers: &Headers,
) -> Result<Request<&'a [u8]>, HttpError> {
    let origin = request.url.origin();
    let scheme = if origin.tls { "https" } else { "http" };
    let mut message = Request::builder().method(method).uri(format!("{scheme}://{}/", origin.authority()));
    for (name, value) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("expect")) {
        message = message.header(name.as_str(), value.0.as_slice());
    }
    message.body(request.body.as_slice()).map_err(|error| unsendable(error.to_string()))
}

fn unsendable(what: impl Into<String>) -> HttpError {
    HttpError::Unsendable(what.into())
}
