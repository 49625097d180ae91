//! TCP: the only file of the engine that opens a socket.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

/// Opens a connection without Nagle's delay, which would hold back a close until the peer has acknowledged.
pub(super) async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
