//! `inbox export`: records in other forms.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::filter::FilterArgs;
use super::source::SourceArgs;
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::ui::{escape, to_json};
use crate::protocol::record::{HIDDEN, Record};
use crate::protocol::{curl, har};

/// Write records in a form that other programs read.
///
/// All of them, or those that the filters want, the oldest first. Secrets are left out: the values of headers such as
/// Authorization and Cookie, and the tokens in targets, with the keys of protocols that have theirs there. With
/// --with-secrets, what is imported again is what was exported.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli inbox export --store inbox.db > inbox.ndjson
  versia-cli inbox export --store inbox.db --format har --since 1h -o hour.har
  versia-cli inbox export --store inbox.db --format curl --verdict invalid")]
pub(super) struct ExportArgs {
    /// The form: lines of JSON, an HTTP archive, or curl commands
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Ndjson)]
    format: Format,
    /// Write into this new file, which only you can read
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write credentials and cookies, instead of hiding their values
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    source: SourceArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Records, one per line, which `inbox import` and `verify` read
    Ndjson,
    /// HAR 1.2, which browsers' dev tools open
    Har,
    /// A curl command for each request
    Curl,
}

impl ExportArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let filter = self.filter.filter()?;
        let opened = self.source.open(context)?;
        let mut output = Output::open(self.output.as_deref())?;
        let mut whole = Vec::new();
        let (mut count, mut left_out) = (0_u64, 0);
        opened.each(&filter, |number, mut record| {
            if !self.with_secrets {
                record.hide_secrets();
            }
            count += 1;
            match self.format {
                Format::Har => whole.push(record),
                Format::Ndjson => output.write(context, &line(&record))?,
                Format::Curl => match command(number, &record) {
                    Some(command) => output.write(context, command.as_bytes())?,
                    None => left_out += 1,
                },
            }
            Ok(())
        })?;
        if self.format == Format::Har {
            let written = har::write(&whole, env!("CARGO_PKG_VERSION"));
            left_out = written.left_out;
            output.write(context, format!("{}\n", to_json(&written.archive)).as_bytes())?;
        }
        output.close(context)?;
        if left_out > 0 {
            let what = match self.format {
                Format::Curl => "have no request that curl could send",
                _ => {
                    "have no place in a HAR file: frames without their session's handshake, and what could not be parsed"
                }
            };
            context.ui.warn(&format!("{left_out} of {count} records {what}; --format ndjson has all"));
        }
        Ok(opened.exit)
    }
}

fn line(record: &Record) -> Vec<u8> {
    let mut line = to_json(record).into_bytes();
    line.push(b'\n');
    line
}

/// The command for a record, behind a line that says which it is.
fn command(number: u64, record: &Record) -> Option<String> {
    let request = record.request.as_ref().filter(|_| record.frame.is_none())?;
    let mut request = request.clone();
    let headers = request.headers.as_mut()?;
    // Curl counts the body itself; a value that is hidden is none.
    headers.retain(|(name, value)| {
        !name.eq_ignore_ascii_case("content-length") && value.as_text() != Some(HIDDEN)
    });
    let id = escape(record.id.as_deref().unwrap_or_default());
    Some(format!("# record {number} {id}\n{}\n\n", curl::write(&har::url_of(record), &request)))
}

/// Where it is written to.
enum Output {
    Stdout,
    File(PathBuf, std::io::BufWriter<std::fs::File>),
}

impl Output {
    fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else { return Ok(Output::Stdout) };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(|error| {
            let cli = CliError::io(format!("cannot write {}", path.display()), &error);
            match error.kind() {
                std::io::ErrorKind::AlreadyExists => cli.hint("name a file that is not there yet"),
                _ => cli,
            }
        })?;
        Ok(Output::File(path.to_owned(), std::io::BufWriter::new(file)))
    }

    fn write(&mut self, context: &mut Context, bytes: &[u8]) -> Result<(), CliError> {
        match self {
            Output::Stdout => context.ui.write(bytes),
            Output::File(path, file) => file.write_all(bytes).map_err(|error| CliError::write(path, &error)),
        }
    }

    fn close(self, context: &mut Context) -> Result<(), CliError> {
        match self {
            Output::Stdout => context.ui.flush(),
            Output::File(path, mut file) => file.flush().map_err(|error| CliError::write(&path, &error)),
        }
    }
}
