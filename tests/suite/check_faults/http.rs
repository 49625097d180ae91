//! What is wrong with how HTTP is spoken.

use versia_cli::protocol::versia::{EntityPath, INBOX, INSTANCE, MEDIA_TYPE};

use super::fault::{Fault, WITHOUT_METADATA, answers, changes};
use super::message::Asked;

fn is_metadata(asked: &Asked) -> bool {
    asked.is_get() && asked.target == INSTANCE
}

/// Whether the metadata are wanted in this type.
fn wants(asked: &Asked, kind: &str) -> bool {
    is_metadata(asked) && asked.header("accept") == Some(kind)
}

fn is_to_metadata(asked: &Asked, method: &str) -> bool {
    asked.target == INSTANCE && asked.method == method
}

fn is_put(asked: &Asked) -> bool {
    asked.target == INBOX && asked.method == "PUT"
}

/// A delivery with a header of this value.
fn delivers(asked: &Asked, name: &str, value: &str) -> bool {
    asked.is_delivery() && asked.header(name) == Some(value)
}

/// The type that is asked for does not matter.
fn takes_any(name: &str, id: &str, kind: &'static str) -> Fault {
    Fault::new(name, &[id], move |asked, real| {
        let is_meant = asked.is_note() && asked.header("accept") == Some(kind);
        is_meant.then(|| {
            let mut other = asked.clone();
            other.set("Accept", MEDIA_TYPE);
            real.answer(&other)
        })
    })
}

pub fn rows() -> Vec<Fault> {
    let mut rows = about_types();
    rows.extend(about_redirects());
    rows.extend(about_paths());
    rows.extend(about_methods());
    rows.extend(about_deliveries());
    rows.extend(about_limits());
    rows
}

fn about_types() -> Vec<Fault> {
    let with_charset = "application/vnd.versia+json; charset=utf-8";
    let among = "text/html;q=0.5, application/vnd.versia+json";
    vec![
        changes("notes are plain JSON", &["http/content-type/entity"], Asked::is_note, |answer| {
            answer.set("Content-Type", "application/json; charset=utf-8");
        }),
        changes("notes have no charset", &["http/charset/entity"], Asked::is_note, |answer| {
            answer.set("Content-Type", MEDIA_TYPE);
        }),
        changes("the metadata have no charset", &["http/charset/metadata"], is_metadata, |answer| {
            answer.set("Content-Type", MEDIA_TYPE);
        }),
        answers("types count in lower case", &["http/accept/upper-case"], 406, |asked| {
            wants(asked, "Application/VND.Versia+JSON")
        }),
        answers("types have no charset", &["http/accept/with-charset"], 406, move |asked| {
            wants(asked, with_charset)
        }),
        answers("one type is wanted", &["http/accept/among-others"], 406, move |asked| wants(asked, among)),
        takes_any("JSON is Versia's type", "http/accept/plain-json", "application/json"),
        takes_any("a picture is Versia's type", "http/accept/image", "image/png"),
    ]
}

fn about_redirects() -> Vec<Fault> {
    let slash = format!("{INSTANCE}/");
    let none = EntityPath::new("Note", "none").target();
    let moved = |answer: &mut super::message::Answer| {
        answer.status = 301;
        answer.set("Location", "/elsewhere");
    };
    vec![
        changes("the metadata moved", &["http/redirect/metadata"], is_metadata, moved).and(&WITHOUT_METADATA),
        changes(
            "notes moved",
            &[
                "http/redirect/entity",
                "http/accept/image",
                "http/accept/plain-json",
                "http/method/head-entity",
                "entities/note/*",
                "signatures/get/valid",
                "signatures/get/valid-299-*",
                "signatures/get/valid-lower-case-headers",
                "signatures/get/valid-odd-case-headers",
            ],
            |asked| asked.is_note() && asked.is_well_signed() && asked.holds(),
            moved,
        ),
        changes(
            "a slash too many moves",
            &["http/redirect/trailing-slash"],
            move |asked| asked.target == slash,
            moved,
        ),
        changes(
            "what is unknown moved",
            &["http/redirect/unknown-entity", "entities/unknown/plain-id"],
            move |asked| asked.is_get() && asked.target == none,
            moved,
        ),
    ]
}

fn about_paths() -> Vec<Fault> {
    let is_unknown = |asked: &Asked| asked.target == "/.versia/v0.6/no-such-path";
    vec![
        answers("every path is there", &["http/path/unknown"], 200, is_unknown),
        answers("every version is there", &["http/path/unknown-version"], 200, |asked| {
            asked.target == "/.versia/v99.0/instance"
        }),
        changes("an unknown path is a web page", &["http/path/no-web-page"], is_unknown, |answer| {
            answer.set("Content-Type", "text/html");
        }),
    ]
}

fn about_methods() -> Vec<Fault> {
    let one = |name: &str, id: &str, method: &'static str, status| {
        answers(name, &[id], status, move |asked| is_to_metadata(asked, method))
    };
    vec![
        one("no HEAD is known", "http/method/head", "HEAD", 405),
        one("a POST is a GET", "http/method/metadata-post", "POST", 200),
        one("the metadata can be deleted", "http/method/metadata-delete", "DELETE", 200),
        one("whatever the method is, it is a GET", "http/method/unknown", "VERSIA", 200),
        answers("the inbox is open", &["http/method/inbox-get"], 200, |asked| {
            asked.is_get() && asked.target == INBOX && asked.header("upgrade").is_none()
        }),
        answers("a PUT is a delivery", &["http/method/inbox-put"], 200, is_put),
        changes("a 405 tells nothing", &["http/method/allow"], is_put, |answer| answer.remove("Allow")),
    ]
}

fn about_deliveries() -> Vec<Fault> {
    vec![
        answers("deliveries are of Versia's type alone", &["http/inbox/json"], 415, |asked| {
            delivers(asked, "content-type", "application/json")
        }),
        answers("headers have to be known", &["http/inbox/unknown-header"], 400, |asked| {
            delivers(asked, "x-unknown", "1")
        }),
        answers("plain text is a delivery", &["http/inbox/text"], 202, |asked| {
            delivers(asked, "content-type", "text/plain")
        }),
    ]
}

fn about_limits() -> Vec<Fault> {
    let limit = |name: &str, id: &str, header: &'static str, value: &'static str| {
        changes(name, &[id], is_metadata, move |answer| answer.set(header, value))
    };
    vec![
        limit("a limit is no number", "http/ratelimit/form", "RateLimit-Limit", "many"),
        limit("the reset is a date", "http/ratelimit/form", "RateLimit-Reset", "2026-01-01"),
        changes("what is left is not told", &["http/ratelimit/form"], is_metadata, |answer| {
            answer.remove("RateLimit-Remaining");
        }),
        limit("limits have another name", "http/ratelimit/no-other", "X-RateLimit-Limit", "1000"),
    ]
}
