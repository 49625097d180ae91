//! `explain`: the page on a code, and the rule of a case.

use clap::Args;
use serde::Serialize;

use crate::check::{Case, all};
use crate::cli::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::render::check::JsonCase;
use crate::cli::ui::wrap;
use crate::finding::{Code, Level, codes, find};

/// How many cases are named in the place of one that is not there.
const NEAREST: usize = 3;

/// Explain a code: what it means, why it happens, how to fix it, and the rule in the public documents.
///
/// Of a code of `check` (VC), its cases are named as well; of a case, its rule is told.
#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
#[command(after_help = "Examples:
  versia-cli explain VS401
  versia-cli explain VC103
  versia-cli explain signatures/get/stale")]
pub struct ExplainArgs {
    /// The codes, such as VS401, or the ids of cases, such as signatures/get/stale
    #[arg(value_name = "CODE|CASE", required_unless_present = "list")]
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cases: Vec<&'static str>,
}

/// What is asked about.
enum Subject {
    Code(&'static Code),
    Case(&'static Case),
}

impl ExplainArgs {
    pub(super) fn run(&self, context: &mut Context) -> Result<Exit, CliError> {
        if self.list {
            for code in codes::ALL {
                list_line(context, code)?;
            }
            return Ok(Exit::Yes);
        }
        let subjects = self.codes.iter().map(|name| subject(name));
        for (index, subject) in subjects.collect::<Result<Vec<_>, _>>()?.into_iter().enumerate() {
            if index > 0 && !context.ui.json {
                context.ui.line("")?;
            }
            match subject {
                Subject::Code(code) => page(context, code)?,
                Subject::Case(case) => case_page(context, case)?,
            }
        }
        Ok(Exit::Yes)
    }
}

fn subject(name: &str) -> Result<Subject, CliError> {
    let name = name.trim();
    let case = || all().find(|case| case.id.eq_ignore_ascii_case(name.trim_end_matches('/')));
    find(name).map(Subject::Code).or_else(|| case().map(Subject::Case)).ok_or_else(|| unknown(name))
}

/// Says that there is no such code or case, and what is called nearly so.
fn unknown(name: &str) -> CliError {
    if !name.contains('/') {
        return CliError::usage(format!("there is no code {name:?}"))
            .hint("`versia-cli explain --list` lists them");
    }
    let mut near: Vec<_> = all()
        .map(|case| (strsim::damerau_levenshtein(case.id, &name.to_ascii_lowercase()), case.id))
        .collect();
    near.sort_unstable();
    let near: Vec<_> = near.iter().take(NEAREST).map(|(_, id)| *id).collect();
    CliError::usage(format!("there is no case {name:?}"))
        .hint(format!("the nearest are {}; `versia-cli check --list` names them all", near.join(", ")))
}

/// The ids of the cases with a code.
fn cases_of(code: &Code) -> Vec<&'static str> {
    all().filter(|case| case.code() == code).map(|case| case.id).collect()
}

fn case_page(context: &mut Context, case: &'static Case) -> Result<(), CliError> {
    if context.ui.json {
        return context.ui.json(&JsonCase::from(case));
    }
    let paint = context.ui.paint;
    let needs: Vec<_> = case.needs.iter().map(|need| need.as_str()).collect();
    let needs = if needs.is_empty() { "nothing".to_owned() } else { needs.join("; ") };
    let code = case.code();
    context.ui.line(&format!("{} ({})", paint.bold(case.id), case.level.as_str()))?;
    let rows = [
        ("rule", case.rule.to_owned()),
        ("page", case.page.url()),
        ("needs", needs),
        ("code", format!("{}: {} (versia-cli explain {})", code.id, code.title, code.id)),
        ("run", format!("versia-cli check DOMAIN --only {}", case.id)),
    ];
    for (label, text) in rows {
        for (at, line) in wrap(&text, 70).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            context.ui.line(&format!("  {} {line}", paint.dim(&format!("{label:<6}"))))?;
        }
    }
    Ok(())
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
        cases: cases_of(code),
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
    let cases = cases_of(code);
    if !cases.is_empty() {
        context.ui.line("")?;
        context.ui.line(&paint.bold("Its cases"))?;
        for case in cases {
            context.ui.line(&format!("  {case}"))?;
        }
    }
    context.ui.line("")?;
    context.ui.line(&format!("The rule: {}", code.url()))
}
