//! `inbox list`: a line for each record.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::filter::FilterArgs;
use super::source::{Opened, SourceArgs};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::records::{Columns, list_line};
use crate::cli::{Context, interrupt};
use crate::protocol::outline::{Filter, Outline};
use crate::protocol::record::without_secrets;
use crate::store::Page;

/// How often is looked for new records.
const LOOK: Duration = Duration::from_millis(200);

/// How many new records are shown at a time.
const AT_ONCE: usize = 1_000;

/// List records, a line each, the newest last.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli inbox list --store inbox.db --verdict invalid --since 1h
  versia-cli inbox list --store inbox.db --follow --type Note,Follow
  versia-cli inbox list --from session.ndjson --direction in

The columns: number, beginning of the id, time (UTC), way (← in, → out), type or request, author,
signature, status, size, time it took, codes. --json has the whole outline of each.")]
pub(super) struct ListArgs {
    /// At most so many, the newest
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    limit: usize,
    /// Go on, and list new ones as they are recorded
    #[arg(long, conflicts_with = "from")]
    follow: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    source: SourceArgs,
}

/// A record's outline with its number.
#[derive(Serialize)]
struct Listed<'a> {
    number: u64,
    #[serde(flatten)]
    outline: &'a Outline,
}

impl ListArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let filter = self.filter.filter()?;
        let opened = self.source.open(context)?;
        let interrupted = if self.follow { Some(interrupt::listen()?) } else { None };
        let mut listed = opened.wait(opened.records.list(filter.clone(), Page::newest(self.limit)))?;
        listed.reverse();
        let mut columns = Columns::for_outlines(listed.iter().map(|(number, outline)| (*number, outline)));
        show(context, &mut listed, &columns)?;
        if let Some(interrupted) = interrupted {
            let last = listed.last().map_or(0, |(number, _)| *number);
            return follow(context, &opened, filter, last, &mut columns, &interrupted);
        }
        if listed.len() == self.limit && self.limit > 0 {
            let all = opened.wait(opened.records.count(filter))?;
            if all > self.limit as u64 {
                context.ui.note(&format!("the newest {} of {all}; --limit shows more", self.limit));
            }
        } else if listed.is_empty() && !context.ui.json {
            context.ui.note("no records");
        }
        Ok(opened.exit)
    }
}

fn show(context: &mut Context, listed: &mut [(u64, Outline)], columns: &Columns) -> Result<(), CliError> {
    for (number, outline) in listed {
        if let Some(target) = &mut outline.target {
            *target = without_secrets(target).into_owned();
        }
        if context.ui.json {
            context.ui.json(&Listed { number: *number, outline })?;
        } else {
            let line = list_line(*number, outline, columns, context.ui.paint);
            context.ui.line(&line)?;
        }
    }
    Ok(())
}

/// Looks for new records until it is interrupted.
fn follow(
    context: &mut Context,
    opened: &Opened,
    filter: Filter,
    mut last: u64,
    columns: &mut Columns,
    interrupted: &AtomicBool,
) -> Result<Exit, CliError> {
    loop {
        context.ui.flush()?;
        if interrupted.load(Ordering::Relaxed) {
            return Ok(Exit::Interrupted);
        }
        let page = Page::after(last, AT_ONCE);
        let mut new = opened.wait(opened.records.list(filter.clone(), page))?;
        match new.last() {
            Some((number, _)) => last = *number,
            None => thread::sleep(LOOK),
        }
        columns.widen(new.iter().map(|(number, outline)| (*number, outline)));
        show(context, &mut new, columns)?;
    }
}
