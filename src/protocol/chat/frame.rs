//! Frames: the envelope around what is asked, answered, told and acknowledged.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::envelope::{Fields, Written, WrittenId, text};
use super::error::{FrameError, Unreadable};
use super::event::{ClientEventPayload, EventPayload};
use super::payload::Payload;
use super::request::Asked;
use super::response::Refusal;
use super::{PING, PONG};

/// A frame from a client.
#[derive(Debug, Clone, PartialEq)]
pub enum ClientFrame {
    /// It is still there.
    KeepAlive,
    /// It asks for something.
    Request(Request),
    /// It tells something.
    Event(ClientEvent),
    /// It has taken an event.
    Ack(Ack),
}

/// A frame from a server.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerFrame {
    /// It has heard a keep-alive.
    Pong,
    /// It answers a request.
    Response(Response),
    /// It tells something.
    Event(ServerEvent),
}

/// A request.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// When it was sent, in Unix milliseconds, as the client says.
    pub timestamp: Option<u64>,
    /// The client's name for it.
    pub id: String,
    /// What is asked for.
    pub payload_type: String,
    /// What it carries.
    pub payload: Option<Payload>,
}

/// A response.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// When it was sent, in Unix milliseconds.
    pub timestamp: Option<u64>,
    /// The name of the request that it answers.
    pub id: String,
    /// What it carries.
    pub payload: Option<Payload>,
}

/// An event from a server.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerEvent {
    /// When it was sent, in Unix milliseconds.
    pub timestamp: Option<u64>,
    /// Its number among those of the user. An event without one is not acknowledged.
    pub id: Option<u64>,
    /// What happened.
    pub event_type: String,
    /// What it carries.
    pub payload: Option<Payload>,
}

/// An event from a client.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientEvent {
    /// When it was sent, in Unix milliseconds, as the client says.
    pub timestamp: Option<u64>,
    /// What happens.
    pub event_type: String,
    /// What it carries.
    pub payload: Option<Payload>,
}

/// An acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack {
    /// The number of the event.
    pub id: u64,
    /// How it is written.
    pub form: IdForm,
}

/// How the number of an event is written in an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// As a string of digits.
    Digits,
    /// As a number.
    Number,
}

impl ClientFrame {
    /// Reads a frame from a client.
    ///
    /// # Errors
    /// When it is none; with its id, where it has one, so that it can be answered.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let mut characters = text.chars();
        if text == PING || (characters.next().is_some() && characters.next().is_none()) {
            return Ok(ClientFrame::KeepAlive);
        }
        let fields = Fields::read(text).map_err(|error| Unreadable { id: None, error })?;
        Self::from_fields(&fields).map_err(|error| fields.unreadable(error))
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, FrameError> {
        match fields.kind()?.as_ref() {
            "request" => {
                let payload_type = fields.payload_type()?.ok_or(FrameError::Missing("payloadType"))?;
                let (timestamp, payload) = (fields.timestamp()?, fields.payload());
                match fields.text_id()? {
                    // What needs no answer is asked for without a name, in examples.
                    None if matches!(payload_type.as_ref(), "typing" | "offline") => {
                        let event_type = payload_type.into_owned();
                        Ok(ClientFrame::Event(ClientEvent { timestamp, event_type, payload }))
                    }
                    None => Err(FrameError::Missing("id")),
                    Some(id) => {
                        let payload_type = payload_type.into_owned();
                        Ok(ClientFrame::Request(Request { timestamp, id, payload_type, payload }))
                    }
                }
            }
            "event" => {
                let event_type = match fields.event_type()? {
                    Some(event_type) => Some(event_type),
                    None => fields.payload_type()?,
                };
                let event_type = event_type.ok_or(FrameError::Missing("eventType"))?.into_owned();
                let (timestamp, payload) = (fields.timestamp()?, fields.payload());
                Ok(ClientFrame::Event(ClientEvent { timestamp, event_type, payload }))
            }
            "ack" => Ack::from_field(fields.id).map(ClientFrame::Ack),
            other => Err(FrameError::UnknownType(other.to_owned())),
        }
    }

    /// The text of the frame.
    pub fn write(&self) -> String {
        match self {
            ClientFrame::KeepAlive => PING.to_owned(),
            ClientFrame::Request(Request { timestamp, id, payload_type, payload }) => Written {
                kind: "request",
                timestamp: *timestamp,
                id: Some(WrittenId::Text(id.into())),
                payload_type: Some(payload_type),
                payload: payload.as_ref(),
                ..Written::default()
            }
            .text(),
            ClientFrame::Event(ClientEvent { timestamp, event_type, payload }) => Written {
                kind: "event",
                timestamp: *timestamp,
                event_type: Some(event_type),
                payload: payload.as_ref(),
                ..Written::default()
            }
            .text(),
            ClientFrame::Ack(Ack { id, form }) => {
                let id = match form {
                    IdForm::Digits => WrittenId::Text(id.to_string().into()),
                    IdForm::Number => WrittenId::Number(*id),
                };
                Written { kind: "ack", id: Some(id), ..Written::default() }.text()
            }
        }
    }
}

impl ServerFrame {
    /// Reads a frame from a server.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let fields = Fields::read(text).map_err(|error| Unreadable { id: None, error })?;
        Self::from_fields(&fields).map_err(|error| fields.unreadable(error))
    }

    fn from_fields(fields: &Fields<'_>) -> Result<Self, FrameError> {
        if fields.kind.is_none() && fields.event.is_some() {
            return match text("event", fields.event)?.as_deref() {
                Some("pong") => Ok(ServerFrame::Pong),
                other => Err(FrameError::UnknownType(other.unwrap_or_default().to_owned())),
            };
        }
        let kind = fields.kind()?;
        let (timestamp, payload) = (fields.timestamp()?, fields.payload());
        match kind.as_ref() {
            "response" => {
                let id = fields.text_id()?.ok_or(FrameError::Missing("id"))?;
                Ok(ServerFrame::Response(Response { timestamp, id, payload }))
            }
            "event" => {
                let event_type = fields.event_type()?.ok_or(FrameError::Missing("eventType"))?.into_owned();
                let id = fields.id.map(|raw| Ack::from_field(Some(raw))).transpose()?.map(|ack| ack.id);
                Ok(ServerFrame::Event(ServerEvent { timestamp, id, event_type, payload }))
            }
            other => Err(FrameError::UnknownType(other.to_owned())),
        }
    }

    /// The text of the frame.
    pub fn write(&self) -> String {
        match self {
            ServerFrame::Pong => PONG.to_owned(),
            ServerFrame::Response(Response { timestamp, id, payload }) => Written {
                kind: "response",
                timestamp: *timestamp,
                id: Some(WrittenId::Text(id.into())),
                payload: payload.as_ref(),
                ..Written::default()
            }
            .text(),
            ServerFrame::Event(ServerEvent { timestamp, id, event_type, payload }) => Written {
                kind: "event",
                timestamp: *timestamp,
                id: id.map(WrittenId::Number),
                event_type: Some(event_type),
                payload: payload.as_ref(),
                ..Written::default()
            }
            .text(),
        }
    }
}

impl Request {
    /// A request.
    pub fn new(timestamp: u64, id: String, asked: &Asked) -> Self {
        let (payload_type, payload) = (asked.payload_type().to_owned(), asked.payload());
        Request { timestamp: Some(timestamp), id, payload_type, payload }
    }

    /// What is asked for.
    ///
    /// # Errors
    /// When there is no such request, or its payload is not what it has to be.
    pub fn asked(&self) -> Result<Asked, FrameError> {
        Asked::read(&self.payload_type, self.payload.as_ref())
    }
}

impl Response {
    /// Why the request was not done, where that is what the response says.
    pub fn refusal(&self) -> Option<Refusal> {
        #[derive(Deserialize)]
        struct Refused {
            error: Refusal,
        }
        self.payload.as_ref()?.read::<Refused>("error").ok().map(|refused| refused.error)
    }

    /// The response that says why a request was not done.
    pub fn refused(timestamp: u64, id: String, refusal: &Refusal) -> Self {
        #[derive(Serialize)]
        struct Refused<'a> {
            error: &'a Refusal,
        }
        Response { timestamp: Some(timestamp), id, payload: Some(Payload::of(&Refused { error: refusal })) }
    }
}

impl ServerEvent {
    /// An event.
    pub fn new(timestamp: u64, id: Option<u64>, content: &EventPayload) -> Self {
        let (event_type, payload) = (content.event_type().to_owned(), Some(content.payload()));
        ServerEvent { timestamp: Some(timestamp), id, event_type, payload }
    }

    /// What happened; `None` where it is something that this program does not know.
    ///
    /// # Errors
    /// When the payload is not that of the event.
    pub fn content(&self) -> Result<Option<EventPayload>, FrameError> {
        EventPayload::read(&self.event_type, self.payload.as_ref())
    }
}

impl ClientEvent {
    /// What happens.
    ///
    /// # Errors
    /// When it is none that a client sends, or its payload is not what it has to be.
    pub fn content(&self) -> Result<ClientEventPayload, FrameError> {
        ClientEventPayload::read(&self.event_type, self.payload.as_ref())
    }
}

impl Ack {
    /// The acknowledgement of an event, written as the seed writes it.
    pub fn of(id: u64) -> Self {
        Ack { id, form: IdForm::Digits }
    }

    fn from_field(raw: Option<&RawValue>) -> Result<Self, FrameError> {
        let raw = raw.ok_or(FrameError::Missing("id"))?;
        let error = FrameError::WrongKind { field: "id", wanted: "a whole number, or a string of digits" };
        if let Ok(id) = serde_json::from_str(raw.get()) {
            return Ok(Ack { id, form: IdForm::Number });
        }
        let digits: String = serde_json::from_str(raw.get()).map_err(|_| error.clone())?;
        let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
        let id = digits.parse().ok().filter(|_| all_digits).ok_or(error)?;
        Ok(Ack { id, form: IdForm::Digits })
    }
}
