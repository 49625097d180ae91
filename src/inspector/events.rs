//! What comes while somebody looks, as server-sent events: `records`, each with some outlines, the oldest first, and with the
//! number of the last as its id. One who was gone goes on behind the `Last-Event-ID`; `restarted` tells one whose records are no more.
//!
//! What is sent is read from the store, and not from who appends: one who reads slowly misses nothing and holds nothing up.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::unfold;
use hyper::header::{HeaderMap, HeaderName};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout};

use super::answer::{Refusal, typed};
use super::query::Query;
use super::records::Listed;
use super::{Inspector, Shared};
use crate::protocol::outline::Filter;
use crate::store::records::{Committed, Page};

/// How many records one event has at most.
const MOST: usize = 500;

/// How long events are apart at least, so that many records come in few.
const APART: Duration = Duration::from_millis(100);

/// After how long without an event something is sent, so that a lost connection is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How soon a browser comes back, in milliseconds.
const RETRY: u32 = 1_000;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// `GET /api/events`: what a filter wants of what comes behind `Last-Event-ID`, or behind `after`, or from now on.
pub(super) async fn stream(
    State(inspector): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let mut query = Query::of(query.as_deref());
    let asked = query.number("after")?;
    let last = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()?.parse().ok());
    let filter = query.filter(inspector.now())?;
    // Watched from before the list is read, so that nothing comes between.
    let watched = inspector.setup.records.watch();
    let newest = inspector.newest().await?;
    let after = last.or(asked).unwrap_or(newest);
    let feed = Feed {
        inspector,
        filter,
        watched,
        // A number from another store would be waited for in vain.
        after: after.min(newest),
        restarted: after > newest,
        seen: newest,
        more: after < newest,
        sent: None,
    };
    let begin = unfold(Some(feed), async |feed| {
        let mut feed = feed?;
        let text = feed.next().await?;
        Some((Ok::<_, Infallible>(text), Some(feed)))
    });
    Ok(typed("text/event-stream", Body::from_stream(begin)))
}

/// What one listener is sent.
struct Feed {
    inspector: Arc<Inspector>,
    filter: Filter,
    watched: Receiver<Committed>,
    /// Everything up to this number was sent, or is not wanted.
    after: u64,
    /// The largest number that is known to be committed.
    seen: u64,
    /// Whether the listener knows records of another store: those before a start in memory.
    restarted: bool,
    /// Whether there may be more in the store already.
    more: bool,
    /// When the last event was sent; nothing was before the first.
    sent: Option<Instant>,
}

impl Feed {
    /// The next piece of the stream; `None` ends it, when the store does not answer any more.
    async fn next(&mut self) -> Option<Bytes> {
        let Some(sent) = self.sent else {
            self.sent = Some(Instant::now() - APART);
            let restarted = if self.restarted { "event: restarted\ndata: {}\n\n" } else { "" };
            return Some(format!("retry: {RETRY}\n\n{restarted}").into());
        };
        let heartbeat = sent.max(Instant::now()) + HEARTBEAT;
        loop {
            if !self.more && !self.wait(heartbeat).await? {
                return Some(Bytes::from_static(b": still here\n\n"));
            }
            sleep_until(sent + APART).await;
            self.drain();
            let page = Page::after(self.after, MOST);
            let found = self.inspector.setup.records.list(self.filter.clone(), page).await.ok()?;
            self.more = found.len() == MOST;
            let last = found.last().map_or(self.after, |(number, _)| *number);
            self.after = if self.more { last } else { last.max(self.seen) };
            if !found.is_empty() {
                self.sent = Some(Instant::now());
                let listed: Vec<Listed> = found.into_iter().map(Listed::from).collect();
                let data = serde_json::to_string(&listed).ok()?;
                return Some(format!("id: {}\nevent: records\ndata: {data}\n\n", self.after).into());
            }
        }
    }

    /// Waits for something to be committed; false when nothing is until then.
    async fn wait(&mut self, until: Instant) -> Option<bool> {
        match timeout(until.saturating_duration_since(Instant::now()), self.watched.recv()).await {
            Err(_) => Some(false),
            Ok(Ok(committed)) => {
                self.seen = self.seen.max(committed.0);
                Some(true)
            }
            // What was passed over is in the store.
            Ok(Err(RecvError::Lagged(_))) => Some(true),
            Ok(Err(RecvError::Closed)) => None,
        }
    }

    /// Takes note of what was committed meanwhile: one look at the store finds all of it.
    fn drain(&mut self) {
        while let Ok(committed) = self.watched.try_recv() {
            self.seen = self.seen.max(committed.0);
        }
    }
}
