//! What is signed, and what is refused. See <https://versia.pub/signatures>.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

pub(super) mod asking;
pub(super) mod delivering;

use super::case;
use crate::check::ask::{Ask, Claimed};
use crate::check::case::Level::{May, Must, Should};
use crate::check::case::{Case, Level, Need, Outcome, Page, Run};
use crate::check::expect::{
    Judged, delivery_accepted, described, get_accepted, holds, json, refused, rightly_signed,
};
use crate::check::probe::Probe;
use crate::protocol::versia::{EntityPath, INBOX, INSTANCE, signature_headers};
use crate::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, SecretKey, Signer};

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
    let key = value["public_key"]["key"].as_str().unwrap_or_default();
    Ok(holds(
        !key.starts_with("MC4CAQAw") && !key.contains("PRIVATE"),
        "a public key",
        "the published key has the form of a private one",
    ))
}

fn unsigned_at(probe: &Probe<'_>, target: &str) -> Judged {
    let response = probe.send(&Ask::get(target).unsigned())?;
    Ok(match response.status {
        401 | 422 => Outcome::broken("an answer without a signature being asked for", described(&response)),
        _ => Outcome::Kept,
    })
}

fn user(probe: &Probe<'_>, collection: Option<&str>) -> String {
    let id = probe.known.user.as_ref().map_or("none", |user| &user.id);
    EntityPath::new("User", id).with_collection(collection).target()
}
