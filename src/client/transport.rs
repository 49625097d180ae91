//! What the HTTP library talks through: a connection that the dialer has made already.
//!
//! The library would resolve, connect and shake hands itself. Here all that is done before it starts, so that the
//! dialer's errors, timings and refusals hold; the library is handed the finished connection, once.

use std::fmt;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
};

use super::stream::Stream;

/// The moments of an exchange that its timings are told from.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Moments {
    /// When the last of the request was written.
    pub(super) sent: Option<Instant>,
    /// When the first of the response came.
    pub(super) first_byte: Option<Instant>,
}

/// The moments, seen from both sides of the library.
pub(super) type SharedMoments = Arc<Mutex<Moments>>;

fn note(moments: &SharedMoments, what: impl FnOnce(&mut Moments)) {
    what(&mut moments.lock().unwrap_or_else(PoisonError::into_inner));
}

/// Hands out one finished connection.
#[derive(Debug)]
pub(super) struct Prepared {
    stream: Mutex<Option<Stream>>,
    moments: SharedMoments,
}

impl Prepared {
    pub(super) fn new(stream: Stream, moments: SharedMoments) -> Self {
        Prepared { stream: Mutex::new(Some(stream)), moments }
    }
}

impl Connector<()> for Prepared {
    type Out = StreamTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<StreamTransport>, Error> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A second connection would mean that the library sends the request again, which nobody asked for.
        let stream = stream.ok_or(Error::ConnectionFailed)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(StreamTransport { stream, buffers, moments: Arc::clone(&self.moments) }))
    }
}

/// Stands in for resolving, which the dialer has done.
#[derive(Debug)]
pub(super) struct AlreadyResolved;

impl Resolver for AlreadyResolved {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0));
        Ok(addresses)
    }
}

/// The connection as the library uses it. Its limits of time are the stream's own deadline.
pub(super) struct StreamTransport {
    stream: Stream,
    buffers: LazyBuffers,
    moments: SharedMoments,
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
        let output = &self.buffers.output()[..amount];
        self.stream.write_all(output)?;
        self.stream.flush()?;
        note(&self.moments, |moments| moments.sent = Some(Instant::now()));
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
        let count = self.stream.read(self.buffers.input_append_buf())?;
        if count > 0 {
            note(&self.moments, |moments| {
                moments.first_byte.get_or_insert_with(Instant::now);
            });
        }
        self.buffers.input_appended(count);
        Ok(count > 0)
    }

    fn is_open(&mut self) -> bool {
        // One exchange a connection: none goes back into a pool.
        false
    }

    fn is_tls(&self) -> bool {
        self.stream.tls().is_some()
    }
}
