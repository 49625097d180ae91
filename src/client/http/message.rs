//! What is asked, and what came back.

use std::fmt;
use std::net::SocketAddr;

use crate::client::stream::StageTimings;
use crate::client::url::HttpUrl;
use crate::protocol::record::{Bytes, Headers, Record, Response, Timings};

/// A request to send. Its `Debug` shows neither the values of headers nor the body: they may be secrets.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// Where to, with the target as it is sent.
    pub url: HttpUrl,
    /// The headers, without those that frame the message.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names(&self.headers))
            .field("body_length", &self.body.len())
            .finish()
    }
}

/// What came back. Its `Debug` shows neither the values of headers nor the body.
#[derive(Clone)]
pub struct HttpResponse {
    /// The HTTP version: `1.0` or `1.1`.
    pub version: &'static str,
    /// The status code.
    pub status: u16,
    /// The words behind the status code; may be empty.
    pub reason: String,
    /// The headers, in their order and case.
    pub headers: Headers,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether the body may not be whole: it went over the limit, or has no length and ended after the request could
    /// not be sent whole.
    pub truncated: bool,
    /// How long each stage took; those of connecting are absent when the connection had been made before.
    pub timings: Timings,
    /// How long making the connection took; `None` when it had been made for an earlier exchange.
    pub dialled: Option<StageTimings>,
    /// The TLS version, where TLS was spoken.
    pub tls: Option<&'static str>,
    /// The address at the other end.
    pub peer: SocketAddr,
    /// Whether the connection had been made for an earlier exchange.
    pub reused: bool,
    /// How many bytes of HTTP went out, before any encryption.
    pub bytes_sent: u64,
    /// How many bytes of HTTP came, after any decryption.
    pub bytes_received: u64,
}

impl HttpResponse {
    /// The answer as records have it, not yet verified.
    pub fn recorded(&self) -> Response {
        Response {
            status: self.status,
            headers: self.headers.clone(),
            body: Bytes(self.body.clone()),
            truncated: self.truncated,
            verdict: None,
        }
    }

    /// Notes in a record how the answer came: the versions, the other end, and the times.
    pub fn note_way(&self, record: &mut Record) {
        record.http = Some(self.version.to_owned());
        record.tls = self.tls.map(str::to_owned);
        record.peer = Some(self.peer.to_string());
        record.timings = Some(self.timings);
    }

    /// The first value of a header, as text; the name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value.as_text())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &names(&self.headers))
            .field("body_length", &self.body.len())
            .field("truncated", &self.truncated)
            .field("timings", &self.timings)
            .field("tls", &self.tls)
            .field("peer", &self.peer)
            .field("reused", &self.reused)
            .finish_non_exhaustive()
    }
}

fn names(headers: &Headers) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}
