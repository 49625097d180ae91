//! The instance behind one client's HTTP/2 connection: over HTTP/2 as well, or over as many connections of HTTP/1.1 as
//! there are requests at the same time.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{HeaderMap, Method, Request, Response, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::sync::Mutex as Turn;
use tokio::sync::mpsc::UnboundedSender;

use super::describe;
use super::heard::Heard;
use crate::client::AsyncStream;
use crate::server::proxy::Shared;
use crate::server::proxy::watch::Noted;

/// What is offered in the TLS handshake.
const ALPN: &[&[u8]] = &[b"h2", b"http/1.1"];

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The instance cannot be reached.
    Unreachable(String),
    /// It gave no answer.
    HungUp(String),
}

/// What sends one request.
enum Sender {
    Http1(http1::SendRequest<Heard>),
    Http2(http2::SendRequest<Heard>),
}

/// The connections to the instance.
pub(super) struct Upstream {
    shared: Arc<Shared>,
    noted: UnboundedSender<Noted>,
    /// The one connection of HTTP/2, once there is one; its owner dials, where TLS may agree on it.
    shared_one: Turn<Option<http2::SendRequest<Heard>>>,
    /// Connections of HTTP/1.1 with nothing under way.
    idle: Arc<Mutex<Vec<http1::SendRequest<Heard>>>>,
}

impl Upstream {
    pub(super) fn new(shared: Arc<Shared>, noted: UnboundedSender<Noted>) -> Self {
        Upstream { shared, noted, shared_one: Turn::new(None), idle: Arc::default() }
    }

    /// Sends a request, whose head `head` makes for the version of HTTP that is spoken, and gives its answer.
    ///
    /// # Errors
    /// When the instance cannot be reached, or gives none.
    pub(super) async fn send(
        &self,
        head: impl Fn(bool) -> Result<(Method, Uri, HeaderMap), String>,
        mut body: Heard,
    ) -> Result<Response<Incoming>, Failure> {
        loop {
            let kept = self.take_idle();
            let was_kept = kept.is_some();
            let sender = match kept {
                Some(kept) => Sender::Http1(kept),
                None => self.connect().await.map_err(Failure::Unreachable)?,
            };
            let (method, uri, headers) = head(matches!(sender, Sender::Http2(_))).map_err(Failure::HungUp)?;
            let mut request = Request::new(body);
            (*request.method_mut(), *request.uri_mut(), *request.headers_mut()) = (method, uri, headers);
            let mut error = match sender {
                Sender::Http1(mut sender) => match sender.try_send_request(request).await {
                    Ok(answer) => {
                        self.keep_idle(sender);
                        return Ok(answer);
                    }
                    Err(error) => error,
                },
                Sender::Http2(mut sender) => match sender.try_send_request(request).await {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
            };
            match error.take_message() {
                // The instance closed it before it took anything of the request.
                Some(unsent) if was_kept => body = unsent.into_body(),
                _ => return Err(Failure::HungUp(describe(error.error()))),
            }
        }
    }

    fn take_idle(&self) -> Option<http1::SendRequest<Heard>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find(http1::SendRequest::is_ready)
    }

    /// Keeps a connection for the next request, once the answer's body has come.
    fn keep_idle(&self, mut sender: http1::SendRequest<Heard>) {
        let idle = Arc::downgrade(&self.idle);
        tokio::spawn(async move {
            if sender.ready().await.is_ok()
                && let Some(idle) = idle.upgrade()
            {
                idle.lock().unwrap_or_else(PoisonError::into_inner).push(sender);
            }
        });
    }

    async fn connect(&self) -> Result<Sender, String> {
        if !self.shared.to.tls {
            return self.http1(self.shared.dial(ALPN).await?).await;
        }
        let mut shared_one = self.shared_one.lock().await;
        if let Some(sender) = shared_one.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(Sender::Http2(sender.clone()));
        }
        let stream = self.shared.dial(ALPN).await?;
        let agreed = stream.tls().and_then(|tls| tls.alpn.as_deref());
        if agreed != Some(b"h2") {
            return self.http1(stream).await;
        }
        self.tell_connected(&stream);
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| describe(&error))?;
        // How a connection ends is told of the requests on it.
        tokio::spawn(async move { drop(connection.await) });
        *shared_one = Some(sender.clone());
        Ok(Sender::Http2(sender))
    }

    async fn http1(&self, stream: AsyncStream) -> Result<Sender, String> {
        self.tell_connected(&stream);
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) = handshake.map_err(|error| describe(&error))?;
        tokio::spawn(async move { drop(connection.await) });
        Ok(Sender::Http1(sender))
    }

    fn tell_connected(&self, stream: &AsyncStream) {
        // A watcher that is gone has nobody to tell.
        let _ = self.noted.send(Noted::Connected(stream.timings()));
    }
}
