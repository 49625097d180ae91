//! `repl` in a real terminal: the line that is typed, and everything that happens above it.
//!
//! `tests/terminal/*.screen` are screens as they have to be, `…` for what varies within a line. `SNAPSHOTS=overwrite`
//! writes what came.

mod flood;
mod line;
mod pane;
pub mod peer;
mod progress;
mod ways_out;

use snapbox::filter::NormalizeToExpected;
use snapbox::{Assert, Data, IntoData};

use crate::fixture::root;
use pane::Pane;

/// What stands before the line.
const PROMPT: &str = "127.0.0.1> ";

/// Opens a session with a server on this port, and waits for the line.
#[track_caller]
fn open<'p, 's>(pane: &'p Pane<'s>, port: u16) -> &'p Pane<'s> {
    pane.line(&format!("clear; versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"));
    pane.wait("the session's prompt", |screen| {
        // Nothing of a session before it is left.
        let is_cleared = !screen.contains("exit code");
        is_cleared && screen.contains("open ws://") && screen.contains("\n127.0.0.1>")
    });
    pane
}

/// The screen from the last line that starts with the prompt.
fn typed(screen: &str) -> &str {
    let at = screen.rfind(PROMPT.trim_end()).unwrap_or_else(|| panic!("no prompt:\n{screen}"));
    screen[at..].trim_end()
}

/// A line as it is shown on a screen of 80 columns.
fn wrapped(line: &str) -> String {
    let shown: Vec<char> = format!("{PROMPT}{line}").chars().collect();
    let rows: Vec<String> = shown.chunks(80).map(|row| row.iter().collect()).collect();
    rows.join("\n")
}

/// Compares a screen with the one that is expected.
#[track_caller]
fn assert_screen(name: &str, screen: &str, port: u16) {
    let path = root().join("tests/terminal").join(name).with_extension("screen");
    let rows: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
    let actual = format!("{}\n", rows.join("\n").replace(&format!(":{port}"), ":PORT"));
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    // The library's wildcard is `[..]`, which reads less well.
    let pattern = expected.replace('…', "[..]").into_data();
    let kept = NormalizeToExpected::new().redact().normalize(actual.into_data(), &pattern);
    let kept = kept.render().unwrap_or_default().replace("[..]", "…");
    Assert::new().action_env("SNAPSHOTS").eq(kept.raw(), Data::read_from(&path, None).raw());
}
