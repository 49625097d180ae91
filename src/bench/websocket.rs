//! Deliveries in one WebSocket session, many in flight.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures_util::{FutureExt, SinkExt, StreamExt};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::alarm::Alarm;
use super::arrivals::{Arrivals, Next};
use super::content::Requests;
use super::http::{REST, connecting, io_failure};
use super::outcome::{Failure, LoadError};
use super::plan::Plan;
use super::tally::{Delivery, SharedTally};
use crate::client::websocket::{Opening, Socket, WebSocketError, open};
use crate::client::{Dialer, HttpUrl};
use crate::protocol::versia::RECEIPTS;

/// Where a session goes, and how it is used.
#[derive(Debug, Clone)]
struct Settings {
    url: HttpUrl,
    dialer: Arc<Dialer>,
    /// The most messages in flight.
    in_flight: usize,
    /// Whether each message is answered.
    receipts: bool,
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
    stream: Socket,
    alarm: Alarm,
    /// In the order in which they were written.
    waiting: VecDeque<Delivery>,
    receipts: u64,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// When the receiver cannot be reached, or refuses the handshake or the subprotocol.
    pub(super) async fn open(
        plan: &Plan,
        in_flight: usize,
        receipts: bool,
        requests: Requests,
    ) -> Result<Self, LoadError> {
        let (url, dialer) = (plan.url.clone(), Arc::clone(&plan.dialer));
        let settings = Settings { url, dialer, in_flight, receipts };
        let stream = handshake(&settings, &requests).await?;
        let alarm = Alarm::new(plan.timeout());
        Ok(Session { settings, requests, stream, alarm, waiting: VecDeque::new(), receipts: 0 })
    }

    /// Carries out deliveries until there are none left, then closes the session.
    pub(super) async fn drive(mut self, arrivals: &Arrivals, tally: &SharedTally) {
        while let Err(failure) = self.deliver(arrivals, tally).await {
            for delivery in self.waiting.drain(..) {
                delivery.failed(failure);
            }
            while let Err(failure) = self.reopen().await {
                let Some(due) = arrivals.next().await else { return };
                tally.start(due).failed(failure);
                tokio::time::sleep(REST).await;
            }
        }
        // Whoever closes waits for the peer's Close; how long, is the run's matter.
        if self.stream.send(Frame::Close(None)).await.is_ok() {
            while let Some(Ok(_)) = self.stream.next().await {}
        }
    }

    async fn reopen(&mut self) -> Result<(), Failure> {
        let opened = handshake(&self.settings, &self.requests).await;
        self.stream = opened.map_err(|error| match error {
            LoadError::Connect(error) => connecting(&error),
            _ => Failure::Connect,
        })?;
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
            let (stream, alarm) = (&mut self.stream, &mut self.alarm);
            let begun = self.waiting.front().map(Delivery::begun);
            let frame_or_alarm = poll_fn(|context| {
                if let Poll::Ready(frame) = stream.poll_next_unpin(context) {
                    return Poll::Ready(Ok(frame));
                }
                overdue(alarm, begun, context).map(Err)
            });
            tokio::select! {
                frame = frame_or_alarm => self.take(frame?)?,
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
        let begun = self.waiting.front().map(Delivery::begun);
        overdue(&mut self.alarm, begun, context).map(Err)
    }

    /// Deals with what came from the peer.
    fn take(&mut self, frame: Option<Result<Frame, Error>>) -> Result<(), Failure> {
        match frame {
            Some(Ok(Frame::Text(text))) => {
                let receipt: Receipt =
                    serde_json::from_str(text.as_str()).map_err(|_| Failure::NotAnAnswer)?;
                self.receipts += 1;
                if receipt.receipt != self.receipts || !(100..=999).contains(&receipt.status) {
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

/// Ready when the oldest message has waited for too long.
fn overdue(alarm: &mut Alarm, begun: Option<Instant>, context: &mut Context<'_>) -> Poll<Failure> {
    match begun {
        Some(begun) => alarm.poll(begun, context).map(|()| Failure::TimedOut),
        None => Poll::Pending,
    }
}

async fn handshake(settings: &Settings, requests: &Requests) -> Result<Socket, LoadError> {
    let mut opening = Opening::new(settings.url.clone(), requests.nonce());
    opening.headers = requests.handshake_headers();
    if settings.receipts {
        opening.subprotocols = vec![RECEIPTS.to_owned()];
    }
    let opened = open(Arc::clone(&settings.dialer), &opening).await.map_err(|error| match error {
        WebSocketError::Exchange(error) => LoadError::Connect(error),
        other => LoadError::Handshake(other),
    })?;
    if settings.receipts && opened.subprotocol.is_none() {
        return Err(LoadError::NoReceipts);
    }
    Ok(opened.socket)
}

pub(super) fn failure(error: Error) -> Failure {
    match error {
        Error::ConnectionClosed | Error::AlreadyClosed => Failure::Closed,
        Error::Io(error) => io_failure(&error),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing) => {
            Failure::Closed
        }
        _ => Failure::NotAnAnswer,
    }
}
