//! `send --journal`: what the runs before came to, and what to say when it cannot be gone by.

use super::intake::Documents;
use super::{Job, SendArgs};
use crate::cli::Context;
use crate::cli::error::{CliError, describe_io};
use crate::delivery::{Ended, History, Journal, JournalError, Judged, Mismatch, Summary, compare};

/// How many documents that were under way are named.
const NAMED: usize = 2_000;

impl SendArgs {
    /// Opens the journal and compares the input with it, as far as that can be read twice.
    pub(super) fn open_journal(
        &self,
        context: &mut Context,
        job: &Job,
        to: &str,
    ) -> Result<Option<(Journal, History)>, CliError> {
        let Some(path) = &self.journal else { return Ok(None) };
        let (journal, history) = Journal::open(path, to).map_err(journal_error)?;
        if !history.is_empty()
            && let Some(documents) = Documents::beforehand(&job.sources, self.ndjson)
        {
            compare(documents, &history).map_err(|mismatch| self.mismatch(&mismatch))?;
        }
        self.tell_under_way(context, job, &history);
        Ok(Some((journal, history)))
    }

    /// What a run comes to whose only document has its outcome from a run before; `None` for any other one.
    pub(super) fn settled_before(&self, job: &Job, history: &History) -> Option<Ended> {
        let item = job.single.as_ref().filter(|item| history.last() <= item.ordinal)?;
        let Judged::Done(answer) = history.judge(item) else { return None };
        let mut summary = Summary::new();
        summary.add_answer_of_before(answer, self.expect);
        Some(Ended { summary, stopped: None })
    }

    /// The journal as it is, without touching it.
    pub(super) fn history(&self, to: &str) -> Result<History, CliError> {
        match &self.journal {
            Some(path) => History::read(path, to).map_err(journal_error),
            None => Ok(History::default()),
        }
    }

    /// Names what may have arrived without this side having had an answer.
    fn tell_under_way(&self, context: &mut Context, job: &Job, history: &History) {
        let ordinals: Vec<String> = history.under_way().map(|ordinal| ordinal.to_string()).collect();
        let count = ordinals.len();
        if count == 0 {
            return;
        }
        let in_lines = job.sources.len() == 1 && (self.ndjson || job.documents.is_in_lines());
        let what = if in_lines { "line" } else { "document" };
        let (plural, were, they, are) =
            if count == 1 { ("", "was", "it", "is") } else { ("s", "were", "they", "are") };
        let more = count.saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        context.ui.warn(&format!(
            "{count} {were} in flight when the last run ended; {they} may have arrived, and {are} sent again: {what}{plural} {}{more}",
            ordinals[..count.min(NAMED)].join(", "),
        ));
    }

    /// An input that is not what the journal knows.
    pub(super) fn mismatch(&self, mismatch: &Mismatch) -> CliError {
        let journal = self.journal.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let what = match mismatch {
            Mismatch::Changed(place) => format!("{place} changed since the journal {journal} was written"),
            Mismatch::Shortened(ordinal) => {
                format!(
                    "the input ends before document {ordinal}, for which the journal {journal} has an outcome"
                )
            }
        };
        CliError::usage(what).hint("give the input as it was, or start over with another journal")
    }
}

/// A journal that cannot be used.
pub(super) fn journal_error(error: JournalError) -> CliError {
    let mut cli = CliError::usage(error.to_string());
    if let Some(cause) = error.cause() {
        cli = cli.because(describe_io(cause));
    }
    match error.hint() {
        Some(hint) => cli.hint(hint),
        None => cli,
    }
}
