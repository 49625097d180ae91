//! Where what passes on a server is kept: a file, or memory.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use crate::cli::error::CliError;
use crate::store::{Keep, Records, Store};

/// Where everything that passes is kept, and how much of it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Records")]
pub struct RecordArgs {
    /// Keep everything that passes in this file, and answer a delivery when it is there; for a chat, its messages too
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Keep so much of it: 10000 records, 7d, 1GB, or several with commas; in memory 10000 unless told otherwise
    #[arg(long, value_name = "COUNT|AGE|SIZE", value_parser = str::parse::<Keep>)]
    keep: Option<Keep>,
}

/// The open store, and the records in it.
pub struct Recording {
    /// The store.
    pub store: Arc<Store>,
    /// The records in it.
    pub records: Records,
    /// The file, where there is one.
    pub file: Option<PathBuf>,
}

impl RecordArgs {
    /// Opens the file, or memory.
    ///
    /// # Errors
    /// When the file cannot be used.
    pub fn open(&self) -> Result<Recording, CliError> {
        let store = Arc::new(Store::open(self.store.as_deref())?);
        let keep = match &self.store {
            Some(_) => self.keep.unwrap_or_default(),
            None => Keep::in_memory(self.keep),
        };
        let records = Records::new(Arc::clone(&store), keep);
        Ok(Recording { store, records, file: self.store.clone() })
    }
}

impl Recording {
    /// What is said of the file, where there is one.
    pub fn row(&self) -> Option<(&'static str, &'static str, String)> {
        self.file.as_ref().map(|file| ("store", "store", file.display().to_string()))
    }
}
