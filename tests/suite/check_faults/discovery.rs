//! What is wrong with what an instance says of itself.

use serde_json::{Value, json};

use super::fault::{Fault, changes};
use super::message::Asked;

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

pub fn rows() -> Vec<Fault> {
    vec![
        versions(
            "the versions are an object",
            &[
                "discovery/versions/answer",
                "discovery/metadata/same-versions",
                "discovery/versions/0-6",
                "discovery/versions/exact",
                "discovery/versions/semantic",
            ],
            json!({}),
        ),
        metadata(
            "the metadata has an id",
            &["discovery/metadata/no-id", "discovery/metadata/valid"],
            |value| value["id"] = json!("x"),
        ),
    ]
}
