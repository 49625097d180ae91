//! `validate`: what is wrong with entities, where, and by which rule.

mod fetched;
mod fixing;
mod intake;
mod job;

use std::io::IsTerminal;

use clap::{Args, ValueEnum};

use self::intake::{Document, Intake};
use self::job::{Job, Tally};
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::input::Source;
use crate::cli::key_input::SignerArgs;
use crate::cli::network::NetworkArgs;
use crate::cli::render::violations::{Style, junit, sarif, summary};
use crate::entity::{EntityType, Profile};
use crate::finding::Level;

/// Say what is wrong with entities: every violation with its place, its code, the rule, what was found, and how to fix it.
///
/// Takes JSON documents, one per file or one per line (NDJSON), records such as `serve --json` prints, and addresses,
/// which are fetched signed. Errors break a rule; warnings go against an advice, or the documents do not agree with one
/// another; notes are worth knowing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  versia-cli validate note.json
  versia-cli validate --profile all note.json
  versia-cli validate --fix --write *.json
  versia-cli validate followers.json --type URICollection
  versia-cli validate https://b.example/.versia/v0.6/entities/Note/1 --as alice
  versia-cli validate --format github entities/*.json

Exit codes: 0 no errors (with --strict, no warnings either) · 1 errors · 2 unreadable input · 3 network")]
pub struct ValidateArgs {
    /// Files, addresses, or `-`; without any, standard input
    #[arg(value_name = "FILE|URL|-")]
    inputs: Vec<String>,
    /// The type of documents that have none: Collection or URICollection
    #[arg(long = "type", value_name = "TYPE", value_parser = entity_type)]
    kind: Option<&'static EntityType>,
    /// By whose rules: the public documents', an implementation's, or all of them side by side
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    profile: Profiles,
    /// Warnings are a no as well
    #[arg(long)]
    strict: bool,
    /// How to print what is found
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
    /// Read lines of JSON, without finding out first
    #[arg(long)]
    ndjson: bool,
    /// Show what it would be with everything that has one right form, as a diff
    #[arg(long)]
    fix: bool,
    /// Write that to the files
    #[arg(long, requires = "fix")]
    write: bool,
    #[command(flatten)]
    signer: SignerArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// By whose rules documents are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Profiles {
    /// The public documents.
    #[default]
    Spec,
    /// Versia Server 0.9, as it was observed.
    #[value(name = "versia-server-0.9")]
    VersiaServer,
    /// All of them.
    All,
}

impl Profiles {
    fn list(self) -> &'static [Profile] {
        match self {
            Profiles::Spec => &[Profile::Spec],
            Profiles::VersiaServer => &[Profile::VersiaServer],
            Profiles::All => &[Profile::Spec, Profile::VersiaServer],
        }
    }
}

/// How what is found is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Human,
    /// A line of JSON for each document.
    Json,
    /// JUnit XML.
    Junit,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
}

fn entity_type(name: &str) -> Result<&'static EntityType, String> {
    EntityType::meant(name).ok_or_else(|| "no such type; `versia-cli schema --list` lists them".to_owned())
}

impl ValidateArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        let format = self.format.unwrap_or(if context.ui.json { Format::Json } else { Format::Human });
        let job = Job {
            profiles: self.profile.list(),
            given: self.kind,
            format,
            style: Style {
                paint: context.ui.paint,
                shows_source: std::io::stdout().is_terminal(),
                verbose: context.ui.verbose,
                names_profile: self.profile == Profiles::All,
            },
        };
        let mut tally = Tally::default();
        let mut exit = Exit::Yes;
        for input in self.inputs()? {
            if let Err(error) = self.look_at(context, &job, &input, &mut tally) {
                if error.exit == Exit::Closed || self.inputs.len() < 2 {
                    return Err(error);
                }
                exit = exit.worse(error.exit);
                context.ui.error(&error);
            }
        }
        if tally.documents == 0 && exit == Exit::Yes {
            return Err(CliError::usage("there is nothing to validate: the input is empty"));
        }
        match format {
            Format::Junit => {
                let failing = if self.strict { Level::Warning } else { Level::Error };
                context.ui.line(&junit(&tally.cases, failing))?
            }
            Format::Sarif => context.ui.line(&sarif(&tally.cases))?,
            Format::Human if tally.documents > 1 || tally.in_lines => {
                context.ui.line(&summary(&tally.counts(), context.ui.paint))?
            }
            _ => {}
        }
        let is_no = tally.errors > 0 || (self.strict && tally.warnings > 0);
        Ok(exit.worse(if is_no { Exit::No } else { Exit::Yes }))
    }

    fn inputs(&self) -> Result<Vec<String>, CliError> {
        if !self.inputs.is_empty() {
            return Ok(self.inputs.clone());
        }
        match Source::piped() {
            Some(_) => Ok(vec!["-".to_owned()]),
            None => Err(CliError::usage("there is nothing to validate")
                .hint("give files or addresses, or pipe them in")),
        }
    }

    fn look_at(
        &self,
        context: &mut Context,
        job: &Job,
        input: &str,
        tally: &mut Tally,
    ) -> Result<(), CliError> {
        if input.contains("://") {
            if self.write {
                return Err(CliError::usage(format!("--write cannot change what is at {input}")));
            }
            let document = fetched::fetch(context, input, &self.signer, &self.network)?;
            return self.one(context, job, document, tally, None);
        }
        let source = Source::parse(input);
        if self.write && source == Source::Stdin {
            return Err(
                CliError::usage("--write cannot change standard input").hint("--fix shows the difference")
            );
        }
        match intake::read(context, &source, self.ndjson, self.fix)? {
            Intake::Document(document) => self.one(context, job, document, tally, Some(&source)),
            Intake::Lines(lines) if !self.fix => job::lines(context, job, lines, &source.to_string(), tally),
            Intake::Lines(lines) => {
                let fixed = fixing::fix_lines(lines, &source)?;
                fixing::tell(context, &source.to_string(), &fixed, job.format == Format::Human)?;
                if self.write {
                    fixing::write(&source, &fixed)?;
                }
                job::lines(
                    context,
                    job,
                    Box::new(std::io::Cursor::new(fixed.after)),
                    &source.to_string(),
                    tally,
                )
            }
        }
    }

    fn one(
        &self,
        context: &mut Context,
        job: &Job,
        mut document: Document,
        tally: &mut Tally,
        source: Option<&Source>,
    ) -> Result<(), CliError> {
        if self.fix
            && let Some(fixed) = fixing::fix_document(&document.text, document.given.or(self.kind))
        {
            fixing::tell(context, &document.place, &fixed, job.format == Format::Human)?;
            if let Some(source) = source.filter(|_| self.write) {
                fixing::write(source, &fixed)?;
            }
            document.text = fixed.after;
        }
        let mut out = Vec::new();
        tally.add(job.judge(&document, &mut out, true));
        context.ui.write(&out)
    }
}
