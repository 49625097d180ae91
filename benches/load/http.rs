//! Deliveries over one HTTP/1.1 connection, one after another.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::Fuse;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Body;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::arrivals::Arrivals;
use super::connect::connect;
use super::content::Requests;
use super::outcome::{Failure, LoadError};
use super::tally::SharedTally;

/// How long a connection rests when it could not be opened again, so that a receiver that is gone does not turn the
/// closed model into a storm of connections.
const REST: Duration = Duration::from_millis(10);

type Outgoing = Request<Full<Bytes>>;
type Wire = http1::Connection<TokioIo<TcpStream>, Full<Bytes>>;

/// A connection that is kept alive.
pub(super) struct Connection {
    address: SocketAddr,
    requests: Requests,
    open: Option<Open>,
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
    pub(super) async fn open(address: SocketAddr, requests: Requests) -> Result<Self, LoadError> {
        match Open::new(address).await {
            Ok(open) => Ok(Connection { address, requests, open: Some(open) }),
            Err(cause) => Err(LoadError::Connect { address, cause }),
        }
    }

    /// Carries out deliveries until there are none left.
    pub(super) async fn drive(mut self, arrivals: &Arrivals, tally: &SharedTally) {
        while let Some(due) = arrivals.next().await {
            let delivery = tally.start(due);
            match self.deliver().await {
                Ok(status) => delivery.answered(status),
                Err(failure) => {
                    delivery.failed(failure);
                    if failure == Failure::Connect {
                        tokio::time::sleep(REST).await;
                    }
                }
            }
        }
    }

    /// One request and its answer. A connection that the receiver closed while it was idle is opened again.
    async fn deliver(&mut self) -> Result<u16, Failure> {
        let mut request = self.requests.post();
        if self.requests.are_signed() {
            // The other connections that have their answers sign too, and then all write: a receiver that is quicker
            // than the signing would else fall asleep, and have to be woken, between any two requests.
            tokio::task::yield_now().await;
        }
        loop {
            let (mut open, is_new) = match self.open.take() {
                Some(open) => (open, false),
                None => (Open::new(self.address).await.map_err(|_| Failure::Connect)?, true),
            };
            match open.exchange(request).await {
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

impl Open {
    async fn new(address: SocketAddr) -> Result<Self, String> {
        let stream = connect(address).await.map_err(|error| error.to_string())?;
        // A body of an entity's size is copied behind its head more quickly than the system takes the two apart.
        let (sender, wire) = http1::Builder::new()
            .writev(false)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| error.to_string())?;
        Ok(Open { sender, wire: Box::pin(wire).fuse() })
    }

    async fn exchange(&mut self, request: Outgoing) -> Exchanged {
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
            exchange.as_mut().poll(context)
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
    if error.is_parse() { Failure::NotAnAnswer } else { Failure::Closed }
}
