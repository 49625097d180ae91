//! What is wrong with signatures: those that are made, and those that are looked at.

use std::sync::Mutex;

use serde_json::Value;
use versia_cli::protocol::versia::EntityPath;
use versia_cli::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY};

use super::fault::{Fault, answers, changes, vouches};
use super::message::{Asked, alice, b, now};

type Is = fn(&Asked) -> bool;

pub fn rows() -> Vec<Fault> {
    let mut rows = about_answers();
    rows.extend(about_right_requests());
    rows.extend(about_both("get", Asked::is_note));
    rows.extend(about_both("post", is_note_delivered));
    rows.extend(about_gets());
    rows.extend(about_deliveries());
    rows
}

fn is_note_delivered(asked: &Asked) -> bool {
    asked.is_delivery() && asked.entity()["type"] == "Note"
}

/// Answers are wrongly signed, those to one request each time.
fn about_answers() -> Vec<Fault> {
    let user = EntityPath::new("User", alice()).target();
    let followers = EntityPath::new("User", alice()).with_collection(Some("followers")).target();
    let page = format!("{followers}?offset=0&limit=2");
    let group = EntityPath::new("pub.versia:groups/Group", "none").target();
    let nobody = EntityPath::new("User", "none").target();
    let mut rows: Vec<_> =
        [("user", user), ("collection", followers), ("encoded-path", group), ("not-found", nobody)]
            .map(|(id, target)| {
                changes(
                    &format!("no signature: {id}"),
                    &[&format!("signatures/response/{id}")],
                    move |asked| asked.is_get() && asked.target == target,
                    |answer| [SIGNATURE, SIGNED_BY, SIGNED_AT].iter().for_each(|name| answer.remove(name)),
                )
            })
            .into();
    rows.push(Fault::new("the query is signed", &["signatures/response/query"], move |asked, real| {
        (asked.target == page).then(|| {
            let mut answer = real.answer(asked);
            let target = asked.target.replace('?', "%3F");
            answer.sign(&Asked { target, ..asked.clone() }, &b(), now());
            answer
        })
    }));
    let wrong = |name: &str, signer: fn() -> versia_cli::signing::Signer, ago: i64| {
        Fault::new(name, &["signatures/response/entity"], move |asked, real| {
            (asked.is_note() && asked.holds()).then(|| {
                let mut answer = real.answer(asked);
                answer.sign(asked, &signer(), now() - ago);
                answer
            })
        })
    };
    rows.push(wrong("an answer is stale", b, 1_000));
    rows.push(wrong("an answer is of who asked", super::message::a, 0));
    rows.push(changes(
        "the body of an answer is not what was signed",
        &["signatures/response/entity"],
        Asked::is_note,
        |answer| answer.set(SIGNED_AT, &(now() - 1).to_string()),
    ));
    rows
}

/// What is rightly signed is refused.
fn about_right_requests() -> Vec<Fault> {
    let refuses = |name: &str, id: &str, is_meant: Is| answers(name, &[id], 401, is_meant);
    let has_lower_case = |asked: &Asked| asked.headers.iter().any(|(name, _)| name == "versia-signature");
    let mut rows = vec![
        refuses("the query is signed by who asks", "signatures/get/valid-query", |asked| {
            asked.is_get() && asked.target.ends_with("?unknown=1")
        }),
        refuses("the path is decoded before", "signatures/get/valid-encoded-path", |asked| {
            asked.is_get() && asked.path().contains("%3Agroups%2FGroup")
        }),
        refuses("the past is not looked into far", "signatures/get/valid-299-seconds-ago", |asked| {
            asked.is_get() && asked.age().is_some_and(|age| (290..300).contains(&age))
        }),
        refuses("the future is not looked into far", "signatures/get/valid-299-seconds-ahead", |asked| {
            asked.is_get() && asked.age().is_some_and(|age| (-300..-290).contains(&age))
        }),
        answers("the inbox has no query", &["signatures/post/valid-query"], 404, |asked| {
            asked.is_delivery() && asked.target.ends_with("?x=1")
        }),
        answers("no delivery is accepted", &["signatures/post/valid"], 401, Asked::is_delivery),
        answers("no GET is accepted", &["signatures/get/valid"], 401, Asked::is_note),
    ];
    rows.push(answers(
        "headers count in their case",
        &["signatures/get/valid-lower-case-headers"],
        401,
        move |asked| asked.is_get() && has_lower_case(asked),
    ));
    rows
}

fn at(asked: &Asked) -> String {
    asked.header(SIGNED_AT).unwrap_or_default().to_owned()
}

fn lacks(asked: &Asked, missing: &str) -> bool {
    let names = [SIGNATURE, SIGNED_BY, SIGNED_AT];
    names.iter().all(|name| (asked.count(name) == 0) == (*name == missing))
}

fn is_unsigned(asked: &Asked) -> bool {
    [SIGNATURE, SIGNED_BY, SIGNED_AT].iter().all(|name| asked.count(name) == 0)
}

fn over_path(asked: &Asked) -> bool {
    let other = if asked.method == "GET" { "/.versia/v0.6/other" } else { "/inbox" };
    asked.holds_over(&asked.method, other, &at(asked), &asked.body)
}

fn over_method(asked: &Asked) -> bool {
    let other = if asked.method == "GET" { "POST" } else { "GET" };
    asked.holds_over(other, &asked.target, &at(asked), &asked.body)
}

fn over_body(asked: &Asked, body: &[u8]) -> bool {
    asked.holds_over(&asked.method, &asked.target, &at(asked), body)
}

fn is_over_itself(asked: &Asked) -> bool {
    over_body(asked, &asked.body)
}

fn is_in_other_name(asked: &Asked) -> bool {
    asked.header(SIGNED_BY) == Some("b.example")
}

fn over_later(asked: &Asked) -> bool {
    let later = at(asked).parse::<i64>().unwrap_or_default() + 1;
    asked.holds_over(&asked.method, &asked.target, &later.to_string(), &asked.body)
}

fn tampered(asked: &Asked) -> Vec<u8> {
    asked.text().replace("conformance", "Conformance").into_bytes()
}

fn pretty(asked: &Asked) -> Vec<u8> {
    serde_json::to_vec_pretty::<Value>(&asked.entity()).unwrap()
}

/// Whether it is signed with a key that nobody published, in the name of who checks.
fn is_of_stranger(asked: &Asked) -> bool {
    let known: [Is; 5] = [Asked::holds, over_path, over_method, over_later, Asked::holds_flipped];
    let bodies = [b"{}".to_vec(), Vec::new(), tampered(asked), pretty(asked)];
    asked.header(SIGNED_BY) == Some("a.example")
        && asked.is_well_signed()
        && !known.iter().any(|is| is(asked))
        && !bodies.iter().any(|body| over_body(asked, body))
}

/// What is wrongly signed is accepted, both as a GET and as a delivery.
fn about_both(method: &str, is_meant: Is) -> Vec<Fault> {
    let kinds: [(&str, Is); 11] = [
        ("no-signature", is_unsigned),
        ("without-signature", |asked| lacks(asked, SIGNATURE)),
        ("without-signed-by", |asked| lacks(asked, SIGNED_BY)),
        ("without-signed-at", |asked| lacks(asked, SIGNED_AT)),
        ("wrong-path", over_path),
        ("wrong-method", over_method),
        ("stale", |asked| asked.age().is_some_and(|age| (301..1_000).contains(&age))),
        ("future", |asked| asked.age().is_some_and(|age| (-1_000..-300).contains(&age))),
        ("other-key", is_of_stranger),
        ("in-its-own-name", |asked| is_in_other_name(asked) && !is_over_itself(asked)),
        ("key-of-another-instance", |asked| is_in_other_name(asked) && is_over_itself(asked)),
    ];
    let row = |(id, is): (&str, Is)| {
        vouches(&format!("accepted: {method} {id}"), &[&format!("signatures/{method}/{id}")], move |asked| {
            is_meant(asked) && is(asked)
        })
    };
    kinds.map(row).into()
}

fn signature(asked: &Asked) -> &str {
    asked.header(SIGNATURE).unwrap_or_default()
}

/// What is wrongly signed is accepted as a GET.
fn about_gets() -> Vec<Fault> {
    let kinds: [(&str, Is); 15] = [
        ("empty-signature", |asked| asked.count(SIGNATURE) == 1 && signature(asked).is_empty()),
        ("not-base64", |asked| signature(asked).starts_with('!')),
        ("short-signature", |asked| signature(asked).len() == 24),
        ("flipped-bit", Asked::holds_flipped),
        ("doubled-signature", |asked| asked.count(SIGNATURE) == 2),
        ("doubled-signed-at", |asked| asked.count(SIGNED_AT) == 2),
        ("doubled-signed-by", |asked| asked.count(SIGNED_BY) == 2),
        ("base64url", |asked| signature(asked).contains(['-', '_'])),
        ("unpadded", |asked| signature(asked).len() == 86),
        ("wrong-body", |asked| over_body(asked, b"{}")),
        ("wrong-time", over_later),
        ("stale-by-a-year", |asked| asked.age().is_some_and(|age| age > 1_000_000)),
        ("milliseconds", |asked| at(asked).len() == 13 && at(asked).ends_with("000")),
        ("time-with-fraction", |asked| at(asked).ends_with(".0")),
        ("time-as-date", |asked| at(asked).ends_with('Z')),
    ];
    let row = |(id, is): (&str, Is)| {
        vouches(&format!("accepted: GET {id}"), &[&format!("signatures/get/{id}")], move |asked| {
            asked.is_note() && is(asked)
        })
    };
    let mut rows: Vec<_> = kinds.map(row).into();
    rows.push(vouches("accepted: a signer with a scheme", &["signatures/get/signer-with-scheme"], |asked| {
        asked.is_note() && asked.header(SIGNED_BY).is_some_and(|by| by.starts_with("https://"))
    }));
    rows
}

/// What is wrongly signed is accepted as a delivery.
fn about_deliveries() -> Vec<Fault> {
    let last = Mutex::new(Vec::new());
    let row = |id: &str, is: Is| {
        vouches(&format!("accepted: a delivery of {id}"), &[&format!("signatures/post/{id}")], move |asked| {
            is_note_delivered(asked) && is(asked)
        })
    };
    vec![
        row("tampered-body", |asked| over_body(asked, &tampered(asked))),
        row("reformatted-body", |asked| over_body(asked, &pretty(asked))),
        row("empty-body-signed", |asked| over_body(asked, b"")),
        answers("the same twice breaks it", &["signatures/post/replay"], 500, move |asked| {
            let mut last = last.lock().unwrap();
            let is_again = is_note_delivered(asked) && *last == asked.body;
            last.clone_from(&asked.body);
            is_again
        }),
    ]
}
