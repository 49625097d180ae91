//! However a session ends, the terminal is as it was.

use std::sync::mpsc::channel;
use std::time::Duration;

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::pane::Pane;
use super::peer::{closes, listen, serve};
use super::{PROMPT, assert_screen, open, typed};
use crate::fixture::Sandbox;
use crate::serve::sandbox as sandbox_with_keys;
use crate::serving::Serving;

/// How long something takes to come to the other end.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn ctrl_c_clears_the_line_and_ctrl_d_leaves() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
    pane.key("C-c").wait_for_last(PROMPT.trim_end());
    pane.key("C-d").wait_for("exit code 0");
    assert_screen("ctrl-d", &pane.screen(), port);
    assert_eq!(pane.shell("stty -a"), before);
}

#[test]
fn ctrl_c_at_an_empty_line_ends_the_session() {
    let (port, codes) = closes();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.key("C-c").wait_for("exit code 130");
    assert_eq!(codes.recv_timeout(PATIENCE), Ok(1000));
    assert_eq!(pane.shell("stty -a"), before);
}

#[test]
fn ctrl_c_overtakes_the_lines_that_wait_and_drops_them() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.paste(&format!("/ping\n/wait 10m{}", "\n/status".repeat(25)));
    pane.wait("the paste", |screen| typed(screen).contains("27 lines"));
    pane.key("Enter").wait_for("← pong");
    pane.wait_for_last(PROMPT.trim_end());
    // What is typed ahead of the new line may go with the old one.
    let prompts = |screen: &str| screen.matches(PROMPT.trim_end()).count() == 3;
    pane.key("C-c").wait("the next line", prompts);
    pane.line("/help ping").wait_for("until its pong");
    pane.wait_for_last(PROMPT.trim_end());
    assert!(!pane.all().contains("signed by  "), "{}", pane.all());
    pane.key("C-d").wait_for("exit code 0");
}

#[test]
fn ctrl_d_leaves_when_what_was_typed_before_is_done_and_the_second_one_at_once() {
    let (port, codes) = closes();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    for (key, code) in [("C-c", 0), ("C-d", 130)] {
        open(&pane, port);
        pane.line("/wait 10m").wait_for_last(PROMPT.trim_end());
        pane.key("C-d").wait_for("leaving when what was typed before is done");
        pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
        pane.key("C-c").wait_for_last(PROMPT.trim_end());
        pane.key(key).wait_for(&format!("exit code {code}"));
        assert_eq!(codes.recv_timeout(PATIENCE), Ok(1000), "{key}");
        assert_eq!(pane.shell("stty -a"), before, "{key}");
    }
}

#[test]
fn ctrl_d_gives_up_a_session_that_does_not_open() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    pane.line(&format!("clear; versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"));
    pane.wait_for("opening ws://");
    pane.key("C-d").wait_for("exit code 130");
    assert_eq!(pane.shell("stty -a"), before);
    drop(listener);
}

#[test]
fn a_server_that_goes_away_leaves_the_line_whole() {
    let port = serve(|mut socket| {
        // Until something is said.
        let _ = socket.read();
    });
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.line("[\"bye\"]").wait_for("error: ");
    pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
    assert_screen("server-gone", &pane.screen(), port);
    pane.key("C-c").wait_for_last(PROMPT.trim_end());
    pane.key("C-d").wait_for("exit code 3");
    assert_eq!(pane.shell("stty -a"), before);
}

#[test]
fn a_close_code_that_must_not_be_sent_is_told_as_it_came() {
    let port = serve(|mut socket| {
        // Until something is said.
        let _ = socket.read();
        let frame = CloseFrame { code: CloseCode::from(1015), reason: "odd".into() };
        let _ = socket.send(Message::Close(Some(frame)));
        while socket.read().is_ok() {}
    });
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.line("[\"bye\"]").wait_for("closed the session with 1015 \"odd\"");
    pane.key("C-d").wait_for("exit code 3");
}

/// Sends signals, one after the other, to the session of this folder: the only process of its name that holds it.
fn signal(sandbox: &Sandbox, names: &[&str]) {
    let sends: Vec<_> = names.iter().map(|name| format!("kill -s {name} ${{p#/proc/}}")).collect();
    let each = format!(
        "[ \"$(readlink $p/cwd)\" = \"$PWD\" ] && grep -q versia-cli $p/comm && {{ {}; }}",
        sends.join("; ")
    );
    sandbox.sh(&format!("for p in /proc/[0-9]*; do {each}; done; true")).code(0);
}

#[test]
fn a_signal_to_end_sets_the_terminal_back() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    for name in ["TERM", "INT", "HUP", "QUIT"] {
        open(&pane, port);
        pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
        signal(&sandbox, &[name]);
        let screen = pane.wait_for("exit code 130");
        assert!(screen.contains("closed with 1000"), "{name}: {screen}");
        assert_eq!(pane.shell("stty -a"), before, "{name}");
    }
}

#[test]
fn a_signal_to_end_ends_a_session_in_order_whatever_it_waits_for() {
    let (port, codes) = closes();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    for (name, line) in [("TERM", "/wait 10m"), ("HUP", "/expect $.never within 10m"), ("QUIT", "/wait 10m")]
    {
        open(&pane, port);
        pane.line(&format!("/ping\n{line}")).wait_for("← pong");
        pane.line("/status").wait_for_last(PROMPT.trim_end());
        signal(&sandbox, &[name]);
        let screen = pane.wait_for("exit code 130");
        assert!(screen.contains("closed with 1000") && !screen.contains("signed by  "), "{name}: {screen}");
        assert_eq!(codes.recv_timeout(PATIENCE), Ok(1000), "{name}");
        assert_eq!(pane.shell("stty -a"), before, "{name}");
    }
}

#[test]
fn where_no_line_is_edited_ctrl_c_ends_what_is_waited_for_and_then_the_session() {
    let (begun, begins) = channel();
    let (go, gone) = channel();
    let (closed, codes) = channel();
    let port = serve(move |mut socket| {
        // The message is on its way, and is not taken.
        socket.get_ref().peek(&mut [0]).unwrap();
        begun.send(()).unwrap();
        gone.recv().unwrap_or_default();
        while let Ok(message) = socket.read() {
            if let Message::Close(Some(frame)) = message {
                let _ = closed.send(u16::from(frame.code));
            }
        }
    });
    let sandbox = Sandbox::new();
    sandbox.file("large", format!("\"{}\"", "x".repeat(12 << 20)));
    let pane = Pane::open(&sandbox);
    pane.line(&format!(
        "clear; versia-cli repl http://127.0.0.1:{port} --unsigned --json >out; echo exit code $?"
    ));
    // What is typed before the program runs is the shell's.
    sandbox.sh("until [ -s out ]; do sleep 0.02; done").code(0);
    pane.line("/send large");
    begins.recv_timeout(PATIENCE).unwrap();
    pane.key("C-c").line("/status");
    sandbox.sh("until grep -q '^{\"status\"' out; do sleep 0.02; done").code(0);
    pane.key("C-c");
    go.send(()).unwrap();
    let screen = pane.wait_for("exit code 130");
    let out = || std::fs::read_to_string(sandbox.path().join("out")).unwrap();
    assert_eq!(codes.recv_timeout(PATIENCE), Ok(1000), "{screen}\n{}", out());
}

#[test]
fn an_output_that_is_gone_ends_a_session_whatever_it_waits_for() {
    let (go, gone) = channel::<()>();
    let port = serve(move |mut socket| {
        gone.recv().unwrap_or_default();
        let _ = socket.send("{\"a\": 1}".into());
        while socket.read().is_ok() {}
    });
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    pane.line(&format!(
        "clear; versia-cli repl http://127.0.0.1:{port} --unsigned | head -1; echo exit code ${{PIPESTATUS[0]}}"
    ));
    pane.wait_for("open ws://");
    pane.line("/wait 10m").wait_for("/wait 10m");
    // The reader of the pipe has ended.
    sandbox.sh("for p in /proc/[0-9]*; do while [ \"$(readlink $p/cwd)\" = \"$PWD\" ] && grep -qx head $p/comm; do sleep 0.02; done; done 2>/dev/null; true").code(0);
    go.send(()).unwrap();
    pane.wait_for("exit code 141");
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_plain_lines() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    pane.line(&format!(
        "clear; TERM=dumb versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"
    ));
    pane.wait_for("open ws://");
    pane.line("[\"plain\"]");
    assert_eq!(texts.recv_timeout(PATIENCE).unwrap(), "[\"plain\"]");
    pane.wait_for("as it is, 9 bytes");
    pane.key("C-d");
    assert!(pane.wait_for("exit code 0").contains("closed with 1000"));
}

#[test]
fn a_second_signal_ends_a_session_that_does_not_close_with_the_terminal_set_back() {
    // A peer that answers nothing, the Close neither.
    let (forever, ended) = std::sync::mpsc::channel::<()>();
    let port = serve(move |_socket| ended.recv().unwrap_or_default());
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    for names in [["TERM", "INT"], ["INT", "TERM"]] {
        open(&pane, port);
        pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
        signal(&sandbox, &names);
        let screen = pane.wait_for("exit code 130");
        assert!(!screen.contains("closed") && !screen.contains("did not answer"), "{screen}");
        assert_eq!(pane.shell("stty -a"), before);
        forever.send(()).unwrap();
    }
}

#[test]
fn a_second_signal_sets_back_a_terminal_that_takes_nothing() {
    let port = serve(|mut socket| while socket.send("{\"a\": 1}".into()).is_ok() {});
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    let terminal = pane.terminal();
    pane.line(&format!("clear; versia-cli repl http://127.0.0.1:{port} --unsigned; echo exit code $?"));
    pane.wait_for(" more\n");
    let stop = "import sys, termios; termios.tcflow(open(sys.argv[1]), int(sys.argv[2]))";
    let flow = |action| sandbox.sh(&format!("python3 -c '{stop}' {terminal} {action}")).code(0).code;
    // TCOOFF and TCOON.
    flow(0);
    signal(&sandbox, &["TERM", "INT"]);
    let set_back = format!("while stty -a -F {terminal} | grep -q -- -isig; do sleep 0.02; done");
    sandbox.sh(&format!("timeout 30 bash -c '{set_back}'")).code(0);
    flow(1);
    pane.wait_for("exit code 130");
    assert_eq!(pane.shell("stty -a"), before);
}

#[test]
fn a_session_over_tls_is_typed_into_and_left() {
    let sandbox = sandbox_with_keys();
    let b = Serving::start(&sandbox, "--as bob --domain b.example --tls");
    let authority = b.listening["listening"]["authority"].as_str().unwrap();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    pane.line(&format!(
        "clear; versia-cli repl {} --key a.key --signed-by a.example --cacert {authority}; echo exit code $?",
        b.url.replacen("http", "ws", 1)
    ));
    pane.wait_for("open wss://");
    pane.wait_for_last(PROMPT.trim_end());
    pane.line("{\"type\": \"Note\"}").wait_for("receipt for 1: 202");
    pane.line("/status").wait_for("1.3");
    pane.key("C-d").wait_for("exit code 0");
    assert_eq!(pane.shell("stty -a"), before);
    assert_eq!(b.stop().code, 0);
}

#[test]
fn a_session_that_is_stopped_goes_on_where_it_was() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
    pane.key("C-z").wait("the shell's prompt", |screen| screen.trim_end().ends_with('$'));
    assert_eq!(pane.shell("stty -a"), before);
    pane.line("fg").wait_for_last(&format!("{PROMPT}[\"typed"));
    pane.line(" on\"]");
    assert_eq!(texts.recv_timeout(PATIENCE).unwrap(), "[\"typed on\"]");
    pane.wait_for_last(PROMPT.trim_end());
    // What the shell had in mind behind the session is forgotten when it stops.
    pane.key("C-d").wait("the shell's prompt", |screen| {
        screen.contains("closed with 1000") && screen.trim_end().lines().last() == Some("$")
    });
    assert_eq!(pane.shell("echo $?"), "0\n");
    assert_eq!(pane.shell("stty -a"), before);
}
