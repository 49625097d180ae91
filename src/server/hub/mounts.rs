//! Which protocol answers which path.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::{Accepted, Asked, HubProtocol, Sessions};
use crate::protocol::record::{Bytes, Protocol};
use crate::server::app::{Answer, App, Received, Reply, StartSession};
use crate::server::event::{Event, Happened};
use crate::server::fault::Fate;
use crate::server::handshake::{HandshakeError, is_upgrade, read_offer};
use crate::server::service::recorded;

/// Where a server says whether it has what it needs.
const READINESS: &str = "/readyz";

/// A protocol and the path of its WebSocket sessions.
#[derive(Clone)]
pub struct Mount {
    /// The path, such as `/ws`.
    pub path: String,
    /// The protocol.
    pub protocol: Arc<dyn HubProtocol>,
}

impl Mount {
    /// What stands before the last segment of the path: nothing for `/ws`, `/a` for `/a/ws`.
    fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Protocols side by side, and a Versia instance beside them where there is one.
pub struct Mounts {
    mounts: Vec<Mount>,
    otherwise: Option<Arc<dyn App>>,
    sessions: Arc<Sessions>,
}

/// What is answered, and the session that follows.
struct Answered {
    answer: Answer,
    session: Option<(String, StartSession)>,
}

/// An answer under way, and whose it is.
type Answering = (Protocol, BoxFuture<'static, Answered>);

impl From<Answer> for Answered {
    fn from(answer: Answer) -> Self {
        Answered { answer, session: None }
    }
}

impl Mounts {
    /// These protocols; paths that are none of theirs go to `otherwise`.
    pub fn new(mounts: Vec<Mount>, otherwise: Option<Arc<dyn App>>, sessions: Arc<Sessions>) -> Self {
        Mounts { mounts, otherwise, sessions }
    }

    /// The answer to a request for a path of one of the protocols, if it is one.
    fn find(&self, received: &Received) -> Option<Answering> {
        let path = received.uri.path();
        if let Some(Mount { protocol, .. }) = self.mounts.iter().find(|mount| mount.path == path) {
            return Some((protocol.protocol(), self.handshake(protocol, received)));
        }
        self.mounts.iter().find_map(|mount| {
            let below = path.strip_prefix(mount.folder()).filter(|below| below.starts_with('/'))?;
            let answer = Arc::clone(&mount.protocol).respond(received, below)?;
            Some((mount.protocol.protocol(), Box::pin(async move { answer.await.into() }) as _))
        })
    }

    /// The answer to a request for none of their paths.
    fn other(&self, path: &str) -> Answer {
        if path == READINESS { self.readiness() } else { refusal(404, "there is nothing at this path") }
    }

    fn handshake(
        &self,
        protocol: &Arc<dyn HubProtocol>,
        received: &Received,
    ) -> BoxFuture<'static, Answered> {
        let over_http2 = received.record.http.as_deref() == Some("2");
        let plain = over_http2 || received.method() != "GET" || !is_upgrade(&received.headers);
        let offer = if plain { Err(HandshakeError::NotAnUpgrade) } else { read_offer(&received.headers) };
        let offer = match offer {
            Ok(offer) => offer,
            Err(error) => {
                let answer = if plain { error.answer() } else { closing(error.answer()) };
                return Box::pin(async move { answer.into() });
            }
        };
        let (sessions, protocol) = (Arc::clone(&self.sessions), Arc::clone(protocol));
        let (name, asked) = (protocol.protocol(), Asked::of(received));
        let connecting = protocol.connect(received);
        Box::pin(async move {
            match connecting.await {
                Err(answer) => closing(answer).into(),
                Ok(Accepted { member, subprotocol }) => Answered {
                    answer: offer.accept(subprotocol),
                    session: Some(sessions.session(asked, name, member)),
                },
            }
        })
    }

    fn readiness(&self) -> Answer {
        let mut needs = Map::new();
        let mut ready = true;
        for (name, readiness) in self.mounts.iter().flat_map(|mount| mount.protocol.readiness()) {
            ready &= readiness.ready;
            let mut details = readiness.details;
            details.insert("ready".to_owned(), json!(readiness.ready));
            needs.insert(name, Value::Object(details));
        }
        let body = json!({ "ready": ready, "needs": needs });
        json_answer(if ready { 200 } else { 503 }, &body)
    }
}

/// An answer with a JSON document.
pub(super) fn json_answer(status: u16, value: &Value) -> Answer {
    let headers = vec![("Content-Type".to_owned(), Bytes::from("application/json"))];
    Answer { status, headers, body: value.to_string().into(), ..Answer::default() }
}

/// An answer that says in a sentence why a request is refused.
pub(in crate::server) fn refusal(status: u16, why: &str) -> Answer {
    json_answer(status, &json!({ "error": why }))
}

/// A refused handshake ends its connection: what the client sends next need not be HTTP.
fn closing(mut answer: Answer) -> Answer {
    answer.headers.push(("Connection".to_owned(), "close".into()));
    answer
}

/// The answer as a fault wants it, where one does.
fn spoilt(answered: Answered, fate: &Fate) -> Answered {
    let mut answered = match fate.kind.as_ref().and_then(|kind| kind.answer()) {
        Some(wrong) => closing(wrong).into(),
        None => answered,
    };
    answered.answer.headers.extend(fate.headers.iter().cloned());
    answered
}

impl App for Mounts {
    fn respond(self: Arc<Self>, received: Received) -> crate::server::app::BoxFuture<Reply> {
        if let Some((protocol, answering)) = self.find(&received) {
            return Box::pin(async move { reply(answering.await, received, protocol) });
        }
        let path = received.uri.path();
        match &self.otherwise {
            Some(app) if path != READINESS => Arc::clone(app).respond(received),
            _ => {
                let answer = self.other(path).into();
                Box::pin(async move { reply(answer, received, Protocol::Raw) })
            }
        }
    }
}

fn reply(answered: Answered, received: Received, protocol: Protocol) -> Reply {
    let Answered { mut answer, session } = spoilt(answered, &received.fate);
    if received.method() == "HEAD" {
        answer = answer.without_body();
    }
    let mut record = received.record;
    record.protocol = protocol;
    record.response = Some(recorded(&answer));
    let (name, session) = session.unzip();
    record.session = name;
    let happened = Box::new(Happened { record, checked: Vec::new(), delivery: None });
    let event = if session.is_some() { Event::SessionOpened(happened) } else { Event::Exchange(happened) };
    Reply { answer, event, session }
}
