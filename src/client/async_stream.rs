//! A dialled connection for code that waits for several things at once: the blocking dialer's stream under tokio.
//!
//! Opens nothing itself, and keeps no deadline: who uses it decides how long to wait.

use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use rustls::ClientConnection;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::stream::{StageTimings, Stream, TlsDetails};

/// A connection of the [`Dialer`](super::Dialer), with TLS or without, that never blocks.
///
/// An end without TLS's own goodbye is an [`UnexpectedEof`](io::ErrorKind::UnexpectedEof).
pub struct AsyncStream {
    tcp: TcpStream,
    tls: Option<Box<Tls>>,
    timings: StageTimings,
    peer: SocketAddr,
    written: Arc<AtomicU64>,
}

/// The library bounds what it holds in either direction: 64 KiB of records to send, one read's worth of plain bytes.
struct Tls {
    connection: ClientConnection,
    details: TlsDetails,
    goodbye_said: bool,
}

impl AsyncStream {
    /// The stream under the runtime that this is called in. What the peer has sent already stays readable.
    ///
    /// # Errors
    /// When the system refuses the socket's change to non-blocking.
    pub fn new(stream: Stream) -> io::Result<Self> {
        let parts = stream.into_parts();
        parts.tcp.set_nonblocking(true)?;
        let tls =
            parts.tls.map(|(connection, details)| Box::new(Tls { connection, details, goodbye_said: false }));
        Ok(AsyncStream {
            tcp: TcpStream::from_std(parts.tcp)?,
            tls,
            timings: parts.timings,
            peer: parts.peer,
            written: Arc::default(),
        })
    }

    /// How long connecting took.
    pub fn timings(&self) -> StageTimings {
        self.timings
    }

    /// The address at the other end: the proxy's, where there is one.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// What the TLS handshake agreed on, where there was one.
    pub fn tls(&self) -> Option<&TlsDetails> {
        self.tls.as_ref().map(|tls| &tls.details)
    }

    /// Makes the connection end with a reset instead of an orderly close, once it is dropped.
    pub fn reset_on_drop(&self) {
        // Where the system refuses, the connection is closed in order, which is the most that can be done.
        let _ = self.tcp.set_zero_linger();
    }

    /// How many bytes the system has taken since this was made, TLS's own included. Grows while the peer reads.
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// The same, for whoever has given the stream away.
    pub fn written_meter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.written)
    }
}

impl fmt::Debug for AsyncStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncStream")
            .field("peer", &self.peer)
            .field("tls", &self.tls().map(|tls| tls.version))
            .field("timings", &self.timings)
            .finish_non_exhaustive()
    }
}

/// The socket as the TLS library sees it: "would block" is left to the task's waker.
struct Wire<'a, 'b> {
    tcp: &'a mut TcpStream,
    written: &'a AtomicU64,
    context: &'a mut Context<'b>,
}

fn blocking<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

fn polled<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        other => Poll::Ready(other),
    }
}

impl Read for Wire<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        blocking(Pin::new(&mut *self.tcp).poll_read(self.context, &mut buffer))?;
        Ok(buffer.filled().len())
    }
}

impl Write for Wire<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        let count = blocking(Pin::new(&mut *self.tcp).poll_write_vectored(self.context, parts))?;
        self.written.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Tls {
    fn read(&mut self, wire: &mut Wire<'_, '_>, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
        if buffer.remaining() == 0 {
            return Ok(());
        }
        loop {
            match self.connection.reader().read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
            self.connection.read_tls(wire)?;
            if let Err(error) = self.connection.process_new_packets() {
                // The peer is told why, if it can be told at once.
                let _ = self.connection.write_tls(wire);
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
        }
    }

    fn write(&mut self, wire: &mut Wire<'_, '_>, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        loop {
            let taken = self.connection.writer().write(bytes)?;
            if taken == 0 {
                self.send_some(wire)?;
                continue;
            }
            return match self.send_all(wire) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
                // What could not be sent yet waits for the next write or flush.
                _ => Ok(taken),
            };
        }
    }

    fn send_some(&mut self, wire: &mut Wire<'_, '_>) -> io::Result<()> {
        match self.connection.write_tls(wire)? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            _ => Ok(()),
        }
    }

    fn send_all(&mut self, wire: &mut Wire<'_, '_>) -> io::Result<()> {
        while self.connection.wants_write() {
            self.send_some(wire)?;
        }
        Ok(())
    }

    fn say_goodbye(&mut self, wire: &mut Wire<'_, '_>) -> io::Result<()> {
        if !self.goodbye_said {
            self.connection.send_close_notify();
            self.goodbye_said = true;
        }
        self.send_all(wire)
    }
}

impl AsyncStream {
    fn split<'a, 'b>(&'a mut self, context: &'a mut Context<'b>) -> (Option<&'a mut Tls>, Wire<'a, 'b>) {
        let wire = Wire { tcp: &mut self.tcp, written: &mut self.written, context };
        (self.tls.as_deref_mut(), wire)
    }
}

impl AsyncRead for AsyncStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut().split(context) {
            (None, wire) => Pin::new(wire.tcp).poll_read(wire.context, buffer),
            (Some(tls), mut wire) => polled(tls.read(&mut wire, buffer)),
        }
    }
}

impl AsyncWrite for AsyncStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut().split(context) {
            (None, mut wire) => polled(wire.write(bytes)),
            (Some(tls), mut wire) => polled(tls.write(&mut wire, bytes)),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut().split(context) {
            (None, mut wire) => polled(wire.write_vectored(parts)),
            (Some(tls), mut wire) => {
                let first = parts.iter().find(|part| !part.is_empty());
                polled(tls.write(&mut wire, first.map_or(&[], |part| part)))
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.tls.is_none()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut().split(context) {
            (None, _) => Poll::Ready(Ok(())),
            (Some(tls), mut wire) => polled(tls.send_all(&mut wire)),
        }
    }

    /// Says TLS's goodbye where there is TLS, and ends this direction of the connection.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        if let (Some(tls), mut wire) = stream.split(context) {
            ready!(polled(tls.say_goodbye(&mut wire)))?;
        }
        Pin::new(&mut stream.tcp).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
