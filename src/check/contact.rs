//! How far the checked instance got on its way to the key of this side.

use super::observer::Seen;
use crate::protocol::record::Record;
use crate::protocol::versia::INSTANCE;
use crate::signing::signed_path;

/// The first byte of TLS, where HTTP was expected.
const HANDSHAKE: u8 = 0x16;

/// How many targets are named.
const NAMED: usize = 3;

/// How far the instance got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Contact {
    /// Nothing came at all.
    #[default]
    Never,
    /// It connected, and TLS came to nothing, for this reason.
    TlsFailed(String),
    /// It spoke TLS, and this side does not.
    TlsUnexpected,
    /// It connected, and sent no request that could be read, for this reason.
    NoRequest(String),
    /// It came, and asked for these instead of the key.
    Elsewhere(Vec<String>),
    /// It asked for the key, and was answered with this status.
    Refused(u16),
    /// It asked for the key, and got it.
    GotKey,
}

impl Contact {
    /// What came says so much.
    pub(super) fn of(came: &[Seen]) -> Self {
        let requests: Vec<_> = came.iter().filter_map(|seen| asked(&seen.record)).collect();
        let for_key: Vec<_> = requests.iter().filter(|(target, _)| signed_path(target) == INSTANCE).collect();
        match for_key.iter().map(|(_, status)| *status).min() {
            Some(200) => return Contact::GotKey,
            Some(status) => return Contact::Refused(status),
            None => {}
        }
        if !requests.is_empty() {
            let mut targets: Vec<_> = requests.iter().map(|(target, _)| (*target).to_owned()).collect();
            targets.dedup();
            targets.truncate(NAMED);
            return Contact::Elsewhere(targets);
        }
        match came.iter().map(|seen| &seen.record).next_back() {
            None => Contact::Never,
            Some(record) => Contact::of_nothing(record),
        }
    }

    /// What a connection without a request says.
    fn of_nothing(record: &Record) -> Self {
        if record.malformed.as_ref().is_some_and(|bytes| bytes.0.first() == Some(&HANDSHAKE)) {
            return Contact::TlsUnexpected;
        }
        let why = record.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
        if why.contains("TLS handshake") { Contact::TlsFailed(why) } else { Contact::NoRequest(why) }
    }

    /// What it did, in words that follow its name. May quote the peer: escape it before a terminal.
    pub fn told(&self) -> String {
        match self {
            Contact::Never => "did not come for our key".to_owned(),
            Contact::TlsFailed(why) => format!("came for our key, and {why}"),
            Contact::TlsUnexpected => {
                "came for our key over TLS, which our instance does not speak".to_owned()
            }
            Contact::NoRequest(why) => format!("connected to our instance, and sent no request: {why}"),
            Contact::Elsewhere(targets) => {
                format!("came to our instance, and asked for {} instead of {INSTANCE}", targets.join(", "))
            }
            Contact::Refused(status) => format!("asked for our key, and our instance answered {status}"),
            Contact::GotKey => "came for our key, and got it".to_owned(),
        }
    }
}

/// What was asked for, and how it was answered.
fn asked(record: &Record) -> Option<(&str, u16)> {
    let request = record.request.as_ref()?;
    Some((&request.target, record.response.as_ref().map_or(0, |response| response.status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::{Bytes, RecordError, Request, Response};

    fn seen(record: Record) -> Seen {
        Seen { record, findings: Vec::new() }
    }

    fn request(target: &str, status: u16) -> Seen {
        let request = Request { target: target.to_owned(), ..Request::default() };
        let response = Response { status, ..Response::default() };
        seen(Record { request: Some(request), response: Some(response), ..Record::default() })
    }

    fn failure(message: &str, bytes: Option<&[u8]>) -> Seen {
        let error = RecordError { code: None, message: message.to_owned() };
        let malformed = bytes.map(|bytes| Bytes(bytes.to_vec()));
        seen(Record { error: Some(error), malformed, ..Record::default() })
    }

    #[test]
    fn how_far_it_came_is_seen_in_what_came() {
        let tls = "the TLS handshake failed: received fatal alert: UnknownCA";
        for (came, expected) in [
            (vec![], Contact::Never),
            (vec![request(INSTANCE, 200)], Contact::GotKey),
            (
                vec![failure(tls, None), request("/.well-known/versia", 200), request(INSTANCE, 200)],
                Contact::GotKey,
            ),
            (vec![request(INSTANCE, 406)], Contact::Refused(406)),
            (
                vec![request("/.well-known/versia", 200), request("/.well-known/versia", 200)],
                Contact::Elsewhere(vec!["/.well-known/versia".to_owned()]),
            ),
            (vec![failure(tls, None)], Contact::TlsFailed(tls.to_owned())),
            (vec![failure("refused as no HTTP", Some(b"\x16\x03\x01"))], Contact::TlsUnexpected),
            (
                vec![failure("refused as no HTTP", Some(b"x"))],
                Contact::NoRequest("refused as no HTTP".to_owned()),
            ),
        ] {
            assert_eq!(Contact::of(&came), expected);
        }
    }
}
