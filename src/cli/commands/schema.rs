//! `schema`: the rules of a type as JSON Schema.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::entity::EntityType;

/// Print the rules of a type as JSON Schema (2020-12), complete in itself.
///
/// Each rule has its code (x-code) and its page of the documents (x-page); x-should has rules that give warnings. What a
/// schema cannot say is named in x-check. Other validators pass over these words.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "Examples:
  versia-cli schema Note > note.json
  versia-cli schema --all schemas
  versia-cli schema --list")]
pub struct SchemaArgs {
    /// The type, such as Note or pub.versia:likes/Like
    #[arg(value_name = "TYPE", required_unless_present_any = ["all", "list"])]
    kind: Option<String>,
    /// Write the schemas of all types to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "kind")]
    all: Option<PathBuf>,
    /// List the types
    #[arg(long, conflicts_with_all = ["kind", "all"])]
    list: bool,
}

impl SchemaArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if let Some(folder) = &self.all {
            return write_all(folder).map(|()| Exit::Yes);
        }
        let Some(name) = &self.kind else {
            for kind in EntityType::all() {
                context.ui.line(kind.name)?;
            }
            return Ok(Exit::Yes);
        };
        let kind = EntityType::meant(name).ok_or_else(|| {
            CliError::usage(format!("there is no type {name:?}"))
                .hint("`versia-cli schema --list` lists them")
        })?;
        if context.ui.json {
            context.ui.json(&kind.complete_schema())?;
        } else {
            context.ui.write(kind.schema_text().as_bytes())?;
        }
        Ok(Exit::Yes)
    }
}

fn write_all(folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| CliError::write(folder, &error))?;
    for kind in EntityType::all() {
        let path = folder.join(format!("{}.json", kind.file));
        std::fs::write(&path, kind.schema_text()).map_err(|error| CliError::write(&path, &error))?;
    }
    Ok(())
}
