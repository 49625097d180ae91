//! What a connection begins with: whether it is HTTP/2, and a stream on which it was not read yet.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

use crate::server::socket::Socket;

/// What HTTP/2 begins with (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much is read at once, in bytes.
const AT_ONCE: usize = 4 << 10;

/// What came first.
#[derive(Debug)]
pub(super) enum Beginning {
    /// HTTP/2.
    Http2(Vec<u8>),
    /// Anything else.
    Other(Vec<u8>),
}

/// Reads as much as is needed to know what is spoken.
///
/// # Errors
/// When nothing came, or the connection broke.
pub(super) async fn read_beginning(socket: &mut Socket) -> io::Result<Beginning> {
    if socket.is_http2() {
        return Ok(Beginning::Http2(Vec::new()));
    }
    let mut bytes = vec![0; AT_ONCE];
    let mut came = 0;
    loop {
        let count = socket.read(&mut bytes[came..]).await?;
        came += count;
        let compared = came.min(PREFACE.len());
        if bytes[..compared] != PREFACE[..compared] || count == 0 {
            bytes.truncate(came);
            return if came == 0 {
                Err(io::ErrorKind::UnexpectedEof.into())
            } else {
                Ok(Beginning::Other(bytes))
            };
        }
        if compared == PREFACE.len() {
            bytes.truncate(came);
            return Ok(Beginning::Http2(bytes));
        }
    }
}

/// A connection with what was read from it put back.
#[derive(Debug)]
pub(super) struct Rewound {
    socket: Socket,
    first: Vec<u8>,
    read: usize,
}

impl Rewound {
    pub(super) fn new(socket: Socket, first: Vec<u8>) -> Self {
        Rewound { socket, first, read: 0 }
    }
}

impl AsyncRead for Rewound {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let rewound = self.get_mut();
        if rewound.first.is_empty() {
            return Pin::new(&mut rewound.socket).poll_read(cx, buffer);
        }
        let rest = &rewound.first[rewound.read..];
        let count = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..count]);
        rewound.read += count;
        if rewound.read == rewound.first.len() {
            (rewound.first, rewound.read) = (Vec::new(), 0);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rewound {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().socket).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}
