//! An open connection: a socket that keeps to its deadline, with TLS or without.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use rustls::{ClientConnection, ProtocolVersion, StreamOwned};

use super::deadline::Deadline;

/// How many of the peer's first bytes are kept to tell what it speaks.
const OPENING: usize = 32;

/// How long each stage of connecting took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageTimings {
    /// Resolving the name; `None` when nothing had to be resolved.
    pub dns: Option<Duration>,
    /// Connecting over TCP, to the proxy where there is one.
    pub connect: Duration,
    /// Opening the proxy's tunnel.
    pub proxy: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
}

/// What a TLS handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsDetails {
    /// The version: `1.2` or `1.3`.
    pub version: &'static str,
    /// The application protocol that was agreed on.
    pub alpn: Option<Vec<u8>>,
    /// The server's certificates as DER, its own first.
    pub certificates: Vec<Vec<u8>>,
}

impl TlsDetails {
    /// What a finished handshake agreed on.
    pub fn of(connection: &ClientConnection) -> Self {
        TlsDetails {
            version: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "1.2",
                _ => "1.3",
            },
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            certificates: connection
                .peer_certificates()
                .unwrap_or_default()
                .iter()
                .map(|certificate| certificate.to_vec())
                .collect(),
        }
    }
}

/// A TCP connection whose reads and writes end at a deadline.
#[derive(Debug)]
pub struct Socket {
    tcp: TcpStream,
    deadline: Deadline,
    peer: SocketAddr,
    opening: Vec<u8>,
}

impl Socket {
    /// A connected socket, with Nagle's delay off.
    ///
    /// # Errors
    /// When the system refuses the option or does not know the peer any more.
    pub fn new(tcp: TcpStream, deadline: Deadline) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        let peer = tcp.peer_addr()?;
        Ok(Socket { tcp, deadline, peer, opening: Vec::new() })
    }

    /// The moment until which reading and writing has to be done.
    pub fn set_deadline(&mut self, deadline: Deadline) {
        self.deadline = deadline;
    }

    /// The first bytes that the peer sent, before any decryption.
    pub fn opening(&self) -> &[u8] {
        &self.opening
    }

    /// Forgets the peer's first bytes: what comes next is another speaker's, behind a tunnel.
    pub fn forget_opening(&mut self) {
        self.opening.clear();
    }

    /// The socket itself.
    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// The address at the other end.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    fn remaining(&self) -> io::Result<Option<Duration>> {
        self.deadline.remaining().map_err(|_| timed_out())
    }
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the time is up")
}

/// Unix tells of a socket's time-out as "would block".
fn plain_timeout(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { timed_out() } else { error }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.tcp.set_read_timeout(self.remaining()?)?;
            match self.tcp.read(buffer) {
                Ok(count) => {
                    let keep = OPENING.saturating_sub(self.opening.len()).min(count);
                    self.opening.extend_from_slice(&buffer[..keep]);
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(plain_timeout(error)),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(self.remaining()?)?;
        self.tcp.write(buffer).map_err(plain_timeout)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What can be read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing: the peer has sent all that it wanted to so far.
    Nothing,
    /// Something.
    Input,
    /// The end: the peer has closed.
    End,
}

enum Layer {
    Plain(Socket),
    Tls(Box<StreamOwned<ClientConnection, Socket>>, TlsDetails),
}

/// What an open connection consists of.
pub(super) struct Parts {
    pub(super) tcp: TcpStream,
    /// The TLS connection, which may hold what the peer has sent already, and what its handshake agreed on.
    pub(super) tls: Option<(ClientConnection, TlsDetails)>,
    pub(super) timings: StageTimings,
    pub(super) peer: SocketAddr,
}

/// An open connection.
pub struct Stream {
    layer: Layer,
    timings: StageTimings,
    /// Whether writing failed, after which only reading makes sense.
    write_failed: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("peer", &self.peer())
            .field("tls", &self.tls().map(|tls| tls.version))
            .field("timings", &self.timings)
            .finish()
    }
}

impl Stream {
    pub(super) fn plain(socket: Socket, timings: StageTimings) -> Self {
        Stream { layer: Layer::Plain(socket), timings, write_failed: false }
    }

    pub(super) fn tls_over(connection: ClientConnection, socket: Socket, timings: StageTimings) -> Self {
        let details = TlsDetails::of(&connection);
        let stream = Box::new(StreamOwned::new(connection, socket));
        Stream { layer: Layer::Tls(stream, details), timings, write_failed: false }
    }

    fn socket(&self) -> &Socket {
        match &self.layer {
            Layer::Plain(socket) => socket,
            Layer::Tls(stream, _) => &stream.sock,
        }
    }

    /// The socket underneath, for its options.
    pub fn tcp(&self) -> &TcpStream {
        self.socket().tcp()
    }

    /// The address at the other end: the proxy's, where there is one.
    pub fn peer(&self) -> SocketAddr {
        self.socket().peer()
    }

    /// The address at this end.
    ///
    /// # Errors
    /// When the system does not know it any more.
    pub fn local(&self) -> io::Result<SocketAddr> {
        self.tcp().local_addr()
    }

    /// What the TLS handshake agreed on, where there was one.
    pub fn tls(&self) -> Option<&TlsDetails> {
        match &self.layer {
            Layer::Plain(_) => None,
            Layer::Tls(_, details) => Some(details),
        }
    }

    /// How long connecting took.
    pub fn timings(&self) -> StageTimings {
        self.timings
    }

    /// The parts of the connection, for a reader and writer of another kind. Its deadline ends here.
    pub(super) fn into_parts(self) -> Parts {
        let timings = self.timings;
        let (socket, tls) = match self.layer {
            Layer::Plain(socket) => (socket, None),
            Layer::Tls(stream, details) => {
                let (connection, socket) = stream.into_parts();
                (socket, Some((connection, details)))
            }
        };
        Parts { peer: socket.peer, tcp: socket.tcp, tls, timings }
    }

    /// The moment until which reading and writing has to be done from now on.
    pub fn set_deadline(&mut self, deadline: Deadline) {
        match &mut self.layer {
            Layer::Plain(socket) => socket.set_deadline(deadline),
            Layer::Tls(stream, _) => stream.sock.set_deadline(deadline),
        }
    }

    /// What can be read at once, without waiting for it.
    ///
    /// # Errors
    /// When the connection broke.
    pub fn waiting(&mut self) -> io::Result<Waiting> {
        self.tcp().set_nonblocking(true)?;
        let waiting = match &mut self.layer {
            Layer::Plain(socket) => socket.tcp.peek(&mut [0]).map(|count| match count {
                0 => Waiting::End,
                _ => Waiting::Input,
            }),
            Layer::Tls(stream, _) => waiting_in_tls(stream),
        };
        self.tcp().set_nonblocking(false)?;
        match waiting {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Waiting::Nothing),
            other => other,
        }
    }

    /// Tells the peer over TLS that nothing more comes, as far as that can be done at once. What it still sends can be read.
    pub fn say_goodbye(&mut self) {
        if let Layer::Tls(stream, _) = &mut self.layer {
            stream.conn.send_close_notify();
            if stream.sock.tcp.set_nonblocking(true).is_ok() {
                // A peer that takes nothing any more has no need of it.
                let _ = stream.conn.write_tls(&mut stream.sock.tcp);
                let _ = stream.sock.tcp.set_nonblocking(false);
            }
        }
    }

    fn note_write<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.write_failed |= result.is_err();
        result
    }
}

/// Takes in what the peer sent on its own, such as session tickets, over a socket that does not block.
fn waiting_in_tls(stream: &mut StreamOwned<ClientConnection, Socket>) -> io::Result<Waiting> {
    loop {
        let state = stream.conn.process_new_packets().map_err(io::Error::other)?;
        if state.plaintext_bytes_to_read() > 0 {
            return Ok(Waiting::Input);
        }
        if state.peer_has_closed() || stream.conn.read_tls(&mut stream.sock.tcp)? == 0 {
            return Ok(Waiting::End);
        }
    }
}

/// Reads without writing: the library would first send what is left to be sent, and give up when that fails.
fn read_only(stream: &mut StreamOwned<ClientConnection, Socket>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match stream.conn.reader().read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            result => return result,
        }
        stream.conn.read_tls(&mut stream.sock)?;
        stream.conn.process_new_packets().map_err(io::Error::other)?;
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.layer {
            Layer::Plain(socket) => socket.read(buffer),
            Layer::Tls(stream, _) if self.write_failed => read_only(stream, buffer),
            Layer::Tls(stream, _) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let result = match &mut self.layer {
            Layer::Plain(socket) => socket.write(buffer),
            Layer::Tls(stream, _) => stream.write(buffer),
        };
        self.note_write(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.layer {
            Layer::Plain(socket) => socket.flush(),
            Layer::Tls(stream, _) => stream.flush(),
        };
        self.note_write(result)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    fn pair() -> (Stream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let deadline = Deadline::after(Duration::from_secs(20));
        let socket = Socket::new(tcp, deadline).unwrap();
        (Stream::plain(socket, StageTimings::default()), listener.accept().unwrap().0)
    }

    /// Waits until something waits.
    fn next(stream: &mut Stream) -> Waiting {
        loop {
            match stream.waiting().unwrap() {
                Waiting::Nothing => thread::yield_now(),
                other => return other,
            }
        }
    }

    #[test]
    fn what_waits_is_told_without_taking_it() {
        let (mut stream, mut peer) = pair();
        assert_eq!(stream.waiting().unwrap(), Waiting::Nothing);
        peer.write_all(b"x").unwrap();
        assert_eq!(next(&mut stream), Waiting::Input);
        assert_eq!(stream.read(&mut [0; 8]).unwrap(), 1);
        assert_eq!(stream.waiting().unwrap(), Waiting::Nothing);
        drop(peer);
        assert_eq!(next(&mut stream), Waiting::End);
    }

    #[test]
    fn what_came_before_the_peer_hung_up_can_be_read_when_nothing_can_be_sent() {
        let (mut stream, mut peer) = pair();
        let (hang_up, wait) = channel();
        let peer = thread::spawn(move || {
            peer.write_all(b"answer").unwrap();
            // Closing with something unread resets the connection.
            peer.read_exact(&mut [0]).unwrap();
            wait.recv().unwrap();
        });
        stream.write_all(b"request").unwrap();
        assert_eq!(next(&mut stream), Waiting::Input);
        hang_up.send(()).unwrap();
        peer.join().unwrap();
        while stream.write_all(b"more").is_ok() {}
        let mut answer = [0; 6];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"answer");
    }
}
