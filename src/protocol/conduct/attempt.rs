//! One request, as far as its sender's conduct is judged by it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use serde::Deserialize;

use crate::protocol::record::{Direction, Record, Request, Transport};
use crate::protocol::versia::domain_of_signer;
use crate::protocol::{Advice, RateLimit, parse_millis};
use crate::signing::signed_path;

/// How many characters of what a sender sent are quoted.
const QUOTED: usize = 60;

/// A request that came in, and its answer.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    pub(super) record: String,
    /// The claimed domain, or the host that it came from.
    pub(super) sender: String,
    /// The address that it came from, with the port.
    pub(super) peer: String,
    /// Whether the connection carries one request after the other.
    pub(super) is_serial: bool,
    /// When it came, in Unix milliseconds.
    pub(super) at: u64,
    /// When it was answered; the same, where that is not known.
    pub(super) answered: u64,
    pub(super) target: String,
    pub(super) is_delivery: bool,
    /// The type and the id, as far as the body says them.
    pub(super) what: String,
    /// Which delivery it is an attempt of.
    pub(super) key: u64,
    pub(super) body: u64,
    pub(super) signature: Option<String>,
    /// When it was signed, in Unix seconds.
    pub(super) signed_at: Option<u64>,
    pub(super) status: Option<u16>,
    pub(super) retry_after: Option<Duration>,
    pub(super) rate_limit: Option<RateLimit>,
    location: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
}

impl Attempt {
    /// The attempt in a record; nothing where it is no request that came in, or does not say when.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let request = record.request.as_ref()?;
        let is_request = record.direction == Some(Direction::In)
            && record.transport == Transport::Http
            && record.frame.is_none();
        let at = parse_millis(record.at.as_deref()?).filter(|_| is_request)?;
        let took = record.timings.and_then(|timings| timings.total).unwrap_or(0.0);
        let peer = record.peer.clone().unwrap_or_default();
        let signer = request.header("versia-signed-by").or_else(|| request.header("x-signed-by"));
        let sender = match signer.filter(|signer| !signer.is_empty()) {
            Some(signer) => domain_of_signer(signer).to_ascii_lowercase(),
            None => host_of(&peer).to_owned(),
        };
        let is_delivery = request.method == "POST";
        let entity = if is_delivery { entity(request) } else { Entity::default() };
        let body = hash(&request.body.0);
        let response = record.response.as_ref();
        let status = response.map(|response| response.status);
        let advice = response.map(|response| {
            Advice::read(response.status, &response.headers, i64::try_from(at / 1_000).unwrap_or(i64::MAX))
        });
        let advice = advice.unwrap_or_default();
        Some(Attempt {
            record: record.id.clone().unwrap_or_else(|| "-".to_owned()),
            sender,
            peer,
            is_serial: record.http.as_deref() != Some("2"),
            at,
            answered: at.saturating_add(took.max(0.0) as u64),
            target: request.target.clone(),
            is_delivery,
            what: what(&entity),
            key: key(request, &entity, body),
            body,
            signature: request.header("versia-signature").map(str::to_owned),
            signed_at: request.header("versia-signed-at").and_then(|text| text.parse().ok()),
            status,
            retry_after: advice.retry_after,
            rate_limit: advice.rate_limit,
            location: response.and_then(|response| response.header("location")).map(str::to_owned),
        })
    }

    /// The host that it came from.
    pub(super) fn host(&self) -> &str {
        host_of(&self.peer)
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(self.status, Some(200..=299))
    }

    /// Whether another attempt may fare better: after 408, 425, 429, 5xx, and no answer.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.status, None | Some(408 | 425 | 429 | 500..=599))
    }

    /// The target that a redirect leads to, where it is one to the same server or to one that nobody can say.
    pub(super) fn redirects_to(&self) -> Option<String> {
        let location = self.location.as_ref().filter(|_| matches!(self.status, Some(300..=399)))?;
        if let Some((_, rest)) = location.split_once("://") {
            return rest.find('/').map(|at| rest[at..].to_owned());
        }
        match location.strip_prefix('?') {
            Some(query) => Some(format!("{}?{query}", signed_path(&self.target))),
            None => location.starts_with('/').then(|| location.clone()),
        }
    }
}

fn entity(request: &Request) -> Entity {
    serde_json::from_slice(&request.body.0).unwrap_or_default()
}

fn what(entity: &Entity) -> String {
    let kind = entity.kind.as_deref().unwrap_or("no type");
    let text = match &entity.id {
        Some(id) => format!("{kind} {id}"),
        None => kind.to_owned(),
    };
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Which delivery it is: the same path, type and id; or the same body, where it has no id.
fn key(request: &Request, entity: &Entity, body: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    signed_path(&request.target).hash(&mut hasher);
    match &entity.id {
        Some(id) => (&entity.kind, id).hash(&mut hasher),
        None => body.hash(&mut hasher),
    }
    hasher.finish()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn host_of(peer: &str) -> &str {
    peer.rsplit_once(':').map_or(peer, |(host, _)| host)
}

/// A moment in Unix milliseconds as records have it.
pub(super) fn moment(millis: u64) -> String {
    let moment = i64::try_from(millis).ok().and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    moment.map(|moment| format!("{moment:.3}")).unwrap_or_default()
}
