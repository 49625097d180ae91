//! The envelope of a frame: its fields as they were read, and as they are written.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::error::{FrameError, Unreadable};
use super::payload::Payload;

/// All fields that a frame may have, each as it was written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fields<'a> {
    #[serde(rename = "type", borrow)]
    pub(super) kind: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) payload_type: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) event_type: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) event: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) payload: Option<&'a RawValue>,
}

/// A frame as it is written; fields that it does not have are left out.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Written<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) timestamp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<WrittenId<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<&'a Payload>,
}

#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum WrittenId<'a> {
    Text(Cow<'a, str>),
    Number(u64),
}

impl<'a> Fields<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, FrameError> {
        // A list would be taken for the fields in their order.
        if !text.trim_ascii_start().starts_with('{') {
            return Err(FrameError::NotAnObject("it does not begin with `{`".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| FrameError::NotAnObject(error.to_string()))
    }

    pub(super) fn kind(&self) -> Result<Cow<'a, str>, FrameError> {
        text("type", self.kind)?.ok_or(FrameError::Missing("type"))
    }

    pub(super) fn timestamp(&self) -> Result<Option<u64>, FrameError> {
        let error = FrameError::WrongKind { field: "timestamp", wanted: "a number of Unix milliseconds" };
        self.timestamp.map(|raw| serde_json::from_str(raw.get()).map_err(|_| error)).transpose()
    }

    pub(super) fn text_id(&self) -> Result<Option<String>, FrameError> {
        text("id", self.id).map(|id| id.map(Cow::into_owned))
    }

    pub(super) fn payload_type(&self) -> Result<Option<Cow<'a, str>>, FrameError> {
        text("payloadType", self.payload_type)
    }

    pub(super) fn event_type(&self) -> Result<Option<Cow<'a, str>>, FrameError> {
        text("eventType", self.event_type)
    }

    pub(super) fn payload(&self) -> Option<Payload> {
        self.payload.map(|raw| Payload::of(&raw))
    }

    pub(super) fn unreadable(&self, error: FrameError) -> Unreadable {
        Unreadable { id: self.text_id().ok().flatten(), error }
    }
}

/// A field that has to be a string.
pub(super) fn text<'a>(
    field: &'static str,
    raw: Option<&'a RawValue>,
) -> Result<Option<Cow<'a, str>>, FrameError> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    let read = |raw: &'a RawValue| serde_json::from_str::<Text<'a>>(raw.get());
    let found = raw.map(read).transpose().map_err(|_| FrameError::WrongKind { field, wanted: "a string" })?;
    Ok(found.map(|Text(text)| text))
}

impl Written<'_> {
    pub(super) fn text(&self) -> String {
        // Strings, numbers and JSON that was read: nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }
}
