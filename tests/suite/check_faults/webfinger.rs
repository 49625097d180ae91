//! What is wrong with how users are found.

use serde_json::{Value, json};
use versia_cli::protocol::versia::EntityPath;

use super::fault::{Fault, answers, changes};
use super::message::{Asked, alice};

/// Whether it is one of the requests that the cases make for this account. What is found out before them wants another type.
fn fingers(asked: &Asked, account: &str) -> bool {
    let resource = asked.target.strip_prefix("/.well-known/webfinger?resource=").unwrap_or_default();
    let is_case = asked.header("accept").is_some_and(|accept| accept.contains("jrd"));
    asked.is_get() && is_case && resource.replace("%3A", ":").replace("%40", "@") == account
}

fn of_alice(asked: &Asked) -> bool {
    fingers(asked, "acct:alice@b.example")
}

fn document(name: &str, fails: &[&str], change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    changes(name, fails, of_alice, move |answer| answer.edit(&change))
}

/// The link to the user is this one.
fn link(name: &str, fails: &[&str], href: String) -> Fault {
    document(name, fails, move |value| value["links"][0]["href"] = json!(href))
}

pub fn rows() -> Vec<Fault> {
    let by_id = format!("acct:{}@b.example", alice());
    let mut rows = vec![
        answers("names in upper case are unknown", &["webfinger/upper-case"], 404, |asked| {
            fingers(asked, "acct:ALICE@b.example")
        }),
        answers("ids are unknown", &["webfinger/id"], 404, move |asked| fingers(asked, &by_id)),
        answers("the domain counts in its case", &["webfinger/domain-upper-case"], 404, |asked| {
            fingers(asked, "acct:alice@B.EXAMPLE")
        }),
        answers("everybody is known", &["webfinger/unknown-user"], 200, |asked| {
            fingers(asked, "acct:nobody-has-this-name@b.example")
        }),
        answers("every domain is ours", &["webfinger/other-domain"], 200, |asked| {
            fingers(asked, "acct:alice@other.example")
        }),
        answers("nothing has to be asked for", &["webfinger/no-resource"], 200, |asked| {
            asked.is_get() && asked.target == "/.well-known/webfinger"
        }),
        answers("whatever is asked for is an account", &["webfinger/no-account"], 200, |asked| {
            asked.target == "/.well-known/webfinger?resource=mailto%3Ax"
        }),
        answers("accounts have a scheme", &["webfinger/plain-at"], 400, |asked| {
            asked.target == "/.well-known/webfinger?resource=alice%40b.example"
        }),
    ];
    rows.extend(about_the_document());
    rows
}

fn about_the_document() -> Vec<Fault> {
    let address = |host: &str, kind: &str, id: &str| format!("{host}{}", EntityPath::new(kind, id).target());
    let b = "https://b.example";
    vec![
        link("somebody else is found", &["webfinger/name"], address(b, "User", &super::message::bob())),
        document("the document is about somebody else", &["webfinger/subject"], |value| {
            value["subject"] = json!("acct:bob@b.example");
        }),
        changes("the document is a web page", &["webfinger/content-type"], of_alice, |answer| {
            answer.set("Content-Type", "text/html");
        }),
        document("the link has another type", &["webfinger/link-type"], |value| {
            value["links"][0]["type"] = json!("application/activity+json");
        }),
        link(
            "the link is of another instance",
            &["webfinger/link-address"],
            address("https://c.example", "User", &alice()),
        ),
        link(
            "the link is not over HTTPS",
            &["webfinger/link-address"],
            address("http://b.example", "User", &alice()),
        ),
        Fault::new("the link leads elsewhere", &["webfinger/link-path"], {
            let elsewhere = link("", &[], format!("{b}/users/{}", alice()));
            move |asked, real| {
                if !asked.path().starts_with("/users/") {
                    return elsewhere.alone(asked, real);
                }
                let target = EntityPath::new("User", alice()).target();
                Some(real.answer(&Asked { target, ..asked.clone() }.vouched()))
            }
        }),
        link("behind the link is nothing", &["webfinger/link-works"], address(b, "Person", &alice())),
    ]
}
