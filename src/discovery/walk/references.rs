//! What an entity refers to, and of which type that is: a reference does not say it, the field does.

use serde_json::{Map, Value};

const USER: &str = "User";
const NOTE: &str = "Note";
const GROUP: &str = "pub.versia:groups/Group";

/// The fields that hold a reference, or several, with the type that is meant.
const FIELDS: [(&str, &str); 21] = [
    ("author", USER),
    ("mentions", USER),
    ("followee", USER),
    ("follower", USER),
    ("subscriber", USER),
    ("destination", USER),
    ("previous", USER),
    ("new", USER),
    ("delegator", USER),
    ("allowed_delegates", USER),
    ("replies_to", NOTE),
    ("quotes", NOTE),
    ("liked", NOTE),
    ("disliked", NOTE),
    ("shared", NOTE),
    ("object", NOTE),
    ("note", NOTE),
    ("poll", NOTE),
    ("group", GROUP),
    ("reported_note", NOTE),
    ("reported_user", USER),
];

/// The collections of references, with the type that is meant.
const COLLECTIONS: [(&str, &str); 10] = [
    ("followers", USER),
    ("following", USER),
    ("members", USER),
    ("replies", NOTE),
    ("quotes", NOTE),
    ("notes", NOTE),
    ("pub.versia:likes/Likes", "pub.versia:likes/Like"),
    ("pub.versia:likes/Dislikes", "pub.versia:likes/Dislike"),
    ("pub.versia:reactions/Reactions", "pub.versia:reactions/Reaction"),
    ("pub.versia:share/Shares", "pub.versia:share/Share"),
];

/// The references in a document, in their order, each with its type. `collection` is its name, where it is one.
pub(super) fn references(document: &Value, collection: Option<&str>) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let Some(object) = document.as_object() else { return found };
    of_entity(object, &mut found);
    let items = object.get("items").filter(|_| collection.is_some()).and_then(Value::as_array);
    let kind = COLLECTIONS.iter().find(|(name, _)| Some(*name) == collection).map(|(_, kind)| *kind);
    for item in items.into_iter().flatten() {
        match (item, kind) {
            (Value::String(reference), Some(kind)) => found.push((reference.clone(), kind)),
            (Value::Object(entity), _) => of_entity(entity, &mut found),
            _ => {}
        }
    }
    found
}

fn of_entity(entity: &Map<String, Value>, found: &mut Vec<(String, &'static str)>) {
    let extensions = entity.get("extensions").and_then(Value::as_object);
    let parts = extensions.into_iter().flat_map(Map::values).filter_map(Value::as_object);
    for part in std::iter::once(entity).chain(parts) {
        for (name, kind) in FIELDS {
            match part.get(name) {
                // A note's group may also be a word.
                Some(Value::String(text))
                    if name == "group" && ["public", "followers"].contains(&text.as_str()) => {}
                Some(Value::String(reference)) => found.push((reference.clone(), kind)),
                Some(Value::Array(several)) => {
                    let references = several.iter().filter_map(Value::as_str);
                    found.extend(references.map(|reference| (reference.to_owned(), kind)));
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_field_says_what_a_reference_is_to() {
        let note = json!({
            "type": "Note", "author": "a", "mentions": ["c.example:b", 7], "group": "public", "quotes": null,
            "replies_to": "n", "extensions": {"pub.versia:migration": {"previous": "p"}}
        });
        let expected = [("a", "User"), ("c.example:b", "User"), ("n", "Note"), ("p", "User")];
        assert_eq!(references(&note, None), expected.map(|(reference, kind)| (reference.to_owned(), kind)));
    }

    #[test]
    fn the_name_of_a_collection_says_what_its_references_are_to() {
        let items = json!({"author": "o", "total": 2, "items": ["a", {"author": "b"}]});
        let of = |name| references(&items, Some(name)).into_iter().map(|(it, kind)| format!("{kind} {it}"));
        assert_eq!(of("followers").collect::<Vec<_>>(), ["User o", "User a", "User b"]);
        assert_eq!(of("replies").collect::<Vec<_>>(), ["User o", "Note a", "User b"]);
        assert_eq!(of("unknown").collect::<Vec<_>>(), ["User o", "User b"]);
        assert_eq!(references(&json!(["a"]), Some("followers")), []);
    }
}
