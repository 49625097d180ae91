//! HTTP/2, which cannot be relayed as bytes: it is terminated here. Bodies stream both ways, and with the values of headers
//! come out as they went in; their names are in lower case, as HTTP/2 has them.
//!
//! The instance is spoken to over HTTP/2 where TLS agrees on it, else over HTTP/1.1. WebSocket is not offered over HTTP/2
//! (RFC 8441): clients then ask for it over HTTP/1.1.

mod heard;
mod upstream;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{COOKIE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::mpsc::UnboundedSender;

use self::heard::{Heard, Part, Recording};
use self::upstream::{Failure, Upstream};
use super::beginning::Rewound;
use super::parse::Trouble;
use super::watch::Noted;
use super::{Shared, unreachable};
use crate::protocol::http::MAX_HEAD;
use crate::protocol::record::{self, Headers};
use crate::server::listener::{HEAD_TIME, MAX_STREAMS};

/// What goes back: the instance's answer as it comes, or the proxy's own.
type Body = Either<Heard, Full<Bytes>>;

/// Serves one connection to its end.
pub(super) async fn serve(stream: Rewound, shared: Arc<Shared>, noted: UnboundedSender<Noted>) {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        // An instance that sends none has its reasons.
        .auto_date_header(false)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(HEAD_TIME);
    let upstream = Arc::new(Upstream::new(Arc::clone(&shared), noted.clone()));
    let troubles = noted.clone();
    let exchanges = Arc::clone(&shared);
    let service = service_fn(move |request| {
        let recording = Recording::begin(&exchanges.watch, noted.clone(), recorded_request(&request));
        let (upstream, shared) = (Arc::clone(&upstream), Arc::clone(&exchanges));
        async move { Ok::<_, Infallible>(exchange(request, recording, &upstream, &shared).await) }
    });
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = shared.stopping() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served.map_err(|error| describe(&error)) {
        // A watcher that is gone has nobody to tell.
        let _ = troubles.send(Noted::Trouble(format!("the HTTP/2 connection broke: {error}")));
    }
}

/// Passes one request on, and its answer back.
async fn exchange(
    request: Request<Incoming>,
    recording: Recording,
    upstream: &Upstream,
    shared: &Shared,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let body = Heard::new(body, recording.clone(), Part::Request);
    if method == Method::CONNECT {
        return own_answer(&recording, &method, StatusCode::NOT_IMPLEMENTED, "CONNECT is not relayed");
    }
    let answered = upstream.send(|is_http2| head(&parts, shared, is_http2), body).await;
    match answered {
        Ok(response) => {
            let (mut parts, body) = response.into_parts();
            recording.answered(parts.status.as_u16(), headers_of(&parts.headers, None), Instant::now());
            // Those of HTTP/1, which the library leaves away and complains of.
            for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
                parts.headers.remove(name);
            }
            Response::from_parts(parts, Either::Left(Heard::new(body, recording, Part::Answer)))
        }
        Err(Failure::Unreachable(why)) => {
            let answer = unreachable(&why, Some(method.as_str()));
            recording.fail(Trouble::Unreachable(why));
            response(&answer)
        }
        Err(Failure::HungUp(why)) => {
            recording.fail(Trouble::HungUp);
            response(&unreachable(&why, Some(method.as_str())))
        }
    }
}

fn own_answer(
    recording: &Recording,
    method: &Method,
    status: StatusCode,
    why: &'static str,
) -> Response<Body> {
    recording.fail(Trouble::NotFollowed(why));
    let mut response = response(&unreachable(why, Some(method.as_str())));
    *response.status_mut() = status;
    response
}

fn response(answer: &super::Answer) -> Response<Body> {
    let mut response = Response::new(Either::Right(Full::new(answer.body.clone())));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, text);
    response
}

/// The head of a request as the instance gets it.
fn head(parts: &Parts, shared: &Shared, is_http2: bool) -> Result<(Method, Uri, HeaderMap), String> {
    let authority = match &shared.host {
        Some(host) => Some(host.clone()),
        None => parts.uri.authority().map(|authority| authority.as_str().to_owned()),
    };
    let target = parts.uri.path_and_query().map_or("*", |target| target.as_str());
    let mut headers = HeaderMap::with_capacity(parts.headers.len() + 1);
    let uri = if is_http2 {
        let to = shared.to.authority();
        let scheme = if shared.to.tls { "https" } else { "http" };
        format!("{scheme}://{}{target}", authority.as_ref().unwrap_or(&to)).parse()
    } else {
        let given = parts.headers.get(HOST).filter(|_| shared.host.is_none()).cloned();
        let named = authority.and_then(|authority| HeaderValue::from_str(&authority).ok());
        headers.extend(given.or(named).map(|host| (HOST, host)));
        target.parse()
    };
    for (name, value) in
        parts.headers.iter().filter(|(name, _)| *name != HOST && (is_http2 || *name != COOKIE))
    {
        headers.append(name.clone(), value.clone());
    }
    if !is_http2 && let Some(cookie) = joined(&parts.headers, &COOKIE) {
        headers.insert(COOKIE, cookie);
    }
    let uri = uri.map_err(|error| format!("its target cannot be sent on: {error}"))?;
    Ok((parts.method.clone(), uri, headers))
}

/// Cookies, which HTTP/2 may have in several headers and HTTP/1.1 has in one (RFC 9113, 8.2.3).
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let values: Vec<_> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    HeaderValue::from_bytes(&values.join(&b"; "[..])).ok().filter(|_| !values.is_empty())
}

fn recorded_request(request: &Request<Incoming>) -> record::Request {
    let uri = request.uri();
    let target = uri.path_and_query().map_or("*", |target| target.as_str()).to_owned();
    let authority = uri.authority().map(|authority| authority.as_str());
    let host = authority.filter(|_| !request.headers().contains_key(HOST));
    record::Request {
        method: request.method().to_string(),
        target,
        headers: Some(headers_of(request.headers(), host)),
        ..record::Request::default()
    }
}

/// Headers as records have them, with the authority of HTTP/2 as `Host`.
fn headers_of(headers: &HeaderMap, host: Option<&str>) -> Headers {
    let host = host.map(|host| ("host".to_owned(), host.into()));
    let others = headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec().into()));
    host.into_iter().chain(others).collect()
}

/// What the library says, with the cause.
fn describe(error: &hyper::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
