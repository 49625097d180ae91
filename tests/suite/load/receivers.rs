//! Receivers for the load engine, each on a thread of its own, that live as long as the test.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::tungstenite::handshake::server::{Request as Handshake, Response as Accepted};

/// What came: the headers and the body of a request, or the text of a message.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// What a receiver has seen.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub received: Arc<Mutex<Vec<Received>>>,
    pub connections: Arc<AtomicUsize>,
    under_way: Arc<AtomicUsize>,
    pub most_at_once: Arc<AtomicUsize>,
}

impl Seen {
    fn begins(&self) {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_at_once.fetch_max(now, Ordering::SeqCst);
    }

    fn ends(&self, received: Received) -> usize {
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let mut all = self.received.lock().unwrap();
        all.push(received);
        all.len()
    }

    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }
}

/// Starts an HTTP/1.1 receiver. It is told how many requests came before each, and says with which status, and whether,
/// the connection is kept.
pub fn http<F, A>(answer: F) -> (SocketAddr, Seen)
where
    F: Fn(usize) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = (u16, bool)> + Send,
{
    let seen = Seen::default();
    let address = accept(&seen, move |stream, seen| {
        let answer = answer.clone();
        async move {
            let service = service_fn(|request: Request<Incoming>| {
                let (seen, answer) = (seen.clone(), answer.clone());
                async move {
                    seen.begins();
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await?.to_bytes();
                    let (status, keep) = answer(seen.count()).await;
                    seen.ends(Received { headers: parts.headers, body });
                    let mut response = Response::builder().status(status);
                    if !keep {
                        response = response.header("Connection", "close");
                    }
                    Ok::<_, hyper::Error>(response.body(Empty::<Bytes>::new()).unwrap())
                }
            });
            // A sender that leaves is no failure of the receiver.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        }
    });
    (address, seen)
}

/// Starts a WebSocket receiver. With receipts, it takes the subprotocol and answers each message with the status that
/// `status` has for its number, from 1; without an answer it closes the session.
pub fn websocket(receipts: bool, status: fn(usize) -> Option<u16>) -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let address = accept(&seen, move |stream, seen| async move {
        let mut headers = HeaderMap::new();
        #[allow(clippy::result_large_err, reason = "the library's own signature")]
        let callback = |request: &Handshake, mut response: Accepted| {
            headers = request.headers().clone();
            if receipts {
                let protocol = HeaderValue::from_static("versia.receipts.v1");
                response.headers_mut().insert("Sec-WebSocket-Protocol", protocol);
            }
            Ok(response)
        };
        let mut session = tokio_tungstenite::accept_hdr_async(stream, callback).await.unwrap();
        let mut number = 0;
        while let Some(Ok(frame)) = session.next().await {
            let Frame::Text(text) = frame else { continue };
            seen.begins();
            number += 1;
            seen.ends(Received { headers: headers.clone(), body: text.into() });
            if !receipts {
                continue;
            }
            let Some(status) = status(number) else { break };
            let receipt = format!(r#"{{"receipt":{number},"status":{status}}}"#);
            session.send(Frame::text(receipt)).await.unwrap();
        }
    });
    (address, seen)
}

fn accept<F, A>(seen: &Seen, handle: F) -> SocketAddr
where
    F: Fn(TcpStream, Seen) -> A + Send + 'static,
    A: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let seen = seen.clone();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                seen.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(handle(stream, seen.clone()));
            }
        });
    });
    address
}
