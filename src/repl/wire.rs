//! An open session's two directions, each on a task of its own, and an orderly end of the connection.
//!
//! Knows nothing of what the messages mean. What comes is held back when too much of it waits to be looked at: then the
//! socket is not read either, so that memory stays bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::client::websocket::{Bytes, PeerClose, SessionCause, Socket, Utf8Bytes};
use crate::protocol::Ambient;

/// How many bytes of messages may wait to be looked at. A larger message waits alone.
const ROOM: usize = 1 << 20;

/// How many may wait while a pong or a Close is owed: it is behind them on the wire. The largest message fits twice.
const ROOM_BEFORE_OWED: usize = 32 << 20;

/// What a message takes beside its bytes.
const OVERHEAD: usize = 512;

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
    pub(super) share: Share,
}

/// A share of the room for what waits, given back when it is dropped.
#[derive(Debug, Default)]
pub(super) struct Share {
    _near: Option<OwnedSemaphorePermit>,
    _far: Option<OwnedSemaphorePermit>,
}

/// An answer to a ping, told as soon as it has arrived.
#[derive(Debug)]
pub(super) struct Answer {
    /// The payload of the ping.
    pub(super) ping: Bytes,
    /// When, in Unix milliseconds.
    pub(super) at_millis: u64,
    /// From the ping's being sent to the pong's arrival.
    pub(super) round_trip: Duration,
}

/// What comes from a peer.
#[derive(Debug)]
pub(super) enum Inbound {
    Text(Utf8Bytes),
    Binary(Bytes),
    /// A ping, answered already.
    Ping(Bytes),
    /// A pong that nobody asked for.
    Pong(Bytes),
    /// Nothing more: the peer's Close, or what happened in its place.
    End(Result<PeerClose, SessionCause>),
}

/// A message to send, and whom to tell when the system has taken all of it.
#[derive(Debug)]
struct Outbound {
    message: Message,
    taken: oneshot::Sender<()>,
    /// Given back when the system has taken the message: what makes us answer is held back with the answers.
    share: Share,
}

/// What the peer owes past everything that it has sent before.
#[derive(Debug, Default)]
struct Owed {
    /// The pings that were sent and not answered, and when each was.
    pings: VecDeque<(Bytes, Instant)>,
    /// Whether a Close was sent.
    close: bool,
}

impl Owed {
    fn is_anything(&self) -> bool {
        self.close || !self.pings.is_empty()
    }
}

/// The side of an open session that sends.
#[derive(Debug)]
pub(super) struct Wire {
    outbound: UnboundedSender<Outbound>,
    written: Arc<AtomicU64>,
    arrived: Arc<AtomicU64>,
    ended: JoinHandle<()>,
}

/// The side of an open session that takes what comes.
#[derive(Debug)]
pub(super) struct Coming {
    /// What came, in its order, with the end as its last.
    pub(super) arrived: UnboundedReceiver<Arrived>,
    /// The pongs that were asked for, past everything that waits.
    pub(super) answers: UnboundedReceiver<Answer>,
}

impl Wire {
    /// Starts both directions. Called inside a runtime.
    pub(super) fn start(socket: Socket, ambient: Ambient) -> (Wire, Coming) {
        let written = socket.get_ref().written_meter();
        let owed = Arc::new(watch::Sender::new(Owed::default()));
        let (outbound, queue) = unbounded_channel();
        let (arriving, arrived) = unbounded_channel();
        let (answered, answers) = unbounded_channel();
        let (sink, stream) = socket.split();
        let count = Arc::new(AtomicU64::new(0));
        let reader =
            Reader { owed: Arc::clone(&owed), arriving, count: Arc::clone(&count), answered, ambient };
        let reader = tokio::spawn(reader.run(stream));
        let writer = tokio::spawn(write(sink, queue, owed));
        let ended = tokio::spawn(async move {
            let (reader, writer) = tokio::join!(reader, writer);
            if let (Ok((stream, closed)), Ok(sink)) = (reader, writer)
                && let Ok(socket) = stream.reunite(sink)
            {
                // What goes wrong from here on happens after the end.
                let _ = tokio::time::timeout(LINGER, finish(socket, closed)).await;
            }
        });
        (Wire { outbound, written, arrived: count, ended }, Coming { arrived, answers })
    }

    /// How many things have arrived, the pongs that were asked for aside. Grows before they are examined.
    pub(super) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// How many bytes the system has taken.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Queues a message. The receiver is told when the system has taken it, and dropped when it never will.
    pub(super) fn send(&self, message: Message) -> oneshot::Receiver<()> {
        self.reply(message, Share::default())
    }

    /// Queues a message that answers another one, with the share of the room that the other one has.
    pub(super) fn reply(&self, message: Message, share: Share) -> oneshot::Receiver<()> {
        let (taken, receiver) = oneshot::channel();
        // When the writer is gone, the receiver says so.
        let _ = self.outbound.send(Outbound { message, taken, share });
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

/// Takes what comes off the socket.
struct Reader {
    owed: Arc<watch::Sender<Owed>>,
    arriving: UnboundedSender<Arrived>,
    /// How many things have arrived.
    count: Arc<AtomicU64>,
    answered: UnboundedSender<Answer>,
    ambient: Ambient,
}

impl Reader {
    /// Reads until the end; gives back the stream, and whether the peer sent a Close.
    async fn run(self, mut stream: SplitStream<Socket>) -> (SplitStream<Socket>, bool) {
        let (near, far) = (Arc::new(Semaphore::new(ROOM)), Arc::new(Semaphore::new(ROOM_BEFORE_OWED)));
        let mut owed = self.owed.subscribe();
        loop {
            let inbound = match stream.next().await {
                Some(Ok(Message::Text(text))) => Inbound::Text(text),
                Some(Ok(Message::Binary(bytes))) => Inbound::Binary(bytes),
                Some(Ok(Message::Ping(bytes))) => Inbound::Ping(bytes),
                Some(Ok(Message::Pong(bytes))) if self.answers(&bytes) => continue,
                Some(Ok(Message::Pong(bytes))) => Inbound::Pong(bytes),
                Some(Ok(Message::Close(frame))) => Inbound::End(Ok(frame.into())),
                // Never read as such.
                Some(Ok(Message::Frame(_))) => continue,
                Some(Err(error)) => Inbound::End(Err(error.into())),
                None => Inbound::End(Err(SessionCause::Lost(None))),
            };
            self.count.fetch_add(1, Ordering::Relaxed);
            let size = OVERHEAD
                + match &inbound {
                    Inbound::Text(text) => text.len(),
                    Inbound::Binary(bytes) => bytes.len(),
                    Inbound::Ping(_) | Inbound::Pong(_) | Inbound::End(_) => 0,
                };
            let is_end = matches!(inbound, Inbound::End(_));
            let closed = matches!(inbound, Inbound::End(Ok(_)));
            let (at, at_millis) = (Instant::now(), (self.ambient.now_millis)());
            let share = Share {
                _far: permit(&far, size.min(ROOM_BEFORE_OWED)).await,
                _near: tokio::select! {
                    near = permit(&near, size.min(ROOM)) => near,
                    _ = owed.wait_for(Owed::is_anything) => None,
                },
            };
            let gone = self.arriving.send(Arrived { at, at_millis, inbound, share }).is_err();
            if is_end || gone {
                return (stream, closed);
            }
        }
    }

    /// Whether a pong answers a ping of ours, which is told at once. One may answer the last of several pings only (RFC
    /// 6455, section 5.5.3).
    fn answers(&self, pong: &Bytes) -> bool {
        let at = Instant::now();
        let mut sent = None;
        self.owed.send_if_modified(|owed| {
            let pings = &mut owed.pings;
            let found = pings.iter().position(|(ping, _)| ping == pong);
            sent = found.and_then(|found| pings.drain(..=found).next_back());
            sent.is_some()
        });
        let Some((ping, sent)) = sent else { return false };
        let at_millis = (self.ambient.now_millis)();
        // When nobody listens any more, the session is over.
        let _ =
            self.answered.send(Answer { ping, at_millis, round_trip: at.saturating_duration_since(sent) });
        true
    }
}

/// So many bytes of a room, which is never closed.
async fn permit(room: &Arc<Semaphore>, bytes: usize) -> Option<OwnedSemaphorePermit> {
    Arc::clone(room).acquire_many_owned(u32::try_from(bytes).unwrap_or(u32::MAX)).await.ok()
}

/// Writes what is queued until there is no more, or nothing can be written; gives back the sink.
async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut queue: UnboundedReceiver<Outbound>,
    owed: Arc<watch::Sender<Owed>>,
) -> SplitSink<Socket, Message> {
    while let Some(Outbound { message, taken, share }) = queue.recv().await {
        match &message {
            Message::Ping(bytes) => {
                owed.send_modify(|owed| owed.pings.push_back((bytes.clone(), Instant::now())));
            }
            Message::Close(_) => owed.send_modify(|owed| owed.close = true),
            _ => {}
        }
        // The reader finds out why, and tells it; a dropped `taken` tells the sender.
        if sink.send(message).await.is_err() {
            break;
        }
        let _ = taken.send(());
        drop(share);
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
