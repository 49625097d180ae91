//! Messages that are sent again, in a session of their own.

use std::cell::RefCell;
use std::sync::Arc;

use tokio::sync::mpsc::channel;

use crate::client::Dialer;
use crate::client::websocket::{self, Event, Outgoing, Patience, Payload, PeerClose, Spoken, WINDOW};
use crate::delivery::http::Composer;
use crate::delivery::outcome::Failure;
use crate::delivery::session::{Language, Recorder, SessionRoad, shake};
use crate::protocol::Ambient;
use crate::protocol::record::{Frame, Protocol, Record};
use crate::protocol::roadrunner::Wire;
use crate::protocol::session::{Moment, ProtocolName};
use crate::protocol::versia::Receipt;

/// Messages for one session.
pub struct Frames {
    /// Where the session is opened, and who signs the handshake.
    pub composer: Arc<Composer>,
    /// Makes the connection.
    pub dialer: Arc<Dialer>,
    /// What is spoken.
    pub protocol: Protocol,
    /// The messages, in order.
    pub payloads: Vec<Payload>,
    /// How long to wait for a server that does nothing.
    pub patience: Patience,
}

/// What came of them.
#[derive(Debug)]
pub struct Held {
    /// Everything that passed, in order: the handshake first.
    pub records: Vec<Record>,
    /// What was answered to each message, by its place; `None` where nothing was.
    pub answers: Vec<Option<Receipt>>,
    /// How the session ended: the peer's Close, or what went wrong.
    pub end: Result<PeerClose, Failure>,
}

/// What happens in the session, noted as it happens.
struct Notes {
    recorder: Recorder,
    records: Vec<Record>,
    answers: Vec<Option<Receipt>>,
    payloads: Vec<Payload>,
}

impl Notes {
    fn note(&mut self, event: Event) {
        match event {
            Event::Sent { ordinal } | Event::SentForGood { ordinal } => {
                let payload = usize::try_from(ordinal).ok().and_then(|at| self.payloads.get(at));
                self.records.extend(payload.map(frame).map(|frame| self.recorder.sent(frame)));
            }
            Event::Own(text) => {
                let frame = frame(&Payload::Text(text));
                self.records.push(self.recorder.sent(frame));
            }
            Event::Answer { ordinal, receipt, incoming } => {
                self.records.push(self.recorder.received(&incoming));
                self.answer(ordinal, receipt);
            }
            Event::Receipt { ordinal, receipt, text } => {
                self.heard("text", text.as_bytes());
                self.answer(ordinal, receipt);
            }
            Event::Odd { incoming, .. } => self.records.push(self.recorder.received(&incoming)),
            Event::WrongReceipt { text, .. } | Event::Text(text) => self.heard("text", text.as_bytes()),
            Event::Binary(bytes) => self.heard("binary", &bytes),
            Event::Ping(bytes) => self.heard("ping", &bytes),
            Event::Pong(bytes) => self.heard("pong", &bytes),
        }
    }

    fn heard(&mut self, opcode: &str, data: &[u8]) {
        let frame = Frame { opcode: opcode.to_owned(), data: data.to_vec().into(), ..Frame::default() };
        self.records.push(self.recorder.heard(frame));
    }

    fn answer(&mut self, ordinal: u64, receipt: Receipt) {
        if let Some(answer) = usize::try_from(ordinal).ok().and_then(|at| self.answers.get_mut(at)) {
            *answer = Some(receipt);
        }
    }
}

fn frame(payload: &Payload) -> Frame {
    let (opcode, data) = match payload {
        Payload::Text(text) => ("text", text.as_bytes().to_vec()),
        Payload::Binary(bytes) => ("binary", bytes.to_vec()),
        Payload::Ping(bytes) => ("ping", bytes.to_vec()),
    };
    Frame { opcode: opcode.to_owned(), data: data.into(), ..Frame::default() }
}

/// Opens a session, sends the messages as they are, waits for what is answered, and closes it in order.
pub async fn in_session(frames: Frames, ambient: Ambient) -> Held {
    let Frames { composer, dialer, protocol, payloads, patience } = frames;
    let language = language(protocol);
    let road = SessionRoad { composer, dialer, language };
    let session = ambient.record_id();
    let (handshake, opened) = shake(&road, true, ambient, &session).await;
    let opened = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let answers = vec![None; payloads.len()];
            return Held { records: vec![*handshake], answers, end: Err(Failure::from(&error)) };
        }
    };
    let shown = crate::delivery::shown_url(&road.composer.url, protocol);
    let recorder = Recorder::new(ambient, session, &opened, shown.target(), protocol);
    let answers = vec![None; payloads.len()];
    let notes =
        RefCell::new(Notes { recorder, records: vec![*handshake], answers, payloads: payloads.clone() });
    let (outlet, inlet) = channel(1);
    let outgoing = (0..).zip(payloads).map(|(ordinal, payload)| Outgoing { ordinal, payload });
    let outgoing: Vec<_> = outgoing.collect();
    let ordinals: Vec<_> = outgoing.iter().map(|it| it.ordinal).collect();
    // The channel has room for it, and its end is the end of the messages.
    let _ = outlet.try_send(outgoing);
    drop(outlet);
    let on_event = |event| notes.borrow_mut().note(event);
    let ended = match &road.language {
        None => websocket::deliver(opened, inlet, patience, WINDOW, on_event).await,
        Some(language) => {
            let mut spoken = Spoken::new(language.start());
            let moment = Moment { millis: (ambient.now_millis)() };
            spoken.opened(opened.subprotocol.as_deref(), moment);
            ordinals.iter().for_each(|ordinal| spoken.as_it_is(*ordinal));
            let spoken = RefCell::new(spoken);
            websocket::speak(opened, inlet, patience, WINDOW, &spoken, ambient.now_millis, on_event).await
        }
    };
    let mut notes = notes.into_inner();
    let end = ended.result.map_err(|error| Failure::from(&error));
    notes.records.push(notes.recorder.end(end.as_ref().ok(), end.as_ref().err()));
    Held { records: notes.records, answers: notes.answers, end }
}

/// What is spoken in the place of Versia.
fn language(protocol: Protocol) -> Option<Language> {
    let name = match protocol {
        Protocol::Versia => return None,
        Protocol::Wsify => ProtocolName::Wsify,
        Protocol::Roadrunner => ProtocolName::RoadRunner(Wire::V2_3_1),
        Protocol::Chat => ProtocolName::Chat,
        Protocol::Raw => ProtocolName::Raw,
    };
    Some(Language { name, topic: None, broker: None })
}
