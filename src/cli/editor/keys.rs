//! What keys do, where it is not what rustyline does with them.
//!
//! rustyline prints nothing while it searches its history, waits for the second key of a pair, or takes a paste. So
//! searching is done here, pastes are collected here, and pairs of keys are left out.

use std::sync::Arc;

use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};

use super::document::split;
use super::mode;
use super::typing::{Search, Shared, Typing};

/// The handler of every key.
pub struct Keys(pub Arc<Shared>);

const ENTER: Cmd = Cmd::AcceptOrInsertLine { accept_in_the_middle: true };

impl ConditionalEventHandler for Keys {
    fn handle(&self, event: &Event, _: RepeatCount, _: bool, context: &EventContext<'_>) -> Option<Cmd> {
        let KeyEvent(code, modifiers) = *event.get(0)?;
        let mut typing = self.0.typing();
        if typing.paste.is_some() {
            return Some(paste(&mut typing, code, modifiers, context.line()));
        }
        if code == KeyCode::BracketedPasteStart {
            typing.search = None;
            typing.paste = Some(String::new());
            return Some(Cmd::Noop);
        }
        if typing.search.is_some() {
            return Some(search(&mut typing, code, modifiers));
        }
        match (code, modifiers) {
            (KeyCode::Char(c), Modifiers::CTRL) => self.control(&mut typing, c, context),
            (KeyCode::Enter, Modifiers::NONE) => Some(enter(&mut typing, context.line())),
            (KeyCode::Enter, Modifiers::ALT) => Some(Cmd::Newline),
            (KeyCode::Backspace, Modifiers::NONE) => {
                let word = typing.folds.word_before(&context.line()[..context.pos()])?;
                let length = RepeatCount::try_from(word.chars().count()).ok()?;
                Some(Cmd::Kill(Movement::BackwardChar(length)))
            }
            // The beginning of a count, after which rustyline waits for a key and prints nothing.
            (KeyCode::Char('0'..='9' | '-'), Modifiers::ALT) => Some(Cmd::Noop),
            _ => None,
        }
    }
}

impl Keys {
    fn control(&self, typing: &mut Typing, c: char, context: &EventContext<'_>) -> Option<Cmd> {
        match c {
            'C' | '\\' if context.line().is_empty() => {
                self.0.screen.between();
                Some(Cmd::Interrupt)
            }
            'C' | '\\' => Some(Cmd::Kill(Movement::WholeBuffer)),
            'D' if context.line().is_empty() => {
                self.0.screen.between();
                Some(Cmd::EndOfFile)
            }
            'J' | 'M' => Some(enter(typing, context.line())),
            'R' | 'S' => {
                typing.search = Some(Search::default());
                Some(Cmd::Repaint)
            }
            'Z' => {
                let (line, cursor, columns) = (context.line(), context.pos(), typing.columns);
                let drawn = typing.drawn(line, cursor);
                let below = drawn.last_row(columns) - drawn.cursor_row(columns);
                mode::write(&"\n".repeat(below + 1));
                mode::suspend();
                mode::write(&drawn.room(columns));
                Some(Cmd::Repaint)
            }
            // The first of two keys.
            'V' | 'Q' | 'X' => Some(Cmd::Noop),
            _ => None,
        }
    }
}

/// Ends the line, or breaks it; what is high is folded, since it is drawn again for everything that comes in.
fn enter(typing: &mut Typing, line: &str) -> Cmd {
    if typing.is_high(line) && !split(&typing.folds.unfold(line)).1 {
        let word = typing.folds.fold(&typing.folds.unfold(line));
        return typing.replace(word + "\n");
    }
    ENTER
}

/// Takes a key of a paste.
fn paste(typing: &mut Typing, code: KeyCode, modifiers: Modifiers, line: &str) -> Cmd {
    let Some(text) = &mut typing.paste else { return Cmd::Noop };
    match (code, modifiers) {
        (KeyCode::BracketedPasteEnd, _) => {
            let text = typing.paste.take().unwrap_or_default().replace("\r\n", "\n").replace('\r', "\n");
            let text = text.trim_end_matches('\n');
            return if text.is_empty() { Cmd::Noop } else { Cmd::Insert(1, typing.presentable(text, line)) };
        }
        (KeyCode::Char(c), Modifiers::NONE) => text.push(c),
        (KeyCode::Enter, _) => text.push('\r'),
        (KeyCode::Char('J'), Modifiers::CTRL) => text.push('\n'),
        (KeyCode::Tab, _) => text.push('\t'),
        _ => {}
    }
    Cmd::Noop
}

/// Takes a key of a search.
fn search(typing: &mut Typing, code: KeyCode, modifiers: Modifiers) -> Cmd {
    let Some(search) = &mut typing.search else { return Cmd::Noop };
    let newest = typing.history.entries().len().saturating_sub(1);
    match (code, modifiers) {
        (KeyCode::Char(c), Modifiers::NONE) => {
            search.text.push(c);
            let from = search.found.unwrap_or(newest);
            settle(search, typing.history.find_before(&search.text, from));
        }
        (KeyCode::Backspace, _) => {
            search.text.pop();
            search.found = None;
            let found = typing.history.find_before(&search.text, newest);
            settle(search, found.filter(|_| !search.text.is_empty()));
        }
        (KeyCode::Char('R'), Modifiers::CTRL) | (KeyCode::Up, _) => {
            let from = search.found.map_or(Some(newest), |found| found.checked_sub(1));
            settle(search, from.and_then(|from| typing.history.find_before(&search.text, from)));
        }
        (KeyCode::Char('S'), Modifiers::CTRL) | (KeyCode::Down, _) => {
            let from = search.found.map_or(newest, |found| found + 1);
            settle(search, typing.history.find_behind(&search.text, from));
        }
        (KeyCode::Esc, _) | (KeyCode::Char('C' | 'G'), Modifiers::CTRL) => typing.search = None,
        _ => {
            let found = search.found.and_then(|found| typing.history.entries().get(found)).cloned();
            typing.search = None;
            if let Some(entry) = found {
                let shown = typing.presentable(&entry, "");
                return typing.replace(shown);
            }
        }
    }
    Cmd::Repaint
}

/// Notes what was found; what was found before stays, when nothing more is.
fn settle(search: &mut Search, found: Option<usize>) {
    search.failed = found.is_none() && !search.text.is_empty();
    search.found = found.or(search.found);
}
