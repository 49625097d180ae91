//! Deliveries over one HTTP/1.1 connection, one after another.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::Fuse;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Body;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;

use super::alarm::Alarm;
use super::arrivals::Arrivals;
use super::content::Requests;
use super::outcome::{Failure, LoadError};
use super::plan::Plan;
use super::tally::SharedTally;
use crate::client::{AsyncStream, Deadline, DialError, Dialer, HttpError, Origin, Stage};

/// How long a connection rests when it could not be opened again, so that a receiver that is gone does not turn the
/// closed model into a storm of connections.
pub(super) const REST: Duration = Duration::from_millis(10);

pub(super) type Outgoing = Request<Full<Bytes>>;
type Wire = http1::Connection<TokioIo<AsyncStream>, Full<Bytes>>;

/// A connection that is kept alive.
pub(super) struct Connection {
    requests: Requests,
    line: Line,
}

/// A connection for one request after another, opened again when it was lost.
pub(super) struct Line {
    place: Place,
    alarm: Alarm,
    open: Option<Open>,
}

/// Where connections are made to, and with what.
#[derive(Debug, Clone)]
struct Place {
    dialer: Arc<Dialer>,
    origin: Origin,
}

struct Open {
    sender: SendRequest<Full<Bytes>>,
    wire: Fuse<Pin<Box<Wire>>>,
}

/// What one exchange came to.
enum Exchanged {
    Answer(u16),
    Failed(Failure),
    /// The connection had been closed before the request went out; here it is again.
    NotSent(Box<Outgoing>),
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Errors
    /// When the receiver cannot be reached.
    pub(super) async fn open(plan: &Plan, requests: Requests) -> Result<Self, LoadError> {
        let line = Line::open(Arc::clone(&plan.dialer), plan.url.origin().clone()).await?;
        Ok(Connection { requests, line })
    }

    /// Carries out deliveries until there are none left.
    pub(super) async fn drive(mut self, arrivals: &Arrivals, tally: &SharedTally) {
        while let Some(due) = arrivals.next().await {
            let delivery = tally.start(due);
            match self.deliver(delivery.begun()).await {
                Ok(status) => delivery.answered(status),
                Err(failure) => {
                    delivery.failed(failure);
                    if failure.is_of_connecting() {
                        tokio::time::sleep(REST).await;
                    }
                }
            }
        }
    }

    async fn deliver(&mut self, begun: Instant) -> Result<u16, Failure> {
        let request = self.requests.post();
        if self.requests.are_signed() {
            // The other connections that have their answers sign too, and then all write: a receiver that is quicker
            // than the signing would else fall asleep, and have to be woken, between any two requests.
            tokio::task::yield_now().await;
        }
        self.line.send(request, begun).await
    }
}

impl Line {
    /// Opens a connection; its requests have the dialer's time-out.
    ///
    /// # Errors
    /// When the receiver cannot be reached.
    pub(super) async fn open(dialer: Arc<Dialer>, origin: Origin) -> Result<Self, LoadError> {
        let alarm = Alarm::new(dialer.options().timeout);
        let place = Place { dialer, origin };
        let open = Open::new(&place).await.map_err(LoadError::Connect)?;
        Ok(Line { place, alarm, open: Some(open) })
    }

    /// One request and its answer's status. A connection that the receiver closed while it was idle is opened again.
    pub(super) async fn send(&mut self, mut request: Outgoing, begun: Instant) -> Result<u16, Failure> {
        loop {
            let (mut open, is_new) = match self.open.take() {
                Some(open) => (open, false),
                None => (Open::new(&self.place).await.map_err(|error| connecting(&error))?, true),
            };
            match open.exchange(request, &mut self.alarm, begun).await {
                Exchanged::Answer(status) => {
                    self.open = Some(open);
                    return Ok(status);
                }
                Exchanged::NotSent(same) if !is_new => request = *same,
                Exchanged::NotSent(_) => return Err(Failure::Closed),
                Exchanged::Failed(failure) => return Err(failure),
            }
        }
    }
}

impl Place {
    /// The dialer blocks, and does so on a thread for that.
    async fn dial(&self) -> Result<AsyncStream, HttpError> {
        let Place { dialer, origin } = self.clone();
        let dialled = tokio::task::spawn_blocking(move || -> Result<_, DialError> {
            dialer.dial(&origin, &[b"http/1.1"], Deadline::never())
        });
        let stream = match dialled.await {
            Ok(stream) => stream.map_err(HttpError::Dial)?,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(cancelled) => return Err(self.broken(io::Error::other(cancelled))),
            },
        };
        AsyncStream::new(stream).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: io::Error) -> HttpError {
        HttpError::Broken { target: self.origin.to_string(), stage: Stage::Prepare, error }
    }
}

impl Open {
    async fn new(place: &Place) -> Result<Self, HttpError> {
        let stream = place.dial().await?;
        // A body of an entity's size is copied behind its head more quickly than the system takes the two apart.
        let (sender, wire) = http1::Builder::new()
            .writev(false)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| place.broken(io::Error::other(error)))?;
        Ok(Open { sender, wire: Box::pin(wire).fuse() })
    }

    async fn exchange(&mut self, request: Outgoing, alarm: &mut Alarm, begun: Instant) -> Exchanged {
        let Open { sender, wire } = self;
        let mut exchange = pin!(exchange(sender, request));
        // One task turns both the exchange and its wire: a task of its own for the wire would be woken, and scheduled,
        // twice for each request.
        poll_fn(|context| {
            if let Poll::Ready(done) = exchange.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            // An end of the wire, in whatever way, ends the exchange too.
            let _ = wire.poll_unpin(context);
            if let Poll::Ready(done) = exchange.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            alarm.poll(begun, context).map(|()| Exchanged::Failed(Failure::TimedOut))
        })
        .await
    }
}

async fn exchange(sender: &mut SendRequest<Full<Bytes>>, request: Outgoing) -> Exchanged {
    if sender.ready().await.is_err() {
        return Exchanged::NotSent(Box::new(request));
    }
    let response = match sender.try_send_request(request).await {
        Ok(response) => response,
        Err(mut error) => {
            return match error.take_message() {
                Some(request) => Exchanged::NotSent(Box::new(request)),
                None => Exchanged::Failed(failure(error.error())),
            };
        }
    };
    let status = response.status().as_u16();
    let mut body = response.into_body();
    while !body.is_end_stream() {
        match body.frame().await {
            None => break,
            Some(Ok(_)) => {}
            Some(Err(error)) => return Exchanged::Failed(failure(&error)),
        }
    }
    Exchanged::Answer(status)
}

fn failure(error: &hyper::Error) -> Failure {
    if error.is_parse() {
        return Failure::NotAnAnswer;
    }
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(error) = inner.downcast_ref::<io::Error>() {
            return io_failure(error);
        }
        source = inner.source();
    }
    Failure::Closed
}

/// How a delivery failed that had no connection.
pub(super) fn connecting(error: &HttpError) -> Failure {
    match error {
        HttpError::Dial(error) => Failure::connecting(error),
        _ => Failure::Connect,
    }
}

/// How a delivery failed whose connection broke.
pub(super) fn io_failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            Failure::Reset
        }
        _ => Failure::Closed,
    }
}
