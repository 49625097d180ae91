//! The thread that works on a store: one piece of work after the other, as many as wait in one commit.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::oneshot;

use super::database::Database;
use super::error::{OpenError, WorkError};

/// How many pieces of work one commit brings to the disk together.
const TOGETHER: usize = 256;

/// What is to be done with the result once it is known whether it is on the disk.
type Settle = Box<dyn FnOnce(Result<(), WorkError>) + Send>;

/// A piece of work: done within a transaction, or not at all where there is none, it gives what follows the commit.
type Work = Box<dyn FnOnce(Result<&mut Transaction<'_>, WorkError>) -> Settle + Send>;

/// How much there is to undo when work fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What several statements wrote.
    Several,
    /// Nothing: a statement that fails has written nothing.
    Single,
}

/// How a thread takes its work.
#[derive(Clone, Copy)]
struct Manner {
    begins: TransactionBehavior,
    together: usize,
}

const WRITES: Manner = Manner { begins: TransactionBehavior::Immediate, together: TOGETHER };
/// What is read together would all be of the time of the first.
const READS: Manner = Manner { begins: TransactionBehavior::Deferred, together: 1 };

/// A store. Its work is done in the order in which it was handed over, on a thread of its own, which ends when the store is
/// dropped and everything is done. A file is read on another, which no writer waits for.
#[derive(Debug)]
pub struct Store {
    writer: Worker,
    reader: Option<Worker>,
}

/// A thread and what it has to do.
#[derive(Debug)]
struct Worker {
    work: Mutex<Option<Sender<Work>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Worker {
    fn start(name: &str, database: Database, manner: Manner) -> Result<Self, OpenError> {
        let (sender, work) = channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || run(database, &work, manner))
            .map_err(OpenError::Thread)?;
        Ok(Worker { work: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) })
    }

    fn submit<T: Send + 'static>(
        &self,
        kind: Kind,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        settle: impl FnOnce(Result<T, WorkError>) + Send + 'static,
    ) {
        let whole: Work =
            Box::new(move |begun| match begun.and_then(|transaction| attempt(transaction, kind, work)) {
                Ok(value) => Box::new(move |committed| settle(committed.map(|()| value))),
                Err(error) => Box::new(move |_| settle(Err(error))),
            });
        let sender = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = match &*sender {
            Some(sender) => sender.send(whole).err().map(|error| error.0),
            None => Some(whole),
        };
        drop(sender);
        if let Some(work) = refused {
            work(Err(WorkError::Closed))(Ok(()));
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WorkError> {
        let (sender, result) = oneshot::channel();
        // Whoever waited may have gone.
        self.submit(Kind::Several, work, move |done| drop(sender.send(done)));
        result.await.unwrap_or(Err(WorkError::Closed))
    }

    fn close(&self) {
        drop(self.work.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // What follows a commit may drop the last handle to the store.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != thread::current().id()) {
            // It does nothing that could panic.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens or makes a file, readable by its owner only; memory, where there is none.
    ///
    /// # Errors
    /// When the file cannot be opened, is in use, or is no store that this version knows.
    pub fn open(path: Option<&Path>) -> Result<Self, OpenError> {
        let database = path.map_or_else(Database::in_memory, Database::open)?;
        let reader = match path {
            Some(path) => Some(Worker::start("store-reader", Database::open_to_read(path)?, READS)?),
            None => None,
        };
        Ok(Store { writer: Worker::start("store", database, WRITES)?, reader })
    }

    /// Opens a file to read it, also while another program writes to it. Nothing can be written.
    ///
    /// # Errors
    /// When the file cannot be opened, or is no store of this version.
    pub fn open_to_read(path: &Path) -> Result<Self, OpenError> {
        let writer = Worker::start("store-reader", Database::open_to_read(path)?, READS)?;
        Ok(Store { writer, reader: None })
    }

    /// Has work done, and then `settle` called with what came of it: on the store's thread, after it is on the disk, and in
    /// the order in which work was handed over. Work that fails leaves nothing behind.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        settle: impl FnOnce(Result<T, WorkError>) + Send + 'static,
    ) {
        self.writer.submit(Kind::Several, work, settle);
    }

    /// Has work done as [`Store::submit`] does, which fails with its first statement that writes, or not at all: it need not
    /// be undone, and takes less time.
    pub(super) fn submit_single<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        settle: impl FnOnce(Result<T, WorkError>) + Send + 'static,
    ) {
        self.writer.submit(Kind::Single, work, settle);
    }

    /// Has work done, and gives its result once it is on the disk.
    ///
    /// # Errors
    /// When the database refuses, or the store is closed.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WorkError> {
        self.writer.run(work).await
    }

    /// Has something read, and gives it. What was settled before is seen.
    ///
    /// # Errors
    /// As for [`Store::run`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WorkError> {
        self.reader.as_ref().unwrap_or(&self.writer).run(work).await
    }

    /// Does what was handed over, and closes the file. Blocks until that is done.
    pub fn close(&self) {
        // The last one to close folds the log into the file, which only the writer may.
        self.reader.iter().for_each(Worker::close);
        self.writer.close();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn attempt<T>(
    transaction: &mut Transaction<'_>,
    kind: Kind,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> Result<T, WorkError> {
    if kind == Kind::Single {
        return work(transaction).map_err(|error| described(&error));
    }
    let done = transaction.savepoint().and_then(|savepoint| {
        let value = work(&savepoint)?;
        savepoint.commit()?;
        Ok(value)
    });
    done.map_err(|error| described(&error))
}

fn described(error: &rusqlite::Error) -> WorkError {
    WorkError::Database(error.to_string())
}

fn run(mut database: Database, work: &Receiver<Work>, manner: Manner) {
    while let Ok(first) = work.recv() {
        let mut settling: Vec<Settle> = Vec::new();
        let committed = commit(&mut database.connection, first, work, manner, &mut settling);
        for settle in settling {
            settle(committed.clone());
        }
    }
    // Folds the log into the file, and clears it away.
    drop(database);
}

/// Does work until none waits, or enough is done, and commits it.
fn commit(
    connection: &mut Connection,
    first: Work,
    work: &Receiver<Work>,
    manner: Manner,
    settling: &mut Vec<Settle>,
) -> Result<(), WorkError> {
    let mut transaction = match connection.transaction_with_behavior(manner.begins) {
        Ok(transaction) => transaction,
        Err(error) => {
            settling.push(first(Err(described(&error))));
            return Ok(());
        }
    };
    let mut next = Some(first);
    while let Some(work_now) = next {
        settling.push(work_now(Ok(&mut transaction)));
        // A disk that is full takes more than the work that found it so: what was done before it is undone too, and what
        // came behind it would be done outside.
        if transaction.is_autocommit() {
            return Err(WorkError::Database("what was to be written with it failed".to_owned()));
        }
        next = (settling.len() < manner.together).then(|| work.try_recv().ok()).flatten();
    }
    transaction.commit().map_err(|error| described(&error))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;

    use super::*;

    fn count(connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row("SELECT count(*) FROM chat_user", [], |row| row.get(0))
    }

    fn enter(name: String) -> impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send {
        move |connection| connection.execute("INSERT INTO chat_user (name) VALUES (?1)", [name])
    }

    #[test]
    fn work_is_settled_in_its_order_and_what_fails_leaves_nothing() {
        let store = Store::open(None).unwrap();
        let (sender, settled) = mpsc::channel();
        for (number, name) in ["a", "b", "a", "c"].into_iter().enumerate() {
            let sender = sender.clone();
            let work = |connection: &Connection| {
                enter(name.to_owned() + "1")(connection)?;
                enter(name.to_owned())(connection)
            };
            store.submit(work, move |done| sender.send((number, done.is_ok())).unwrap());
        }
        let sender = sender.clone();
        store.submit(count, move |count| sender.send((9, count == Ok(6))).unwrap());
        let seen: Vec<_> = settled.iter().take(5).collect();
        assert_eq!(seen, [(0, true), (1, true), (2, false), (3, true), (9, true)]);
    }

    #[test]
    fn closing_does_what_was_handed_over_and_refuses_what_comes_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let store = Store::open(Some(&path)).unwrap();
        for number in 0..1_000 {
            store.submit(enter(number.to_string()), |done| assert!(done.is_ok()));
        }
        store.close();
        let (sender, settled) = mpsc::channel();
        store.submit(count, move |done| sender.send(done).unwrap());
        assert_eq!(settled.recv().unwrap(), Err(WorkError::Closed));
        let again = Store::open(Some(&path)).unwrap();
        let (sender, settled) = mpsc::channel();
        again.submit(count, move |done| sender.send(done).unwrap());
        assert_eq!(settled.recv().unwrap(), Ok(1_000));
    }

    #[tokio::test]
    async fn a_full_disk_fails_the_work_that_needs_it_and_no_other() {
        let store = Store::open(None).unwrap();
        let limit = |pages: &str| {
            let pragma = format!("PRAGMA max_page_count = {pages}");
            move |connection: &Connection| connection.query_row(&pragma, [], |row| row.get::<_, i64>(0))
        };
        store.run(limit("1")).await.unwrap();
        let (sender, settled) = mpsc::channel();
        for (number, length) in [1 << 20, 1, 1 << 20, 1, 1].into_iter().enumerate() {
            let (sender, name) = (sender.clone(), number.to_string().repeat(length));
            store.submit(enter(name), move |done| sender.send(done).unwrap());
        }
        let done: Vec<_> = settled.iter().take(5).collect();
        assert_eq!(done[0], Err(WorkError::Database("database or disk is full".to_owned())));
        // What is said to be done is there, and nothing else.
        let kept = i64::try_from(done.iter().filter(|done| done.is_ok()).count()).unwrap();
        assert_eq!(store.run(count).await, Ok(kept), "{done:?}");
        store.run(limit("4294967294")).await.unwrap();
        assert_eq!(store.run(enter("x".repeat(1 << 20))).await, Ok(1));
        assert_eq!(store.run(count).await, Ok(kept + 1));
    }

    #[tokio::test]
    async fn work_is_waited_for_and_may_drop_the_store() {
        let store = Arc::new(Store::open(None).unwrap());
        assert_eq!(store.run(count).await, Ok(0));
        let last = Arc::clone(&store);
        let (sender, settled) = mpsc::channel();
        let (go, gone) = mpsc::channel();
        store.submit(count, move |_| {
            gone.recv().unwrap();
            drop(last);
            sender.send(()).unwrap();
        });
        drop(store);
        go.send(()).unwrap();
        settled.recv().unwrap();
    }
}
