//! What the paths of an instance answer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use hyper::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::documents::{metadata, versions};
use super::messages::Sender;
use super::{Instance, Judged, look_at, resources};
use crate::entity::{Report, Violation};
use crate::finding::Level;
use crate::protocol::record::{Bytes, Protocol};
use crate::protocol::versia::{CONTENT_TYPE, INBOX, INSTANCE, MESSAGING, RECEIPTS};
use crate::server::app::{Answer, Received, StartSession};
use crate::server::fault::FaultKind;
use crate::server::handshake::{HandshakeError, is_upgrade, read_offer};
use crate::server::hub::Asked;
use crate::signing::{Verdict, lint_json};

/// How many violations an answer tells.
const TOLD: usize = 100;

/// A session that follows an answer, with its name; taken once.
#[derive(Clone)]
pub(super) struct Switching(Arc<Mutex<Option<(String, StartSession)>>>);

impl Switching {
    pub(super) fn take(&self) -> Option<(String, StartSession)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

type Request = Extension<Arc<Judged>>;

pub(super) fn router(instance: Arc<Instance>) -> Router {
    Router::new()
        .route("/.well-known/versia", get(async || document(&versions(), "application/json")))
        .route("/.well-known/webfinger", get(resources::finger))
        .route(INSTANCE, get(about))
        .route("/.versia/v0.6/entities/{kind}/{id}", get(resources::entity))
        .route("/.versia/v0.6/entities/{kind}/{id}/collections/{name}", get(resources::collection))
        .route("/view/{kind}/{id}", get(resources::page))
        .route(INBOX, post(inbox).get(socket))
        .route(MESSAGING, post(async || Answer { status: 204, ..Answer::default() }))
        .fallback(async || refusal(404, "there is nothing at this path", &[]))
        .method_not_allowed_fallback(async || refusal(405, "this path does not take this method", &[]))
        .with_state(instance)
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(axum::body::Body::from(self.body));
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        for (name, value) in self.headers {
            // What cannot stand in a header was never ours to send: our own names and values can.
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&value.0))
            {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

pub(super) fn document(value: &Value, media_type: &str) -> Answer {
    let headers = vec![("Content-Type".to_owned(), Bytes::from(media_type))];
    Answer { status: 200, headers, body: value.to_string().into(), ..Answer::default() }
}

/// An answer that says what was wrong, with the codes of the findings.
pub(super) fn refusal(status: u16, error: &str, codes: &[&str]) -> Answer {
    Answer { status, ..document(&json!({ "error": error, "codes": codes }), CONTENT_TYPE) }
}

async fn about(State(instance): State<Arc<Instance>>) -> Answer {
    let key = instance.signer.key().public();
    document(&metadata(instance.signer.domain(), &key, &instance.created_at), CONTENT_TYPE)
}

/// Takes what is delivered. An answer that will not arrive as it is makes the sender come again, so that nothing is done then.
async fn inbox(State(instance): State<Arc<Instance>>, Extension(judged): Request) -> Answer {
    if let Some(refused) = instance.refuse_signature(&judged) {
        return refused;
    }
    if let Some(refused) = instance.refuse_entity(judged.received.body()) {
        return refused.answer();
    }
    let accepted = Answer { status: 202, ..Answer::default() };
    if judged.received.fate.kind.as_ref().is_some_and(FaultKind::hides_answer) {
        return accepted;
    }
    let taken = instance.take(&judged.checked, judged.delivery.as_ref(), judged.received.body());
    let refused = taken.status().filter(|_| instance.config.reject);
    let answer = match (refused, &taken.finding) {
        (Some(status), Some(finding)) => refusal(status, &finding.message, &[finding.code.id]),
        _ => accepted,
    };
    // A request is answered once.
    let _ = judged.taken.set(taken);
    answer
}

/// The inbox over WebSocket: a signed GET that switches protocols.
async fn socket(State(instance): State<Arc<Instance>>, Extension(judged): Request) -> Response {
    let headers = &judged.received.headers;
    if !is_upgrade(headers) || judged.received.method() != "GET" {
        let mut answer = refusal(405, "the inbox takes a POST, or a WebSocket handshake", &[]);
        answer.headers.push(("Allow".to_owned(), "POST".into()));
        return answer.into_response();
    }
    if judged.received.record.http.as_deref() == Some("2") {
        return HandshakeError::NotAnUpgrade.answer().into_response();
    }
    if let Some(refused) = instance.refuse_signature(&judged) {
        return closing(refused).into_response();
    }
    let offer = match read_offer(headers) {
        Ok(offer) => offer,
        Err(error) => return closing(error.answer()).into_response(),
    };
    let receipts = instance.config.receipts && offer.subprotocols.iter().any(|offered| offered == RECEIPTS);
    let mut response = offer.accept(receipts.then_some(RECEIPTS)).into_response();
    let member = Box::new(Sender::new(&instance, receipts));
    let (name, start) =
        instance.config.sessions.session(Asked::of(&judged.received), Protocol::Versia, member);
    response.extensions_mut().insert(Switching(Arc::new(Mutex::new(Some((name, start))))));
    response
}

/// A refused handshake ends its connection: what the client sends next need not be HTTP.
fn closing(mut answer: Answer) -> Answer {
    answer.headers.push(("Connection".to_owned(), "close".into()));
    answer
}

impl Instance {
    /// The answer to a request that is not rightly signed, where such are refused.
    pub(super) fn refuse_signature(&self, judged: &Judged) -> Option<Answer> {
        if !self.config.reject {
            return None;
        }
        let status = refused_with(judged.verdict())?;
        let findings = judged.checked.first().map_or(&[][..], |one| one.verification.findings.as_slice());
        let codes: Vec<_> = findings.iter().map(|finding| finding.code.id).collect();
        let messages: Vec<_> = findings.iter().map(|finding| finding.message.as_str()).collect();
        Some(refusal(status, &messages.join("; "), &codes))
    }

    /// The answer to a request that HTTP's own rules refuse and the HTTP library lets pass (RFC 9112, 3.2), where such are refused.
    pub(super) fn refuse_head(&self, received: &Received) -> Option<Answer> {
        let request = received.record.request.as_ref().filter(|_| self.config.reject)?;
        if request.target.contains('#') {
            return Some(refusal(400, "the target has a fragment, which no request has", &[]));
        }
        let is_host = |(name, _): &&(String, Bytes)| name.eq_ignore_ascii_case("host");
        let hosts = request.headers.iter().flatten().filter(is_host).count();
        let is_counted = received.record.http.as_deref() == Some("1.1");
        (is_counted && hosts != 1).then(|| refusal(400, "the request has no Host, or more than one", &[]))
    }

    /// Why a body is no entity, where such are refused.
    pub(super) fn refuse_entity(&self, body: &[u8]) -> Option<RefusedEntity> {
        if !self.config.reject {
            return None;
        }
        if let Some(finding) = lint_json(body) {
            return Some(RefusedEntity::new(Some(finding.code.id), finding.message));
        }
        if self.config.validate {
            let report = look_at(body);
            return (!report.is_valid()).then(|| RefusedEntity::of(report));
        }
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        let message = match value.get("type") {
            Some(Value::String(_)) => return None,
            _ if !value.is_object() => "the body is no JSON object",
            _ => "the entity has no type",
        };
        Some(RefusedEntity::new(None, message.to_owned()))
    }
}

/// Why a body is no entity, or no valid one.
pub(super) struct RefusedEntity {
    /// The code of the finding, where there is one.
    code: Option<&'static str>,
    /// What is wrong, in a sentence.
    message: String,
    /// Everything that is wrong by the documents' rules.
    violations: Vec<Violation>,
}

impl RefusedEntity {
    fn new(code: Option<&'static str>, message: String) -> Self {
        RefusedEntity { code, message, violations: Vec::new() }
    }

    fn of(mut report: Report) -> Self {
        report.violations.retain(|violation| violation.level > Level::Note);
        report.keep(TOLD);
        let violations = report.violations;
        let first = violations.iter().find(|violation| violation.level == Level::Error);
        let kind = report.kind.filter(|kind| kind.len() <= 100).unwrap_or_else(|| "entity".to_owned());
        let why = first.map(|it| it.finding().message).unwrap_or_default();
        let code = first.map(|it| it.code.id);
        RefusedEntity { code, message: format!("this is no valid {kind}: {why}"), violations }
    }

    /// The answer with all of it.
    fn answer(self) -> Answer {
        if self.violations.is_empty() {
            return refusal(422, &self.message, self.code.as_slice());
        }
        let codes: BTreeSet<_> = self.violations.iter().map(|violation| violation.code.id).collect();
        let body = json!({ "error": self.message, "codes": codes, "violations": self.violations });
        Answer { status: 422, ..document(&body, CONTENT_TYPE) }
    }

    /// The same in one line.
    pub(super) fn detail(&self) -> String {
        self.code.map(|code| format!("{code}: ")).unwrap_or_default() + &self.message
    }
}

/// The status that refuses a verdict, where it is refused.
pub(super) fn refused_with(verdict: Verdict) -> Option<u16> {
    match verdict {
        Verdict::Valid | Verdict::NotChecked => None,
        Verdict::Stale => Some(422),
        Verdict::Missing | Verdict::Invalid | Verdict::KeyUnavailable => Some(401),
    }
}
