//! An instance that speaks the WebSocket extension by hand, right or with one fault. Nothing of our own server is in it: only
//! what verifies a signature and reads a message.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use versia_cli::protocol::record::{Bytes, Frame, Record, Request};
use versia_cli::protocol::versia::{
    INBOX, INSTANCE, KeySource, KnownKey, Message, NoKey, RECEIPTS, verify_record,
};
use versia_cli::signing::{SecretKey, Verdict, Window};

use super::session::Session;
use crate::world::metadata;

/// The seed of the key that a.example signs with.
pub const SEED: [u8; 32] = [3; 32];

/// One thing that is done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no extension.
    NotOffered,
    RefusesHandshakes,
    /// The 101 has no `Upgrade`.
    NoUpgrade,
    WrongAccept,
    Extension,
    /// Receipts are named in the 101, whatever is offered.
    NamesReceipts,
    /// The first subprotocol that is offered is chosen.
    TakesFirst,
    NoReceipts,
    /// `Upgrade` and `Connection` have to be spelt in one way.
    OneSpelling,
    HandshakeUnsigned,
    HandshakeOtherKey,
    HandshakeStale,
    AnyVersion,
    VersionNotTold,
    NoKeyNeeded,
    PostUpgrades,

    /// What is right is refused.
    RefusesMessages,
    /// A message without this field is taken.
    Without(&'static str),
    WrongSignatures,
    AnyPath,
    HandshakesKey,
    Stale,
    Future,
    EntityObject,
    SignedAtNumber,
    NotJson,
    Array,
    Empty,
    Binary,
    InvalidEntity,

    /// A message is accepted with 200.
    AcceptsWith200,
    /// Every receipt is the first.
    OneNumber,
    /// The receipts begin anew after twenty.
    ForgetsNumber,
    /// A refusal ends the session in which it has a receipt.
    EndsAtRefusal,
    /// Receipts are sent that were not agreed on.
    UnaskedReceipts,
    /// A refusal ends the session without a reason.
    NoReason,

    NoClose,
    OneCode,
    SpeaksBehindClose,
    /// What waits for the tenth message's receipt is forgotten at a Close.
    ForgetsLast,

    NoPayload,
    NoPongBetween,
    Masks,
    Unmasked,
    ReservedBit,
    ReservedOpcode,
    FragmentedPing,
    LongPing,
    LoneContinuation,
    AnyText,
    NoFragments,
    Large,

    /// Nothing is sent in a session.
    Mute,
}

/// Starts one; gives its URL. It lives as long as the test.
pub fn start(fault: Option<Fault>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || Instance { fault }.serve(stream));
        }
    });
    url
}

/// An instance of b.example.
#[derive(Debug, Clone, Copy)]
pub struct Instance {
    fault: Option<Fault>,
}

/// A request with its head as it came.
struct Asked {
    method: String,
    target: String,
    headers: Vec<(String, Bytes)>,
    /// The same by their names in lower case.
    named: BTreeMap<String, String>,
    body: Vec<u8>,
}

struct Keys(Instance);

impl KeySource for Keys {
    fn key_of(&self, signed_by: Option<&str>) -> Result<KnownKey, NoKey> {
        if signed_by == Some("a.example") || self.0.has(Fault::HandshakesKey) {
            let key = SecretKey::from_seed(&SEED).public();
            return Ok(KnownKey { key, origin: "the test".to_owned(), findings: Vec::new() });
        }
        Err(NoKey::default())
    }
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

impl Instance {
    /// Whether this is what it does wrong.
    pub fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn serve(self, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let mut reader = BufReader::new(stream);
        while let Some(asked) = read(&mut reader) {
            let is_upgrade = asked.named.contains_key("upgrade");
            if is_upgrade && asked.target == INBOX && (asked.method == "GET" || self.has(Fault::PostUpgrades))
            {
                match self.handshake(&asked) {
                    Err((status, more)) => answer(reader.get_mut(), status, more, ""),
                    Ok((head, receipts)) => {
                        reader.get_mut().write_all(head.as_bytes()).unwrap();
                        return Session::new(self, reader, receipts).run();
                    }
                }
                return;
            }
            let verdict = self.verdict(&asked);
            match (asked.method.as_str(), asked.target.as_str()) {
                (_, INSTANCE) => answer(reader.get_mut(), 200, "", &metadata("b.example")),
                ("POST", INBOX) => {
                    let status = status_of(verdict).unwrap_or_else(|| of_entity(&asked.body));
                    answer(reader.get_mut(), status, "", "");
                }
                _ => answer(reader.get_mut(), status_of(verdict).unwrap_or(404), "", ""),
            }
        }
    }

    fn verdict(self, asked: &Asked) -> Verdict {
        let request = Request {
            method: asked.method.clone(),
            target: asked.target.clone(),
            headers: Some(asked.headers.clone()),
            body: Bytes(asked.body.clone()),
            ..Request::default()
        };
        let record = Record { request: Some(request), ..Record::default() };
        verify_record(&record, &Keys(self), Window::around(now())).unwrap()[0].verification.verdict
    }

    /// The head of a 101, and whether there are receipts; or the status of a refusal with further headers.
    fn handshake(self, asked: &Asked) -> Result<(String, bool), (u16, &'static str)> {
        let header = |name: &str| asked.named.get(name).map(String::as_str);
        if self.has(Fault::NotOffered) {
            return Err((405, ""));
        }
        if self.has(Fault::OneSpelling)
            && (header("upgrade"), header("connection")) != (Some("websocket"), Some("Upgrade"))
        {
            return Err((400, ""));
        }
        if header("sec-websocket-version") != Some("13") && !self.has(Fault::AnyVersion) {
            let told = if self.has(Fault::VersionNotTold) { "" } else { "Sec-WebSocket-Version: 13\r\n" };
            return Err((426, told));
        }
        let key = match header("sec-websocket-key") {
            Some(key) => key,
            None if self.has(Fault::NoKeyNeeded) => "",
            None => return Err((400, "")),
        };
        let taken = match self.verdict(asked) {
            Verdict::Valid => !self.has(Fault::RefusesHandshakes),
            Verdict::Missing => self.has(Fault::HandshakeUnsigned),
            Verdict::Stale => self.has(Fault::HandshakeStale),
            _ => self.has(Fault::HandshakeOtherKey),
        };
        if !taken {
            return Err((status_of(self.verdict(asked)).unwrap_or(401), ""));
        }
        let offered: Vec<_> = header("sec-websocket-protocol")
            .unwrap_or_default()
            .split(", ")
            .filter(|it| !it.is_empty())
            .collect();
        let receipts = offered.contains(&RECEIPTS) && !self.has(Fault::NoReceipts);
        let chosen = match () {
            () if self.has(Fault::TakesFirst) => offered.first().copied(),
            () if receipts || self.has(Fault::NamesReceipts) => Some(RECEIPTS),
            () => None,
        };
        let mut head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n".to_owned();
        if !self.has(Fault::NoUpgrade) {
            head += "Upgrade: websocket\r\n";
        }
        let key = if self.has(Fault::WrongAccept) { "another" } else { key };
        head += &format!("Sec-WebSocket-Accept: {}\r\n", derive_accept_key(key.as_bytes()));
        if self.has(Fault::Extension) {
            head += "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        }
        if let Some(chosen) = chosen {
            head += &format!("Sec-WebSocket-Protocol: {chosen}\r\n");
        }
        Ok((head + "\r\n", receipts))
    }

    /// The status for a message.
    pub fn judge(self, is_text: bool, payload: &[u8]) -> u16 {
        if !is_text && !self.has(Fault::Binary) {
            return 422;
        }
        let value: Value = match serde_json::from_slice(payload) {
            Ok(value) => value,
            Err(_) if payload.is_empty() => return if self.has(Fault::Empty) { 202 } else { 422 },
            Err(_) => return if self.has(Fault::NotJson) { 202 } else { 422 },
        };
        let is_let_through = match self.fault {
            Some(Fault::Without(field)) => {
                value.is_object() && value != Value::Object(Default::default()) && value.get(field).is_none()
            }
            Some(Fault::EntityObject) => value["entity"].is_object(),
            Some(Fault::SignedAtNumber) => value["signed_at"].is_number(),
            Some(Fault::Array) => value.is_array(),
            _ => false,
        };
        if is_let_through {
            return 202;
        }
        let Ok(message) = Message::read(payload) else { return 422 };
        match self.message_verdict(&message) {
            Verdict::Valid if self.has(Fault::InvalidEntity) => 202,
            Verdict::Valid => match of_entity(message.entity.as_bytes()) {
                202 if self.has(Fault::RefusesMessages) => 401,
                status => status,
            },
            Verdict::Invalid if self.has(Fault::WrongSignatures) => 202,
            Verdict::Stale => {
                let is_past = message.signed_at.parse::<i64>().is_ok_and(|at| at < now());
                let is_taken = if is_past { self.has(Fault::Stale) } else { self.has(Fault::Future) };
                if is_taken { 202 } else { 422 }
            }
            _ => 401,
        }
    }

    fn message_verdict(self, message: &Message) -> Verdict {
        let verdict = |target: &str| {
            let frame = Frame { opcode: "text".to_owned(), data: message.write().into(), ..Frame::default() };
            let request =
                Request { method: "GET".to_owned(), target: target.to_owned(), ..Request::default() };
            let record = Record { request: Some(request), frame: Some(frame), ..Record::default() };
            verify_record(&record, &Keys(self), Window::around(now())).unwrap()[0].verification.verdict
        };
        match verdict(INBOX) {
            Verdict::Invalid if self.has(Fault::AnyPath) => verdict("/inbox"),
            found => found,
        }
    }
}

fn of_entity(entity: &[u8]) -> u16 {
    let value: Value = serde_json::from_slice(entity).unwrap_or_default();
    if value["type"].is_string() { 202 } else { 422 }
}

fn status_of(verdict: Verdict) -> Option<u16> {
    match verdict {
        Verdict::Valid | Verdict::NotChecked => None,
        Verdict::Stale => Some(422),
        _ => Some(401),
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        Some(line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let header = line()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let named: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    let length = named.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let headers = headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    Some(Asked { method, target, headers, named, body })
}

fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &str) {
    let text = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/vnd.versia+json; charset=utf-8\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    // Who has gone needs no answer.
    let _ = stream.write_all(text.as_bytes());
}
