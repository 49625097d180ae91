//! Where records come from: the store of an instance, or records in another form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tokio::runtime::Runtime;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::record_input::read_records;
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::{Record, without_secrets};
use crate::store::{Keep, OpenError, Page, Records, Store, WorkError};

/// How many records are read at a time.
const AT_ONCE: usize = 256;

/// How many attempts at one delivery are told of.
const ATTEMPTS: usize = 100;

/// Where records come from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Where the records are")]
pub(super) struct SourceArgs {
    /// The file that `serve --store` writes [env: VERSIA_STORE]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Records in this file, or `-`: lines of JSON, a HAR file, or a bundle
    #[arg(long, value_name = "FILE|-", conflicts_with = "store")]
    from: Option<String>,
}

/// Records, and what waits for them.
pub(super) struct Opened {
    pub(super) records: Records,
    runtime: Runtime,
    /// How it ends when everything else is well: some of the input may not have been readable.
    pub(super) exit: Exit,
}

impl SourceArgs {
    /// Opens the records to read them. A store may be in use meanwhile.
    ///
    /// # Errors
    /// When there are none, or they cannot be read.
    pub(super) fn open(&self, context: &mut Context) -> Result<Opened, CliError> {
        let runtime = runtime()?;
        if let Some(from) = &self.from {
            let records = Records::new(Arc::new(Store::open(None)?), Keep::default());
            let source = Source::parse(from);
            let bad = read_records(context, &source, "--from", |record| {
                runtime.block_on(records.appended(&record)).map(drop).map_err(|error| not_done(&error))
            })?;
            bad.tell(&mut context.ui);
            let exit = if bad.count() == 0 { Exit::Yes } else { Exit::Usage };
            return Ok(Opened { records, runtime, exit });
        }
        let path = self.path()?;
        check_is_there(&path)?;
        let store = Store::open_to_read(&path)?;
        Ok(Opened { records: Records::new(Arc::new(store), Keep::default()), runtime, exit: Exit::Yes })
    }

    /// Opens the store to write to it, which nobody else may do meanwhile.
    ///
    /// # Errors
    /// When there is none, or it is in use.
    pub(super) fn open_to_write(&self) -> Result<Opened, CliError> {
        let path = self.path()?;
        let records = Records::new(Arc::new(Store::open(Some(&path))?), Keep::default());
        Ok(Opened { records, runtime: runtime()?, exit: Exit::Yes })
    }

    /// Opens a store that is there to write to it; `None` while another program holds it.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub(super) fn open_existing(&self) -> Result<Option<Opened>, CliError> {
        let path = self.path()?;
        check_is_there(&path)?;
        match Store::open(Some(&path)) {
            Ok(store) => {
                let records = Records::new(Arc::new(store), Keep::default());
                Ok(Some(Opened { records, runtime: runtime()?, exit: Exit::Yes }))
            }
            Err(OpenError::InUse(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The store's file.
    ///
    /// # Errors
    /// When none is named.
    pub(super) fn path(&self) -> Result<PathBuf, CliError> {
        let from_environment = || std::env::var_os("VERSIA_STORE").filter(|path| !path.is_empty());
        self.store.clone().or_else(|| from_environment().map(PathBuf::from)).ok_or_else(|| {
            CliError::usage("there are no records to look at").hint(
                "--store FILE is what `serve --store FILE` writes; --from FILE takes records in other forms",
            )
        })
    }

    /// Whether the records are in a store's file.
    pub(super) fn is_store(&self) -> bool {
        self.from.is_none()
    }
}

fn check_is_there(path: &Path) -> Result<(), CliError> {
    if path.exists() {
        return Ok(());
    }
    Err(CliError::usage(format!("there is no store {}", path.display()))
        .hint("`serve --store FILE` makes one, and so does `inbox import`"))
}

fn not_done(error: &WorkError) -> CliError {
    CliError::usage("cannot work on the records").because(error)
}

fn runtime() -> Result<Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::io("cannot work on the records", &error))
}

impl Opened {
    /// Waits for what the store gives.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Result<T, WorkError>>) -> Result<T, CliError> {
        self.runtime.block_on(work).map_err(|error| not_done(&error))
    }

    /// The record of a name, with its number.
    ///
    /// # Errors
    /// When there is none, or the name may mean several.
    pub(super) fn find(&self, id: &str) -> Result<(u64, Record), CliError> {
        self.wait(self.records.find(id))?.ok_or_else(|| {
            CliError::usage(format!("there is no record {id:?}, or several begin so"))
                .hint("`versia-cli inbox list` shows the ids; a beginning that no other has is enough")
        })
    }

    /// All attempts at the same delivery as a record's, the oldest first; without the secrets in their targets.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) fn attempts(&self, record: &Record) -> Result<Vec<(u64, Outline)>, CliError> {
        let first = record.attempt_of.clone().or_else(|| record.id.clone()).unwrap_or_default();
        let filter = Filter { attempts: vec![first], ..Filter::default() };
        let page = Page { before: None, after: None, limit: ATTEMPTS, newest_first: false };
        let mut attempts = self.wait(self.records.list(filter, page))?;
        for target in attempts.iter_mut().filter_map(|(_, outline)| outline.target.as_mut()) {
            *target = without_secrets(target).into_owned();
        }
        Ok(attempts)
    }

    /// Hands on all records that a filter wants, the oldest first.
    ///
    /// # Errors
    /// When the database refuses, or from `take`.
    pub(super) fn each(
        &self,
        filter: &Filter,
        mut take: impl FnMut(u64, Record) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let mut after = None;
        loop {
            let page = Page { before: None, after, limit: AT_ONCE, newest_first: false };
            let records = self.wait(self.records.records(filter.clone(), page))?;
            let Some((last, _)) = records.last() else { return Ok(()) };
            after = Some(*last);
            for (number, record) in records {
                take(number, record)?;
            }
        }
    }
}
