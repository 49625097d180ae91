//! Two records, held against each other part by part.
//!
//! What differs in any two records is passed over: ids, times, addresses, sessions, numbers and how long it took.

mod body;
mod headers;

use serde::Serialize;

use super::record::{
    Bytes, Direction, Frame, Headers, Record, RecordVerdict, Request, Response, Transport, without_secrets,
};
use super::versia::{INBOX, Message};
use crate::signing::{Fields, SignedString};

/// Something that is not the same in two records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The part of the record: `request`, `request headers`, `request body`, `request signed string`, …
    pub part: &'static str,
    /// What in it: the name of a header, the path of a value, the name of a part of the signed string.
    pub place: String,
    /// What the first record has; `None` when it has nothing there.
    pub first: Option<String>,
    /// What the second record has.
    pub second: Option<String>,
}

/// Finds differences of one part.
struct Finder<'a> {
    part: &'static str,
    found: &'a mut Vec<Difference>,
}

impl Finder<'_> {
    fn add(&mut self, place: impl Into<String>, first: Option<String>, second: Option<String>) {
        self.found.push(Difference { part: self.part, place: place.into(), first, second });
    }

    fn compare<T: PartialEq + ToString>(&mut self, place: &str, first: Option<T>, second: Option<T>) {
        if first != second {
            self.add(place, first.map(|it| it.to_string()), second.map(|it| it.to_string()));
        }
    }
}

/// What differs, in the order of the record's parts; nothing when the two are the same.
pub fn compare(first: &Record, second: &Record) -> Vec<Difference> {
    let mut found = Vec::new();
    whole(first, second, &mut found);
    let requests = [&first.request, &second.request];
    if let [Some(one), Some(other)] = requests.map(Option::as_ref) {
        request(one, other, &mut found);
    }
    if let [Some(one), Some(other)] = [&first.frame, &second.frame].map(Option::as_ref) {
        frame([first, second], [one, other], &mut found);
    }
    if let [Some(one), Some(other)] = [&first.response, &second.response].map(Option::as_ref) {
        response([first, second], [one, other], &mut found);
    }
    let (mut finder, empty) = (Finder { part: "malformed", found: &mut found }, Bytes::default());
    let [one, other] = [first, second].map(|record| record.malformed.as_ref().unwrap_or(&empty));
    body::compare(&mut finder, one, other);
    found
}

fn whole(first: &Record, second: &Record, found: &mut Vec<Difference>) {
    let mut finder = Finder { part: "record", found };
    let both = [first, second];
    let [one, other] = both.map(|it| if it.transport == Transport::Ws { "ws" } else { "http" });
    finder.compare("transport", Some(one), Some(other));
    let [one, other] =
        both.map(|it| it.direction.map(|direction| if direction == Direction::In { "in" } else { "out" }));
    finder.compare("direction", one, other);
    let [one, other] = both.map(|it| format!("{:?}", it.protocol).to_lowercase());
    finder.compare("protocol", Some(one), Some(other));
    finder.compare("http", first.http.as_deref(), second.http.as_deref());
    finder.compare("tls", first.tls.as_deref(), second.tls.as_deref());
    let [one, other] = both.map(|it| it.error.as_ref().map(|error| error.message.as_str()));
    finder.compare("error", one, other);
    let there = |is_there: bool| is_there.then_some("there");
    finder.compare("request", there(first.request.is_some()), there(second.request.is_some()));
    finder.compare("frame", there(first.frame.is_some()), there(second.frame.is_some()));
    finder.compare("response", there(first.response.is_some()), there(second.response.is_some()));
}

fn request(first: &Request, second: &Request, found: &mut Vec<Difference>) {
    let mut finder = Finder { part: "request", found };
    finder.compare("method", Some(&first.method), Some(&second.method));
    if first.target != second.target {
        let [one, other] = [first, second].map(|it| Some(without_secrets(&it.target).into_owned()));
        finder.add("target", one, other);
    }
    finder.compare("truncated", Some(first.truncated), Some(second.truncated));
    let (Some(one), Some(other)) = (&first.headers, &second.headers) else { return };
    headers::compare(&mut Finder { part: "request headers", found }, one, other);
    body::compare(&mut Finder { part: "request body", found }, &first.body, &second.body);
    let [one, other] = [(first, one), (second, other)]
        .map(|(it, headers)| string_of(headers, &it.method, &it.target, &it.body.0));
    strings(Finder { part: "request signed string", found }, one, other);
    verdicts(Finder { part: "request verdict", found }, first.verdict.as_ref(), second.verdict.as_ref());
}

fn response(records: [&Record; 2], [first, second]: [&Response; 2], found: &mut Vec<Difference>) {
    let mut finder = Finder { part: "response", found };
    finder.compare("status", Some(first.status), Some(second.status));
    finder.compare("truncated", Some(first.truncated), Some(second.truncated));
    headers::compare(&mut Finder { part: "response headers", found }, &first.headers, &second.headers);
    body::compare(&mut Finder { part: "response body", found }, &first.body, &second.body);
    let [one, other] = [(records[0], first), (records[1], second)].map(|(record, response)| {
        let request = record.request.as_ref()?;
        string_of(&response.headers, &request.method, &request.target, &response.body.0)
    });
    strings(Finder { part: "response signed string", found }, one, other);
    verdicts(Finder { part: "response verdict", found }, first.verdict.as_ref(), second.verdict.as_ref());
}

fn frame(records: [&Record; 2], [first, second]: [&Frame; 2], found: &mut Vec<Difference>) {
    let mut finder = Finder { part: "frame", found };
    finder.compare("opcode", Some(&first.opcode), Some(&second.opcode));
    let [one, other] = [first, second].map(|it| {
        it.close.as_ref().map(|close| format!("{} {}", close.code, close.reason).trim_end().to_owned())
    });
    finder.compare("close", one, other);
    body::compare(&mut Finder { part: "frame data", found }, &first.data, &second.data);
    let [one, other] = [(records[0], first), (records[1], second)].map(|(record, frame)| {
        let message = Message::read(&frame.data.0).ok()?;
        let target = record.request.as_ref().map_or(INBOX, |request| &request.target);
        Some(SignedString::new("POST", target, &message.signed_at, message.entity.as_bytes()))
    });
    strings(Finder { part: "frame signed string", found }, one, other);
    verdicts(Finder { part: "frame verdict", found }, first.verdict.as_ref(), second.verdict.as_ref());
}

/// What was to be signed, where the time of signing is known.
fn string_of(headers: &Headers, method: &str, target: &str, body: &[u8]) -> Option<SignedString> {
    let fields =
        Fields::from_headers(headers.iter().map(|(name, value)| (name.as_str(), value.0.as_slice())));
    Some(SignedString::new(method, target, fields.signed_at.text()?, body))
}

fn strings(mut finder: Finder<'_>, first: Option<SignedString>, second: Option<SignedString>) {
    type Of = fn(&SignedString) -> &str;
    let parts: [(&str, Of); 4] = [
        ("method", SignedString::method),
        ("path", SignedString::path),
        ("signed at", SignedString::signed_at),
        ("digest", SignedString::digest),
    ];
    for (name, part) in parts {
        finder.compare(name, first.as_ref().map(part), second.as_ref().map(part));
    }
}

fn verdicts(mut finder: Finder<'_>, first: Option<&RecordVerdict>, second: Option<&RecordVerdict>) {
    let both = [first, second];
    let [one, other] = both.map(|it| it.map(|verdict| verdict.signature.as_str()));
    finder.compare("signature", one, other);
    let [one, other] =
        both.map(|it| it.map(|verdict| verdict.codes.join(" ")).filter(|codes| !codes.is_empty()));
    finder.compare("codes", one, other);
    let [one, other] = both.map(|it| it.and_then(|verdict| verdict.signed_by.as_deref()));
    finder.compare("signed by", one, other);
    let [one, other] = both.map(|it| it.and_then(|verdict| verdict.key.as_deref()));
    finder.compare("key", one, other);
}

#[cfg(test)]
mod tests;
