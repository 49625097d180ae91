//! The message of the WebSocket extension: one JSON object with a signature and the entity as a string.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::signing::Signed;

/// A message of the WebSocket extension, in the draft's field order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// What `Versia-Signature` would carry.
    pub signature: String,
    /// What `Versia-Signed-At` would carry.
    pub signed_at: String,
    /// What `Versia-Signed-By` would carry: a domain, or in the draft's age a user's URI or `instance <host>`.
    pub signed_by: String,
    /// The body: JSON as a string.
    pub entity: String,
}

/// Why a text is not a message of the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageError {
    /// It is not a JSON object.
    NotAnObject(String),
    /// Something else is wrong with it, such as a field that is there twice.
    Malformed(String),
    /// A required field is not there.
    MissingField(&'static str),
    /// A field is not a string.
    NotAString {
        /// The field.
        field: &'static str,
        /// What it is instead.
        found: &'static str,
    },
}

impl std::fmt::Display for MessageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            MessageError::NotAnObject(why) => write!(f, "the message is not a JSON object: {why}"),
            MessageError::Malformed(why) => write!(f, "the message is malformed: {why}"),
            MessageError::MissingField(field) => write!(f, "the message has no `{field}`"),
            MessageError::NotAString { field: "entity", found: "an object" } => {
                f.write_str("`entity` is an object; it has to be a string that holds the entity's JSON")
            }
            MessageError::NotAString { field, found } => {
                write!(f, "`{field}` is {found}; it has to be a string")
            }
        }
    }
}

impl std::error::Error for MessageError {}

impl Message {
    /// The message that carries `entity` under a signature made for it.
    pub fn new(signed: Signed, entity: String) -> Self {
        Message {
            signature: signed.signature,
            signed_at: signed.signed_at,
            signed_by: signed.signed_by,
            entity,
        }
    }

    /// The text of the frame.
    pub fn write(&self) -> String {
        // Four strings: nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether a JSON value is meant as such a message.
    pub fn looks_like(value: &Value) -> bool {
        value.get("entity").is_some()
            && (value.get("signature").is_some() || value.get("signed_by").is_some())
    }

    /// Reads a message from the bytes of a frame.
    ///
    /// # Errors
    /// Says which field is missing or of the wrong kind.
    pub fn read(bytes: &[u8]) -> Result<Self, MessageError> {
        // The fast road takes what is right; the slow one only finds out what is wrong.
        let refusal = match serde_json::from_slice(bytes) {
            Ok(message) => return Ok(message),
            Err(error) => error,
        };
        let value: Value = serde_json::from_slice(bytes).map_err(|error| {
            MessageError::NotAnObject(format!("line {}, column {}", error.line(), error.column()))
        })?;
        let object =
            value.as_object().ok_or_else(|| MessageError::NotAnObject(format!("it is {}", kind(&value))))?;
        let field = |field: &'static str| match object.get(field) {
            None => Err(MessageError::MissingField(field)),
            Some(Value::String(_)) => Ok(()),
            Some(other) => Err(MessageError::NotAString { field, found: kind(other) }),
        };
        ["signature", "signed_at", "signed_by", "entity"].into_iter().try_for_each(field)?;
        Err(MessageError::Malformed(refusal.to_string()))
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_message_is_said() {
        for (text, says) in [
            ("{\"signature\":\"a\",\"signed_at\":\"1\",\"signed_by\":\"b\"}", "no `entity`"),
            (
                "{\"signature\":\"a\",\"signed_at\":1,\"signed_by\":\"b\",\"entity\":\"\"}",
                "`signed_at` is a number",
            ),
            (
                "{\"signature\":\"a\",\"signed_at\":\"1\",\"signed_by\":\"b\",\"entity\":{}}",
                "`entity` is an object",
            ),
            (
                "{\"signature\":\"a\",\"signed_at\":\"1\",\"signed_by\":\"b\",\"entity\":\"x\",\"entity\":\"y\"}",
                "duplicate field `entity`",
            ),
            ("[]", "it is a list"),
            ("{\"signature\":", "column"),
            ("", "column 0"),
        ] {
            let error = Message::read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
