//! A session of a run: where it goes to, what is spoken, and its connection.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::sync::oneshot;

use super::super::backlog::Backlog;
use super::super::happening::{Handshake, Label, Received};
use super::super::judge::{Judged, What};
use super::super::wire::{Answer, Wire};
use super::opening::Connected;
use crate::client::HttpUrl;
use crate::client::websocket::{SessionCause, WebSocketError};
use crate::protocol::session::{ProtocolName, SessionProtocol};

/// A session, open or not.
pub(super) struct Session {
    pub(super) label: Label,
    pub(super) url: HttpUrl,
    pub(super) spoken: ProtocolName,
    pub(super) protocol: Box<dyn SessionProtocol>,
    pub(super) link: Option<Link>,
    /// The present handshake, or the last.
    pub(super) handshake: Option<Arc<Handshake>>,
    /// How often it was opened.
    pub(super) connections: u64,
    pub(super) backlog: Backlog,
    /// What passed over the last connection that has ended.
    pub(super) passed: Option<Passed>,
    /// The last message that is signed.
    pub(super) last: Option<Arc<Received>>,
    /// What came since a message of a recording was sent, where that is wanted.
    pub(super) replies: Option<Vec<Vec<u8>>>,
    /// How it is opened again by itself.
    pub(super) retry: Option<Retry>,
}

/// A session that was lost, on its way to be opened again.
pub(super) struct Retry {
    /// Which attempt it is, from 1.
    pub(super) attempt: u32,
    pub(super) state: RetryState,
}

pub(super) enum RetryState {
    /// Until this moment.
    Waiting(tokio::time::Instant),
    Opening(oneshot::Receiver<Result<Box<Connected>, WebSocketError>>),
}

/// Something that happened in a session by itself.
pub(super) enum Event {
    Came(Judged),
    /// It was opened again, or was not; `None` when the attempt broke off.
    Reopened(Option<Result<Box<Connected>, WebSocketError>>),
}

impl Session {
    /// Whether anything may still come, now or when it is open again.
    pub(super) fn is_alive(&self) -> bool {
        self.link.is_some() || self.retry.is_some()
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Event> {
        if let Some(Retry { state: RetryState::Opening(opening), .. }) = &mut self.retry
            && let Poll::Ready(opened) = std::pin::Pin::new(opening).poll(context)
        {
            return Poll::Ready(Event::Reopened(opened.ok()));
        }
        match &mut self.link {
            Some(link) => link.poll(context).map(Event::Came),
            None => Poll::Pending,
        }
    }
}

/// What passed over a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Passed {
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) valid: u64,
    pub(super) round_trip: Option<Duration>,
}

/// An open session's connection.
pub(super) struct Link {
    pub(super) wire: Wire,
    pub(super) judged: Receiver<Judged>,
    pub(super) pongs: UnboundedReceiver<Answer>,
    pub(super) handshake: Arc<Handshake>,
    pub(super) target: String,
    /// Whether what is sent is answered.
    pub(super) answers: bool,
    pub(super) sent: u64,
    /// The messages that will be answered: the protocol's number of each, its own, and when it was sent.
    pub(super) sent_at: VecDeque<(u64, u64, Instant)>,
    /// How many things that arrived were taken.
    pub(super) taken: u64,
    pub(super) received: u64,
    pub(super) valid: u64,
    /// How many pings were sent; each carries its number.
    pub(super) pinged: u64,
    /// The number of the last ping that was answered.
    pub(super) ponged: u64,
    pub(super) round_trip: Option<Duration>,
    /// When something was sent last.
    pub(super) spoke_at: tokio::time::Instant,
    /// Since when the answer to what keeps it open is due.
    pub(super) silent_since: Option<tokio::time::Instant>,
    /// The code of the Close that was sent.
    pub(super) closing: Option<u16>,
}

impl Link {
    pub(super) fn passed(&self) -> Passed {
        let Link { sent, received, valid, round_trip, .. } = *self;
        Passed { sent, received, valid, round_trip }
    }

    /// Whether something has arrived that waits to be examined: then it is not the peer that is late.
    pub(super) fn is_behind(&self) -> bool {
        self.wire.arrived() > self.taken
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Judged> {
        // A pong waits for nothing that came before it.
        if let Poll::Ready(Some(Answer { ping, at_millis, round_trip })) = self.pongs.poll_recv(context) {
            return Poll::Ready(Judged::new(at_millis, What::Pong(ping, Some(round_trip))));
        }
        // The end was taken already, or the thread that examines is gone.
        let gone = || Judged::new(0, What::End(Err(SessionCause::Lost(None))));
        self.judged.poll_recv(context).map(|judged| judged.unwrap_or_else(gone))
    }
}
