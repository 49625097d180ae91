//! A Unix socket that keeps to a deadline.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;

use super::Both;
use super::caller::AsyncBoth;
use crate::client::deadline::Deadline;

/// Connects, and keeps to the second deadline from then on.
pub(super) fn connect(path: &Path, connecting: Deadline, deadline: Deadline) -> io::Result<Box<dyn Both>> {
    let (sender, receiver) = channel();
    let path = path.to_owned();
    // The system has no limit for this: it waits as long as too many others wait to be taken.
    thread::spawn(move || drop(sender.send(UnixStream::connect(path))));
    let stream = match connecting.remaining().map_err(|_| timed_out())? {
        Some(left) => receiver.recv_timeout(left).map_err(|_| timed_out())??,
        None => receiver.recv().map_err(|_| timed_out())??,
    };
    Ok(Box::new(Timed { stream, deadline }))
}

/// Connects under the runtime, without a deadline.
pub(super) async fn open(path: &Path) -> io::Result<Box<dyn AsyncBoth>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

struct Timed {
    stream: UnixStream,
    deadline: Deadline,
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the time is up")
}

/// Unix tells of a socket's time-out as "would block".
fn plain_timeout(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { timed_out() } else { error }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.deadline.remaining().map_err(|_| timed_out())?)?;
        self.stream.read(buffer).map_err(plain_timeout)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.deadline.remaining().map_err(|_| timed_out())?)?;
        self.stream.write(buffer).map_err(plain_timeout)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
