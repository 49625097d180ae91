//! `explain`: the page on a code.

use clap::Args;
use serde::Serialize;

use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::ui::wrap;
use crate::finding::{Code, Level, codes, find};

/// Explain a code: what it means, why it happens, how to fix it, and the rule in the public documents.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub struct ExplainArgs {
    /// The codes, such as VS401
    #[arg(value_name = "CODE", required_unless_present = "list")]
    codes: Vec<String>,
    /// List every code with its title
    #[arg(long, conflicts_with = "codes")]
    list: bool,
}

#[derive(Serialize)]
struct Page<'a> {
    code: &'a str,
    level: Level,
    title: &'a str,
    meaning: &'a str,
    why: &'a str,
    fix: &'a str,
    page: String,
}

impl ExplainArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if self.list {
            for code in codes::ALL {
                list_line(context, code)?;
            }
            return Ok(Exit::Yes);
        }
        let pages = self.codes.iter().map(|id| find(id).ok_or_else(|| unknown(id)));
        for (index, code) in pages.collect::<Result<Vec<_>, _>>()?.into_iter().enumerate() {
            if index > 0 && !context.ui.json {
                context.ui.line("")?;
            }
            page(context, code)?;
        }
        Ok(Exit::Yes)
    }
}

fn unknown(id: &str) -> CliError {
    CliError::usage(format!("there is no code {id:?}")).hint("`versia-cli explain --list` lists them")
}

fn as_page(code: &Code) -> Page<'_> {
    Page {
        code: code.id,
        level: code.level,
        title: code.title,
        meaning: code.meaning,
        why: code.why,
        fix: code.fix,
        page: code.url(),
    }
}

fn list_line(context: &mut Context, code: &Code) -> Result<(), CliError> {
    if context.ui.json {
        return context.ui.json(&as_page(code));
    }
    // Padded before it is painted: escape sequences have a length, but no width.
    let gap = " ".repeat(9 - code.level.as_str().len());
    let level = context.ui.paint.level(code.level);
    context.ui.line(&format!("{}  {level}{gap}{}", code.id, code.title))
}

fn page(context: &mut Context, code: &Code) -> Result<(), CliError> {
    if context.ui.json {
        return context.ui.json(&as_page(code));
    }
    let paint = context.ui.paint;
    context.ui.line(&format!("{}: {} ({})", paint.bold(code.id), code.title, paint.level(code.level)))?;
    for (heading, text) in
        [("What it means", code.meaning), ("Why it happens", code.why), ("How to fix it", code.fix)]
    {
        context.ui.line("")?;
        context.ui.line(&paint.bold(heading))?;
        for line in wrap(text, 76) {
            context.ui.line(&format!("  {line}"))?;
        }
    }
    context.ui.line("")?;
    context.ui.line(&format!("The rule: {}", code.url()))
}
