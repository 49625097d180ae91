//! WebSocket sessions through it, with other implementations of WebSocket at both ends.

use serde_json::{Value, json};

use super::proxy_to;
use crate::fixture::root;
use crate::interop::{runners, tools};
use crate::serve::{INBOX, instance_of_a, sandbox, serve_b};
use crate::serving::Serving;

fn sign(sandbox: &crate::fixture::Sandbox) {
    let signed = "for n in 1 2 3; do echo \"{\\\"type\\\":\\\"Note\\\",\\\"n\\\":$n}\"; done \
                  | versia-cli sign --ws --ndjson --key a.key --signed-by a.example > messages";
    sandbox.sh(signed).code(0);
    sandbox.sh(&format!("versia-cli sign GET {INBOX} --key a.key --signed-by a.example > headers")).code(0);
}

/// The frames of a session, to its end, which is told on standard error only when it is not in order.
fn frames(proxy: &Serving) -> Vec<Value> {
    let mut frames = Vec::new();
    let mut closes = 0;
    while closes < 2 {
        let record = proxy.wait_for(|record| record["transport"] == "ws");
        closes += usize::from(record["frame"]["opcode"] == "close");
        frames.push(record);
    }
    frames
}

#[test]
fn messages_of_a_session_are_recorded_both_ways_and_verified() {
    let sandbox = sandbox();
    sign(&sandbox);
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let options = format!("--domain b.example --peer a.example={}", a.url);
    let proxy = proxy_to(&sandbox, b.port(), &options);
    for runner in runners("client") {
        let ended = sandbox.sh(&format!("{runner} ws://{}{INBOX} headers messages", proxy.address));
        let lines: Vec<_> = ended.code(0).out().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 4, "{runner}\n{lines:?}{}", ended.stderr);
        let opened = proxy.wait_for(|record| record["response"]["status"] == 101);
        assert_eq!(opened["request"]["verdict"]["signature"], "valid", "{opened}");
        let frames = frames(&proxy);
        let of = |direction: &str, opcode: &str| -> Vec<&Value> {
            let is = |frame: &&Value| frame["direction"] == direction && frame["frame"]["opcode"] == opcode;
            frames.iter().filter(is).collect()
        };
        let came = of("in", "text");
        assert_eq!(came.len(), 3);
        for message in came {
            assert_eq!(message["frame"]["verdict"]["signature"], "valid", "{message}");
            assert_eq!((&message["session"], &message["protocol"]), (&opened["session"], &json!("versia")));
        }
        let receipts: Vec<_> = of("out", "text").iter().map(|frame| frame["frame"]["data"].clone()).collect();
        assert_eq!(receipts, lines[..3]);
        assert_eq!((of("in", "close").len(), of("out", "close").len()), (1, 1));
        let sequence: Vec<_> = frames.iter().filter_map(|frame| frame["seq"].as_u64()).collect();
        assert!(sequence.windows(2).all(|pair| pair[0] < pair[1]), "{sequence:?}");
    }
}

#[test]
fn compressed_messages_are_read_and_passed_on_as_they_are() {
    let sandbox = sandbox();
    let module = tools().join("node/node_modules/ws/wrapper.mjs");
    let script = root().join("tests/interop/deflate.mjs");
    let start = |part: &str| format!("node '{}' '{}' {part}", script.display(), module.display());
    let mut server = sandbox.start(&start("server"));
    let mut port = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.as_mut().unwrap()), &mut port)
        .unwrap();
    let proxy = proxy_to(&sandbox, port.trim().parse().unwrap(), "");
    let ended = sandbox.sh(&start(&format!("ws://{}/echo", proxy.address)));
    assert_eq!(ended.code(0).out(), "compressed: 3 of 3\n", "{}", ended.stderr);
    let frames = frames(&proxy);
    let texts = |direction: &str| -> Vec<Value> {
        let is = |frame: &&Value| frame["direction"] == direction && frame["frame"]["opcode"] == "text";
        frames.iter().filter(is).map(|frame| frame["frame"]["data"].clone()).collect()
    };
    let expected: Vec<Value> =
        (0..3).map(|number| json!("hello ".repeat(500) + &number.to_string())).collect();
    assert_eq!((texts("in"), texts("out")), (expected.clone(), expected));
    assert_eq!(frames[0]["protocol"], "raw");
    server.kill().unwrap();
    server.wait().unwrap();
}
