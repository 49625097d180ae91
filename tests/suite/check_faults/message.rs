//! A request and an answer as the faults see them, and the two signers that they know.

use std::io::{BufRead, Read};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use versia_cli::protocol::versia::{CONTENT_TYPE, INBOX, signature_headers};
use versia_cli::server::seed_id;
use versia_cli::signing::{SIGNATURE, SIGNED_AT, SIGNED_BY, SecretKey, SignedString, Signer};

/// Headers in their order.
pub type Headers = Vec<(String, String)>;

/// The instance that checks.
pub fn a() -> Signer {
    Signer::new(SecretKey::from_seed(&[1; 32]), "a.example")
}

/// The instance that is checked.
pub fn b() -> Signer {
    Signer::new(SecretKey::from_seed(&[2; 32]), "b.example")
}

/// The id of the user of the checked instance whom the cases are about.
pub fn alice() -> String {
    seed_id("alice", "b.example")
}

/// The id of another one.
pub fn bob() -> String {
    seed_id("bob", "b.example")
}

/// Unix time, in seconds.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

/// The values of a header.
fn values<'a>(headers: &'a Headers, name: &str) -> impl Iterator<Item = &'a str> {
    headers.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn replace(headers: &mut Headers, name: &str, value: &str) {
    headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    headers.push((name.to_owned(), value.to_owned()));
}

fn sign(headers: &mut Headers, signer: &Signer, at: i64, over: (&str, &str, &[u8])) {
    let (method, target, body) = over;
    for (name, value) in signature_headers(&signer.sign(method, target, at, body)) {
        replace(headers, &name, value.as_text().unwrap());
    }
}

/// To whom a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// To the instance that is checked.
    Checked,
    /// To the instance that checks.
    Checking,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Asked {
    pub side: Side,
    pub method: String,
    pub target: String,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Asked {
    /// The value of a header; the first, where it is there more than once.
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).next()
    }

    /// How often a header is there.
    pub fn count(&self, name: &str) -> usize {
        values(&self.headers, name).count()
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap()
    }

    /// The body as JSON; null, where it is none.
    pub fn entity(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether it asks the checked instance for something by GET.
    pub fn is_get(&self) -> bool {
        self.side == Side::Checked && self.method == "GET"
    }

    /// Whether it asks for the note that the cases are about, by its id.
    pub fn is_note(&self) -> bool {
        let id = self.target.strip_prefix("/.versia/v0.6/entities/Note/").unwrap_or_default();
        let is_uuid = id.len() == 36 && !id.starts_with("00000000") && id != alice();
        self.is_get() && is_uuid
    }

    /// Whether it is a delivery to the checked instance.
    pub fn is_delivery(&self) -> bool {
        self.side == Side::Checked && self.method == "POST" && self.path() == INBOX
    }

    /// Whether it is a delivery to the instance that checks.
    pub fn is_answer(&self) -> bool {
        self.side == Side::Checking && self.method == "POST" && self.path() == INBOX
    }

    /// How many seconds ago it says to be signed.
    pub fn age(&self) -> Option<i64> {
        Some(now() - self.header(SIGNED_AT)?.parse::<i64>().ok()?)
    }

    /// The signature, where it is one that is written as it should be.
    fn signature(&self) -> Option<[u8; 64]> {
        let headers = [SIGNATURE, SIGNED_BY, SIGNED_AT];
        let is_whole = headers.iter().all(|name| self.count(name) == 1);
        STANDARD.decode(self.header(SIGNATURE)?).ok()?.try_into().ok().filter(|_| is_whole)
    }

    /// Whether it has each header of a signature once, the signature in the right form, and a time that is not over.
    pub fn is_well_signed(&self) -> bool {
        self.signature().is_some() && self.age().is_some_and(|age| age.abs() < 300)
    }

    /// Whether the signature holds for these: method, target, time and body.
    pub fn holds_over(&self, method: &str, target: &str, at: &str, body: &[u8]) -> bool {
        let string = SignedString::new(method, target, at, body);
        let key = a().key().public();
        self.signature().is_some_and(|signature| key.verifies(string.as_str().as_bytes(), &signature))
    }

    /// Whether the signature is the right one of the instance that checks, whatever its time.
    pub fn holds(&self) -> bool {
        let at = self.header(SIGNED_AT).unwrap_or_default();
        self.header(SIGNED_BY) == Some("a.example")
            && self.holds_over(&self.method, &self.target, at, &self.body)
    }

    /// Whether the signature is the right one, but for its first bit.
    pub fn holds_flipped(&self) -> bool {
        let mut same = self.clone();
        let Some(mut signature) = self.signature() else { return false };
        signature[0] ^= 1;
        same.set(SIGNATURE, &STANDARD.encode(signature));
        same.holds()
    }

    /// Puts a header in the place of those of its name.
    pub fn set(&mut self, name: &str, value: &str) {
        replace(&mut self.headers, name, value);
    }

    /// The same rightly signed by the instance that checks.
    pub fn vouched(&self) -> Self {
        let mut same = self.clone();
        sign(&mut same.headers, &a(), now(), (&self.method, &self.target, &self.body));
        same
    }

    /// The same with another body, rightly signed by the checked instance.
    pub fn rewritten(&self, body: impl Into<Vec<u8>>) -> Self {
        let mut other = Asked { body: body.into(), ..self.clone() };
        sign(&mut other.headers, &b(), now(), (&self.method, &self.target, &other.body));
        let length = other.body.len().to_string();
        replace(&mut other.headers, "Content-Length", &length);
        other
    }

    /// The bytes of it.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        write(&mut bytes, &self.headers, &self.body);
        bytes
    }
}

fn write(bytes: &mut Vec<u8>, headers: &Headers, body: &[u8]) {
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").into_bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Headers,
    pub body: Vec<u8>,
}

impl Answer {
    /// A signed answer to a request.
    pub fn to(asked: &Asked, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), CONTENT_TYPE.to_owned())];
        let mut answer = Answer { status, headers, body: body.into() };
        answer.sign(asked, &b(), now());
        answer
    }

    /// Signs it.
    pub fn sign(&mut self, asked: &Asked, signer: &Signer, at: i64) {
        sign(&mut self.headers, signer, at, (&asked.method, &asked.target, &self.body));
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).next()
    }

    /// Puts a header in the place of those of its name.
    pub fn set(&mut self, name: &str, value: &str) {
        replace(&mut self.headers, name, value);
    }

    /// Takes a header away.
    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
    }

    /// Changes the JSON of its body.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut value = serde_json::from_slice(&self.body).unwrap_or_default();
        change(&mut value);
        self.body = value.to_string().into_bytes();
    }

    /// The bytes of it. The answer to a HEAD, and a 204, have no body.
    pub fn bytes(&self, asked: &Asked) -> Vec<u8> {
        let mut headers = self.headers.clone();
        if asked.method != "HEAD" && self.status != 204 {
            replace(&mut headers, "Content-Length", &self.body.len().to_string());
        }
        let mut bytes = format!("HTTP/1.1 {} Told\r\n", self.status).into_bytes();
        write(&mut bytes, &headers, &self.body);
        bytes
    }

    /// Reads it, as the answer to a request: the bytes as they came, and what they say.
    pub fn read(reader: &mut impl BufRead, asked: &Asked) -> Option<(Vec<u8>, Self)> {
        let mut bytes = read_head(reader)?;
        let mut space = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut space);
        let end =
            head.parse(&bytes).ok().filter(httparse::Status::is_complete).map(|status| status.unwrap())?;
        let mut answer = Answer { status: head.code?, headers: owned(head.headers), body: Vec::new() };
        let length = answer.header("content-length").and_then(|length| length.parse::<u64>().ok());
        if asked.method != "HEAD" && !matches!(answer.status, 100..200 | 204 | 304) {
            reader.take(length.unwrap_or(u64::MAX)).read_to_end(&mut bytes).ok()?;
        }
        answer.body = bytes[end..].to_vec();
        Some((bytes, answer))
    }
}

/// A head, up to and with the empty line.
pub fn read_head(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        reader.read_until(b'\n', &mut head).ok().filter(|count| *count > 0)?;
    }
    Some(head)
}

/// Headers as they were parsed.
pub fn owned(headers: &[httparse::Header<'_>]) -> Headers {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect()
}
