//! The one way out: resolve, connect over TCP, open a proxy's tunnel, shake hands over TLS.
//!
//! Everything that leaves this program goes through here, so that `--resolve`, the proxies, the certificates, the
//! limits and the refusals mean the same for every command. It speaks no HTTP but to a proxy.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustls::ClientConnection;
use rustls::pki_types::ServerName;

use super::deadline::Deadline;
use super::dial_error::{DialCause, DialError, Stage};
use super::options::NetworkOptions;
use super::policy::AddressPolicy;
use super::proxy::{Proxy, TunnelError, open_tunnel};
use super::resolver::{Lookup, Resolved, resolve, system_lookup};
use super::stream::{Socket, StageTimings, Stream};
use super::tls::{TlsClient, TlsProblem};
use super::url::{Origin, is_localhost};

/// Makes connections as the options have it.
#[derive(Debug)]
pub struct Dialer {
    options: NetworkOptions,
    policy: AddressPolicy,
    tls: TlsClient,
    lookup: Lookup,
}

type Failure = (Stage, DialCause);

/// Where an origin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// The proxy is there, and resolves the name itself.
    BehindProxy(Origin),
    /// The rules of `--resolve` say so.
    Ruled(Vec<SocketAddr>),
    /// The host is an address, or this machine by its name.
    Known(Vec<SocketAddr>),
    /// The name was looked up, in this time.
    Found(Vec<SocketAddr>, Duration),
}

impl Dialer {
    /// A dialer to hosts that the user named. Reads and resolves nothing yet.
    pub fn new(options: NetworkOptions) -> Self {
        Dialer { policy: AddressPolicy::Any, tls: TlsClient::new(&options), lookup: system_lookup, options }
    }

    /// The same dialer under another policy. `PublicOnly` leaves out hosts that a `--resolve` rule is for, and all of
    /// them with `--allow-private`.
    #[must_use]
    pub fn with_policy(mut self, policy: AddressPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The same dialer with another way to resolve names than the system's.
    #[must_use]
    pub fn with_lookup(mut self, lookup: Lookup) -> Self {
        self.lookup = lookup;
        self
    }

    /// What this dialer goes by.
    pub fn options(&self) -> &NetworkOptions {
        &self.options
    }

    /// Connects to an origin, with TLS where the origin has it, offering the application protocols of `alpn`.
    ///
    /// Connecting has to be done by the sooner of `deadline` and the connect time-out; the stream keeps to `deadline`.
    ///
    /// # Errors
    /// Names the stage, the target and the cause.
    pub fn dial(&self, origin: &Origin, alpn: &[&[u8]], deadline: Deadline) -> Result<Stream, DialError> {
        let connecting = deadline.sooner(Deadline::after(self.options.connect_timeout));
        let mut stream = self.connect(origin, alpn, connecting).map_err(|(stage, cause)| DialError {
            stage,
            target: origin.to_string(),
            cause,
        })?;
        stream.set_deadline(deadline);
        Ok(stream)
    }

    /// Connects to where an origin is, and leaves TLS out, whatever the origin has and `allow_http` says: for what is spoken by
    /// hand, and is no secret.
    ///
    /// # Errors
    /// Names the stage, the target and the cause.
    pub fn dial_below_tls(&self, origin: &Origin, deadline: Deadline) -> Result<Stream, DialError> {
        let connecting = deadline.sooner(Deadline::after(self.options.connect_timeout));
        let mut timings = StageTimings::default();
        let socket = self.reach(origin, connecting, &mut timings).map_err(|(stage, cause)| DialError {
            stage,
            target: origin.to_string(),
            cause,
        })?;
        let mut stream = Stream::plain(socket, timings);
        stream.set_deadline(deadline);
        Ok(stream)
    }

    /// Where an origin is, without connecting to it.
    ///
    /// # Errors
    /// When the name does not resolve, or none of its addresses may be connected to.
    pub fn locate(&self, origin: &Origin, deadline: Deadline) -> Result<Located, DialError> {
        let connecting = deadline.sooner(Deadline::after(self.options.connect_timeout));
        self.place_of(origin, connecting).map_err(|(stage, cause)| DialError {
            stage,
            target: origin.to_string(),
            cause,
        })
    }

    fn place_of(&self, origin: &Origin, deadline: Deadline) -> Result<Located, Failure> {
        if let Some(proxy) = self.proxy_for(origin)? {
            return Ok(Located::BehindProxy(proxy.origin));
        }
        let ruled = self.options.resolved(origin);
        if !ruled.is_empty() {
            return Ok(Located::Ruled(ruled));
        }
        let mut timings = StageTimings::default();
        let addresses = self.allowed_addresses(origin, deadline, &mut timings)?;
        Ok(match timings.dns {
            Some(took) => Located::Found(addresses, took),
            None => Located::Known(addresses),
        })
    }

    /// Tries whether one address takes a connection, which is closed at once.
    ///
    /// # Errors
    /// Names the cause; `target` is what it is told of.
    pub fn knock(
        &self,
        target: &Origin,
        address: SocketAddr,
        deadline: Deadline,
    ) -> Result<Duration, DialError> {
        let connecting = deadline.sooner(Deadline::after(self.options.connect_timeout));
        let mut timings = StageTimings::default();
        connect_tcp(&[address], connecting, &mut timings)
            .map(|_| timings.connect)
            .map_err(|(stage, cause)| DialError { stage, target: target.to_string(), cause })
    }

    fn connect(&self, origin: &Origin, alpn: &[&[u8]], deadline: Deadline) -> Result<Stream, Failure> {
        if !origin.tls && !self.options.allow_http && !self.options.is_loopback(origin) {
            return Err((Stage::Prepare, DialCause::PlainHttp));
        }
        let mut timings = StageTimings::default();
        let socket = self.reach(origin, deadline, &mut timings)?;
        if origin.tls {
            self.shake_hands(origin, alpn, socket, deadline, timings)
        } else {
            Ok(Stream::plain(socket, timings))
        }
    }

    fn reach(
        &self,
        origin: &Origin,
        deadline: Deadline,
        timings: &mut StageTimings,
    ) -> Result<Socket, Failure> {
        match self.proxy_for(origin)? {
            None => self.connect_direct(origin, deadline, timings),
            Some(proxy) => self.connect_through(&proxy, origin, deadline, timings),
        }
    }

    fn proxy_for(&self, origin: &Origin) -> Result<Option<Proxy>, Failure> {
        if let Some(proxy) = &self.options.proxy {
            return Ok(Some(proxy.clone()));
        }
        if self.options.is_loopback(origin) {
            return Ok(None);
        }
        self.options
            .proxy_variables
            .proxy_for(origin)
            .map_err(|(name, error)| (Stage::Prepare, DialCause::ProxyVariable(name, error)))
    }

    fn connect_direct(
        &self,
        origin: &Origin,
        deadline: Deadline,
        timings: &mut StageTimings,
    ) -> Result<Socket, Failure> {
        let ruled = self.options.resolved(origin);
        let addresses =
            if ruled.is_empty() { self.allowed_addresses(origin, deadline, timings)? } else { ruled };
        connect_tcp(&addresses, deadline, timings)
    }

    fn allowed_addresses(
        &self,
        origin: &Origin,
        deadline: Deadline,
        timings: &mut StageTimings,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let addresses = self.look_up(origin, deadline, timings)?;
        self.policy_for_names()
            .filter(addresses)
            .map_err(|first| (Stage::Resolve, DialCause::PrivateAddress(first)))
    }

    /// The proxy resolves names itself, so that only what the host says of itself can be judged here.
    fn connect_through(
        &self,
        proxy: &Proxy,
        origin: &Origin,
        deadline: Deadline,
        timings: &mut StageTimings,
    ) -> Result<Socket, Failure> {
        let destination = match self.options.resolved(origin).first() {
            Some(address) => address.to_string(),
            None => {
                self.judge_unresolved(origin)?;
                origin.to_string()
            }
        };
        let mut socket = self
            .look_up(&proxy.origin, deadline, timings)
            .and_then(|addresses| connect_tcp(&addresses, deadline, timings))
            .map_err(|(stage, cause)| (stage, to_proxy(proxy, stage, cause)))?;
        let started = Instant::now();
        open_tunnel(&mut socket, proxy, &destination)
            .map_err(|error| (Stage::Proxy, tunnel_cause(error, deadline)))?;
        socket.forget_opening();
        timings.proxy = Some(started.elapsed());
        Ok(socket)
    }

    fn judge_unresolved(&self, origin: &Origin) -> Result<(), Failure> {
        let policy = self.policy_for_names();
        let refused = match origin.host.parse() {
            Ok(address) if !policy.allows(address) => Some(address),
            Err(_) if policy == AddressPolicy::PublicOnly && is_localhost(&origin.host) => None,
            _ => return Ok(()),
        };
        Err((Stage::Prepare, DialCause::PrivateAddress(refused)))
    }

    fn policy_for_names(&self) -> AddressPolicy {
        if self.options.allow_private { AddressPolicy::Any } else { self.policy }
    }

    fn look_up(
        &self,
        origin: &Origin,
        deadline: Deadline,
        timings: &mut StageTimings,
    ) -> Result<Vec<SocketAddr>, Failure> {
        let started = Instant::now();
        match resolve(origin, self.lookup, deadline) {
            Resolved::Known(addresses) => Ok(addresses),
            Resolved::Found(addresses) => {
                timings.dns = Some(started.elapsed());
                Ok(addresses)
            }
            Resolved::NotFound(error) => {
                let host = origin.host.clone();
                Err((Stage::Resolve, DialCause::NotResolved { host, error }))
            }
            Resolved::TimedOut => Err((Stage::Resolve, DialCause::TimedOut(deadline.limit()))),
        }
    }

    fn shake_hands(
        &self,
        origin: &Origin,
        alpn: &[&[u8]],
        mut socket: Socket,
        deadline: Deadline,
        mut timings: StageTimings,
    ) -> Result<Stream, Failure> {
        let config = self.tls.config(alpn).map_err(|error| (Stage::Prepare, DialCause::Trust(error)))?;
        let started = Instant::now();
        // A name with a final dot is the same host, but no certificate has it so.
        let name = ServerName::try_from(origin.host.trim_end_matches('.').to_owned())
            .map_err(|_| (Stage::Prepare, DialCause::BadServerName))?;
        let mut connection = ClientConnection::new(config, name)
            .map_err(|error| (Stage::Tls, DialCause::Tls(TlsProblem::of(&error, &[]))))?;
        while connection.is_handshaking() {
            if let Err(error) = connection.complete_io(&mut socket) {
                return Err((Stage::Tls, handshake_cause(error, &socket, deadline)));
            }
        }
        timings.tls = Some(started.elapsed());
        Ok(Stream::tls_over(connection, socket, timings))
    }
}

fn handshake_cause(error: io::Error, socket: &Socket, deadline: Deadline) -> DialCause {
    let problem = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .map(|inner| TlsProblem::of(inner, socket.opening()));
    match (problem, error.kind()) {
        (Some(problem), _) => DialCause::Tls(problem),
        (None, io::ErrorKind::TimedOut) => DialCause::TimedOut(deadline.limit()),
        (None, io::ErrorKind::UnexpectedEof) => DialCause::ClosedInHandshake,
        (None, _) => DialCause::BrokenInHandshake(error),
    }
}

fn to_proxy(proxy: &Proxy, stage: Stage, cause: DialCause) -> DialCause {
    DialCause::ToProxy(Box::new(DialError { stage, target: proxy.origin.to_string(), cause }))
}

fn tunnel_cause(error: TunnelError, deadline: Deadline) -> DialCause {
    match error {
        TunnelError::Io(error) if error.kind() == io::ErrorKind::TimedOut => {
            DialCause::TimedOut(deadline.limit())
        }
        other => DialCause::Tunnel(other),
    }
}

/// Tries one address after the other, each with its share of the time that is left.
fn connect_tcp(
    addresses: &[SocketAddr],
    deadline: Deadline,
    timings: &mut StageTimings,
) -> Result<Socket, Failure> {
    let started = Instant::now();
    let mut worst: Option<DialCause> = None;
    for (tried, address) in addresses.iter().enumerate() {
        let share = deadline.share(addresses.len() - tried);
        match connect_one(*address, share).and_then(|tcp| Socket::new(tcp, deadline)) {
            Ok(socket) => {
                timings.connect = started.elapsed();
                return Ok(socket);
            }
            Err(error) => {
                let cause = connect_cause(*address, error, deadline);
                if worst.as_ref().is_none_or(|worst| telling(&cause) > telling(worst)) {
                    worst = Some(cause);
                }
            }
        }
    }
    Err((Stage::Connect, worst.unwrap_or(DialCause::TimedOut(deadline.limit()))))
}

fn connect_one(address: SocketAddr, deadline: Deadline) -> io::Result<TcpStream> {
    match deadline.remaining() {
        // The system refuses a time-out that rounds down to nothing.
        Ok(Some(left)) => TcpStream::connect_timeout(&address, left.max(Duration::from_millis(1))),
        Ok(None) => TcpStream::connect(address),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

fn connect_cause(address: SocketAddr, error: io::Error, deadline: Deadline) -> DialCause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => DialCause::Refused(address),
        io::ErrorKind::TimedOut => DialCause::TimedOut(deadline.limit()),
        _ => DialCause::Unreachable(address, error),
    }
}

/// Which of several failures says most about the server: a refusal comes from itself, no route from this machine.
fn telling(cause: &DialCause) -> u8 {
    match cause {
        DialCause::Refused(_) => 2,
        DialCause::TimedOut(_) => 1,
        _ => 0,
    }
}
