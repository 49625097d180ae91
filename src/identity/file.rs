//! Files with secrets in them: made readable by their owner only, and whole or not at all.

use std::io::{self, Write};
use std::path::Path;

/// Writes a file that only its owner can read; whole or not at all.
///
/// # Errors
/// `AlreadyExists` when something is there and `replace` is false; else what the system says.
pub fn write_private(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Replacing a device, a pipe or a link would destroy what was never this program's.
    match path.symlink_metadata() {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => return Err(io::Error::other("it is not a regular file")),
        _ => {}
    }
    // Made with mode 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    let moved = if replace { file.persist(path) } else { file.persist_noclobber(path) };
    moved.map(drop).map_err(|error| error.error)
}

/// Makes a folder that only its owner can enter, and those above it; content if it is there.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Makes a folder and those above it; content if it is there.
///
/// # Errors
/// What the system says.
#[cfg(not(unix))]
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// Whether a file's permissions let others than its owner read it; never, where that cannot be told.
#[cfg(unix)]
pub fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o044 != 0)
}

/// Whether a file's permissions let others than its owner read it; never, where that cannot be told.
#[cfg(not(unix))]
pub fn others_can_read(_path: &Path) -> bool {
    false
}
