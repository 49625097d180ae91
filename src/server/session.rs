//! A WebSocket session on the server's side: what comes in, one thing after the other, and an orderly end.
//!
//! Knows no protocol. Whoever runs a session polls [`Session::next`]; what has to go out is queued in its [`Outgoing`],
//! and is sent while the session waits for input. Input is left unread while too much waits to go out, so that a peer that
//! does not read is not read either.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, Stream};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::CapacityError;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::outgoing::{Outgoing, Queued};

/// How much may wait to go out before input is left unread, in bytes.
const READ_UNDER: usize = 256 << 10;

/// How long the peer may take to answer a Close, and to take what is still queued.
const CLOSING: Duration = Duration::from_secs(5);

/// What a session is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping; the pong is queued already.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
    /// A frame went out: one of a queue that keeps them.
    Sent(Bytes),
    /// This side cut the session off, and why: it is to be ended.
    CutOff(Box<str>),
    /// The session is over.
    End(End),
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The peer sent a Close, which was answered, or answered ours.
    Closed {
        /// The code, where there was one.
        code: Option<u16>,
        /// The reason.
        reason: String,
    },
    /// The connection ended without a Close.
    Lost(String),
    /// The peer broke the WebSocket protocol, and was told with a Close.
    Violation(String),
    /// A message was larger than allowed, and the peer was told with a Close.
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
}

/// A WebSocket session.
#[derive(Debug)]
pub struct Session<S> {
    socket: WebSocketStream<Queued<S>>,
    outgoing: Outgoing,
    limit: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// A session over a stream on which the handshake is done; `already_read` is what came behind it. A message may have
    /// `limit` bytes; `read_at_once` is how many are read in one call of the system.
    pub async fn new(
        stream: S,
        already_read: Vec<u8>,
        limit: usize,
        read_at_once: usize,
        outgoing: Outgoing,
    ) -> Self {
        let config = WebSocketConfig::default()
            // The library clears the whole buffer at every read, and keeps it for the session's life.
            .read_buffer_size(read_at_once)
            .write_buffer_size(0)
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let queued = Queued::new(stream, outgoing.clone());
        let socket =
            WebSocketStream::from_partially_read(queued, already_read, Role::Server, Some(config)).await;
        Session { socket, outgoing, limit }
    }

    /// The queue of what goes out.
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// The next thing that comes in. After an [`Incoming::End`] there is nothing more.
    pub async fn next(&mut self) -> Incoming {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Waits for a piece of work, and sends what is queued meanwhile.
    pub async fn send_while<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        poll_fn(|cx| {
            let polled = work.as_mut().poll(cx);
            if polled.is_pending() {
                // A connection that is broken is told of when the session goes on.
                let _ = self.socket.get_mut().poll_send(cx);
            }
            polled
        })
        .await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        if let Poll::Ready(Err(error)) = self.socket.get_mut().poll_send(cx) {
            return Poll::Ready(Incoming::End(End::Lost(describe(&error))));
        }
        if let Some(frame) = self.outgoing.take_sent() {
            return Poll::Ready(Incoming::Sent(frame));
        }
        if let Some(reason) = self.outgoing.take_cut_off() {
            return Poll::Ready(Incoming::CutOff(reason));
        }
        let polled = self.poll_read(cx);
        if polled.is_pending()
            && let Some(frame) = self.outgoing.take_sent()
        {
            return Poll::Ready(Incoming::Sent(frame));
        }
        polled
    }

    /// What comes while the session ends.
    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        match self.socket.get_mut().poll_send(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Incoming::End(End::Lost(describe(&error)))),
            _ => self.poll_read(cx),
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Incoming> {
        if self.outgoing.queued() >= READ_UNDER {
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.socket).poll_next(cx);
        // A pong or a close reply may have been queued while reading.
        if polled.is_pending() && self.outgoing.queued() > 0 {
            let _ = self.socket.get_mut().poll_send(cx);
        }
        polled.map(|message| match message {
            Some(Ok(Message::Text(text))) => Incoming::Text(text),
            Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes),
            Some(Ok(Message::Ping(bytes))) => Incoming::Ping(bytes),
            Some(Ok(Message::Pong(bytes))) => Incoming::Pong(bytes),
            Some(Ok(Message::Close(frame))) => Incoming::End(End::Closed {
                code: frame.as_ref().map(|frame| frame.code.into()),
                reason: frame.map(|frame| frame.reason.to_string()).unwrap_or_default(),
            }),
            // Raw frames are never read.
            Some(Ok(Message::Frame(_))) => Incoming::Binary(Bytes::new()),
            Some(Err(error)) => Incoming::End(self.end_of(error)),
            None => Incoming::End(End::Lost("the connection ended without a Close".to_owned())),
        })
    }

    fn end_of(&self, error: Error) -> End {
        match error {
            Error::Capacity(CapacityError::MessageTooLong { .. }) => {
                self.outgoing.close(1009, &format!("a message may have {} bytes", self.limit));
                End::TooLarge { limit: self.limit }
            }
            Error::Utf8(_) => {
                self.outgoing.close(1007, "a text message is not UTF-8");
                End::Violation("a text message is not UTF-8".to_owned())
            }
            Error::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )
            | Error::ConnectionClosed
            | Error::AlreadyClosed => End::Lost("the connection ended without a Close".to_owned()),
            Error::Protocol(error) => {
                let why = error.to_string();
                self.outgoing.close(1002, &why);
                End::Violation(why)
            }
            Error::Io(error) => End::Lost(describe(&error)),
            other => End::Lost(other.to_string()),
        }
    }

    /// Ends the session: sends what is queued, waits for the peer's Close where this side began, and closes.
    ///
    /// Takes five seconds at most. Gives how it ended: what came with the peer's Close, where this side began.
    pub async fn end(mut self, seen: Option<End>) -> End {
        let ended = timeout(CLOSING, async {
            let mut end = seen;
            while end.is_none() {
                if let Incoming::End(found) = poll_fn(|cx| self.poll_last(cx)).await {
                    end = Some(found);
                }
            }
            // The reply to the peer's Close is queued at a flush; one that ends the session is no failure.
            let _ = self.socket.flush().await;
            let sent = poll_fn(|cx| self.socket.get_mut().poll_send(cx)).await;
            let _ = poll_fn(|cx| self.socket.get_mut().poll_end(cx)).await;
            if matches!(end, Some(End::Violation(_) | End::TooLarge { .. })) && sent.is_ok() {
                self.drain().await;
            }
            end
        })
        .await;
        ended
            .ok()
            .flatten()
            .unwrap_or_else(|| End::Lost("the peer did not answer the Close within 5 s".to_owned()))
    }

    /// Reads to the end of the connection: closing with unread bytes would reset it, and the Close be lost with it.
    async fn drain(&mut self) {
        use tokio::io::AsyncReadExt;
        let mut sink = [0; 1 << 12];
        while self.socket.get_mut().read(&mut sink).await.is_ok_and(|read| read > 0) {}
    }
}

/// What the system says, without its number.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionReset => "the peer reset the connection".to_owned(),
        io::ErrorKind::TimedOut => "the peer took nothing for too long".to_owned(),
        io::ErrorKind::BrokenPipe => "the peer closed the connection".to_owned(),
        io::ErrorKind::UnexpectedEof => "the connection ended without a Close".to_owned(),
        kind => kind.to_string(),
    }
}
