//! Keeping what happens before it is told, and before it is answered: many records in one commit, in their order.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::app::Answer;
use super::event::{Event, Happened};
use super::service::recorded;
use crate::protocol::record::RecordError;
use crate::store::records::Prepared;
use crate::store::{Records, WorkError};

/// How many events may wait to be kept and told before whoever brings more has to wait.
const UNDER_WAY: u32 = 1_024;

/// A payload of more than this counts as several of them, in bytes.
const PIECE: usize = 64 << 10;

/// How long nothing is said about frames that are not kept after it was said.
const QUIET: Duration = Duration::from_secs(10);

/// An event that is kept, and its place among those that are under way.
type Kept = (Event, Option<OwnedSemaphorePermit>);

/// Where everything that happens on a server goes: into its records, where it keeps any, and then to whoever runs it.
/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    events: Sender<Event>,
    keeping: Option<Keeping>,
}

#[derive(Debug, Clone)]
struct Keeping {
    records: Records,
    room: Arc<Semaphore>,
    kept: UnboundedSender<Kept>,
    complained: Arc<Mutex<Option<Instant>>>,
    /// Whether what is told of has been answered already, kept or not.
    is_beside: bool,
}

impl Recorder {
    /// Tells events, and keeps their records first where there are `records`. Wants a runtime.
    pub fn new(events: Sender<Event>, records: Option<Records>) -> Self {
        let keeping = records.map(|records| {
            let (kept, waiting) = unbounded_channel();
            tokio::spawn(tell_all(waiting, events.clone()));
            Keeping {
                records,
                room: Arc::new(Semaphore::new(UNDER_WAY as usize)),
                kept,
                complained: Arc::default(),
                is_beside: false,
            }
        });
        Recorder { events, keeping }
    }

    /// The same for what passes between others, whose answers do not change when they cannot be kept.
    #[must_use]
    pub(super) fn beside(self) -> Self {
        Recorder { keeping: self.keeping.map(|keeping| Keeping { is_beside: true, ..keeping }), ..self }
    }

    /// Whether records are kept.
    pub(super) fn keeps(&self) -> bool {
        self.keeping.is_some()
    }

    /// Tells of an event, when its record is kept.
    ///
    /// # Errors
    /// When it cannot be kept, which is told in its place.
    pub(super) async fn tell(&self, event: Event) -> Result<(), WorkError> {
        if self.keeping.is_none() {
            self.tell_then(event, |_| {}).await;
            return Ok(());
        }
        let (sender, kept) = oneshot::channel();
        // Whoever waits may have gone.
        self.tell_then(event, move |done| drop(sender.send(done.cloned().map_or(Ok(()), Err)))).await;
        kept.await.unwrap_or(Err(WorkError::Closed))
    }

    /// Tells of an event when its record is kept, and calls `then` just before: with the error, where it cannot be kept. Waits
    /// no longer than until there is room for it.
    pub(super) async fn tell_then(
        &self,
        event: Event,
        then: impl FnOnce(Option<&WorkError>) + Send + 'static,
    ) {
        let Some(keeping) = &self.keeping else {
            // With nobody listening any more, the server is about to end.
            let _ = self.events.send(event).await;
            return then(None);
        };
        let places = 1 + event.record().map_or(0, |record| record.payload_length() / PIECE);
        let places = u32::try_from(places).map_or(UNDER_WAY, |places| places.min(UNDER_WAY));
        // The semaphore is never closed. What waits for it has not been written out yet, which takes as much again.
        let place = Arc::clone(&keeping.room).acquire_many_owned(places).await.ok();
        let telling = keeping.clone();
        let Some(prepared) = event.record().map(Prepared::of) else {
            return keeping.records.after_all(move || {
                then(None);
                telling.tell(event, place);
            });
        };
        keeping.records.append_prepared(prepared, move |done| {
            let error = done.err();
            then(error.as_ref());
            match error {
                None => telling.tell(event, place),
                Some(error) => telling.tell_unkept(event, &error, place),
            }
        });
    }

    /// Waits until everything so far is kept, and what was to be done then is done.
    pub(super) async fn settled(&self) {
        if let Some(keeping) = &self.keeping {
            let (sender, settled) = oneshot::channel();
            keeping.records.after_all(move || {
                // Whoever waits may have gone.
                let _ = sender.send(());
            });
            let _ = settled.await;
        }
    }

    /// Waits until everything so far is kept and told.
    pub(super) async fn all_told(&self) {
        if let Some(keeping) = &self.keeping {
            let _ = keeping.room.acquire_many(UNDER_WAY).await;
        }
    }
}

impl Keeping {
    fn tell(&self, event: Event, place: Option<OwnedSemaphorePermit>) {
        // With nobody listening any more, the server is about to end.
        let _ = self.kept.send((event, place));
    }

    fn tell_unkept(&self, event: Event, error: &WorkError, place: Option<OwnedSemaphorePermit>) {
        let is_frame = self.is_beside
            || matches!(event, Event::Frame(_) | Event::SessionClosed { .. } | Event::Malformed(_));
        self.tell(if is_frame { event } else { unkept(event, error) }, place);
        if is_frame && self.may_complain() {
            self.tell(Event::Trouble { peer: None, what: format!("not recorded: {error}") }, None);
        }
    }

    fn may_complain(&self) -> bool {
        let mut last = self.complained.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| last.elapsed() >= QUIET);
        if may {
            *last = Some(Instant::now());
        }
        may
    }
}

async fn tell_all(mut waiting: UnboundedReceiver<Kept>, events: Sender<Event>) {
    while let Some((event, _place)) = waiting.recv().await {
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// The answer to what cannot be kept.
pub(super) fn unkept_answer(error: &WorkError) -> Answer {
    let headers = vec![("Content-Type".to_owned(), "text/plain; charset=utf-8".into())];
    Answer { status: 503, headers, body: format!("not recorded: {error}\n").into(), ..Answer::default() }
}

/// The event of something that cannot be kept, and is therefore not answered as it would have been.
fn unkept(event: Event, error: &WorkError) -> Event {
    let message = format!("not recorded: {error}");
    match event {
        Event::Exchange(mut happened) | Event::SessionOpened(mut happened) => {
            let Happened { record, .. } = &mut *happened;
            if record.response.is_some() {
                record.response = Some(recorded(&unkept_answer(error)));
            }
            record.session = None;
            record.error = Some(RecordError { code: None, message });
            Event::Exchange(happened)
        }
        Event::Message(mut happened) => {
            happened.record.error = Some(RecordError { code: None, message });
            Event::Message(happened)
        }
        other => other,
    }
}
