//! The accept loop: TCP, TLS where it is spoken, the tap, HTTP/1.1 and HTTP/2, and an orderly end.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::app::App;
use super::body::Bodies;
use super::event::{Event, Happened};
use super::fault::Faults;
use super::recorder::Recorder;
use super::registry::Registry;
use super::room::{Place, Room};
use super::service::serve;
use super::socket::Socket;
use super::tap::{Connection, Tap};
use crate::finding::codes;
use crate::protocol::Ambient;
use crate::protocol::http::{MAX_HEAD, RequestHead};
use crate::protocol::record::{Direction, Record, RecordError, Request};

/// How long a TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// How long a head may take to come, and a connection may be idle.
pub(super) const HEAD_TIME: Duration = Duration::from_secs(60);

/// How long open exchanges and sessions may take to end in order.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// How long the loop waits when the system has no room for a connection.
const BREATH: Duration = Duration::from_millis(50);

/// How long nothing is said about connections that cannot be taken after it was said.
const QUIET: Duration = Duration::from_secs(10);

/// How many headers the HTTP library takes.
const MAX_HEADERS: usize = 100;

/// How many digits a length has that the HTTP library cannot count to.
const LONG_LENGTH: usize = 19;

/// How many requests one HTTP/2 connection may have under way.
pub(super) const MAX_STREAMS: u32 = 256;

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
    /// How many connections may be open; one address may have half of them.
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
    pub(super) listener: TcpListener,
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
    bound: Bound,
    tls: Option<Arc<ServerConfig>>,
    shared: Arc<Shared>,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let acceptor = tls.map(TlsAcceptor::from);
    let take = |accepted| {
        tokio::spawn(connection(accepted, acceptor.clone(), Arc::clone(&shared), graceful.watcher()));
    };
    accept_until(shutdown, bound, shared.max_connections, &shared.recorder, take).await;
    shared.registry.close_all();
    let _ = timeout(GRACE, async {
        graceful.shutdown().await;
        shared.registry.wait_until_empty().await;
    })
    .await;
}

/// Takes connections until `shutdown` is ready, `at_once` of them at the same time.
pub(super) async fn accept_until(
    shutdown: impl Future<Output = ()>,
    Bound { listener, .. }: Bound,
    at_once: usize,
    recorder: &Recorder,
    take: impl Fn(Accepted),
) {
    let room = Room::new(at_once);
    tokio::pin!(shutdown);
    let mut troubles = Troubles::default();
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => return,
            accepted = accept(&listener, &room) => accepted,
        };
        match accepted {
            Ok(Accepted { place: None, peer, .. }) => {
                let what = format!(
                    "one address has {} connections, and more than that is not taken ({})",
                    room.most_of_one(),
                    codes::LIMIT_REACHED.id
                );
                troubles.tell(recorder, Some(peer.ip()), what).await;
            }
            Ok(accepted) => take(accepted),
            Err(error) => {
                troubles.tell(recorder, None, format!("no connection can be taken: {error}")).await;
                sleep(BREATH).await;
            }
        }
    }
}

/// Tells of what goes wrong again and again, now and then.
#[derive(Debug, Default)]
struct Troubles {
    last: Option<(Option<IpAddr>, Instant)>,
}

impl Troubles {
    /// Tells of it, unless that was done a moment ago.
    async fn tell(&mut self, recorder: &Recorder, host: Option<IpAddr>, what: String) {
        if self.last.is_none_or(|(told_of, at)| told_of != host || at.elapsed() >= QUIET) {
            self.last = Some((host, Instant::now()));
            let trouble = Event::Trouble { peer: host.map(|host| host.to_string()), what };
            recorder.tell_then(trouble, |_| {}).await;
        }
    }
}

/// A connection, the address at its other end, and its place among those that may be open, where it has one.
pub(super) struct Accepted {
    pub(super) tcp: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: Option<Place>,
}

async fn accept(listener: &TcpListener, room: &Room) -> io::Result<Accepted> {
    let free = room.free().await;
    let (tcp, peer) = listener.accept().await?;
    tcp.set_nodelay(true)?;
    Ok(Accepted { tcp, peer, place: room.give(free, peer.ip()) })
}

/// Shakes hands over TLS, where it is spoken.
///
/// # Errors
/// Why there is no connection, in a sentence.
pub(super) async fn secure(tcp: TcpStream, acceptor: Option<TlsAcceptor>) -> Result<Socket, String> {
    let Some(acceptor) = acceptor else { return Ok(Socket::Plain(tcp)) };
    match timeout(HANDSHAKE_TIME, acceptor.accept(tcp)).await {
        Ok(Ok(tls)) => Ok(Socket::Tls(Box::new(tls))),
        Ok(Err(error)) => Err(format!("the TLS handshake failed: {error}")),
        Err(_) => Err("the TLS handshake took longer than 10 s".to_owned()),
    }
}

/// Serves one connection to its end. A session that takes it over runs in a task of its own.
async fn connection(
    Accepted { tcp, peer, place }: Accepted,
    acceptor: Option<TlsAcceptor>,
    shared: Arc<Shared>,
    watcher: Watcher,
) {
    let socket = match secure(tcp, acceptor).await {
        Ok(socket) => socket,
        Err(what) => {
            return shared.tell(Event::Trouble { peer: Some(peer.to_string()), what }).await;
        }
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

/// Why what came was not taken: a limit, or it is no HTTP.
fn why_refused(
    error: &(dyn std::error::Error + Send + Sync + 'static),
    head: Option<&RequestHead>,
) -> RecordError {
    let hyper = error.downcast_ref::<hyper::Error>();
    let limit = match hyper {
        Some(error) if error.is_parse_too_large() => {
            // The library says the same of a length that it cannot count to.
            let promises = |head: &RequestHead| {
                head.headers.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("content-length") && value.0.len() >= LONG_LENGTH
                })
            };
            Some(match head {
                Some(head) if promises(head) => "Content-Length is larger than any body".to_owned(),
                Some(head) if head.headers.len() > MAX_HEADERS => {
                    format!("the head has more than {MAX_HEADERS} headers")
                }
                _ => format!("the head has more than {} KiB", MAX_HEAD >> 10),
            })
        }
        Some(error) if error.is_timeout() => {
            Some(format!("the head did not come within {} s", HEAD_TIME.as_secs()))
        }
        _ => None,
    };
    let code = limit.is_some().then(|| codes::LIMIT_REACHED.id.to_owned());
    let why = limit.map(|limit| format!("{limit}: ")).unwrap_or_default();
    RecordError { code, message: format!("refused as no HTTP: {why}{error}") }
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
        error: Some(why_refused(error, head.as_ref())),
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
