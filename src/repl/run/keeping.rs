//! What is kept of what passes: records, in memory within bounds, and in a file where one is wanted.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use super::super::happening::{Happening, payload_of};
use super::super::recording::{Recorder, RecordingError, export};
use crate::protocol::record::{Direction, Record};

/// How many records are kept at most.
const MAX_RECORDS: usize = 4_096;

/// How many bytes of payloads are kept at most.
const MAX_BYTES: usize = 32 << 20;

/// The records of a run.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    records: VecDeque<Arc<Record>>,
    bytes: usize,
    recorder: Option<Recorder>,
}

impl Keeping {
    /// Records into this file from now on.
    pub(super) fn record_to(&mut self, path: &Path) -> Result<(), RecordingError> {
        self.recorder = Some(Recorder::open(path)?);
        Ok(())
    }

    /// Records into no file any more.
    pub(super) fn stop_recording(&mut self) {
        self.recorder = None;
    }

    /// Keeps the record of something that happened, where there is one. Recording ends when it fails.
    pub(super) fn keep(&mut self, happening: &Happening) -> Result<(), RecordingError> {
        let record = match happening {
            Happening::Opened(handshake) => &handshake.record,
            Happening::Received(received) => &received.record,
            Happening::Sent(sent) => &sent.record,
            Happening::Frame(record) => record,
            Happening::Closed(closed) => match &closed.record {
                Some(record) => record,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        self.bytes += payload_of(record).len();
        self.records.push_back(Arc::clone(record));
        while self.records.len() > MAX_RECORDS || (self.bytes > MAX_BYTES && self.records.len() > 1) {
            if let Some(oldest) = self.records.pop_front() {
                self.bytes -= payload_of(&oldest).len();
            }
        }
        let written = self.recorder.as_mut().map_or(Ok(()), |recorder| recorder.add(record));
        if written.is_err() {
            self.recorder = None;
        }
        written
    }

    /// A message of a session, by its number.
    pub(super) fn find(
        &self,
        session: &str,
        direction: Direction,
        number: Option<u64>,
    ) -> Option<Arc<Record>> {
        let fits = |record: &&Arc<Record>| {
            record.direction == Some(direction)
                && record.session.as_deref() == Some(session)
                && record.frame.is_some()
                && number.map_or(record.seq.is_some(), |number| record.seq == Some(number))
        };
        self.records.iter().rev().find(fits).cloned()
    }

    /// Writes all that is kept into a new file; gives how many records.
    pub(super) fn export(&self, path: &Path) -> Result<u64, RecordingError> {
        export(path, self.records.iter().map(|record| &**record))
    }
}
