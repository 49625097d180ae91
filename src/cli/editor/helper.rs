//! What rustyline asks about the line: whether it is whole, how it continues, and its colours.

use std::borrow::Cow;
use std::sync::Arc;

use colored::Color;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::line_buffer::LineBuffer;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Changeset, Context, Helper};

use super::complete::{complete, that_fit};
use super::document::{Kind, pieces, split};
use super::layout::{Position, clip, end_of};
use super::mode;
use super::typing::{Search, Shared, Typing};
use crate::cli::ui::escape;

/// Answers what rustyline asks.
pub struct LineHelper(pub Arc<Shared>);

impl Helper for LineHelper {}

impl Validator for LineHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let whole = split(&self.0.typing().folds.unfold(context.input())).1;
        if !whole {
            return Ok(ValidationResult::Incomplete);
        }
        self.0.screen.between();
        Ok(ValidationResult::Valid(None))
    }
}

impl Completer for LineHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        if let Some(text) = self.0.typing().replacement.clone() {
            return Ok((0, vec![Pair { display: text.clone(), replacement: text }]));
        }
        let (start, pairs) = complete(&line[..pos], &line[pos..], &self.0.vocabulary);
        Ok((start, that_fit(pairs)))
    }

    fn update(&self, line: &mut LineBuffer, start: usize, elected: &str, changes: &mut Changeset) {
        let end = match self.0.typing().replacement.take() {
            Some(_) => line.len(),
            None => line.pos(),
        };
        line.replace(start..end, elected, changes);
    }
}

/// What is shown behind the line.
pub struct LineHint {
    shown: String,
    completion: Option<String>,
}

impl Hint for LineHint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.completion.as_deref()
    }
}

impl Hinter for LineHelper {
    type Hint = LineHint;

    /// rustyline asks for a hint just before it draws the line, and never between two lines.
    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<LineHint> {
        let columns = mode::size().1;
        let mut typing = self.0.typing();
        if typing.columns != columns {
            mode::write(&typing.drawn(line, pos).after_resize(typing.columns, columns));
            typing.columns = columns;
        }
        let hint = match &typing.search {
            Some(search) => Some(search_hint(search, &typing, columns)),
            // Without colour, a hint would look as if it was typed.
            None if self.0.paint.paints() && pos == line.len() => self.line_hint(line, &typing, columns),
            None => None,
        };
        typing.hint = hint.as_ref().map(|hint| hint.shown.clone()).unwrap_or_default();
        drop(typing);
        self.0.screen.typing();
        hint
    }
}

impl LineHelper {
    /// The arguments of a command, or how the line continued the last time.
    fn line_hint(&self, line: &str, typing: &Typing, columns: usize) -> Option<LineHint> {
        if line.is_empty() || line.contains('\n') {
            return None;
        }
        let name = line.trim_end();
        let argument = |(command, help): &(&str, &str)| {
            let space = if line.ends_with(' ') { "" } else { " " };
            (*command == name && !help.is_empty()).then(|| (format!("{space}{}", help.trim_start()), None))
        };
        let before = || {
            let entry = typing.history.entries().iter().rev().find(|entry| {
                entry.len() > line.len() && entry.starts_with(line) && escape(entry) == entry.as_str()
            })?;
            Some((entry[line.len()..].to_owned(), Some(entry[line.len()..].to_owned())))
        };
        let (shown, completion) =
            self.0.vocabulary.commands.list().iter().find_map(argument).or_else(before)?;
        let prompt = end_of(&typing.prompt, Position::default(), columns);
        let room = columns.saturating_sub(end_of(line, prompt, columns).column + 1);
        Some(LineHint { shown: clip(&shown, room).to_owned(), completion })
    }

    /// The line in the colours of what it is.
    fn colored(&self, line: &str, typing: &Typing) -> String {
        if line.starts_with('/') {
            return self.colored_command(line);
        }
        let (mut text, mut rest) = (String::with_capacity(line.len() * 2), line);
        loop {
            let (at, word) = typing.folds.find(rest).unwrap_or((rest.len(), ""));
            for (kind, piece) in pieces(&rest[..at]) {
                let color = match kind {
                    Kind::Key => Color::Cyan,
                    Kind::String => Color::Green,
                    Kind::Number => Color::Yellow,
                    Kind::Word => Color::Magenta,
                    Kind::Other => {
                        text.push_str(piece);
                        continue;
                    }
                };
                text.push_str(&self.0.paint.color(piece, color));
            }
            if word.is_empty() {
                return text;
            }
            text.push_str(&self.0.paint.bold(word));
            rest = &rest[at + word.len()..];
        }
    }

    fn colored_command(&self, line: &str) -> String {
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        let (name, arguments) = line.split_at(end);
        let commands = self.0.vocabulary.commands.list();
        let known = commands.iter().any(|(command, _)| *command == name);
        let begins = arguments.is_empty() && commands.iter().any(|(command, _)| command.starts_with(name));
        let color = match (known, begins) {
            (true, _) => Color::Green,
            (false, true) => Color::Cyan,
            (false, false) => Color::Red,
        };
        self.0.paint.color(name, color) + arguments
    }
}

/// What a search found, on a row of its own.
fn search_hint(search: &Search, typing: &Typing, columns: usize) -> LineHint {
    let found = search.found.and_then(|found| typing.history.entries().get(found));
    let state = if search.failed { "nothing more has" } else { "search" };
    let shown = format!("({state} `{}`) {}", search.text, found.map_or("", String::as_str));
    let shown = format!("\n{}", clip(&escape(&shown), columns.saturating_sub(1)));
    LineHint { shown, completion: None }
}

impl Highlighter for LineHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        Cow::Owned(self.colored(line, &self.0.typing()))
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(self.0.paint.bold(prompt))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.0.paint.dim(hint))
    }

    fn highlight_char(&self, _: &str, _: usize, kind: CmdKind) -> bool {
        kind == CmdKind::Other
    }
}
