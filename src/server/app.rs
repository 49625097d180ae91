//! What stands between the wire and a protocol: a request as it came, and what is to be answered.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use hyper::{HeaderMap, Uri};

use super::event::Event;
use super::fault::Fate;
use super::tap::Tap;
use crate::protocol::record::{Headers, Record};

/// A future on the heap.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Answers requests: one protocol, or several side by side.
pub trait App: Send + Sync + 'static {
    /// Answers one request.
    fn respond(self: Arc<Self>, received: Received) -> BoxFuture<Reply>;
}

/// A request as it came.
#[derive(Debug)]
pub struct Received {
    /// What passed on the wire so far: the request, whole.
    pub record: Record,
    /// The target as the HTTP library understands it, for finding what it is for.
    pub uri: Uri,
    /// The headers as the HTTP library has them, for negotiating.
    pub headers: HeaderMap,
    /// What goes wrong with the answer, and what it tells of quotas.
    pub fate: Fate,
}

impl Received {
    /// The request's method, as written.
    pub fn method(&self) -> &str {
        self.record.request.as_ref().map_or("", |request| request.method.as_str())
    }

    /// The request's target, as written.
    pub fn target(&self) -> &str {
        self.record.request.as_ref().map_or("", |request| request.target.as_str())
    }

    /// The request's body.
    pub fn body(&self) -> &[u8] {
        self.record.request.as_ref().map_or(&[], |request| request.body.0.as_slice())
    }
}

/// An answer to a request.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, without those that frame the message.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// The length of the body that a GET would be answered with, where a HEAD is answered without it.
    pub left_out: Option<usize>,
}

impl Answer {
    /// The answer without its body, as a HEAD is answered.
    #[must_use]
    pub fn without_body(self) -> Self {
        Answer { left_out: Some(self.body.len()), body: Bytes::new(), ..self }
    }

    /// What `Content-Length` says, where there is one (RFC 9110, 8.6).
    pub(super) fn length(&self) -> Option<usize> {
        let has_length = self.status >= 200 && self.status != 204 && self.status != 304;
        has_length.then(|| self.left_out.unwrap_or(self.body.len()))
    }
}

/// Runs a session over a connection on which the protocol was switched; the bytes are what came behind the request.
pub type StartSession = Box<dyn FnOnce(Tap, Vec<u8>) -> BoxFuture<()> + Send>;

/// What is to be done about a request.
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// What there is to tell of it.
    pub event: Event,
    /// What follows when the answer switches protocols.
    pub session: Option<StartSession>,
}
