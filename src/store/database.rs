//! Opening the file: whose it is, who may read it, and the version of its tables.

use std::cmp::Ordering;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::OpenError;

/// What marks a file as one of this program's: `vrsa`.
const APPLICATION: i64 = 0x7672_7361;

/// How the tables came to be, one step after the other. A step that was released is never changed; `user_version` says
/// how many of them a file has been through.
const MIGRATIONS: [&str; 2] = [super::chat::TABLES, super::records::TABLES];

/// How many statements stay prepared: all that there are.
const STATEMENTS: usize = 128;

/// What an address of a file has as it is: all but letters, digits and what separates folders is encoded.
const PLAIN: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC.remove(b'/');

/// How long a reader of another program is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open database, and what keeps other programs from writing to it.
#[derive(Debug)]
pub(super) struct Database {
    // Fields are dropped in this order: closing any handle to the file gives up the locks that SQLite has on it.
    pub(super) connection: Connection,
    _lock: Option<File>,
}

impl Database {
    /// Opens or makes a file, readable by its owner only.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        let database = |error| refused(path, error);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(database)?;
        connection.busy_timeout(PATIENCE).map_err(database)?;
        check_owner(&connection, path)?;
        // What was answered is on the disk: a commit waits for it.
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
            .map_err(database)?;
        Database::prepared(connection, path, Some(lock))
    }

    /// Opens a file that is there, to read it beside whoever writes to it.
    pub(super) fn open_to_read(path: &Path) -> Result<Self, OpenError> {
        let there = path.metadata().map_err(|error| OpenError::File(path.to_owned(), error))?;
        if !there.is_file() {
            return Err(OpenError::File(path.to_owned(), not_regular()));
        }
        let database = |error| refused(path, error);
        let connection = connection_to_read(path).map_err(database)?;
        check_owner(&connection, path)?;
        let version = number(&connection, "user_version").map_err(database)?;
        match usize::try_from(version).map(|done| done.cmp(&MIGRATIONS.len())) {
            Ok(Ordering::Equal) => {}
            Ok(Ordering::Less) => return Err(OpenError::Older { path: path.to_owned(), version }),
            _ => return Err(OpenError::Newer { path: path.to_owned(), version }),
        }
        connection.execute_batch("PRAGMA query_only = ON;").map_err(database)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        super::records::define_functions(&connection).map_err(database)?;
        Ok(Database { connection, _lock: None })
    }

    /// A database that is gone with the process.
    pub(super) fn in_memory() -> Result<Self, OpenError> {
        let path = Path::new(":memory:");
        let connection = Connection::open_in_memory().map_err(|error| refused(path, error))?;
        Database::prepared(connection, path, None)
    }

    fn prepared(connection: Connection, path: &Path, lock: Option<File>) -> Result<Self, OpenError> {
        connection.execute_batch("PRAGMA foreign_keys = ON;").map_err(|error| refused(path, error))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        super::records::define_functions(&connection).map_err(|error| refused(path, error))?;
        migrate(&connection, path)?;
        if lock.is_some() {
            sync_folder_of(path);
        }
        Ok(Database { connection, _lock: lock })
    }
}

/// Opens the file itself, makes it where there is none, and keeps other programs of this kind out.
fn lock(path: &Path) -> Result<File, OpenError> {
    let opening = |error| OpenError::File(path.to_owned(), error);
    match path.metadata() {
        Ok(there) if !there.is_file() => {
            return Err(opening(not_regular()));
        }
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(opening)?;
    // An empty file that somebody else made is as good as none.
    #[cfg(unix)]
    if file.metadata().is_ok_and(|file| file.len() == 0) {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o600)).map_err(opening)?;
    }
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(error)) => Err(opening(error)),
    }
}

fn connection_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let open = |flags| Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    // One that could write clears the log's files away when it is the last; it does not write for all that.
    let connection =
        open(OpenFlags::SQLITE_OPEN_READ_WRITE).or_else(|_| open(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    connection.busy_timeout(PATIENCE)?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    match number(&connection, "schema_version") {
        // In a folder where nothing can be made, there is no place for what readers and writers share. Without a log, nobody
        // writes.
        Err(error) if cannot_share(&error) && !Path::new(&log).exists() => open_unshared(path),
        Err(error) => Err(error),
        Ok(_) => Ok(connection),
    }
}

fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen))
}

/// Opens a file that nobody writes to, and makes none beside it.
fn open_unshared(path: &Path) -> rusqlite::Result<Connection> {
    let name = percent_encoding::percent_encode(path.as_os_str().as_encoded_bytes(), PLAIN);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)
}

fn not_regular() -> std::io::Error {
    std::io::Error::other("it is not a regular file")
}

/// Brings a new file's name to the disk.
fn sync_folder_of(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A file system that cannot do this has nothing better to offer.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn refused(path: &Path, error: rusqlite::Error) -> OpenError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotAStore(path.to_owned()),
        _ => OpenError::Database(path.to_owned(), error),
    }
}

fn number(connection: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, pragma, |row| row.get(0))
}

/// Refuses a database of another program before anything is written to it.
fn check_owner(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let database = |error| refused(path, error);
    let application = number(connection, "application_id").map_err(database)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(database)?;
    if application == APPLICATION || (application == 0 && tables == 0) {
        return Ok(());
    }
    Err(OpenError::NotAStore(path.to_owned()))
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let database = |error| refused(path, error);
    let version = number(connection, "user_version").map_err(database)?;
    let done = usize::try_from(version).ok().filter(|done| *done <= MIGRATIONS.len());
    let Some(done) = done else { return Err(OpenError::Newer { path: path.to_owned(), version }) };
    for (step, tables) in MIGRATIONS.iter().enumerate().skip(done) {
        let mark = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {};", step + 1);
        let batch = format!("BEGIN IMMEDIATE; {tables} {mark} COMMIT;");
        connection.execute_batch(&batch).map_err(database)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_its_owners_only_and_has_the_version_of_its_tables() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        std::fs::write(&path, "").unwrap();
        let database = Database::open(&path).unwrap();
        assert_eq!(number(&database.connection, "user_version").unwrap(), 2);
        let mode: String =
            database.connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number(&database.connection, "synchronous").unwrap(), 2);
        #[cfg(unix)]
        for name in ["store", "store-wal", "store-shm"] {
            use std::os::unix::fs::PermissionsExt;
            let mode = folder.path().join(name).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        assert!(matches!(Database::open(&path), Err(OpenError::InUse(_))));
        drop(database);
        Database::open(&path).unwrap();
    }

    #[test]
    fn a_file_of_the_first_version_gets_the_tables_that_came_later_and_keeps_what_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let old = Connection::open(&path).unwrap();
        let mark = format!("PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1;");
        old.execute_batch(&format!("{} {mark} INSERT INTO chat_user (name) VALUES ('ann');", MIGRATIONS[0]))
            .unwrap();
        drop(old);
        assert!(matches!(Database::open_to_read(&path), Err(OpenError::Older { version: 1, .. })));
        let database = Database::open(&path).unwrap();
        assert_eq!(number(&database.connection, "user_version").unwrap(), 2);
        let count = |sql| database.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!((count("SELECT count(*) FROM chat_user"), count("SELECT count(*) FROM record")), (1, 0));
    }

    #[test]
    fn a_file_is_read_beside_its_writer_and_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        assert!(matches!(Database::open_to_read(&path), Err(OpenError::File(..))));
        let writer = Database::open(&path).unwrap();
        let reader = Database::open_to_read(&path).unwrap();
        writer.connection.execute_batch("INSERT INTO chat_user (name) VALUES ('ann')").unwrap();
        let count = |connection: &Connection| {
            connection.query_row("SELECT count(*) FROM chat_user", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(count(&reader.connection), 1);
        assert!(reader.connection.execute_batch("INSERT INTO chat_user (name) VALUES ('bob')").is_err());
        drop(writer);
        assert_eq!(count(&reader.connection), 1);
        drop(reader);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_read_where_nothing_can_be_made_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a store?#%");
        let writer = Database::open(&path).unwrap();
        writer.connection.execute_batch("INSERT INTO chat_user (name) VALUES ('ann')").unwrap();
        drop(writer);
        // Nothing else keeps root from making a file.
        std::fs::create_dir(folder.path().join("a store?#%-shm")).unwrap();
        let reader = Database::open_to_read(&path).unwrap();
        let count = |sql| reader.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(count("SELECT count(*) FROM chat_user"), 1);
    }

    #[test]
    fn what_is_no_store_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        let text = "not a database, but long enough to be looked at as if it were one\n".repeat(20);
        std::fs::write(&path, &text).unwrap();
        assert!(matches!(Database::open(&path), Err(OpenError::NotAStore(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let foreign = folder.path().join("foreign");
        Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
        let before = std::fs::read(&foreign).unwrap();
        assert!(matches!(Database::open(&foreign), Err(OpenError::NotAStore(_))));
        assert_eq!(std::fs::read(&foreign).unwrap(), before);
        assert!(matches!(Database::open(folder.path()), Err(OpenError::File(..))));
        assert!(matches!(Database::open(&folder.path().join("no/such")), Err(OpenError::File(..))));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let database = Database::open(&path).unwrap();
        database.connection.execute_batch("PRAGMA user_version = 99").unwrap();
        drop(database);
        assert!(matches!(Database::open(&path), Err(OpenError::Newer { version: 99, .. })));
    }
}
