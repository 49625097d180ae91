//! RoadRunner's RPC from outside: one call and its reply over a connection of Goridge, by TCP or a Unix socket.
//!
//! TCP connections are the dialer's, in the clear, since the protocol has no other. A name that is given is connected to
//! directly: no variable of the environment puts a proxy in between.

mod address;
mod caller;
mod error;
#[cfg_attr(not(unix), path = "no_unix.rs")]
mod unix;

use std::io::{self, Read, Write};

pub use self::address::{RPC_PORT, RpcAddress, RpcAddressError};
pub use self::caller::Caller;
pub use self::error::RpcError;

use super::deadline::Deadline;
use super::dialer::Dialer;
use super::options::NetworkOptions;
use super::proxy::ProxyVariables;
use crate::protocol::roadrunner::{
    Call, Codec, Frame, Method, Publication, Reply, read_response, write_request,
};

/// The largest reply that is read, in bytes.
const MAX_REPLY: usize = 1 << 20;

/// The number of the only call of a connection.
const SEQUENCE: u32 = 1;

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcAnswer {
    /// The frame that was sent.
    pub sent: Vec<u8>,
    /// The frame that came.
    pub received: Vec<u8>,
    /// What it says.
    pub verdict: RpcVerdict,
}

/// What a reply says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcVerdict {
    /// It was done.
    Done,
    /// It was not done: the response has no `ok`.
    NotOk,
    /// The call failed; the server's words.
    Failed(String),
}

/// Publishes by one call, and waits for its reply.
///
/// # Errors
/// When the call cannot be written, no connection can be made, or no reply to it comes.
pub fn publish(
    address: &RpcAddress,
    options: &NetworkOptions,
    method: Method,
    codec: Codec,
    published: &[Publication],
) -> Result<RpcAnswer, RpcError> {
    let body = write_request(method.wire, codec, published)
        .map_err(|error| RpcError::Unsendable(error.to_string()))?;
    let call = Call { sequence: SEQUENCE, method: method.as_str(), codec, body: &body };
    let sent = call.write().map_err(|error| RpcError::Unsendable(error.to_string()))?;
    let deadline = Deadline::after(options.timeout);
    let mut connection =
        Connection { target: address.to_string(), deadline, stream: connect(address, options, deadline)? };
    let received = connection.exchange(&sent)?;
    let verdict = verdict(&connection.target, SEQUENCE, method, &received)?;
    Ok(RpcAnswer { sent, received, verdict })
}

trait Both: Read + Write {}

impl<T: Read + Write> Both for T {}

fn connect(
    address: &RpcAddress,
    options: &NetworkOptions,
    deadline: Deadline,
) -> Result<Box<dyn Both>, RpcError> {
    match address {
        RpcAddress::Tcp(origin) => {
            let stream = dialer(options).dial(origin, &[], deadline).map_err(RpcError::Dial)?;
            Ok(Box::new(stream))
        }
        RpcAddress::Unix(path) => {
            let connecting = deadline.sooner(Deadline::after(options.connect_timeout));
            unix::connect(path, connecting, deadline).map_err(|error| match error.kind() {
                io::ErrorKind::TimedOut => RpcError::TimedOut {
                    target: address.to_string(),
                    what: "take the connection",
                    deadline: connecting,
                },
                _ => RpcError::Socket(address.to_string(), error),
            })
        }
    }
}

/// What makes the connections of TCP.
fn dialer(options: &NetworkOptions) -> Dialer {
    // Whoever writes tcp:// knows that it goes in the clear.
    Dialer::new(NetworkOptions {
        allow_http: true,
        proxy_variables: ProxyVariables::default(),
        ..options.clone()
    })
}

struct Connection {
    target: String,
    deadline: Deadline,
    stream: Box<dyn Both>,
}

impl Connection {
    /// Sends a frame, and reads the one that comes.
    fn exchange(&mut self, sent: &[u8]) -> Result<Vec<u8>, RpcError> {
        let sending = self.stream.write_all(sent).and_then(|()| self.stream.flush());
        sending.map_err(|error| self.lost("take the call", error))?;
        let (mut received, mut buffer) = (Vec::new(), [0; 4_096]);
        loop {
            let read = Frame::read(&received, MAX_REPLY);
            if let Some((_, length)) =
                read.map_err(|error| RpcError::NotGoridge(self.target.clone(), error))?
            {
                received.truncate(length);
                return Ok(received);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(RpcError::Closed(self.target.clone())),
                Ok(count) => received.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.lost("answer", error)),
            }
        }
    }

    fn lost(&self, what: &'static str, error: io::Error) -> RpcError {
        let target = self.target.clone();
        match error.kind() {
            io::ErrorKind::TimedOut => RpcError::TimedOut { target, what, deadline: self.deadline },
            io::ErrorKind::UnexpectedEof => RpcError::Closed(target),
            _ => RpcError::Broken(target, error),
        }
    }
}

/// What the reply to a call says.
fn verdict(target: &str, sequence: u32, method: Method, received: &[u8]) -> Result<RpcVerdict, RpcError> {
    let target = || target.to_owned();
    let (frame, _) = Frame::read(received, MAX_REPLY)
        .map_err(|error| RpcError::NotGoridge(target(), error))?
        .ok_or_else(|| RpcError::Closed(target()))?;
    let reply = Reply::of(&frame).map_err(|error| RpcError::NotRpc(target(), error))?;
    if (reply.sequence, reply.method) != (sequence, method.as_str()) {
        return Err(RpcError::AnotherCall(target(), reply.sequence, reply.method.to_owned()));
    }
    match reply.result {
        Err(text) => Ok(RpcVerdict::Failed(String::from_utf8_lossy(text).into_owned())),
        Ok(body) => match read_response(reply.codec, body) {
            Ok(true) => Ok(RpcVerdict::Done),
            Ok(false) => Ok(RpcVerdict::NotOk),
            Err(error) => Err(RpcError::Body(target(), error)),
        },
    }
}
