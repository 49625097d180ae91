//! The stream under the HTTP library: it keeps each request's head as it was written, and spoils answers on demand.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::fault::FaultKind;
use super::room::Place;
use super::socket::Socket;
use super::trickle::Trickle;
use crate::protocol::http::{Heads, RequestHead};

/// What comes in place of an answer that is to be garbage.
const GARBAGE: &[u8] = b"\x00\x17\xfe\xca\x9d this is no HTTP \xff\x80\r\n\x1b[31m\xe2\x80\xae\r\n\r\n";

/// How much is read at least while heads are kept, in bytes.
const AHEAD: usize = 4 << 10;

/// The largest head of an answer whose length is spoilt, in bytes.
const MAX_ANSWER_HEAD: usize = 64 << 10;

/// How long the other end may take nothing of what waits to go out.
const STALL_TIME: Duration = Duration::from_secs(60);

/// The length of what HTTP/2 begins with: after so many bytes, the HTTP library knows what it speaks and keeps the time.
const PREFACE: usize = 24;

/// What the service knows of a connection, and asks of its stream.
#[derive(Debug)]
pub struct Connection {
    /// The address at the other end.
    pub peer: SocketAddr,
    /// The version of TLS, where TLS is spoken.
    pub tls: Option<&'static str>,
    heads: Mutex<Heads>,
    heads_wanted: AtomicBool,
    /// How many bytes came while heads are kept.
    came: AtomicUsize,
    spoil: Mutex<Option<FaultKind>>,
    spoiling: AtomicBool,
    /// Its place among those that may be open, given back with the connection.
    _place: Option<Place>,
}

impl Connection {
    /// A connection that nothing is wrong with yet.
    pub fn new(peer: SocketAddr, tls: Option<&'static str>, place: Option<Place>) -> Self {
        Connection {
            peer,
            tls,
            heads: Mutex::new(Heads::new()),
            heads_wanted: AtomicBool::new(true),
            came: AtomicUsize::new(0),
            spoil: Mutex::new(None),
            spoiling: AtomicBool::new(false),
            _place: place,
        }
    }

    /// The head of the next request as it was written; `None` over HTTP/2.
    pub fn next_head(&self) -> Option<RequestHead> {
        self.heads().next_head()
    }

    /// Whether enough came to know which version of HTTP is spoken.
    pub fn has_begun(&self) -> bool {
        self.came.load(Ordering::Relaxed) >= PREFACE
    }

    /// What came of a head that is not whole, or cannot be read.
    pub fn unfinished_head(&self) -> Vec<u8> {
        self.heads().unfinished().to_vec()
    }

    /// Stops keeping heads: what comes now is no HTTP.
    pub fn keep_no_heads(&self) {
        self.heads_wanted.store(false, Ordering::Relaxed);
        self.heads().stop();
    }

    /// Spoils the answer that is written next.
    pub fn spoil(&self, fault: FaultKind) {
        *self.spoil.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        self.spoiling.store(true, Ordering::Release);
    }

    fn heads(&self) -> std::sync::MutexGuard<'_, Heads> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look_at(&self, bytes: &[u8]) {
        if self.heads_wanted.load(Ordering::Relaxed) {
            self.came.fetch_add(bytes.len(), Ordering::Relaxed);
            let mut heads = self.heads();
            heads.feed(bytes);
            if heads.is_off() {
                self.heads_wanted.store(false, Ordering::Relaxed);
            }
        }
    }

    fn take_fault(&self) -> Option<FaultKind> {
        if !self.spoiling.swap(false, Ordering::Acquire) {
            return None;
        }
        self.spoil.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is being done to the bytes that go out.
enum Spoiling {
    /// They wait until then.
    Waiting(Pin<Box<Sleep>>),
    /// They go out in pieces, each of which waits for its time.
    Trickling(Box<Trickle>),
    /// So many more go out, then the connection is reset.
    ResetAfter(u64),
    /// Other bytes go out in their place, from this place on.
    Garbage(usize),
    /// They are held until the head is whole, to change its length by so many bytes.
    HoldingHead(i64, Vec<u8>),
    /// The changed head goes out; whether the connection is closed at the next flush.
    Changed { held: Vec<u8>, sent: usize, closes: bool },
}

/// An accepted connection with an ear and a hand in it.
pub struct Tap {
    socket: Socket,
    connection: Arc<Connection>,
    spoiling: Option<Spoiling>,
    /// What was read before the HTTP library asked for it.
    ahead: Bytes,
    /// How long the other end may take nothing.
    patience: Duration,
    /// Until when it has to take something, while it takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").field("socket", &self.socket).finish_non_exhaustive()
    }
}

impl Tap {
    /// Listens in on a connection.
    pub fn new(socket: Socket, connection: Arc<Connection>) -> Self {
        Tap { socket, connection, spoiling: None, ahead: Bytes::new(), patience: STALL_TIME, stalled: None }
    }

    /// Reads for a reader that asks for a few bytes only, as one does that finds out the version of HTTP: what comes with
    /// them would never be seen when those few are refused.
    fn poll_read_ahead(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; AHEAD];
        let mut buffer = ReadBuf::new(&mut room);
        ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buffer))?;
        self.connection.look_at(buffer.filled());
        self.ahead = Bytes::copy_from_slice(buffer.filled());
        Poll::Ready(Ok(()))
    }

    /// Gives a write's outcome; one that waits for the other end longer than it may fails.
    fn unless_stalled<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() || matches!(self.spoiling, Some(Spoiling::Waiting(_) | Spoiling::Trickling(_)))
        {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let until = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        until.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Begins what is to be done to an answer, of which so many bytes are there.
    fn begin_spoiling(&mut self, bytes: usize) {
        let Some(fault) = self.connection.take_fault() else { return };
        self.spoiling = match fault {
            FaultKind::Delay(delay) => {
                Some(Spoiling::Waiting(Box::pin(tokio::time::sleep_until(Instant::now() + delay))))
            }
            FaultKind::Slow(over) => Some(Spoiling::Trickling(Box::new(Trickle::new(over, bytes)))),
            FaultKind::ResetAfter(bytes) => Some(Spoiling::ResetAfter(bytes)),
            FaultKind::Garbage => Some(Spoiling::Garbage(0)),
            FaultKind::Length(off) => Some(Spoiling::HoldingHead(off, Vec::new())),
            // The other faults are the service's: they are answers, or none.
            _ => None,
        };
    }

    /// Writes bytes while something is being done to them.
    fn poll_spoilt(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.spoiling {
            None => Pin::new(&mut self.socket).poll_write(cx, bytes),
            Some(Spoiling::Waiting(until)) => {
                ready!(until.as_mut().poll(cx));
                self.spoiling = None;
                Pin::new(&mut self.socket).poll_write(cx, bytes)
            }
            Some(Spoiling::Trickling(trickle)) => {
                let due = ready!(trickle.poll_due(cx)).min(bytes.len());
                let written = ready!(Pin::new(&mut self.socket).poll_write(cx, &bytes[..due]))?;
                if trickle.ends_with(written) {
                    self.spoiling = None;
                }
                Poll::Ready(Ok(written))
            }
            Some(Spoiling::ResetAfter(left)) => {
                let allowed = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                if allowed == 0 {
                    self.socket.reset_on_drop();
                    return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
                }
                let written = ready!(Pin::new(&mut self.socket).poll_write(cx, &bytes[..allowed]))?;
                *left -= written as u64;
                Poll::Ready(Ok(written))
            }
            Some(Spoiling::Garbage(sent)) => {
                while *sent < GARBAGE.len() {
                    *sent += ready!(Pin::new(&mut self.socket).poll_write(cx, &GARBAGE[*sent..]))?;
                }
                ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
                Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            Some(Spoiling::HoldingHead(off, held)) => {
                held.extend_from_slice(bytes);
                let whole = memchr::memmem::find(held, b"\r\n\r\n").is_some() || held.len() > MAX_ANSWER_HEAD;
                if whole {
                    let changed = with_length_off_by(held, *off);
                    // An answer without a length, such as one that switches protocols, goes on as it is.
                    let closes = *off > 0 && changed != *held;
                    let held = changed;
                    self.spoiling = Some(Spoiling::Changed { held, sent: 0, closes });
                }
                Poll::Ready(Ok(bytes.len()))
            }
            Some(Spoiling::Changed { .. }) => {
                ready!(self.poll_held(cx))?;
                Pin::new(&mut self.socket).poll_write(cx, bytes)
            }
        }
    }

    fn poll_flush_spoilt(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_held(cx))?;
        if let Some(Spoiling::Changed { .. }) = self.spoiling {
            ready!(Pin::new(&mut self.socket).poll_shutdown(cx))?;
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    /// Sends what is held of a changed answer.
    fn poll_held(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(Spoiling::Changed { held, sent, closes }) = &mut self.spoiling {
            while *sent < held.len() {
                *sent += ready!(Pin::new(&mut self.socket).poll_write(cx, &held[*sent..]))?;
            }
            held.clear();
            *sent = 0;
            if !*closes {
                self.spoiling = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// The bytes of an answer with its `Content-Length` changed; the same bytes when there is none.
fn with_length_off_by(answer: &[u8], off: i64) -> Vec<u8> {
    const NAME: &[u8] = b"\r\ncontent-length:";
    let head = memchr::memmem::find(answer, b"\r\n\r\n").unwrap_or(answer.len());
    let found = answer[..head].windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME));
    let Some(start) = found.map(|at| at + NAME.len()) else { return answer.to_vec() };
    let end = memchr::memchr(b'\r', &answer[start..]).map_or(answer.len(), |at| start + at);
    let length: Option<u64> =
        std::str::from_utf8(&answer[start..end]).ok().and_then(|digits| digits.trim().parse().ok());
    let Some(length) = length else { return answer.to_vec() };
    let wrong = length.saturating_add_signed(off).to_string();
    [&answer[..start], b" ", wrong.as_bytes(), &answer[end..]].concat()
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        if tap.ahead.is_empty() {
            let few = buffer.remaining() < AHEAD && tap.connection.heads_wanted.load(Ordering::Relaxed);
            if !few {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut tap.socket).poll_read(cx, buffer))?;
                tap.connection.look_at(&buffer.filled()[before..]);
                return Poll::Ready(Ok(()));
            }
            ready!(tap.poll_read_ahead(cx))?;
        }
        let count = tap.ahead.len().min(buffer.remaining());
        buffer.put_slice(&tap.ahead.split_to(count));
        if tap.ahead.is_empty() {
            // Even an empty piece keeps the whole alive.
            tap.ahead = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        tap.begin_spoiling(bytes.len());
        let written = tap.poll_spoilt(cx, bytes);
        tap.unless_stalled(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let tap = self.get_mut();
        tap.begin_spoiling(pieces.iter().map(|piece| piece.len()).sum());
        let written = if tap.spoiling.is_none() {
            Pin::new(&mut tap.socket).poll_write_vectored(cx, pieces)
        } else {
            let first = pieces.iter().find(|piece| !piece.is_empty()).map_or(&[][..], |piece| piece);
            tap.poll_spoilt(cx, first)
        };
        tap.unless_stalled(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        let flushed = tap.poll_flush_spoilt(cx);
        tap.unless_stalled(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let tap = self.get_mut();
        let ended = Pin::new(&mut tap.socket).poll_shutdown(cx);
        tap.unless_stalled(cx, ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_changed_whatever_its_name_s_case() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-length: 12\r\nA: b\r\n\r\nbody: 12";
        let changed = with_length_off_by(answer, 3);
        assert_eq!(changed, b"HTTP/1.1 200 OK\r\nContent-length: 15\r\nA: b\r\n\r\nbody: 12");
        assert_eq!(with_length_off_by(b"HTTP/1.1 204 x\r\n\r\n", 3), b"HTTP/1.1 204 x\r\n\r\n");
    }

    #[tokio::test]
    async fn a_peer_that_takes_nothing_is_waited_for_no_longer_than_it_may() {
        use tokio::io::AsyncWriteExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _never_reading = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (tcp, peer) = listener.accept().await.unwrap();
        let mut tap = Tap::new(Socket::Plain(tcp), Arc::new(Connection::new(peer, None, None)));
        tap.patience = Duration::from_millis(50);
        let error = tap.write_all(&vec![0; 64 << 20]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
