//! The schemas: as they are printed, and as they are run.
//!
//! A schema is JSON Schema 2020-12, with a few words of its own that other validators pass over:
//!
//! | word | what it says |
//! |---|---|
//! | `x-code` | the code of what breaks a rule that stands beside it |
//! | `x-page` | the page of the documents with the rule |
//! | `x-should` | schemas that a document should fit as well; what breaks them has a code of its own, mostly a warning |
//! | `x-unknown-fields` | the code for fields that are not among the properties |
//! | `x-check` | a function by its name, for what a schema cannot say |
//! | `x-entity` | an entity, which has to fit the schema of its own type |

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::checks::Check;
use super::types::{DEFINITIONS, DEFINITIONS_SOURCE, EntityType};

/// A schema that is ready to be run.
#[derive(Debug)]
pub(super) struct Rules {
    /// The schema as it is run, in which the places of rules are looked up.
    pub(super) schema: Value,
    pub(super) validator: Validator,
}

pub(super) fn parse_definitions(source: &str) -> Value {
    serde_json::from_str(source).expect("the definitions are part of the program, and tests read them")
}

impl EntityType {
    /// The schema as it stands in its file, without the definitions.
    pub(super) fn schema(&self) -> &Value {
        self.schema.get_or_init(|| parse_definitions(self.source))
    }

    /// The schema with all the definitions that it refers to: complete in itself.
    pub fn complete_schema(&self) -> Value {
        complete(self.schema(), &DEFINITIONS)
    }

    /// The same as text, laid out as in its file.
    pub fn schema_text(&self) -> String {
        let texts: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(DEFINITIONS_SOURCE).unwrap_or_default();
        let complete = self.complete_schema();
        let needed = complete.get("$defs").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let definitions: Vec<_> = needed
            .filter_map(|name| {
                Some(format!("    \"{name}\": {}", texts.get(name)?.get().replace('\n', "\n  ")))
            })
            .collect();
        let own = self.source.trim_end().trim_end_matches('}').trim_end();
        format!("{own},\n  \"$defs\": {{\n{}\n  }}\n}}\n", definitions.join(",\n"))
    }

    pub(super) fn rules(&self) -> &Rules {
        self.rules.get_or_init(|| Rules::of(&self.complete_schema()))
    }
}

/// A schema with the definitions that it needs.
pub(super) fn complete(schema: &Value, definitions: &Value) -> Value {
    let mut needed = BTreeSet::new();
    let mut waiting = vec![schema];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(fields) => {
                let name =
                    fields.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix("#/$defs/"));
                if let Some(name) = name.filter(|name| needed.insert((*name).to_owned())) {
                    waiting.extend(definitions.get(name));
                }
                waiting.extend(fields.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    let chosen: Map<_, _> = needed
        .into_iter()
        .map(|name| (name.clone(), definitions.get(&name).cloned().unwrap_or_default()))
        .collect();
    let mut complete = schema.clone();
    if let Some(fields) = complete.as_object_mut().filter(|_| !chosen.is_empty()) {
        fields.insert("$defs".to_owned(), Value::Object(chosen));
    }
    complete
}

impl Rules {
    /// The rules of a complete schema.
    pub(super) fn of(schema: &Value) -> Rules {
        let mut schema = schema.clone();
        make_runnable(&mut schema);
        let validator = jsonschema::options()
            .with_keyword("x-check", |_, value, _| {
                let check =
                    Check::named(value).ok_or_else(|| ValidationError::custom("there is no such check"))?;
                Ok(Box::new(CheckKeyword(check)))
            })
            .build(&schema)
            .expect("the schemas are part of the program, and tests build all of them");
        Rules { schema, validator }
    }
}

/// Makes rules of the words that the library does not know.
fn make_runnable(schema: &mut Value) {
    let fields = match schema {
        Value::Object(fields) => fields,
        Value::Array(items) => return items.iter_mut().for_each(make_runnable),
        _ => return,
    };
    let mut added = match fields.remove("x-should") {
        Some(Value::Array(rules)) => rules,
        _ => Vec::new(),
    };
    if let Some(code) = fields.remove("x-unknown-fields") {
        let known: Vec<_> =
            fields.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys).collect();
        added.push(json!({ "propertyNames": { "enum": known, "x-code": code } }));
    }
    if !added.is_empty()
        && let Value::Array(all) = fields.entry("allOf").or_insert_with(|| Value::Array(Vec::new()))
    {
        all.append(&mut added);
    }
    fields.values_mut().for_each(make_runnable);
}

/// A check as the library runs it.
struct CheckKeyword(Check);

impl<'i> Keyword<'i> for CheckKeyword {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        match self.0.run(instance) {
            Ok(()) => Ok(()),
            Err(found) => Err(ValidationError::custom(found)),
        }
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        self.0.run(instance).is_ok()
    }
}
