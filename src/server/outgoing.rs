//! A session's outgoing queue: frames that are encoded already, shared between sessions where they are the same, sent in
//! the order in which they came.
//!
//! Everything that a session sends goes through here, the library's own pongs and close replies too, so that a Close
//! never overtakes what was queued before it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};

/// How many frames go out in one call of the system.
const PIECES: usize = 64;

/// For how many frames a session keeps room when it has nothing to send.
const KEPT_ROOM: usize = 4;

/// How many bytes a queue may hold unless told otherwise.
pub const MAX_QUEUED: usize = 4 << 20;

/// A queue is full: its peer reads too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

#[derive(Debug, Default)]
struct Queue {
    /// What nobody has begun to send.
    frames: VecDeque<Bytes>,
    /// How many bytes are not out, those of frames that are being sent included.
    bytes: usize,
    /// Nothing more is taken: a Close is the last frame.
    sealed: bool,
    /// Whether what is being sent is to be dropped, but for a frame of which a part is out.
    drops_rest: bool,
    /// Why the session is to end now, whether its peer takes what is queued or not. Told once.
    cut_off: Option<Box<str>>,
    waker: Option<Waker>,
    /// What went out, where somebody wants to know.
    sent: Option<VecDeque<Bytes>>,
}

/// A handle to a session's outgoing queue. Cloning it gives another handle to the same queue.
#[derive(Debug, Clone)]
pub struct Outgoing {
    queue: Arc<Mutex<Queue>>,
    limit: usize,
}

impl Outgoing {
    /// An empty queue that holds `limit` bytes at most.
    pub fn new(limit: usize) -> Self {
        Outgoing { queue: Arc::default(), limit }
    }

    /// The same queue, which keeps what went out until [`Outgoing::take_sent`] gives it away.
    #[must_use]
    pub fn keeping(self) -> Self {
        self.lock().sent = Some(VecDeque::new());
        self
    }

    /// Queues a frame. After a Close it is dropped without a word, as the peer would.
    ///
    /// # Errors
    /// When the queue is full.
    pub fn send(&self, frame: Bytes) -> Result<(), Overflow> {
        let mut queue = self.lock();
        if queue.sealed {
            return Ok(());
        }
        if queue.bytes + frame.len() > self.limit {
            return Err(Overflow);
        }
        queue.push(frame);
        Ok(())
    }

    /// Queues a Close behind everything else, and takes nothing after it.
    pub fn close(&self, code: u16, reason: &str) {
        let mut queue = self.lock();
        if !queue.sealed {
            queue.push(encode(close_frame(code, reason)));
            queue.sealed = true;
        }
    }

    /// Ends a session whose peer reads too slowly: what is not on its way yet is dropped, a Close takes its place, and the
    /// peer has no more than the time of a Close to take it.
    pub fn cut_off(&self, code: u16, reason: &str) {
        let mut queue = self.lock();
        if queue.sealed {
            return;
        }
        queue.frames.clear();
        queue.drops_rest = true;
        queue.push(encode(close_frame(code, reason)));
        queue.sealed = true;
        queue.cut_off = Some(reason.into());
    }

    /// Why the session was cut off, where it was; says so once.
    pub(super) fn take_cut_off(&self) -> Option<Box<str>> {
        self.lock().cut_off.take()
    }

    /// The next of the frames that went out, where they are kept.
    pub(super) fn take_sent(&self) -> Option<Bytes> {
        self.lock().sent.as_mut()?.pop_front()
    }

    /// How many bytes may wait.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// How many bytes wait.
    pub fn queued(&self) -> usize {
        self.lock().bytes
    }

    /// Whether everything that was queued is out, and told where it is to be told.
    pub fn is_idle(&self) -> bool {
        let queue = self.lock();
        queue.bytes == 0 && queue.sent.as_ref().is_none_or(VecDeque::is_empty)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn push(&mut self, frame: Bytes) {
        self.bytes += frame.len();
        self.frames.push_back(frame);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Has a task woken when something is queued.
    fn wake_later(&mut self, cx: &Context<'_>) {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
        }
    }
}

/// A text frame as a server sends it, to be queued in any number of sessions.
pub fn text_frame(text: impl Into<Bytes>) -> Bytes {
    encode(Frame::message(text, OpCode::Data(Data::Text), true))
}

/// A binary frame as a server sends it, to be queued in any number of sessions.
pub fn binary_frame(bytes: impl Into<Bytes>) -> Bytes {
    encode(Frame::message(bytes, OpCode::Data(Data::Binary), true))
}

fn close_frame(code: u16, reason: &str) -> Frame {
    Frame::close(Some(CloseFrame { code: CloseCode::from(code), reason: short(reason).into() }))
}

fn encode(frame: Frame) -> Bytes {
    let mut bytes = Vec::with_capacity(frame.len());
    // Writing to a vector does not fail.
    let _ = frame.format(&mut bytes);
    bytes.into()
}

/// A reason that fits into a Close: 123 bytes.
fn short(reason: &str) -> &str {
    const LONGEST: usize = 123;
    let end = reason.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= LONGEST).last();
    &reason[..end.unwrap_or(0)]
}

/// The stream under a session's WebSocket: reads come from the connection, writes go into the queue.
#[derive(Debug)]
pub struct Queued<S> {
    stream: S,
    outgoing: Outgoing,
    sending: Sending,
}

/// The frames that a session has taken from its queue, and not sent.
#[derive(Debug, Default)]
struct Sending {
    frames: VecDeque<Bytes>,
    /// Whether a part of the first one is out.
    has_begun: bool,
    /// The same frames whole, where what goes out is kept.
    whole: VecDeque<Bytes>,
}

impl Sending {
    /// Takes what is queued, and drops what is not to be sent any more.
    fn refill(&mut self, queue: &mut Queue) {
        if std::mem::take(&mut queue.drops_rest) {
            let stays = usize::from(self.has_begun);
            self.frames.truncate(stays);
            self.whole.truncate(stays);
            queue.bytes = self.frames.iter().chain(&queue.frames).map(Bytes::len).sum();
        }
        if self.frames.is_empty() && !queue.frames.is_empty() {
            std::mem::swap(&mut self.frames, &mut queue.frames);
            if queue.sent.is_some() {
                self.whole.extend(self.frames.iter().cloned());
            }
        }
    }

    /// Notes that so many bytes are out.
    fn advance(&mut self, mut written: usize, queue: &mut Queue) {
        queue.bytes -= written;
        while written > 0 {
            let Some(first) = self.frames.front_mut() else { return };
            if first.len() > written {
                first.advance(written);
                self.has_begun = true;
                return;
            }
            written -= first.len();
            self.frames.pop_front();
            self.has_begun = false;
            if let Some(sent) = &mut queue.sent {
                sent.extend(self.whole.pop_front());
            }
        }
        if self.frames.is_empty() && self.frames.capacity() > KEPT_ROOM {
            // A session that is idle again keeps no room for what it once had to send.
            self.frames = VecDeque::new();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Queued<S> {
    /// A stream whose writes go through `outgoing`.
    pub fn new(stream: S, outgoing: Outgoing) -> Self {
        Queued { stream, outgoing, sending: Sending::default() }
    }

    /// The queue.
    pub fn outgoing(&self) -> &Outgoing {
        &self.outgoing
    }

    /// Sends what is queued. Ready when the queue is empty; the task is woken when something is queued, too.
    pub fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut written = 0;
        loop {
            {
                let mut queue = self.outgoing.lock();
                self.sending.advance(written, &mut queue);
                self.sending.refill(&mut queue);
                // Where the peer takes nothing, too: that the session is cut off has to be noticed.
                queue.wake_later(cx);
            }
            if self.sending.frames.is_empty() {
                return Pin::new(&mut self.stream).poll_flush(cx);
            }
            let mut slices = [IoSlice::new(&[]); PIECES];
            let pieces = self.sending.frames.len().min(PIECES);
            for (slice, frame) in slices.iter_mut().zip(&self.sending.frames) {
                *slice = IoSlice::new(frame);
            }
            written = ready!(Pin::new(&mut self.stream).poll_write_vectored(cx, &slices[..pieces]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
    }

    /// Ends the connection's sending side.
    pub fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Queued<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl<S: Unpin> AsyncWrite for Queued<S> {
    /// Takes a frame of the library's own: a pong, or the reply to a Close, which is the last.
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        const CLOSE: u8 = 0x88;
        let mut queue = self.outgoing.lock();
        if !queue.sealed {
            queue.push(Bytes::copy_from_slice(bytes));
            queue.sealed = bytes.first() == Some(&CLOSE);
        }
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_is_last_and_a_full_queue_says_so() {
        let outgoing = Outgoing::new(40);
        outgoing.send(text_frame("one")).unwrap();
        assert_eq!(outgoing.send(text_frame("x".repeat(40))), Err(Overflow));
        outgoing.close(1001, "going away");
        outgoing.close(1000, "");
        outgoing.send(text_frame("too late")).unwrap();
        let queue = outgoing.lock();
        let sent: Vec<&[u8]> = queue.frames.iter().map(|frame| frame.as_ref()).collect();
        assert_eq!(sent, [&b"\x81\x03one"[..], b"\x88\x0c\x03\xe9going away"]);
    }

    #[test]
    fn what_was_written_leaves_the_queue_in_part_or_whole_and_is_kept_whole_where_it_is_wanted() {
        let outgoing = Outgoing::new(100).keeping();
        for text in ["one", "two", "three"] {
            outgoing.send(text_frame(text)).unwrap();
        }
        let mut sending = Sending::default();
        let mut advance = |written| {
            let mut queue = outgoing.lock();
            sending.refill(&mut queue);
            sending.advance(written, &mut queue);
            (queue.bytes, sending.frames.front().map(|frame| frame.to_vec()))
        };
        assert_eq!(advance(8), (9, Some(b"wo".to_vec())));
        assert_eq!(advance(9), (0, None));
        let sent: Vec<_> = std::iter::from_fn(|| outgoing.take_sent()).collect();
        assert_eq!(sent, ["one", "two", "three"].map(text_frame));
    }

    #[test]
    fn a_session_that_is_cut_off_sends_what_has_begun_and_its_close() {
        let outgoing = Outgoing::new(100);
        let mut sending = Sending::default();
        for text in ["one", "two"] {
            outgoing.send(text_frame(text)).unwrap();
        }
        sending.refill(&mut outgoing.lock());
        sending.advance(2, &mut outgoing.lock());
        outgoing.send(text_frame("three")).unwrap();
        outgoing.cut_off(1013, "slow");
        sending.refill(&mut outgoing.lock());
        assert_eq!(sending.frames, [&b"one"[..]]);
        sending.advance(3, &mut outgoing.lock());
        sending.refill(&mut outgoing.lock());
        assert_eq!(sending.frames, [&b"\x88\x06\x03\xf5slow"[..]]);
        assert_eq!((outgoing.queued(), outgoing.take_cut_off().as_deref()), (8, Some("slow")));
    }

    #[test]
    fn a_long_reason_is_cut_at_a_character() {
        assert_eq!(short(&"é".repeat(100)).len(), 122);
    }
}
