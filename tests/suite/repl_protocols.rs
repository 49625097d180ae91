//! `repl` in every protocol, over several sessions, recorded and sent again; against `serve` and Node's `ws`.

use std::io::{BufRead, BufReader, Write};
use std::process::Child;

use serde_json::{Value, json};

use crate::fixture::{Ended, Sandbox};
use crate::interop::runners;
use crate::repl::{AS_A, folder, records, repl, with_peers};
use crate::serve::{instance_of_a, serve_b};
use crate::serving::Serving;
use crate::terminal::peer;

/// A server that ends with its test.
enum Server {
    Ours(Serving),
    Node(Child, String),
}

impl Server {
    /// Our own of a protocol, and one on Node's `ws`.
    fn both(sandbox: &Sandbox, protocol: &str) -> [Server; 2] {
        let line = format!("{} {protocol}", runners("protocol_server")[0]);
        let mut child = sandbox.start(&line);
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let address = format!("127.0.0.1:{}", port.trim());
        [Server::Ours(Serving::of(protocol, sandbox, "")), Server::Node(child, address)]
    }

    fn address(&self) -> &str {
        match self {
            Server::Ours(serving) => &serving.address,
            Server::Node(_, address) => address,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Server::Node(child, _) = self {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[track_caller]
fn assert_said(ended: &Ended, all: &[&str]) {
    let said = format!("{}{}", ended.out(), ended.stderr);
    for one in all {
        assert!(said.contains(one), "{one:?} is not in\n{said}");
    }
}

#[test]
fn wsify_channels_are_joined_and_what_is_broadcast_is_expected() {
    let sandbox = folder();
    for server in Server::both(&sandbox, "wsify") {
        let script = "/join news\n/publish news {\"a\": 1}\n/expect $.a == 1 within 20s\n/subscribe 'more of it'\n\
                      /broadcast 'more of it' hi\n/expect '$ == \"hi\"' within 20s\n/leave news\n/status\n";
        let ended = repl(&sandbox, &format!("ws://{} --protocol wsify", server.address()), script);
        ended.code(0);
        assert_said(
            &ended,
            &["/ws  wsify\n", "→ 1  {\"command\":\"join\"", "subscribed  more of it\n", "closed with 1000"],
        );
        let topic = format!("ws://{} --protocol wsify --topic news", server.address());
        repl(&sandbox, &topic, "/join news\n{\"b\": 2}\n/expect $.b == 2 within 20s\n").code(0);
        let ended = repl(&sandbox, &format!("ws://{} --protocol wsify", server.address()), "hello\n/ping\n");
        assert_said(ended.code(2), &["line 1: it is not a wsify message", "closed with 1000"]);
        assert!(!ended.out().contains("pong"), "{}", ended.out());
    }
}

#[test]
fn roadrunner_topics_are_joined_when_the_server_says_so() {
    let sandbox = folder();
    for server in Server::both(&sandbox, "roadrunner") {
        let flags = format!("ws://{} --protocol roadrunner", server.address());
        let script = "/join a b\n/wait answers within 20s\n/topics\n/leave a\n/wait answers\n/status\n";
        let ended = repl(&sandbox, &flags, script);
        assert_said(
            ended.code(0),
            &["answer to 1: done", "\na\nb\n", "answer to 2: done", "subscribed  b\n", "all with an answer"],
        );
        let ended = repl(&sandbox, &flags, "/publish a x\n");
        assert_said(ended.code(2), &["RoadRunner's clients do not publish", "publish roadrunner"]);
        if matches!(server, Server::Node(..)) {
            let ended = repl(&sandbox, &flags, "/join secret\n");
            assert_said(ended.code(1), &["answer to 1: refused: the server refuses to join secret"]);
            repl(&sandbox, &flags, "/join secret\n/expect '$.topic == \"#join\"' within 20s\n").code(0);
            repl(&sandbox, &flags, "/join news\n/expect '$.payload == \"welcome\"' within 20s\n").code(0);
        }
    }
}

#[test]
fn two_users_chat_over_two_sessions_of_one_script() {
    let sandbox = folder();
    for server in Server::both(&sandbox, "chat") {
        let address = server.address();
        // A pong says that the server has taken bob in: what is new to him then comes before who is there.
        let script = format!(
            "/open ws://{address}?user=bob as bob\n/ping\n/use s1\n/new bob Hi there\n/wait answers within 20s\n/use bob\n\
             /expect '$.message == \"Hi there\"' within 20s\n/acks\n/use\n/close\n/use s1\n/reconnect\n/status\n\
             /export {0}.ndjson\n",
            address.rsplit(':').next().unwrap()
        );
        let flags = format!("'ws://{address}?user=alice' --protocol chat --record all.ndjson");
        let ended = repl(&sandbox, &flags, &script);
        assert_said(
            ended.code(0),
            &[
                "[bob] open ws://",
                "[s1] → 1  {\"type\":\"request\"",
                "[s1] ← 1  answer to 1: done",
                "[bob] ← 1  new  alice",
                "acks are on; the last was 1",
                "* [bob] ws://",
                "s1.2, open for",
            ],
        );
        let recorded = sandbox.sh("cat all.ndjson; stat -c %a all.ndjson; rm all.ndjson");
        let (lines, mode) = recorded.out().trim_end().rsplit_once('\n').unwrap();
        assert_eq!(mode, "600");
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let sessions: Vec<&str> = lines.iter().filter_map(|line| line["session"].as_str()).collect();
        assert!(["s1", "bob", "s1.2"].iter().all(|name| sessions.contains(name)), "{sessions:?}");
        assert!(lines.iter().all(|line| line["protocol"] == "chat"));
        let ack = |line: &Value| {
            line["direction"] == "out" && line["frame"]["data"] == "{\"type\":\"ack\",\"id\":\"1\"}"
        };
        assert!(lines.iter().any(ack), "{lines:#?}");
        let ended =
            repl(&sandbox, &format!("'ws://{address}?user=alice' --protocol chat"), "/edit bob 999 x\n");
        assert_said(ended.code(1), &["answer to 1: refused: "]);
    }
}

#[test]
fn a_session_that_cannot_be_opened_ends_a_script_before_it_talks_to_another() {
    let sandbox = folder();
    let server = Serving::of("wsify", &sandbox, "");
    let flags = format!("ws://{} --protocol wsify", server.address);
    for (line, code, says) in [
        ("/open ws://127.0.0.1:1", 3, "VN102"),
        ("/open ftp://x", 2, "the scheme ftp"),
        ("/open ws://127.0.0.1:1 as s1", 2, "there is a session \"s1\" already"),
        ("/use other", 2, "there is no session \"other\""),
    ] {
        let ended = repl(&sandbox, &flags, &format!("{line}\n/join news\n"));
        assert_said(ended.code(code), &[says]);
        assert!(!ended.out().contains("join"), "{}", ended.out());
    }
}

#[test]
fn a_lost_session_is_opened_again_with_its_subscriptions() {
    let mut before = 0;
    let port = peer::serve(move |mut socket| {
        before += 1;
        let joined = socket.read().unwrap();
        assert!(joined.to_string().contains("\"join\""), "{joined}");
        // The first connection breaks.
        if before > 1 {
            socket.send("\"again\"".into()).unwrap();
            while socket.read().is_ok() {}
        }
    });
    let sandbox = folder();
    let flags = format!("ws://127.0.0.1:{port} --protocol wsify --reconnect --json");
    let ended = repl(&sandbox, &flags, "/join news\n/expect '$ == \"again\"' within 60s\n");
    let lines = records(ended.code(0));
    let sent = |line: &&Value| line["direction"] == "out" && line["frame"]["opcode"] == "text";
    let joins: Vec<_> = lines.iter().filter(sent).map(|line| &line["session"]).collect();
    assert_eq!(joins, ["s1", "s1.2"]);
    assert_eq!(lines.iter().find_map(|line| line.get("retrying")).unwrap()["attempt"], 1);
}

#[test]
fn a_versia_session_is_opened_again_with_a_fresh_signature() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let (address, port) = (b.address.clone(), b.port());
    let mut child = sandbox.start(&format!("versia-cli repl http://{address} {AS_A} --reconnect --json"));
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let opened = |line: &Value| line["response"]["status"] == 101;
    let first = lines.find(opened).unwrap();
    // The server goes away with 1001, and is back on the same port.
    assert_eq!(b.stop().code, 0);
    lines.find(|line| line.get("retrying").is_some()).unwrap();
    let peer = format!("--as bob --domain b.example --reject --peer a.example={}", a.url);
    let again = Serving::start_at(&sandbox, port, &peer);
    let second = lines.find(opened).unwrap();
    assert_eq!((&first["session"], &second["session"]), (&json!("s1"), &json!("s1.2")));
    input.write_all(b"/send note.json\n/expect $.status == 202 within 20s\n").unwrap();
    drop(input);
    assert!(lines.any(|line| line["expected"]["met"] == true));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(again);
}

#[test]
fn text_binary_and_fragments_arrive_as_they_were_meant() {
    let sandbox = folder();
    sandbox.file("bytes", b"\x00\xff");
    let steps = json!([{"receive": 4}, {"send": "{\"got\": 4}"}]);
    let script = "hello é\n/set fragments 3\nhéllo wörld\n/set fragments off\n/hex 68 69\n/send --binary note.json\n\
                  /expect $.got within 20s\n/show sent 3 hex\n/set\n";
    with_peers(&steps, "--protocol raw --print-frames", script, |ended, printed| {
        assert_said(ended.code(0), &["00000000  68 69", "→ binary 2 bytes  68 69", "→ close 0 bytes  1000"]);
        for text in ["hello é\n", "héllo wörld\n", "hi\n", "\"type\":\"Note\""] {
            assert!(printed.contains(text) || printed.contains("b'hi'"), "{text:?}: {printed}");
        }
    });
}

#[test]
fn only_what_fits_is_shown_and_all_of_it_is_kept() {
    let steps = json!([{"send": "{\"n\": 1}"}, {"send": "{\"odd\": 1}"}, {"binary": "00ff41"}, {"send": "{\"last\": 1}"}]);
    let script = "/expect $.last within 20s\n/show 1\n/show 3\n/filter $.n\n/filter\n/show 9\n";
    with_peers(&steps, "--protocol raw", script, |ended, _| {
        assert_said(
            ended.code(2),
            &["\"n\": 1", "00 ff 41", "..A", "shown is what fits $.n", "no such message"],
        );
    });
    let late = json!([{"receive": 1}, {"send": "{\"n\": 1}"}, {"send": "{\"odd\": 1}"}]);
    let script = "/filter $.n\ngo\n/expect $.odd within 20s\n/filter off\n";
    with_peers(&late, "--protocol raw", script, |ended, _| {
        assert_said(ended.code(0), &["\"n\": 1", "1 message was not shown", "met by ← 2"]);
        assert!(!ended.out().contains("\"odd\""), "{}", ended.out());
    });
}

#[test]
fn a_recording_is_sent_again_and_what_differs_is_a_no() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let flags = format!("{} {AS_A}", b.url);
    let script = "/record then.ndjson\n/send note.json\n/wait answers\n/record off\n/send note.json\n";
    repl(&sandbox, &flags, script).code(0);
    let ended = repl(&sandbox, &flags, "/replay --diff then.ndjson\n/replay then.ndjson\n");
    assert_said(
        ended.code(0),
        &["1 message of then.ndjson was sent: what came is the same as then", "receipt for 2: 202"],
    );
    sandbox.sh("sed -i 's/\\\\\"status\\\\\":202/\\\\\"status\\\\\":401/' then.ndjson").code(0);
    let ended = repl(&sandbox, &flags, "/replay --diff then.ndjson\n");
    assert_said(ended.code(1), &["differs line 1 of the recording", "$.status was 401, is 202"]);
    let ended = repl(&sandbox, &flags, "/replay note.json\n");
    assert_said(ended.code(2), &["line 1 of note.json is no record", "/record FILE writes"]);
}

#[test]
fn the_lines_of_a_file_are_run_as_if_they_stood_there() {
    let sandbox = folder();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    sandbox.file("greet", "# greet\n/send note.json\n/source more\n");
    sandbox.file("more", "/expect $.status == 202 within 20s\n/nonsense\n");
    sandbox.file("endless", "/source endless\n");
    let flags = format!("{} {AS_A}", b.url);
    let ended = repl(&sandbox, &flags, "/source greet\n/ping\n");
    assert_said(ended.code(2), &["met by ← 1", "more, line 2: there is no command /nonsense"]);
    assert!(!ended.out().contains("pong"), "{}", ended.out());
    assert_said(repl(&sandbox, &flags, "/source endless\n").code(2), &["files run each other too deeply"]);
    assert_said(repl(&sandbox, &flags, "/source nowhere\n").code(2), &["line 1: cannot read nowhere"]);
}

#[test]
fn a_token_in_the_address_is_never_shown_or_recorded() {
    let sandbox = folder();
    sandbox.sh("umask 077; echo 'alice hush-token' > tokens.txt").code(0);
    let serving = Serving::of("chat", &sandbox, "--token-file tokens.txt");
    let script = "/new bob Hi\n/wait answers within 20s\n/status\n/use\n/headers\n/export out.ndjson\n\
                  /open 'gopher://a?token=hush-token'\n";
    for flags in ["", "--json", "--print-frames"] {
        let address = format!("'ws://{}/ws?token=hush-token'", serving.address);
        let line = format!("{address} --protocol chat --record all.ndjson {flags}");
        let ended = repl(&sandbox, &line, script);
        assert_said(&ended, &["token=(hidden)", "gopher"]);
        let files = sandbox.sh("cat all.ndjson out.ndjson; rm all.ndjson out.ndjson");
        assert!(files.code(0).out().contains("token=(hidden)"), "{}", files.out());
        let all = format!("{}{}{}", ended.out(), ended.stderr, files.out());
        assert!(!all.contains("hush-token"), "{all}");
    }
    let ended = repl(&sandbox, "'ws://127.0.0.1:1/ws?token=hush-token' --protocol chat", "");
    assert_said(ended.code(3), &["token=(hidden)"]);
    assert!(!ended.stderr.contains("hush-token"), "{}", ended.stderr);
    let ended = repl(&sandbox, "'gopher://127.0.0.1/ws?token=hush-token' --protocol chat", "");
    assert!(!ended.code(2).stderr.contains("hush-token"), "{}", ended.stderr);
}
