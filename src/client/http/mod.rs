//! Single requests, one after the other: everything about each exchange told.
//!
//! No redirect is followed, every status is an answer, and nothing is decoded: the body is what a signature is over.
//! The connection stays open for the next request to the same origin, where the server lets it.

mod compose;
mod message;

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::AutoHeaderValue;
use ureq::http::{Method, Response};
use ureq::{Agent, Body, Error};

pub use self::compose::wire_headers;
pub use self::message::{HttpRequest, HttpResponse};

use super::deadline::Deadline;
use super::dial_error::Stage;
use super::dialer::Dialer;
use super::head::{Head, read_head};
use super::http_error::HttpError;
use super::options::NetworkOptions;
use super::transport::{Connection, Dialling, Exchange, LeftToTheDialer, Shared};
use crate::protocol::record::{Headers, Timings};

/// The most of a body that is read unless told otherwise, in bytes.
pub const MAX_BODY: u64 = 16 << 20;

/// The largest head of a response, in bytes.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// Sends requests, one at a time, over a connection that it keeps open to the origin of the last one.
pub struct Http {
    dialer: Arc<Dialer>,
    max_body: u64,
    agent: Agent,
    shared: Shared,
    turn: Mutex<()>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("dialer", &self.dialer).field("max_body", &self.max_body).finish()
    }
}

impl Http {
    /// Requests over connections of this dialer.
    pub fn new(dialer: impl Into<Arc<Dialer>>) -> Self {
        let (dialer, shared) = (dialer.into(), Shared::new());
        let agent = agent(Dialling::new(Arc::clone(&dialer), shared.clone()));
        Http { dialer, max_body: MAX_BODY, agent, shared, turn: Mutex::new(()) }
    }

    /// The same with another limit for bodies, in bytes.
    #[must_use]
    pub fn with_max_body(mut self, limit: u64) -> Self {
        self.max_body = limit;
        self
    }

    /// What its connections go by.
    pub fn options(&self) -> &NetworkOptions {
        self.dialer.options()
    }

    /// Sends a request, and reads the answer whole.
    ///
    /// A body over the limit is cut there and marked `truncated`. The request is sent a second time only when an older
    /// connection turned out to be closed before the request was sent whole.
    ///
    /// # Errors
    /// When the request cannot be sent as written, no connection can be made, or no whole answer comes.
    pub fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let method = compose::method(request)?;
        let headers = wire_headers(request, self.options())?;
        let attempt = Attempt {
            http: self,
            head: compose::wire_head(&method, &request.url, &headers),
            request,
            method,
            headers: &headers,
            start: Instant::now(),
            deadline: Deadline::after(self.options().timeout),
        };
        match attempt.run() {
            Err(_) if attempt.was_certainly_not_processed() => attempt.run(),
            outcome => outcome,
        }
    }
}

fn agent(dialling: Dialling) -> Agent {
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
        .max_idle_connections(1)
        .build();
    Agent::with_parts(config, dialling, LeftToTheDialer)
}

/// One request on its way.
struct Attempt<'a> {
    http: &'a Http,
    request: &'a HttpRequest,
    method: Method,
    headers: &'a Headers,
    head: Vec<u8>,
    start: Instant,
    deadline: Deadline,
}

impl Attempt<'_> {
    fn run(&self) -> Result<HttpResponse, HttpError> {
        let origin = self.request.url.origin().clone();
        *self.http.shared.lock() = Exchange::new(origin, self.head.clone(), self.deadline);
        let message = compose::for_library(self.request, self.method.clone(), self.headers)?;
        // An announced length goes with a body for the library, even an empty one.
        let bodiless = self.request.body.is_empty() && matches!(self.method, Method::GET | Method::HEAD);
        let agent = &self.http.agent;
        let answer = if bodiless { agent.run(message.map(|_| ())) } else { agent.run(message) };
        let response = answer.map_err(|error| self.failure(error, None))?;
        let (opening, connection) = {
            let mut exchange = self.http.shared.lock();
            (exchange.take_opening(), exchange.connection)
        };
        let (Some(head), Some(connection)) = (read_head(&opening), connection) else {
            return Err(self.not_http("its head cannot be read"));
        };
        let (body, truncated) = self.read_body(response)?;
        Ok(self.response(head, body, truncated, connection))
    }

    fn read_body(&self, response: Response<Body>) -> Result<(Vec<u8>, bool), HttpError> {
        let mut body = Vec::new();
        let reader = response.into_body().into_with_config().limit(u64::MAX).reader();
        reader
            .take(self.http.max_body.saturating_add(1))
            .read_to_end(&mut body)
            .map_err(|error| self.failure(Error::from(error), Some(Stage::Body)))?;
        let mut exchange = self.http.shared.lock();
        // The library takes a connection that broke for the end of a body without a length.
        if let Some(error) = exchange.failed_receive.take() {
            return Err(self.lost(Stage::Body, error));
        }
        let limit = usize::try_from(self.http.max_body).unwrap_or(usize::MAX);
        // Once a request could not be sent, the system tells a connection that broke no more from one that ended.
        let truncated = body.len() > limit || (exchange.request_was_cut && exchange.ended);
        body.truncate(limit);
        Ok((body, truncated))
    }

    fn response(&self, head: Head, body: Vec<u8>, truncated: bool, connection: Connection) -> HttpResponse {
        let exchange = self.http.shared.lock();
        let sent = exchange.sent.unwrap_or(self.start);
        let dialled = connection.dialled;
        HttpResponse {
            version: head.version,
            status: head.status,
            reason: head.reason,
            headers: head.headers,
            body,
            truncated,
            timings: Timings {
                dns: dialled.and_then(|stages| stages.dns).map(millis),
                connect: dialled.map(|stages| millis(stages.connect)),
                tls: dialled.and_then(|stages| stages.tls).map(millis),
                first_byte: exchange.first_byte.map(|at| millis(at.saturating_duration_since(sent))),
                total: Some(millis(self.start.elapsed())),
            },
            dialled,
            tls: connection.tls,
            peer: connection.peer,
            reused: dialled.is_none(),
            bytes_sent: exchange.bytes_sent,
            bytes_received: exchange.bytes_received,
        }
    }

    /// Whether the last run failed in a way that leaves no doubt: over a connection from before, which took only a part
    /// of the request and gave no answer.
    fn was_certainly_not_processed(&self) -> bool {
        let exchange = self.http.shared.lock();
        exchange.connection.is_some_and(|connection| connection.dialled.is_none())
            && exchange.request_was_cut
            && exchange.first_byte.is_none()
    }

    fn target(&self) -> String {
        self.request.url.origin().to_string()
    }

    fn not_http(&self, why: impl Into<String>) -> HttpError {
        HttpError::NotHttp { target: self.target(), why: why.into() }
    }

    /// What an error of a connection means.
    fn lost(&self, stage: Stage, error: io::Error) -> HttpError {
        let target = self.target();
        match error.kind() {
            io::ErrorKind::TimedOut => HttpError::TimedOut { target, stage, limit: self.deadline.limit() },
            io::ErrorKind::UnexpectedEof => HttpError::Closed { target, stage },
            _ => HttpError::Broken { target, stage, error },
        }
    }

    /// What an error of the library means. What was noted on the way says more than it does.
    fn failure(&self, error: Error, stage: Option<Stage>) -> HttpError {
        let (dialling, sending, receiving, answered) = {
            let mut exchange = self.http.shared.lock();
            (
                exchange.dial_failure.take(),
                exchange.failed_send.take(),
                exchange.failed_receive.take(),
                exchange.first_byte.is_some(),
            )
        };
        let stage = stage.unwrap_or(Stage::Head);
        match (dialling, sending, receiving) {
            (Some(error), _, _) => HttpError::Dial(error),
            (None, Some(error), _) if !answered => self.lost(Stage::Send, error),
            (None, _, Some(error)) => self.lost(stage, error),
            _ => self.library_failure(error, stage),
        }
    }

    fn library_failure(&self, error: Error, stage: Stage) -> HttpError {
        match error {
            Error::Io(error) => match error.downcast::<Error>() {
                Ok(inner) => self.library_failure(inner, stage),
                Err(error) => self.lost(stage, error),
            },
            Error::LargeResponseHeader(..) => HttpError::HeadTooLarge { target: self.target() },
            Error::BadUri(why) => HttpError::Unsendable(why),
            Error::Http(error) => HttpError::Unsendable(error.to_string()),
            // The library does not hand out the type of its parser's errors.
            Error::Protocol(inner) if inner.to_string().contains("too many headers") => {
                HttpError::HeadTooLarge { target: self.target() }
            }
            Error::Protocol(inner) => self.not_http(inner.to_string()),
            other => self.not_http(other.to_string()),
        }
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;
