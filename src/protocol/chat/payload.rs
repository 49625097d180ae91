//! What a frame carries, as it was written.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::FrameError;

/// The JSON that a frame carries, as it was written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(Box<RawValue>);

impl PartialEq for Payload {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Payload {
    /// The JSON of a value. One that JSON cannot hold, which none of this protocol's is, gives `null`.
    pub fn of(value: &impl Serialize) -> Self {
        Payload(serde_json::value::to_raw_value(value).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }

    /// A JSON text, such as one that was kept.
    ///
    /// # Errors
    /// When it is not JSON.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Payload)
    }

    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Whether it is `{}` or `null`, which mean no more than no payload.
    pub fn is_empty(&self) -> bool {
        let text = self.text();
        let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        text == "null" || inside.is_some_and(|inside| inside.trim().is_empty())
    }

    /// Reads what the frame carries as a `T`.
    ///
    /// # Errors
    /// When it is something else; `of` is what is said to have been expected.
    pub fn read<'a, T: Deserialize<'a>>(&'a self, of: &str) -> Result<T, FrameError> {
        serde_json::from_str(self.text()).map_err(|error: serde_json::Error| {
            let why = error.to_string();
            // The place is one within the payload, and would be looked for in the frame.
            let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why).to_owned();
            FrameError::BadPayload { of: of.to_owned(), why }
        })
    }
}
