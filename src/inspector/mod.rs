//! The inspector: a page that shows what is recorded, live, and the API behind it, on a port of its own.
//!
//! The page is one document from the program itself, and asks nothing of anybody else. Whoever is on this machine may look;
//! what does something wants a token, which stands in the fragment of the printed address. [`access`] decides who is heard,
//! before anything else is looked at. What a peer wrote reaches the page as JSON, and becomes text there, never HTML.
//!
//! Shows records with their secrets hidden. Sends nothing itself: what replays and what posts is handed in.

mod access;
mod actions;
mod answer;
mod events;
mod export;
mod page;
mod query;
mod records;
mod shown;
mod signature;
mod stats;

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde_json::Value;

use self::access::Access;
use self::answer::{Refusal, json};
use self::page::Page;
use crate::protocol::Ambient;
use crate::protocol::record::Record;
use crate::protocol::versia::{Checked, NothingToVerify};
use crate::server::{Bound, BoxFuture, Control, run_beside};
use crate::store::records::Records;

/// The largest body of a request to the API, in bytes.
const MAX_BODY: usize = 4 << 20;

/// Says what the signatures in a record are worth, explained.
pub trait Verifier: Send + Sync + 'static {
    /// Verifies a record as of its own time, and explains what does not verify.
    fn verify(&self, record: Record) -> BoxFuture<Result<Vec<Checked>, NothingToVerify>>;
}

impl Verifier for Control {
    fn verify(&self, record: Record) -> BoxFuture<Result<Vec<Checked>, NothingToVerify>> {
        let control = self.clone();
        Box::pin(async move { Control::verify(&control, &record).await })
    }
}

/// What is to be sent again, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplayOrder {
    /// The record, whole.
    pub record: Record,
    /// Where it goes, as a URL; without one, where it went.
    pub to: Option<String>,
    /// The body that takes the place of its own.
    pub body: Option<String>,
    /// Whether it is signed anew, with this side's key.
    pub sign: bool,
}

/// Why something was not done, for whoever asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is in the way, in a sentence.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Sends records again.
pub trait Replayer: Send + Sync + 'static {
    /// Whether there is a key to sign anew with.
    fn signs(&self) -> bool;

    /// Sends a record as the order says; gives the record of what passed. The record is kept by whoever sends it.
    fn replay(&self, order: ReplayOrder) -> BoxFuture<Result<Record, Refused>>;
}

/// What an inspector is set up with.
pub struct InspectorSetup {
    /// What is shown.
    pub records: Records,
    /// The instance that is recorded, where it can be asked for something.
    pub control: Option<Control>,
    /// Says what signatures are worth, where somebody knows keys.
    pub verifier: Option<Arc<dyn Verifier>>,
    /// Sends records again, where somebody can.
    pub replayer: Option<Arc<dyn Replayer>>,
    /// What actions want to be shown. Long, and random.
    pub token: String,
    /// What is recorded, in a word: a domain, or an address.
    pub title: String,
    /// Where it is reached from this machine, such as `http://127.0.0.1:3000`.
    pub url: String,
    /// A command that would bring a first record.
    pub example: Option<String>,
    /// The clock.
    pub ambient: Ambient,
}

/// What all requests share.
struct Inspector {
    setup: InspectorSetup,
    access: Access,
    page: Page,
}

type Shared = State<Arc<Inspector>>;

/// Shows what is recorded on a port, until `shutdown` is ready.
pub async fn serve(bound: Bound, setup: InspectorSetup, shutdown: impl Future<Output = ()>) {
    let access = Access::new(bound.address, &setup.token);
    let inspector = Arc::new(Inspector { setup, access, page: Page::new() });
    run_beside(bound, router(inspector), shutdown).await;
}

fn router(inspector: Arc<Inspector>) -> Router {
    Router::new()
        .route("/", get(page::document))
        .route("/icon.svg", get(page::icon))
        .route("/api/page", get(about))
        .route("/api/records", get(records::list))
        .route("/api/records/{id}", get(shown::one))
        .route("/api/records/{id}/{format}", get(export::one))
        .route("/api/export", get(export::all))
        .route("/api/events", get(events::stream))
        .route("/api/stats", get(stats::stats))
        .route("/api/replay", post(actions::replay))
        .route("/api/instance", get(actions::instance))
        .route("/api/post", post(actions::post))
        .route("/api/follows", get(actions::follows).post(actions::follow).delete(actions::unfollow))
        .route("/api/follows/answer", post(actions::answer))
        .route("/api/faults", get(actions::faults).post(actions::add_fault).delete(actions::clear_faults))
        .route("/api/faults/{id}", delete(actions::remove_fault))
        .fallback(async || Refusal::not_found("there is nothing at this path"))
        .method_not_allowed_fallback(async || Refusal::new(405, "this path does not take this method"))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::clone(&inspector), guard))
        .with_state(inspector)
}

/// Lets through who may be heard, and adds what every answer says.
async fn guard(State(inspector): Shared, request: axum::extract::Request, next: Next) -> Response {
    let head = (request.method(), request.uri(), request.headers());
    let mut response = match inspector.access.check(head.0, head.1, head.2) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    inspector.page.protect(response.headers_mut());
    response
}

/// What the page has to know before it asks for anything.
async fn about(State(inspector): Shared) -> Response {
    let setup = &inspector.setup;
    json(&serde_json::json!({
        "title": setup.title,
        "url": setup.url,
        "replay": setup.replayer.is_some(),
        "sign": setup.replayer.as_ref().is_some_and(|replayer| replayer.signs()),
        "control": setup.control.is_some(),
        "example": setup.example.as_deref().map_or(Value::Null, Value::from),
    }))
}
