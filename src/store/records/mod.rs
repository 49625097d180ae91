//! Everything that passed on a wire, as it is kept: each record whole, with its outline beside it.
//!
//! [`Records`] is the one way to them for all who record, list, replay or watch. What is appended is settled after it is on
//! the disk, in its order; many share one commit. Numbers grow, and are never given twice.

mod condition;
mod keep;
mod reading;
mod summary;
mod tables;
mod writing;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;

pub(super) use condition::define_functions;
pub use keep::{Keep, KeepError};
pub use reading::Page;
pub use summary::{Latency, Slice, Summary};
pub(super) use tables::TABLES;

use self::keep::Pruning;
use super::{Store, WorkError};
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::Record;

/// How many outlines may wait for one who watches, before the oldest are passed over.
const WATCHED: usize = 4_096;

/// A committed record as those who watch are told of it: its number and its outline.
pub type Committed = Arc<(u64, Outline)>;

/// The records of a store. Cheap to clone.
#[derive(Clone)]
pub struct Records {
    store: Arc<Store>,
    pruning: Arc<Mutex<Pruning>>,
    committed: broadcast::Sender<Committed>,
}

/// A record as it will be written.
#[derive(Debug, Clone)]
pub struct Prepared {
    outline: Outline,
    content: String,
}

impl Prepared {
    /// Prepares a record. One without a name gets one.
    pub fn of(record: &Record) -> Self {
        // Names and texts: nothing that JSON cannot hold.
        let content = serde_json::to_string(record).unwrap_or_default();
        let mut outline = Outline::of(record);
        if outline.id.is_empty() {
            outline.id = name_of(&content);
        }
        Prepared { outline, content }
    }
}

/// A name for a record that has none: the same for the same record.
fn name_of(content: &str) -> String {
    let digest = Sha256::digest(content);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("store", &self.store).finish_non_exhaustive()
    }
}

impl Records {
    /// The records of a store, of which so many are kept.
    pub fn new(store: Arc<Store>, keep: Keep) -> Self {
        let pruning = Arc::new(Mutex::new(Pruning::new(keep)));
        Records { store, pruning, committed: broadcast::Sender::new(WATCHED) }
    }

    /// The store that they are in.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Appends a record, and has `settle` called with its number once it is on the disk: on the store's thread, in the order in
    /// which records were appended. One whose name is there already is not kept twice: its number is given.
    pub fn append(&self, record: &Record, settle: impl FnOnce(Result<u64, WorkError>) + Send + 'static) {
        self.append_prepared(Prepared::of(record), settle);
    }

    /// Appends what was prepared, as [`Records::append`] does.
    pub fn append_prepared(
        &self,
        prepared: Prepared,
        settle: impl FnOnce(Result<u64, WorkError>) + Send + 'static,
    ) {
        let Prepared { outline, content } = prepared;
        let (pruning, committed) = (Arc::clone(&self.pruning), self.committed.clone());
        let work = move |connection: &Connection| {
            let (number, is_new) = writing::insert(connection, &outline, &content)?;
            if is_new {
                let mut pruning = pruning.lock().unwrap_or_else(PoisonError::into_inner);
                // The record is there, whatever comes of making room for others.
                let _ = pruning.note(connection, number, outline.at_millis, content.len());
            }
            Ok((number, is_new.then_some(outline)))
        };
        self.store.submit_single(work, move |done| {
            let number = done.map(|(number, outline)| {
                if let Some(outline) = outline.filter(|_| committed.receiver_count() > 0) {
                    // Those who watched may have gone meanwhile.
                    let _ = committed.send(Arc::new((number, outline)));
                }
                number
            });
            settle(number);
        });
    }

    /// Appends a record, and gives its number once it is on the disk.
    ///
    /// # Errors
    /// When the database refuses, or the store is closed.
    pub async fn appended(&self, record: &Record) -> Result<u64, WorkError> {
        let (sender, done) = tokio::sync::oneshot::channel();
        self.append(record, move |result| drop(sender.send(result)));
        done.await.unwrap_or(Err(WorkError::Closed))
    }

    /// A record by its name, by a beginning of the name that no other has, or by its number.
    ///
    /// # Errors
    /// When the database refuses, or the store is closed.
    pub async fn get(&self, id: &str) -> Result<Option<Record>, WorkError> {
        Ok(self.find(id).await?.map(|(_, record)| record))
    }

    /// A record with its number, as [`Records::get`] finds it.
    ///
    /// # Errors
    /// As for [`Records::get`].
    pub async fn find(&self, id: &str) -> Result<Option<(u64, Record)>, WorkError> {
        let id = id.to_owned();
        self.store.read(move |connection| reading::find(connection, &id)).await
    }

    /// The outlines of a page of what a filter wants, with their numbers.
    ///
    /// # Errors
    /// When the database refuses, or the store is closed.
    pub async fn list(&self, filter: Filter, page: Page) -> Result<Vec<(u64, Outline)>, WorkError> {
        self.list_behind(0, filter, page).await
    }

    /// The same, without the first `skip` of them: any place of a long list can be had at once.
    ///
    /// # Errors
    /// As for [`Records::list`].
    pub async fn list_behind(
        &self,
        skip: usize,
        filter: Filter,
        page: Page,
    ) -> Result<Vec<(u64, Outline)>, WorkError> {
        self.store.read(move |connection| reading::outlines(connection, &filter, page, skip)).await
    }

    /// The same page as records: fewer than it asks for where those are large, and none only where there are none.
    ///
    /// # Errors
    /// As for [`Records::list`].
    pub async fn records(&self, filter: Filter, page: Page) -> Result<Vec<(u64, Record)>, WorkError> {
        self.store.read(move |connection| reading::records(connection, &filter, page)).await
    }

    /// How many records a filter wants.
    ///
    /// # Errors
    /// As for [`Records::list`].
    pub async fn count(&self, filter: Filter) -> Result<u64, WorkError> {
        self.store.read(move |connection| reading::count(connection, &filter)).await
    }

    /// What the records that a filter wants have in common: how many of each type, verdict, code, status and peer, how long
    /// they took, and how many came when.
    ///
    /// # Errors
    /// As for [`Records::list`].
    pub async fn summary(&self, filter: Filter) -> Result<Summary, WorkError> {
        self.store.read(move |connection| summary::summarise(connection, &filter)).await
    }

    /// Has `settle` called when all that was appended before is settled.
    pub fn after_all(&self, settle: impl FnOnce() + Send + 'static) {
        self.store.submit_single(|_| Ok(()), move |_: Result<(), _>| settle());
    }

    /// Records as they are committed, from now on. One who is slow is told how many were passed over.
    pub fn watch(&self) -> broadcast::Receiver<Committed> {
        self.committed.subscribe()
    }
}

#[cfg(test)]
mod tests;
