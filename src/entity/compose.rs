//! New entities: every required field, optional ones as null.
//!
//! Which fields there are is in the schema of the type; what stands in those that nobody gave a value for is chosen here,
//! so that the entity is valid.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::EntityType;
use super::types::DEFINITIONS;

/// An instance that there is not, for what nobody gave.
const SOMEWHERE: &str = "b.example";

/// What to make an entity with.
#[derive(Debug, Clone)]
pub struct Composed {
    /// The id, for the types that have one.
    pub id: String,
    /// The time, in RFC 3339.
    pub created_at: String,
    /// Another id, for references that were not given.
    pub random_id: String,
    /// The text of the content, where the type has one: HTML and plain text are made of it.
    pub content: Option<String>,
    /// Values of fields, by the paths at which they stand: names and numbers with dots between them, or JSON pointers.
    pub values: Vec<(String, Value)>,
}

/// Why an entity cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeError {
    /// A value has no place: something on its way is neither an object nor an array that has it.
    NoSuchPlace(String),
    /// The type has no content.
    NoContent(&'static str),
}

impl std::fmt::Display for ComposeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ComposeError::NoSuchPlace(path) => write!(f, "there is no place {path:?} in it"),
            ComposeError::NoContent(name) => write!(f, "{name} has no content"),
        }
    }
}

impl std::error::Error for ComposeError {}

impl ComposeError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ComposeError::NoSuchPlace(_) => {
                "a path is names and numbers with dots between them, such as device.name, or a JSON pointer; an array \
                 takes the number behind its last"
            }
            ComposeError::NoContent(_) => {
                "--content is for notes, users (their bio), groups, reactions and reports"
            }
        }
    }
}

/// Makes an entity of a type, the fields in the order of the documents.
///
/// # Errors
/// When a value has no place.
pub fn compose(kind: &EntityType, with: &Composed) -> Result<Vec<(String, Value)>, ComposeError> {
    let schema = kind.schema();
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    let mut entity = Map::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_left_out = name.starts_with('$') || name == "extensions" || field["type"] == "null";
        if is_left_out {
            continue;
        }
        let is_needed = required.contains(name) || name == "created_at";
        entity.insert(name.clone(), if is_needed { value_for(name, field, with) } else { Value::Null });
    }
    if let Some(text) = &with.content {
        set_content(kind, &mut entity, text)?;
    }
    let mut whole = Value::Object(entity);
    for (path, value) in &with.values {
        put(&mut whole, path, value.clone()).ok_or_else(|| ComposeError::NoSuchPlace(path.clone()))?;
    }
    Ok(in_order(kind, whole))
}

/// Something that is right for a required field.
fn value_for(name: &str, field: &Value, with: &Composed) -> Value {
    if let Some(constant) = field.get("const") {
        return constant.clone();
    }
    let definition = field["$ref"].as_str().and_then(|to| to.strip_prefix("#/$defs/")).unwrap_or_default();
    match (definition, field["type"].as_str().unwrap_or_default()) {
        ("id", _) => with.id.clone().into(),
        ("time", _) => with.created_at.clone().into(),
        ("reference", _) if name == "author" => with.random_id.clone().into(),
        ("reference", _) => format!("{SOMEWHERE}:{}", with.random_id).into(),
        ("domain", _) => SOMEWHERE.into(),
        ("username", _) => "somebody".into(),
        ("version", _) => "1.0.0".into(),
        ("spki", _) => spki(&with.random_id).into(),
        (object, "object") => {
            let inner = &DEFINITIONS[object];
            let required = inner["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            required
                .map(|name| (name.to_owned(), value_for(name, &inner["properties"][name], with)))
                .collect()
        }
        (_, "array") if name == "versions" => json!(["0.6.0"]),
        (_, "array") if name == "reported" => json!([format!("{SOMEWHERE}:{}", with.random_id)]),
        (_, "array") => json!([]),
        (_, "boolean") => false.into(),
        (_, "integer") => 0.into(),
        _ if name == "deleted_type" => "Note".into(),
        _ if name == "content" => "👍".into(),
        _ => SOMEWHERE.into(),
    }
}

/// A key in its form that nobody has the other half of.
fn spki(seed: &str) -> String {
    let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let key = seed.bytes().chain(std::iter::repeat(0)).take(32);
    STANDARD.encode(prefix.into_iter().chain(key).collect::<Vec<_>>())
}

/// A text as HTML and as it is.
pub fn text_forms(text: &str) -> Value {
    let escaped: String = text
        .chars()
        .map(|c| match c {
            '&' => "&amp;".to_owned(),
            '<' => "&lt;".to_owned(),
            '>' => "&gt;".to_owned(),
            '"' => "&quot;".to_owned(),
            '\n' => "<br>".to_owned(),
            c => c.to_string(),
        })
        .collect();
    json!({
        "text/html": { "content": format!("<p>{escaped}</p>"), "remote": false },
        "text/plain": { "content": text, "remote": false },
    })
}

fn set_content(kind: &EntityType, entity: &mut Map<String, Value>, text: &str) -> Result<(), ComposeError> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let (field, value) = match kind.name {
        "Note" => ("content", text_forms(&text)),
        "User" => ("bio", text_forms(&text)),
        "pub.versia:groups/Group" => ("description", text_forms(&text)),
        "pub.versia:reactions/Reaction" => ("content", text.into()),
        "pub.versia:reports/Report" => ("comment", text.into()),
        name => return Err(ComposeError::NoContent(name)),
    };
    entity.insert(field.to_owned(), value);
    Ok(())
}

/// The steps of a path: names and numbers with dots between them, or a JSON pointer.
pub(super) fn tokens(path: &str) -> Vec<String> {
    match path.strip_prefix('/') {
        Some(pointer) => {
            pointer.split('/').map(|token| token.replace("~1", "/").replace("~0", "~")).collect()
        }
        None => path.split('.').map(str::to_owned).collect(),
    }
}

/// Puts a value at its path, and makes the objects on its way.
fn put(whole: &mut Value, path: &str, value: Value) -> Option<()> {
    let tokens = tokens(path);
    let mut place = whole;
    for token in &tokens {
        if place.is_null() {
            *place = Value::Object(Map::new());
        }
        place = match place {
            Value::Object(fields) => fields.entry(token.clone()).or_insert(Value::Null),
            Value::Array(items) => {
                let index: usize = token.parse().ok()?;
                if index == items.len() {
                    items.push(Value::Null);
                }
                items.get_mut(index)?
            }
            _ => return None,
        };
    }
    *place = value;
    (!tokens.iter().any(String::is_empty)).then_some(())
}

/// The fields in the order in which the schema's file has them, others behind.
fn in_order(kind: &EntityType, whole: Value) -> Vec<(String, Value)> {
    let place = |name: &str| kind.source.find(&format!("\n    \"{name}\": {{")).unwrap_or(usize::MAX);
    let Value::Object(fields) = whole else { return Vec::new() };
    let mut fields: Vec<_> = fields.into_iter().collect();
    fields.sort_by_key(|(name, _)| place(name));
    fields
}
