//! What one command prints, the other takes.

use crate::fixture::Sandbox;

const BODIES: [(&str, &[u8]); 6] = [
    ("plain", b"{\"content\":\"Hello, world!\"}"),
    ("newline at the end", b"{\"a\":1}\n"),
    ("unicode and quotes", "{\"a\":\"it's \\\"café\\\" $HOME `x` 😀 %s\"}".as_bytes()),
    ("many lines", b"{\r\n  \"a\": 1,\n\t\"b\": [\"\\\\\"]\r\n}\r\n\r\n"),
    ("begins with an at sign", b"@body"),
    ("looks like a response", b"{}\n\nHTTP/1.1 200 OK\n\nx"),
];

#[test]
fn every_format_of_sign_is_read_by_verify() {
    let sandbox = Sandbox::with_bob();
    for (name, body) in BODIES {
        sandbox.file("body", body);
        for sign in [
            "POST https://b.example/.versia/v0.6/inbox --format http",
            "POST https://b.example/.versia/v0.6/inbox?x=[1]&y={2} --format curl",
            "POST https://b.example/a/../b --format curl",
            "POST /.versia/v0.6/inbox --format json",
            "PUT /caf%C3%A9/é?x=y --format http",
            "GET /.versia/v0.6/entities/User/1 --response --format http",
            "GET /.versia/v0.6/entities/User/1 --response --format json",
            "--ws",
            "--format ws",
        ] {
            let target = if sign.contains("--response --format http") {
                "--path /.versia/v0.6/entities/User/1"
            } else {
                ""
            };
            let ws = if sign == "--format ws" { "POST /.versia/v0.6/inbox" } else { "" };
            let ended = sandbox.sh(&format!(
                "versia-cli sign {ws} {sign} --body body --as bob -q | versia-cli verify - {target} --as bob",
                sign = sign.replace('&', "\\&")
            ));
            assert!(ended.code == 0, "{name}: sign {sign}\n{}{}", ended.out(), ended.stderr);
        }
    }
}

#[test]
fn a_get_is_read_back_in_every_format() {
    let sandbox = Sandbox::with_bob();
    for format in ["http", "curl", "json"] {
        let line = format!(
            "versia-cli sign GET https://b.example/x?y --as bob -q --format {format} | versia-cli verify --as bob"
        );
        sandbox.sh(&line).code(0);
    }
}

#[test]
fn bytes_that_no_argument_can_carry_survive_curl_http_and_json() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("body", b"\x00\xff\xfe\n\x00");
    for format in ["http", "curl", "json"] {
        sandbox
            .sh(&format!(
                "versia-cli sign POST https://b.example/x --body body --as bob -q --format {format} | versia-cli verify --as bob"
            ))
            .code(0);
    }
    let ws = sandbox.sh("versia-cli sign --ws --body body --as bob");
    assert!(ws.code(2).stderr.contains("not UTF-8"), "{}", ws.stderr);
}

#[test]
fn a_request_and_its_response_are_verified_together() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("body", "{\"type\":\"User\"}");
    let both = "{ versia-cli sign GET https://b.example/u --as bob -q --format http; \
                versia-cli sign GET https://b.example/u --response --body body --as bob -q --format http; }";
    let ended = sandbox.sh(&format!("{both} | versia-cli verify --as bob --json"));
    let kinds: Vec<_> =
        ended.code(0).out().lines().map(|line| line.contains("\"kind\":\"response\"")).collect();
    assert_eq!(kinds, [false, true]);
    let only = sandbox.sh(&format!("{both} | versia-cli verify --as bob --json --only response"));
    assert_eq!(only.code(0).out().lines().count(), 1);
}

#[test]
fn a_stream_keeps_its_order_and_verifies_line_by_line() {
    let sandbox = Sandbox::with_bob();
    let input: String = (0..2_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    for ws in ["", "--ws"] {
        let signed = sandbox.sh_with(&format!("versia-cli sign --ndjson --as bob {ws}"), input.as_bytes());
        let lines: Vec<&str> = signed.code(0).out().lines().collect();
        assert_eq!(lines.len(), 2_000);
        for (n, line) in lines.iter().enumerate() {
            assert!(line.contains(&format!("{{\\\"n\\\":{n}}}")), "{line}");
        }
        let verified = sandbox.sh_with("versia-cli verify --as bob", &signed.stdout);
        assert!(verified.code(0).out().ends_with("\n2000 valid\n"), "{}", verified.out());
    }
}

#[test]
fn a_record_in_a_stream_is_signed_for_its_own_target_and_a_bad_one_is_named() {
    let sandbox = Sandbox::with_bob();
    let input = concat!(
        "{\"v\":1,\"request\":{\"method\":\"PUT\",\"target\":\"/x?y\",\"body\":\"{}\"}}\n",
        "\n",
        "{\"a\":1}\n",
        "{\"v\":1,\"request\":{\"method\":7}}\n",
    );
    let signed = sandbox.sh_with("versia-cli sign POST /inbox --ndjson --as bob", input.as_bytes());
    signed.code(2);
    assert!(signed.stderr.contains("line 4 is not signed"), "{}", signed.stderr);
    let verified = sandbox.sh_with("versia-cli verify --as bob --json", &signed.stdout);
    let targets: Vec<_> = verified
        .code(0)
        .out()
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["signed_string"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(targets[0].starts_with("put /x ") && targets[1].starts_with("post /inbox "), "{targets:?}");
}

#[test]
fn a_bad_line_is_named_and_does_not_stop_the_rest() {
    let sandbox = Sandbox::with_bob();
    let line = "{ versia-cli sign --ws --body - --as bob; echo '{\"signature\":1,\"entity\":2}'; echo nonsense; \
                versia-cli sign --ws --body bob.key --as bob -q; } | versia-cli verify --as bob";
    let ended = sandbox.sh_with(line, b"{}");
    ended.code(2);
    assert!(
        ended.stderr.contains("line 2: ") && ended.stderr.contains("line 3: not JSON"),
        "{}",
        ended.stderr
    );
    assert!(ended.out().ends_with("2 valid, 2 unreadable\n"), "{}", ended.out());
}

#[test]
fn a_stream_is_warned_of_as_a_single_message_is() {
    let sandbox = Sandbox::with_bob();
    let line =
        "versia-cli sign POST /a/../b --ndjson --as bob --signed-by https://bob.com --at 1729243417000";
    let ended = sandbox.sh_with(
        line,
        b"{\"v\":1,\"request\":{\"method\":\"post\",\"target\":\"/x\",\"body\":\"no json\"}}\n",
    );
    for code in ["VS106", "VS505", "VS504", "VS501"] {
        assert!(ended.code(0).stderr.contains(code), "{code}: {}", ended.stderr);
    }
    assert!(ended.out().contains("\"method\":\"POST\""), "{}", ended.out());
}

#[test]
fn records_in_a_stream_are_never_taken_for_bodies() {
    let sandbox = Sandbox::with_bob();
    let response = "{\"v\":1,\"request\":{\"method\":\"GET\",\"target\":\"/u\"},\"response\":{\"status\":200,\"body\":\"{}\"}}";
    let signed = sandbox.sh_with("versia-cli sign --ndjson --response --as bob", response.as_bytes());
    sandbox.sh_with("versia-cli verify --as bob", &signed.code(0).stdout).code(0);
    let kept = "{\"v\":1,\"request\":{\"method\":\"POST\",\"target\":\"/u\",\"headers\":[[\"X-Keep\",\"1\"],[\"versia-signature\",\"old\"]]}}";
    let signed = sandbox.sh_with("versia-cli sign --ndjson --as bob", kept.as_bytes());
    assert!(signed.code(0).out().contains("X-Keep") && !signed.out().contains("old"), "{}", signed.out());
    for (line, says) in [
        ("{\"v\":1,\"frame\":{\"opcode\":\"text\",\"data\":\"x\"}}", "no request"),
        ("{\"v\":2,\"request\":{\"method\":\"POST\",\"target\":\"/u\"}}", "version 2"),
        ("{\"v\":1,\"request\":{\"method\":\"po st\",\"target\":\"/u\"}}", "not an HTTP method"),
    ] {
        let refused = sandbox.sh_with("versia-cli sign --ndjson --as bob", line.as_bytes());
        assert!(refused.code(2).stderr.contains(says), "{line}: {}", refused.stderr);
    }
}

#[test]
fn a_websocket_message_is_signed_as_a_post_and_its_path_may_stand_alone() {
    let sandbox = Sandbox::with_bob();
    sandbox.file("body", "{}");
    sandbox
        .sh("versia-cli sign --ws /other --body body --as bob | versia-cli verify --as bob --path /other")
        .code(0);
    sandbox.sh("versia-cli sign --ws wss://b.example/other --body body --as bob | versia-cli verify --as bob --path /other").code(0);
    let get = sandbox.sh("versia-cli sign --ws GET /x --body body --as bob");
    assert!(get.code(2).stderr.contains("signed as a POST"), "{}", get.stderr);
    let curl = sandbox.sh("versia-cli sign POST wss://b.example/x --body body --as bob --format curl");
    assert!(curl.code(0).out().contains("'https://b.example/x'"), "{}", curl.out());
}

#[test]
fn the_demo_delivers_over_http_and_websocket_and_a_tampered_note_is_refused_with_its_reason() {
    let sandbox = Sandbox::new();
    let ended = sandbox.sh("versia-cli demo");
    let text = ended.code(0).out();
    let order = [
        "valid: the signature matches",
        "answers 202",
        "valid: the signature matches",
        "receipt says 202",
        "invalid: ",
        "error VS401",
        "answers 401",
    ];
    let mut rest = text;
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is not in its place in\n{text}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!sandbox.path().join("config").exists(), "the demo leaves nothing behind");
    let json = sandbox.sh("versia-cli demo --json");
    let steps: Vec<_> = json.code(0).out().lines().filter(|line| line.contains("\"step\"")).collect();
    assert_eq!(
        steps,
        [
            r#"{"step":"http","status":202}"#,
            r#"{"step":"websocket","status":202}"#,
            r#"{"step":"tampered","status":401}"#
        ]
    );
}
