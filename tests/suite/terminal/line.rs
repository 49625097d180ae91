//! The line: it stays whole, it is remembered, completed and searched for, and a document may be pasted into it.

use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::{Value, json};

use super::pane::Pane;
use super::peer::{listen, send_paced, serve};
use super::{PROMPT, assert_screen, open, typed, wrapped};
use crate::fixture::{SPEC_KEY, Sandbox};
use crate::serve::sandbox as sandbox_with_keys;
use crate::serving::Serving;

/// How long a text takes to come to the other end.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn fifty_messages_a_second_leave_the_typed_line_whole() {
    let (go, gone) = channel::<()>();
    let port = serve(move |socket| {
        gone.recv().unwrap();
        send_paced(socket, 150, 50);
    });
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    go.send(()).unwrap();
    let mut line = String::new();
    for number in 0..40 {
        let word = format!("\"word {number}\", ");
        let word = if number == 0 { format!("[{word}") } else { word };
        pane.text(&word);
        line.push_str(&word);
        // The line appears as it was typed, with messages above it and nothing of them in it.
        let whole = wrapped(line.trim_end());
        pane.wait("the whole line", |screen| screen.contains(PROMPT) && typed(screen) == whole);
    }
    pane.wait_for("\"number\": 150\n");
    assert_screen("fifty-a-second", &pane.screen(), port);
    // Nothing of what came is missing above it.
    let all = pane.all();
    for number in 1..=150 {
        assert!(all.contains(&format!("\"number\": {number}\n")), "{number} is missing:\n{all}");
    }
}

#[test]
fn what_comes_is_shown_while_the_history_is_searched() {
    let (go, gone) = channel::<()>();
    let port = serve(move |socket| {
        gone.recv().unwrap();
        send_paced(socket, 20, 50);
    });
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.line("/status").wait_for("/status");
    pane.key("C-r").text("stat").wait_for("(search `stat`) /status");
    go.send(()).unwrap();
    let screen = pane.wait_for("\"number\": 20\n");
    assert!(typed(&screen).ends_with("(search `stat`) /status"), "{screen}");
    pane.key("Enter").wait("what was found", |screen| typed(screen).starts_with("127.0.0.1> /status"));
    pane.key("C-c").wait_for_last(PROMPT.trim_end());
}

#[test]
fn lines_are_remembered_whole_and_without_secrets() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.line("{\"type\": \"Note\",").line(" \"content\": \"two lines\"}");
    assert_eq!(texts.recv_timeout(PATIENCE).unwrap(), "{\"type\": \"Note\",\n \"content\": \"two lines\"}");
    pane.line(&format!("[\"{SPEC_KEY}\"]"));
    texts.recv_timeout(PATIENCE).unwrap();
    for secret in ["Authorization: Bearer abc", "api_key: abcd", "wss://u:pw@host/"] {
        pane.line(&format!("[\"{secret}\"]"));
        texts.recv_timeout(PATIENCE).unwrap();
    }
    pane.wait_for_last(PROMPT.trim_end());
    pane.key("C-d").wait_for("exit code 0");
    let kept = pane.shell("cat config/repl-history; stat -c %a config/repl-history");
    assert_eq!(kept, "\"{\\\"type\\\": \\\"Note\\\",\\n \\\"content\\\": \\\"two lines\\\"}\"\n600\n");

    open(&pane, port);
    pane.key("Up").wait_for_last(" \"content\": \"two lines\"}");
    pane.key("C-c").wait_for_last(PROMPT.trim_end());
    pane.key("C-r").text("lines").wait_for("(search `lines`) {");
    assert_screen("search", &pane.screen(), port);
    pane.key("Enter").wait_for_last(" \"content\": \"two lines\"}");
    pane.key("Enter");
    assert!(texts.recv_timeout(PATIENCE).unwrap().contains("two lines"));
}

#[test]
fn lines_are_kept_where_it_is_said_or_not_at_all() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    for (flag, kept) in [("--no-history", "no\n"), ("--history my/lines", "\"/status\"\n")] {
        pane.line(&format!(
            "clear; versia-cli repl http://127.0.0.1:{port} --unsigned {flag}; echo exit code $?"
        ));
        pane.wait("the session's prompt", |screen| {
            let is_cleared = !screen.contains("exit code");
            is_cleared && screen.contains("open ws://") && screen.contains(PROMPT.trim_end())
        });
        pane.line("/status").wait_for("signed by");
        pane.key("C-d").wait_for("exit code 0");
        assert_eq!(pane.shell("cat my/lines 2>/dev/null || echo no; ls config 2>/dev/null"), kept);
    }
}

#[test]
fn commands_types_fields_and_files_are_completed() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    sandbox.file("my note.json", "{}");
    sandbox.file("my other note.json", "{}");
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.text("/s").key("Tab").wait_for("/status");
    assert_screen("completion", &pane.screen(), port);
    pane.text("en").key("Tab").wait("the command", |screen| typed(screen).starts_with("127.0.0.1> /send "));
    pane.text("my").key("Tab").wait_for("my other note.json");
    pane.text("n").key("Tab").wait_for_last(&format!("{PROMPT}/send my note.json"));
    pane.key("C-c").wait_for_last(PROMPT.trim_end());
    pane.text("{\"ty").key("Tab").wait_for_last(&format!("{PROMPT}{{\"type\""));
    pane.text(": \"No").key("Tab").wait_for_last(&format!("{PROMPT}{{\"type\": \"Note\""));
}

#[test]
fn pasted_lines_run_one_by_one_whatever_stands_before_them() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.paste("# greet\n/nonsense\n/ping\n[1,\n2]\ntrue story\n").wait_for_last("true story");
    pane.key("Enter");
    assert_eq!([(); 2].map(|()| texts.recv_timeout(PATIENCE).unwrap()), ["[1,\n2]", "true story"]);
    let screen = pane.wait_for("as it is, 10 bytes");
    assert!(screen.contains("there is no command /nonsense") && pane.all().contains("← pong"), "{screen}");
}

#[test]
fn what_stands_behind_a_document_is_an_error_and_nothing_is_sent() {
    let sandbox = sandbox_with_keys();
    let b = Serving::start(&sandbox, "--as bob --domain b.example");
    let pane = Pane::open(&sandbox);
    pane.line(&format!(
        "clear; versia-cli repl {} --key a.key --signed-by a.example; echo exit code $?",
        b.url
    ));
    pane.wait_for("open ws://");
    for line in ["{\"type\": \"Follow\"} trailing", "{\"type\": \"Note\"}}"] {
        pane.wait_for_last(PROMPT.trim_end());
        pane.line(line).wait_for("error: ");
        pane.line("/status").wait_for("0 messages");
        pane.key("C-l");
    }
    pane.wait_for_last(PROMPT.trim_end());
    pane.key("C-d").wait_for("exit code 0");
    assert_eq!(b.stop().code, 0);
}

#[test]
fn secret_headers_are_not_shown() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    sandbox.file("secrets", "X-Own: hush\n");
    let pane = Pane::open(&sandbox);
    pane.line(&format!(
        "clear; versia-cli repl http://127.0.0.1:{port} --unsigned -H @secrets -H 'X-Api-Key: hush' -H 'X-Seen: yes'"
    ));
    pane.wait_for("open ws://");
    pane.line("/headers").wait_for("101 Switching Protocols");
    let screen = pane.screen().to_lowercase();
    for header in ["x-own: (hidden)", "x-api-key: (hidden)", "x-seen: yes"] {
        assert!(screen.contains(header), "{header}: {screen}");
    }
}

/// An entity of about 20 KB over many lines, with tabs, and letters of two bytes.
fn large_entity() -> String {
    let items: Vec<Value> =
        (0..382).map(|number| json!({ "number": number, "text": "héllo wörld" })).collect();
    let text = serde_json::to_string_pretty(&json!({ "type": "Note", "items": items })).unwrap();
    let text = text.replace("  ", "\t");
    assert!((20_000..21_000).contains(&text.len()), "{}", text.len());
    text
}

#[test]
fn a_paste_of_twenty_kilobytes_is_one_document_at_once() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    let entity = large_entity();
    for pasted in [format!("{entity}\n"), entity.replace('\n', "\r\n")] {
        pane.paste(&pasted).wait("the paste", |screen| typed(screen).contains(" bytes]"));
        pane.key("Enter");
        assert_eq!(texts.recv_timeout(PATIENCE).unwrap(), entity);
        pane.wait_for_last(PROMPT.trim_end());
    }
    let screen = pane.wait("both", |screen| {
        screen.contains("→ 2") && screen.trim_end().lines().last() == Some(PROMPT.trim_end())
    });
    assert_screen("paste", &screen, port);
    // What is short is pasted as it is, and several commands are several.
    pane.paste("[1]\n[2]").wait_for_last("[2]");
    pane.key("Enter");
    assert_eq!([(); 2].map(|()| texts.recv_timeout(PATIENCE).unwrap()), ["[1]", "[2]"]);
}

#[test]
fn a_resize_wraps_the_line_anew() {
    let (port, _texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.text(&format!("[\"{}", "0123456789 ".repeat(15)));
    pane.wait("the line", |screen| typed(screen).lines().count() == 3);
    // What is typed after that shows that the line was drawn anew.
    for (columns, rows, key) in [(50, 4, "a"), (120, 2, "b"), (60, 4, "c"), (80, 3, "d")] {
        pane.resize(columns, 24)
            .text(key)
            .wait("the line", |screen| typed(screen).ends_with(key) && typed(screen).lines().count() == rows);
        assert_screen(&format!("columns-{columns}"), &pane.screen(), port);
    }
    assert_eq!(pane.screen().matches("127.0.0.1> [").count(), 1, "{}", pane.screen());
}

#[test]
fn many_lines_that_are_typed_are_folded() {
    let (port, texts) = listen();
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    for number in 0..20 {
        pane.line(&format!("[{number},"));
    }
    pane.wait("the fold", |screen| typed(screen).contains("[pasted 1: "));
    pane.line(&format!("1{}", "]".repeat(20)));
    let text = texts.recv_timeout(PATIENCE).unwrap();
    assert_eq!(text.lines().count(), 21, "{text}");
}

#[test]
fn the_prompt_names_the_session_in_use() {
    let ((port, _), (other, texts)) = (listen(), listen());
    let sandbox = Sandbox::new();
    let pane = Pane::open(&sandbox);
    open(&pane, port);
    pane.line(&format!("/open ws://127.0.0.1:{other} as other with raw")).wait_for("using other at");
    // The line that was begun before keeps its prompt.
    pane.key("Enter").wait_for_last("other>");
    pane.line("/use s1").wait_for("using s1 at");
    pane.key("Enter").wait_for_last("s1>");
    pane.line("/open ws://127.0.0.1:1 with wsify").wait_for("VN102");
    pane.line("/close").wait_for("[s1] closed with 1000");
    pane.line("/use other");
    pane.wait("it twice", |screen| screen.matches("using other at").count() == 2);
    pane.line("hello").wait_for("[other] → 1  hello");
    assert_eq!(texts.recv_timeout(PATIENCE).unwrap(), "hello");
}
