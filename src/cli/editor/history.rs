//! What was typed before, kept in a file: one JSON string per line, so that entries of several lines come back whole.
//!
//! A line that holds a private key or what logs somebody in is not kept.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::cli::ui::{hide_passwords, redact};

/// The most entries that are kept.
pub const MAX_ENTRIES: usize = 1_000;
/// The most bytes that are kept: of a longer file, the newest ones.
const MAX_BYTES: u64 = 4 << 20;
/// The longest entry that is kept.
const MAX_ENTRY: usize = 256 << 10;

/// What was typed before, the newest last.
#[derive(Default)]
pub struct History {
    path: Option<PathBuf>,
    entries: Vec<String>,
}

impl History {
    /// The history in this file, which need not be there; without one, that of this run only.
    ///
    /// # Errors
    /// When there is such a file and it cannot be read or made private.
    pub fn load(path: Option<PathBuf>) -> io::Result<Self> {
        let mut history = History { path, entries: Vec::new() };
        let Some(path) = &history.path else { return Ok(history) };
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(history),
            Err(error) => return Err(error),
        };
        make_private(&file)?;
        let length = file.metadata()?.len();
        let start = length.saturating_sub(MAX_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        // Behind a jump into the middle of a line, its rest is no entry; neither is a line that was torn.
        let mut entries: Vec<String> = lines.filter_map(|line| serde_json::from_slice(&line).ok()).collect();
        // From before it was known for a secret.
        let kept = entries.len();
        entries.retain(|entry| !holds_secret(entry));
        let has_secrets = entries.len() < kept;
        let surplus = entries.len().saturating_sub(MAX_ENTRIES);
        entries.drain(..surplus);
        if surplus > 0 || start > 0 || has_secrets {
            rewrite(path, &entries)?;
        }
        history.entries = entries;
        Ok(history)
    }

    /// The entries, the newest last.
    pub fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Keeps an entry; false when it is not kept: blank, the same as the one before, too long, or with a secret in it.
    ///
    /// # Errors
    /// When the file cannot be written; for this run, the entry is kept.
    pub fn add(&mut self, entry: &str) -> io::Result<bool> {
        let repeated = self.entries.last().is_some_and(|last| last == entry);
        if entry.trim().is_empty() || entry.len() > MAX_ENTRY || repeated || holds_secret(entry) {
            return Ok(false);
        }
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(entry.to_owned());
        let Some(path) = &self.path else { return Ok(true) };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        // One write, so that two sessions that append at once do not tear each other's entries.
        private_options().append(true).create(true).open(path)?.write_all(&line)?;
        Ok(true)
    }

    /// The newest entry that holds this text, at or before a number; its number.
    pub fn find_before(&self, text: &str, number: usize) -> Option<usize> {
        self.entries.iter().take(number + 1).rposition(|entry| entry.contains(text))
    }

    /// The oldest entry that holds this text, at or behind a number; its number.
    pub fn find_behind(&self, text: &str, number: usize) -> Option<usize> {
        self.entries.iter().skip(number).position(|entry| entry.contains(text)).map(|at| at + number)
    }
}

/// Whether a text may hold a private key, or what logs somebody in.
fn holds_secret(text: &str) -> bool {
    // However their words are joined: `api_key`, `api-key` and `apiKey` are the same.
    const WORDS: [&str; 13] = [
        "authorization",
        "bearer ",
        "cookie",
        "password",
        "passwd",
        "passphrase",
        "secret",
        "token",
        "credential",
        "apikey",
        "privatekey",
        "broadcastingkey",
        "broadcast?key=",
    ];
    let lower = text.to_lowercase();
    let joined = lower.replace(['_', '-'], "");
    WORDS.iter().any(|word| joined.contains(word))
        || lower.contains("-----begin")
        || redact(text) != text
        || hide_passwords(text) != text
}

fn rewrite(path: &Path, entries: &[String]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry)?;
        lines.push(b'\n');
    }
    file.write_all(&lines)?;
    file.persist(path)?;
    Ok(())
}

#[cfg(unix)]
fn private_options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(unix)]
fn make_private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let permissions = file.metadata()?.permissions();
    if file.metadata()?.is_file() && permissions.mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn private_options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(not(unix))]
fn make_private(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_folder(folder: &tempfile::TempDir) -> History {
        History::load(Some(folder.path().join("new/history"))).unwrap()
    }

    #[test]
    fn entries_of_several_lines_come_back_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let mut history = in_folder(&folder);
        for entry in ["/ping", "/ping", "{\n\t\"a\": \"\\n\"\n}", " "] {
            history.add(entry).unwrap();
        }
        assert_eq!(in_folder(&folder).entries(), ["/ping", "{\n\t\"a\": \"\\n\"\n}"]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join("new/history")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn secrets_are_not_kept() {
        let mut history = History::default();
        for entry in [
            "/x MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro",
            "us1eFtbELn9zhKQDsJOAAF1FH/R+Am5G/eZKnqNum5o=",
            "{\"x\": \"Authorization: Bearer abc\"}",
            "-----BEGIN PRIVATE KEY-----",
            "{\"private_key\": \"hunter2\"}",
            "{\"privateKey\": \"hunter2\"}",
            "{\"token\": \"ghp_abcdefgh\"}",
            "{\"api_key\": \"abcd\"}",
            "{\"credentials\": \"abcd\"}",
            "{\"broadcasting_key\": \"abcd\"}",
            "POST /broadcast?key=abcd",
            "[\"wss://u:pw@host/\"]",
            "{\"a\":\"wss://u:pw@host/\",\"b\":\"https://host/\"}",
        ] {
            assert!(!history.add(entry).unwrap(), "{entry}");
        }
        assert!(history.add("[\"wss://host/a:b\"]").unwrap());
        assert!(history.add("/send note.json").unwrap());
    }

    #[test]
    fn a_secret_that_an_earlier_version_kept_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        fs::write(&path, "\"/ping\"\n\"{\\\"token\\\": \\\"abc\\\"}\"\n").unwrap();
        assert_eq!(History::load(Some(path.clone())).unwrap().entries(), ["/ping"]);
        assert_eq!(fs::read_to_string(path).unwrap(), "\"/ping\"\n");
    }

    #[test]
    fn only_the_newest_thousand_are_kept_and_torn_lines_are_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let lines: String = (0..1_500).map(|number| format!("\"/x {number}\"\n")).collect();
        fs::write(&path, format!("{lines}\"torn\n\"last\"\n")).unwrap();
        let mut history = History::load(Some(path.clone())).unwrap();
        assert_eq!(history.entries().len(), MAX_ENTRIES);
        assert_eq!(history.entries().last().unwrap(), "last");
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), MAX_ENTRIES);
        history.add("one more").unwrap();
        assert_eq!(history.entries().len(), MAX_ENTRIES);
    }

    #[test]
    fn an_entry_is_found_in_both_directions() {
        let mut history = History::default();
        for entry in ["/send a", "/ping", "/send b"] {
            history.add(entry).unwrap();
        }
        assert_eq!(history.find_before("send", 2), Some(2));
        assert_eq!(history.find_before("send", 1), Some(0));
        assert_eq!(history.find_behind("send", 1), Some(2));
        assert_eq!(history.find_before("other", 2), None);
    }
}
