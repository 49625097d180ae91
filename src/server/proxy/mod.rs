//! In front of somebody's instance: what passes is relayed as it is, and recorded and verified beside it.
//!
//! HTTP/1 and WebSocket are relayed as bytes ([`relay`]), with a reader beside them that only listens ([`parse`]). HTTP/2 is
//! terminated ([`http2`]). Records, verdicts and events are made on threads of their own ([`watch`]), for which nothing that
//! passes ever waits.

mod beginning;
mod host;
mod http2;
pub mod parse;
pub mod relay;
mod session;
mod watch;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{oneshot, watch as signal};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use self::beginning::{Beginning, Rewound, read_beginning};
use self::parse::{Room, Side, Trouble};
use self::relay::{Ear, Ended, drain, relay};
use self::watch::{Client, Line, Noted, Watch, watch};
use super::app::Answer;
use super::event::Event;
use super::listener::{Accepted, Bound, GRACE, HEAD_TIME, accept_until, secure};
use super::recorder::Recorder;
use super::service::recorded;
use super::socket::Socket;
use super::start::Started;
use super::versia::Judge;
use crate::client::{AsyncStream, Deadline, Dialer, Origin};
use crate::finding::codes;
use crate::protocol::Ambient;
use crate::protocol::http;
use crate::protocol::record::Record;
use crate::store::Records;

/// How many events may wait to be told before what is beside the relay waits.
const WAITING: usize = 1_024;

/// How many connections may be open.
const MAX_CONNECTIONS: usize = 16_384;

/// How much everything that waits to be recorded may hold together, in bytes.
const ALL: usize = 256 << 20;

/// How long a request's head may take to come when there is only a refusal for it.
const REFUSING: Duration = Duration::from_secs(10);

/// What a proxy is set up with.
pub struct ProxySetup {
    /// Where the instance is.
    pub to: Origin,
    /// What connects to it.
    pub dialer: Dialer,
    /// The `Host` that it gets in the place of the client's.
    pub host: Option<String>,
    /// What verifies.
    pub judge: Arc<Judge>,
    /// Whether deliveries are looked at by the documents' rules.
    pub validate: bool,
    /// How much of a body or message is recorded, in bytes.
    pub max_body: usize,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// Where what passes is kept.
    pub records: Option<Records>,
}

impl fmt::Debug for ProxySetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxySetup").field("to", &self.to).field("host", &self.host).finish_non_exhaustive()
    }
}

/// What all connections share.
struct Shared {
    to: Origin,
    dialer: Arc<Dialer>,
    host: Option<String>,
    watch: Arc<Watch>,
    /// Where records are made.
    beside: Handle,
    stopping: signal::Receiver<bool>,
}

/// The threads beside the relay. They end without waiting for what they do, wherever they are dropped.
struct Beside(Option<Runtime>);

impl Drop for Beside {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Beside {
    fn start() -> io::Result<(Self, Handle)> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads((cores / 2).max(1))
            .thread_name("beside")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok((Beside(Some(runtime)), handle))
    }
}

/// Runs a proxy on a port until it is asked to end. Wants a runtime with input, output and time.
///
/// # Errors
/// When the system has no more threads.
pub fn start(bound: Bound, tls: Option<Arc<ServerConfig>>, setup: ProxySetup) -> io::Result<Started> {
    let (sender, events) = mpsc::channel(WAITING);
    let (stopping, stopped) = signal::channel(false);
    let (threads, beside) = Beside::start()?;
    let watch = Arc::new(Watch {
        judge: setup.judge,
        ambient: setup.ambient,
        recorder: Recorder::new(sender, setup.records).beside(),
        validate: setup.validate,
        max_body: setup.max_body,
        room: Room::new(ALL.max(setup.max_body.saturating_mul(2))),
        sessions: AtomicU64::new(0),
        said: Mutex::new(None),
    });
    let shared = Arc::new(Shared {
        to: setup.to,
        dialer: Arc::new(setup.dialer),
        host: setup.host,
        watch: Arc::clone(&watch),
        beside,
        stopping: stopped,
    });
    let (stop, stop_requested) = oneshot::channel::<()>();
    let server = tokio::spawn(async move {
        let (alive, mut ended) = mpsc::channel::<()>(1);
        let acceptor = tls.map(TlsAcceptor::from);
        let shutdown = async {
            // One that is dropped asks for the end as well.
            let _ = stop_requested.await;
        };
        let take = |accepted| {
            let (shared, acceptor, alive) = (Arc::clone(&shared), acceptor.clone(), alive.clone());
            tokio::spawn(connection(accepted, acceptor, shared, alive));
        };
        accept_until(shutdown, bound, MAX_CONNECTIONS, &watch.recorder, take).await;
        stopping.send_replace(true);
        drop((alive, shared));
        // Ready when the last connection has let go of its own.
        let _ = timeout(GRACE, ended.recv()).await;
        watch.say_missed(Duration::ZERO).await;
        let _ = timeout(GRACE, watch.recorder.all_told()).await;
        drop(threads);
    });
    Ok(Started { events, stop, server, control: None })
}

/// Serves one connection to its end, and has all of it recorded.
async fn connection(
    Accepted { tcp, peer, place: _place }: Accepted,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    alive: mpsc::Sender<()>,
) {
    let mut socket = match secure(tcp, acceptor).await {
        Ok(socket) => socket,
        Err(what) => {
            return shared.watch.tell(Event::Trouble { peer: Some(peer.to_string()), what }, None).await;
        }
    };
    let client = Client { peer: peer.to_string(), tls: socket.tls_version() };
    let (noted, queue) = mpsc::unbounded_channel();
    let watching = watch(Arc::clone(&shared.watch), client, queue);
    shared.beside.spawn(async move {
        watching.await;
        drop(alive);
    });
    let first = tokio::select! {
        first = timeout(HEAD_TIME, read_beginning(&mut socket)) => first.ok().and_then(Result::ok),
        () = shared.stopping() => None,
    };
    match first {
        Some(Beginning::Http2(bytes)) => http2::serve(Rewound::new(socket, bytes), shared, noted).await,
        Some(Beginning::Other(bytes)) => serve(socket, bytes, &shared, noted).await,
        None => {}
    }
}

impl Shared {
    /// Ready when the proxy has been asked to end.
    fn stopping(&self) -> impl Future<Output = ()> + use<> {
        let mut stopping = self.stopping.clone();
        async move {
            // A proxy that is gone asks for the end as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// Connects to the instance.
    ///
    /// # Errors
    /// Why it cannot be reached, in a sentence.
    async fn dial(&self, alpn: &'static [&'static [u8]]) -> Result<AsyncStream, String> {
        let (dialer, to) = (Arc::clone(&self.dialer), self.to.clone());
        let dialled = tokio::task::spawn_blocking(move || {
            dialer.dial(&to, alpn, Deadline::never()).map_err(|error| {
                let said = match std::error::Error::source(&error) {
                    Some(source) => format!("{error}: {source}"),
                    None => error.to_string(),
                };
                error.code().map_or(said.clone(), |code| format!("{said} ({})", code.id))
            })
        });
        let stream = dialled.await.unwrap_or_else(|_| Err("the attempt was broken off".to_owned()))?;
        AsyncStream::new(stream).map_err(|error| error.to_string())
    }
}

/// Relays one connection of HTTP/1.
async fn serve(mut socket: Socket, first: Vec<u8>, shared: &Shared, noted: UnboundedSender<Noted>) {
    const ALPN: &[&[u8]] = &[b"http/1.1"];
    let mut line = Line::new(&shared.watch, shared.host.as_deref(), noted);
    line.hears(Side::Client, &first);
    let first = line.changes(&first).unwrap_or(first);
    let mut instance = match shared.dial(ALPN).await {
        Ok(instance) => instance,
        Err(why) => return refuse(socket, line, why).await,
    };
    line.connected(instance.timings());
    match relay(&mut socket, &mut instance, first, &mut line, shared.stopping()).await {
        Ended::InOrder | Ended::Stopped => line.abandon(Trouble::HungUp),
        Ended::ServerBroke(_) => {
            socket.reset_on_drop();
            line.abandon(Trouble::HungUp);
        }
        Ended::ClientBroke(_) => {
            instance.reset_on_drop();
            line.abandon(Trouble::ClientLeft);
        }
    }
}

/// Answers a client whose request cannot be passed on.
async fn refuse(mut socket: Socket, mut line: Line, why: String) {
    let mut buffer = vec![0; 16 << 10];
    let mut hear = async |line: &mut Line, socket: &mut Socket, enough: fn(&parse::Conversation) -> bool| {
        while !enough(line.conversation()) {
            match socket.read(&mut buffer).await {
                Ok(count) if count > 0 => line.hears(Side::Client, &buffer[..count]),
                _ => break,
            }
        }
    };
    let _ = timeout(REFUSING, hear(&mut line, &mut socket, parse::Conversation::has_begun)).await;
    let answer = unreachable(&why, line.conversation().next_method());
    let response = Some(recorded(&answer));
    let head = http::write(&Record { response, ..Record::default() });
    // A client that is gone misses nothing.
    let _ = socket.write_all(&head).await;
    let _ = socket.flush().await;
    let _ = socket.shutdown().await;
    let _ = timeout(REFUSING, hear(&mut line, &mut socket, parse::Conversation::has_asked)).await;
    line.abandon(Trouble::Unreachable(why));
    drop(line);
    drain(&mut socket).await;
}

/// What is answered in the place of an instance that cannot be reached.
fn unreachable(why: &str, method: Option<&str>) -> Answer {
    let text = format!(
        "versia-cli proxy: the instance cannot be reached: {why} ({})\n",
        codes::INSTANCE_UNREACHABLE.id
    );
    let header = |name: &str, value: &str| (name.to_owned(), value.into());
    let answer = Answer {
        status: 502,
        headers: vec![header("Content-Type", "text/plain; charset=utf-8"), header("Connection", "close")],
        body: text.into(),
        left_out: None,
    };
    if method == Some("HEAD") { answer.without_body() } else { answer }
}
