//! The session's frames over its connection, with every Close as the peer sent it.
//!
//! The frames' boundaries are followed beside the library, which does not show every Close as it was sent.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::super::async_stream::AsyncStream;
use super::follower::Follower;

/// The session's frames over its connection.
#[derive(Debug)]
pub struct Socket {
    frames: WebSocketStream<Followed>,
}

impl Socket {
    /// The client's side of a session whose handshake is done; `early` are bytes that came with it.
    pub(super) async fn new(stream: AsyncStream, early: Vec<u8>, config: WebSocketConfig) -> Self {
        let mut follower = Follower::default();
        follower.follow(&early);
        let followed = Followed { stream, follower };
        let frames = WebSocketStream::from_partially_read(followed, early, Role::Client, Some(config));
        Socket { frames: frames.await }
    }

    /// The limits.
    pub fn get_config(&self) -> &WebSocketConfig {
        self.frames.get_config()
    }

    /// The connection.
    pub fn get_ref(&self) -> &AsyncStream {
        &self.frames.get_ref().stream
    }

    /// The connection. What is read from it past the frames is lost to them.
    pub fn get_mut(&mut self) -> &mut AsyncStream {
        &mut self.frames.get_mut().stream
    }
}

impl Stream for Socket {
    type Item = Result<Message, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let frames = &mut self.get_mut().frames;
        let next = ready!(frames.poll_next_unpin(context));
        Poll::Ready(next.map(|message| match message {
            Ok(Message::Close(Some(frame))) => {
                Ok(Message::Close(Some(frames.get_ref().follower.as_sent(frame))))
            }
            other => other,
        }))
    }
}

impl Sink<Message> for Socket {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().frames.poll_ready_unpin(context)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        self.get_mut().frames.start_send_unpin(message)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().frames.poll_flush_unpin(context)
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.get_mut().frames.poll_close_unpin(context)
    }
}

/// A connection whose incoming frames are followed.
#[derive(Debug)]
struct Followed {
    stream: AsyncStream,
    follower: Follower,
}

impl AsyncRead for Followed {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let followed = self.get_mut();
        let before = buffer.filled().len();
        ready!(Pin::new(&mut followed.stream).poll_read(context, buffer))?;
        followed.follower.follow(&buffer.filled()[before..]);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Followed {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}
