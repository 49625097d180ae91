//! Deliveries in one WebSocket session, many in flight.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use hyper::header::{HOST, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::arrivals::{Arrivals, Next};
use super::connect::connect;
use super::content::Requests;
use super::outcome::{Failure, LoadError};
use super::tally::{Delivery, SharedTally};

/// The subprotocol with which a receiver answers each message.
const RECEIPTS: &str = "versia.receipts.v1";
/// The library's own 128 KiB are filled with zeros at each attempt to read.
const READ_BUFFER: usize = 4096;
/// How long a session rests when it could not be opened again.
const REST: Duration = Duration::from_millis(10);

type Stream = WebSocketStream<TcpStream>;

/// Where a session goes, and how it is used.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Where the connection goes.
    pub(super) address: SocketAddr,
    /// The value of `Host`.
    pub(super) authority: String,
    /// The request target of the handshake.
    pub(super) target: String,
    /// The most messages in flight.
    pub(super) in_flight: usize,
    /// Whether each message is answered.
    pub(super) receipts: bool,
}

/// What a receiver answers to a message.
#[derive(Debug, Deserialize)]
struct Receipt {
    receipt: u64,
    status: u16,
}

/// A session, opened again when it is lost.
pub(super) struct Session {
    settings: Settings,
    requests: Requests,
    stream: Stream,
    /// In the order in which they were written.
    waiting: VecDeque<Delivery>,
    receipts: u64,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// When the receiver cannot be reached, or refuses the handshake or the subprotocol.
    pub(super) async fn open(settings: Settings, requests: Requests) -> Result<Self, LoadError> {
        let address = settings.address;
        match handshake(&settings, &requests).await {
            Ok(stream) => Ok(Session { settings, requests, stream, waiting: VecDeque::new(), receipts: 0 }),
            Err(cause) => Err(LoadError::Connect { address, cause }),
        }
    }

    /// Carries out deliveries until there are none left, then closes the session.
    pub(super) async fn drive(mut self, arrivals: &Arrivals, tally: &SharedTally) {
        while let Err(failure) = self.deliver(arrivals, tally).await {
            for delivery in self.waiting.drain(..) {
                delivery.failed(failure);
            }
            while let Err(()) = self.reopen().await {
                let Some(due) = arrivals.next().await else { return };
                tally.start(due).failed(Failure::Connect);
                tokio::time::sleep(REST).await;
            }
        }
        // Whoever closes waits for the peer's Close; how long, is the run's matter.
        if self.stream.close(None).await.is_ok() {
            while let Some(Ok(_)) = self.stream.next().await {}
        }
    }

    async fn reopen(&mut self) -> Result<(), ()> {
        self.stream = handshake(&self.settings, &self.requests).await.map_err(drop)?;
        self.receipts = 0;
        Ok(())
    }

    async fn deliver(&mut self, arrivals: &Arrivals, tally: &SharedTally) -> Result<(), Failure> {
        loop {
            let over = self.write_what_is_due(arrivals, tally).await?;
            self.until_writable(true).await?;
            if !self.settings.receipts {
                self.waiting.drain(..).for_each(Delivery::unconfirmed);
            }
            if over && self.waiting.is_empty() {
                return Ok(());
            }
            let may_write = !over && self.waiting.len() < self.settings.in_flight;
            tokio::select! {
                frame = self.stream.next() => self.take(frame)?,
                due = arrivals.next(), if may_write => if let Some(due) = due {
                    self.write(tally.start(due)).await?;
                },
            }
            while let Some(frame) = self.stream.next().now_or_never() {
                self.take(frame)?;
            }
        }
    }

    /// Writes messages into the buffer, up to the number that may be in flight; says whether the last one was among
    /// them.
    async fn write_what_is_due(&mut self, arrivals: &Arrivals, tally: &SharedTally) -> Result<bool, Failure> {
        while self.waiting.len() < self.settings.in_flight {
            match arrivals.try_next() {
                Next::Due(at) => self.write(tally.start(at)).await?,
                Next::NotYet => return Ok(false),
                Next::Over => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn write(&mut self, delivery: Delivery) -> Result<(), Failure> {
        self.waiting.push_back(delivery);
        self.until_writable(false).await?;
        self.stream.start_send_unpin(self.requests.frame()).map_err(failure)
    }

    /// Waits until a message can be written, or everything has been. Receipts are taken meanwhile, as a receiver may not
    /// read on before it has written them.
    async fn until_writable(&mut self, flush: bool) -> Result<(), Failure> {
        poll_fn(|context| self.poll_writable(context, flush)).await
    }

    fn poll_writable(&mut self, context: &mut Context<'_>, flush: bool) -> Poll<Result<(), Failure>> {
        let writable = match flush {
            true => self.stream.poll_flush_unpin(context),
            false => self.stream.poll_ready_unpin(context),
        };
        if let Poll::Ready(result) = writable {
            return Poll::Ready(result.map_err(failure));
        }
        while let Poll::Ready(frame) = self.stream.poll_next_unpin(context) {
            self.take(frame)?;
        }
        Poll::Pending
    }

    /// Deals with what came from the peer.
    fn take(&mut self, frame: Option<Result<Frame, Error>>) -> Result<(), Failure> {
        match frame {
            Some(Ok(Frame::Text(text))) => {
                let receipt: Receipt =
                    serde_json::from_str(text.as_str()).map_err(|_| Failure::NotAnAnswer)?;
                self.receipts += 1;
                if receipt.receipt != self.receipts {
                    return Err(Failure::NotAnAnswer);
                }
                self.waiting.pop_front().ok_or(Failure::NotAnAnswer)?.answered(receipt.status);
                Ok(())
            }
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => Ok(()),
            Some(Ok(Frame::Binary(_) | Frame::Frame(_))) => Err(Failure::NotAnAnswer),
            Some(Ok(Frame::Close(_))) | None => Err(Failure::Closed),
            Some(Err(error)) => Err(failure(error)),
        }
    }
}

async fn handshake(settings: &Settings, requests: &Requests) -> Result<Stream, String> {
    let Settings { address, authority, target, receipts, .. } = settings;
    let text = |error: Error| error.to_string();
    let stream = connect(*address).await.map_err(|error| error.to_string())?;
    let mut request = format!("ws://{authority}{target}").into_client_request().map_err(text)?;
    let headers = request.headers_mut();
    headers.extend(requests.handshake_headers());
    if let Ok(host) = HeaderValue::from_str(authority) {
        headers.insert(HOST, host);
    }
    if *receipts {
        headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(RECEIPTS));
    }
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER);
    let (stream, _) =
        tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await.map_err(text)?;
    Ok(stream)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed | Error::Io(_) => Failure::Closed,
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing) => {
            Failure::Closed
        }
        _ => Failure::NotAnAnswer,
    }
}
