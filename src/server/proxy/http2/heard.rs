//! Bodies that are heard while they stream, and the exchange that they belong to.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::sync::mpsc::UnboundedSender;

use crate::protocol::record::{Headers, Request, Response};
use crate::server::proxy::parse::{Exchange, Kept, Place, Room, Seen, Trouble};
use crate::server::proxy::watch::{Noted, Watch};

/// An exchange while it is under way. It is told when nobody holds it any more: when both bodies are gone.
#[derive(Debug, Clone)]
pub(super) struct Recording(Arc<Held>);

/// Which body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Request,
    Answer,
}

#[derive(Debug)]
struct Held {
    so_far: Mutex<SoFar>,
    room: Arc<Room>,
    limit: usize,
    noted: UnboundedSender<Noted>,
}

#[derive(Debug)]
struct SoFar {
    begun: Instant,
    request: Request,
    response: Option<Response>,
    bodies: [Kept; 2],
    ended: [Option<Instant>; 2],
    answer_begun: Option<Instant>,
    trouble: Option<Trouble>,
    place: Option<Place>,
}

impl Recording {
    pub(super) fn begin(watch: &Watch, noted: UnboundedSender<Noted>, request: Request) -> Self {
        let so_far = SoFar {
            begun: Instant::now(),
            place: placed(watch.room.place(), request.headers.as_ref()),
            request,
            response: None,
            bodies: [Kept::default(), Kept::default()],
            ended: [None; 2],
            answer_begun: None,
            trouble: None,
        };
        let (room, limit) = (Arc::clone(&watch.room), watch.max_body);
        Recording(Arc::new(Held { so_far: Mutex::new(so_far), room, limit, noted }))
    }

    /// The head of the answer came.
    pub(super) fn answered(&self, status: u16, headers: Headers, now: Instant) {
        let mut so_far = self.so_far();
        so_far.answer_begun = Some(now);
        so_far.place = placed(so_far.place.take(), Some(&headers));
        so_far.response = Some(Response { status, headers, ..Response::default() });
    }

    /// There is no answer.
    pub(super) fn fail(&self, trouble: Trouble) {
        self.so_far().trouble = Some(trouble);
    }

    fn keep(&self, part: Part, data: &[u8]) {
        let so_far = &mut *self.so_far();
        so_far.bodies[part as usize].keep(data, self.0.limit, so_far.place.as_mut());
    }

    fn end(&self, part: Part) {
        let ended = &mut self.so_far().ended[part as usize];
        *ended = ended.or(Some(Instant::now()));
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.0.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place with the room for headers, where there is so much.
fn placed(place: Option<Place>, headers: Option<&Headers>) -> Option<Place> {
    let length = headers.into_iter().flatten().map(|(name, value)| name.len() + value.0.len() + 64).sum();
    place.and_then(|mut place| place.grow(length).then_some(place))
}

impl Drop for Held {
    fn drop(&mut self) {
        let so_far = self.so_far.get_mut().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = so_far.place.take() else { return self.room.miss() };
        let [asked, answered] = so_far.ended;
        let [request_body, answer_body] = std::mem::take(&mut so_far.bodies);
        let request = Request {
            body: request_body.bytes.into(),
            truncated: request_body.truncated || asked.is_none(),
            ..std::mem::take(&mut so_far.request)
        };
        let response = so_far.response.take().map(|response| Response {
            body: answer_body.bytes.into(),
            truncated: answer_body.truncated || answered.is_none(),
            ..response
        });
        let left = answered.is_none().then_some(Trouble::ClientLeft);
        let exchange = Exchange {
            begun: so_far.begun,
            asked,
            answer_begun: so_far.answer_begun,
            ended: answered.max(asked).unwrap_or_else(Instant::now),
            http: Some("2"),
            request: Some(request),
            response,
            malformed: None,
            trouble: so_far.trouble.take().or(left),
            doubt: None,
            place,
        };
        // A watcher that is gone has nobody to tell.
        let _ = self.noted.send(Noted::Seen(Seen::Exchange(Box::new(exchange))));
    }
}

/// A body that is heard while it streams.
#[derive(Debug)]
pub(super) struct Heard {
    body: Incoming,
    recording: Recording,
    part: Part,
}

impl Heard {
    pub(super) fn new(body: Incoming, recording: Recording, part: Part) -> Self {
        if body.is_end_stream() {
            recording.end(part);
        }
        Heard { body, recording, part }
    }
}

impl Body for Heard {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let heard = self.get_mut();
        let frame = ready!(Pin::new(&mut heard.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    heard.recording.keep(heard.part, data);
                }
                // Whoever reads need not ask again.
                if frame.is_trailers() || heard.body.is_end_stream() {
                    heard.recording.end(heard.part);
                }
            }
            None => heard.recording.end(heard.part),
            Some(Err(_)) if heard.part == Part::Answer => heard.recording.fail(Trouble::HungUp),
            Some(Err(_)) => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
