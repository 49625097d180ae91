//! A slow answer: its bytes are spread over a time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

/// In how many pieces a slow answer goes out, at most.
const PIECES: u32 = 20;

/// An answer that goes out piece by piece.
pub(super) struct Trickle {
    next: Pin<Box<Sleep>>,
    /// The time from one piece to the next.
    apart: Duration,
    /// How many bytes a piece has.
    piece: usize,
    /// How many bytes of this piece may go out now.
    due: usize,
    /// How many bytes of the answer have not been let out.
    left: usize,
}

impl Trickle {
    /// Spreads an answer of so many bytes over a time; what was not known of it then follows at once.
    pub(super) fn new(over: Duration, bytes: usize) -> Self {
        let pieces = u32::try_from(bytes).unwrap_or(PIECES).clamp(1, PIECES);
        let apart = over / pieces;
        Trickle {
            next: Box::pin(tokio::time::sleep(apart)),
            apart,
            piece: bytes.div_ceil(pieces as usize),
            due: 0,
            left: bytes,
        }
    }

    /// How many bytes may go out now; waits for the next piece.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<usize> {
        if self.due == 0 {
            ready!(self.next.as_mut().poll(cx));
            self.next = Box::pin(tokio::time::sleep(self.apart));
            self.due = self.piece.min(self.left);
        }
        Poll::Ready(self.due)
    }

    /// Whether this was the last piece, when so many bytes are out.
    pub(super) fn ends_with(&mut self, written: usize) -> bool {
        self.due -= written;
        self.left -= written;
        self.left == 0
    }
}
