//! A quick look at a line of JSON, for very many of them: takes messages that are signed as they should be, and leaves
//! everything else to the careful readers, [`Record`] and [`Message`], and to [`verify_record`].
//!
//! What is taken here says the same to them: every field has the same type, fields that they do not have are not taken,
//! nor anything that they would have something to say about, were it a note only: a media type that is not the usual one,
//! credentials, an author of another instance than the signer. Nothing is copied that stands in the line as it is: the
//! body is hashed while it is read.
//!
//! [`Record`]: crate::protocol::record::Record
//! [`Message`]: super::Message
//! [`verify_record`]: super::verify_record

mod body;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use self::body::SeenBody;
use super::{CONTENT_TYPE, INBOX, MEDIA_TYPE};
use crate::protocol::record::{Direction, Protocol, Timings, Transport, VERSION};
use crate::signing::{Kind, SIGNATURE, SIGNED_AT, SIGNED_BY, check_domain, parse_seconds};

/// A message that has what a good signature needs. Its texts are printable ASCII without `"` and `\`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// What carries the signature.
    pub kind: Kind,
    /// The request's method, as written.
    pub method: Cow<'a, str>,
    /// The request's target, as written.
    pub target: Cow<'a, str>,
    /// The signer: a domain.
    pub signed_by: Cow<'a, str>,
    /// The time of signing, as written.
    pub signed_at: Cow<'a, str>,
    /// The same in Unix seconds.
    pub seconds: i64,
    /// The signature.
    pub signature: [u8; 64],
    /// The SHA-256 of the body.
    pub digest: [u8; 32],
}

/// What was seen in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance<'a> {
    /// When the line says that it happened, as written.
    pub at: Option<Cow<'a, str>>,
    /// The first message.
    pub first: Sighting<'a>,
    /// The response, where the first is its request.
    pub second: Option<Sighting<'a>>,
}

/// Looks at a line; `None` when it is one for the careful readers.
pub fn glance(line: &[u8]) -> Option<Glance<'_>> {
    if line.starts_with(br#"{"signature""#) {
        return of_message(line);
    }
    of_record(line).or_else(|| of_message(line))
}

fn of_message(line: &[u8]) -> Option<Glance<'_>> {
    let message: SeenMessage<'_> = serde_json::from_slice(line).ok()?;
    Some(Glance { at: None, first: message.sighting(INBOX.into())?, second: None })
}

fn of_record(line: &[u8]) -> Option<Glance<'_>> {
    let record: SeenRecord<'_> = serde_json::from_slice(line).ok()?;
    if record.v != VERSION {
        return None;
    }
    let at = record.at.map(|at| at.0);
    if let Some(frame) = record.frame {
        if record.request.is_some() || record.response.is_some() || frame.opcode.0 != "text" {
            return None;
        }
        return Some(Glance { at, first: frame.data?.0.sighting(INBOX.into())?, second: None });
    }
    let request = record.request?;
    let (method, target) = (request.method.0, request.target.0);
    match (request.headers, record.response) {
        (Some(headers), None) => Some(Glance {
            at,
            first: headers.sighting(Kind::Request, method, target, request.body)?,
            second: None,
        }),
        (Some(headers), Some(response)) => {
            let first = headers.sighting(Kind::Request, method.clone(), target.clone(), request.body)?;
            Some(Glance { at, first, second: Some(response.sighting(method, target)?) })
        }
        (None, Some(response)) => {
            Some(Glance { at, first: response.sighting(method, target)?, second: None })
        }
        (None, None) => None,
    }
}

/// A text, borrowed where it has no escapes.
#[derive(Deserialize, Clone)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenRecord<'a> {
    v: u8,
    #[serde(borrow, rename = "id")]
    _id: Option<Text<'a>>,
    at: Option<Text<'a>>,
    #[serde(default, rename = "transport")]
    _transport: Transport,
    #[serde(rename = "direction")]
    _direction: Option<Direction>,
    #[serde(borrow, rename = "peer")]
    _peer: Option<Text<'a>>,
    #[serde(default, rename = "protocol")]
    _protocol: Protocol,
    #[serde(borrow, rename = "session")]
    _session: Option<Text<'a>>,
    #[serde(rename = "seq")]
    _seq: Option<u64>,
    #[serde(borrow, rename = "attempt_of")]
    _attempt_of: Option<Text<'a>>,
    #[serde(borrow, rename = "http")]
    _http: Option<Text<'a>>,
    #[serde(borrow, rename = "tls")]
    _tls: Option<Text<'a>>,
    #[serde(rename = "timings")]
    _timings: Option<Timings>,
    #[serde(default, rename = "truncated")]
    _truncated: bool,
    #[serde(borrow)]
    request: Option<SeenRequest<'a>>,
    #[serde(borrow)]
    response: Option<SeenResponse<'a>>,
    #[serde(borrow)]
    frame: Option<SeenFrame<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenRequest<'a> {
    #[serde(borrow)]
    method: Text<'a>,
    #[serde(borrow)]
    target: Text<'a>,
    #[serde(borrow)]
    headers: Option<SeenHeaders<'a>>,
    body: Option<SeenBody>,
    #[serde(default, rename = "truncated")]
    _truncated: bool,
    #[serde(borrow, rename = "verdict")]
    _verdict: Option<SeenVerdict<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenResponse<'a> {
    #[serde(rename = "status")]
    _status: u16,
    #[serde(borrow)]
    headers: Option<SeenHeaders<'a>>,
    body: Option<SeenBody>,
    #[serde(default, rename = "truncated")]
    _truncated: bool,
    #[serde(borrow, rename = "verdict")]
    _verdict: Option<SeenVerdict<'a>>,
}

impl<'a> SeenResponse<'a> {
    fn sighting(self, method: Cow<'a, str>, target: Cow<'a, str>) -> Option<Sighting<'a>> {
        self.headers?.sighting(Kind::Response, method, target, self.body)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenFrame<'a> {
    #[serde(borrow)]
    opcode: Text<'a>,
    data: Option<FrameData>,
    #[serde(borrow, rename = "verdict")]
    _verdict: Option<SeenVerdict<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenVerdict<'a> {
    #[serde(borrow, rename = "signature")]
    _signature: Text<'a>,
    #[serde(default, borrow, rename = "codes")]
    _codes: Vec<Text<'a>>,
    #[serde(borrow, rename = "signed_by")]
    _signed_by: Option<Text<'a>>,
    #[serde(borrow, rename = "key")]
    _key: Option<Text<'a>>,
}

/// A WebSocket message in a frame: its text has escapes, so that nothing of it can be borrowed.
struct FrameData(SeenMessage<'static>);

impl<'de> Deserialize<'de> for FrameData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl Visitor<'_> for Reader {
            type Value = FrameData;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a WebSocket message")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<FrameData, E> {
                let message: SeenMessage<'_> = serde_json::from_str(text).map_err(E::custom)?;
                Ok(FrameData(message.into_owned()))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenMessage<'a> {
    #[serde(borrow)]
    signature: Text<'a>,
    #[serde(borrow)]
    signed_at: Text<'a>,
    #[serde(borrow)]
    signed_by: Text<'a>,
    entity: SeenBody,
}

impl<'a> SeenMessage<'a> {
    fn into_owned(self) -> SeenMessage<'static> {
        let owned = |text: Text<'_>| Text(Cow::Owned(text.0.into_owned()));
        SeenMessage {
            signature: owned(self.signature),
            signed_at: owned(self.signed_at),
            signed_by: owned(self.signed_by),
            entity: self.entity,
        }
    }

    fn sighting(self, target: Cow<'a, str>) -> Option<Sighting<'a>> {
        let headers = SeenHeaders {
            signature: Some(self.signature),
            signed_at: Some(self.signed_at),
            signed_by: Some(self.signed_by),
            ..SeenHeaders::default()
        };
        headers.sighting(Kind::Message, "POST".into(), target, Some(self.entity))
    }
}

/// The signature headers of a message that has each of them once at most, none of an earlier draft, and besides them
/// nothing worth a note.
#[derive(Default)]
struct SeenHeaders<'a> {
    signature: Option<Text<'a>>,
    signed_at: Option<Text<'a>>,
    signed_by: Option<Text<'a>>,
    /// Whether there are others.
    others: bool,
    has_type: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for SeenHeaders<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Picker<'a>(PhantomData<&'a str>);

        impl<'de: 'a, 'a> Visitor<'de> for Picker<'a> {
            type Value = SeenHeaders<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of header names and values")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<SeenHeaders<'a>, A::Error> {
                let mut headers = SeenHeaders::default();
                while let Some((name, value)) = list.next_element::<(Text<'a>, Text<'a>)>()? {
                    headers.add(&name.0, value).ok_or_else(|| de::Error::custom("not as usual"))?;
                }
                Ok(headers)
            }
        }

        deserializer.deserialize_seq(Picker(PhantomData))
    }
}

impl<'a> SeenHeaders<'a> {
    fn add(&mut self, name: &str, value: Text<'a>) -> Option<()> {
        let place = if name.eq_ignore_ascii_case(SIGNATURE) {
            &mut self.signature
        } else if name.eq_ignore_ascii_case(SIGNED_AT) {
            &mut self.signed_at
        } else if name.eq_ignore_ascii_case(SIGNED_BY) {
            &mut self.signed_by
        } else {
            return self.add_other(name, &value.0);
        };
        place.replace(value).is_none().then_some(())
    }

    fn add_other(&mut self, name: &str, value: &str) -> Option<()> {
        const NOTED: [&str; 3] = ["X-Signature", "X-Nonce", "Authorization"];
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        self.others = true;
        let usual = if is("Content-Type") {
            self.has_type = true;
            value.eq_ignore_ascii_case(CONTENT_TYPE)
        } else if is("Accept") {
            value.eq_ignore_ascii_case(MEDIA_TYPE) || value == "*/*"
        } else {
            !NOTED.into_iter().any(is)
        };
        usual.then_some(())
    }

    fn sighting(
        self,
        kind: Kind,
        method: Cow<'a, str>,
        target: Cow<'a, str>,
        body: Option<SeenBody>,
    ) -> Option<Sighting<'a>> {
        let (signature, signed_at, signed_by) = (self.signature?.0, self.signed_at?.0, self.signed_by?.0);
        let body = body.unwrap_or_else(|| SeenBody::of(""));
        let lacks_type = self.others && !self.has_type && !body.is_empty;
        let is_foreign = body.author_at.is_some_and(|author| !author.eq_ignore_ascii_case(&signed_by));
        let seconds = parse_seconds(&signed_at)?;
        let texts_are_usual = is_plain(&method) && is_plain(&target) && check_domain(&signed_by).is_ok();
        if lacks_type || is_foreign || !texts_are_usual {
            return None;
        }
        // The decoder asks for room for whole groups of three.
        let mut decoded = [0; 66];
        let length = STANDARD.decode_slice(signature.as_bytes(), &mut decoded).ok()?;
        let signature = *decoded.first_chunk().filter(|_| length == 64)?;
        Some(Sighting { kind, method, target, signed_by, signed_at, seconds, signature, digest: body.digest })
    }
}

/// Whether a text is the same in a line for people, in JSON, and in the signed string.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\')
}
