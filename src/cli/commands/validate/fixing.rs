//! `validate --fix`: what has one right form, as a diff, and written to the file.

use std::io::{Read, Write};

use colored::Color;
use similar::{ChangeTag, TextDiff};

use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::input::Source;
use crate::cli::ui::{Painter, escape};
use crate::entity::{EntityType, fix};

/// A text before and after.
pub(super) struct FixedText {
    before: Vec<u8>,
    pub(super) after: Vec<u8>,
    count: usize,
}

/// A document with what has one right form; `None` when there is nothing to do.
pub(super) fn fix_document(text: &[u8], given: Option<&'static EntityType>) -> Option<FixedText> {
    let fixed = fix(text, given)?;
    Some(FixedText { before: text.to_vec(), after: fixed.text, count: fixed.count })
}

/// The same for a document on each line. Their line endings become line feeds.
pub(super) fn fix_lines(mut lines: Box<dyn Read + Send>, source: &Source) -> Result<FixedText, CliError> {
    let mut before = Vec::new();
    lines
        .read_to_end(&mut before)
        .map_err(|error| CliError::io(format!("cannot read the entities from {source}"), &error))?;
    let (mut after, mut count) = (Vec::with_capacity(before.len()), 0);
    for line in before.split_inclusive(|byte| *byte == b'\n') {
        let ending = if line.ends_with(b"\n") { &b"\n"[..] } else { b"" };
        let line = line.strip_suffix(ending).unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let fixed = if line.trim_ascii().is_empty() { None } else { fix(line, None) };
        count += fixed.as_ref().map_or(0, |it| it.count);
        after.extend_from_slice(fixed.as_ref().map_or(line, |it| &it.text));
        after.extend_from_slice(ending);
    }
    Ok(FixedText { before, after, count })
}

/// Shows the difference: as a result, or beside results of another form.
pub(super) fn tell(
    context: &mut Context,
    name: &str,
    fixed: &FixedText,
    is_result: bool,
) -> Result<(), CliError> {
    if fixed.before == fixed.after {
        return Ok(());
    }
    let paint = if is_result { context.ui.paint } else { context.ui.paint_err };
    let lines = difference(name, fixed, paint);
    if is_result {
        context.ui.line(&lines.join("\n"))?;
    } else if !context.ui.quiet {
        context.ui.tell(&lines.join("\n"));
    }
    let count = if fixed.count == 1 { "1 thing".to_owned() } else { format!("{} things", fixed.count) };
    context.ui.note(&format!("{name}: {count} fixed"));
    Ok(())
}

/// A unified diff.
fn difference(name: &str, fixed: &FixedText, paint: Painter) -> Vec<String> {
    let (before, after) = (String::from_utf8_lossy(&fixed.before), String::from_utf8_lossy(&fixed.after));
    let diff = TextDiff::from_lines(before.as_ref(), after.as_ref());
    let mut lines = vec![format!("--- {}", escape(name)), format!("+++ {}", escape(name))];
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        lines.push(paint.color(hunk.header().to_string().trim_end(), Color::Cyan));
        for change in hunk.iter_changes() {
            let text = escape(change.value().trim_end_matches('\n')).into_owned();
            lines.push(match change.tag() {
                ChangeTag::Delete => paint.color(&format!("-{text}"), Color::Red),
                ChangeTag::Insert => paint.color(&format!("+{text}"), Color::Green),
                ChangeTag::Equal => format!(" {text}"),
            });
        }
    }
    lines
}

/// Writes the text in the place of the file, whole or not at all.
pub(super) fn write(source: &Source, fixed: &FixedText) -> Result<(), CliError> {
    let Source::File(path) = source else { return Ok(()) };
    if fixed.before == fixed.after {
        return Ok(());
    }
    let failed = |error: std::io::Error| CliError::write(path, &error);
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    new.write_all(&fixed.after).map_err(failed)?;
    let permissions = path.metadata().map_err(failed)?.permissions();
    new.as_file().set_permissions(permissions).map_err(failed)?;
    new.persist(path).map_err(|error| failed(error.error)).map(drop)
}
