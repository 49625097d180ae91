//! The handshake: an HTTP/1.1 exchange of our own, so that a refusal can be shown whole.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::maybe_done;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{HeaderMap, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::super::async_stream::AsyncStream;
use super::super::deadline::Deadline;
use super::super::dial_error::Stage;
use super::super::dialer::Dialer;
use super::super::head::read_head;
use super::super::http_error::HttpError;
use super::super::stream::{StageTimings, Stream};
use super::answer;
use super::error::{Refusal, WebSocketError};
use super::heard::{Beginning, Heard};
use super::opening::Opening;
use super::{Bytes, Opened, Socket};
use crate::protocol::record::{self, Headers, Timings};

/// The largest head of an answer, in bytes.
const MAX_HEAD: usize = 64 << 10;

/// The most of a refusal's body that is read, in bytes.
const MAX_REFUSAL: usize = 64 << 10;

/// How much is read at once. A larger buffer is paid for by every session, and cleared at every read.
const READ_BUFFER: usize = 4 << 10;

/// How much is gathered before it is written.
const WRITE_BUFFER: usize = 128 << 10;

/// What is left for answers to pings beside a full buffer and the largest message.
const CONTROL_FRAMES: usize = 64 << 10;

/// Opens a session: connects, shakes hands, and checks the answer. Takes at most the dialer's time-outs.
///
/// Wants a runtime with input, output and time. The dialer blocks, and does so on a thread for that.
///
/// # Errors
/// When the request cannot be sent as written, there is no answer, or the answer opens no session.
pub async fn open(dialer: Arc<Dialer>, opening: &Opening) -> Result<Opened, WebSocketError> {
    let request = opening.request(dialer.options()).map_err(WebSocketError::Exchange)?;
    let start = Instant::now();
    let deadline = Deadline::after(dialer.options().timeout);
    let stream = dial(dialer, opening, deadline).await.map_err(WebSocketError::Exchange)?;
    let exchange = Exchange { target: opening.url.origin().to_string(), deadline, start };
    exchange.run(stream, request, opening).await
}

async fn dial(dialer: Arc<Dialer>, opening: &Opening, deadline: Deadline) -> Result<AsyncStream, HttpError> {
    let origin = opening.url.origin().clone();
    let target = origin.to_string();
    let dialled = tokio::task::spawn_blocking(move || dialer.dial(&origin, &[b"http/1.1"], deadline)).await;
    let broken = |error| HttpError::Broken { target, stage: Stage::Prepare, error };
    let stream: Stream = match dialled {
        Ok(stream) => stream.map_err(HttpError::Dial)?,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(cancelled) => return Err(broken(io::Error::other(cancelled))),
        },
    };
    AsyncStream::new(stream).map_err(broken)
}

/// A handshake that is under way.
struct Exchange {
    target: String,
    deadline: Deadline,
    start: Instant,
}

impl Exchange {
    async fn run(
        &self,
        stream: AsyncStream,
        request: Request<Empty<Bytes>>,
        opening: &Opening,
    ) -> Result<Opened, WebSocketError> {
        let (stages, tls, peer) = (stream.timings(), stream.tls().cloned(), stream.peer());
        let (heard, beginning) = Heard::new(stream, MAX_HEAD);
        let (mut sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_header_size(MAX_HEAD)
            .handshake(TokioIo::new(heard))
            .await
            .map_err(|error| self.failure(&error))?;
        let mut connection = pin!(maybe_done(connection.without_shutdown()));

        let sent = Instant::now();
        let mut answer = pin!(sender.send_request(request));
        let answer = self.within(driving(connection.as_mut(), answer.as_mut())).await;
        let answer = match answer {
            Some(answer) => answer.map_err(|error| self.failure(&error))?,
            None => return Err(self.timed_out()),
        };
        let first_byte = sent.elapsed();
        let timings = || self.timings(stages, first_byte);

        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            let (head, body) = answer.into_parts();
            let (body, truncated) = self.read_refusal(body, connection).await;
            let (status, headers) = (head.status.as_u16(), kept(&beginning, &head.headers));
            let refusal = Refusal { status, headers, body, truncated, timings: timings(), tls, peer };
            return Err(WebSocketError::Refused { target: self.target.clone(), refusal: Box::new(refusal) });
        }
        let headers = kept(&beginning, answer.headers());
        let subprotocol = answer::check(answer.headers(), opening).map_err(|problem| {
            WebSocketError::Answer { target: self.target.clone(), problem, headers: headers.clone() }
        })?;
        drop(answer);
        if self.within(connection.as_mut()).await.is_none() {
            return Err(self.timed_out());
        }
        let parts = match connection.take_output() {
            Some(done) => done.map_err(|error| self.failure(&error))?,
            None => return Err(self.closed()),
        };
        let socket =
            socket(parts.io.into_inner().into_inner(), parts.read_buf.into(), opening.max_message).await;
        let target = self.target.clone();
        Ok(Opened { socket, target, headers, subprotocol, timings: timings(), tls, peer })
    }

    /// What comes of a refusal's body within the limits. It is shown, however it ends.
    async fn read_refusal<C: Future<Output = ()>>(
        &self,
        mut body: Incoming,
        mut connection: Pin<&mut C>,
    ) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        loop {
            let mut frame = pin!(body.frame());
            match self.within(driving(connection.as_mut(), frame.as_mut())).await {
                Some(None) => return (bytes, false),
                Some(Some(Ok(frame))) => bytes.extend_from_slice(frame.data_ref().map_or(&[], |data| data)),
                Some(Some(Err(_))) | None => return (bytes, true),
            }
            if bytes.len() > MAX_REFUSAL {
                bytes.truncate(MAX_REFUSAL);
                return (bytes, true);
            }
        }
    }

    /// The result, unless the time is up before.
    async fn within<F: Future>(&self, future: F) -> Option<F::Output> {
        match self.deadline.remaining() {
            Ok(None) => Some(future.await),
            Ok(Some(left)) => tokio::time::timeout(left, future).await.ok(),
            Err(_) => None,
        }
    }

    fn timings(&self, stages: StageTimings, first_byte: Duration) -> Timings {
        Timings {
            dns: stages.dns.map(millis),
            connect: Some(millis(stages.connect)),
            tls: stages.tls.map(millis),
            first_byte: Some(millis(first_byte)),
            total: Some(millis(self.start.elapsed())),
        }
    }

    fn timed_out(&self) -> WebSocketError {
        let (target, limit) = (self.target.clone(), self.deadline.limit());
        WebSocketError::Exchange(HttpError::TimedOut { target, stage: Stage::Head, limit })
    }

    fn closed(&self) -> WebSocketError {
        WebSocketError::Exchange(HttpError::Closed { target: self.target.clone(), stage: Stage::Head })
    }

    fn failure(&self, error: &hyper::Error) -> WebSocketError {
        let (target, stage) = (self.target.clone(), Stage::Head);
        let cause = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
        if error.is_parse_too_large() {
            return WebSocketError::Exchange(HttpError::HeadTooLarge { target });
        }
        if error.is_parse() {
            return WebSocketError::Exchange(HttpError::NotHttp { target, why: error.to_string() });
        }
        match cause {
            Some(cause) if cause.kind() != io::ErrorKind::UnexpectedEof => {
                let error = io::Error::new(cause.kind(), cause.to_string());
                WebSocketError::Exchange(HttpError::Broken { target, stage, error })
            }
            _ => self.closed(),
        }
    }
}

/// Runs `future` with the connection that it needs. How the connection ends shows in the future's own result.
async fn driving<C: Future<Output = ()>, F: Future>(
    mut connection: Pin<&mut C>,
    mut future: Pin<&mut F>,
) -> F::Output {
    poll_fn(|context| {
        // A connection that has ended stays so: `maybe_done` may be polled again.
        let _ = connection.as_mut().poll(context);
        future.as_mut().poll(context)
    })
    .await
}

async fn socket(stream: AsyncStream, early: Vec<u8>, max_message: usize) -> Socket {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(WRITE_BUFFER.saturating_add(max_message).saturating_add(CONTROL_FRAMES))
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message));
    Socket::new(stream, early, config).await
}

/// The headers as they came, or as the library has them where that cannot be read.
fn kept(beginning: &Beginning, headers: &HeaderMap) -> Headers {
    if let Some(head) = read_head(&beginning.bytes()) {
        return head.headers;
    }
    let bytes = |value: &[u8]| record::Bytes(value.to_vec());
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), bytes(value.as_bytes()))).collect()
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
