//! Entities of this instance as text: on one line, the fields in the documents' order.

use serde_json::{Value, json};

/// An entity of these fields.
pub(super) fn write(fields: &[(String, Value)]) -> String {
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
    format!("{{{}}}", fields.join(","))
}
