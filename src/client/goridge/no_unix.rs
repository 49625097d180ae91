//! There are no Unix sockets here.

use std::io;
use std::path::Path;

use super::Both;
use super::caller::AsyncBoth;
use crate::client::deadline::Deadline;

pub(super) fn connect(_: &Path, _: Deadline, _: Deadline) -> io::Result<Box<dyn Both>> {
    Err(unsupported())
}

pub(super) async fn open(_: &Path) -> io::Result<Box<dyn AsyncBoth>> {
    Err(unsupported())
}

fn unsupported() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets")
}
