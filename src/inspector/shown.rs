//! One record with everything that there is to say about it.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

use super::answer::{Refusal, json};
use super::records::{Listed, fitting, masked};
use super::signature::Signature;
use super::{Inspector, Shared};
use crate::entity::{Profile, Violation, check};
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::{Direction, Protocol, Record, shown_target};
use crate::protocol::versia::{INBOX, Message, NothingToVerify};
use crate::store::records::Page;

/// How many attempts of one delivery are listed.
const ATTEMPTS: usize = 100;

/// How far the attempts of others are looked for before and after one of them, in milliseconds.
const HOUR: u64 = 3_600_000;

/// A record as its pane has it.
#[derive(Serialize)]
struct Shown<'a> {
    number: u64,
    outline: Outline,
    record: &'a Record,
    /// What its signatures are worth.
    checked: Vec<Signature<'a>>,
    /// Why nothing was verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    unchecked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entity: Option<Entity>,
    /// The attempts at the same delivery, the first first.
    attempts: Vec<Listed>,
    /// Where a replay goes unless it is told otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay_to: Option<String>,
}

/// What a record carries, and what is wrong with it.
#[derive(Serialize)]
struct Entity {
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    text: String,
    violations: Vec<Violation>,
    /// How many more violations there are.
    more: usize,
}

/// `GET /api/records/ID`: a record by its name, a beginning of it, or its number.
pub(super) async fn one(State(inspector): Shared, Path(id): Path<String>) -> Result<Response, Refusal> {
    let (number, mut record) = inspector.find(&id).await?;
    let outline = Outline::of(&record);
    let attempts = inspector.attempts(&record, &outline).await?;
    let verified = match &inspector.setup.verifier {
        Some(verifier) if record.protocol == Protocol::Versia => verifier.verify(record.clone()).await,
        Some(_) => Err(NothingToVerify::Empty),
        None => Err(NothingToVerify::NotAMessage("nobody here knows keys to verify with".to_owned())),
    };
    let (mut checked, unchecked) = match verified {
        Ok(checked) => (checked, None),
        Err(NothingToVerify::Empty) => (Vec::new(), None),
        Err(why) => (Vec::new(), Some(why.to_string())),
    };
    let replay_to = inspector.destination(&record);
    record.hide_secrets();
    for one in &mut checked {
        one.target = shown_target(&one.target, record.protocol).into_owned();
    }
    Ok(json(&Shown {
        number,
        outline: masked(outline),
        checked: checked.iter().map(|one| Signature::of(one, &record)).collect(),
        unchecked,
        entity: entity(&record),
        attempts,
        replay_to,
        record: &record,
    }))
}

impl Inspector {
    /// A record by its name, a beginning of it, or its number.
    pub(super) async fn find(&self, id: &str) -> Result<(u64, Record), Refusal> {
        let found = self.setup.records.find(id).await?;
        found.ok_or_else(|| Refusal::not_found(format!("there is no record {id:?}, or not any more")))
    }

    /// The attempts at the same delivery, the oldest first: those of this side by the name of the first, those of others by what
    /// they deliver, within an hour.
    async fn attempts(&self, record: &Record, outline: &Outline) -> Result<Vec<Listed>, Refusal> {
        let (records, page) = (&self.setup.records, Page::after(0, ATTEMPTS));
        let of_others = delivered_id(record).filter(|_| outline.direction == Some(Direction::In));
        let Some(id) = of_others else {
            let first = record.attempt_of.clone().unwrap_or_else(|| outline.id.clone());
            let filter = Filter { attempts: vec![first], ..Filter::default() };
            return Ok(records.list(filter, page).await?.into_iter().map(Listed::from).collect());
        };
        let filter = Filter {
            types: outline.kind.clone().into_iter().collect(),
            authors: outline.author.clone().into_iter().collect(),
            directions: vec![Direction::In],
            since_millis: Some(outline.at_millis.saturating_sub(HOUR)),
            until_millis: Some(outline.at_millis.saturating_add(HOUR)),
            text: Some(id.clone()),
            ..Filter::default()
        };
        let outlines = records.list(filter.clone(), page).await?;
        let (mut rest, mut found) = (&outlines[..], Vec::new());
        while let Some((first, _)) = rest.first() {
            let count = fitting(rest);
            let read = records.records(filter.clone(), Page::after(first.saturating_sub(1), count)).await?;
            // The text may stand elsewhere in others.
            let same = read.into_iter().filter(|(_, one)| delivered_id(one).as_ref() == Some(&id));
            found.extend(same.map(|(number, one)| Listed::from((number, Outline::of(&one)))));
            rest = &rest[count..];
        }
        Ok(found)
    }

    /// Where a record went: to this side, whatever host a peer asked it for, or to the `Host` that this side's request names.
    pub(super) fn destination(&self, record: &Record) -> Option<String> {
        let request = record.request.as_ref();
        let target = match (request, &record.frame) {
            (Some(request), _) => request.target.as_str(),
            (None, Some(_)) if record.protocol == Protocol::Versia => INBOX,
            _ => return None,
        };
        let (authority, target) = absolute(target);
        if let Some(authority) = authority.filter(|_| record.direction == Some(Direction::Out)) {
            return Some(format!("{authority}{target}"));
        }
        let base = match record.direction {
            Some(Direction::Out) => {
                let headers = request?.headers.as_ref()?;
                let (_, host) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"))?;
                let scheme = if record.tls.is_some() { "https" } else { "http" };
                format!("{scheme}://{}", host.as_text()?)
            }
            _ => self.setup.url.clone(),
        };
        Some(format!("{base}{target}"))
    }
}

/// A target's scheme and authority, where it has them, and its path.
fn absolute(target: &str) -> (Option<&str>, &str) {
    let after = ["http://", "https://"].iter().find_map(|scheme| {
        let has_it = target.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
        has_it.then_some(scheme.len())
    });
    let Some(after) = after else { return (None, target) };
    let path = target[after..].find(['/', '?', '#']).map_or(target.len(), |at| after + at);
    match &target[path..] {
        "" => (Some(&target[..path]), "/"),
        rest => (Some(&target[..path]), rest),
    }
}

/// The id of the entity that a record delivers.
fn delivered_id(record: &Record) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Named {
        id: String,
    }
    let is_delivery = record.frame.is_some() || record.request.as_ref().is_some_and(|it| it.method == "POST");
    let Entity { text, .. } =
        entity(record).filter(|_| is_delivery && record.protocol == Protocol::Versia)?;
    let Named { id } = serde_json::from_str(&text).ok()?;
    Some(id).filter(|id| !id.is_empty())
}

/// The entity that a record carries, or other JSON.
fn entity(record: &Record) -> Option<Entity> {
    let message = record.frame.as_ref().and_then(|frame| Message::read(&frame.data.0).ok());
    let bytes: &[u8] = match (&message, &record.frame, &record.request, &record.response) {
        (Some(message), ..) => message.entity.as_bytes(),
        (None, Some(frame), ..) => &frame.data.0,
        (None, None, Some(request), _) if !request.body.is_empty() => &request.body.0,
        (.., Some(response)) => &response.body.0,
        _ => return None,
    };
    if bytes.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(bytes).ok()?.to_owned();
    let looks_like_json = text.trim_start().starts_with(['{', '[']);
    let says_type = serde_json::from_slice::<Typed>(bytes).is_ok();
    // A delivery has to be an entity; anything else is looked at as one where it says that it is.
    let is_delivery = message.is_some()
        || record.request.as_ref().is_some_and(|it| it.method == "POST" && !it.body.is_empty());
    if record.protocol != Protocol::Versia || !(says_type || is_delivery) {
        return looks_like_json.then_some(Entity { kind: None, text, violations: Vec::new(), more: 0 });
    }
    let report = check(bytes, Profile::Spec, None);
    Some(Entity { kind: report.kind, text, violations: report.violations, more: report.more })
}

/// A document that says its type.
#[derive(serde::Deserialize)]
struct Typed {
    #[serde(rename = "type")]
    _kind: String,
}
