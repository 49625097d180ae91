//! One connection of Goridge for many calls, one after another, under the runtime.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{MAX_REPLY, RpcAddress, RpcError, RpcVerdict, dialer, unix, verdict};
use crate::client::async_stream::AsyncStream;
use crate::client::deadline::Deadline;
use crate::client::options::NetworkOptions;
use crate::protocol::roadrunner::{Call, Codec, Frame, Method, Publication, write_request};

pub(super) trait AsyncBoth: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> AsyncBoth for T {}

/// A connection for calls. After an error it is of no use, and has no time limit of its own.
pub struct Caller {
    target: String,
    stream: Box<dyn AsyncBoth>,
    sequence: u32,
    received: Vec<u8>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("target", &self.target)
            .field("sequence", &self.sequence)
            .finish_non_exhaustive()
    }
}

impl Caller {
    /// Opens a connection.
    ///
    /// # Errors
    /// When none can be made.
    pub async fn open(address: &RpcAddress, options: &NetworkOptions) -> Result<Self, RpcError> {
        let target = address.to_string();
        let broken = |error| RpcError::Broken(target.clone(), error);
        let stream: Box<dyn AsyncBoth> = match address {
            RpcAddress::Tcp(origin) => {
                let (dialer, origin) = (Arc::new(dialer(options)), origin.clone());
                let dialled =
                    tokio::task::spawn_blocking(move || dialer.dial(&origin, &[], Deadline::never()));
                let stream = match dialled.await {
                    Ok(stream) => stream.map_err(RpcError::Dial)?,
                    Err(error) => match error.try_into_panic() {
                        Ok(panic) => std::panic::resume_unwind(panic),
                        Err(cancelled) => return Err(broken(io::Error::other(cancelled))),
                    },
                };
                Box::new(AsyncStream::new(stream).map_err(broken)?)
            }
            RpcAddress::Unix(path) => {
                unix::open(path).await.map_err(|error| RpcError::Socket(target.clone(), error))?
            }
        };
        Ok(Caller { target, stream, sequence: 0, received: Vec::new() })
    }

    /// Publishes by one call, and waits for its reply.
    ///
    /// # Errors
    /// When the call cannot be written, or no reply to it comes.
    pub async fn publish(
        &mut self,
        method: Method,
        codec: Codec,
        published: &[Publication],
    ) -> Result<RpcVerdict, RpcError> {
        let unsendable = |error: &dyn fmt::Display| RpcError::Unsendable(error.to_string());
        let body = write_request(method.wire, codec, published).map_err(|error| unsendable(&error))?;
        self.sequence = self.sequence.wrapping_add(1);
        let call = Call { sequence: self.sequence, method: method.as_str(), codec, body: &body };
        let sent = call.write().map_err(|error| unsendable(&error))?;
        let sending = async {
            self.stream.write_all(&sent).await?;
            self.stream.flush().await
        };
        sending.await.map_err(|error| RpcError::Broken(self.target.clone(), error))?;
        let length = self.reply().await?;
        let verdict = verdict(&self.target, self.sequence, method, &self.received[..length]);
        self.received.drain(..length);
        verdict
    }

    /// Waits until a whole frame is there; its length.
    async fn reply(&mut self) -> Result<usize, RpcError> {
        loop {
            let read = Frame::read(&self.received, MAX_REPLY)
                .map_err(|error| RpcError::NotGoridge(self.target.clone(), error))?;
            if let Some((_, length)) = read {
                return Ok(length);
            }
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) => return Err(RpcError::Closed(self.target.clone())),
                Ok(_) => {}
                Err(error) => return Err(RpcError::Broken(self.target.clone(), error)),
            }
        }
    }
}
