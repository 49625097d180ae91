//! What is wrong with what an instance says of itself.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use versia_cli::signing::SecretKey;

use super::fault::{Fault, WITHOUT_KEY, WITHOUT_METADATA, answers, changes};
use super::message::Asked;

/// What fails where the signatures are of another domain than the metadata say, and no user is found in that one.
const OF_ANOTHER: &[&str] = &["signatures/response/encoded-path", "signatures/response/not-found"];

fn is_versions(asked: &Asked) -> bool {
    asked.is_get() && asked.target == "/.well-known/versia"
}

fn is_metadata(asked: &Asked) -> bool {
    asked.is_get() && asked.target == "/.versia/v0.6/instance"
}

fn versions(name: &str, fails: &[&str], list: Value) -> Fault {
    changes(name, fails, is_versions, move |answer| answer.edit(|value| value["versions"] = list.clone()))
}

fn metadata(name: &str, fails: &[&str], change: impl Fn(&mut Value) + Send + Sync + 'static) -> Fault {
    changes(name, fails, is_metadata, move |answer| answer.edit(&change))
}

/// Both lists of versions are this one.
fn both(name: &str, fails: &[&str], list: Value) -> Fault {
    changes(
        name,
        fails,
        |asked| is_versions(asked) || is_metadata(asked),
        move |answer| {
            answer.edit(|value| match value.get("compatibility") {
                Some(_) => value["compatibility"]["versions"] = list.clone(),
                None => value["versions"] = list.clone(),
            });
        },
    )
}

pub fn rows() -> Vec<Fault> {
    let mut rows = about_versions();
    rows.extend(about_metadata());
    rows.extend(about_key());
    rows
}

fn about_versions() -> Vec<Fault> {
    vec![
        versions(
            "the versions are an object",
            &[
                "discovery/versions/answer",
                "discovery/versions/0-6",
                "discovery/versions/exact",
                "discovery/versions/semantic",
                "discovery/metadata/same-versions",
            ],
            json!({}),
        ),
        changes("the versions are plain text", &["discovery/versions/type"], is_versions, |answer| {
            answer.set("Content-Type", "text/plain");
        }),
        versions(
            "only version 0.5 is spoken",
            &["discovery/versions/0-6", "discovery/versions/exact", "discovery/metadata/same-versions"],
            json!(["0.5.0"]),
        ),
        both("a later 0.6 is spoken", &["discovery/versions/exact"], json!(["0.6.1"])),
        both("a version has two parts", &["discovery/versions/semantic"], json!(["0.6.0", "0.7"])),
        versions("a version is there twice", &["discovery/versions/once"], json!(["0.6.0", "0.6.0"])),
        answers(
            "the versions want a signature",
            &["discovery/versions/*", "discovery/metadata/same-versions", "signatures/exempt/versions"],
            401,
            is_versions,
        ),
    ]
}

fn about_metadata() -> Vec<Fault> {
    vec![
        answers("no metadata", &WITHOUT_METADATA, 404, is_metadata),
        answers("the metadata want a signature", &WITHOUT_METADATA, 401, is_metadata)
            .and(&["signatures/exempt/metadata"]),
        changes("the metadata are plain JSON", &["discovery/metadata/content-type"], is_metadata, |answer| {
            answer.set("Content-Type", "application/json; charset=utf-8");
        }),
        metadata("the instance has no name", &["discovery/metadata/valid"], |value| {
            value["name"] = Value::Null;
        }),
        metadata(
            "the metadata have another type",
            &["discovery/metadata/entity-type", "discovery/metadata/valid"],
            |value| value["type"] = json!("Instance"),
        ),
        metadata(
            "the metadata have an id",
            &["discovery/metadata/no-id", "discovery/metadata/valid"],
            |value| value["id"] = json!("x"),
        ),
        metadata(
            "the domain has a port",
            &[
                "discovery/metadata/domain-form",
                "discovery/metadata/domain-asked",
                "discovery/metadata/valid",
            ],
            |value| value["domain"] = json!("b.example:443"),
        )
        .and(OF_ANOTHER),
        metadata("the domain is another one", &["discovery/metadata/domain-asked"], |value| {
            value["domain"] = json!("c.example");
        })
        .and(OF_ANOTHER),
        metadata(
            "the metadata are compatible with 0.5",
            &["discovery/metadata/compatibility", "discovery/metadata/same-versions"],
            |value| value["compatibility"]["versions"] = json!(["0.5.0"]),
        ),
        metadata("the metadata have a version more", &["discovery/metadata/same-versions"], |value| {
            value["compatibility"]["versions"] = json!(["0.6.0", "0.5.0"])
        }),
        metadata(
            "the software has no version",
            &["discovery/metadata/software", "discovery/metadata/valid"],
            |value| value["software"] = json!({ "name": "x" }),
        ),
    ]
}

fn about_key() -> Vec<Fault> {
    // Beyond the seeds of the keys that there are.
    let asked_for = AtomicUsize::new(100);
    vec![
        metadata("the key is of RSA", &["discovery/key/algorithm", "discovery/metadata/valid"], |value| {
            value["public_key"]["algorithm"] = json!("rsa");
        })
        .and(&WITHOUT_KEY),
        metadata("the key is its raw bytes", &["discovery/key/form", "discovery/metadata/valid"], |value| {
            let raw = base64::Engine::encode(
                &base64::engine::general_purpose::STANDARD,
                super::message::b().key().public().as_bytes(),
            );
            value["public_key"]["key"] = json!(raw);
        }),
        metadata(
            "the key is the private one",
            &["signatures/key/not-private", "discovery/key/form", "discovery/metadata/valid"],
            |value| {
                value["public_key"]["key"] = json!(super::message::b().key().to_pkcs8_base64().as_str());
            },
        )
        .and(&WITHOUT_KEY),
        metadata("the key is another one each time", &["discovery/key/stable"], move |value| {
            let count = asked_for.fetch_add(1, Ordering::Relaxed) as u8;
            value["public_key"]["key"] = json!(SecretKey::from_seed(&[count; 32]).public().to_spki_base64());
        })
        .and(&WITHOUT_KEY),
    ]
}
