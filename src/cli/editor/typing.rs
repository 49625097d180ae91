//! What the parts of the editor share: rustyline gives its keys, hints and colours no way to reach each other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Vocabulary;
use rustyline::Cmd;

use super::folds::Folds;
use super::history::History;
use super::layout::{Drawn, Position, end_of};
use super::mode;
use super::screen::Screen;
use crate::cli::ui::{Painter, escape};

/// What the parts of the editor share.
pub struct Shared {
    pub screen: Screen,
    pub vocabulary: Vocabulary,
    pub paint: Painter,
    typing: Mutex<Typing>,
}

/// The state of the line that is being typed.
pub struct Typing {
    pub history: History,
    pub folds: Folds,
    /// What came so far of a paste.
    pub paste: Option<String>,
    pub search: Option<Search>,
    /// What takes the place of the line.
    pub replacement: Option<String>,
    /// The prompt of the line.
    pub prompt: String,
    /// The hint that was shown last.
    pub hint: String,
    /// How wide the screen was when the line was drawn last.
    pub columns: usize,
}

/// A search in what was typed before.
#[derive(Default)]
pub struct Search {
    pub text: String,
    /// The entry that was found last.
    pub found: Option<usize>,
    /// Whether nothing more was found.
    pub failed: bool,
}

impl Shared {
    pub fn new(screen: Screen, vocabulary: Vocabulary, paint: Painter, history: History) -> Arc<Self> {
        let typing = Typing {
            history,
            folds: Folds::default(),
            paste: None,
            search: None,
            replacement: None,
            prompt: String::new(),
            hint: String::new(),
            columns: mode::size().1,
        };
        Arc::new(Shared { screen, vocabulary, paint, typing: Mutex::new(typing) })
    }

    pub fn typing(&self) -> MutexGuard<'_, Typing> {
        self.typing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Typing {
    /// A text as it can stand in the line: folded, when it is high or has what no terminal should be shown.
    pub fn presentable(&mut self, text: &str, line: &str) -> String {
        let (rows, columns) = mode::size();
        let odd = text.split('\n').any(|row| escape(row) != row);
        if odd || self.rows(&format!("{line}{text}"), columns) > (rows / 2).max(4) {
            self.folds.fold(text)
        } else {
            text.to_owned()
        }
    }

    /// Puts a text in the place of the line, with the cursor behind it. rustyline's own command for this leaves the cursor
    /// before it; the choice of a completion does not.
    pub fn replace(&mut self, text: String) -> Cmd {
        self.replacement = Some(text);
        Cmd::Complete
    }

    /// How many rows a line takes with its prompt.
    fn rows(&self, line: &str, columns: usize) -> usize {
        let prompt = end_of(&self.prompt, Position::default(), columns);
        end_of(line, prompt, columns).row + 1
    }

    /// Whether the line is so high that what comes in would leave little of the screen.
    pub fn is_high(&self, line: &str) -> bool {
        let (rows, columns) = mode::size();
        self.rows(line, columns) > (rows / 2).max(4)
    }

    /// The line as it was drawn last.
    pub fn drawn<'t>(&'t self, line: &'t str, cursor: usize) -> Drawn<'t> {
        Drawn { prompt: &self.prompt, line, cursor, hint: &self.hint }
    }
}
