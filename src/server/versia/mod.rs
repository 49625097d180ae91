//! A Versia instance: discovery, metadata, entities and collections, the inbox over HTTP and WebSocket, instance messaging;
//! and its part in what goes on: who follows whom, what is posted, what is kept of what comes.
//!
//! Accepts and badges; with `reject`, answers as the documents demand: 401 to what is not rightly signed, 422 to what is
//! stale or no entity. Responses are signed as <https://versia.pub/federation/http> says: all but those of the paths that
//! the documents exempt.

mod data;
mod dispatch;
mod documents;
mod entity;
mod judge;
mod known;
mod lookup;
mod messages;
mod messaging;
mod participation;
mod posting;
mod prepared;
mod reference;
mod replays;
mod resources;
mod routes;
mod seed;
mod signed;
mod taking;
mod view;
mod written;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::Router;
use http_body_util::BodyExt;
use hyper::{Method, Request};
use serde::Deserialize;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::block_in_place;
use tower_service::Service;

pub use self::data::{Contents, DataError, Document, read_folder};
use self::dispatch::Dispatch;
pub use self::documents::User;
pub use self::judge::Judge;
use self::known::Known;
use self::messaging::Written;
pub use self::participation::Participation;
use self::participation::beginning;
use self::routes::Switching;
pub use self::seed::seed_id;
use self::signed::SignedAnswers;
use self::taking::Taken;
use super::app::{Answer, App, BoxFuture, Received, Reply};
use super::event::{Delivery, Event, Happened};
use super::fault::{Fate, FaultKind, Faults};
use super::hub::{Sessions, Stopping, Telling};
use super::service::recorded;
use crate::entity::{Profile, Report, check};
use crate::finding::{Finding, Level, codes};
use crate::protocol::Ambient;
use crate::protocol::http::title_case;
use crate::protocol::record::{Bytes, Record, RecordVerdict};
use crate::protocol::versia::{Checked, INBOX, MESSAGING, may_be_unsigned};
use crate::signing::{SecretKey, Signer, Verdict, lint_json};

/// How long ago a stale answer says it was signed, in seconds.
const STALE: i64 = 3_600;

/// From this size on, looking at an entity takes long, in bytes.
const LARGE: usize = 64 << 10;

/// How many notes are fetched at the same time because somebody told of them: where they are is the teller's word.
const FETCHES: usize = 16;

/// What an instance is made of.
#[derive(Debug)]
pub struct InstanceConfig {
    /// The key and the domain that it signs with.
    pub signer: Signer,
    /// The names of its users.
    pub users: Vec<String>,
    /// Whether it refuses what the documents refuse.
    pub reject: bool,
    /// Whether it looks at entities by the documents' rules.
    pub validate: bool,
    /// Whether it answers each WebSocket message with a receipt, where the peer offers to take them.
    pub receipts: bool,
    /// What verifies.
    pub judge: Judge,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// What its sessions share.
    pub sessions: Arc<Sessions>,
    /// What goes wrong on purpose, also with messages of its sessions.
    pub faults: Arc<Faults>,
    /// What it has, and how it takes part.
    pub participation: Participation,
    /// Tells of what it does beside its answers.
    pub telling: Telling,
    /// Says when it ends.
    pub stopping: Stopping,
}

/// A Versia instance.
#[derive(Debug)]
pub struct Instance {
    signer: Signer,
    /// Signs what is to be wrong on purpose.
    other_signer: Signer,
    known: Mutex<Known>,
    /// What it delivers, where it reaches others.
    dispatch: Option<Arc<Dispatch>>,
    /// The places of notes that are fetched because somebody told of them.
    fetches: Arc<Semaphore>,
    /// Which instances got a message of it, and when.
    written: Written,
    created_at: String,
    /// The signatures of the answers that are given again and again.
    signed: SignedAnswers,
    pub(super) config: InstanceConfig,
}

/// A request with what was found out about its signature, as handlers have it.
#[derive(Debug)]
struct Judged {
    received: Received,
    checked: Vec<Checked>,
    delivery: Option<Delivery>,
    /// What came of what was delivered.
    taken: OnceLock<Taken>,
}

impl Judged {
    fn copy(&self) -> Judged {
        Judged {
            received: Received {
                record: self.received.record.clone(),
                uri: self.received.uri.clone(),
                headers: self.received.headers.clone(),
                fate: self.received.fate.clone(),
            },
            checked: self.checked.clone(),
            delivery: self.delivery.clone(),
            taken: self.taken.clone(),
        }
    }

    fn verdict(&self) -> Verdict {
        self.checked.first().map_or(Verdict::NotChecked, |one| one.verification.verdict)
    }
}

/// The instance and its routes, as the server runs them.
pub struct VersiaApp {
    instance: Arc<Instance>,
    router: Router,
}

impl VersiaApp {
    /// The instance of this configuration.
    pub fn new(config: InstanceConfig) -> Self {
        let mut seed = zeroize::Zeroizing::new([0; 32]);
        (config.ambient.random)(&mut *seed);
        let signer = config.signer.clone();
        let domain = signer.domain().to_owned();
        let created_at = config.ambient.record_time().unwrap_or_default();
        let dispatch =
            config.participation.courier.clone().map(|courier| {
                Arc::new(Dispatch::new(courier, config.telling.clone(), config.stopping.clone()))
            });
        let instance = Arc::new(Instance {
            known: Mutex::new(Known::new(&domain, beginning(&config, &domain, &created_at))),
            dispatch,
            fetches: Arc::new(Semaphore::new(FETCHES)),
            written: Written::default(),
            other_signer: Signer::new(SecretKey::from_seed(&seed), domain),
            created_at,
            signer,
            signed: SignedAnswers::default(),
            config,
        });
        VersiaApp { router: routes::router(Arc::clone(&instance)), instance }
    }

    /// The instance itself.
    pub fn instance(&self) -> Arc<Instance> {
        Arc::clone(&self.instance)
    }
}

impl App for VersiaApp {
    fn respond(self: Arc<Self>, received: Received) -> BoxFuture<Reply> {
        Box::pin(async move { self.instance.respond(self.router.clone(), received).await })
    }
}

impl Instance {
    async fn respond(self: &Arc<Self>, router: Router, received: Received) -> Reply {
        let now = self.config.ambient.now_seconds();
        // A request with headers always has something to verify.
        let mut checked = self.config.judge.verify(&received.record, now).await.unwrap_or_default();
        let delivery = self.delivery(&received, &mut checked);
        let judged = Arc::new(Judged { received, checked, delivery, taken: OnceLock::new() });
        let (answer, switching) = match self.refuse_head(&judged.received) {
            Some(refused) => (refused, None),
            None => route(router, &judged).await,
        };
        let Judged { received: Received { mut record, fate, .. }, mut checked, mut delivery, taken } =
            Arc::try_unwrap(judged).unwrap_or_else(|shared| shared.copy());
        let taken = taken.into_inner().unwrap_or_default();
        if delivery.as_ref().is_some_and(|delivery| delivery.text.is_none()) {
            self.complain(&checked, delivery.as_ref(), &taken, answer.status);
        }
        note_taken(taken, &mut checked, delivery.as_mut());
        let answer = self.finish(answer, &record, &fate, now);
        if let (Some(request), Some(one)) = (&mut record.request, checked.first()) {
            request.verdict = Some(verdict(one, delivery.as_ref()));
        }
        let is_known = !fate.kind.as_ref().is_some_and(FaultKind::hides_answer);
        if !is_known || !(200..300).contains(&answer.status) {
            self.config.judge.was_not_accepted(&record, &checked);
        }
        record.response = Some(recorded(&answer));
        let session = switching.filter(|_| answer.status == 101).and_then(|switching| switching.take());
        if let Some((name, _)) = &session {
            record.session = Some(name.clone());
        }
        let happened = Box::new(Happened { record, checked, delivery });
        let event =
            if session.is_some() { Event::SessionOpened(happened) } else { Event::Exchange(happened) };
        Reply { answer, event, session: session.map(|(_, start)| start) }
    }

    /// Makes the answer wrong where a fault says so, and signs it.
    fn finish(&self, answer: Answer, record: &Record, fate: &Fate, now: i64) -> Answer {
        let mut answer = fate.kind.as_ref().and_then(FaultKind::answer).unwrap_or(answer);
        answer.headers.extend(fate.headers.iter().cloned());
        let (method, target) = record
            .request
            .as_ref()
            .map_or(("", ""), |request| (request.method.as_str(), request.target.as_str()));
        if method == Method::HEAD {
            answer = answer.without_body();
        }
        let exempt = may_be_unsigned(target) || answer.status == 101;
        let (signer, at) = match &fate.kind {
            Some(FaultKind::Unsigned) => return answer,
            Some(FaultKind::Stale) => (&self.signer, now - STALE),
            Some(FaultKind::WrongKey) => (&self.other_signer, now),
            _ => (&self.signer, now),
        };
        if !exempt {
            answer.headers.extend(self.signed.headers(signer, method, target, at, &answer.body));
        }
        answer
    }
}

/// Adds what came of a delivery to what is told of it.
fn note_taken(taken: Taken, checked: &mut [Checked], delivery: Option<&mut Delivery>) {
    if let (Some(finding), Some(one)) = (taken.finding, checked.first_mut()) {
        let findings = &mut one.verification.findings;
        // Whoever verifies has told of some of it already.
        if !findings.iter().any(|told| told.code == finding.code) {
            findings.push(finding);
        }
    }
    if let Some(delivery) = delivery {
        delivery.became = taken.what;
    }
}

/// Has the routes answer; gives the answer, and the session that is to follow it.
async fn route(mut router: Router, judged: &Arc<Judged>) -> (Answer, Option<Switching>) {
    let mut request = Request::new(axum::body::Body::empty());
    *request.uri_mut() = judged.received.uri.clone();
    *request.method_mut() = match judged.received.method() {
        // A HEAD is answered as a GET, whose length it tells.
        "HEAD" => Method::GET,
        method => Method::from_bytes(method.as_bytes()).unwrap_or(Method::TRACE),
    };
    request.extensions_mut().insert(Arc::clone(judged));
    // A router that answers without an error is what its type says.
    let Ok(mut response) = router.call(request).await;
    let switching = response.extensions_mut().remove::<Switching>();
    let (head, body) = response.into_parts();
    // The body is in memory already.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let headers = head.headers.iter().filter(|(name, _)| *name != hyper::header::CONTENT_LENGTH);
    let headers = headers.map(|(name, value)| (title_case(name.as_str()), Bytes(value.as_bytes().to_vec())));
    (Answer { status: head.status.as_u16(), headers: headers.collect(), body, left_out: None }, switching)
}

/// What an entity says of itself.
#[derive(Debug, Default, Deserialize)]
struct Outline {
    #[serde(rename = "type")]
    kind: Option<String>,
    author: Option<String>,
}

/// What a record says of a message: of its signature, and the codes of what is wrong with its entity as well.
pub(super) fn verdict(one: &Checked, delivery: Option<&Delivery>) -> RecordVerdict {
    let mut verdict = RecordVerdict::from(one);
    for violation in delivery.into_iter().flat_map(|delivery| &delivery.violations) {
        if !verdict.codes.iter().any(|code| code == violation.code.id) {
            verdict.codes.push(violation.code.id.to_owned());
        }
    }
    verdict
}

impl Instance {
    /// The domain.
    fn domain(&self) -> &str {
        self.signer.domain()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what an entity is and whose; what is odd about it is added to what was found about its signature.
    fn outline(&self, body: &[u8], checked: &mut [Checked]) -> Delivery {
        let mut delivery = outline(body, checked);
        let is_not_json = |finding: &Finding| finding.code == &codes::BODY_NOT_JSON;
        let is_json = !checked.iter().any(|one| one.verification.findings.iter().any(is_not_json));
        if self.config.validate && is_json {
            delivery.violations = look_at(body).violations;
            delivery.violations.retain(|violation| violation.level > Level::Note);
        }
        delivery
    }

    /// What a request delivers, where it is a delivery.
    fn delivery(&self, received: &Received, checked: &mut [Checked]) -> Option<Delivery> {
        if received.method() != "POST" {
            return None;
        }
        match received.uri.path() {
            INBOX => Some(self.outline(received.body(), checked)),
            MESSAGING => {
                let text = String::from_utf8_lossy(received.body()).into_owned();
                Some(Delivery { text: Some(text), ..Delivery::default() })
            }
            _ => None,
        }
    }
}

/// What is wrong with an entity. A large one is looked at beside the others' traffic, where there are threads for it.
fn look_at(body: &[u8]) -> Report {
    let has_threads =
        || Handle::try_current().is_ok_and(|it| it.runtime_flavor() == RuntimeFlavor::MultiThread);
    if body.len() > LARGE && has_threads() {
        return block_in_place(|| check(body, Profile::Spec, None));
    }
    check(body, Profile::Spec, None)
}

/// Reads what an entity says it is; what is odd about its JSON is added to what was found about its signature.
pub(super) fn outline(body: &[u8], checked: &mut [Checked]) -> Delivery {
    let outline = serde_json::from_slice::<Outline>(body);
    if let Some(one) = checked.first_mut() {
        one.verification.findings.extend(lint_json(body));
    }
    let outline = outline.unwrap_or_default();
    Delivery { kind: outline.kind, author: outline.author, ..Delivery::default() }
}
