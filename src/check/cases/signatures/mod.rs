//! What is signed, and what is refused. See <https://versia.pub/signatures>.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

pub(super) mod asking;
pub(super) mod delivering;
pub(super) mod window;

use serde_json::Value;

use super::case;
use crate::check::ask::{Ask, Claimed};
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{
    Judged, delivery_accepted, described, get_accepted, holds, is_metadata, json, refused, rightly_signed,
};
use crate::check::probe::Probe;
use crate::client::HttpResponse;
use crate::protocol::record::Headers;
use crate::protocol::versia::{EntityPath, INBOX, INSTANCE, signature_headers};
use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, SecretKey, Signer, Verdict};

static PAGE: Page = Page { name: "signatures", path: "signatures" };
const GET: &[Need] = &[Need::Signed];
const POST: &[Need] = &[Need::Inbox];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

/// A header that is missing is a 401, or a 422 by another page.
pub(super) const MISSING: &[u16] = &[401, 422];
/// What cannot be read is one or the other.
pub(super) const UNREADABLE: &[u16] = &[400, 401, 422];
pub(super) const WRONG: &[u16] = &[401];
pub(super) const STALE: &[u16] = &[422];

fn get(probe: &Probe<'_>) -> Ask {
    Ask::get(probe.known.target())
}

fn post(probe: &Probe<'_>) -> Ask {
    Ask::post(probe.note().to_string())
}

/// Somebody whom nobody knows, in the name of this domain.
pub(super) fn stranger(probe: &Probe<'_>, domain: &str) -> Signer {
    let mut seed = [0; 32];
    (probe.ambient.random)(&mut seed);
    Signer::new(SecretKey::from_seed(&seed), domain)
}

fn flipped(text: &str) -> String {
    let mut bytes = STANDARD.decode(text).unwrap_or_default();
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
    STANDARD.encode(bytes)
}

fn a_second_less(at: &str) -> String {
    (at.parse::<i64>().unwrap_or_default() - 1).to_string()
}

/// Every second letter large, from the second one on.
fn odd_case(headers: &mut Headers) {
    for (name, _) in headers {
        let letters = name.bytes().enumerate().map(|(at, letter)| match at % 2 {
            0 => char::from(letter.to_ascii_lowercase()),
            _ => char::from(letter.to_ascii_uppercase()),
        });
        *name = letters.collect();
    }
}

/// The documents do not say which method and body are meant: whichever, the signature has to be right for it.
fn head_signed(probe: &Probe<'_>) -> Judged {
    let target = probe.known.target();
    let got = probe.send(&Ask::get(target.as_str()))?;
    let head = probe.send(&Ask::get(target.as_str()).method("HEAD"))?;
    let with_body = HttpResponse { body: got.body, ..head.clone() };
    let readings = [("HEAD", &head), ("GET", &head), ("HEAD", &with_body), ("GET", &with_body)];
    let verdicts = readings.map(|(method, response)| probe.verified(response, method, &target).verification);
    if verdicts.iter().any(|one| one.verdict == Verdict::Valid) {
        return Ok(Outcome::Kept);
    }
    let [first, ..] = verdicts;
    Ok(Outcome::Broken {
        expected: "a signature that holds".to_owned(),
        got: format!("{}, and its signature is {}", described(&head), first.verdict.as_str()),
        findings: first.findings,
    })
}

fn respelled(text: &str, write: impl Fn(&[u8]) -> String) -> String {
    write(&STANDARD.decode(text).unwrap_or_default())
}

fn with_method(method: &'static str) -> Claimed {
    Claimed { method: Some(method), ..Claimed::default() }
}

fn with_target(target: impl Into<String>) -> Claimed {
    Claimed { target: Some(target.into()), ..Claimed::default() }
}

fn with_body(body: &[u8]) -> Claimed {
    Claimed { body: Some(body.to_vec()), ..Claimed::default() }
}

/// The path of something that is not there, with a part that is encoded.
fn encoded() -> String {
    EntityPath::new("pub.versia:groups/Group", "none").target()
}

/// A signature that the two alphabets write differently, in that for URLs.
fn base64url(probe: &Probe<'_>) -> Judged {
    let (target, now) = (probe.known.target(), probe.ambient.now_seconds());
    let mut signed = (0..100).map(|ago| probe.signer.sign("GET", &target, now - ago, b""));
    let Some(mut signed) = signed.find(|signed| signed.signature.contains(['+', '/'])) else {
        return Ok(Outcome::Skipped("no signature differs between the alphabets".to_owned()));
    };
    signed.signature = respelled(&signed.signature, |bytes| URL_SAFE.encode(bytes));
    let headers = signature_headers(&signed);
    let ask = get(probe).unsigned().edited(move |all| all.extend(headers.iter().cloned()));
    refused(probe, &ask, UNREADABLE)
}

/// A replay is refused or taken for done: what it says may not be told by its status.
fn replay(probe: &Probe<'_>) -> Judged {
    if !probe.refuses_deliveries() {
        let why = "a delivery without any signature gets no refusal either, so that no status says anything";
        return Ok(Outcome::Unobservable(why.to_owned()));
    }
    let body = probe.note().to_string();
    let first = probe.send(&Ask::post(body.clone()))?;
    let again = probe.send(&Ask::post(body))?;
    Ok(holds(
        first.status < 500 && again.status < 500,
        "an answer below 500 to both of two equal deliveries",
        format!("{} and then {}", described(&first), described(&again)),
    ))
}

fn publishes_no_secret(probe: &Probe<'_>) -> Judged {
    let response = probe.send(&Ask::get(INSTANCE).unsigned())?;
    let value = match json(&response) {
        Ok(value) => value,
        Err(outcome) => return Ok(*outcome),
    };
    let Some(key) = value["public_key"]["key"].as_str() else {
        return Ok(Outcome::Skipped("the metadata has no key".to_owned()));
    };
    Ok(holds(
        !key.starts_with("MC4CAQAw") && !key.contains("PRIVATE"),
        "a public key",
        "the published key has the form of a private one",
    ))
}

/// A document is given without a signature; what is none says nothing about signatures.
fn unsigned_at(probe: &Probe<'_>, target: &str, is_it: impl Fn(&Value) -> bool) -> Judged {
    let response = probe.send(&Ask::get(target).unsigned())?;
    if matches!(response.status, 401 | 403 | 422) {
        return Ok(Outcome::broken("an answer without a signature being asked for", described(&response)));
    }
    Ok(match json(&response) {
        Ok(value) if is_it(&value) => Outcome::Kept,
        _ => Outcome::Skipped(format!("the document is not there: {}", described(&response))),
    })
}

fn user(probe: &Probe<'_>, collection: Option<&str>) -> String {
    match (collection, &probe.known.user) {
        (Some(collection), _) => probe.known.of_user(collection),
        (None, Some(user)) => user.target.clone(),
        (None, None) => EntityPath::new("User", probe.known.user_id()).target(),
    }
}
