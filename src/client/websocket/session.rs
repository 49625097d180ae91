//! An open session: what is sent and what comes, at the same time, until both sides have closed.
//!
//! Knows no protocol but WebSocket's: what the messages mean is the [`Conversation`]'s matter.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message};

use super::conversation::{Conversation, Incoming, Outgoing, Patience, Payload};
use super::end::{Ended, PeerClose, Progress, SessionCause, SessionError, Waiting};
use super::stall::Stall;
use super::{MAX_MESSAGE, Opened, Socket};

/// How many messages are taken in a row before it is the other direction's turn.
const TURN: usize = 256;

/// The largest payload of a ping, a pong or a Close, in bytes (RFC 6455, section 5.5).
const MAX_CONTROL: usize = 125;

/// How long is waited for a connection to end when everything has been said.
const LINGER: Duration = Duration::from_secs(1);

/// Sends what comes through the channel, in order, and takes what the peer sends, until both sides have closed.
///
/// Messages are gathered and written when no more are waiting, or there are enough. The channel fills up while the
/// peer does not read; when it ends, the peer's acknowledgements and its Close are waited for. It is dropped as soon as
/// the session cannot go on. What is larger than the session's own limit is not sent.
pub async fn converse<C: Conversation>(
    opened: Opened,
    input: Receiver<Vec<Outgoing>>,
    patience: Patience,
    conversation: &mut C,
) -> Ended {
    let max_message = opened.socket.get_config().max_message_size.unwrap_or(MAX_MESSAGE);
    let mut session = Session {
        socket: opened.socket,
        max_message,
        input: Some(input),
        block: Vec::new().into_iter(),
        too_large: None,
        stall: Stall::new(patience.progress),
        sent: 0,
        unflushed: false,
        pinged: false,
        own: None,
        conversation,
    };
    let result = session.run(patience.close).await;
    let progress = Progress { sent: session.sent, acknowledged: session.conversation.acknowledged() };
    let result = result.map_err(|cause| SessionError { target: opened.target, progress, cause });
    Ended { progress, result }
}

/// What keeps a session from going on.
enum Interruption {
    /// What was read, or is to be sent.
    Cause(SessionCause),
    /// Nothing can be written any more; what the peer said before may still be there to be read.
    Write(SessionCause),
}

impl From<SessionCause> for Interruption {
    fn from(cause: SessionCause) -> Self {
        Interruption::Cause(cause)
    }
}

/// What sending came to for now.
enum Sending {
    /// A block was taken, or the input has ended.
    Going,
    /// There is nothing to send.
    Idle,
    /// The peer owes something.
    Waiting(Waiting),
    /// Everything was sent and acknowledged.
    Done,
}

struct Session<'a, C> {
    socket: Socket,
    max_message: usize,
    /// `None` when it has ended.
    input: Option<Receiver<Vec<Outgoing>>>,
    block: vec::IntoIter<Outgoing>,
    /// The message that ended the input because it is too large.
    too_large: Option<SessionCause>,
    stall: Stall,
    sent: u64,
    /// Whether something was handed to the socket that may still lie in its buffer.
    unflushed: bool,
    /// Whether the answer to a ping lies there.
    pinged: bool,
    /// What the conversation wants to be sent by itself, and the socket did not take yet.
    own: Option<Payload>,
    conversation: &'a mut C,
}

impl<C: Conversation> Session<'_, C> {
    async fn run(&mut self, patience: Duration) -> Result<PeerClose, SessionCause> {
        let result = match poll_fn(|context| self.poll_exchange(context)).await {
            Ok(()) => self.close(patience).await,
            Err(interruption) => Err(interruption),
        };
        // Whoever feeds the session learns at once that it takes no more.
        self.input = None;
        let result = match result {
            Ok(close) => {
                self.await_end().await;
                Ok(close)
            }
            Err(interruption) => Err(self.leave(interruption).await),
        };
        self.too_large.take().map_or(result, Err)
    }

    /// Both directions, until the input has ended and all of it is sent and acknowledged.
    fn poll_exchange(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Interruption>> {
        loop {
            // Sending is first: a peer that never stops talking must not use up the task's turn before it.
            let sending = self.poll_send(context)?;
            if matches!(sending, Sending::Done) {
                return Poll::Ready(Ok(()));
            }
            let came = self.poll_receive(context)?;
            match sending {
                // What came may have made room.
                _ if came => {}
                Sending::Going | Sending::Done => {}
                Sending::Idle => {
                    self.stall.rest();
                    return Poll::Pending;
                }
                Sending::Waiting(waiting) => {
                    return self.poll_stall(context, waiting).map(|cause| Err(cause.into()));
                }
            }
        }
    }

    fn poll_stall(&mut self, context: &mut Context<'_>, waiting: Waiting) -> Poll<SessionCause> {
        // The system takes more only when a third of its buffer is free again. Acknowledgements tell sooner that the
        // peer reads.
        let acknowledged = self.conversation.acknowledged().unwrap_or(0);
        let moved = match waiting {
            Waiting::ToSend => self.socket.get_ref().written().wrapping_add(acknowledged),
            Waiting::Answers | Waiting::Close => acknowledged,
        };
        self.stall.poll(context, waiting, moved).map(|()| SessionCause::TimedOut(waiting, self.stall.limit()))
    }

    /// Takes some of what has come; false when nothing has, and the task is woken when something does.
    fn poll_receive(&mut self, context: &mut Context<'_>) -> Result<bool, SessionCause> {
        for taken in 0..TURN {
            match self.socket.poll_next_unpin(context) {
                Poll::Pending => return Ok(taken > 0),
                Poll::Ready(Some(Ok(Message::Close(frame)))) => {
                    return Err(SessionCause::ClosedByPeer(frame.into()));
                }
                Poll::Ready(Some(Ok(message))) => self.take(message)?,
                Poll::Ready(Some(Err(error))) => return Err(error.into()),
                Poll::Ready(None) => return Err(SessionCause::Lost(None)),
            }
        }
        Ok(true)
    }

    fn take(&mut self, message: Message) -> Result<(), SessionCause> {
        let incoming = match message {
            Message::Text(text) => Incoming::Text(text),
            Message::Binary(bytes) => Incoming::Binary(bytes),
            Message::Ping(bytes) => {
                // The answer lies in the socket's buffer. It goes out before more is added, so that the buffer has room
                // for the largest message however many pings come from a peer that does not read.
                self.pinged = true;
                Incoming::Ping(bytes)
            }
            Message::Pong(bytes) => Incoming::Pong(bytes),
            // Never read as such.
            Message::Frame(_) | Message::Close(_) => return Ok(()),
        };
        self.conversation.received(incoming).map_err(SessionCause::Conversation)
    }

    /// Hands messages to the socket until it takes no more, there are no more, or a block is done.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Result<Sending, Interruption> {
        if self.pinged && self.poll_flush(context)?.is_pending() {
            return Ok(Sending::Waiting(Waiting::ToSend));
        }
        if self.poll_own(context)?.is_pending() {
            return Ok(Sending::Waiting(Waiting::ToSend));
        }
        while !self.block.as_slice().is_empty() {
            if !self.conversation.has_room() {
                return self.flushed_then(context, Sending::Waiting(Waiting::Answers));
            }
            match self.socket.poll_ready_unpin(context) {
                Poll::Ready(ready) => ready.map_err(write_failed)?,
                Poll::Pending => return Ok(Sending::Waiting(Waiting::ToSend)),
            }
            if let Some(next) = self.block.next() {
                self.feed(next)?;
            }
        }
        let Some(input) = &mut self.input else {
            let then = match self.conversation.unanswered() {
                0 => Sending::Done,
                _ => Sending::Waiting(Waiting::Answers),
            };
            return self.flushed_then(context, then);
        };
        match input.poll_recv(context) {
            Poll::Ready(Some(block)) => self.block = block.into_iter(),
            Poll::Ready(None) => self.input = None,
            Poll::Pending => {
                let then = match self.conversation.unanswered() {
                    0 => Sending::Idle,
                    _ => Sending::Waiting(Waiting::Answers),
                };
                return self.flushed_then(context, then);
            }
        }
        Ok(Sending::Going)
    }

    /// Hands to the socket what has to be sent by itself.
    fn poll_own(&mut self, context: &mut Context<'_>) -> Result<Poll<()>, Interruption> {
        loop {
            let own = match self.own.take() {
                Some(own) => Some(own),
                None => self
                    .conversation
                    .own(context)
                    .map_err(|limit| SessionCause::TimedOut(Waiting::Answers, limit))?,
            };
            let Some(payload) = own else { return Ok(Poll::Ready(())) };
            match self.socket.poll_ready_unpin(context) {
                Poll::Ready(ready) => ready.map_err(write_failed)?,
                Poll::Pending => {
                    self.own = Some(payload);
                    return Ok(Poll::Pending);
                }
            }
            self.socket.start_send_unpin(message(payload)).map_err(write_failed)?;
            self.unflushed = true;
        }
    }

    fn feed(&mut self, outgoing: Outgoing) -> Result<(), Interruption> {
        let Outgoing { ordinal, payload } = outgoing;
        let message = message(payload);
        let limit = if message.is_ping() { MAX_CONTROL } else { self.max_message };
        let size = message.len();
        if size > limit {
            // What was sent before is still to be acknowledged.
            self.too_large = Some(SessionCause::OutgoingTooLarge { ordinal, size, limit });
            self.input = None;
            self.block = Vec::new().into_iter();
            return Ok(());
        }
        let counts = !message.is_ping();
        self.socket.start_send_unpin(message).map_err(write_failed)?;
        self.unflushed = true;
        if counts {
            self.sent += 1;
            self.conversation.sent(ordinal, size);
        }
        Ok(())
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Result<Poll<()>, Interruption> {
        if self.unflushed || self.pinged {
            match self.socket.poll_flush_unpin(context) {
                Poll::Ready(flushed) => flushed.map_err(write_failed)?,
                Poll::Pending => return Ok(Poll::Pending),
            }
            (self.unflushed, self.pinged) = (false, false);
        }
        Ok(Poll::Ready(()))
    }

    fn flushed_then(&mut self, context: &mut Context<'_>, then: Sending) -> Result<Sending, Interruption> {
        Ok(match self.poll_flush(context)? {
            Poll::Ready(()) => then,
            Poll::Pending => Sending::Waiting(Waiting::ToSend),
        })
    }

    /// Sends Close, and waits for the peer's.
    async fn close(&mut self, patience: Duration) -> Result<PeerClose, Interruption> {
        let exchange = async {
            self.feed_close(CloseCode::Normal, "").await?;
            poll_fn(|context| self.poll_closed(context)).await
        };
        match within(patience, exchange).await {
            Some(result) => result,
            None => Err(SessionCause::TimedOut(Waiting::Close, patience).into()),
        }
    }

    async fn feed_close(&mut self, code: CloseCode, reason: &str) -> Result<(), Interruption> {
        let frame = CloseFrame { code, reason: reason.into() };
        self.socket.feed(Message::Close(Some(frame))).await.map_err(write_failed)?;
        self.unflushed = true;
        Ok(())
    }

    fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<Result<PeerClose, Interruption>> {
        let _ = self.poll_flush(context)?;
        self.poll_close(context).map(|cause| match cause {
            SessionCause::ClosedByPeer(close) if matches!(close.code, None | Some(1000)) => Ok(close),
            cause => Err(cause.into()),
        })
    }

    /// Takes what comes up to the peer's Close, or what else ends it.
    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<SessionCause> {
        loop {
            match self.poll_receive(context) {
                Err(cause) => return Poll::Ready(cause),
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
            }
        }
    }

    /// After both Closes: the server ends the connection, and a client waits for that (RFC 6455, section 7.1.1).
    async fn await_end(&mut self) {
        let socket = &mut self.socket;
        let _ = within(LINGER, async { while let Some(Ok(_)) = socket.next().await {} }).await;
        let _ = within(LINGER, socket.get_mut().shutdown()).await;
    }

    /// Ends a session that cannot go on, and tells the peer why, where it can be told.
    async fn leave(&mut self, interruption: Interruption) -> SessionCause {
        let cause = match interruption {
            Interruption::Cause(cause) => cause,
            Interruption::Write(cause) => {
                match within(LINGER, poll_fn(|context| self.poll_close(context))).await {
                    Some(closed @ SessionCause::ClosedByPeer(_)) => closed,
                    _ => cause,
                }
            }
        };
        let (code, reason) = match &cause {
            SessionCause::ClosedByPeer(_) => {
                self.await_end().await;
                return cause;
            }
            SessionCause::Lost(_)
            | SessionCause::OutgoingTooLarge { .. }
            | SessionCause::TimedOut(Waiting::ToSend | Waiting::Close, _) => return cause,
            SessionCause::TimedOut(Waiting::Answers, _) => (CloseCode::Away, "no answer came in time"),
            SessionCause::Protocol(_) => (CloseCode::Protocol, ""),
            SessionCause::NotUtf8 => (CloseCode::Invalid, ""),
            SessionCause::Conversation(violation) => (CloseCode::Policy, violation.what.as_str()),
            SessionCause::IncomingTooLarge { .. } => (CloseCode::Size, ""),
        };
        let goodbye = async {
            self.feed_close(code, cut(reason)).await.ok()?;
            self.socket.flush().await.ok()?;
            // Unread bytes at the end would reset the connection, and the peer would not see the Close.
            let stream = self.socket.get_mut();
            stream.shutdown().await.ok()?;
            let mut unread = [0; 4096];
            while stream.read(&mut unread).await.ok()? > 0 {}
            Some(())
        };
        let _ = within(LINGER, goodbye).await;
        cause
    }
}

fn message(payload: Payload) -> Message {
    match payload {
        Payload::Text(text) => Message::Text(text),
        Payload::Binary(bytes) => Message::Binary(bytes),
        Payload::Ping(bytes) => Message::Ping(bytes),
    }
}

fn write_failed(error: tungstenite::Error) -> Interruption {
    Interruption::Write(error.into())
}

/// As much of a text as a Close can carry as its reason.
fn cut(reason: &str) -> &str {
    let end = (0..=MAX_CONTROL - 2).rev().find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or(0)]
}

/// The result, unless the time is up before; zero is no limit.
async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    if limit.is_zero() { Some(future.await) } else { tokio::time::timeout(limit, future).await.ok() }
}
