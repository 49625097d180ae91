//! What the HTTP library talks through: connections that the dialer makes, kept open from one exchange to the next.
//!
//! The library would resolve, connect and shake hands itself. Here the dialer does, so that its errors, timings and
//! refusals hold. The head of a request goes out as it was composed: the library's own has another order and case.
//! What fails on the way is noted and told to the library as little as possible, since it takes a connection that
//! broke for one that ended, and gives up on an answer when the request could not be sent whole.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::deadline::Deadline;
use super::dial_error::DialError;
use super::dialer::Dialer;
use super::head::read_head;
use super::http::MAX_HEAD;
use super::stream::{StageTimings, Stream, Waiting};
use super::url::Origin;

/// The end of a head.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// The connection that an exchange goes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection {
    /// The address at the other end.
    pub(super) peer: SocketAddr,
    /// The TLS version, where TLS is spoken.
    pub(super) tls: Option<&'static str>,
    /// How long making it took; `None` when it had been made for an earlier exchange.
    pub(super) dialled: Option<StageTimings>,
}

/// One exchange: what its connection needs to know, and what is noted on the way.
pub(super) struct Exchange {
    origin: Origin,
    deadline: Deadline,
    /// What of the request is still to be sent: its head, until it goes out with the first of the body.
    pending: Vec<u8>,
    /// Whether the library's own head has gone by.
    head_replaced: bool,
    /// What the response began with, up to the end of its head at least.
    opening: Vec<u8>,
    /// Whether more of the opening is wanted.
    opening_wanted: bool,
    /// The connection, once there is one.
    pub(super) connection: Option<Connection>,
    /// Why there is no connection.
    pub(super) dial_failure: Option<DialError>,
    /// When the last of the request was written.
    pub(super) sent: Option<Instant>,
    /// When the first of the response came.
    pub(super) first_byte: Option<Instant>,
    /// Whether the request was not sent whole: it could not be, or the answer came before.
    pub(super) request_was_cut: bool,
    /// Why the request could not be sent whole.
    pub(super) failed_send: Option<io::Error>,
    /// Why reading the response ended before its end.
    pub(super) failed_receive: Option<io::Error>,
    /// Whether the peer closed the connection in good order.
    pub(super) ended: bool,
    /// How many bytes of HTTP went out.
    pub(super) bytes_sent: u64,
    /// How many bytes of HTTP came.
    pub(super) bytes_received: u64,
}

impl Exchange {
    /// An exchange with `origin` whose request has this head.
    pub(super) fn new(origin: Origin, head: Vec<u8>, deadline: Deadline) -> Self {
        Exchange {
            origin,
            deadline,
            pending: head,
            head_replaced: false,
            opening: Vec::new(),
            opening_wanted: true,
            connection: None,
            dial_failure: None,
            sent: None,
            first_byte: None,
            request_was_cut: false,
            failed_send: None,
            failed_receive: None,
            ended: false,
            bytes_sent: 0,
            bytes_received: 0,
        }
    }

    /// What the response began with; nothing more of it is kept from now on.
    pub(super) fn take_opening(&mut self) -> Vec<u8> {
        self.opening_wanted = false;
        std::mem::take(&mut self.opening)
    }

    /// Whether the whole of the response's final head is there.
    fn has_answer(&self) -> bool {
        self.first_byte.is_some() && read_head(&self.opening).is_some()
    }

    fn note_received(&mut self, bytes: &[u8]) {
        self.first_byte.get_or_insert_with(Instant::now);
        self.bytes_received += bytes.len() as u64;
        if self.opening_wanted {
            self.opening.extend_from_slice(bytes);
        }
    }
}

/// The exchange that is under way, seen from both sides of the library.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Exchange>>);

impl Shared {
    /// No exchange yet.
    pub(super) fn new() -> Self {
        let nowhere = Exchange::new(Origin::of_domain(""), Vec::new(), Deadline::never());
        Shared(Arc::new(Mutex::new(nowhere)))
    }

    /// The exchange.
    pub(super) fn lock(&self) -> MutexGuard<'_, Exchange> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes connections for the exchange that is under way.
pub(super) struct Dialling {
    dialer: Arc<Dialer>,
    shared: Shared,
}

impl Dialling {
    pub(super) fn new(dialer: Arc<Dialer>, shared: Shared) -> Self {
        Dialling { dialer, shared }
    }
}

impl fmt::Debug for Dialling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dialer.fmt(f)
    }
}

impl Connector<()> for Dialling {
    type Out = StreamTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<StreamTransport>, Error> {
        let mut exchange = self.shared.lock();
        match self.dialer.dial(&exchange.origin, &[b"http/1.1"], exchange.deadline) {
            Ok(stream) => {
                let config = details.config;
                let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
                let shared = self.shared.clone();
                Ok(Some(StreamTransport {
                    stream,
                    buffers,
                    shared,
                    used: false,
                    broken: false,
                    early_input: false,
                }))
            }
            Err(error) => {
                exchange.dial_failure = Some(error);
                Err(Error::ConnectionFailed)
            }
        }
    }
}

/// Stands in for resolving, which the dialer does.
#[derive(Debug)]
pub(super) struct LeftToTheDialer;

impl Resolver for LeftToTheDialer {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
        Ok(addresses)
    }
}

/// The connection as the library uses it. Its limits of time are the exchange's own deadline.
pub(super) struct StreamTransport {
    stream: Stream,
    buffers: LazyBuffers,
    shared: Shared,
    /// Whether an exchange before this one went over it.
    used: bool,
    /// Whether it ended or failed.
    broken: bool,
    /// Whether the buffer holds what came while the request was still being sent.
    early_input: bool,
}

impl StreamTransport {
    /// Begins with an exchange, where this is its first use of the connection.
    fn begin(&mut self, exchange: &mut Exchange) {
        if exchange.connection.is_some() {
            return;
        }
        exchange.connection = Some(Connection {
            peer: self.stream.peer(),
            tls: self.stream.tls().map(|tls| tls.version),
            dialled: (!self.used).then(|| self.stream.timings()),
        });
        self.used = true;
        self.stream.set_deadline(exchange.deadline);
    }

    /// Reads what there is, and waits for it where there is nothing.
    fn receive(&mut self, exchange: &mut Exchange) -> io::Result<usize> {
        let buffer = self.buffers.input_append_buf();
        let received = self.stream.read(buffer);
        match &received {
            Ok(0) => {
                self.broken = true;
                exchange.ended = true;
            }
            Ok(count) => {
                exchange.note_received(&buffer[..*count]);
                self.buffers.input_appended(*count);
            }
            Err(_) => self.broken = true,
        }
        received
    }

    /// Looks whether the answer is there already, while there is more of the request to send.
    fn look_for_answer(&mut self, exchange: &mut Exchange) {
        // What is wrong with the connection is found out, and told, when it is used.
        if !matches!(self.stream.waiting(), Ok(Waiting::Input)) || self.buffers.input_append_buf().is_empty()
        {
            return;
        }
        match self.receive(exchange) {
            Ok(_) => self.early_input = true,
            Err(error) => exchange.failed_receive = Some(error),
        }
        if exchange.has_answer() {
            exchange.request_was_cut = true;
            self.broken = true;
        }
    }
}

/// Sends what is pending, and `more`. A failure is noted only: the peer may have answered before it hung up.
fn send(stream: &mut Stream, exchange: &mut Exchange, more: &[u8]) {
    if exchange.request_was_cut {
        return;
    }
    let mut pending = std::mem::take(&mut exchange.pending);
    let output = if pending.is_empty() {
        more
    } else {
        pending.extend_from_slice(more);
        &pending
    };
    match stream.write_all(output).and_then(|()| stream.flush()) {
        Ok(()) => {
            exchange.bytes_sent += output.len() as u64;
            exchange.sent = Some(Instant::now());
        }
        Err(error) => {
            exchange.request_was_cut = true;
            exchange.failed_send = Some(error);
        }
    }
}

impl fmt::Debug for StreamTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stream.fmt(f)
    }
}

impl Transport for StreamTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), Error> {
        let shared = self.shared.clone();
        let exchange = &mut *shared.lock();
        self.begin(exchange);
        if !exchange.head_replaced {
            // The library never mixes head and body.
            exchange.head_replaced = self.buffers.output()[..amount].ends_with(HEAD_END);
            return Ok(());
        }
        if exchange.sent.is_some() {
            self.look_for_answer(exchange);
        }
        let output = &self.buffers.output()[..amount];
        send(&mut self.stream, exchange, output);
        self.broken |= exchange.request_was_cut;
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let shared = self.shared.clone();
        let exchange = &mut *shared.lock();
        if !exchange.pending.is_empty() {
            send(&mut self.stream, exchange, &[]);
            self.broken |= exchange.request_was_cut;
        }
        if exchange.opening_wanted && exchange.opening.len() > MAX_HEAD {
            return Err(Error::LargeResponseHeader(exchange.opening.len(), MAX_HEAD));
        }
        if std::mem::take(&mut self.early_input) {
            return Ok(true);
        }
        self.receive(exchange).map(|count| count > 0).map_err(|error| {
            let told = io::Error::from(error.kind());
            exchange.failed_receive = Some(error);
            told.into()
        })
    }

    fn is_open(&mut self) -> bool {
        !self.broken && matches!(self.stream.waiting(), Ok(Waiting::Nothing))
    }

    fn is_tls(&self) -> bool {
        self.stream.tls().is_some()
    }
}

impl Drop for StreamTransport {
    fn drop(&mut self) {
        if !self.broken {
            self.stream.say_goodbye();
        }
    }
}
