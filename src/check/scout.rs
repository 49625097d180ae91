//! What has to be known of an instance before the cases: its domain, a user, a note, and whether it takes our signature.

use std::time::Duration;

use serde_json::Value;

use super::ask::Ask;
use super::contact::Contact;
use super::expect::refusal;
use super::probe::Probe;
use super::profile::type_in_path;
use crate::client::{HttpError, HttpResponse, HttpUrl, Origin, webfinger_target};
use crate::protocol::versia::{EntityPath, INSTANCE};
use crate::signing::signed_path;

/// Something that the instance has.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: String,
    pub(super) target: String,
}

/// What is known of the instance.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Its domain.
    pub domain: String,
    /// The name of a user.
    pub user_name: Option<String>,
    /// How far it got on its way to the key of this side.
    pub contact: Contact,
    /// What it said to a rightly signed GET, where it refused it. May quote the peer: escape it before a terminal.
    pub refusal: Option<String>,
    pub(super) user: Option<Thing>,
    pub(super) note: Option<Thing>,
    /// Whether a signed GET is answered with something else than a refusal.
    pub(super) accepts_signed: bool,
    /// Whether an unsigned GET is refused.
    pub(super) refuses_unsigned: bool,
}

impl Known {
    /// What is known of an instance that was not asked anything: where it is.
    pub(super) fn unknown(origin: &Origin) -> Self {
        Known { domain: origin.host.clone(), ..Known::default() }
    }

    /// Whether it accepts what this side signs, or at least does not refuse it.
    pub fn accepts_signed(&self) -> bool {
        self.accepts_signed
    }

    /// The id of the user; one that nobody has, where none is known.
    pub(super) fn user_id(&self) -> &str {
        id_of(self.user.as_ref())
    }

    /// The reference of the user.
    pub(super) fn user_reference(&self) -> String {
        format!("{}:{}", self.domain, self.user_id())
    }

    /// The reference of the note.
    pub(super) fn note_reference(&self) -> String {
        format!("{}:{}", self.domain, id_of(self.note.as_ref()))
    }

    /// The target of a collection of the user.
    pub(super) fn of_user(&self, collection: &str) -> String {
        EntityPath::new("User", self.user_id()).with_collection(Some(collection)).target()
    }

    /// The target of a collection of the note.
    pub(super) fn of_note(&self, collection: &str) -> String {
        EntityPath::new("Note", id_of(self.note.as_ref())).with_collection(Some(collection)).target()
    }

    /// The target of a signed GET: of something that is there, where anything is known.
    pub(super) fn target(&self) -> String {
        let thing = self.note.as_ref().or(self.user.as_ref());
        thing.map_or_else(|| EntityPath::new("User", "none").target(), |thing| thing.target.clone())
    }
}

fn id_of(thing: Option<&Thing>) -> &str {
    thing.map_or("none", |thing| &thing.id)
}

/// How long is waited for a connection that the instance may have made while it answered.
const AFTER: Duration = Duration::from_millis(500);

/// Whether an answer does not refuse: the thing is there, it is not, or something else is wrong than the request.
fn is_accepted(response: &HttpResponse) -> bool {
    !matches!(response.status, 400 | 401 | 403 | 422 | 429 | 500..)
}

fn json_of(response: &HttpResponse) -> Option<Value> {
    serde_json::from_slice(&response.body).ok().filter(|_| response.status == 200)
}

/// Looks around. `user` is the name of a user, where one is given.
///
/// # Errors
/// When the instance does not answer.
pub(super) fn scout(probe: &Probe<'_>, user: Option<&str>) -> Result<Known, HttpError> {
    let metadata = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let domain = json_of(&metadata).and_then(|value| value["domain"].as_str().map(str::to_owned));
    let mut known = Known {
        domain: domain.unwrap_or_else(|| probe.origin.host.clone()),
        user_name: user.map(str::to_owned),
        ..Known::default()
    };
    let since = probe.observer.count();
    known.user = user.and_then(|name| find_user(probe, name, &known.domain));
    known.note = known.user.as_ref().and_then(|user| find_note(probe, user, &known.domain));
    let target = known.target();
    match probe.send(&Ask::get(&target)) {
        Ok(answer) if is_accepted(&answer) => known.accepts_signed = true,
        // Who is asked too much says nothing about signatures.
        Ok(answer) if answer.status == 429 => {}
        Ok(answer) => known.refusal = Some(refusal(probe, &answer).0),
        Err(_) => {}
    }
    let unsigned = probe.send(&Ask::get(&target).unsigned());
    known.refuses_unsigned = unsigned.is_ok_and(|answer| matches!(answer.status, 401 | 422));
    if !known.accepts_signed {
        probe.observer.wait(since, AFTER, &|_| true);
    }
    known.contact = Contact::of(&probe.observer.since(since));
    Ok(known)
}

fn find_user(probe: &Probe<'_>, name: &str, domain: &str) -> Option<Thing> {
    let fingered = probe.send(&Ask::get(webfinger_target(name, domain)).unsigned()).ok()?;
    let document = json_of(&fingered)?;
    let links = document["links"].as_array()?;
    let own = links.iter().filter(|link| link["rel"] == "self").filter_map(|link| link["href"].as_str());
    own.filter_map(|href| {
        let url = HttpUrl::parse(href).ok()?;
        let id = signed_path(url.target()).rsplit('/').next()?.to_owned();
        Some(Thing { target: EntityPath::new(type_in_path(probe.profile, "User"), &id).target(), id })
    })
    .next()
}

fn find_note(probe: &Probe<'_>, user: &Thing, domain: &str) -> Option<Thing> {
    let outbox = EntityPath::new("User", &user.id).with_collection(Some("outbox")).target();
    let page = json_of(&probe.send(&Ask::get(outbox)).ok()?)?;
    let notes = page["items"].as_array()?.iter().filter(|item| item["type"] == "Note" || item.is_string());
    notes
        .filter_map(|note| {
            let id = note["id"].as_str().or(note.as_str())?;
            let id = id.rsplit_once(':').filter(|(host, _)| *host == domain).map_or(id, |(_, id)| id);
            let target = EntityPath::new(type_in_path(probe.profile, "Note"), id).target();
            Some(Thing { id: id.to_owned(), target })
        })
        .next()
}
