//! However a session ends, the terminal is as it was.

use super::pane::Pane;
use super::peer::{listen, serve};
use super::{PROMPT, assert_screen, open};
use crate::fixture::Sandbox;

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

#[test]
fn a_signal_to_end_sets_the_terminal_back() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    let before = pane.shell("stty -a");
    open(&pane, port);
    pane.text("[\"typed").wait_for_last(&format!("{PROMPT}[\"typed"));
    // The only process of this name that holds this folder.
    let kill = "for p in /proc/[0-9]*; do [ \"$(readlink $p/cwd)\" = \"$PWD\" ] && grep -q versia-cli $p/comm && kill ${p#/proc/}; done";
    sandbox.sh(&format!("{kill}; true")).code(0);
    pane.wait_for("exit code 130");
    assert_eq!(pane.shell("stty -a"), before);
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
