//! Where publishers call: Goridge's frames over TCP or a Unix socket, one call of a connection after the other.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::task::JoinSet;

use super::RoadRunner;
use super::publishing::reply;
use crate::client::Origin;
use crate::client::goridge::RpcAddress;
use crate::protocol::roadrunner::{Call, Frame};
use crate::server::hub::{Stopping, Telling};

/// How many publishers may be connected.
const MAX_PUBLISHERS: usize = 1_024;

/// How much is read in one call of the system, in bytes.
const READ_AT_ONCE: usize = 16 << 10;

/// An address that is listened on.
#[derive(Debug)]
pub struct BoundRpc {
    listener: Listener,
    /// The address, with the port that the system chose where it was asked to.
    pub address: RpcAddress,
}

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener),
}

trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

impl BoundRpc {
    /// Opens an address. The file of a Unix socket that nobody listens on any more is replaced.
    ///
    /// # Errors
    /// What the system says.
    pub async fn at(address: &RpcAddress) -> io::Result<Self> {
        match address {
            RpcAddress::Tcp(origin) => {
                let listener = TcpListener::bind((origin.host.as_str(), origin.port)).await?;
                let port = listener.local_addr()?.port();
                let address = RpcAddress::Tcp(Origin { port, ..origin.clone() });
                Ok(BoundRpc { listener: Listener::Tcp(listener), address })
            }
            #[cfg(unix)]
            RpcAddress::Unix(path) => {
                let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
                // A file that is no socket refuses connections as well.
                if is_socket(path) && tokio::net::UnixStream::connect(path).await.is_err_and(refused) {
                    std::fs::remove_file(path)?;
                }
                let listener = Listener::Unix(UnixListener::bind(path)?);
                Ok(BoundRpc { listener, address: address.clone() })
            }
            #[cfg(not(unix))]
            RpcAddress::Unix(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Takes calls until the server ends; one that is under way is carried out.
    pub(super) async fn run(self, roadrunner: Arc<RoadRunner>, telling: Telling, mut stopping: Stopping) {
        let mut publishers = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stopping.requested() => break,
                accepted = self.accept(), if publishers.len() < MAX_PUBLISHERS => accepted,
                _ = publishers.join_next(), if !publishers.is_empty() => continue,
            };
            match accepted {
                Ok((wire, peer)) => {
                    let publisher =
                        Publisher { roadrunner: Arc::clone(&roadrunner), telling: telling.clone(), peer };
                    publishers.spawn(publisher.run(wire, stopping.clone()));
                }
                Err(error) => {
                    telling.trouble(format!("no publisher can be taken at {}: {error}", self.address)).await;
                    // There is nothing to wait for but that the system has room again.
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            }
        }
        while publishers.join_next().await.is_some() {}
    }

    async fn accept(&self) -> io::Result<(Box<dyn Wire>, String)> {
        match &self.listener {
            Listener::Tcp(listener) => {
                let (tcp, peer): (_, SocketAddr) = listener.accept().await?;
                tcp.set_nodelay(true)?;
                Ok((Box::new(tcp), peer.to_string()))
            }
            #[cfg(unix)]
            Listener::Unix(listener) => {
                let (unix, _) = listener.accept().await?;
                Ok((Box::new(unix), self.address.to_string()))
            }
        }
    }
}

#[cfg(unix)]
fn is_socket(path: impl AsRef<std::path::Path>) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

#[cfg(unix)]
impl Drop for BoundRpc {
    fn drop(&mut self) {
        if let (Listener::Unix(_), RpcAddress::Unix(path)) = (&self.listener, &self.address) {
            // One that is gone already is what is wanted.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// A connection of a publisher.
struct Publisher {
    roadrunner: Arc<RoadRunner>,
    telling: Telling,
    peer: String,
}

impl Publisher {
    async fn run(self, mut wire: Box<dyn Wire>, mut stopping: Stopping) {
        let mut bytes = Vec::new();
        loop {
            let taken = match self.answer_all(&bytes, &mut wire).await {
                Ok(taken) => taken,
                Err(why) => {
                    let what = format!("a publisher's connection is ended: {why}");
                    let peer = Some(self.peer.clone());
                    self.telling.tell(crate::server::event::Event::Trouble { peer, what }).await;
                    return;
                }
            };
            bytes.drain(..taken);
            bytes.reserve(READ_AT_ONCE);
            tokio::select! {
                () = stopping.requested() => return,
                read = wire.read_buf(&mut bytes) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                },
            }
        }
    }

    /// Answers the calls that are whole; gives how many bytes they are.
    async fn answer_all(&self, bytes: &[u8], wire: &mut Box<dyn Wire>) -> Result<usize, String> {
        let mut taken = 0;
        while let Some((frame, length)) =
            Frame::read(&bytes[taken..], self.roadrunner.max_request).map_err(|error| error.to_string())?
        {
            let call = Call::of(&frame).map_err(|error| error.to_string())?;
            self.answer(&call, wire).await.map_err(|error| error.to_string())?;
            taken += length;
        }
        Ok(taken)
    }

    /// Answers one call. The next one waits until it is carried out, so that what one publisher publishes keeps its order.
    async fn answer(&self, call: &Call<'_>, wire: &mut Box<dyn Wire>) -> io::Result<()> {
        let order = match self.roadrunner.order(call) {
            Ok(order) => order,
            Err(text) => return wire.write_all(&reply(call, Err(text))).await,
        };
        if order.is_async {
            wire.write_all(&reply(call, Ok(true))).await?;
            if let Err(why) = self.roadrunner.publish(order, &self.telling).await {
                self.telling.trouble(why).await;
            }
            return Ok(());
        }
        let published = self.roadrunner.publish(order, &self.telling).await;
        wire.write_all(&reply(call, published)).await
    }
}
