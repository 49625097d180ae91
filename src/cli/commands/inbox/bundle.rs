//! `inbox bundle`: records as one file that is fit for a bug report.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::keys::KeysArgs;
use super::source::SourceArgs;
use crate::cli::error::{CliError, Exit};
use crate::cli::examining::{entity, examine};
use crate::cli::render::records::{Bundled, bundle_text};
use crate::cli::{AMBIENT, Context, unix_now};
use crate::protocol::outline::Outline;
use crate::protocol::record::without_secrets;
use crate::protocol::secrets;
use crate::protocol::versia::KeySource;

/// Write records as one file for a bug report, without secrets.
///
/// Markdown that says what passed, what the signatures are worth and why, what is wrong with the entities, and with
/// which versions; and the records themselves, which `inbox import` takes back. Secrets are removed, as far as they
/// are known by their names: in headers, in targets, and in fields of JSON; and private keys wherever they stand. The
/// file says what was removed. Addresses of peers stay: read it before you show it to others.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  versia-cli inbox bundle 42 43 --store inbox.db --fetch-key -o report.md")]
pub(super) struct BundleArgs {
    /// The records: their ids, beginnings of them, or their numbers
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Write into this new file, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    keys: KeysArgs,
}

impl BundleArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let opened = self.source.open(context)?;
        let keys = self.keys.read(context)?;
        let mut removed = secrets::Removed::default();
        let mut bundled = Vec::new();
        for id in &self.ids {
            let (number, mut record) = opened.find(id)?;
            // Verified as it was; shown as it may be shown.
            let budget = self.keys.explain_budget.into();
            let mut examined = examine(&record, &keys, unix_now(), budget);
            let signer = Outline::of(&record).signed_by;
            let key = signer.as_deref().and_then(|signer| keys.key_of(Some(signer)).ok());
            removed.append(secrets::remove(&mut record));
            examined.entity = entity(&record);
            for one in &mut examined.checked {
                one.target = without_secrets(&one.target).into_owned();
            }
            let attempts = opened.attempts(&record)?;
            bundled.push(Bundled { number, record, examined, signer, key, attempts });
        }
        let text = bundle_text(&bundled, &removed, &AMBIENT.record_time().unwrap_or_default());
        let Some(path) = &self.output else {
            return context.ui.write(text.as_bytes()).map(|()| opened.exit);
        };
        let mut file = std::fs::File::create_new(path).map_err(|error| {
            let cli = CliError::io(format!("cannot write {}", path.display()), &error);
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => cli.hint("name a file that is not there yet"),
                _ => cli,
            }
        })?;
        file.write_all(text.as_bytes()).map_err(|error| CliError::write(path, &error))?;
        for (what, count) in &removed.counts {
            context.ui.note(&format!("removed: {what} ({count})"));
        }
        Ok(opened.exit)
    }
}
