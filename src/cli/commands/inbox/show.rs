//! `inbox show`: everything about one record.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::value::RawValue;

use super::keys::KeysArgs;
use super::source::SourceArgs;
use crate::cli::error::{CliError, Exit};
use crate::cli::examining::examine;
use crate::cli::render::records::{Shown, shown_lines};
use crate::cli::render::verification::{Style, render};
use crate::cli::{Context, unix_now};
use crate::entity::Violation;
use crate::protocol::outline::Outline;
use crate::protocol::record::{Bytes, Record, shown_target};

/// Show everything about a record, explained again.
///
/// Both messages, what their signatures are worth and why, what is wrong with the entity, and the other attempts at
/// the same delivery. Signatures are verified again, as of the record's own time. The keys are those of stored
/// identities, those given, or with --fetch-key those that signers publish.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The record: its id, the beginning of it, or its number
    id: String,
    /// Print a body alone, byte for byte
    #[arg(long, value_name = "PART", num_args = 0..=1, default_missing_value = "auto", value_enum)]
    raw: Option<Part>,
    /// Show credentials and cookies, instead of hiding their values
    #[arg(long)]
    with_secrets: bool,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    keys: KeysArgs,
}

/// Which body is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The first that is not empty
    Auto,
    /// The request's body
    Request,
    /// The response's body
    Response,
    /// The frame's payload
    Frame,
    /// What could not be parsed
    Malformed,
}

/// Everything about a record, as JSON has it.
#[derive(Serialize)]
struct Told<'a> {
    number: u64,
    record: &'a Record,
    verification: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_verified: Option<&'a str>,
    violations: &'a [Violation],
    attempts: Vec<Attempt<'a>>,
}

#[derive(Serialize)]
struct Attempt<'a> {
    number: u64,
    #[serde(flatten)]
    outline: &'a Outline,
}

impl ShowArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let opened = self.source.open(context)?;
        let (number, mut record) = opened.find(&self.id)?;
        if let Some(part) = self.raw {
            let bytes = body(&record, part).ok_or_else(|| CliError::usage("the record has no such part"))?;
            return context.ui.write(&bytes.0).map(|()| opened.exit);
        }
        let keys = self.keys.read(context)?;
        let mut examined = examine(&record, &keys, unix_now(), self.keys.explain_budget.into());
        let attempts = opened.attempts(&record)?;
        if !self.with_secrets {
            record.hide_secrets();
            for one in &mut examined.checked {
                one.target = shown_target(&one.target, record.protocol).into_owned();
            }
        }
        if context.ui.json {
            let style = Style { json: true, details: true, paint: context.ui.paint };
            let verification = examined.checked.iter().filter_map(|one| {
                let mut text = Vec::new();
                render(one, "", examined.reference, &style, &mut text);
                serde_json::from_slice(&text).ok()
            });
            let told = Told {
                number,
                record: &record,
                verification: verification.collect(),
                not_verified: examined.nothing.as_deref(),
                violations: examined.entity.as_ref().map_or(&[], |(_, report)| &report.violations),
                attempts: attempts
                    .iter()
                    .map(|(number, outline)| Attempt { number: *number, outline })
                    .collect(),
            };
            return context.ui.json(&told).map(|()| opened.exit);
        }
        let shown = Shown { number, record: &record, examined: &examined, attempts: &attempts };
        for line in shown_lines(&shown, context.ui.paint) {
            context.ui.line(&line)?;
        }
        Ok(opened.exit)
    }
}

fn body(record: &Record, part: Part) -> Option<&Bytes> {
    let request = record.request.as_ref().map(|request| &request.body);
    let response = record.response.as_ref().map(|response| &response.body);
    let frame = record.frame.as_ref().map(|frame| &frame.data);
    let malformed = record.malformed.as_ref();
    match part {
        Part::Auto => {
            let mut parts = [frame, request, response, malformed].into_iter().flatten();
            parts.clone().find(|bytes| !bytes.is_empty()).or_else(|| parts.next())
        }
        Part::Request => request,
        Part::Response => response,
        Part::Frame => frame,
        Part::Malformed => malformed,
    }
}
