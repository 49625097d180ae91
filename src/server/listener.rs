//! The accept loop: TCP, TLS where it is spoken, the tap, HTTP/1.1 and HTTP/2, and an orderly end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::app::App;
use super::body::Bodies;
use super::event::{Event, Happened};
use super::fault::Faults;
use super::recorder::Recorder;
use super::registry::Registry;
use super::service::serve;
use super::socket::Socket;
use super::tap::{Connection, Tap};
use crate::protocol::Ambient;
use crate::protocol::http::{MAX_HEAD, RequestHead};
use crate::protocol::record::{Direction, Record, RecordError, Request};

/// How long a TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a head may take to come, and a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(60);

/// How long open exchanges and sessions may take to end in order.
const GRACE: Duration = Duration::from_secs(5);

/// How long the loop waits when the system has no room for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// How long nothing is said about connections that cannot be taken after it was said.
const QUIET: Duration = Duration::from_secs(10);

/// How many requests one HTTP/2 connection may have under way.
const MAX_STREAMS: u32 = 256;

/// What all connections share.
pub struct Shared {
    /// What answers.
    pub app: Arc<dyn App>,
    /// What goes wrong on purpose.
    pub faults: Arc<Faults>,
    /// The clock and the randomness.
    pub ambient: Ambient,
    /// The limits of requests' bodies.
    pub bodies: Bodies,
    /// How many connections may be open.
    pub max_connections: usize,
    /// The open sessions.
    pub registry: Arc<Registry>,
    /// Where what happens is kept and told. Nothing is answered before that.
    pub recorder: Recorder,
}

impl Shared {
    /// Tells of what is answered by nothing: whether it is kept changes nothing but what is told.
    pub(super) async fn tell(&self, event: Event) {
        self.recorder.tell_then(event, |_| {}).await;
    }
}

/// A port that is listened on.
#[derive(Debug)]
pub struct Bound {
    listener: TcpListener,
    /// The address, with the port that the system chose where it was asked to.
    pub address: SocketAddr,
}

impl Bound {
    /// Opens a port.
    ///
    /// # Errors
    /// What the system says.
    pub async fn at(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Bound { listener, address })
    }
}

/// Takes connections until `shutdown` is ready, then ends in order: nothing new is taken, what is under way is finished,
/// sessions are closed with 1001. Takes five seconds at most to end.
pub async fn run(
    Bound { listener, .. }: Bound,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(shared.max_connections));
    let acceptor = tls.map(TlsAcceptor::from);
    tokio::pin!(shutdown);
    let mut told = None;
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok(accepted) => {
                tokio::spawn(connection(accepted, acceptor.clone(), Arc::clone(&shared), graceful.watcher()));
            }
            Err(error) => {
                if told.is_none_or(|told: Instant| told.elapsed() >= QUIET) {
                    told = Some(Instant::now());
                    let what = format!("no connection can be taken: {error}");
                    shared.tell(Event::Trouble { peer: None, what }).await;
                }
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    shared.registry.close_all();
    let _ = timeout(GRACE, async {
        graceful.shutdown().await;
        shared.registry.wait_until_empty().await;
    })
    .await;
}

/// A connection, the address at its other end, and its place among those that may be open.
type Accepted = (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>);

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> io::Result<Accepted> {
    // The semaphore is never closed.
    let place = Arc::clone(room).acquire_owned().await.ok();
    let (tcp, peer) = listener.accept().await?;
    tcp.set_nodelay(true)?;
    Ok((tcp, peer, place))
}

/// Serves one connection to its end. A session that takes it over runs in a task of its own.
async fn connection(
    (tcp, peer, place): Accepted,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    watcher: Watcher,
) {
    let trouble = |what: String| Event::Trouble { peer: Some(peer.to_string()), what };
    let socket = match acceptor {
        None => Socket::Plain(tcp),
        Some(acceptor) => match timeout(HANDSHAKE_TIME, acceptor.accept(tcp)).await {
            Ok(Ok(tls)) => Socket::Tls(Box::new(tls)),
            Ok(Err(error)) => {
                shared.tell(trouble(format!("the TLS handshake failed: {error}"))).await;
                return;
            }
            Err(_) => {
                shared.tell(trouble("the TLS handshake took longer than 10 s".to_owned())).await;
                return;
            }
        },
    };
    let connection = Arc::new(Connection::new(peer, socket.tls_version(), place));
    let tap = Tap::new(socket, Arc::clone(&connection));
    let service = {
        let (shared, connection) = (Arc::clone(&shared), Arc::clone(&connection));
        service_fn(move |request| serve(Arc::clone(&shared), Arc::clone(&connection), request))
    };
    let builder = builder();
    let served =
        watcher.watch(builder.serve_connection_with_upgrades(TokioIo::new(tap), service).into_owned());
    tokio::pin!(served);
    let ended = tokio::select! {
        ended = &mut served => ended,
        // Which version of HTTP is spoken has no time limit of the library's.
        () = sleep(HEAD_TIME) => match connection.has_begun() {
            true => served.await,
            false => Err("nothing that begins a request came within 60 s".into()),
        },
    };
    if let Err(error) = ended {
        tell_of_failure(&shared, &connection, &*error).await;
    }
}

fn builder() -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new()).title_case_headers(true);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX))
        .keep_alive_interval(HEAD_TIME);
    builder
}

/// A connection that failed over a head that was never answered sent something that is no HTTP request, or none that the
/// HTTP library takes.
async fn tell_of_failure(
    shared: &Shared,
    connection: &Connection,
    error: &(dyn std::error::Error + Send + Sync + 'static),
) {
    let bytes = connection.unfinished_head();
    let refused = error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse);
    let head = if refused { connection.next_head() } else { None };
    if bytes.is_empty() && head.is_none() {
        return;
    }
    let record = Record {
        id: Some(shared.ambient.record_id()),
        at: shared.ambient.record_time(),
        direction: Some(Direction::In),
        peer: Some(connection.peer.to_string()),
        tls: connection.tls.map(str::to_owned),
        error: Some(RecordError { code: None, message: format!("refused as no HTTP: {error}") }),
        ..Record::default()
    };
    let event = match head {
        Some(RequestHead { method, target, headers }) => {
            let request =
                Request { method, target, headers: Some(headers), truncated: true, ..Request::default() };
            let record = Record { request: Some(request), ..record };
            Event::Exchange(Box::new(Happened { record, checked: Vec::new(), delivery: None }))
        }
        None => Event::Malformed(Box::new(Record { malformed: Some(bytes.into()), ..record })),
    };
    shared.tell(event).await;
}
