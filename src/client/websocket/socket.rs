//! The session's frames over its connection, with every Close as the peer sent it.
//!
//! The library shows a Close with a code that must not be sent (RFC 6455, section 7.4) as one of its own making, `1002
//! "Protocol violation"`. What a peer did is what this program is asked for: so the frames' boundaries are followed beside
//! the library, and a Close is read a second time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::super::async_stream::AsyncStream;

/// The opcode of a Close, with the bit of a last frame.
const CLOSE: u8 = 0x88;

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
                Ok(Message::Close(Some(as_sent(frame, &frames.get_ref().follower))))
            }
            other => other,
        }))
    }
}

/// A Close with the code and the reason that the peer sent.
fn as_sent(frame: CloseFrame, follower: &Follower) -> CloseFrame {
    match follower.close_code() {
        Some(code) if code != u16::from(frame.code) => {
            let reason = String::from_utf8_lossy(follower.reason()).into_owned();
            CloseFrame { code: code.into(), reason: reason.into() }
        }
        _ => frame,
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

/// Follows the boundaries of a server's frames up to its Close. Pure.
#[derive(Debug, Default)]
struct Follower {
    /// What came so far of a frame's header: its opcode, its length, and the length's own bytes.
    header: Vec<u8>,
    /// How many bytes of a payload are still to come.
    left: u64,
    /// The payload of the Close, once it has begun.
    close: Option<Vec<u8>>,
}

impl Follower {
    /// Takes what came. Nothing is followed behind a Close.
    fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (payload, rest) = bytes.split_at(here);
            self.left -= here as u64;
            if let Some(close) = &mut self.close {
                close.extend_from_slice(payload);
                return;
            }
            let missing = header_length(&self.header).saturating_sub(self.header.len()).min(rest.len());
            let (header, rest) = rest.split_at(missing);
            self.header.extend_from_slice(header);
            bytes = rest;
            if self.header.len() == header_length(&self.header) {
                self.begin();
            }
        }
    }

    /// Begins with a frame whose header is whole.
    fn begin(&mut self) {
        self.left = match self.header[1] & 0x7f {
            126 | 127 => self.header[2..].iter().fold(0, |length, byte| length << 8 | u64::from(*byte)),
            length => u64::from(length),
        };
        if self.header[0] == CLOSE {
            self.close = Some(Vec::new());
        }
        self.header.clear();
    }

    /// The code of the Close, once it is whole.
    fn close_code(&self) -> Option<u16> {
        let close = self.close.as_ref().filter(|_| self.left == 0)?;
        close.first_chunk().map(|code| u16::from_be_bytes(*code))
    }

    /// The reason of the Close.
    fn reason(&self) -> &[u8] {
        self.close.as_ref().and_then(|close| close.get(2..)).unwrap_or_default()
    }
}

/// How long a header is, as far as what came of it tells. A server's frames have no mask.
fn header_length(header: &[u8]) -> usize {
    match header.get(1).map(|length| length & 0x7f) {
        Some(126) => 4,
        Some(127) => 10,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_found_behind_frames_of_every_length_however_they_are_cut() {
        let mut bytes = vec![0x81, 2, b'{', b'}', 0x89, 0];
        for (length, header) in [(200_u64, &[0x82, 126, 0, 200][..]), (70_000, &[0x01, 127])] {
            bytes.extend_from_slice(header);
            if header.len() == 2 {
                bytes.extend_from_slice(&length.to_be_bytes());
            }
            bytes.extend(std::iter::repeat_n(CLOSE, usize::try_from(length).unwrap()));
        }
        bytes.extend_from_slice(&[CLOSE, 5, 0x03, 0xed, b'b', b'y', b'e', b'x']);
        for size in [1, 2, 3, 7, 4_096, bytes.len()] {
            let mut follower = Follower::default();
            bytes.chunks(size).for_each(|chunk| follower.follow(chunk));
            assert_eq!((follower.close_code(), follower.reason()), (Some(1005), &b"bye"[..]), "{size}");
        }
        let mut unfinished = Follower::default();
        unfinished.follow(&bytes[..bytes.len() - 2]);
        assert_eq!(unfinished.close_code(), None);
        let mut empty = Follower::default();
        empty.follow(&[CLOSE, 0]);
        assert_eq!(empty.close_code(), None);
    }
}
