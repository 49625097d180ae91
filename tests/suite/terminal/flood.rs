//! A peer that sends far more than anybody can read, and what no terminal should be shown.

use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::{Error, Message};

use super::pane::Pane;
use super::peer::{Socket, serve};
use super::{PROMPT, typed};
use crate::fixture::Sandbox;

/// The most memory that the session may take, in KiB.
const MAX_MEMORY: u64 = 64 << 10;

/// Escape sequences that clear the screen, rename the window and hide the cursor; text that runs backwards.
const ODD: &str = "{\"x\": \"\u{1b}[2J\u{1b}]0;renamed\u{7}\u{1b}[?25l\u{202e}backwards\u{2066}\u{9b}31m\"}";

/// Sends so many messages a second, or as many as are taken, until the session is closed, which it answers.
fn flood(mut socket: Socket, a_second: u32, text: impl Fn(u64) -> String) {
    socket.get_ref().set_nonblocking(true).unwrap();
    let started = Instant::now();
    for number in 0_u64.. {
        let due = Duration::from_secs(number) / a_second;
        let ahead = due.saturating_sub(started.elapsed());
        if ahead > Duration::from_millis(1) {
            std::thread::sleep(ahead);
        }
        match socket.read() {
            Err(error) if would_block(&error) => {}
            Ok(message) if !message.is_close() => {}
            _ => break,
        }
        let mut sent = socket.send(Message::text(text(number)));
        while sent.as_ref().is_err_and(would_block) {
            std::thread::sleep(Duration::from_millis(1));
            sent = socket.flush();
        }
        if sent.is_err() {
            break;
        }
    }
    // The Close is answered while reading.
    socket.get_ref().set_nonblocking(false).unwrap();
    while socket.read().is_ok() {}
}

/// Whether nothing can be read or written at the moment.
fn would_block(error: &Error) -> bool {
    matches!(error, Error::Io(error) if error.kind() == std::io::ErrorKind::WouldBlock)
}

/// The memory of the session, in KiB.
fn memory(sandbox: &Sandbox) -> u64 {
    let find = "for p in /proc/[0-9]*; do [ \"$(readlink $p/cwd)\" = \"$PWD\" ] && grep -q versia-cli $p/comm && grep VmRSS $p/status; done; true";
    let found = sandbox.sh(find);
    found.out().split_whitespace().nth(1).and_then(|size| size.parse().ok()).expect("a session that runs")
}

#[test]
fn ten_thousand_messages_a_second_leave_the_screen_sane_and_the_prompt_at_hand() {
    let odd = |number| format!("{{\"number\": {number}, \"odd\": {ODD}}}");
    let port = serve(move |socket| flood(socket, 10_000, odd));
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    pane.line(&format!("clear; versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"));
    pane.wait(" more", |screen| screen.contains(" more\n"));
    let name = pane.title();
    for number in 0..20 {
        let word = format!("[\"word {number}\"]");
        pane.text(&word).wait("what is typed", |screen| {
            screen.contains(PROMPT) && typed(screen) == format!("{PROMPT}{word}")
        });
        let screen = pane.screen();
        assert!(!screen.contains('\u{202e}') && !screen.contains('\u{9b}'), "{screen}");
        pane.key("C-c")
            .wait("an empty line", |screen| screen.trim_end().lines().last() == Some(PROMPT.trim_end()));
        let memory = memory(&sandbox);
        assert!(memory < MAX_MEMORY, "{memory} KiB");
    }
    let screen = pane.wait("a message", |screen| screen.contains("renamed"));
    assert!(screen.contains("\\u{1b}[2J") && screen.contains("backwards\\u{2066}"), "{screen}");
    assert_eq!(pane.title(), name);
    assert!(pane.shows_cursor());
    // An answer stays to be read.
    pane.line("/status").wait_for("signed by   nobody");
    pane.wait_for(PROMPT.trim_end());
    let screen = pane.key("C-d").wait_for("exit code ");
    // A slow machine may have more to read than it can before the Close.
    assert!(screen.contains("closed with 1000") || screen.contains("(VN103)"), "{screen}");
    assert_eq!(pane.shell("stty -a"), before);
}

#[test]
fn leaving_a_flood_tells_how_the_session_ended() {
    let port = serve(|socket| flood(socket, 2_000, |number| format!("{{\"number\": {number}}}")));
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    pane.line(&format!("clear; versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"));
    pane.wait_for(" more\n");
    let screen = pane.key("C-d").wait_for("exit code 0");
    let told = screen.find("closed with 1000").unwrap_or_else(|| panic!("{screen}"));
    assert!(told < screen.find("exit code 0").unwrap(), "{screen}");
}
