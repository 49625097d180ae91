//! What is signed, and what is refused. See <https://versia.pub/signatures>.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

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
const MISSING: &[u16] = &[401, 422];
/// What cannot be read is one or the other.
const UNREADABLE: &[u16] = &[400, 401, 422];
const WRONG: &[u16] = &[401];
const STALE: &[u16] = &[422];

fn get(probe: &Probe<'_>) -> Ask {
    Ask::get(probe.known.target())
}

fn post(probe: &Probe<'_>) -> Ask {
    Ask::post(probe.note().to_string())
}

fn stranger(probe: &Probe<'_>, domain: &str) -> Signer {
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

pub(super) const CASES: &[Case] = &[
    of(
        "signatures/response/entity",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of an entity is signed by the instance",
        |p| rightly_signed(p, &p.known.target(), "GET"),
    ),
    of(
        "signatures/response/user",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of a user is signed by the instance",
        |p| rightly_signed(p, &user(p, None), "GET"),
    ),
    of(
        "signatures/response/collection",
        Must,
        &[Need::Signed, Need::User],
        "The answer to a GET of a collection is signed by the instance",
        |p| rightly_signed(p, &user(p, Some("followers")), "GET"),
    ),
    of(
        "signatures/response/query",
        Must,
        &[Need::Signed, Need::User],
        "The signature of an answer is over the path without its query",
        |p| rightly_signed(p, &(user(p, Some("followers")) + "?offset=0&limit=2"), "GET"),
    ),
    of(
        "signatures/response/encoded-path",
        Must,
        &[Need::Signed],
        "The signature of an answer is over the path as it is encoded",
        |p| rightly_signed(p, &encoded(), "GET"),
    ),
    of(
        "signatures/response/not-found",
        Should,
        &[Need::Signed],
        "An answer that there is no such entity is signed as well",
        |p| rightly_signed(p, &EntityPath::new("User", "none").target(), "GET"),
    ),
    of(
        "signatures/key/not-private",
        Must,
        &[],
        "The metadata publishes the public half of the key, not the private one",
        publishes_no_secret,
    ),
    of("signatures/exempt/metadata", Must, &[], "The metadata is given without a signature", |p| {
        unsigned_at(p, INSTANCE)
    }),
    of("signatures/exempt/versions", Must, &[], "The versions are given without a signature", |p| {
        unsigned_at(p, "/.well-known/versia")
    }),
    of("signatures/get/valid", Must, &[], "A rightly signed GET is answered", |p| get_accepted(p, &get(p))),
    of("signatures/get/valid-query", Must, GET, "The query is no part of what is signed", |p| {
        get_accepted(p, &Ask::get(p.known.target() + "?unknown=1"))
    }),
    of(
        "signatures/get/valid-encoded-path",
        Must,
        GET,
        "The path is signed as it is encoded in the request",
        |p| get_accepted(p, &Ask::get(encoded())),
    ),
    of("signatures/get/valid-lower-case-headers", Must, GET, "The names of headers count in any case", |p| {
        get_accepted(
            p,
            &get(p).edited(|headers| headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase())),
        )
    }),
    of(
        "signatures/get/valid-299-seconds-ago",
        Must,
        GET,
        "What was signed less than five minutes ago is accepted",
        |p| get_accepted(p, &get(p).after(-290)),
    ),
    of(
        "signatures/get/valid-299-seconds-ahead",
        Must,
        GET,
        "What is signed less than five minutes from now is accepted",
        |p| get_accepted(p, &get(p).after(290)),
    ),
    of("signatures/get/no-signature", Must, GET, "A GET without any signature is refused", |p| {
        refused(p, &get(p).unsigned(), MISSING)
    }),
    of("signatures/get/without-signature", Must, GET, "A GET without Versia-Signature is refused", |p| {
        refused(p, &get(p).without(SIGNATURE), MISSING)
    }),
    of("signatures/get/without-signed-by", Must, GET, "A GET without Versia-Signed-By is refused", |p| {
        refused(p, &get(p).without(SIGNED_BY), MISSING)
    }),
    of("signatures/get/without-signed-at", Must, GET, "A GET without Versia-Signed-At is refused", |p| {
        refused(p, &get(p).without(SIGNED_AT), MISSING)
    }),
    of("signatures/get/empty-signature", Must, GET, "An empty Versia-Signature is refused", |p| {
        refused(p, &get(p).with(SIGNATURE, ""), UNREADABLE)
    }),
    of("signatures/get/not-base64", Must, GET, "A Versia-Signature that is no base64 is refused", |p| {
        refused(p, &get(p).with(SIGNATURE, "!not base64!"), UNREADABLE)
    }),
    of(
        "signatures/get/short-signature",
        Must,
        GET,
        "A Versia-Signature of less than 64 bytes is refused",
        |p| refused(p, &get(p).with(SIGNATURE, "AAAAAAAAAAAAAAAAAAAAAA=="), UNREADABLE),
    ),
    of(
        "signatures/get/flipped-bit",
        Must,
        GET,
        "A Versia-Signature of which a bit is wrong is refused",
        |p| refused(p, &get(p).changed(SIGNATURE, flipped), WRONG),
    ),
    of("signatures/get/doubled-signature", Should, GET, "A doubled Versia-Signature is refused", |p| {
        refused(p, &get(p).doubled(SIGNATURE), UNREADABLE)
    }),
    of("signatures/get/doubled-signed-at", Should, GET, "A doubled Versia-Signed-At is refused", |p| {
        refused(p, &get(p).doubled(SIGNED_AT), UNREADABLE)
    }),
    of("signatures/get/doubled-signed-by", Should, GET, "A doubled Versia-Signed-By is refused", |p| {
        refused(p, &get(p).doubled(SIGNED_BY), UNREADABLE)
    }),
    of(
        "signatures/get/base64url",
        Should,
        GET,
        "A Versia-Signature in the alphabet for URLs is refused",
        base64url,
    ),
    of("signatures/get/unpadded", Should, GET, "A Versia-Signature without its padding is refused", |p| {
        refused(
            p,
            &get(p).changed(SIGNATURE, |it| respelled(it, |bytes| STANDARD_NO_PAD.encode(bytes))),
            UNREADABLE,
        )
    }),
    of("signatures/get/wrong-path", Must, GET, "A signature over another path is refused", |p| {
        refused(p, &get(p).claiming(with_target("/.versia/v0.6/other")), WRONG)
    }),
    of("signatures/get/wrong-method", Must, GET, "A signature over another method is refused", |p| {
        refused(p, &get(p).claiming(with_method("POST")), WRONG)
    }),
    of("signatures/get/wrong-body", Must, GET, "A signature over a body that is not sent is refused", |p| {
        refused(p, &get(p).claiming(with_body(b"{}")), WRONG)
    }),
    of(
        "signatures/get/wrong-time",
        Must,
        GET,
        "A signature over another time than Versia-Signed-At is refused",
        |p| {
            refused(
                p,
                &get(p).changed(SIGNED_AT, |at| (at.parse::<i64>().unwrap_or_default() - 1).to_string()),
                WRONG,
            )
        },
    ),
    of(
        "signatures/get/stale",
        Must,
        GET,
        "What was signed more than five minutes ago is refused with 422",
        |p| refused(p, &get(p).after(-310), STALE),
    ),
    of(
        "signatures/get/future",
        Must,
        GET,
        "What is signed more than five minutes from now is refused with 422",
        |p| refused(p, &get(p).after(310), STALE),
    ),
    of("signatures/get/stale-by-a-year", Must, GET, "What was signed a year ago is refused with 422", |p| {
        refused(p, &get(p).after(-31_536_000), STALE)
    }),
    of("signatures/get/milliseconds", Must, GET, "A time in milliseconds is refused", |p| {
        refused(p, &get(p).changed(SIGNED_AT, |at| format!("{at}000")), MISSING)
    }),
    of("signatures/get/time-with-fraction", Must, GET, "A time with a fraction is refused", |p| {
        refused(p, &get(p).changed(SIGNED_AT, |at| format!("{at}.0")), UNREADABLE)
    }),
    of("signatures/get/time-as-date", Must, GET, "A time that is no number is refused", |p| {
        refused(p, &get(p).with(SIGNED_AT, "2026-01-01T00:00:00Z"), UNREADABLE)
    }),
    of(
        "signatures/get/other-key",
        Must,
        GET,
        "A signature by another key than the published one is refused",
        |p| refused(p, &get(p).signed_by(stranger(p, p.signer.domain())), WRONG),
    ),
    of(
        "signatures/get/in-its-own-name",
        Must,
        GET,
        "A signature by somebody else in the name of the instance itself is refused",
        |p| refused(p, &get(p).signed_by(stranger(p, &p.known.domain)), WRONG),
    ),
    of(
        "signatures/get/signer-with-scheme",
        Should,
        GET,
        "A signer that is an address, and no domain, is refused",
        |p| refused(p, &get(p).changed(SIGNED_BY, |domain| format!("https://{domain}")), UNREADABLE),
    ),
    of("signatures/post/valid", Must, &[Need::Write], "A rightly signed delivery is accepted", |p| {
        delivery_accepted(p, &post(p))
    }),
    of(
        "signatures/post/valid-query",
        May,
        POST,
        "The query of the inbox is no part of what is signed",
        |p| {
            let ask = Ask { target: format!("{INBOX}?x=1"), ..post(p) };
            delivery_accepted(p, &ask)
        },
    ),
    of("signatures/post/no-signature", Must, POST, "A delivery without any signature is refused", |p| {
        refused(p, &post(p).unsigned(), MISSING)
    }),
    of(
        "signatures/post/without-signature",
        Must,
        POST,
        "A delivery without Versia-Signature is refused",
        |p| refused(p, &post(p).without(SIGNATURE), MISSING),
    ),
    of(
        "signatures/post/without-signed-by",
        Must,
        POST,
        "A delivery without Versia-Signed-By is refused",
        |p| refused(p, &post(p).without(SIGNED_BY), MISSING),
    ),
    of(
        "signatures/post/without-signed-at",
        Must,
        POST,
        "A delivery without Versia-Signed-At is refused",
        |p| refused(p, &post(p).without(SIGNED_AT), MISSING),
    ),
    of(
        "signatures/post/tampered-body",
        Must,
        POST,
        "A delivery whose body was changed after it was signed is refused",
        |p| {
            let body = p.note().to_string();
            let claimed = with_body(body.replace("conformance", "Conformance").as_bytes());
            refused(p, &Ask::post(body).claiming(claimed), WRONG)
        },
    ),
    of(
        "signatures/post/reformatted-body",
        Must,
        POST,
        "A signature is over the bytes of the body, not over what they mean",
        |p| {
            let note = p.note();
            let pretty = serde_json::to_vec_pretty(&note).unwrap_or_default();
            refused(p, &Ask::post(note.to_string()).claiming(with_body(&pretty)), WRONG)
        },
    ),
    of(
        "signatures/post/empty-body-signed",
        Must,
        POST,
        "A signature over an empty body is none of a delivery",
        |p| refused(p, &post(p).claiming(with_body(b"")), WRONG),
    ),
    of("signatures/post/wrong-path", Must, POST, "A delivery signed for another path is refused", |p| {
        refused(p, &post(p).claiming(with_target("/inbox")), WRONG)
    }),
    of("signatures/post/wrong-method", Must, POST, "A delivery signed for another method is refused", |p| {
        refused(p, &post(p).claiming(with_method("GET")), WRONG)
    }),
    of(
        "signatures/post/stale",
        Must,
        POST,
        "A delivery signed more than five minutes ago is refused with 422",
        |p| refused(p, &post(p).after(-310), STALE),
    ),
    of(
        "signatures/post/future",
        Must,
        POST,
        "A delivery signed more than five minutes from now is refused with 422",
        |p| refused(p, &post(p).after(310), STALE),
    ),
    of(
        "signatures/post/other-key",
        Must,
        POST,
        "A delivery signed with another key than the published one is refused",
        |p| refused(p, &post(p).signed_by(stranger(p, p.signer.domain())), WRONG),
    ),
    of(
        "signatures/post/in-its-own-name",
        Must,
        POST,
        "A delivery signed by somebody else in the name of the instance itself is refused",
        |p| refused(p, &post(p).signed_by(stranger(p, &p.known.domain)), WRONG),
    ),
    of(
        "signatures/post/replay",
        Should,
        POST,
        "A delivery that comes twice is taken for done or refused, and breaks nothing",
        replay,
    ),
];

fn user(probe: &Probe<'_>, collection: Option<&str>) -> String {
    let id = probe.known.user.as_ref().map_or("none", |user| &user.id);
    EntityPath::new("User", id).with_collection(collection).target()
}
