//! What is kept of what passes, and how much all of it may be together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What a record costs beside the bytes that are kept for it, in bytes.
const OVERHEAD: usize = 1 << 10;

/// The memory for everything that is kept until it is recorded, of all connections together.
#[derive(Debug)]
pub struct Room {
    free: AtomicUsize,
    missed: AtomicU64,
}

impl Room {
    /// A room for so many bytes.
    pub fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Room { free: AtomicUsize::new(bytes), missed: AtomicU64::new(0) })
    }

    /// Notes that something passed without a record.
    pub fn miss(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }

    /// How much passed without a record since this was asked last.
    pub fn take_missed(&self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }

    /// A place for a record, without its bytes; `None` when there is no room.
    pub fn place(self: &Arc<Self>) -> Option<Place> {
        let mut place = Place { room: Arc::clone(self), bytes: 0 };
        place.grow(OVERHEAD).then_some(place)
    }
}

/// A part of the room, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    room: Arc<Room>,
    bytes: usize,
}

impl Place {
    /// Takes so many bytes more; whether there was room for them.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let take = |free: usize| free.checked_sub(bytes);
        let taken = self.room.free.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if taken {
            self.bytes += bytes;
        }
        taken
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.free.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

/// A body, or a message's payload, as far as it is kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether that is not all.
    pub truncated: bool,
}

impl Kept {
    /// Keeps more bytes, up to `limit` in all, as far as there is a place for them.
    pub fn keep(&mut self, bytes: &[u8], limit: usize, place: Option<&mut Place>) {
        let allowed = bytes.len().min(limit.saturating_sub(self.bytes.len()));
        let has_room = !self.truncated && place.is_some_and(|place| place.grow(allowed));
        if has_room {
            self.bytes.extend_from_slice(&bytes[..allowed]);
        }
        self.truncated |= !has_room || allowed < bytes.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_by_its_limit_and_by_the_room_of_all() {
        let room = Room::new(OVERHEAD + 10);
        let mut place = room.place();
        assert!(room.place().is_none());
        let mut kept = Kept::default();
        kept.keep(b"12345", 6, place.as_mut());
        kept.keep(b"678", 6, place.as_mut());
        assert_eq!((kept.bytes.as_slice(), kept.truncated), (&b"123456"[..], true));
        let mut other = Kept::default();
        other.keep(b"12345", 100, place.as_mut());
        assert_eq!((other.bytes.len(), other.truncated), (0, true));
        drop(place);
        assert!(room.place().is_some());
    }
}
