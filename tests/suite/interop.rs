//! The WebSocket extension with other implementations of WebSocket: Node's `ws` and Python's `websockets`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use crate::fixture::{Sandbox, root};
use crate::serve::{instance_of_a, sandbox, serve_b};

/// What is sent to servers.
const NOTES: &str = "{\"n\":1,\"content\":\"é 😀\"}\n{\"n\":2}\n{\"n\":3}\n";

/// Where `./scripts/test` puts the other implementations.
pub fn tools() -> PathBuf {
    let folder = std::env::var_os("VERSIA_TEST_INTEROP").map_or(root().join("target/interop"), PathBuf::from);
    assert!(
        ["python/bin/python", "node/node_modules/ws", "node/node_modules/ajv"]
            .iter()
            .all(|it| folder.join(it).exists()),
        "Node's ws and ajv and Python's websockets are not in {}: ./scripts/test installs them",
        folder.display()
    );
    folder
}

/// The command lines that run a script on either implementation.
pub fn runners(script: &str) -> [String; 2] {
    let (tools, scripts) = (tools(), root().join("tests/interop"));
    let (tools, scripts) = (tools.display(), scripts.display());
    [
        format!("node '{scripts}/{script}.mjs' '{tools}/node/node_modules/ws/wrapper.mjs'"),
        format!("'{tools}/python/bin/python' '{scripts}/{script}.py'"),
    ]
}

/// The command that runs wscat.
pub fn wscat() -> String {
    let wscat = tools().join("node/node_modules/.bin/wscat");
    assert!(wscat.exists(), "wscat is not at {}: ./scripts/test installs it", wscat.display());
    format!("'{}'", wscat.display())
}

/// Ten signed messages in `messages`, and the headers of a handshake in `headers`.
fn prepare(sandbox: &Sandbox) {
    let signed = "for n in 1 2 3 4 5 6 7 8 9 10; do echo \"{\\\"type\\\":\\\"Note\\\",\\\"n\\\":$n,\\\"content\\\":\\\"é 😀\\\"}\"; done \
                  | versia-cli sign --ws --ndjson --key a.key --signed-by a.example > messages";
    sandbox.sh(signed).code(0);
    let headers = "versia-cli sign GET /.versia/v0.6/inbox --key a.key --signed-by a.example > headers";
    sandbox.sh(headers).code(0);
}

#[test]
fn clients_of_other_implementations_deliver_and_read_their_receipts() {
    let sandbox = sandbox();
    prepare(&sandbox);
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    for runner in runners("client") {
        let ended = sandbox.sh(&format!("{runner} ws://{}/.versia/v0.6/inbox headers messages", b.address));
        let lines: Vec<_> = ended.code(0).out().lines().collect();
        assert_eq!(lines.len(), 11, "{runner}\n{lines:?}{}", ended.stderr);
        for (number, line) in (1..).zip(&lines[..10]) {
            let receipt: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(
                (receipt["receipt"].as_u64(), receipt["status"].as_u64()),
                (Some(number), Some(202)),
                "{line}"
            );
        }
        assert_eq!(lines[10], "closed 1000 done versia.receipts.v1");
        let verdicts: Vec<_> = (0..11)
            .map(|_| b.next())
            .map(|record| {
                let signed = if record["frame"].is_null() { &record["request"] } else { &record["frame"] };
                signed["verdict"]["signature"].clone()
            })
            .collect();
        assert!(verdicts.iter().all(|verdict| verdict == "valid"), "{verdicts:?}");
        b.wait_for(|record| record["frame"]["opcode"] == "close");
    }
}

#[test]
fn servers_of_other_implementations_get_what_send_delivers_and_their_receipts_are_read() {
    let sandbox = sandbox();
    sandbox.sh("versia-cli key a.key --to spki-base64 > a.pub").code(0);
    sandbox.file("notes", NOTES);
    for runner in runners("server") {
        for (arguments, says) in [("", "answers: 202 × 3\n"), ("--no-receipts", "(VN159)")] {
            let mut server = sandbox.start(&runner);
            let mut printed = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
            let port = printed.next().unwrap();
            let to = format!("ws://127.0.0.1:{port} --key a.key --signed-by a.example");
            let ended = sandbox.sh(&format!("versia-cli send --no-validate notes --to {to} {arguments}"));
            assert!(ended.code(0).stderr.starts_with("3 delivered; "), "{runner}: {}", ended.stderr);
            assert!(ended.stderr.contains(says), "{runner}: {}", ended.stderr);
            let got: Vec<_> = printed.collect();
            assert_eq!((got[0].as_str(), got[4].as_str()), ("signed-by a.example", "closed 1000"), "{got:?}");
            assert_eq!(got.len(), 5, "{got:?}");
            let verify = "versia-cli verify --public-key a.pub";
            let verified = sandbox.sh_with(verify, got[1..4].join("\n").as_bytes());
            assert!(verified.code(0).out().contains("3 valid"), "{runner}: {}", verified.out());
            let entities: Vec<_> = got[1..4].iter().map(|message| entity(message)).collect();
            assert_eq!(entities, NOTES.lines().collect::<Vec<_>>(), "{runner}");
            assert!(server.wait().unwrap().success());
        }
    }
}

#[test]
fn hubs_of_other_implementations_are_spoken_to_in_their_own_protocols() {
    let sandbox = Sandbox::new();
    let join = r#"{"command":"join","broker":"memory","topics":["foo","foo2"],"payload":""}"#;
    sandbox.file("join.json", join);
    sandbox.file("secret.json", r#"{"command":"join","broker":"memory","topics":["secret"],"payload":""}"#);
    sandbox.file("hi.txt", "Hi from User1!\n");
    for runner in runners("hub") {
        for (arguments, code, first) in [
            ("join.json --protocol roadrunner-2.3.0", 0, join),
            ("secret.json --protocol roadrunner-2.3.0", 1, "\"secret\""),
            ("hi.txt --protocol chat --topic User2", 0, "\"message\":\"Hi from User1!\""),
        ] {
            let mut server = sandbox.start(&runner);
            let mut printed = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
            let port = printed.next().unwrap();
            let path = if arguments.contains("chat") { "/chat" } else { "" };
            let ended = sandbox.sh(&format!("versia-cli send --to ws://127.0.0.1:{port}{path} {arguments}"));
            let out = ended.code(code).out();
            assert!(out.starts_with(if code == 0 { "delivered, " } else { "refused, " }), "{runner}: {out}");
            let got: Vec<_> = printed.collect();
            assert!(got[0].contains(first) && got.last().unwrap() == "closed 1000", "{runner}: {got:?}");
            let acked = got.iter().any(|line| line == r#"{"type":"ack","id":"23"}"#);
            assert_eq!(acked, arguments.contains("chat"), "{runner}: {got:?}");
            assert!(server.wait().unwrap().success());
        }
    }
}

/// The entity in a message.
fn entity(message: &str) -> String {
    serde_json::from_str::<serde_json::Value>(message).unwrap()["entity"].as_str().unwrap().to_owned()
}

#[test]
fn curl_delivers_what_sign_printed_over_both_versions_of_http() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject --tls");
    let authority = b.listening["listening"]["authority"].as_str().unwrap();
    sandbox.file("note.json", "{\"type\":\"Note\",\"content\":\"it's $HOME `é` \\\\n\"}\n");
    for (flag, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let line = format!(
            "eval \"$(versia-cli sign POST {}/.versia/v0.6/inbox --body note.json --key a.key --signed-by a.example \
             --format curl) {flag} -sS --cacert '{authority}' -o /dev/null -w '%{{http_code}} %{{http_version}}'\"",
            b.url
        );
        assert_eq!(sandbox.sh(&line).code(0).out(), format!("202 {version}"));
        let record = b.next();
        assert_eq!(record["request"]["verdict"]["signature"], "valid", "{record}");
        assert_eq!(record["http"], version);
    }
}
