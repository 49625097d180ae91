//! One request on a connection: its record, its body within limits, the fault that befalls it, and its answer.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_LENGTH, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{HeaderMap, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;

use super::app::{Answer, Received, Reply, StartSession};
use super::body::{BODY_TIME, Body, BodyError};
use super::event::{Event, Happened};
use super::fault::{Fate, FaultKind, Occasion};
use super::listener::Shared;
use super::outlasting::{Awaited, Outlasting};
use super::recorder::unkept_answer;
use super::tap::{Connection, Tap};
use crate::finding::codes;
use crate::protocol::record::{self, Direction, Headers, Record, RecordError, Timings, Transport};
use crate::signing::signed_path;

/// A connection that is closed without an answer.
#[derive(Debug)]
pub(super) struct Dropped;

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is closed without an answer")
    }
}

impl std::error::Error for Dropped {}

/// What comes of a request.
enum Outcome {
    Answer(Response<Full<Bytes>>),
    /// The connection is closed.
    Drop,
    /// Nothing, for as long as the connection is open.
    Hang,
}

/// A request whose head came, and when it did.
struct Begun {
    record: Record,
    began: Instant,
}

/// Answers one request. When the peer hangs up meanwhile, it is told of all the same: the work is made here, and not at
/// the first poll, which need not come.
pub(super) fn serve(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> impl Future<Output = Result<Response<Full<Bytes>>, Dropped>> {
    let (parts, body) = request.into_parts();
    let began = Instant::now();
    let record = begin(&shared, &connection, &parts);
    let awaited = Awaited::default();
    let work = work(shared, connection, parts, body, Begun { record, began }, awaited.clone());
    let work = Outlasting::new(Box::pin(work), awaited);
    async move {
        match work.await {
            Outcome::Answer(response) => Ok(response),
            Outcome::Drop => Err(Dropped),
            Outcome::Hang => std::future::pending().await,
        }
    }
}

async fn work(
    shared: Arc<Shared>,
    connection: Arc<Connection>,
    mut parts: Parts,
    body: Incoming,
    Begun { mut record, began }: Begun,
    awaited: Awaited,
) -> Outcome {
    // Its place is given back when all is told.
    let (Body { bytes, place: _place }, error) = shared.bodies.read(body).await;
    if let Some(request) = &mut record.request {
        request.body = bytes.into();
        request.truncated = error.is_some();
    }
    if let Some(error) = error {
        return refuse_body(&shared, record, &error).await;
    }
    let fate = fate(&shared, &record);
    match fate.kind {
        Some(FaultKind::Drop) => {
            let what = "the connection was closed without an answer, as --fault says";
            tell_unanswered(&shared, record, what).await;
            return Outcome::Drop;
        }
        Some(FaultKind::Hang) => {
            tell_unanswered(&shared, record, "no answer is given, as --fault says").await;
            return Outcome::Hang;
        }
        _ => {}
    }
    let on_upgrade = parts.extensions.remove::<OnUpgrade>();
    let received = Received { record, uri: parts.uri, headers: parts.headers, fate: fate.clone() };
    let Reply { answer, event, session } = Arc::clone(&shared.app).respond(received).await;
    let mut event = if awaited.is_no_more() { unanswered(event) } else { event };
    set_time(&mut event, began);
    if let Err(error) = shared.recorder.tell(event).await {
        return refuse(unkept_answer(&error));
    }
    let mut response = response(answer);
    match fate.kind {
        // There is no head in text that the stream could change.
        Some(FaultKind::Length(off)) if parts.version == Version::HTTP_2 => change_length(&mut response, off),
        Some(fault) => connection.spoil(fault),
        None => {}
    }
    if let (Some(start), Some(on_upgrade)) = (session, on_upgrade) {
        connection.keep_no_heads();
        tokio::spawn(switch(on_upgrade, start));
    }
    Outcome::Answer(response)
}

/// What becomes of a request that is there whole.
fn fate(shared: &Shared, record: &Record) -> Fate {
    let Some(request) = &record.request else { return Fate::default() };
    let occasion = Occasion {
        path: signed_path(&request.target),
        sender: request.header("versia-signed-by").or_else(|| request.header("x-signed-by")),
        address: record.peer.as_deref().unwrap_or_default(),
        body: &request.body.0,
        is_message: false,
    };
    shared.faults.choose(&occasion, Instant::now())
}

/// The event of an answer that nobody waits for any more.
fn unanswered(event: Event) -> Event {
    match event {
        Event::Exchange(mut happened) | Event::SessionOpened(mut happened) => {
            happened.record.response = None;
            happened.record.session = None;
            let message = "the peer hung up before it was answered".to_owned();
            happened.record.error = Some(RecordError { code: None, message });
            Event::Exchange(happened)
        }
        other => other,
    }
}

/// The record of a request whose body has not been read yet.
fn begin(shared: &Shared, connection: &Connection, parts: &Parts) -> Record {
    let over_http2 = parts.version == Version::HTTP_2;
    let head = if over_http2 { None } else { connection.next_head() };
    let (method, target, headers) = match head {
        Some(head) => (head.method, head.target, head.headers),
        None => {
            let target = parts.uri.path_and_query().map_or("*", |target| target.as_str());
            (parts.method.to_string(), target.to_owned(), headers_of(parts))
        }
    };
    let version = match parts.version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    };
    Record {
        id: Some(shared.ambient.record_id()),
        at: shared.ambient.record_time(),
        transport: Transport::Http,
        direction: Some(Direction::In),
        peer: Some(connection.peer.to_string()),
        http: Some(version.to_owned()),
        tls: connection.tls.map(str::to_owned),
        request: Some(record::Request {
            method,
            target,
            headers: Some(headers),
            ..record::Request::default()
        }),
        ..Record::default()
    }
}

/// The headers as the library has them, with the authority of HTTP/2 as `Host`.
fn headers_of(parts: &Parts) -> Headers {
    let authority = parts.uri.authority().filter(|_| !parts.headers.contains_key("host"));
    let host = authority.map(|authority| ("host".to_owned(), authority.as_str().into()));
    let others =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec().into()));
    host.into_iter().chain(others).collect()
}

async fn refuse_body(shared: &Shared, mut record: Record, error: &BodyError) -> Outcome {
    let code = Some(codes::LIMIT_REACHED.id.to_owned());
    let (status, what) = match error {
        BodyError::TooLarge => (413, format!("the body is larger than {} bytes", shared.bodies.limit())),
        BodyError::NoRoom => (503, "there is no room for one more body at the same time".to_owned()),
        BodyError::Late => (408, format!("the body did not come within {} s", BODY_TIME.as_secs())),
        BodyError::Broken(why) => {
            tell_unanswered(shared, record, &format!("the body did not come whole: {why}")).await;
            return Outcome::Drop;
        }
    };
    let answer = Answer { status, body: format!("{what}\n").into(), ..Answer::default() };
    record.response = Some(recorded(&answer));
    record.error = Some(RecordError { code, message: what });
    match shared.recorder.tell(happened(record)).await {
        Ok(()) => refuse(answer),
        Err(error) => refuse(unkept_answer(&error)),
    }
}

/// An answer that ends its connection.
fn refuse(answer: Answer) -> Outcome {
    let mut response = response(answer);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Outcome::Answer(response)
}

/// Says how long it took to find the answer.
fn set_time(event: &mut Event, began: Instant) {
    if let Some(record) = event.record_mut() {
        let millis = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        record.timings = Some(Timings { total: Some(millis), ..Timings::default() });
    }
}

async fn tell_unanswered(shared: &Shared, mut record: Record, what: &str) {
    record.error = Some(RecordError { code: None, message: what.to_owned() });
    shared.tell(happened(record)).await;
}

fn happened(record: Record) -> Event {
    Event::Exchange(Box::new(Happened { record, checked: Vec::new(), delivery: None }))
}

/// An answer as records have it: with the length of its body, which the HTTP library writes.
pub(super) fn recorded(answer: &Answer) -> record::Response {
    let mut headers = answer.headers.clone();
    headers.extend(answer.length().map(|length| ("Content-Length".to_owned(), length.to_string().into())));
    record::Response {
        status: answer.status,
        headers,
        body: answer.body.to_vec().into(),
        ..record::Response::default()
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut headers = HeaderMap::with_capacity(answer.headers.len() + 1);
    for (name, value) in &answer.headers {
        // What cannot stand in a header was never ours to send: our own names and values can.
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(&value.0))
        {
            headers.append(name, value);
        }
    }
    if let Some(length) = answer.length() {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let mut response = Response::new(Full::new(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

fn change_length(response: &mut Response<Full<Bytes>>, off: i64) {
    let length =
        response.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length.saturating_add_signed(off)));
    }
}

/// Waits until the answer is out, and runs what follows it.
async fn switch(on_upgrade: OnUpgrade, start: StartSession) {
    // A connection that ended before is told of by whoever runs it.
    let Ok(upgraded) = on_upgrade.await else { return };
    let Ok(parts) = downcast::<TokioIo<Tap>>(upgraded) else { return };
    let tap = parts.io.into_inner();
    // A piece of the library's buffer would keep all of it for the session's life.
    let already_read = parts.read_buf.to_vec();
    drop(parts.read_buf);
    start(tap, already_read).await;
}
