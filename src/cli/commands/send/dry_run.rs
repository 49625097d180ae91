//! `send --dry-run`: what would be sent.

use super::language::composed;
use super::session_report::unsendable;
use super::{Job, SendArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::{AMBIENT, Context, stdout_is_terminal, unix_now};
use crate::client::websocket::Payload;
use crate::delivery::{Composer, Item, Judged, Language, Mismatch, shown_url};
use crate::protocol::http;
use crate::protocol::record::{Direction, Record};

impl SendArgs {
    /// Prints the requests of all documents that are due, as HTTP or as records.
    pub(super) fn show(&self, context: &mut Context, job: Job, over_session: bool) -> Result<Exit, CliError> {
        let shown = shown_url(&job.composer.url, self.language.protocol.protocol());
        let history = self.history(&shown.to_string())?;
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
                    if let Err(error) = show_message(context, &job.composer, job.language.as_ref(), &item)? {
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
    language: Option<&Language>,
    item: &Item,
) -> Result<Result<(), CliError>, CliError> {
    let made = match language {
        Some(language) => composed(language, item),
        None => composer
            .message(&item.body, unix_now())
            .map(Payload::Text)
            .map_err(|why| unsendable(&item.place.to_string(), why)),
    };
    let text = match made {
        Ok(Payload::Text(text)) => text,
        // No protocol makes anything but texts of documents.
        Ok(Payload::Binary(_) | Payload::Ping(_)) => return Ok(Ok(())),
        Err(error) => return Ok(Err(error)),
    };
    if context.ui.json {
        let protocol = language.map(|language| language.name.protocol()).unwrap_or_default();
        let mut record = Record { at: AMBIENT.record_time(), protocol, ..composer.recorded(&text) };
        record.hide_secrets();
        context.ui.json(&record)?;
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
