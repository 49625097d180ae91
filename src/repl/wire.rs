//! An open session's two directions, each on a task of its own, and an orderly end of the connection.
//!
//! Knows nothing of what the messages mean. What comes is held back when too much of it waits to be looked at: then the
//! socket is not read either, so that memory stays bounded.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::client::websocket::{Bytes, PeerClose, SessionCause, Socket, Utf8Bytes};
use crate::protocol::Ambient;

/// How many messages may wait to be looked at.
const WAITING: usize = 1_024;

/// How many bytes of messages may wait to be looked at. The largest message fits twice.
const ROOM: usize = 32 << 20;

/// How long is waited for a connection to end when everything has been said.
const LINGER: Duration = Duration::from_secs(1);

/// Something that came.
#[derive(Debug)]
pub(super) struct Arrived {
    /// When, for measuring.
    pub(super) at: Instant,
    /// When, in Unix milliseconds.
    pub(super) at_millis: u64,
    /// What.
    pub(super) inbound: Inbound,
    /// Its share of the room, given back when it has been looked at.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

/// What comes from a peer.
#[derive(Debug)]
pub(super) enum Inbound {
    Text(Utf8Bytes),
    Binary(Bytes),
    /// A ping, answered already.
    Ping(Bytes),
    Pong(Bytes),
    /// Nothing more: the peer's Close, or what happened in its place.
    End(Result<PeerClose, SessionCause>),
}

/// A message to send, and whom to tell when the system has taken all of it.
#[derive(Debug)]
struct Outbound {
    message: Message,
    taken: oneshot::Sender<()>,
}

/// The side of an open session that sends.
#[derive(Debug)]
pub(super) struct Wire {
    outbound: UnboundedSender<Outbound>,
    ended: JoinHandle<()>,
}

impl Wire {
    /// Starts both directions; what comes is in the channel, with the end as its last. Called inside a runtime.
    pub(super) fn start(socket: Socket, ambient: Ambient) -> (Wire, Receiver<Arrived>) {
        let (outbound, queue) = unbounded_channel();
        let (arrived, receiver) = channel(WAITING);
        let (sink, stream) = socket.split();
        let reader = tokio::spawn(read(stream, arrived, ambient));
        let writer = tokio::spawn(write(sink, queue));
        let ended = tokio::spawn(async move {
            let (reader, writer) = tokio::join!(reader, writer);
            if let (Ok((stream, closed)), Ok(sink)) = (reader, writer)
                && let Ok(socket) = stream.reunite(sink)
            {
                // What goes wrong from here on happens after the end.
                let _ = tokio::time::timeout(LINGER, finish(socket, closed)).await;
            }
        });
        (Wire { outbound, ended }, receiver)
    }

    /// Queues a message. The receiver is told when the system has taken it, and dropped when it never will.
    pub(super) fn send(&self, message: Message) -> oneshot::Receiver<()> {
        let (taken, receiver) = oneshot::channel();
        // When the writer is gone, the receiver says so.
        let _ = self.outbound.send(Outbound { message, taken });
        receiver
    }

    /// Sends nothing more, and waits until the connection has ended, which takes a second or so at most. Whoever still
    /// holds the channel of what came has to be done with it.
    pub(super) async fn end(self) {
        drop(self.outbound);
        let abort = self.ended.abort_handle();
        if tokio::time::timeout(2 * LINGER, self.ended).await.is_err() {
            abort.abort();
        }
    }
}

/// Reads until the end; gives back the stream, and whether the peer sent a Close.
async fn read(
    mut stream: SplitStream<Socket>,
    arrived: Sender<Arrived>,
    ambient: Ambient,
) -> (SplitStream<Socket>, bool) {
    let room = Arc::new(Semaphore::new(ROOM));
    loop {
        let inbound = match stream.next().await {
            Some(Ok(Message::Text(text))) => Inbound::Text(text),
            Some(Ok(Message::Binary(bytes))) => Inbound::Binary(bytes),
            Some(Ok(Message::Ping(bytes))) => Inbound::Ping(bytes),
            Some(Ok(Message::Pong(bytes))) => Inbound::Pong(bytes),
            Some(Ok(Message::Close(frame))) => Inbound::End(Ok(frame.into())),
            // Never read as such.
            Some(Ok(Message::Frame(_))) => continue,
            Some(Err(error)) => Inbound::End(Err(error.into())),
            None => Inbound::End(Err(SessionCause::Lost(None))),
        };
        let size = match &inbound {
            Inbound::Text(text) => text.len(),
            Inbound::Binary(bytes) | Inbound::Ping(bytes) | Inbound::Pong(bytes) => bytes.len(),
            Inbound::End(_) => 0,
        };
        let (is_end, closed) = (matches!(inbound, Inbound::End(_)), matches!(inbound, Inbound::End(Ok(_))));
        let (at, at_millis) = (Instant::now(), (ambient.now_millis)());
        let share = u32::try_from(size.min(ROOM)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let room = Arc::clone(&room).acquire_many_owned(share).await.ok();
        let gone = arrived.send(Arrived { at, at_millis, inbound, room }).await.is_err();
        if is_end || gone {
            return (stream, closed);
        }
    }
}

/// Writes what is queued until there is no more, or nothing can be written; gives back the sink.
async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut queue: UnboundedReceiver<Outbound>,
) -> SplitSink<Socket, Message> {
    while let Some(Outbound { message, taken }) = queue.recv().await {
        // The reader finds out why, and tells it; a dropped `taken` tells the sender.
        if sink.send(message).await.is_err() {
            break;
        }
        let _ = taken.send(());
    }
    sink
}

/// After the last word: the server ends the connection, and a client waits for that (RFC 6455, section 7.1.1).
async fn finish(mut socket: Socket, closed: bool) {
    if closed {
        // The reply to the peer's Close goes out while reading.
        while let Some(Ok(_)) = socket.next().await {}
    }
    let stream = socket.get_mut();
    if stream.shutdown().await.is_ok() {
        // Unread bytes at the end would reset the connection, and the peer would not see our Close.
        let mut unread = [0; 4_096];
        while stream.read(&mut unread).await.is_ok_and(|read| read > 0) {}
    }
}
