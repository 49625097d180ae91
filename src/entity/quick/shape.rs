//! The shape of a type as the recogniser has it, made from the type's schema.
//!
//! What is not understood here becomes [`Kind::Unsure`], so that a rule that is added to a schema can make the
//! recogniser unsure, and never wrong.

use serde_json::{Map, Value};

/// What a field holds.
#[derive(Debug)]
pub(super) enum Kind {
    /// Anything but null, about which nothing is said here.
    Unsure,
    /// One of these strings, with their quotation marks.
    OneOf(Vec<String>),
    Name,
    Time,
    Reference,
    Boolean,
    Text,
    Unsigned,
    Decimal,
    Address,
    Domain,
    PublicKey,
    Version,
    Sha256,
    Content(Use),
    Array(Box<Kind>),
    Object(Shape),
    /// Extensions by their names; others are for the slow road.
    Extensions(Vec<(String, Kind)>),
    Entity,
}

/// What a ContentFormat is used for.
#[derive(Debug)]
pub(super) struct Use {
    /// Whether it has to be text, with HTML among its forms.
    pub(super) is_text: bool,
    /// How all keys begin, such as `image/`.
    pub(super) prefix: &'static [u8],
    /// Whether all of it has to be elsewhere, or here.
    pub(super) remote: Option<bool>,
    pub(super) representation: Shape,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Whether it may be null.
    pub(super) nullable: bool,
}

/// The fields of an object. At most 32.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) fields: Vec<Field>,
    /// The fields that a document has about which there is nothing to say, one bit each.
    pub(super) expected: u32,
    /// Where each field is found.
    slots: Slots,
}

/// How many places there are for the names of one object's fields.
const PLACES: usize = 128;

/// No field.
const NOBODY: u8 = u8::MAX;

/// A table in which every name has a place of its own.
#[derive(Debug)]
struct Slots {
    factor: usize,
    fields: [u8; PLACES],
}

impl Slots {
    /// The first table in which no two names meet; `None` when there is none.
    fn of(fields: &[Field]) -> Option<Slots> {
        (1..4_000).step_by(2).find_map(|factor| {
            let mut slots = Slots { factor, fields: [NOBODY; PLACES] };
            for (index, field) in (0..).zip(fields) {
                let place = &mut slots.fields[place(field.name.as_bytes(), factor)];
                if *place != NOBODY {
                    return None;
                }
                *place = index;
            }
            Some(slots)
        })
    }
}

fn place(name: &[u8], factor: usize) -> usize {
    let at = |index: usize| usize::from(name.get(index).copied().unwrap_or_default());
    let mixed = at(0) + 31 * at(name.len() / 2) + 331 * at(name.len().wrapping_sub(1)) + 2_711 * name.len();
    (mixed.wrapping_mul(factor) >> 4) % PLACES
}

/// What may stand in the schema of an object without a rule that is not told here.
const UNDERSTOOD: &[&str] = &[
    "$schema",
    "title",
    "description",
    "type",
    "required",
    "properties",
    "x-code",
    "x-page",
    "x-unknown-fields",
    "x-should",
];

impl Shape {
    /// The shape that an object's schema describes; `None` when it says more than a shape can.
    pub(super) fn of(schema: &Value, definitions: &Value) -> Option<Shape> {
        let schema = schema.as_object()?;
        if !schema.keys().all(|keyword| UNDERSTOOD.contains(&keyword.as_str())) {
            return None;
        }
        Shape::of_fields(schema, definitions)
    }

    fn of_fields(schema: &Map<String, Value>, definitions: &Value) -> Option<Shape> {
        let properties = schema.get("properties")?.as_object()?;
        let mut fields: Vec<_> =
            properties.iter().map(|(name, schema)| field(name, schema, definitions)).collect();
        // A key that breaks the rule for keys always has something to say about it.
        fields.retain(|field| !field.name.starts_with('$'));
        let mut expected = 0;
        let should = schema.get("x-should").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for rule in should.iter().filter_map(Value::as_object).chain([schema]) {
            for name in rule.get("required").and_then(Value::as_array).into_iter().flatten() {
                expected |= 1 << fields.iter().position(|field| *name == field.name)?;
            }
        }
        let only_required = |rule: &Value| {
            rule.as_object().is_some_and(|rule| {
                rule.keys().all(|it| ["required", "x-code", "x-page"].contains(&it.as_str()))
            })
        };
        if fields.len() > 32 || !should.iter().all(only_required) {
            return None;
        }
        Some(Shape { slots: Slots::of(&fields)?, fields, expected })
    }

    /// The field of this name, by its number.
    pub(super) fn find(&self, name: &[u8]) -> Option<usize> {
        let index = usize::from(self.slots.fields[place(name, self.slots.factor)]);
        (self.fields.get(index)?.name.as_bytes() == name).then_some(index)
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

fn field(name: &str, schema: &Value, definitions: &Value) -> Field {
    let types = schema.get("type").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let nullable = types.iter().any(|it| it == "null");
    Field { name: name.to_owned(), kind: kind(schema, definitions), nullable }
}

fn kind(schema: &Value, definitions: &Value) -> Kind {
    let Some(schema) = schema.as_object() else { return Kind::Unsure };
    let has_only = |keywords: &[&str]| schema.keys().all(|keyword| keywords.contains(&keyword.as_str()));
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).filter(|_| has_only(&["type", "$ref"])) {
        return defined(name.trim_start_matches("#/$defs/"), definitions);
    }
    if let Some(value) = schema.get("const").and_then(Value::as_str) {
        return if has_only(&["type", "const"]) { Kind::OneOf(vec![quoted(value)]) } else { Kind::Unsure };
    }
    if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(|_| has_only(&["type", "enum"]))
    {
        return Kind::OneOf(values.iter().filter_map(Value::as_str).map(quoted).collect());
    }
    let is_type = |wanted: &str| match schema.get("type") {
        Some(Value::Array(types)) => types.len() == 2 && types[0] == wanted && types[1] == "null",
        Some(only) => only == wanted,
        None => false,
    };
    if is_type("array")
        && has_only(&["type", "items"])
        && let Some(items) = schema.get("items")
    {
        let is_nullable = items.get("type").is_some_and(Value::is_array);
        return if is_nullable { Kind::Unsure } else { Kind::Array(Box::new(kind(items, definitions))) };
    }
    let from_zero = schema.get("minimum").is_some_and(|minimum| minimum == 0);
    match () {
        () if is_type("string") && has_only(&["type"]) => Kind::Text,
        () if is_type("boolean") && has_only(&["type"]) => Kind::Boolean,
        () if is_type("integer") && from_zero && has_only(&["type", "minimum"]) => Kind::Unsigned,
        () if is_type("number") && from_zero && has_only(&["type", "minimum"]) => Kind::Decimal,
        () if is_type("object") && has_only(&["type", "x-entity"]) && schema.contains_key("x-entity") => {
            Kind::Entity
        }
        () => Kind::Unsure,
    }
}

/// What a definition stands for.
fn defined(name: &str, definitions: &Value) -> Kind {
    let content = |is_text, prefix: &'static str, remote| {
        let schema = definitions.get("representation").and_then(Value::as_object);
        let shape = schema.and_then(|schema| Shape::of_fields(schema, definitions));
        shape.map_or(Kind::Unsure, |representation| {
            Kind::Content(Use { is_text, prefix: prefix.as_bytes(), remote, representation })
        })
    };
    match name {
        "id" | "username" => Kind::Name,
        "time" => Kind::Time,
        "reference" | "audience" => Kind::Reference,
        "url" => Kind::Address,
        "domain" => Kind::Domain,
        "spki" => Kind::PublicKey,
        "version" => Kind::Version,
        "sha256" => Kind::Sha256,
        "text_content" => content(true, "text/", None),
        "text_content_here" => content(true, "text/", Some(false)),
        "image_content" => content(false, "image/", None),
        "audio_content" => content(false, "audio/", None),
        "attachment" => content(false, "", Some(true)),
        "extensions" => {
            let known = definitions.pointer("/extensions/properties").and_then(Value::as_object);
            let known =
                known.into_iter().flatten().map(|(name, schema)| (quoted(name), kind(schema, definitions)));
            Kind::Extensions(known.filter(|(_, kind)| !matches!(kind, Kind::Unsure)).collect())
        }
        _ => definitions
            .get(name)
            .and_then(|schema| Shape::of(schema, definitions))
            .map_or(Kind::Unsure, Kind::Object),
    }
}
