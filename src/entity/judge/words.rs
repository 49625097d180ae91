//! What was found, in words: from an error of the schema library and the code of the rule.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::entity::fix::utc_form;
use crate::entity::violation::quoted;
use crate::finding::{Code, codes};

/// An error in words.
pub(super) struct Told {
    pub(super) message: String,
    pub(super) fix: Option<String>,
    /// The field that it is about, where it is not about the value itself.
    pub(super) about_key: Option<String>,
    /// What has to stand there instead, where there is one right form.
    pub(super) edit: Option<String>,
}

/// Says what an error is about.
pub(super) fn tell(error: &ValidationError, code: &'static Code) -> Told {
    // Asked for only where it is needed: of an object, the library may have to copy all of it.
    let value = || error.instance().as_ref();
    let mut told = Told { message: String::new(), fix: None, about_key: None, edit: None };
    told.message = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            told.about_key = Some(name.to_owned());
            format!("the field {name} is missing")
        }
        ValidationErrorKind::PropertyNames { error: inner } => {
            let name = inner.instance().as_str().unwrap_or_default().to_owned();
            let message = about_name(&name, code);
            told.about_key = Some(name);
            message
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            told.about_key = unexpected.first().cloned();
            format!("there is no field {}", listed(unexpected))
        }
        ValidationErrorKind::Type { kind } => {
            told.fix = Some(format!("make it {}", wanted(kind)));
            let kind = if value().is_null() { String::new() } else { format!(", {}", kind_of(value())) };
            titled(code, value()) + &kind
        }
        ValidationErrorKind::Enum { options } => {
            let options =
                options.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
            told.fix = Some(format!("use one of {}", options.collect::<Vec<_>>().join(", ")));
            titled(code, value())
        }
        ValidationErrorKind::Constant { expected_value } => {
            told.fix = Some(format!("make it {expected_value}"));
            titled(code, value())
        }
        ValidationErrorKind::Custom { message, .. } if value().is_object() => format!("it {message}"),
        ValidationErrorKind::Custom { message, .. } => format!("{} {message}", quote(value())),
        _ => titled(code, value()),
    };
    if code == &codes::ID_OF_TRANSIENT {
        told.fix = None;
    }
    if code == &codes::REFERENCE && value().as_str().is_some_and(|text| text.contains("://")) {
        told.fix = Some("that is an address, as drafts before 0.6 had it; write domain:id".to_owned());
    }
    if code == &codes::TIME_NOT_IN_UTC
        && let Some(right) = value().as_str().and_then(utc_form)
    {
        told.fix = Some(format!("write {right}"));
        told.edit = Some(Value::String(right).to_string());
    }
    told
}

fn about_name(name: &str, code: &'static Code) -> String {
    if code == &codes::UNKNOWN_FIELD {
        return format!("the documents have no field {} here", quoted(name));
    }
    format!("{}: {}", code.title, quoted(name))
}

fn titled(code: &Code, value: &Value) -> String {
    format!("{}: {}", code.title, quote(value))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => article(&kind.to_string()),
        TypeKind::Multiple(kinds) => {
            let kinds: Vec<_> = kinds.iter().map(|kind| article(&kind.to_string())).collect();
            kinds.join(" or ")
        }
    }
}

fn article(word: &str) -> String {
    match word {
        "null" => "null".to_owned(),
        "array" | "integer" | "object" => format!("an {word}"),
        _ => format!("a {word}"),
    }
}

/// What kind of value it is, with its article.
pub(super) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A value as JSON, or its beginning.
fn quote(value: &Value) -> String {
    match value {
        Value::Object(_) => "{…}".to_owned(),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(_) => "[…]".to_owned(),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// Names one after the other.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}
