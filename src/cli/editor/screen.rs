//! What is printed while a line is typed: writers put lines into a bounded ring, one thread takes them out of it.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::mode;
use super::ring::Ring;
use crate::cli::ui::Painter;

/// How long a block stays the newest one: about 60 a second.
const PACE: Duration = Duration::from_millis(16);
/// The same while more comes than can be shown: somebody may want to read it.
const PACE_OF_FLOOD: Duration = Duration::from_millis(300);
/// The same for a block with important lines, unless more of them come.
const PACE_OF_IMPORTANT: Duration = Duration::from_secs(1);
/// How long the end of a line waits for a block that is being printed.
const LAST_BLOCK: Duration = Duration::from_millis(20);
/// How long a line that is ended from outside is waited for.
const LAST_BLOCKS: Duration = Duration::from_secs(1);
/// How long the last lines may take to reach the terminal.
const FINISH: Duration = Duration::from_secs(5);
/// Nothing to be seen: a row up and down again. The channel to the line holds one block, so that one behind it is taken
/// only when the line has taken what was before it.
const NOTHING: &str = "\x1b[A\n";

/// Prints above the line that is being typed.
pub type Above = Box<dyn FnMut(String) -> bool + Send>;

/// Who writes to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// The editor is about to show a line, or to leave it: what is printed waits.
    Between,
    /// A line is being typed: blocks are printed above it.
    Typing,
    /// The line is being ended: it takes what was handed to it, and no more is.
    Ending,
    /// There is no editor any more: blocks are printed as they are.
    Free,
}

/// What is printed at once.
struct Block {
    text: String,
    turn: Turn,
    /// How long it stays the newest one.
    pace: Duration,
}

struct State {
    ring: Ring,
    turn: Turn,
    prompt: String,
    printing: bool,
    /// Whether a line that is being ended has taken everything.
    is_line_empty: bool,
    /// Whether the newest block is being left for its time: only what must be seen is of interest then.
    pausing: bool,
    /// Whether nothing more is taken.
    finished: bool,
}

/// Where lines are printed, from any thread: above the line that is being typed, which stays whole.
///
/// Nobody who prints waits: lines go into a ring of 1,000 lines and 1 MiB, which is emptied about 60 times a second by a
/// screenful at most. When it overflows, the newest screenful is shown a few times a second instead, with the important
/// lines at its end. What was left out is counted (`… 4,812 more`).
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
        let state = State {
            ring: Ring::default(),
            turn: Turn::Between,
            prompt,
            printing: false,
            is_line_empty: false,
            pausing: false,
            finished: false,
        };
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
            let is_awaited = important || !state.pausing;
            drop(state);
            if is_awaited {
                self.inner.changed.notify_all();
            }
        }
    }

    /// Sets the prompt, from the next line on.
    pub fn set_prompt(&self, prompt: String) {
        self.state().prompt = prompt;
    }

    /// Takes nothing more, and waits until what came is printed, for five seconds at most: all of it, or of a flood the
    /// newest and everything important. For the end, when no more lines are typed.
    pub fn finish(&self) {
        let mut state = self.state();
        state.finished = true;
        self.inner.changed.notify_all();
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

    /// The line is about to be ended from outside: what was handed to it is waited for, since it looks at its end first. A
    /// line that takes nothing, as when the terminal takes nothing, is waited for a moment only.
    pub(super) fn ending(&self) {
        let mut state = self.state();
        if state.turn != Turn::Typing {
            // Nothing was handed to a line that is not there.
            return;
        }
        state.turn = Turn::Ending;
        self.inner.changed.notify_all();
        let _ = self.inner.changed.wait_timeout_while(state, LAST_BLOCKS, |state| !state.is_line_empty);
    }

    /// There is no line any more.
    pub(super) fn free(&self) {
        self.set_turn(Turn::Free);
    }

    fn set_turn(&self, turn: Turn) {
        let mut state = self.state();
        // A line that is being ended is not one to print above again.
        let is_over = state.turn == Turn::Ending && turn != Turn::Free;
        if state.turn != turn && !is_over {
            state.turn = turn;
            drop(state);
            self.inner.changed.notify_all();
        }
    }

    /// Empties the ring for as long as there is anybody who fills it.
    pub(super) fn pump(self, mut above: Above) {
        // Whoever prints holds a screen; the pump itself is one, the editor is another while it lives.
        while let Some(Block { text, turn, pace }) = self.next_block() {
            let started = Instant::now();
            if turn == Turn::Free || !above(text.clone()) && turn != Turn::Ending {
                mode::write(&text);
            }
            let mut state = self.state();
            state.printing = false;
            state.is_line_empty = turn == Turn::Ending;
            drop(state);
            self.inner.changed.notify_all();
            self.pause(started, pace);
        }
    }

    /// Leaves a block the newest one for its time. What must be seen waits for no more than others do, and the end for
    /// nothing.
    fn pause(&self, started: Instant, pace: Duration) {
        let mut state = self.state();
        loop {
            let pace = if state.ring.has_important() { pace.min(PACE_OF_FLOOD) } else { pace };
            let left = pace.saturating_sub(started.elapsed());
            state.pausing = !left.is_zero() && !state.finished;
            if !state.pausing {
                return;
            }
            state = self.inner.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The next block, once it may be printed; `None` when nobody is left to print.
    fn next_block(&self) -> Option<Block> {
        let mut state = self.state();
        loop {
            match state.turn {
                Turn::Typing | Turn::Free if !state.ring.is_empty() => break,
                Turn::Ending if !state.is_line_empty => {
                    state.printing = true;
                    return Some(Block {
                        text: NOTHING.to_owned(),
                        turn: Turn::Ending,
                        pace: Duration::ZERO,
                    });
                }
                Turn::Typing | Turn::Free | Turn::Between | Turn::Ending => {}
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
        let rows = rows.saturating_sub(1).max(1);
        let (finished, has_important) = (state.finished, state.ring.has_important());
        let flooded = state.ring.is_flooded(rows, columns);
        let text = match (flooded, finished) {
            (true, _) => {
                state.ring.take_newest(rows, if finished { usize::MAX } else { rows }, columns, note)
            }
            (false, true) => state.ring.take(usize::MAX, columns, note),
            (false, false) => state.ring.take(rows, columns, note),
        };
        let pace = match (flooded, has_important) {
            (false, _) => PACE,
            (true, false) => PACE_OF_FLOOD,
            (true, true) => PACE_OF_IMPORTANT,
        };
        state.printing = true;
        Some(Block { text, turn: state.turn, pace })
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
        assert!(all.starts_with("… 9,979 more\n9979\n") && all.ends_with("9999\nclosed\n"), "{all}");
        drop(screen);
        thread.join().unwrap();
    }

    #[test]
    fn in_a_flood_an_answer_stays_to_be_read_and_the_end_waits_for_nothing() {
        let screen = Screen::new("> ".into(), Painter::new(false));
        let (sender, receiver) = mpsc::channel();
        let pump = screen.clone();
        std::thread::spawn(move || {
            pump.pump(Box::new(move |block| sender.send((Instant::now(), block)).is_ok()));
        });
        for number in 0..2_000 {
            screen.print(format!("{number}"));
        }
        screen.important("answer".into());
        screen.typing();
        let (shown, block) = receiver.recv().unwrap();
        assert!(block.ends_with("1999\nanswer\n"), "{block}");
        for number in 0..2_000 {
            screen.print(format!("{number}"));
        }
        let (next, block) = receiver.recv().unwrap();
        // The time runs from a little before it is shown.
        assert!(next - shown > 2 * PACE_OF_FLOOD, "{:?}", next - shown);
        assert!(!block.contains("answer"));
        for number in 0..2_000 {
            screen.print(format!("{number}"));
        }
        (0..200).for_each(|number| screen.important(format!("important {number}")));
        screen.finish();
        let all: String = receiver.try_iter().map(|(_, block)| block).collect();
        let last = all.lines().filter(|line| line.starts_with("important ")).count();
        assert_eq!(last, 200, "{all}");
    }

    #[test]
    fn a_line_that_is_ended_from_outside_takes_what_was_handed_to_it_first() {
        let screen = Screen::new("> ".into(), Painter::new(false));
        // As the line has it: a channel for one block.
        let (sender, receiver) = mpsc::sync_channel(1);
        let pump = screen.clone();
        std::thread::spawn(move || pump.pump(Box::new(move |block| sender.send(block).is_ok())));
        screen.typing();
        screen.print("closed".into());
        while !screen.state().ring.is_empty() || screen.state().printing {
            std::thread::yield_now();
        }
        let (ended, has_ended) = mpsc::channel();
        let ending = screen.clone();
        std::thread::spawn(move || {
            ending.ending();
            let _ = ended.send(());
        });
        while screen.state().turn != Turn::Ending {
            std::thread::yield_now();
        }
        screen.print("behind it".into());
        assert!(has_ended.try_recv().is_err());
        assert_eq!(receiver.recv().unwrap(), "closed\n");
        has_ended.recv().unwrap();
        assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [NOTHING]);
    }

    #[test]
    fn a_line_that_is_not_there_any_more_is_not_ended() {
        let screen = Screen::new("> ".into(), Painter::new(false));
        screen.free();
        screen.ending();
        assert_eq!(screen.state().turn, Turn::Free);
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
