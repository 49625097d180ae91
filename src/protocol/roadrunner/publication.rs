//! What is published by RPC, in both versions' messages, as protocol buffers and as Go's JSON of them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Wire;
use super::goridge::Codec;

/// A payload for the subscribers of topics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Publication {
    /// The broker's name; only the wire of 2.3.0 has one.
    pub broker: Option<String>,
    /// The topics.
    pub topics: Vec<String>,
    /// The payload.
    pub payload: Vec<u8>,
}

/// Why a body cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyError {
    /// It is damaged, or another message.
    Malformed(Codec, String),
    /// The codec is not spoken here.
    Unspoken(Codec),
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BodyError::Malformed(codec, why) => {
                write!(f, "the body cannot be read as {}: {why}", codec.as_str())
            }
            BodyError::Unspoken(codec) => {
                write!(f, "the body is {}; protobuf and json are spoken here", codec.as_str())
            }
        }
    }
}

impl std::error::Error for BodyError {}

/// A message of 2.3.0.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct NamedBrokerMessage {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    command: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    broker: String,
    #[prost(string, repeated, tag = "3")]
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_nothing")]
    topics: Vec<String>,
    #[prost(bytes = "vec", tag = "4")]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "to_base64",
        deserialize_with = "from_base64"
    )]
    payload: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct NamedBrokerRequest {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_nothing")]
    messages: Vec<NamedBrokerMessage>,
}

/// A message of 2.3.1 and later.
#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct BrokerlessMessage {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    command: String,
    #[prost(string, repeated, tag = "2")]
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_nothing")]
    topics: Vec<String>,
    #[prost(bytes = "vec", tag = "3")]
    #[serde(
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "to_base64",
        deserialize_with = "from_base64"
    )]
    payload: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct BrokerlessRequest {
    #[prost(message, repeated, tag = "1")]
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "or_nothing")]
    messages: Vec<BrokerlessMessage>,
}

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
#[serde(default)]
struct Response {
    #[prost(bool, tag = "1")]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    ok: bool,
}

/// What a request asks to publish.
///
/// # Errors
/// When the body cannot be read.
pub fn read_request(wire: Wire, codec: Codec, body: &[u8]) -> Result<Vec<Publication>, BodyError> {
    match wire {
        Wire::V2_3_0 => {
            let request: NamedBrokerRequest = decode(codec, body)?;
            Ok(request.messages.into_iter().map(Into::into).collect())
        }
        Wire::V2_3_1 => {
            let request: BrokerlessRequest = decode(codec, body)?;
            Ok(request.messages.into_iter().map(Into::into).collect())
        }
    }
}

/// The body of a request.
///
/// # Errors
/// When the codec is not spoken here.
pub fn write_request(wire: Wire, codec: Codec, published: &[Publication]) -> Result<Vec<u8>, BodyError> {
    let published = published.iter().cloned();
    match wire {
        Wire::V2_3_0 => encode(codec, &NamedBrokerRequest { messages: published.map(Into::into).collect() }),
        Wire::V2_3_1 => encode(codec, &BrokerlessRequest { messages: published.map(Into::into).collect() }),
    }
}

/// Whether a response says that it was done.
///
/// # Errors
/// When the body cannot be read.
pub fn read_response(codec: Codec, body: &[u8]) -> Result<bool, BodyError> {
    decode::<Response>(codec, body).map(|response| response.ok)
}

/// The body of a response.
///
/// # Errors
/// When the codec is not spoken here.
pub fn write_response(codec: Codec, ok: bool) -> Result<Vec<u8>, BodyError> {
    encode(codec, &Response { ok })
}

impl From<NamedBrokerMessage> for Publication {
    fn from(message: NamedBrokerMessage) -> Self {
        let broker = Some(message.broker).filter(|broker| !broker.is_empty());
        Publication { broker, topics: message.topics, payload: message.payload }
    }
}

impl From<Publication> for NamedBrokerMessage {
    fn from(published: Publication) -> Self {
        let Publication { broker, topics, payload } = published;
        NamedBrokerMessage { command: String::new(), broker: broker.unwrap_or_default(), topics, payload }
    }
}

impl From<BrokerlessMessage> for Publication {
    fn from(message: BrokerlessMessage) -> Self {
        Publication { broker: None, topics: message.topics, payload: message.payload }
    }
}

impl From<Publication> for BrokerlessMessage {
    fn from(published: Publication) -> Self {
        let Publication { topics, payload, .. } = published;
        BrokerlessMessage { command: String::new(), topics, payload }
    }
}

fn decode<T>(codec: Codec, body: &[u8]) -> Result<T, BodyError>
where
    T: prost::Message + Default + for<'de> Deserialize<'de>,
{
    let malformed = |why: String| BodyError::Malformed(codec, why);
    match codec {
        Codec::Protobuf => T::decode(body).map_err(|error| malformed(error.to_string())),
        Codec::Json => serde_json::from_slice(body).map_err(|error| malformed(error.to_string())),
        Codec::Raw | Codec::Msgpack | Codec::Gob => Err(BodyError::Unspoken(codec)),
    }
}

fn encode(codec: Codec, message: &(impl prost::Message + Serialize)) -> Result<Vec<u8>, BodyError> {
    match codec {
        Codec::Protobuf => Ok(message.encode_to_vec()),
        Codec::Json => {
            serde_json::to_vec(message).map_err(|error| BodyError::Malformed(codec, error.to_string()))
        }
        Codec::Raw | Codec::Msgpack | Codec::Gob => Err(BodyError::Unspoken(codec)),
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    STANDARD.decode(text).map_err(|_| serde::de::Error::custom("the payload is not base64"))
}

/// Go writes a list that is not there as null.
fn or_nothing<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Publication {
        Publication {
            broker: Some("memory".into()),
            topics: vec!["foo".into(), "é".into()],
            payload: vec![0, 255],
        }
    }

    #[test]
    fn what_is_published_comes_back_by_both_codecs_and_only_one_wire_has_brokers() {
        let without_broker = Publication { broker: None, ..published() };
        for codec in [Codec::Protobuf, Codec::Json] {
            let body = write_request(Wire::V2_3_0, codec, &[published(), published()]).unwrap();
            assert_eq!(read_request(Wire::V2_3_0, codec, &body), Ok(vec![published(), published()]));
            let body = write_request(Wire::V2_3_1, codec, &[published()]).unwrap();
            assert_eq!(read_request(Wire::V2_3_1, codec, &body), Ok(vec![without_broker.clone()]));
            assert_eq!(
                read_request(Wire::V2_3_1, codec, &write_request(Wire::V2_3_1, codec, &[]).unwrap()),
                Ok(vec![])
            );
        }
    }

    #[test]
    fn the_json_is_that_of_gos_own_encoder() {
        let text = |wire, published: &[Publication]| {
            String::from_utf8(write_request(wire, Codec::Json, published).unwrap()).unwrap()
        };
        assert_eq!(
            text(Wire::V2_3_0, &[published()]),
            r#"{"messages":[{"broker":"memory","topics":["foo","é"],"payload":"AP8="}]}"#
        );
        assert_eq!(
            text(Wire::V2_3_1, &[published()]),
            r#"{"messages":[{"topics":["foo","é"],"payload":"AP8="}]}"#
        );
        assert_eq!(write_response(Codec::Json, true), Ok(b"{\"ok\":true}".to_vec()));
        assert_eq!(write_response(Codec::Json, false), Ok(b"{}".to_vec()));
        let with_nulls = br#"{"messages":[{"topics":null,"payload":null,"other":1}]}"#;
        assert_eq!(read_request(Wire::V2_3_1, Codec::Json, with_nulls), Ok(vec![Publication::default()]));
        assert_eq!(read_request(Wire::V2_3_1, Codec::Json, br#"{"messages":null}"#), Ok(vec![]));
    }

    #[test]
    fn fields_that_are_not_known_are_skipped_and_what_is_damaged_is_refused() {
        let request = |body: &[u8]| read_request(Wire::V2_3_1, Codec::Protobuf, body);
        assert_eq!(request(b"\x7a\x01x"), Ok(vec![]));
        for body in [&b"\x0a\x05\x12"[..], b"\x0a", b"\x08\x01", b"\x0a\x03\x12\x01\xff", b"\xff"] {
            assert!(matches!(request(body), Err(BodyError::Malformed(Codec::Protobuf, _))), "{body:?}");
        }
        for body in [&b""[..], b"[1]", br#"{"messages":[{"payload":"?"}]}"#, br#"{"messages":{}}"#] {
            let read = read_request(Wire::V2_3_1, Codec::Json, body);
            assert!(matches!(read, Err(BodyError::Malformed(Codec::Json, _))), "{body:?}");
        }
        assert_eq!(read_response(Codec::Gob, b""), Err(BodyError::Unspoken(Codec::Gob)));
    }
}
