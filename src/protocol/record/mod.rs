//! The record: one line of JSON for everything that passes on a wire.
//!
//! Only the parts that apply are present. Bytes are kept exactly: text as a string, anything else, and what would be longer
//! as a string, as `{"base64": "…"}`. A record whose `request` has no `headers` at all knows only which request was answered.

mod hidden;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

pub use hidden::{
    HIDDEN, has_secrets, hide_in_head, hide_secrets, is_secret_header, shown_target, without_secrets,
};

use super::versia::Checked;
use crate::entity::parse_instant;

/// The version of the record's shape.
pub const VERSION: u8 = 1;

/// Up to this length a text stays a text, whatever it has, in bytes.
const SHORT: usize = 1_024;

/// Bytes as they were on the wire.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes as text, where they are UTF-8.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The text that stands for them in JSON. A text of control characters would grow to six times its length there.
    fn as_written(&self) -> Option<&str> {
        let is_long = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\t' | b'\n' | b'\r');
        let is_longer = self.0.len() >= SHORT && self.0.iter().filter(is_long).count() > self.0.len() / 15;
        self.as_text().filter(|_| !is_longer)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Bytes(text.into_bytes())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_written() {
            Some(text) => serializer.serialize_str(text),
            None => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("base64", &STANDARD.encode(&self.0))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BytesVisitor;

        impl<'de> Visitor<'de> for BytesVisitor {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or {\"base64\": \"…\"}")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
                Ok(text.into())
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Bytes, E> {
                Ok(text.into())
            }

            fn visit_unit<E: de::Error>(self) -> Result<Bytes, E> {
                Ok(Bytes::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bytes, A::Error> {
                let text = match map.next_entry::<String, String>()? {
                    Some((key, text)) if key == "base64" => text,
                    _ => return Err(de::Error::custom("expected {\"base64\": \"…\"}")),
                };
                STANDARD.decode(text).map(Bytes).map_err(|_| de::Error::custom("the base64 is damaged"))
            }
        }

        deserializer.deserialize_any(BytesVisitor)
    }
}

/// How it travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// An HTTP exchange.
    #[default]
    Http,
    /// A WebSocket frame.
    Ws,
}

impl Transport {
    /// The word that records have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Http => "http",
            Transport::Ws => "ws",
        }
    }
}

/// Which way it went, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// It came in.
    In,
    /// It went out.
    Out,
}

impl Direction {
    /// The word that records have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Direction::In => "in",
            Direction::Out => "out",
        }
    }
}

/// Which protocol's messages they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Versia, over HTTP or as its WebSocket extension.
    #[default]
    Versia,
    /// wsify pub/sub.
    Wsify,
    /// RoadRunner topics.
    Roadrunner,
    /// The request/response/event/ack chat.
    Chat,
    /// Frames of any meaning.
    Raw,
}

impl Protocol {
    /// The word that records have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Versia => "versia",
            Protocol::Wsify => "wsify",
            Protocol::Roadrunner => "roadrunner",
            Protocol::Chat => "chat",
            Protocol::Raw => "raw",
        }
    }
}

/// Header names and values, in their order and case.
pub type Headers = Vec<(String, Bytes)>;

fn header<'a>(headers: &'a [(String, Bytes)], name: &str) -> Option<&'a str> {
    let mut values = headers.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name));
    values.find_map(|(_, value)| value.as_text()).map(str::trim)
}

/// How long each stage took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Timings {
    /// Resolving the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<f64>,
    /// Connecting over TCP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<f64>,
    /// The TLS handshake.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<f64>,
    /// From the request's last byte to the response's first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<f64>,
    /// From the start to the response's last byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
}

/// What was found out about a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordVerdict {
    /// The verdict's word.
    pub signature: String,
    /// The codes of the findings.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The signer, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// The fingerprint of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl From<&Checked> for RecordVerdict {
    fn from(checked: &Checked) -> Self {
        let verification = &checked.verification;
        RecordVerdict {
            signature: verification.verdict.as_str().to_owned(),
            codes: checked.codes().map(str::to_owned).collect(),
            signed_by: verification.signed_by.clone(),
            key: verification.key.clone(),
        }
    }
}

/// Shows headers without the values that are secrets.
struct MaskedHeaders<'a>(&'a Headers);

impl fmt::Debug for MaskedHeaders<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        hide_secrets(&mut shown, |_| false);
        shown.fmt(f)
    }
}

/// An HTTP request. Its `Debug` hides the values of headers that are secrets.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Request {
    /// The method as written.
    pub method: String,
    /// The target as written on the wire.
    pub target: String,
    /// The headers; absent when only the method and target of the request are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
    /// The body.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub body: Bytes,
    /// Whether the body is not whole: a limit cut it, or the source does not show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What was found out about its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RecordVerdict>,
}

impl Request {
    /// The first value of a header that is text, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(self.headers.as_deref().unwrap_or_default(), name)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("target", &without_secrets(&self.target))
            .field("headers", &self.headers.as_ref().map(MaskedHeaders))
            .field("body", &self.body)
            .field("truncated", &self.truncated)
            .field("verdict", &self.verdict)
            .finish()
    }
}

/// An HTTP response. Its `Debug` hides the values of headers that are secrets.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    #[serde(default)]
    pub headers: Headers,
    /// The body.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub body: Bytes,
    /// Whether the body is not whole: a limit cut it, or the source does not show it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What was found out about its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RecordVerdict>,
}

impl Response {
    /// The first value of a header that is text, by its name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &MaskedHeaders(&self.headers))
            .field("body", &self.body)
            .field("truncated", &self.truncated)
            .field("verdict", &self.verdict)
            .finish()
    }
}

/// How a WebSocket connection was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Close {
    /// The close code.
    pub code: u16,
    /// The reason given.
    #[serde(default)]
    pub reason: String,
}

/// A WebSocket message or control frame.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Frame {
    /// `text`, `binary`, `ping`, `pong` or `close`.
    pub opcode: String,
    /// The payload.
    #[serde(default, skip_serializing_if = "Bytes::is_empty")]
    pub data: Bytes,
    /// The code and reason of a close frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Close>,
    /// What was found out about its signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RecordVerdict>,
}

/// Why there is no answer, or no more of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordError {
    /// The code of the finding, such as `VN102`, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What happened, in a sentence.
    pub message: String,
}

/// One thing that passed on a wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The version of this shape: [`VERSION`].
    pub v: u8,
    /// A name for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// When it happened: RFC 3339, UTC, with milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// How it travelled.
    #[serde(default)]
    pub transport: Transport,
    /// Which way it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The other side's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// Which protocol's message it is.
    #[serde(default)]
    pub protocol: Protocol,
    /// The WebSocket session it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Its place in the session, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// The record of the first attempt, for a retry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_of: Option<String>,
    /// The HTTP version: `1.1` or `2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<String>,
    /// The TLS version, such as `1.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// How long each stage took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timings: Option<Timings>,
    /// Whether something of the record is not whole; a request and a response say it of their own bodies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The HTTP request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// The HTTP response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// The WebSocket frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
    /// What could not be parsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<Bytes>,
    /// Why there is no answer, or no more of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RecordError>,
}

impl Default for Record {
    fn default() -> Self {
        Record {
            v: VERSION,
            id: None,
            at: None,
            transport: Transport::default(),
            direction: None,
            peer: None,
            protocol: Protocol::default(),
            session: None,
            seq: None,
            attempt_of: None,
            http: None,
            tls: None,
            timings: None,
            truncated: false,
            request: None,
            response: None,
            frame: None,
            malformed: None,
            error: None,
        }
    }
}

impl Record {
    /// How many bytes its bodies, its payload and what could not be parsed have.
    pub fn payload_length(&self) -> usize {
        let request = self.request.as_ref().map_or(0, |request| request.body.0.len());
        let response = self.response.as_ref().map_or(0, |response| response.body.0.len());
        let malformed = self.malformed.as_ref().map_or(0, |bytes| bytes.0.len());
        request + response + malformed + self.frame.as_ref().map_or(0, |frame| frame.data.0.len())
    }

    /// When it happened, in whole Unix seconds; `None` when the record does not say.
    ///
    /// # Errors
    /// Gives the text that is not a time.
    pub fn at_seconds(&self) -> Result<Option<i64>, &str> {
        match &self.at {
            None => Ok(None),
            Some(text) => parse_instant(text).map(Some).ok_or(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_text_travel_as_base64() {
        let record = Record {
            request: Some(Request {
                method: "POST".into(),
                target: "/é".into(),
                headers: Some(vec![("X-Odd".into(), Bytes(vec![0xff]))]),
                body: Bytes(vec![0, 0xfe]),
                truncated: false,
                verdict: None,
            }),
            ..Record::default()
        };
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(
            text,
            r#"{"v":1,"transport":"http","protocol":"versia","request":{"method":"POST","target":"/é","headers":[["X-Odd",{"base64":"/w=="}]],"body":{"base64":"AP4="}}}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }

    #[test]
    fn bytes_are_written_in_the_shorter_form_and_read_as_they_were() {
        for (byte, most) in [(0, 14_000), (b'\n', 21_000), (b'a', 11_000), (0xff, 14_000)] {
            let bytes = Bytes(vec![byte; 10_000]);
            let text = serde_json::to_string(&bytes).unwrap();
            assert!(text.len() < most, "{byte}: {}", text.len());
            assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap(), bytes);
        }
        assert_eq!(serde_json::to_string(&Bytes::from("\0")).unwrap(), r#""\u0000""#);
    }

    #[test]
    fn secret_headers_do_not_show_themselves() {
        let text = r#"{"v":1,"request":{"method":"GET","target":"/","headers":[["authorization","Bearer hush"],["Accept","x"]]},
                       "response":{"status":200,"headers":[["Set-Cookie","hush"]]}}"#;
        let shown = format!("{:?}", serde_json::from_str::<Record>(text).unwrap());
        assert!(
            !shown.contains("hush") && shown.contains("authorization") && shown.contains("\"x\""),
            "{shown}"
        );
    }

    #[test]
    fn a_record_may_know_only_which_request_was_answered() {
        let text = r#"{"v":1,"request":{"method":"GET","target":"/x"},"response":{"status":200}}"#;
        let record: Record = serde_json::from_str(text).unwrap();
        assert_eq!(record.request.unwrap().headers, None);
    }
}
