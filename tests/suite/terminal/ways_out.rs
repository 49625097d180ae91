//! However a session ends, the terminal is as it was.

use super::pane::Pane;
use super::peer::{listen, serve};
use super::{PROMPT, assert_screen, open};
use crate::fixture::Sandbox;
use crate::serve::sandbox as sandbox_with_keys;
use crate::serving::Serving;

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
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.key("C-c").wait_for("exit code 130");
    assert_eq!(pane.shell("stty -a"), before);
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
    assert_eq!(texts.recv_timeout(std::time::Duration::from_secs(20)).unwrap(), "[\"typed on\"]");
    pane.wait_for_last(PROMPT.trim_end());
    pane.key("C-d").wait_for("$ ");
}
