//! `inbox import`: records into a store.

use clap::Args;
use futures_util::future::join_all;

use super::source::{Opened, SourceArgs};
use crate::cli::Context;
use crate::cli::complaints::Complaints;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::record_input::read_records;
use crate::protocol::outline::Filter;
use crate::protocol::record::Record;

/// How many records share a commit.
const TOGETHER: usize = 256;

/// With so many bytes in their bodies, fewer do.
const ENOUGH: usize = 16 << 20;

/// Put records into a store.
///
/// The store is made where there is none. A record whose id is there already is passed over. Takes lines of JSON
/// (`inbox export`, `serve --json`, `repl --record`), HAR files (those of browsers too, their WebSocket frames
/// included), and bundles.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The records: files, or `-`
    #[arg(value_name = "FILE|-", required = true)]
    files: Vec<String>,
    #[command(flatten)]
    source: SourceArgs,
}

impl ImportArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if !self.source.is_store() {
            return Err(CliError::usage(
                "--from is where other subcommands read; records are imported into --store FILE",
            ));
        }
        let opened = self.source.open_to_write()?;
        let before = opened.wait(opened.records.count(Filter::default()))?;
        let (mut read, mut bad) = (0_u64, Complaints::default());
        for file in &self.files {
            let (mut waiting, mut bytes) = (Vec::new(), 0);
            let found = read_records(context, &Source::parse(file), "the records", |record| {
                read += 1;
                bytes += record.payload_length();
                waiting.push(record);
                if waiting.len() < TOGETHER && bytes < ENOUGH {
                    return Ok(());
                }
                bytes = 0;
                append(&opened, std::mem::take(&mut waiting))
            });
            // What was read before the end of it is as good as any.
            append(&opened, waiting)?;
            bad.append(found?);
        }
        let after = opened.wait(opened.records.count(Filter::default()))?;
        opened.records.store().close();
        bad.tell(&mut context.ui);
        let new = after.saturating_sub(before);
        if context.ui.json {
            let (already, unreadable) = (read - new, bad.count());
            context.ui.json(
                &serde_json::json!({ "imported": new, "already_there": already, "unreadable": unreadable }),
            )?;
        } else {
            let already = match read - new {
                0 => String::new(),
                count => format!(", {count} were there already"),
            };
            let records = if new == 1 { "record" } else { "records" };
            context.ui.line(&format!("{new} {records} imported{already}"))?;
        }
        Ok(if bad.count() == 0 { Exit::Yes } else { Exit::Usage })
    }
}

fn append(opened: &Opened, records: Vec<Record>) -> Result<(), CliError> {
    opened.wait(async {
        let appended = records.iter().map(|record| opened.records.appended(record));
        join_all(appended).await.into_iter().try_for_each(|done| done.map(drop))
    })
}
