//! What is posted through the instance: completed as `new` does, kept, and sent to whom it concerns.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::Instance;
use super::dispatch::Cause;
use super::entity::Entity;
use super::known::{Known, SUBSCRIBE, To};
use super::reference::Reference;
use super::written::write;
use crate::entity::{Composed, EntityType, Profile, check, compose};
use crate::finding::{Level, codes};
use crate::server::control::{ControlError, FollowAnswer, FollowDirection, Posted};
use crate::server::courier::Payload;

/// The entities that concern one instance only, and no followers.
const TO_ONE: [&str; 11] = [
    "Follow",
    "Unfollow",
    "FollowAccept",
    "FollowReject",
    SUBSCRIBE,
    "pub.versia:groups/Unsubscribe",
    "pub.versia:groups/SubscribeAccept",
    "pub.versia:groups/SubscribeReject",
    "pub.versia:groups/Federate",
    "pub.versia:reports/Report",
    "pub.versia:polls/Vote",
];

impl Instance {
    /// Posts an entity of a user of this instance. Wants a runtime.
    ///
    /// # Errors
    /// When it cannot be completed, is not valid, or is about something that there is not.
    pub(in crate::server) fn post(self: &Arc<Self>, given: Value) -> Result<Posted, ControlError> {
        let (value, text) = self.complete(given)?;
        self.send_out(&value, text)
    }

    /// Keeps and sends an entity of the instance's own.
    fn send_out(self: &Arc<Self>, value: &Value, text: String) -> Result<Posted, ControlError> {
        let body = Bytes::from(text);
        let entity = Entity::of(value, body.clone(), self.domain()).map_err(ControlError::NotAnEntity)?;
        let domains = {
            let mut known = self.known();
            let domains = recipients(&known, &entity);
            if self.dispatch.is_none() && !domains.is_empty() {
                return Err(ControlError::NoCourier);
            }
            apply(&mut known, &entity)?;
            domains
        };
        let author = value.get("author").and_then(Value::as_str).map(str::to_owned);
        let payload = Payload::Entity { kind: entity.kind.clone(), author, body };
        let to = self.send_to(&domains, &payload, Cause::Posted);
        if to.is_empty() && !domains.is_empty() {
            return Err(ControlError::Full);
        }
        if let Some(reference) = entity.reference() {
            self.known().sent.entry(reference).or_default().extend(to.iter().cloned());
        }
        self.ask_here(&entity);
        self.federate(&entity);
        Ok(Posted { kind: entity.kind.clone(), id: entity.id.clone(), entity: value.clone(), to })
    }

    /// Queues deliveries to instances, and gives those that there was room for; the others are told of.
    fn send_to(self: &Arc<Self>, domains: &BTreeSet<String>, payload: &Payload, cause: Cause) -> Vec<String> {
        let Some(dispatch) = &self.dispatch else { return Vec::new() };
        let (sent, full): (Vec<_>, Vec<_>) =
            domains.iter().cloned().partition(|domain| dispatch.send(domain, payload.clone(), cause).is_ok());
        if !full.is_empty() {
            let (what, code) = (payload.name(), codes::NOT_DELIVERED.id);
            let what =
                format!("{what} is not delivered to {}: too much waits already ({code})", full.join(", "));
            let telling = self.config.telling.clone();
            tokio::spawn(async move { telling.trouble(what).await });
        }
        sent
    }

    /// Sends a transient entity of the instance's own to one other.
    pub(super) fn send_transient(self: &Arc<Self>, kind: &str, to: &Reference, fields: &[(&str, String)]) {
        let author = fields.iter().find(|(name, _)| *name == "author").map(|(_, value)| value.clone());
        let mut written = vec![
            ("type".to_owned(), json!(kind)),
            ("created_at".to_owned(), json!(self.config.ambient.record_time())),
        ];
        written.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        let payload = Payload::Entity { kind: kind.to_owned(), author, body: write(&written).into() };
        self.send_to(&BTreeSet::from([to.domain.clone()]), &payload, Cause::Came);
    }

    /// What users of this instance ask of one another is answered here.
    fn ask_here(self: &Arc<Self>, entity: &Entity) {
        let asked = match entity.kind.as_str() {
            "Follow" => entity.link("followee"),
            SUBSCRIBE => entity.link("group"),
            _ => None,
        };
        if asked.is_some_and(|asked| self.known().is_own(asked)) {
            // What came of it is seen among those who follow.
            let _ = self.act(entity);
        }
    }

    /// Tells the members of a group of this instance of a note to it, which its author's instance alone can sign.
    pub(super) fn federate(self: &Arc<Self>, note: &Entity) {
        let Some((group, reference)) = note.link("group").zip(note.reference()) else { return };
        let domains = {
            let known = self.known();
            if note.kind != "Note"
                || known.own("pub.versia:groups/Group", &group.id).is_none()
                || !known.is_own(group)
            {
                return;
            }
            known.domains_of_followers(group)
        };
        let home = self.domain();
        let fields = [("note", reference.written_at(home)), ("group", group.written_at(home))];
        for domain in domains.iter().filter(|domain| **domain != note.home) {
            self.send_transient("pub.versia:groups/Federate", &Reference::new(domain, "-"), &fields);
        }
    }

    /// Adds what is missing to an entity.
    fn complete(&self, given: Value) -> Result<(Value, String), ControlError> {
        let refuse = |why: &str| ControlError::NotAnEntity(why.to_owned());
        let Value::Object(mut given) = given else { return Err(refuse("it is no JSON object")) };
        let name = match given.remove("type") {
            Some(Value::String(name)) => name,
            _ => return Err(refuse("it has no type")),
        };
        let kind = EntityType::meant(&name)
            .filter(|kind| !kind.is_collection() && kind.name != "InstanceMetadata")
            .ok_or_else(|| ControlError::NotAnEntity(format!("{name:?} is no type that can be posted")))?;
        self.add_defaults(kind, &mut given)?;
        let content = match given.get("content") {
            Some(Value::String(text)) if kind.name == "Note" => Some(text.clone()),
            _ => None,
        };
        if content.is_some() {
            given.remove("content");
        }
        let values = given.into_iter().map(|(name, value)| (pointer(&name), value)).collect();
        let ambient = self.config.ambient;
        let with = Composed {
            id: ambient.record_id(),
            created_at: ambient.record_time().unwrap_or_default(),
            random_id: ambient.record_id(),
            content,
            values,
        };
        let fields = compose(kind, &with).map_err(|error| ControlError::NotAnEntity(error.to_string()))?;
        let text = write(&fields);
        let mut violations = check(text.as_bytes(), Profile::Spec, None).violations;
        violations.retain(|violation| violation.level == Level::Error);
        if !violations.is_empty() {
            return Err(ControlError::Invalid { kind: kind.name.to_owned(), violations });
        }
        Ok((fields.into_iter().collect::<Map<_, _>>().into(), text))
    }

    fn add_defaults(&self, kind: &EntityType, given: &mut Map<String, Value>) -> Result<(), ControlError> {
        let schema = kind.complete_schema();
        let has = |name: &str| schema["properties"].get(name).is_some();
        let actor = ["author", "subscriber"].into_iter().find(|name| has(name));
        let known = self.known();
        if kind.name == "Delete" {
            add_deleted(&known, given, self.domain())?;
        }
        if let Some(actor) = actor
            .filter(|_| !kind.name.ends_with("/SubscribeAccept") && !kind.name.ends_with("/SubscribeReject"))
        {
            let id = match given.get(actor) {
                Some(Value::String(name)) => own_user(&known, name, self.domain())?,
                Some(_) => return Err(ControlError::NotAnEntity(format!("{actor} is no text"))),
                None => known.users().next().and_then(|user| user.id.clone()),
            };
            let id = id.ok_or_else(|| ControlError::NoSuchUser(String::new()))?;
            given.insert(actor.to_owned(), id.into());
        }
        if kind.name == "Note" && !given.contains_key("group") {
            given.insert("group".to_owned(), "public".into());
        }
        // A reference that nobody gave would lead to something that there is not.
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            let field = &schema["properties"][name];
            let is_reference = field["$ref"].as_str().is_some_and(|to| to.ends_with("/reference"));
            if is_reference && !given.contains_key(name) {
                return Err(ControlError::NotAnEntity(format!("a {} wants {name}", kind.name)));
            }
        }
        Ok(())
    }
}

/// Adds the type of what is deleted, and the author, who alone may delete it.
fn add_deleted(known: &Known, given: &mut Map<String, Value>, home: &str) -> Result<(), ControlError> {
    let deleted = given.get("deleted").and_then(Value::as_str).unwrap_or_default();
    let found = Reference::read(deleted, home).and_then(|it| known.own.of(&it).next().cloned());
    let found = found.ok_or_else(|| ControlError::NotFound(format!("entity {deleted:?}")))?;
    let author = found.author().map(|author| author.id.clone()).or_else(|| found.id.clone());
    given.entry("deleted_type").or_insert_with(|| found.kind.clone().into());
    given.entry("author").or_insert_with(|| author.into());
    Ok(())
}

/// The id of a user of this instance, by a name, an id or a reference.
fn own_user(known: &Known, name: &str, home: &str) -> Result<Option<String>, ControlError> {
    let reference = Reference::read(name, home).filter(|reference| known.is_own(reference));
    let user = reference.and_then(|reference| known.user(&reference.id));
    user.map(|user| user.id.clone()).ok_or_else(|| ControlError::NoSuchUser(name.to_owned()))
}

/// The path of a field.
fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// The instances that an entity is for.
fn recipients(known: &Known, entity: &Entity) -> BTreeSet<String> {
    let mut domains = BTreeSet::new();
    for (field, link) in entity.all_links() {
        // A quote notifies nobody, and a report goes where what is reported lives.
        if !matches!(field, "author" | "quotes" | "deleted") {
            domains.insert(link.domain.clone());
        }
    }
    if let Some(deleted) = entity.link("deleted") {
        domains.extend(known.sent.get(deleted).into_iter().flatten().cloned());
    }
    let is_for_followers = !TO_ONE.contains(&entity.kind.as_str())
        && (entity.kind != "Note" || matches!(entity.audience.as_deref(), Some("public" | "followers")));
    if let Some(author) = entity.author().filter(|_| is_for_followers) {
        domains.extend(known.domains_of_followers(author));
    }
    domains.remove(&entity.home);
    domains
}

/// What an entity of the instance's own changes here.
fn apply(known: &mut Known, entity: &Entity) -> Result<(), ControlError> {
    let missing = |what: &str| ControlError::NotFound(what.to_owned());
    let group = "pub.versia:groups/";
    let short = entity.kind.strip_prefix(group).unwrap_or(&entity.kind);
    let (follower, followee) = match short {
        "Follow" | "Unfollow" => (entity.author(), entity.link("followee")),
        "FollowAccept" | "FollowReject" => (entity.link("follower"), entity.author()),
        "Subscribe" | "Unsubscribe" | "SubscribeAccept" | "SubscribeReject" => {
            (entity.link("subscriber"), entity.link("group"))
        }
        "Delete" => return delete(known, entity),
        _ => {
            replace_opposite(known, entity);
            known.own.put(entity.clone());
            return Ok(());
        }
    };
    let (Some(follower), Some(followee)) = (follower, followee) else {
        return Err(missing("such reference"));
    };
    match short {
        "Follow" | "Subscribe" => {
            let to = if short == "Follow" { To::User } else { To::Group };
            let direction = if known.is_own(followee) { FollowDirection::In } else { FollowDirection::Out };
            let has_room = known.ties.ask(follower, followee, to, direction);
            if has_room { Ok(()) } else { Err(ControlError::Full) }
        }
        "Unfollow" | "Unsubscribe" => {
            match known.ties.remove(|tie| tie.follower == *follower && tie.followee == *followee) {
                0 => Err(ControlError::NotFound(format!("Follow of {followee} by {follower}"))),
                _ => Ok(()),
            }
        }
        _ => {
            let tie = known.ties.find(follower, followee);
            let tie = tie.ok_or_else(|| ControlError::NotFound(format!("Follow by {follower}")))?;
            let is_yes = short.ends_with("Accept");
            tie.state = if is_yes { FollowAnswer::Accepted } else { FollowAnswer::Rejected };
            Ok(())
        }
    }
}

fn delete(known: &mut Known, entity: &Entity) -> Result<(), ControlError> {
    let (Some(author), Some(deleted)) = (entity.author(), entity.link("deleted")) else {
        return Err(ControlError::NotFound("such reference".to_owned()));
    };
    let is_meant = |it: &Entity| {
        let is_theirs = it.author() == Some(author) || it.reference().as_ref() == Some(author);
        is_theirs && it.reference().as_ref() == Some(deleted)
    };
    match known.own.remove(is_meant) {
        0 => Err(ControlError::NotFound(format!("entity {deleted} of {author}"))),
        _ => Ok(()),
    }
}

/// A Like takes the place of a Dislike by the same author, and the other way round.
pub(super) fn replace_opposite(known: &mut Known, entity: &Entity) {
    let (field, opposite, its_field) = match entity.kind.as_str() {
        "pub.versia:likes/Like" => ("liked", "pub.versia:likes/Dislike", "disliked"),
        "pub.versia:likes/Dislike" => ("disliked", "pub.versia:likes/Like", "liked"),
        _ => return,
    };
    let is_opposite = |it: &Entity| {
        it.kind == opposite && it.author() == entity.author() && it.link(its_field) == entity.link(field)
    };
    known.own.remove(is_opposite);
    known.received.remove(is_opposite);
}
