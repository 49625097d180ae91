//! Reading a request's body within its limits: its length, its time, and what all bodies hold together.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a body may take to come.
pub(super) const BODY_TIME: Duration = Duration::from_secs(60);

/// In which steps memory is counted, in bytes.
const STEP: usize = 1 << 10;

/// The limits of bodies.
#[derive(Debug)]
pub struct Bodies {
    limit: usize,
    room: Arc<Semaphore>,
}

/// A body as far as it was read, and its place in memory, until it is dropped.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// Why a body was not read whole.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is larger than allowed.
    TooLarge,
    /// The bodies that are read at the same time are.
    NoRoom,
    /// It did not come in time.
    Late,
    /// The connection ended, or the framing is wrong.
    Broken(String),
}

impl Bodies {
    /// A body may have `limit` bytes, and all that are under way `together`, or one of them its `limit`.
    pub fn new(limit: usize, together: usize) -> Self {
        Bodies {
            limit,
            room: Arc::new(Semaphore::new(together.max(limit).div_ceil(STEP).min(Semaphore::MAX_PERMITS))),
        }
    }

    /// The largest body, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Reads a body as far as it may be read; gives what there is of it, and why that is not all.
    pub(super) async fn read<B>(&self, body: B) -> (Body, Option<BodyError>)
    where
        B: hyper::body::Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        let mut read = Body::default();
        let error = match timeout(BODY_TIME, self.read_into(&mut read, body)).await {
            Ok(done) => done.err(),
            Err(_) => Some(BodyError::Late),
        };
        (read, error)
    }

    async fn read_into<B>(&self, read: &mut Body, mut body: B) -> Result<(), BodyError>
    where
        B: hyper::body::Body<Data = Bytes> + Unpin,
        B::Error: std::fmt::Display,
    {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
            // Trailers are no part of what is signed.
            let Ok(data) = frame.into_data() else { continue };
            let allowed = data.len().min(self.limit - read.bytes.len());
            self.make_room(read, allowed)?;
            read.bytes.extend_from_slice(&data[..allowed]);
            if data.len() > allowed {
                return Err(BodyError::TooLarge);
            }
        }
        Ok(())
    }

    fn make_room(&self, read: &mut Body, more: usize) -> Result<(), BodyError> {
        let held = read.place.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let missing = (read.bytes.len() + more).div_ceil(STEP) - held;
        let missing = u32::try_from(missing).map_err(|_| BodyError::NoRoom)?;
        let place = Arc::clone(&self.room).try_acquire_many_owned(missing).map_err(|_| BodyError::NoRoom)?;
        match &mut read.place {
            Some(held) => held.merge(place),
            None => read.place = Some(place),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn of(length: usize) -> Full<Bytes> {
        Full::new(vec![b'a'; length].into())
    }

    #[tokio::test]
    async fn a_body_is_read_as_far_as_it_may() {
        let bodies = Bodies::new(10, 0);
        let (read, error) = bodies.read(of(10)).await;
        assert_eq!((read.bytes.len(), error), (10, None));
        drop(read);
        let (read, error) = bodies.read(of(11)).await;
        assert_eq!((read.bytes.len(), error), (10, Some(BodyError::TooLarge)));
    }

    #[tokio::test]
    async fn bodies_that_are_under_way_share_their_room() {
        let bodies = Bodies::new(2 * STEP, 3 * STEP);
        let (first, error) = bodies.read(of(2 * STEP)).await;
        assert_eq!(error, None);
        let (second, error) = bodies.read(of(STEP + 1)).await;
        assert_eq!((second.bytes.len(), error), (0, Some(BodyError::NoRoom)));
        drop(first);
        assert_eq!(bodies.read(of(2 * STEP)).await.1, None);
    }
}
