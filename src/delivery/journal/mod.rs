//! The journal: a file of outcomes, so that a run that was killed can go on where it ended.
//!
//! NDJSON that is only ever appended to: a header with the version, a line before each document's first request, and one with its
//! outcome. A line is with the system before the request goes out, so that what was under way when the program was
//! killed can be named; all lines are on the disk [`SYNC_WITHIN`] after they were written. An answer of any status is
//! an outcome; a document without an answer is sent again by the next run.

mod entry;
mod error;
mod history;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use error::{JournalError, ReadError};
pub use history::{Answer, History, Judged};

use super::item::BodyDigest;
use super::outcome::Outcome;

/// How long a line may wait for others before they are synced together.
const SYNC_WITHIN: Duration = Duration::from_millis(5);

/// An open journal. No other run can open it meanwhile.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    syncer: Mutex<Option<JoinHandle<()>>>,
    target: String,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    file: File,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    unsynced: bool,
    closing: bool,
    failed: Option<JournalError>,
}

impl Journal {
    /// Opens or makes the journal of deliveries to `target`, readable by its owner only, and reads what is in it.
    ///
    /// # Errors
    /// When it cannot be opened, is in use, or is no such journal.
    pub fn open(path: &Path, target: &str) -> Result<(Journal, History), JournalError> {
        let opening = |error| JournalError::Open(path.to_owned(), Arc::new(error));
        let writing = |error| JournalError::Write(path.to_owned(), Arc::new(error));
        refuse_other_than_file(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        owner_only(&mut options);
        let mut file = options.open(path).map_err(opening)?;
        lock(&file, path)?;
        let reading = history::read(&file, target)
            .map_err(|(line, error)| JournalError::Read(path.to_owned(), line, Arc::new(error)))?;
        // The end of a line that was never finished would run into the next one.
        file.set_len(reading.whole).map_err(writing)?;
        if reading.whole == 0 {
            file.write_all(entry::header().as_bytes()).map_err(writing)?;
            file.sync_all().map_err(writing)?;
            sync_folder_of(path);
        }
        let shared = Arc::new(Shared {
            path: path.to_owned(),
            file,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let syncing = Arc::clone(&shared);
        let syncer = Mutex::new(Some(thread::spawn(move || syncing.sync_until_closed())));
        Ok((Journal { shared, syncer, target: target.to_owned() }, reading.history))
    }

    /// Notes that these documents, by their ordinals, go out next.
    ///
    /// # Errors
    /// When the journal cannot be written; then nothing more should be sent.
    pub fn started(&self, ordinals: impl IntoIterator<Item = u64>) -> Result<(), JournalError> {
        self.shared.append(&ordinals.into_iter().map(entry::started).collect::<String>())
    }

    /// Notes a document's outcome.
    ///
    /// # Errors
    /// When the journal cannot be written; then nothing more should be sent.
    pub fn settled(&self, ordinal: u64, digest: BodyDigest, outcome: &Outcome) -> Result<(), JournalError> {
        self.shared.append(&entry::settled(ordinal, digest, &self.target, outcome))
    }

    /// Why the journal cannot be written any more, where that is so.
    pub fn failure(&self) -> Option<JournalError> {
        self.shared.state().failed.clone()
    }

    /// Brings everything to the disk; nothing is to be written afterwards.
    ///
    /// # Errors
    /// When that fails, or did before.
    pub fn close(&self) -> Result<(), JournalError> {
        self.join();
        match self.failure() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    fn join(&self) {
        self.shared.state().closing = true;
        self.shared.changed.notify_all();
        if let Some(syncer) = self.syncer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It does nothing that could panic.
            let _ = syncer.join();
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.join();
    }
}

impl History {
    /// Reads a journal of deliveries to `target` without touching it; one that is not there is empty.
    ///
    /// # Errors
    /// When it cannot be read, or is no such journal.
    pub fn read(path: &Path, target: &str) -> Result<History, JournalError> {
        refuse_other_than_file(path)?;
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(History::default()),
            Err(error) => return Err(JournalError::Open(path.to_owned(), Arc::new(error))),
        };
        let reading = history::read(&file, target)
            .map_err(|(line, error)| JournalError::Read(path.to_owned(), line, Arc::new(error)))?;
        Ok(reading.history)
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append(&self, line: &str) -> Result<(), JournalError> {
        let mut state = self.state();
        if let Some(error) = &state.failed {
            // A line after one that was cut off would be lost with it.
            return Err(error.clone());
        }
        if let Err(error) = (&self.file).write_all(line.as_bytes()) {
            let error = JournalError::Write(self.path.clone(), Arc::new(error));
            state.failed = Some(error.clone());
            return Err(error);
        }
        if !state.unsynced {
            state.unsynced = true;
            self.changed.notify_all();
        }
        Ok(())
    }

    fn sync_until_closed(&self) {
        let mut state = self.state();
        loop {
            let idle = |state: &mut State| !state.unsynced && !state.closing;
            state = self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
            if !state.unsynced {
                return;
            }
            let gathering = |state: &mut State| !state.closing;
            let gathered = self.changed.wait_timeout_while(state, SYNC_WITHIN, gathering);
            state = gathered.unwrap_or_else(PoisonError::into_inner).0;
            state.unsynced = false;
            drop(state);
            let synced = self.file.sync_data();
            state = self.state();
            if let Err(error) = synced {
                state.failed.get_or_insert(JournalError::Write(self.path.clone(), Arc::new(error)));
            }
        }
    }
}

/// A new file is on the disk once its folder is, too. Not every system can do that.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
}

fn refuse_other_than_file(path: &Path) -> Result<(), JournalError> {
    match path.metadata() {
        Ok(there) if !there.is_file() => Err(JournalError::NotAFile(path.to_owned())),
        _ => Ok(()),
    }
}

fn lock(file: &File, path: &Path) -> Result<(), JournalError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(std::fs::TryLockError::WouldBlock) => Err(JournalError::InUse(path.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(JournalError::Open(path.to_owned(), Arc::new(error))),
    }
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn owner_only(_options: &mut OpenOptions) {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::item::{Item, Place};

    const TARGET: &str = "https://b.example/.versia/v0.6/inbox";

    fn item(ordinal: u64) -> Item {
        Item::new(ordinal, Place::line("notes.ndjson", ordinal), b"{}".to_vec())
    }

    #[test]
    fn what_one_run_wrote_the_next_one_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (journal, history) = Journal::open(&path, TARGET).unwrap();
        assert!(history.is_empty());
        journal.started([1]).unwrap();
        journal.started([2]).unwrap();
        journal.settled(1, item(1).digest(), &Outcome::Delivered { status: Some(202) }).unwrap();
        assert!(matches!(Journal::open(&path, TARGET), Err(JournalError::InUse(_))));
        journal.close().unwrap();
        drop(journal);

        // As if the next line had been cut off by a kill.
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(b"{\"ordinal\":2,\"sha2");
        std::fs::write(&path, bytes).unwrap();
        let (journal, history) = Journal::open(&path, TARGET).unwrap();
        assert_eq!(history.judge(&item(1)), Judged::Done(Answer::Status(202)));
        assert_eq!(history.under_way().collect::<Vec<_>>(), [2]);
        journal.settled(2, item(2).digest(), &Outcome::Refused { status: 401 }).unwrap();
        journal.close().unwrap();
        let history = History::read(&path, TARGET).unwrap();
        assert_eq!(history.judge(&item(2)), Judged::Done(Answer::Status(401)));
        assert!(matches!(History::read(&path, "https://c.example/"), Err(JournalError::Read(..))));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        drop(Journal::open(&path, TARGET).unwrap());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_not_a_journal_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note.json");
        std::fs::write(&path, "{\"type\":\"Note\"}").unwrap();
        assert!(matches!(Journal::open(&path, TARGET), Err(JournalError::Read(..))));
        assert_eq!(std::fs::read(&path).unwrap(), b"{\"type\":\"Note\"}");
        assert!(matches!(Journal::open(folder.path(), TARGET), Err(JournalError::NotAFile(_))));
        assert!(History::read(&folder.path().join("nothing"), TARGET).unwrap().is_empty());
    }
}
