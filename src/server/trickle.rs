//! A slow answer: its bytes are spread over a time.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::Sleep;

/// In how many pieces a slow answer goes out, at most.
const PIECES: usize = 20;

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
        let most = bytes.clamp(1, PIECES);
        let piece = bytes.div_ceil(most).max(1);
        // Whole pieces may be fewer than there could be; the time is spread over those that there are.
        let count = u32::try_from(bytes.div_ceil(piece)).unwrap_or(1).max(1);
        let apart = over / count;
        Trickle { next: Box::pin(tokio::time::sleep(apart)), apart, piece, due: 0, left: bytes }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_pieces_take_the_whole_time_however_many_there_are() {
        for bytes in [0, 1, 19, 20, 114, 115, 1 << 20] {
            let trickle = Trickle::new(Duration::from_secs(1), bytes);
            let count = u32::try_from(bytes.div_ceil(trickle.piece)).unwrap().max(1);
            let left_out = Duration::from_secs(1) - trickle.apart * count;
            assert!(left_out < Duration::from_micros(1) && count <= 20, "{bytes}: {left_out:?}");
        }
    }
}
