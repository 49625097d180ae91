//! Bytes from one connection to another and back, as they come: nothing is changed, and nothing waits for anything but
//! the two connections.
//!
//! A direction is read only when what was read before is written, so that a slow reader slows its writer down and no
//! more than one read's bytes are held. The end of one direction is passed on as an end of that direction, and a
//! connection that breaks breaks the other.

use std::future::{Future, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::parse::Side;

/// How much is read at once, in bytes.
const AT_ONCE: usize = 32 << 10;

/// How long the client may stay after the instance has ended its direction.
const AFTER_END: Duration = Duration::from_secs(60);

/// How long a client that the instance does not read any more may go on sending.
const DRAINING: Duration = Duration::from_secs(2);

/// What hears what passes. It must not take long.
pub trait Ear {
    /// One side sent this.
    fn hears(&mut self, from: Side, bytes: &[u8]);

    /// One side sends no more.
    fn ends(&mut self, side: Side);

    /// Whether nothing is under way that an end would break off.
    fn is_idle(&self) -> bool;

    /// What goes to the instance in the place of what the client sent; `None` where it is the same. Called for the
    /// client's bytes after they were heard.
    fn changes(&mut self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// How a relay ended.
#[derive(Debug)]
pub enum Ended {
    /// Both sides ended their directions.
    InOrder,
    /// Nothing was under way when it had to end.
    Stopped,
    /// The client's connection broke: the instance's is to be broken too.
    ClientBroke(io::Error),
    /// The instance's connection broke: the client's is to be broken too.
    ServerBroke(io::Error),
}

/// One direction.
#[derive(Debug)]
struct Flow {
    from: Side,
    /// What was read and is not written.
    left: Vec<u8>,
    sent: usize,
    is_flushed: bool,
    has_ended: bool,
    is_done: bool,
}

/// What a direction broke at.
enum Broke {
    Reading(io::Error),
    Writing(io::Error),
}

impl Flow {
    fn new(from: Side, first: Vec<u8>) -> Self {
        Flow { from, left: first, sent: 0, is_flushed: true, has_ended: false, is_done: false }
    }

    /// Passes on what can be passed on. Ready when the direction has ended, and its end is passed on.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut (impl AsyncRead + Unpin),
        writer: &mut (impl AsyncWrite + Unpin),
        ear: &mut impl Ear,
    ) -> Poll<Result<(), Broke>> {
        if self.is_done {
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(self.poll_left(cx, writer)).map_err(Broke::Writing)?;
            if self.has_ended {
                ready!(Pin::new(&mut *writer).poll_flush(cx)).map_err(Broke::Writing)?;
                ready!(Pin::new(&mut *writer).poll_shutdown(cx)).map_err(Broke::Writing)?;
                self.is_done = true;
                return Poll::Ready(Ok(()));
            }
            let mut room = [const { MaybeUninit::uninit() }; AT_ONCE];
            let mut buffer = ReadBuf::uninit(&mut room);
            match Pin::new(&mut *reader).poll_read(cx, &mut buffer) {
                Poll::Pending => {
                    if !self.is_flushed {
                        ready!(Pin::new(&mut *writer).poll_flush(cx)).map_err(Broke::Writing)?;
                        self.is_flushed = true;
                    }
                    return Poll::Pending;
                }
                // TLS without its goodbye, between two exchanges, is how many end.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof && ear.is_idle() => {
                    self.end(ear);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(Broke::Reading(error))),
                Poll::Ready(Ok(())) if buffer.filled().is_empty() => self.end(ear),
                Poll::Ready(Ok(())) => {
                    let bytes = buffer.filled();
                    ear.hears(self.from, bytes);
                    let changed = if self.from == Side::Client { ear.changes(bytes) } else { None };
                    self.write(cx, changed.as_deref().unwrap_or(bytes), writer).map_err(Broke::Writing)?;
                }
            }
        }
    }

    fn end(&mut self, ear: &mut impl Ear) {
        self.has_ended = true;
        ear.ends(self.from);
    }

    /// Writes as much as goes, and keeps the rest.
    fn write(
        &mut self,
        cx: &mut Context<'_>,
        mut bytes: &[u8],
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        self.is_flushed = false;
        while !bytes.is_empty() {
            match Pin::new(&mut *writer).poll_write(cx, bytes) {
                Poll::Ready(written) => bytes = &bytes[some(written)?..],
                Poll::Pending => {
                    (self.left, self.sent) = (bytes.to_vec(), 0);
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn poll_left(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<io::Result<()>> {
        if self.left.is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.is_flushed = false;
        while self.sent < self.left.len() {
            let written = ready!(Pin::new(&mut *writer).poll_write(cx, &self.left[self.sent..]));
            self.sent += some(written)?;
        }
        // A connection that is idle again holds nothing.
        (self.left, self.sent) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }
}

fn some(written: io::Result<usize>) -> io::Result<usize> {
    match written {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        other => other,
    }
}

/// Relays between a client and the instance until both have ended, one breaks, or `stopping` is ready and nothing is
/// under way. `first` is what the client has sent already, which has been heard.
pub async fn relay(
    client: &mut (impl AsyncRead + AsyncWrite + Unpin),
    server: &mut (impl AsyncRead + AsyncWrite + Unpin),
    first: Vec<u8>,
    ear: &mut impl Ear,
    stopping: impl Future<Output = ()>,
) -> Ended {
    let (mut up, mut down) = (Flow::new(Side::Client, first), Flow::new(Side::Server, Vec::new()));
    let (mut is_refused, mut has_to_stop) = (false, false);
    let mut patience: Option<Pin<Box<Sleep>>> = None;
    let mut stopping = std::pin::pin!(stopping);
    let ended = poll_fn(|cx| {
        if !up.is_done && !is_refused {
            match up.poll(cx, client, server, ear) {
                Poll::Ready(Err(Broke::Reading(error))) => return Poll::Ready(Ended::ClientBroke(error)),
                // What the instance said before it stopped reading still has to reach the client.
                Poll::Ready(Err(Broke::Writing(_))) => is_refused = true,
                _ => {}
            }
        }
        match down.poll(cx, server, client, ear) {
            Poll::Ready(Err(Broke::Reading(error))) => return Poll::Ready(Ended::ServerBroke(error)),
            Poll::Ready(Err(Broke::Writing(error))) => return Poll::Ready(Ended::ClientBroke(error)),
            Poll::Ready(Ok(())) if up.is_done || is_refused => return Poll::Ready(Ended::InOrder),
            Poll::Ready(Ok(())) => {
                let until = || Box::pin(sleep_until(Instant::now() + AFTER_END));
                if patience.get_or_insert_with(until).as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Ended::InOrder);
                }
            }
            Poll::Pending => {}
        }
        has_to_stop = has_to_stop || stopping.as_mut().poll(cx).is_ready();
        if has_to_stop && ear.is_idle() { Poll::Ready(Ended::Stopped) } else { Poll::Pending }
    })
    .await;
    if is_refused && matches!(ended, Ended::InOrder) {
        drain(client).await;
    }
    ended
}

/// Reads what a client still sends: closing with unread bytes would reset the connection, and the answer be lost with it.
pub async fn drain(client: &mut (impl AsyncRead + Unpin)) {
    let mut sink = vec![0; AT_ONCE];
    let reading = async { while client.read(&mut sink).await.is_ok_and(|read| read > 0) {} };
    let _ = timeout(DRAINING, reading).await;
}
