//! A WebSocket session that passes through: its messages, both ways, as records.

use std::time::Instant;

use super::parse::{Exchange, Inflater, Message as Seen, Side};
use super::watch::{Client, Watch, is_inbox};
use crate::finding::codes;
use crate::protocol::record::{Close, Direction, Frame, Headers, Protocol, Record, Request, Transport};
use crate::protocol::versia::{INBOX, Message};
use crate::server::event::{Event, Happened};
use crate::server::session::End;
use crate::server::versia::verdict;
use crate::signing::signed_path;

/// The extension that compresses messages.
const DEFLATE: &str = "permessage-deflate";

/// A session.
#[derive(Debug)]
pub(super) struct Session {
    name: String,
    target: String,
    protocol: Protocol,
    seq: u64,
    messages: u64,
    end: Option<End>,
    client: Compression,
    server: Compression,
}

/// How the messages of one direction are compressed.
#[derive(Debug)]
struct Compression {
    inflater: Option<Inflater>,
    starts_anew: bool,
}

impl Session {
    /// The session that a handshake opened.
    pub(super) fn new(name: String, opened: &Exchange, limit: usize) -> Self {
        let target = opened.request.as_ref().map(|request| request.target.clone()).unwrap_or_default();
        let is_versia = is_inbox(signed_path(&target));
        let agreed = opened.response.as_ref().and_then(|response| extension(&response.headers));
        let compression = |side: &str| Compression {
            inflater: agreed.as_ref().map(|_| Inflater::new(limit)),
            starts_anew: agreed
                .as_ref()
                .is_some_and(|words| words.iter().any(|word| word == &format!("{side}_no_context_takeover"))),
        };
        Session {
            name,
            target,
            protocol: if is_versia { Protocol::Versia } else { Protocol::Raw },
            seq: 0,
            messages: 0,
            end: None,
            client: compression("client"),
            server: compression("server"),
        }
    }

    /// The event of its handshake.
    pub(super) fn opened(&self, event: Event) -> Event {
        match event {
            Event::Exchange(mut happened) => {
                happened.record.session = Some(self.name.clone());
                happened.record.protocol = self.protocol;
                Event::SessionOpened(happened)
            }
            other => other,
        }
    }

    /// The event of its end.
    pub(super) fn closed(self, client: &Client) -> Event {
        let lost = || End::Lost("the connection ended without a Close".to_owned());
        Event::SessionClosed {
            session: self.name,
            peer: client.peer.clone(),
            messages: self.messages,
            end: self.end.unwrap_or_else(lost),
            record: None,
        }
    }

    /// Makes a record of a message, and finds out what its signature is worth.
    pub(super) async fn take(&mut self, watch: &Watch, client: &Client, from: Side, message: Seen) {
        let Seen { opcode, mut data, mut truncated, compressed, place } = message;
        let Some(place) = place else { return watch.room.miss() };
        if compressed && !self.inflate(from, &mut data, &mut truncated) {
            let what = format!(
                "session {}: compressed messages cannot be read any more, and are recorded as they came ({})",
                self.name,
                codes::PROXY_CANNOT_FOLLOW.id
            );
            watch.tell(Event::Trouble { peer: Some(client.peer.clone()), what }, None).await;
        }
        self.seq += 1;
        let is_message = matches!(opcode, "text" | "binary");
        self.messages += u64::from(is_message && from == Side::Client);
        let record = Record {
            transport: Transport::Ws,
            direction: Some(if from == Side::Client { Direction::In } else { Direction::Out }),
            protocol: self.protocol,
            session: Some(self.name.clone()),
            seq: Some(self.seq),
            truncated,
            frame: Some(frame(opcode, data)),
            ..watch.record(client, Instant::now())
        };
        if let Some(close) = record.frame.as_ref().filter(|frame| frame.opcode == "close") {
            let close = close.close.as_ref();
            self.end.get_or_insert_with(|| End::Closed {
                code: close.map(|close| close.code),
                reason: close.map(|close| close.reason.clone()).unwrap_or_default(),
            });
        }
        let event = self.judged(watch, record).await;
        watch.tell(event, Some(place)).await;
    }

    /// Reads a compressed message; gives false once, where that is not possible any more.
    fn inflate(&mut self, from: Side, data: &mut Vec<u8>, truncated: &mut bool) -> bool {
        let compression = match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let Some(inflater) = &mut compression.inflater else {
            *truncated = true;
            return true;
        };
        let plain = if *truncated { None } else { inflater.read(data, compression.starts_anew) };
        match plain {
            Some(plain) => *data = plain,
            None => (*truncated, compression.inflater) = (true, None),
        }
        compression.inflater.is_some()
    }

    /// Verifies what is a message of Versia's extension.
    async fn judged(&self, watch: &Watch, mut record: Record) -> Event {
        let entity = record
            .frame
            .as_ref()
            .filter(|frame| frame.opcode == "text" && self.protocol == Protocol::Versia)
            .and_then(|frame| Message::read(&frame.data.0).ok())
            .map(|message| message.entity);
        let Some(entity) = entity else { return Event::Frame(Box::new(record)) };
        if self.target != INBOX {
            let (method, target) = ("GET".to_owned(), self.target.clone());
            record.request = Some(Request { method, target, ..Request::default() });
        }
        let verified = watch.judge.verify(&record, watch.ambient.now_seconds()).await;
        let mut checked = verified.unwrap_or_default();
        let delivery = watch.delivered(entity.as_bytes(), &mut checked);
        if let (Some(frame), Some(one)) = (&mut record.frame, checked.first()) {
            frame.verdict = Some(verdict(one, Some(&delivery)));
        }
        Event::Message(Box::new(Happened { record, checked, delivery: Some(delivery) }))
    }
}

fn frame(opcode: &str, data: Vec<u8>) -> Frame {
    let close = data.split_first_chunk().filter(|_| opcode == "close").map(|(code, reason)| Close {
        code: u16::from_be_bytes(*code),
        reason: String::from_utf8_lossy(reason).into_owned(),
    });
    let data = if close.is_some() { Vec::new() } else { data };
    Frame { opcode: opcode.to_owned(), data: data.into(), close, verdict: None }
}

/// The parameters of the compression that was agreed on; `None` where there is none.
fn extension(headers: &Headers) -> Option<Vec<String>> {
    headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Extensions"))
        .filter_map(|(_, value)| value.as_text())
        .flat_map(|value| value.split(','))
        .map(|extension| extension.split(';').map(|word| word.trim().to_ascii_lowercase()).collect())
        .find(|words: &Vec<String>| words.first().is_some_and(|word| word == DEFLATE))
}
