//! What Versia Server 0.9 takes, as it was observed: a second set of schemas, for it departs from the documents.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use super::EntityType;
use super::schema::{Rules, complete, parse_definitions};
use super::violation::{Found, quoted};
use crate::finding::codes;

struct ServerType {
    source: &'static str,
    rules: OnceLock<Rules>,
}

macro_rules! server_types {
    ($($name:literal $file:literal),* $(,)?) => {
        static TYPES: LazyLock<HashMap<&str, ServerType>> = LazyLock::new(|| {
            HashMap::from([$(($name, ServerType {
                source: include_str!(concat!("schemas/versia-server-0.9/", $file, ".json")),
                rules: OnceLock::new(),
            })),*])
        });
    };
}

server_types! {
    "Note" "note", "User" "user", "Delete" "delete", "Follow" "follow", "FollowAccept" "follow-accept",
    "FollowReject" "follow-reject", "InstanceMetadata" "instance-metadata", "pub.versia:likes/Like" "likes-like",
    "pub.versia:share/Share" "share-share", "pub.versia:reactions/Reaction" "reactions-reaction",
    "Collection" "collection", "URICollection" "uri-collection",
}

static DEFINITIONS: LazyLock<Value> =
    LazyLock::new(|| parse_definitions(include_str!("schemas/versia-server-0.9/definitions.json")));

/// The rules for an entity.
///
/// # Errors
/// Says that the server does not handle the type.
pub(super) fn rules(entity: &Value, given: Option<&EntityType>) -> Result<&'static Rules, String> {
    let name = match (given, entity.get("type")) {
        (Some(given), _) => given.name,
        (None, Some(Value::String(name))) => name,
        (None, _) => return Err("there is no type".to_owned()),
    };
    let found = TYPES.get(name).ok_or_else(|| format!("{} is not handled", quoted(name)))?;
    Ok(found.rules.get_or_init(|| Rules::of(&complete(&parse_definitions(found.source), &DEFINITIONS))))
}

/// Of what is wrong with a text, the server notices that it cannot be parsed.
pub(super) fn not_json(found: Vec<Found>) -> Vec<Found> {
    let first = found.into_iter().min_by_key(|it| it.span.start);
    first.map(|it| Found::new(&codes::SERVER_NOT_JSON, it.span, it.found)).into_iter().collect()
}
