//! Changing values of a document that is there: what is not touched stays as it is written.

use std::fmt;

use serde::Deserializer;
use serde::de::{Deserialize, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::compose::{ComposeError, tokens};

/// The document with a value at a path: names and numbers with dots between them, or a JSON pointer. Objects on its way
/// are made where there are none, and order, numbers and spelling of everything else stay.
///
/// # Errors
/// When the value has no place.
pub fn set(document: &str, path: &str, value: &Value) -> Result<String, ComposeError> {
    let no_place = || ComposeError::NoSuchPlace(path.to_owned());
    let tokens = tokens(path);
    if tokens.iter().any(String::is_empty) {
        return Err(no_place());
    }
    put(document, &tokens, value).ok_or_else(no_place)
}

fn put(text: &str, tokens: &[String], value: &Value) -> Option<String> {
    let [first, rest @ ..] = tokens else { return Some(value.to_string()) };
    match text.trim_start().chars().next()? {
        '{' => {
            let mut fields: Fields = serde_json::from_str(text).ok()?;
            match fields.0.iter_mut().rev().find(|(name, _)| name == first) {
                Some((_, field)) => *field = put(field, rest, value)?,
                None => fields.0.push((first.clone(), put("null", rest, value)?)),
            }
            let written =
                fields.0.iter().map(|(name, text)| format!("{}:{text}", Value::from(name.as_str())));
            Some(format!("{{{}}}", written.collect::<Vec<_>>().join(",")))
        }
        '[' => {
            let items: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
            let mut items: Vec<_> = items.iter().map(|item| item.get().to_owned()).collect();
            let index: usize = first.parse().ok()?;
            if index == items.len() {
                items.push("null".to_owned());
            }
            let item = items.get_mut(index)?;
            *item = put(item, rest, value)?;
            Some(format!("[{}]", items.join(",")))
        }
        'n' if text.trim() == "null" => put("{}", tokens, value),
        _ => None,
    }
}

/// An object's fields in their order, each as it is written.
struct Fields(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    fields.push((name, value.get().to_owned()));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_set_and_all_else_stays_as_it_is_written() {
        for (document, path, value, expected) in [
            (r#"{"b":1.0e2,"a":"x"}"#, "a", "true", r#"{"b":1.0e2,"a":true}"#),
            (r#"{"b": {"c": 1 , "d":2}, "a": [ ]}"#, "b.c", "5", r#"{"b":{"c":5,"d":2},"a":[ ]}"#),
            (r#"{"a":[1,2]}"#, "a.2", "3", r#"{"a":[1,2,3]}"#),
            (r#"{"a":null}"#, "a.b.c", "1", r#"{"a":{"b":{"c":1}}}"#),
            (
                r#"{"c":{"text/plain":{"content":"x"}}}"#,
                "/c/text~1plain/content",
                "\"y\"",
                r#"{"c":{"text/plain":{"content":"y"}}}"#,
            ),
        ] {
            let value = serde_json::from_str(value).unwrap();
            assert_eq!(set(document, path, &value).unwrap(), expected);
        }
        for (document, path) in
            [("{\"a\":1}", "a.b"), ("[]", "1"), ("[]", "x"), ("{}", ""), ("no", "a"), ("", "a")]
        {
            assert!(set(document, path, &Value::Null).is_err(), "{document} {path}");
        }
    }
}
