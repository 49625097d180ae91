//! `send --dry-run`: what would be sent.

use super::session_report::unsendable;
use super::{Job, SendArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::{AMBIENT, Context, stdout_is_terminal, unix_now};
use crate::delivery::{Composer, Item, Judged, Mismatch};
use crate::protocol::http;
use crate::protocol::record::{Direction, Record};

impl SendArgs {
    /// Prints the requests of all documents that are due, as HTTP or as records.
    pub(super) fn show(&self, context: &mut Context, job: Job, over_session: bool) -> Result<Exit, CliError> {
        let history = self.history(&job.composer.url.to_string())?;
        let is_single = job.single.is_some();
        let mut exit = Exit::Yes;
        for item in job.single.into_iter().map(Ok).chain(job.documents) {
            let item = match item {
                Ok(item) => item,
                Err(error) => {
                    exit = exit.worse(error.exit);
                    context.ui.error(&error);
                    continue;
                }
            };
            match history.judge(&item) {
                Judged::Due if over_session => {
                    if let Err(error) = show_message(context, &job.composer, &item)? {
                        exit = exit.worse(error.exit);
                        context.ui.error(&error);
                    }
                }
                Judged::Due => show_one(context, &job.composer, item.body.to_vec(), is_single)?,
                Judged::Done(_) => {}
                Judged::Changed => return Err(self.mismatch(&Mismatch::Changed(item.place))),
            }
        }
        self.warn_of_not_json(context, &job.not_json);
        Ok(exit)
    }
}

/// Prints the message for a document, which may be none.
fn show_message(
    context: &mut Context,
    composer: &Composer,
    item: &Item,
) -> Result<Result<(), CliError>, CliError> {
    let text = match composer.message(&item.body, unix_now()) {
        Ok(text) => text,
        Err(why) => return Ok(Err(unsendable(&item.place.to_string(), why))),
    };
    if context.ui.json {
        context.ui.json(&Record { at: AMBIENT.record_time(), ..composer.recorded(&text) })?;
    } else {
        context.ui.line(&text)?;
    }
    Ok(Ok(()))
}

fn show_one(
    context: &mut Context,
    composer: &Composer,
    body: Vec<u8>,
    is_single: bool,
) -> Result<(), CliError> {
    let request = composer
        .shown(composer.request(body, unix_now()))
        .map_err(|error| CliError::usage("nothing can be sent like this").because(error))?;
    let (at, direction) = (AMBIENT.record_time(), Some(Direction::Out));
    let record = Record { at, direction, request: Some(request), ..Record::default() };
    if context.ui.json {
        return context.ui.json(&record);
    }
    context.ui.write(&http::write(&record))?;
    // One message stays what it is, byte for byte; several are set apart.
    if is_single && !stdout_is_terminal() { Ok(()) } else { context.ui.write(b"\n\n") }
}
