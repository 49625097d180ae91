//! What each target does with an input: it reads it, uses what it got, and compares two readers where there are two.

use std::io::{self, Read};
use std::time::Instant;

use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::Value;
use versia_cli::client::{HttpUrl, Link, Recipient, Resource};
use versia_cli::entity::{EntityType, Profile, check, fix, is_surely_valid};
use versia_cli::lines::Blocks;
use versia_cli::protocol::http::Heads;
use versia_cli::protocol::record::Record;
use versia_cli::protocol::versia::{
    KeySource, KnownKey, Message, NoKey, Receipt, concerns_versia, glance, verify_record,
};
use versia_cli::protocol::{self, parse_instant};
use versia_cli::server::proxy::parse::{Conversation, RequestHeads, Room, Seen, Side};
use versia_cli::signing::{
    BatchVerifier, Claim, Fields, Kind, PublicKey, SIGNATURE, SIGNED_AT, SIGNED_BY, SecretKey, Unverified,
    Window, check_domain, lint, read_key, verify,
};

const AT: i64 = 1_729_243_417;

/// One key for everybody.
struct Everybody;

impl KeySource for Everybody {
    fn key_of(&self, _: Option<&str>) -> Result<KnownKey, NoKey> {
        Ok(KnownKey { key: known_key(), origin: String::new(), findings: Vec::new() })
    }
}

fn known_key() -> PublicKey {
    SecretKey::from_seed(&[7; 32]).public()
}

/// What is done with any record.
fn use_record(record: &Record) {
    let text = serde_json::to_string(record).expect("a record is JSON");
    let again: Record = serde_json::from_str(&text).expect("what was written is read");
    assert_eq!(serde_json::to_string(&again).expect("a record is JSON"), text);
    concerns_versia(record);
    let _ = record.at_seconds();
    protocol::http::write(record);
    if let Ok(checked) = verify_record(record, &Everybody, Window::around(AT)) {
        checked.iter().for_each(|one| {
            assert!(one.verification.findings.is_empty() || one.verification.deciding().is_some())
        });
    }
    let mut hidden = record.clone();
    hidden.hide_secrets();
}

pub fn http(bytes: &[u8]) {
    protocol::http::looks_like(bytes);
    match protocol::http::read(bytes) {
        Ok(record) => use_record(&record),
        Err(error) => drop((error.to_string(), error.hint().map(str::len))),
    }
}

/// The heads of a connection are the same in whatever pieces they come.
pub fn heads(bytes: &[u8]) {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let (mut whole, mut pieces) = (Heads::new(), Heads::new());
    whole.feed(bytes);
    bytes.chunks(usize::from(size).max(1)).for_each(|piece| pieces.feed(piece));
    loop {
        let (one, other) = (whole.next_head(), pieces.next_head());
        assert_eq!(one, other);
        if one.is_none() {
            break;
        }
    }
    assert_eq!(whole.is_off(), pieces.is_off());
}

/// What passes through the proxy is the same in whatever pieces it comes: a client's bytes, NUL NUL NUL, the instance's.
pub fn relayed(bytes: &[u8]) {
    let Some((&size, bytes)) = bytes.split_first() else { return };
    let at = bytes.windows(3).position(|three| three == [0; 3]).unwrap_or(bytes.len());
    let (asked, answered) = (&bytes[..at], bytes.get(at + 3..).unwrap_or_default());
    let now = Instant::now();
    let seen = |piece: usize| {
        let mut seen = Vec::new();
        let mut conversation = Conversation::new(1 << 10, Room::new(1 << 20));
        for (side, bytes) in [(Side::Client, asked), (Side::Server, answered)] {
            for piece in bytes.chunks(piece.max(1)) {
                conversation.feed(side, piece, now, &mut seen);
            }
        }
        conversation.end(Side::Client, now, &mut seen);
        conversation.end(Side::Server, now, &mut seen);
        let shape = |seen: &Seen| match seen {
            Seen::Exchange(one) | Seen::Opened(one) => {
                format!("{:?} {:?} {:?} {:?}", one.request, one.response, one.malformed, one.trouble)
            }
            Seen::Message(from, one) => format!("{from:?} {} {:?} {}", one.opcode, one.data, one.truncated),
            Seen::Lost(from, why) => format!("{from:?} {why}"),
        };
        seen.iter().map(shape).collect::<Vec<_>>()
    };
    assert_eq!(seen(bytes.len()), seen(usize::from(size)));
    let mut setter = RequestHeads::default();
    let mut out = Vec::new();
    asked
        .chunks(usize::from(size).max(1))
        .for_each(|piece| setter.split(piece, |part, _| out.extend_from_slice(part)));
    out.extend(setter.give_up());
    assert_eq!(out, asked);
}

pub fn curl(bytes: &[u8]) {
    protocol::curl::looks_like(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match protocol::curl::read(text) {
        Ok(command) => match command.into_record(|path| Ok(path.as_bytes().to_vec())) {
            Ok(record) => use_record(&record),
            Err(error) => drop(error.to_string()),
        },
        Err(error) => drop((error.to_string(), error.hint().map(str::len))),
    }
}

/// What is found lies in the document, and what the quick look takes has nothing to be found.
pub fn entity(bytes: &[u8]) {
    let collection = EntityType::named("Collection");
    for (profile, given) in
        [(Profile::Spec, None), (Profile::VersiaServer, None), (Profile::Spec, collection)]
    {
        let report = check(bytes, profile, given);
        for violation in &report.violations {
            assert!(violation.line > 0 && violation.column > 0 && violation.span.start <= bytes.len());
            violation.finding();
        }
        assert!(
            profile != Profile::Spec
                || given.is_some()
                || !is_surely_valid(bytes)
                || report.violations.is_empty()
        );
    }
    fix(bytes, None);
}

pub fn har(bytes: &[u8]) {
    protocol::har::looks_like(bytes);
    match protocol::har::read(bytes) {
        Ok(archive) => archive.entries.iter().for_each(|(_, entry)| match entry {
            Ok(record) => use_record(record),
            Err(error) => drop(error.to_string()),
        }),
        Err(error) => drop((error.to_string(), error.hint().map(str::len))),
    }
}

/// What the quick look takes, the careful readers take as well.
pub fn record(bytes: &[u8]) {
    let careful = serde_json::from_slice::<Record>(bytes);
    if let Ok(record) = &careful {
        use_record(record);
    }
    if glance(bytes).is_some() {
        assert!(careful.is_ok() || Message::read(bytes).is_ok());
    }
}

pub fn message(bytes: &[u8]) {
    match Message::read(bytes) {
        Ok(message) => assert_eq!(Message::read(message.write().as_bytes()), Ok(message)),
        Err(error) => drop(error.to_string()),
    }
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        Message::looks_like(&value);
    }
}

pub fn receipt(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Receipt::read(text) {
        Ok(Some(receipt)) => assert_eq!(Receipt::read(&receipt.write()), Ok(Some(receipt))),
        Ok(None) => {}
        Err(error) => drop(error.to_string()),
    }
}

/// What a session's frame, a post, or a body or frame of RPC may hold is the same after it was written.
pub fn wsify(bytes: &[u8]) {
    assert_eq!(protocol::wsify::check(bytes), Ok(()));
}

/// As in [`wsify`]; and the Goridge frame, protobuf and JSON of its RPC.
pub fn roadrunner(bytes: &[u8]) {
    assert_eq!(protocol::roadrunner::check(bytes), Ok(()));
}

/// As in [`wsify`].
pub fn chat(bytes: &[u8]) {
    assert_eq!(protocol::chat::check(bytes), Ok(()));
}

pub fn key(bytes: &[u8]) {
    match read_key(bytes) {
        Ok(found) => {
            found.form.describe();
            if let Some(key) = found.public_key() {
                let again = read_key(key.to_spki_base64().as_bytes()).expect("what was written is read");
                assert_eq!(again.public_key(), Some(key));
            }
            if let Some(key) = found.into_secret() {
                let again = read_key(key.to_pkcs8_base64().as_bytes()).expect("what was written is read");
                assert_eq!(again.public_key(), Some(key.public()));
            }
        }
        Err(error) => drop((error.to_string(), error.hint())),
    }
}

/// Header values, one on a line; and a key, a signature and a message as they are.
pub fn signature(bytes: &[u8]) {
    let mut lines = bytes.splitn(4, |byte| *byte == b'\n');
    let mut next = || lines.next().unwrap_or_default();
    let headers = [(SIGNATURE, next()), (SIGNED_AT, next()), (SIGNED_BY, next())];
    let (fields, body) = (Fields::from_headers(headers), next());
    for kind in [Kind::Request, Kind::Response, Kind::Message] {
        let message = Unverified { kind, method: "POST", target: "/x", fields, body };
        verify(&message, Some(&known_key()), Window::around(AT));
    }
    same_verdicts(bytes);
}

/// Strict verification of one signature, and of a batch of the same.
fn same_verdicts(bytes: &[u8]) {
    let Some((key, rest)) = bytes.split_first_chunk() else { return };
    let Some((signature, message)) = rest.split_first_chunk() else { return };
    let Some(Ok(public)) = PublicKey::from_bytes(key) else { return };
    let strict = VerifyingKey::from_bytes(key).expect("it is a point");
    let strict = strict.verify_strict(message, &Signature::from_bytes(signature)).is_ok();
    let claims = [Claim { key: public, message, signature: *signature }; 8];
    // No randomness is asked for: this few signatures are verified with tables.
    assert_eq!(BatchVerifier::new(|_| false).verify(&claims), [strict; 8]);
}

pub fn name(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = (
        Link::parse(text),
        Recipient::parse(text),
        HttpUrl::parse(text),
        parse_instant(text),
        check_domain(text),
    );
    let _ = (Resource::parse(text, None), Resource::parse(text, Some("Note")));
    lint(text, "POST", text, AT, AT, Some(bytes));
}

/// Gives a few bytes at a time.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (count, rest) = (self.1.min(buffer.len()).min(self.0.len()), self.0);
        buffer[..count].copy_from_slice(&rest[..count]);
        self.0 = &rest[count..];
        Ok(count)
    }
}

/// Lines are the same in whatever pieces and blocks they come.
pub fn lines(bytes: &[u8]) {
    let Some(([piece, block], bytes)) = bytes.split_first_chunk() else { return };
    let read = |piece: usize, block: usize| -> Vec<_> {
        let blocks = Blocks::of_size(Pieces(bytes, piece), block);
        let lines = blocks.flat_map(|block| block.expect("no line is too long"));
        lines.map(|(number, line)| (number, line.to_vec())).collect()
    };
    let size = |byte: &u8| usize::from(*byte).max(1);
    assert_eq!(read(size(piece), size(block)), read(usize::MAX, 1 << 16));
}
