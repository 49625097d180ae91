//! Single requests: one connection, one exchange, everything about it told.
//!
//! No redirect is followed, every status is an answer, and nothing is decoded: the body is what a signature is over.
//! The target goes out as written or not at all.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::AutoHeaderValue;
use ureq::http::{Method, Request, Uri};
use ureq::{Agent, Error};

use super::deadline::Deadline;
use super::dial_error::Stage;
use super::dialer::Dialer;
use super::http_error::HttpError;
use super::stream::Stream;
use super::transport::{AlreadyResolved, Moments, Prepared, SharedMoments};
use super::url::HttpUrl;
use crate::protocol::record::{Bytes, Headers, Timings};

/// The most of a body that is read unless told otherwise, in bytes.
pub const MAX_BODY: u64 = 16 << 20;

/// The largest head of a response, in bytes.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// Headers that frame a message; the program writes them itself.
const FRAMING: [&str; 3] = ["content-length", "transfer-encoding", "connection"];

/// A request to send.
#[derive(Debug, Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// Where to, with the target as it is sent.
    pub url: HttpUrl,
    /// The headers, without those that frame the message.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The headers in the order that they came in; names in lower case.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether the body went over the limit, and the rest was not read.
    pub truncated: bool,
    /// How long each stage took.
    pub timings: Timings,
    /// The TLS version, where TLS was spoken.
    pub tls: Option<&'static str>,
    /// The address at the other end.
    pub peer: SocketAddr,
}

impl HttpResponse {
    /// The first value of a header, as text; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).and_then(|(_, value)| value.as_text())
    }
}

/// Sends single requests.
#[derive(Debug)]
pub struct Http {
    dialer: Dialer,
    max_body: u64,
}

impl Http {
    /// Requests over connections of this dialer.
    pub fn new(dialer: Dialer) -> Self {
        Http { dialer, max_body: MAX_BODY }
    }

    /// The same with another limit for bodies, in bytes.
    #[must_use]
    pub fn with_max_body(mut self, limit: u64) -> Self {
        self.max_body = limit;
        self
    }

    /// Sends a request over a connection of its own, and reads the answer whole.
    ///
    /// A body over the limit is cut there and marked `truncated`.
    ///
    /// # Errors
    /// When the request cannot be sent as written, no connection can be made, or no whole answer comes.
    pub fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let message = self.message(request)?;
        let start = Instant::now();
        let deadline = Deadline::after(self.dialer.options().timeout);
        let origin = request.url.origin();
        let stream = self.dialer.dial(origin, &[b"http/1.1"], deadline).map_err(HttpError::Dial)?;
        let moments = SharedMoments::default();
        let facts = Facts { target: origin.to_string(), deadline, start, moments: Arc::clone(&moments) };
        let (timings, tls, peer) = (stream.timings(), stream.tls().map(|tls| tls.version), stream.peer());
        let agent = agent(stream, moments);
        // Without a body there is no length to announce, which some servers take amiss on a GET.
        let answer =
            match message.body().is_empty() && matches!(*message.method(), Method::GET | Method::HEAD) {
                true => agent.run(message.map(|_| ())),
                false => agent.run(message),
            };
        let response = answer.map_err(|error| facts.failure(error, None))?;

        let (head, body) = response.into_parts();
        let headers = head
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), Bytes(value.as_bytes().to_vec())))
            .collect();
        let (body, truncated) = self.read_body(body, &facts)?;
        Ok(HttpResponse {
            status: head.status.as_u16(),
            headers,
            body,
            truncated,
            timings: Timings {
                dns: timings.dns.map(millis),
                connect: Some(millis(timings.connect)),
                tls: timings.tls.map(millis),
                first_byte: facts.first_byte(),
                total: Some(millis(start.elapsed())),
            },
            tls,
            peer,
        })
    }

    fn read_body(&self, body: ureq::Body, facts: &Facts) -> Result<(Vec<u8>, bool), HttpError> {
        let mut bytes = Vec::new();
        let reader = body.into_with_config().limit(u64::MAX).reader();
        reader
            .take(self.max_body + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| facts.failure(Error::from(error), Some(Stage::Body)))?;
        let limit = usize::try_from(self.max_body).unwrap_or(usize::MAX);
        let truncated = bytes.len() > limit;
        bytes.truncate(limit);
        Ok((bytes, truncated))
    }

    /// The request as the library takes it, with the user's headers in the place of our own.
    fn message(&self, request: &HttpRequest) -> Result<Request<Vec<u8>>, HttpError> {
        let options = self.dialer.options();
        let unsendable = |what: String| HttpError::Unsendable(what);
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| unsendable(format!("{:?} is not an HTTP method", request.method)))?;
        let uri: Uri = request
            .url
            .to_string()
            .parse()
            .map_err(|error| unsendable(format!("the target cannot be sent as written: {error}")))?;
        if uri.path_and_query().map(|target| target.as_str()) != Some(request.url.target()) {
            return Err(unsendable("the target cannot be sent as written".to_owned()));
        }
        let mut message = Request::builder().method(method).uri(uri);
        let replaced = |name: &str| options.headers.iter().any(|(user, _)| user.eq_ignore_ascii_case(name));
        let own = request.headers.iter().filter(|(name, _)| !replaced(name));
        let agent: (String, Bytes) = ("User-Agent".to_owned(), options.user_agent.as_str().into());
        let agent = Some(&agent).filter(|_| !replaced("user-agent"));
        for (name, value) in own.chain(agent).chain(&options.headers) {
            if FRAMING.iter().any(|framing| name.eq_ignore_ascii_case(framing)) {
                return Err(unsendable(format!("the header {name} frames the message and cannot be set")));
            }
            message = message.header(name.as_str(), value.0.as_slice());
        }
        let hosts = message.headers_ref().map_or(0, |headers| headers.get_all("host").iter().count());
        if hosts > 1 {
            return Err(unsendable("the header Host can be set once only".to_owned()));
        }
        message
            .body(request.body.clone())
            .map_err(|error| unsendable(format!("a header cannot be sent: {error}")))
    }
}

fn agent(stream: Stream, moments: SharedMoments) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .user_agent(AutoHeaderValue::None)
        .accept(AutoHeaderValue::None)
        .accept_encoding(AutoHeaderValue::None)
        .allow_non_standard_methods(true)
        .max_response_header_size(MAX_HEAD)
        .build();
    Agent::with_parts(config, Prepared::new(stream, moments), AlreadyResolved)
}

/// What is known about an exchange that is under way.
struct Facts {
    target: String,
    deadline: Deadline,
    start: Instant,
    moments: SharedMoments,
}

impl Facts {
    fn moments(&self) -> Moments {
        *self.moments.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_byte(&self) -> Option<f64> {
        let moments = self.moments();
        let from = moments.sent.unwrap_or(self.start);
        moments.first_byte.map(|at| millis(at.saturating_duration_since(from)))
    }

    fn failure(&self, error: Error, stage: Option<Stage>) -> HttpError {
        let moments = self.moments();
        let stage = stage.unwrap_or(if moments.sent.is_none() { Stage::Send } else { Stage::Head });
        let target = self.target.clone();
        match error {
            Error::Io(error) => match error.kind() {
                io::ErrorKind::TimedOut => {
                    HttpError::TimedOut { target, stage, limit: self.deadline.limit() }
                }
                io::ErrorKind::UnexpectedEof => HttpError::Closed { target, stage },
                _ => match error.downcast::<Error>() {
                    Ok(inner) => self.failure(inner, Some(stage)),
                    Err(error) => HttpError::Broken { target, stage, error },
                },
            },
            Error::LargeResponseHeader(..) => HttpError::HeadTooLarge { target },
            Error::BadUri(why) => HttpError::Unsendable(why),
            Error::Http(error) => HttpError::Unsendable(error.to_string()),
            // The library does not hand out the type of its parser's errors.
            Error::Protocol(inner) if inner.to_string().contains("too many headers") => {
                HttpError::HeadTooLarge { target }
            }
            Error::Protocol(inner) => HttpError::NotHttp { target, why: inner.to_string() },
            other => HttpError::NotHttp { target, why: other.to_string() },
        }
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
