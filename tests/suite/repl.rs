//! `repl` as a script: what it sends, what it expects, how it ends; against `serve`, Node's `ws` and Python's `websockets`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout};
use std::thread;

use serde_json::{Value, json};
use versia_cli::protocol::versia::Message;

use crate::fixture::{Ended, Sandbox};
use crate::interop::runners;
use crate::serve::{INBOX, NOTE, instance_of_a, now, sandbox, serve_b, signer};
use crate::terminal::peer::serve;

/// A folder with the key of `a.example`, and a note.
pub fn folder() -> Sandbox {
    let sandbox = sandbox();
    sandbox.file("note.json", NOTE);
    sandbox
}

/// The flags with which `a.example` signs, and verifies what it signed itself.
pub const AS_A: &str = "--key a.key --signed-by a.example";

pub fn repl(sandbox: &Sandbox, flags: &str, script: &str) -> Ended {
    sandbox.sh_with(&format!("versia-cli repl {flags}"), script.as_bytes())
}

pub fn records(ended: &Ended) -> Vec<Value> {
    ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A message of `a.example` that carries an entity.
pub fn message(entity: &str) -> String {
    let signed = signer("a.example").sign("POST", INBOX, now(), entity.as_bytes());
    serde_json::to_string(&Message::new(signed, entity.to_owned())).unwrap()
}

/// A server of another implementation that does what a scenario says.
struct Peer {
    child: Child,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Peer {
    fn start(sandbox: &Sandbox, runner: &str, scenario: &Value) -> Self {
        let scenario = sandbox.file("scenario.json", scenario.to_string());
        let mut child = sandbox.start(&format!("{runner} '{}'", scenario.display()));
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        output.read_line(&mut port).unwrap();
        assert!(!port.is_empty(), "{runner} did not start");
        Peer { child, output, url: format!("ws://127.0.0.1:{}", port.trim()) }
    }

    /// Everything that it printed, at its end.
    fn printed(mut self) -> String {
        let mut text = String::new();
        self.output.read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a script against both implementations with the same scenario, and gives what each printed.
pub fn with_peers(scenario: &Value, flags: &str, script: &str, check: impl Fn(&Ended, &str)) {
    let sandbox = folder();
    for runner in runners("repl_server") {
        let peer = Peer::start(&sandbox, &runner, scenario);
        let public = signer("a.example").key().public().to_spki_base64();
        let ended = repl(&sandbox, &format!("{} {AS_A} --public-key {public} {flags}", peer.url), script);
        check(&ended, &peer.printed());
    }
}

#[test]
fn a_script_sends_expects_and_closes_in_order() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let script = "# greet\n/send note.json\n/expect '$.status == 202' within 10s\n{\"type\":\"Follow\",\n\"n\":1}\n/ping\n/expect $.receipt\n/quit\n/nonsense\n";
    let ended = repl(&sandbox, &format!("{} {AS_A}", b.url), script);
    let out = ended.code(0).out();
    for said in [
        "→ 1  Note",
        "receipt for 1: 202",
        "met by ← 1",
        "→ 2  Follow",
        "← pong after",
        "closed with 1000 (normal closure)",
    ] {
        assert!(out.contains(said), "{said:?} is not in\n{out}");
    }
    assert_eq!(ended.stderr, "");
    let entities: Vec<_> = (0..3).map(|_| b.next()).filter(|record| !record["frame"].is_null()).collect();
    assert_eq!(entities[0]["frame"]["verdict"]["signature"], "valid");
    assert!(
        entities[1]["frame"]["data"]
            .as_str()
            .unwrap()
            .contains("{\\\"type\\\":\\\"Follow\\\",\\n\\\"n\\\":1}")
    );
    assert_eq!(b.next()["frame"]["close"]["code"], 1000);
}

#[test]
fn an_expectation_decides_the_exit_code() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    for (script, code, says) in [
        ("/send note.json\n/expect $.status == 401 within 50ms\n", 1, "unmet after"),
        ("/send note.json\n/expect $.status != 401\n", 0, "met by ← 1"),
        // Each message meets one expectation.
        ("/send note.json\n/expect $.receipt\n/expect $.receipt within 50ms\n", 1, "unmet after"),
        (
            "/send note.json\n/send note.json\n/expect $.receipt == 2\n/expect $.receipt == 1\n",
            0,
            "met by ← 1",
        ),
        ("/expect $.anything within 10ms\n", 1, "0 messages looked at"),
    ] {
        let ended = repl(&sandbox, &format!("{} {AS_A}", b.url), script);
        assert!(ended.code(code).out().contains(says), "{script}\n{}", ended.out());
    }
}

#[test]
fn a_refusal_is_a_no_unless_it_was_expected() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let flags = format!("{} {AS_A} --as-is", b.url);
    let ended = repl(&sandbox, &flags, "hello\n");
    assert!(ended.code(1).out().contains("receipt for 1: 422"), "{}", ended.out());
    repl(&sandbox, &flags, "hello\n/expect $.status == 422\n").code(0);
    repl(&sandbox, &flags, "hello\nhello\n/expect $.status == 422\n").code(1);
    // Without receipts, the server closes the session.
    let ended = repl(&sandbox, &format!("{flags} --no-receipts"), "hello\n/expect $.never\n");
    ended.code(3);
    assert!(ended.stderr.contains("1008") && ended.stderr.contains("policy violation"), "{}", ended.stderr);
}

#[test]
fn a_wrong_receipt_is_a_no_though_it_was_expected() {
    let receipt = json!({"send": "{\"receipt\":1,\"status\":202}", "times": 2});
    let script = "/send note.json\n/expect $.receipt within 20s\n/expect $.receipt within 20s\n";
    with_peers(&json!([{"receipts": true}, {"receive": 1}, receipt]), "", script, |ended, _| {
        assert!(ended.code(1).out().contains("two receipts for message 1"), "{}", ended.out());
    });
}

#[test]
fn a_message_that_never_gets_its_receipt_is_a_no_however_the_session_is_closed() {
    let steps = json!([{"receipts": true}, {"receive": 1}]);
    for end in ["", "/close\n", "/quit\n"] {
        with_peers(&steps, "--timeout 0.5", &format!("/send note.json\n{end}"), |ended, _| {
            ended.code(1);
            assert!(ended.stderr.contains("1 message got no receipt"), "{end}: {}", ended.stderr);
        });
    }
}

/// Runs a session whose input never ends.
fn with_open_input(steps: &Value, flags: &str, script: &str) -> (i32, String) {
    let sandbox = folder();
    let peer = Peer::start(&sandbox, &runners("repl_server")[0], steps);
    let mut child = sandbox.start(&format!("versia-cli repl {} --unsigned {flags}", peer.url));
    let mut input = child.stdin.take().unwrap();
    input.write_all(script.as_bytes()).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    (child.wait().unwrap().code().unwrap(), said)
}

#[test]
fn the_count_ends_a_session_whose_input_does_not() {
    let steps = json!([{"send": "{}", "times": 2}]);
    assert_eq!(with_open_input(&steps, "--count 2", ""), (0, String::new()));
    let (code, said) = with_open_input(&steps, "--count 2", "/expect $.never within 0.1s\n");
    assert_eq!(code, 1, "{said}");
}

#[test]
fn what_comes_of_the_input_after_the_time_is_up_is_not_taken_for_done() {
    let (code, said) = with_open_input(&json!([]), "--for 0.3", "");
    assert_eq!(code, 1);
    assert!(said.contains("the time was up before all lines were run"), "{said}");
    let (code, _) = with_open_input(&json!([]), "--for 600", "/quit\n");
    assert_eq!(code, 0);
    let (code, _) = with_open_input(&json!([]), "--for 600", "/nonsense\n");
    assert_eq!(code, 2);
}

#[test]
fn a_session_that_cannot_be_opened_is_never_a_yes() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let ended = repl(&sandbox, &format!("{} --unsigned", b.url), "");
    ended.code(1);
    assert!(ended.stderr.contains("401") && ended.stderr.contains("VN151"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the server says: "), "{}", ended.stderr);
    let ended = repl(&sandbox, &format!("http://127.0.0.1:1 {AS_A}"), "/ping\n");
    ended.code(3);
    assert!(ended.stderr.contains("VN102"), "{}", ended.stderr);
    assert!(ended.stderr.contains("a session with ws://127.0.0.1:1"), "{}", ended.stderr);
}

#[test]
fn a_line_that_is_wrong_ends_the_script_and_what_was_sent_is_still_answered() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    for (line, says) in [
        ("/snd note.json", "line 3: there is no command /snd"),
        ("/send nowhere.json", "line 3: cannot read nowhere.json: No such file or directory"),
        ("hello", "line 3: what was typed is not a JSON object: line 1, column 1"),
        ("{\"type\":", "line 3: what was typed is not a JSON object"),
        ("/sign nowhere.json", "line 3: cannot read nowhere.json"),
        ("/close 1006", "line 3: /close cannot be given \"1006\""),
    ] {
        let script = format!("/send note.json\n\n{line}\n/send note.json\n");
        let ended = repl(&sandbox, &format!("{} {AS_A}", b.url), &script);
        ended.code(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        let out = ended.out();
        assert!(out.contains("receipt for 1: 202") && !out.contains("→ 2"), "{out}");
        assert!(out.contains("closed with 1000"), "{out}");
    }
    let ended = sandbox.sh_with(&format!("versia-cli repl {} {AS_A}", b.url), b"/ping\n\xff\n");
    ended.code(2);
    assert!(ended.stderr.contains("line 2 is not text (UTF-8)"), "{}", ended.stderr);
}

#[test]
fn a_session_is_closed_with_a_code_and_opened_again_with_a_fresh_signature() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let script = "/send note.json\n/close 4001 see you\n/status\n/reconnect\n/send note.json\n/status\n";
    let ended = repl(&sandbox, &format!("{} {AS_A} --json", b.url), script);
    let lines = records(ended.code(0));
    let ends: Vec<_> = lines.iter().filter_map(|line| line.get("ended")).collect();
    assert_eq!(
        (&ends[0]["code"], &ends[0]["words"], &ends[0]["asked_for"]),
        (&json!(4001), &json!("private use"), &json!(true))
    );
    assert_eq!((&ends[1]["session"], &ends[1]["code"]), (&json!("s1.2"), &json!(1000)));
    let states: Vec<_> =
        lines.iter().filter_map(|line| line.get("status")).map(|status| &status["open"]).collect();
    assert_eq!(states, [false, true]);
    let ended = repl(&sandbox, &format!("{} {AS_A}", b.url), "/close\n/send note.json\n");
    ended.code(3);
    assert!(ended.stderr.contains("line 2: there is no open session"), "{}", ended.stderr);
}

#[test]
fn an_interrupt_closes_the_session_in_order() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let mut child = sandbox.start(&format!("versia-cli repl {} {AS_A} --json", b.url));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"/wait 10m\n").unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    output.read_line(&mut first).unwrap();
    assert!(first.contains("101"), "{first}");
    let sent = std::process::Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("\"code\":1000"), "{rest}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    b.wait_for(|record| record["frame"]["close"]["code"] == 1000);
}

#[test]
fn an_output_that_is_closed_ends_the_session_without_a_word() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let line = format!("versia-cli repl {} {AS_A} >&-", b.url);
    let ended = sandbox.sh_with(&line, b"/ping\n");
    assert_eq!(ended.code(141).stderr, "");
    b.wait_for(|record| record["frame"]["close"]["code"] == 1000);
}

#[test]
fn what_other_implementations_send_is_verified_counted_and_expected() {
    let good = message("{\"type\":\"Note\",\"content\":\"é 😀\"}");
    let bad = good.replace("Note", "Vote");
    let scenario = json!([{"receive": 1}, {"send": good}, {"send": bad}, {"ping": true}, {"binary": "00ff"}, {"send": "[1]"}]);
    let script = "/send note.json\n/expect '$.type == \"Vote\"' within 20s\n/expect '$.type == \"Note\"'\n/expect '$[0] == 1' within 20s\n/verify\n";
    with_peers(&scenario, "--count 4", script, |ended, printed| {
        let out = ended.code(0).out();
        for said in [
            "← 1  valid  Note  by a.example",
            "← 2  invalid  Vote  by a.example",
            "VS401",
            "← 3  no message",
            "← ping, answered",
            "\"content\": \"é 😀\"",
        ] {
            assert!(out.contains(said), "{said:?} is not in\n{out}");
        }
        assert!(
            printed.contains("\"signed_by\":\"a.example\"") && printed.ends_with("closed 1000\n"),
            "{printed}"
        );
    });
    with_peers(&json!([{"send": "{}", "times": 2}]), "--count 3 --for 0.3", "", |ended, _| {
        ended.code(1);
        assert!(ended.stderr.contains("2 messages came, and 3 were asked for"), "{}", ended.stderr);
    });
}

#[test]
fn replies_are_not_lost_because_the_input_has_ended() {
    let scenario = json!([{"receive": 2}, {"send": "{\"type\":\"Reply\"}", "times": 500}]);
    with_peers(&scenario, "--json", "/send note.json\n/send note.json\n", |ended, _| {
        let came = records(ended.code(0))
            .iter()
            .filter(|line| line["direction"] == "in" && line["frame"]["opcode"] == "text")
            .count();
        assert_eq!(came, 500);
    });
}

#[test]
fn how_a_peer_ends_the_session_is_told_in_words_and_decides_the_exit_code() {
    for (steps, code, says) in [
        (json!([{"close": [1000, "done"]}]), 0, "closed by the other side with 1000 (normal closure): done"),
        (json!([{"close": [1001, ""]}]), 3, "going away"),
        (json!([{"close": [1011, "\u{202e}oops"]}]), 3, "1011 \"\\u{202e}oops\""),
        (json!([{"close": [1002, ""]}]), 3, "protocol error"),
        (json!([{"close": [1008, "no"]}]), 3, "policy violation"),
        (json!([{"close": [4000, "x"]}]), 3, "private use"),
        (json!([{"drop": true}]), 3, "VN155"),
        (json!([{"receipts": true}, {"receive": 1}, {"close": [1000, ""]}]), 3, "VN154"),
        (
            json!([{"receipts": true}, {"receive": 1}, {"send": "{\"receipt\":2,\"status\":202}"}, {"close": [1000, ""]}]),
            3,
            "only 1 were sent",
        ),
        // Text that is not UTF-8.
        (json!([{"raw": "8102c328"}]), 3, "VN156"),
        // A masked frame, which a server never sends.
        (json!([{"raw": "81810000000041"}]), 3, "VN156"),
    ] {
        let script = if steps.to_string().contains("receive") {
            "/send note.json\n/expect $.never within 20s\n"
        } else {
            ""
        };
        with_peers(&steps, "--for 20", script, |ended, _| {
            let said = format!("{}{}", ended.code(code).out(), ended.stderr);
            assert!(said.contains(says), "{steps}: {says:?} is not in\n{said}");
        });
    }
}

#[test]
fn what_a_peer_writes_does_not_reach_the_terminal_as_it_is() {
    let nasty = "\u{1b}[2J\u{202e}\u{7}\u{9b}31m";
    let entity = json!({"type": nasty, nasty: nasty}).to_string();
    let steps = json!([{"send": message(&entity)}, {"send": nasty}, {"send": json!({"receipt": 1, "status": 401, "detail": nasty}).to_string()}, {"close": [4000, nasty]}]);
    with_peers(&steps, "--color always --for 20", "/expect $.never within 20s\n/verify\n", |ended, _| {
        let said = format!("{}{}", ended.code(3).out(), ended.stderr);
        for harmful in ["\u{1b}[2J", "\u{202e}", "\u{7}", "\u{9b}"] {
            assert!(!said.contains(harmful), "{said:?}");
        }
    });
}

#[test]
fn frames_of_16_mib_are_taken_within_bounds_and_larger_ones_are_not() {
    let steps = json!([{"size": 16 << 20, "times": 12}]);
    let sandbox = folder();
    let measure = "import resource, subprocess, sys\n\
                   code = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode\n\
                   print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    sandbox.file("measure.py", measure);
    for runner in runners("repl_server") {
        let peer = Peer::start(&sandbox, &runner, &steps);
        let line = format!("python3 measure.py versia-cli repl {} --unsigned --count 12", peer.url);
        let ended = sandbox.sh(&line);
        let out = ended.code(0).out().trim().to_owned();
        let (code, kibibytes) = out.split_once(' ').unwrap();
        assert_eq!(code, "0", "{}", ended.stderr);
        assert!(kibibytes.parse::<u64>().unwrap() < 256 << 10, "{kibibytes} KiB");
    }
    with_peers(&json!([{"size": (16 << 20) + 1}]), "--for 20", "", |ended, printed| {
        ended.code(3);
        assert!(ended.stderr.contains("VN157"), "{}", ended.stderr);
        assert!(printed.contains("closed 1009"), "{printed}");
    });
}

#[test]
fn a_flood_is_told_to_the_last_message_while_the_lines_are_run() {
    let steps = json!([{"send": message(NOTE), "times": 20_000}]);
    with_peers(&steps, "--count 20000 --json", "/ping\n/send note.json\n/ping\n", |ended, printed| {
        let lines = records(ended.code(0));
        let came = lines.iter().filter(|line| line["frame"]["verdict"]["signature"] == "valid").count();
        assert_eq!(came, 20_000);
        assert_eq!(lines.iter().filter(|line| line.get("pong").is_some()).count(), 2);
        assert!(printed.contains("closed 1000"), "{printed}");
    });
}

#[test]
fn a_pong_is_told_past_the_messages_that_wait_to_be_verified() {
    // The key's instance answers nothing, so that not one message can be verified.
    let instance = TcpListener::bind("127.0.0.1:0").unwrap();
    let key_of_a = format!("--peer a.example=http://{}", instance.local_addr().unwrap());
    let held = thread::spawn(move || instance.accept().unwrap().0);
    let port = serve(|mut socket| {
        let message = message(NOTE);
        // More than what waits otherwise.
        for _ in 0..10_000 {
            let _ = socket.send(message.as_str().into());
        }
        while socket.read().is_ok() {}
    });
    let sandbox = folder();
    let line = format!("versia-cli repl http://127.0.0.1:{port} --unsigned {key_of_a} --json --count 1");
    let mut child = sandbox.start(&line);
    child.stdin.take().unwrap().write_all(b"/ping\n").unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let opened = lines.next().unwrap();
    assert!(opened.contains("101"), "{opened}");
    let pong = lines.next().unwrap();
    assert!(pong.starts_with("{\"pong\":{\"round_trip_ms\":"), "{pong}");
    // Nobody has the key.
    drop(held.join().unwrap());
    let first = lines.next().unwrap();
    assert!(first.contains("key-unavailable"), "{first}");
    assert_eq!(lines.by_ref().filter(|line| line.contains("\"pong\"")).count(), 0);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_close_that_waits_behind_a_key_is_no_fault_of_the_peer() {
    // It takes connections, and answers nothing.
    let instance = TcpListener::bind("127.0.0.1:0").unwrap();
    let key_of_a = format!("--peer a.example=http://{}", instance.local_addr().unwrap());
    let port = serve(|mut socket| {
        for _ in 0..2 {
            let _ = socket.send(message(NOTE).into());
        }
        while socket.read().is_ok() {}
    });
    let sandbox = folder();
    let flags = format!("http://127.0.0.1:{port} --unsigned {key_of_a} --timeout 1");
    let ended = repl(&sandbox, &flags, "/sleep 100ms\n/quit\n");
    let out = ended.code(0).out();
    assert_eq!(out.matches("key-unavailable").count(), 2, "{out}");
    assert!(out.contains("closed with 1000"), "{out}");
    drop(instance);
}
