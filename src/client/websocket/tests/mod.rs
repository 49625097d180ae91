//! Sessions against servers in the same process: a library's for what is right, and hand-written ones for the rest.

mod delivery;
mod handshake;
mod session;
mod spoken;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

use super::super::dialer::Dialer;
use super::super::loopback::{options, serve};
use super::super::options::NetworkOptions;
use super::super::url::{HttpUrl, Origin};
use super::*;
use crate::protocol::versia::{RECEIPTS, Receipt};

const NONCE: [u8; 16] = *b"sixteen bytes ok";

fn opening(origin: Origin) -> Opening {
    Opening::new(HttpUrl::new(origin, "/.versia/v0.6/inbox").unwrap(), NONCE)
}

async fn open_with(options: NetworkOptions, opening: &Opening) -> Result<Opened, WebSocketError> {
    open(Arc::new(Dialer::new(options)), opening).await
}

/// Reads to the empty line.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
}

/// The right answer to a handshake, with these lines after it.
fn accepted(head: &str, more: &str) -> String {
    let accept = derive_accept_key(header(head, "Sec-WebSocket-Key").unwrap().as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    )
}

/// Shakes hands as a server, and takes the subprotocol of receipts where it is offered.
async fn accept<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> S {
    let head = read_head(&mut stream).await;
    let chosen = match header(&head, "Sec-WebSocket-Protocol") {
        Some(offered) if offered.contains(RECEIPTS) => format!("Sec-WebSocket-Protocol: {RECEIPTS}\r\n"),
        _ => String::new(),
    };
    stream.write_all(accepted(&head, &chosen).as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

async fn library<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocketStream<S> {
    WebSocketStream::from_raw_socket(accept(stream).await, Role::Server, None).await
}

/// A session with a server of the library's.
async fn session<F, T>(
    subprotocol: Option<&str>,
    behaviour: impl FnOnce(WebSocketStream<TcpStream>) -> F + Send + 'static,
) -> (Opened, JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    raw_session(subprotocol, |stream| async move {
        behaviour(WebSocketStream::from_raw_socket(stream, Role::Server, None).await).await
    })
    .await
}

/// A session with a server that writes its frames by hand.
async fn raw_session<F, T>(
    subprotocol: Option<&str>,
    behaviour: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Opened, JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let (origin, server) = serve(false, |stream| async { behaviour(accept(stream).await).await }).await;
    let mut opening = opening(origin);
    opening.subprotocols.extend(subprotocol.map(str::to_owned));
    opening.max_message = 100_000;
    (open_with(options(), &opening).await.unwrap(), server)
}

/// The frames that a library's server gets, up to the Close, which it answers.
async fn until_closed(
    socket: &mut WebSocketStream<impl AsyncRead + AsyncWrite + Unpin>,
) -> (Vec<String>, Option<CloseFrame>) {
    let mut texts = Vec::new();
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => texts.push(text.to_string()),
            Message::Close(frame) => {
                while let Some(Ok(_)) = socket.next().await {}
                return (texts, frame);
            }
            _ => {}
        }
    }
}

/// A channel with these texts in it, numbered from `first`, in blocks of ten, and nothing after them.
fn input(first: u64, texts: impl IntoIterator<Item = String>) -> mpsc::Receiver<Vec<Outgoing>> {
    let messages: Vec<_> =
        (first..).zip(texts).map(|(ordinal, text)| Outgoing::text(ordinal, text)).collect();
    let blocks: Vec<_> = messages.chunks(10).map(<[Outgoing]>::to_vec).collect();
    let (sender, receiver) = mpsc::channel(blocks.len().max(1));
    for block in blocks {
        sender.try_send(block).unwrap();
    }
    receiver
}

fn texts(count: u64) -> impl Iterator<Item = String> {
    (1..=count).map(|number| format!("message {number}"))
}

fn receipt(number: u64) -> Message {
    Message::text(Receipt { number, status: Receipt::ACCEPTED, detail: String::new() }.write())
}

/// Patience for tests that wait for its end.
fn short() -> Patience {
    Patience { progress: Duration::from_millis(200), close: Duration::from_millis(200) }
}

/// Says how a session has ended: with this cause and in these words.
#[track_caller]
fn assert_ended(ended: Ended, code: &str, says: &str) -> SessionCause {
    let error = ended.result.unwrap_err();
    let said = error.to_string();
    assert!(said.contains(says), "{said}");
    assert_eq!(error.code().map(|code| code.id), Some(code), "{said}");
    error.cause
}
