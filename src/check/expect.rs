//! What cases have in common: what is expected of an answer.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::ask::Ask;
use super::case::Outcome;
use super::contact::Contact;
use super::probe::{PATIENCE, Probe};
use crate::client::{HttpError, HttpResponse};
use crate::entity::{EntityType, Profile, check};
use crate::finding::{Finding, Level};
use crate::protocol::versia::{INSTANCE, MEDIA_TYPE};
use crate::signing::Verdict;

/// What a case gives.
pub(super) type Judged = Result<Outcome, HttpError>;

/// What an answer is called.
pub(super) fn described(response: &HttpResponse) -> String {
    let kind = response.header("content-type").unwrap_or("no type");
    match response.body.len() {
        0 => format!("{} with an empty body", response.status),
        length => format!("{} with {length} bytes of {kind}", response.status),
    }
}

/// The most that is quoted of what an instance says, in characters.
const QUOTED: usize = 200;

/// What an instance says about a refusal, in one line: its error, or the text of its answer.
fn said(response: &HttpResponse) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let error =
        ["error_description", "error", "message", "detail"].iter().find_map(|name| value[name].as_str());
    let text = error.or_else(|| std::str::from_utf8(&response.body).ok())?;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let quoted: String = line.chars().take(QUOTED).collect();
    let more = if quoted.len() < line.len() { " …" } else { "" };
    (!quoted.is_empty() && !quoted.starts_with('<')).then(|| format!("{quoted}{more}"))
}

/// What a right request was answered with instead of being accepted: what the instance says, and what `verify` says of the signature
/// of that request, by the key that this side publishes.
pub(super) fn refusal(probe: &Probe<'_>, response: &HttpResponse) -> (String, Vec<Finding>) {
    let mut told = described(response);
    if let Some(said) = said(response) {
        told.push_str(&format!(", which says {said:?}"));
    }
    let Some(checked) = probe.own_signature() else { return (told, Vec::new()) };
    if checked.verification.verdict == Verdict::Valid {
        told.push_str("; the signature of the request holds by the key that we publish");
        return (told, Vec::new());
    }
    told.push_str(&format!("; by the key that we publish, {}", checked.sentence()));
    (told, checked.findings().cloned().collect())
}

/// A right request is refused.
fn refused_wrongly(probe: &Probe<'_>, expected: &str, response: &HttpResponse) -> Outcome {
    let (mut got, findings) = refusal(probe, response);
    if !probe.known.accepts_signed() && probe.known.contact != Contact::GotKey {
        got.push_str(&format!("; {} {}", probe.known.domain, probe.known.contact.told()));
    }
    Outcome::Broken { expected: expected.to_owned(), got, findings }
}

fn listed(statuses: &[u16]) -> String {
    let texts: Vec<_> = statuses.iter().map(ToString::to_string).collect();
    texts.join(" or ")
}

/// The answer has one of these statuses.
pub(super) fn answered(probe: &Probe<'_>, ask: &Ask, statuses: &[u16]) -> Judged {
    let response = probe.send(ask)?;
    Ok(match statuses.contains(&response.status) {
        true => Outcome::Kept,
        false => Outcome::broken(listed(statuses), described(&response)),
    })
}

/// A request is refused with one of these statuses. Where the profile's instance tells nothing by its status, nothing is known.
pub(super) fn refused(probe: &Probe<'_>, ask: &Ask, statuses: &[u16]) -> Judged {
    let response = probe.send(ask)?;
    if statuses.contains(&response.status) {
        return Ok(Outcome::Kept);
    }
    if response.status / 100 == 2 && probe.profile == Profile::VersiaServer {
        let why = "this server answers 2xx before it has looked, so that its status says nothing";
        return Ok(Outcome::Unobservable(why.to_owned()));
    }
    Ok(Outcome::broken(listed(statuses), described(&response)))
}

/// A signed GET is accepted, and one without a signature is not.
pub(super) fn get_accepted(probe: &Probe<'_>, ask: &Ask) -> Judged {
    let response = probe.send(ask)?;
    Ok(match response.status {
        200 | 404 if probe.known.refuses_unsigned => Outcome::Kept,
        200 | 404 => Outcome::Unobservable(
            "a GET without any signature is answered as well, so that nothing says that this one was verified".to_owned(),
        ),
        _ => refused_wrongly(probe, "200, as the signature is right", &response),
    })
}

/// What is said of an acceptance by an instance that accepts whatever comes: nothing.
pub(super) fn says_nothing(probe: &Probe<'_>, status: u16) -> Option<Outcome> {
    (status / 100 == 2 && !probe.refuses_deliveries()).then(|| {
        Outcome::Unobservable(format!(
            "the answer is {status}, and a delivery without any signature gets no refusal either"
        ))
    })
}

/// A delivery is accepted, and one without a signature is not.
pub(super) fn delivery_accepted(probe: &Probe<'_>, ask: &Ask) -> Judged {
    let response = probe.send(ask)?;
    if response.status / 100 != 2 {
        return Ok(refused_wrongly(probe, "a status of 2xx", &response));
    }
    Ok(says_nothing(probe, response.status).unwrap_or(Outcome::Kept))
}

/// A delivery of an entity is accepted. An instance that takes whatever comes with 2xx says nothing by that: then the entity is looked
/// for in `trace`, where it leaves one.
pub(super) fn entity_accepted(probe: &Probe<'_>, entity: &Value, trace: Option<&Trace>) -> Judged {
    let response = probe.send(&Ask::post(entity.to_string()))?;
    if response.status / 100 != 2 {
        return Ok(refused_wrongly(probe, "a status of 2xx", &response));
    }
    let says_something = probe.refuses_deliveries() && probe.refuses_invalid();
    let says_nothing = format!(
        "the answer is {}, which deliveries that are unsigned or invalid get as well",
        response.status
    );
    Ok(match trace.map(|trace| trace.look(probe)).transpose()? {
        Some(Found::Yes) => Outcome::Kept,
        Some(Found::No(collection)) => Outcome::Unobservable(format!(
            "the answer is {}, but the entity is not among {collection}",
            response.status
        )),
        Some(Found::NoPlace) | None if says_something => Outcome::Kept,
        Some(Found::NoPlace) | None => Outcome::Unobservable(says_nothing),
    })
}

/// What there is to say where the metadata does not list an extension.
pub(super) fn does_not_speak(probe: &Probe<'_>, extension: &str) -> Result<Option<Outcome>, HttpError> {
    let metadata = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let metadata: Value = serde_json::from_slice(&metadata.body).unwrap_or_default();
    let listed = metadata["compatibility"]["extensions"].as_array();
    let is_listed = listed.is_some_and(|all| all.iter().any(|it| it == extension));
    Ok((!is_listed).then(|| Outcome::Skipped(format!("the metadata does not list {extension}"))))
}

/// Where an entity is seen once it was taken: a collection of the instance's own note.
pub(super) struct Trace {
    /// The collection's name.
    pub(super) collection: &'static str,
    /// The id of the entity.
    pub(super) id: String,
}

/// What came of a look for an entity.
enum Found {
    Yes,
    /// It is not in this collection, which was seen whole.
    No(&'static str),
    /// The collection cannot be had, or not as a whole.
    NoPlace,
}

impl Trace {
    /// Looks until the entity is there, for [`PATIENCE`] at most.
    fn look(&self, probe: &Probe<'_>) -> Result<Found, HttpError> {
        if probe.known.note.is_none() {
            return Ok(Found::NoPlace);
        }
        let target = probe.known.of_note(self.collection);
        let reference = format!("{}:{}", probe.signer.domain(), self.id);
        let end = Instant::now() + probe.pace.left(PATIENCE);
        let mut pause = Duration::from_millis(50);
        loop {
            let response = probe.send(&Ask::get(format!("{target}?offset=0&limit=40")))?;
            let page: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            let Some(items) = page["items"].as_array().filter(|_| response.status == 200) else {
                return Ok(Found::NoPlace);
            };
            if items.iter().any(|it| *it == reference || it["id"] == self.id) {
                return Ok(Found::Yes);
            }
            if page["total"].as_u64().is_none_or(|total| total > items.len() as u64) {
                return Ok(Found::NoPlace);
            }
            if Instant::now() + pause > end {
                return Ok(Found::No(self.collection));
            }
            sleep(pause);
            pause *= 2;
        }
    }
}

/// A delivery of this text is refused as invalid.
pub(super) fn invalid(probe: &Probe<'_>, body: impl Into<Vec<u8>>) -> Judged {
    refused(probe, &Ask::post(body), &[422])
}

/// A delivery of a right note with a change is refused as invalid.
pub(super) fn invalid_note(probe: &Probe<'_>, change: impl Fn(&mut Value)) -> Judged {
    let mut note = probe.note();
    change(&mut note);
    invalid(probe, note.to_string())
}

/// The JSON of an answer, or what is wrong with it.
pub(super) fn json(response: &HttpResponse) -> Result<Value, Box<Outcome>> {
    if response.status != 200 {
        return Err(Box::new(Outcome::broken("200 with JSON", described(response))));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| Box::new(Outcome::broken("JSON", format!("{}: {error}", described(response)))))
}

/// Whether a document is somebody's metadata, right or wrong.
pub(super) fn is_metadata(value: &Value) -> bool {
    ["public_key", "domain", "software"].iter().any(|name| value.get(name).is_some())
}

/// The answer is somebody's metadata.
pub(super) fn metadata_given(probe: &Probe<'_>, ask: &Ask) -> Judged {
    let response = probe.send(ask)?;
    Ok(match json(&response) {
        Ok(value) => holds(is_metadata(&value), "the metadata", described(&response)),
        Err(outcome) => *outcome,
    })
}

/// What there is to say of the type of an answer that has no document: nothing.
pub(super) fn without_document(response: &HttpResponse) -> Option<Outcome> {
    (response.status != 200)
        .then(|| Outcome::Skipped(format!("there is no document: {}", described(response))))
}

/// A yes or no about an answer.
pub(super) fn holds(is_so: bool, expected: impl Into<String>, got: impl Into<String>) -> Outcome {
    if is_so { Outcome::Kept } else { Outcome::broken(expected, got) }
}

/// The type of an answer is Versia's.
pub(super) fn is_versia(response: &HttpResponse) -> Outcome {
    if let Some(outcome) = without_document(response) {
        return outcome;
    }
    let kind = response.header("content-type").unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    holds(essence == MEDIA_TYPE, format!("Content-Type: {MEDIA_TYPE}; charset=utf-8"), described(response))
}

/// An answer to a GET is rightly signed by the instance.
pub(super) fn rightly_signed(probe: &Probe<'_>, target: &str, method: &str) -> Judged {
    let response = probe.send(&Ask::get(target).method(method))?;
    let checked = probe.verified(&response, method, target);
    let verification = &checked.verification;
    let expected = format!("an answer with a signature of {} that holds", probe.known.domain);
    let signer = verification.signed_by.as_deref().unwrap_or_default();
    Ok(match verification.verdict {
        Verdict::Valid if signer.eq_ignore_ascii_case(&probe.known.domain) => Outcome::Kept,
        Verdict::Valid => Outcome::broken(expected, format!("a signature of {signer:?}")),
        verdict => Outcome::Broken {
            expected,
            got: format!("{}, and its signature is {}", described(&response), verdict.as_str()),
            findings: checked.findings().cloned().collect(),
        },
    })
}

/// A document breaks no rule of its type.
pub(super) fn valid(probe: &Probe<'_>, body: &[u8], kind: Option<&'static EntityType>) -> Outcome {
    let report = check(body, probe.profile, kind);
    let errors: Vec<_> =
        report.violations.iter().filter(|it| it.level == Level::Error).map(|it| it.finding()).collect();
    match errors.first() {
        None => Outcome::Kept,
        Some(first) => Outcome::Broken {
            expected: "an entity that breaks no rule".to_owned(),
            got: format!("{} broken, the first: {}", errors.len(), first.message),
            findings: errors,
        },
    }
}
