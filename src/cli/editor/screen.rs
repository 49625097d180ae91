//! What is printed while a line is typed: writers put lines into a bounded ring, one thread takes them out of it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::mode;
use super::ring::Ring;
use crate::cli::ui::Painter;

/// How long a block stays the newest one: about 60 a second.
const PACE: Duration = Duration::from_millis(16);
/// How long the end of a line waits for a block that is being printed.
const LAST_BLOCK: Duration = Duration::from_millis(20);
/// How long the last lines may take to reach the terminal.
const FINISH: Duration = Duration::from_secs(2);

/// Prints above the line that is being typed.
pub type Above = Box<dyn FnMut(String) -> bool + Send>;

/// Who writes to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The editor is about to show a line, or to leave it: what is printed waits.
    Between,
    /// A line is being typed: blocks are printed above it.
    Typing,
    /// There is no editor any more: blocks are printed as they are.
    Free,
}

struct State {
    ring: Ring,
    turn: Turn,
    prompt: String,
    printing: bool,
    /// Whether nothing more is taken.
    finished: bool,
}

/// Where lines are printed, from any thread: above the line that is being typed, which stays whole.
///
/// Nobody who prints waits: lines go into a ring of 1,000 lines and 1 MiB, which is emptied about 60 times a second by a
/// screenful at most. What was left out is counted (`… 4,812 more`).
#[derive(Clone)]
pub struct Screen {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    paint: Painter,
}

impl Screen {
    pub(super) fn new(prompt: String, paint: Painter) -> Self {
        let state =
            State { ring: Ring::default(), turn: Turn::Between, prompt, printing: false, finished: false };
        Screen { inner: Arc::new(Inner { state: Mutex::new(state), changed: Condvar::new(), paint }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prints a line, or several with line breaks; already escaped and painted. It may be left out when too much comes.
    pub fn print(&self, line: String) {
        self.push(line, false);
    }

    /// Prints what must be seen: it is left out only when there are more than a thousand such lines.
    pub fn important(&self, line: String) {
        self.push(line, true);
    }

    fn push(&self, line: String, important: bool) {
        let mut state = self.state();
        if !state.finished {
            state.ring.push(line, important);
            drop(state);
            self.inner.changed.notify_all();
        }
    }

    /// Sets the prompt, from the next line on.
    pub fn set_prompt(&self, prompt: String) {
        self.state().prompt = prompt;
    }

    /// Takes nothing more, and waits until all that came is printed, for two seconds at most. For the end, when no more
    /// lines are typed.
    pub fn finish(&self) {
        let mut state = self.state();
        state.finished = true;
        let waits = |state: &mut State| !state.ring.is_empty() || state.printing;
        let _ = self.inner.changed.wait_timeout_while(state, FINISH, waits);
    }

    pub(super) fn prompt(&self) -> String {
        self.state().prompt.clone()
    }

    /// A line is shown: from now on, blocks are printed above it.
    pub(super) fn typing(&self) {
        self.set_turn(Turn::Typing);
    }

    /// A line is about to be left: nothing is printed until the next one is shown. A block that is on its way is waited
    /// for, a moment only: when the channel to the line is full, it is the line that has to go on.
    pub(super) fn between(&self) {
        let mut state = self.state();
        if state.turn != Turn::Typing {
            return;
        }
        state.turn = Turn::Between;
        let _ = self.inner.changed.wait_timeout_while(state, LAST_BLOCK, |state| state.printing);
    }

    /// There is no line any more.
    pub(super) fn free(&self) {
        self.set_turn(Turn::Free);
    }

    fn set_turn(&self, turn: Turn) {
        let mut state = self.state();
        if state.turn != turn {
            state.turn = turn;
            drop(state);
            self.inner.changed.notify_all();
        }
    }

    /// Empties the ring for as long as there is anybody who fills it.
    pub(super) fn pump(self, mut above: Above) {
        // Whoever prints holds a screen; the pump itself is one, the editor is another while it lives.
        while let Some((block, turn)) = self.next_block() {
            let started = Instant::now();
            if turn == Turn::Free || !above(block.clone()) {
                mode::write(&block);
            }
            self.state().printing = false;
            self.inner.changed.notify_all();
            std::thread::sleep(PACE.saturating_sub(started.elapsed()));
        }
    }

    /// The next block, once it may be printed; `None` when nobody is left to print.
    fn next_block(&self) -> Option<(String, Turn)> {
        let mut state = self.state();
        loop {
            if state.turn != Turn::Between && !state.ring.is_empty() {
                break;
            }
            if Arc::strong_count(&self.inner) == 1 {
                return None;
            }
            // The last one who prints leaves without a word: look again from time to time.
            let (next, _) = self
                .inner
                .changed
                .wait_timeout(state, Duration::from_secs(1))
                .unwrap_or_else(PoisonError::into_inner);
            state = next;
        }
        let (rows, columns) = mode::size();
        let paint = self.inner.paint;
        let note = |count| paint.dim(&format!("… {} more", grouped(count)));
        let block = state.ring.take(rows.saturating_sub(1).max(1), columns, note);
        state.printing = true;
        Some((block, state.turn))
    }
}

/// A number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn blocks_wait_until_a_line_is_shown_and_nobody_who_prints_waits() {
        let screen = Screen::new("> ".into(), Painter::new(false));
        let (sender, receiver) = mpsc::channel();
        let pump = screen.clone();
        let above = Box::new(move |block| sender.send(block).is_ok());
        let thread = std::thread::spawn(move || pump.pump(above));
        for number in 0..10_000 {
            screen.print(format!("{number}"));
        }
        screen.important("closed".into());
        assert!(receiver.try_recv().is_err());
        screen.typing();
        screen.finish();
        let all: String = receiver.try_iter().collect();
        assert!(all.starts_with("… 9,001 more\n9001\n") && all.ends_with("9999\nclosed\n"), "{all:.200}");
        drop(screen);
        thread.join().unwrap();
    }

    #[test]
    fn the_end_of_a_line_does_not_wait_for_a_block_that_cannot_be_printed() {
        let screen = Screen::new("> ".into(), Painter::new(false));
        let (release, stuck) = mpsc::channel::<()>();
        let pump = screen.clone();
        std::thread::spawn(move || pump.pump(Box::new(move |_| stuck.recv().is_ok())));
        screen.typing();
        screen.print("x".into());
        screen.between();
        drop(release);
    }
}
