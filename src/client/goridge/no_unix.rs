//! There are no Unix sockets here.

use std::io;
use std::path::Path;

use super::Both;
use crate::client::deadline::Deadline;

pub(super) fn connect(_: &Path, _: Deadline, _: Deadline) -> io::Result<Box<dyn Both>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system has no Unix sockets"))
}
