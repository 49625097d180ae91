//! `serve` over HTTP: what it answers, what it records, what it refuses, what it does wrong on purpose.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use versia_cli::signing::{SecretKey, Signer};

use crate::fixture::Sandbox;
use crate::serving::Serving;

pub const INBOX: &str = "/.versia/v0.6/inbox";
pub const NOTE: &str = r#"{"id":"1","type":"Note","author":"alice","content":null}"#;

/// A signer whose key the test knows.
pub fn signer(domain: &str) -> Signer {
    Signer::new(SecretKey::from_seed(&[7; 32]), domain)
}

pub fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A folder with the key of [`signer`] in `a.key`, and identities of two domains.
pub fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_bob();
    sandbox.file("a.key", &*signer("a.example").key().to_pkcs8_base64());
    sandbox.sh("chmod 600 a.key").code(0);
    sandbox
}

/// Sends bytes over a connection of their own, and reads to its end; a reset is an error's text.
pub fn exchange(address: &str, bytes: &[u8]) -> Result<String, String> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(_) => Ok(String::from_utf8_lossy(&answer).into_owned()),
        Err(error) => Err(format!("{:?} after {:?}", error.kind(), String::from_utf8_lossy(&answer))),
    }
}

/// A signed POST of a body to the inbox, as bytes, whose connection is closed behind it.
pub fn delivery(signer: &Signer, at: i64, body: &str) -> Vec<u8> {
    let signed = signer.sign("POST", INBOX, at, body.as_bytes());
    format!(
        "POST {INBOX} HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\nContent-Length: {}\r\n\
         Versia-Signature: {}\r\nVersia-Signed-By: {}\r\nVersia-Signed-At: {}\r\n\r\n{body}",
        body.len(),
        signed.signature,
        signed.signed_by,
        signed.signed_at
    )
    .into_bytes()
}

fn status(answer: &Result<String, String>) -> &str {
    answer.as_ref().unwrap().split(' ').nth(1).unwrap_or_default()
}

/// A signer's instance that `serve` can ask for the key of [`signer`].
pub fn instance_of_a(sandbox: &Sandbox) -> Serving {
    Serving::start(sandbox, "--key a.key --signed-by a.example")
}

/// A `serve` of b.example that knows where a.example is.
pub fn serve_b(sandbox: &Sandbox, a: &Serving, arguments: &str) -> Serving {
    Serving::start(sandbox, &format!("--as bob --domain b.example --peer a.example={} {arguments}", a.url))
}

#[test]
fn a_delivery_is_accepted_verified_by_the_fetched_key_and_recorded() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let answer = exchange(&b.address, &delivery(&signer("a.example"), now(), NOTE));
    assert_eq!(status(&answer), "202", "{answer:?}");
    let record = b.next();
    assert_eq!(record["request"]["verdict"]["signature"], "valid", "{record}");
    assert_eq!(record["request"]["verdict"]["signed_by"], "a.example");
    assert_eq!(record["request"]["body"], NOTE);
    assert_eq!((&record["http"], &record["direction"]), (&json!("1.1"), &json!("in")));
    assert_eq!(record["response"]["status"], 202);
    let asked = a.next();
    assert_eq!(asked["request"]["target"], "/.versia/v0.6/instance");
    // The answer is signed, and verifies as the record has it.
    sandbox.file("record.ndjson", record.to_string());
    let verify = "versia-cli verify record.ndjson --only response --as bob --json";
    assert!(sandbox.sh(verify).code(0).out().contains("\"signature\":\"valid\""));
    assert_eq!(b.stop().code, 0);
}

#[test]
fn a_request_is_recorded_byte_for_byte_and_verified_over_its_path_as_written() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    for target in ["http://b.example/x/../é/%2f?q=é", "/a/./../b//c", "/%7euser/é", INBOX] {
        let body = "{\"type\":\"Note\"}\r\n";
        let signed = signer("a.example").sign("POST", target, now(), body.as_bytes());
        let headers = [
            ("hOST", "b.example".to_owned()),
            ("X-Twice", "one".to_owned()),
            ("versia-SIGNATURE", signed.signature),
            ("x-twice", "two, three".to_owned()),
            ("Versia-Signed-By", signed.signed_by),
            ("X-TWICE", "four".to_owned()),
            ("versia-signed-at", signed.signed_at),
            ("content-length", body.len().to_string()),
            ("ConnectioN", "close".to_owned()),
        ];
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let answer = exchange(&b.address, format!("POST {target} HTTP/1.1\r\n{lines}\r\n{body}").as_bytes());
        assert!(["202", "404"].contains(&status(&answer)), "{target}: {answer:?}");
        let record = b.next();
        let request = &record["request"];
        assert_eq!(request["target"], target);
        assert_eq!(request["headers"], json!(headers), "{target}");
        assert_eq!(request["body"], body);
        assert_eq!(request["verdict"]["signature"], "valid", "{target}: {record}");
    }
}

#[test]
fn requests_on_one_connection_keep_their_own_heads() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob");
    let pipelined = "POST /one HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
                     GET /two HTTP/1.1\r\nHost: x\r\nX-Second: yes\r\n\r\n\
                     GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = exchange(&b.address, pipelined.as_bytes()).unwrap();
    assert_eq!(answer.matches("HTTP/1.1 404").count(), 3, "{answer}");
    let targets: Vec<_> = (0..3).map(|_| b.next()["request"]["target"].clone()).collect();
    assert_eq!(targets, ["/one", "/two", "/three"]);
}

#[test]
fn what_is_no_request_is_kept_as_it_came() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob");
    let answer = exchange(&b.address, b"GET /a b c HTTP/1.1\r\nno colon\r\n\r\n");
    assert_eq!(status(&answer), "400", "{answer:?}");
    assert_eq!(b.next()["malformed"], "GET /a b c HTTP/1.1\r\nno colon\r\n\r\n");
    let _ = exchange(&b.address, b"\x16\x03\x01\x02\x00rubbish\xff\r\n\r\n");
    assert!(b.next()["malformed"]["base64"].is_string());
}

#[test]
fn a_request_that_only_the_library_refuses_is_told_of_with_its_reason() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example");
    let many: String = (0..120).map(|number| format!("X-{number}: 1\r\n")).collect();
    for (request, why) in [
        (
            "POST /a HTTP/1.1\r\nContent-Length: 1\r\ncontent-LENGTH: 2\r\n\r\n{}".to_owned(),
            "invalid content-length",
        ),
        (
            "POST /a HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n".to_owned(),
            "invalid transfer-encoding",
        ),
        ("GET http:// HTTP/1.1\r\n\r\n".to_owned(), "invalid URI"),
        (format!("GET /a HTTP/1.1\r\n{many}\r\n"), "too large"),
    ] {
        assert!(exchange(&b.address, request.as_bytes()).unwrap().starts_with("HTTP/1.1 4"), "{request}");
        let record = b.next();
        let (method, rest) = request.split_once(' ').unwrap();
        assert_eq!(record["request"]["method"], method, "{record}");
        assert_eq!(record["request"]["target"], rest.split(' ').next().unwrap(), "{record}");
        assert!(record["error"]["message"].as_str().unwrap().contains(why), "{why}: {record}");
    }
}

#[test]
fn an_upgrade_that_is_not_taken_leaves_the_next_heads_as_written() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example");
    let requests = "GET /one HTTP/1.1\r\nHOST: b\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n\
                    GET /two/../é HTTP/1.1\r\nHOST: b\r\nConnection: close\r\n\r\n";
    exchange(&b.address, requests.as_bytes()).unwrap();
    assert_eq!(b.next()["request"]["target"], "/one");
    let second = b.next();
    assert_eq!(second["request"]["target"], "/two/../é");
    assert_eq!(second["request"]["headers"], json!([["HOST", "b"], ["Connection", "close"]]));
}

#[test]
fn a_head_is_answered_with_the_length_that_a_get_would_have() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example");
    for target in ["/.versia/v0.6/instance", "/nothing", "/.versia/v0.6/entities/User/1"] {
        let ask = |method: &str| {
            exchange(
                &b.address,
                format!("{method} {target} HTTP/1.1\r\nConnection: close\r\n\r\n").as_bytes(),
            )
            .unwrap()
        };
        let (got, head) = (ask("GET"), ask("HEAD"));
        let (_, body) = got.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}\r\n", body.len())), "{head}");
        assert!(head.ends_with("\r\n\r\n") && got.lines().next() == head.lines().next(), "{head}");
        b.next();
        sandbox.file("head.ndjson", b.next().to_string());
        sandbox.sh("versia-cli verify head.ndjson --only response --as bob --json").code(0);
    }
}

#[test]
fn by_default_everything_is_accepted_and_badged() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "");
    let a_signer = signer("a.example");
    let tampered = String::from_utf8(delivery(&a_signer, now(), NOTE)).unwrap().replace("alice", "mallo");
    let unsigned =
        format!("POST {INBOX} HTTP/1.1\r\nConnection: close\r\nHost: b\r\nContent-Length: 2\r\n\r\n{{}}");
    for (bytes, signature, code) in [
        (tampered.into_bytes(), "invalid", "VS401"),
        (unsigned.into_bytes(), "missing", "VS101"),
        (delivery(&a_signer, now() - 1_000, NOTE), "stale", "VS202"),
        (delivery(&signer("nobody.invalid"), now(), NOTE), "key-unavailable", "VS301"),
        (delivery(&a_signer, now(), "no json"), "valid", "VS501"),
        (delivery(&a_signer, now(), r#"{"type":"Note","author":"c.example:alice"}"#), "valid", "VS603"),
    ] {
        assert_eq!(status(&exchange(&b.address, &bytes)), "202", "{signature}");
        let record = b.next();
        let verdict = &record["request"]["verdict"];
        assert_eq!(verdict["signature"], signature, "{record}");
        assert!(verdict["codes"].as_array().unwrap().contains(&json!(code)), "{record}");
    }
}

#[test]
fn with_reject_the_documents_are_followed() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--reject");
    let a_signer = signer("a.example");
    let tampered = String::from_utf8(delivery(&a_signer, now(), NOTE)).unwrap().replace("alice", "mallo");
    let unsigned =
        format!("POST {INBOX} HTTP/1.1\r\nConnection: close\r\nHost: b\r\nContent-Length: 2\r\n\r\n{{}}");
    let get = "GET /.versia/v0.6/entities/User/1 HTTP/1.1\r\nConnection: close\r\nHost: b\r\n\r\n";
    for (bytes, expected, says) in [
        (delivery(&a_signer, now(), NOTE), "202", ""),
        (tampered.into_bytes(), "401", "VS401"),
        (unsigned.into_bytes(), "401", "VS101"),
        (get.as_bytes().to_vec(), "401", "VS101"),
        (delivery(&a_signer, now() - 301, NOTE), "422", "VS202"),
        (delivery(&a_signer, now() + 310, NOTE), "422", "VS203"),
        (delivery(&signer("nobody.invalid"), now(), NOTE), "401", "VS301"),
        (delivery(&a_signer, now(), "no json"), "422", "not JSON"),
        (delivery(&a_signer, now(), "[]"), "422", "no JSON object"),
        (delivery(&a_signer, now(), "{}"), "422", "no type"),
        (delivery(&a_signer, now(), "{"), "422", "\"codes\":[\"VS501\"]"),
    ] {
        let answer = exchange(&b.address, &bytes);
        assert_eq!(status(&answer), expected, "{answer:?}");
        assert!(answer.as_ref().unwrap().contains(says), "{says}: {answer:?}");
    }
}

#[test]
fn a_new_key_is_not_asked_for_right_after_the_old_one_came() {
    let sandbox = sandbox();
    let mut a = instance_of_a(&sandbox);
    let port = a.port();
    let b = serve_b(&sandbox, &a, "");
    exchange(&b.address, &delivery(&signer("a.example"), now(), NOTE)).unwrap();
    assert_eq!(b.next()["request"]["verdict"]["signature"], "valid");
    assert_eq!(a.stop().code, 0);
    let new = Signer::new(SecretKey::from_seed(&[8; 32]), "a.example");
    sandbox.file("a.key", &*new.key().to_pkcs8_base64());
    a = Serving::start_at(&sandbox, port, "--key a.key --signed-by a.example");
    // A key that was fetched a moment ago is not fetched again: whoever sends rubbish would decide how often.
    exchange(&b.address, &delivery(&new, now(), NOTE)).unwrap();
    let verdict = b.next()["request"]["verdict"]["signature"].clone();
    assert_eq!(verdict, "invalid");
    drop(a);
}

#[test]
fn users_and_metadata_are_found() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example --user alice");
    let get = |path: &str| sandbox.sh(&format!("curl -s '{}{path}'", b.url)).out().to_owned();
    let json = |path: &str| serde_json::from_str::<Value>(&get(path)).unwrap();
    assert_eq!(json("/.well-known/versia"), json!({"versions": ["0.6.0"]}));
    let metadata = json("/.versia/v0.6/instance");
    assert_eq!((&metadata["type"], &metadata["domain"]), (&json!("InstanceMetadata"), &json!("b.example")));
    let found = json("/.well-known/webfinger?resource=acct%3AALICE%40b.example");
    let link = found["links"][0]["href"].as_str().unwrap();
    let user = json(link.strip_prefix("https://b.example").unwrap());
    assert_eq!((&user["type"], &user["username"]), (&json!("User"), &json!("alice")));
    assert!(get("/.well-known/webfinger?resource=acct:bob@b.example").contains("no user"));
    let key = sandbox.sh(&format!("versia-cli key {}", b.url));
    assert!(key.code(0).out().contains(b.listening["listening"]["key"].as_str().unwrap()));
}

#[test]
fn http_2_and_both_versions_of_tls_are_spoken_under_the_local_authority() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example --tls");
    let authority = b.listening["listening"]["authority"].as_str().unwrap();
    assert!(authority.ends_with("authority/ca.pem"));
    for (flags, http, tls) in
        [("--http1.1 --tls-max 1.2", "1.1", "1.2"), ("--http1.1", "1.1", "1.3"), ("--http2", "2", "1.3")]
    {
        let resolve = format!("--resolve b.example:{0}:127.0.0.1 https://b.example:{0}", b.port());
        let line = format!("curl -sSi {flags} --cacert '{authority}' {resolve}{INBOX}x -d 'x=é'");
        let answer = sandbox.sh(&line);
        assert!(answer.code(0).out().starts_with(&format!("HTTP/{http} 404")), "{}", answer.out());
        let record = b.next();
        assert_eq!((&record["http"], &record["tls"]), (&json!(http), &json!(tls)));
        assert_eq!(record["request"]["body"], "x=é");
    }
    // Made once: a second server has the same one.
    let again = Serving::start(&sandbox, "--as bob --tls");
    let line = format!("curl -sS --cacert '{authority}' {}/.well-known/versia", again.url);
    sandbox.sh(&line).code(0);
    let mode = sandbox.sh(&format!("stat -c %a '{}'", authority.replace("ca.pem", "ca.key")));
    assert_eq!(mode.out(), "600\n");
    let served = b.stop();
    assert_eq!(served.code, 0, "{}", served.stderr);
}

#[test]
fn a_certificate_of_one_s_own_is_used() {
    let sandbox = sandbox();
    sandbox
        .sh("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.pem -days 2 -subj /CN=b \
             -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE")
        .code(0);
    let b = Serving::start(&sandbox, "--as bob --cert tls.pem --key-file tls.key");
    sandbox.sh(&format!("curl -sS --cacert tls.pem {}/.well-known/versia", b.url)).code(0);
    let plain = exchange(&b.address, b"GET / HTTP/1.1\r\n\r\n");
    assert!(plain.is_ok() || plain.is_err());
    let served = b.stop();
    assert!(served.stderr.contains("TLS handshake failed"), "{}", served.stderr);
}

#[test]
fn a_body_over_the_limit_is_refused_and_kept_as_far_as_it_was_read() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --max-body 10");
    let answer = exchange(
        &b.address,
        b"POST /x HTTP/1.1\r\nHost: b\r\nContent-Length: 20\r\n\r\n01234567890123456789",
    );
    assert!(answer.as_ref().is_ok_and(|answer| answer.starts_with("HTTP/1.1 413")), "{answer:?}");
    let record = b.next();
    assert_eq!(
        (&record["request"]["body"], &record["request"]["truncated"]),
        (&json!("0123456789"), &json!(true))
    );
}

#[test]
fn what_is_expected_decides_the_exit_code() {
    let sandbox = sandbox();
    let follow = r#"{"type":"Follow","author":"alice","followee":"b.example:bob"}"#;
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--expect Follow --count 2 --for 30s");
    let a_signer = signer("a.example");
    exchange(&b.address, &delivery(&a_signer, now(), NOTE)).unwrap();
    for _ in 0..2 {
        exchange(&b.address, &delivery(&a_signer, now(), follow)).unwrap();
    }
    let served = b.wait();
    assert_eq!(served.code, 0, "{}", served.stderr);
    let last = json!({"expected": {"type": "Follow", "count": 2, "came": 2, "not_verified": 0}});
    assert_eq!(served.lines.last(), Some(&last));

    let b = serve_b(&sandbox, &a, "--expect Follow --for 1.5");
    exchange(&b.address, &delivery(&signer("nobody.invalid"), now(), follow)).unwrap();
    let served = b.wait();
    assert_eq!(served.code, 1, "{}", served.stderr);
    assert_eq!(served.lines.last().unwrap()["expected"]["not_verified"], 1);

    assert_eq!(Serving::start(&sandbox, "--as bob --for 0.1").wait().code, 0);
}

#[test]
fn faults_below_http_spoil_one_answer() {
    let sandbox = sandbox();
    let get = b"GET /.well-known/versia HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
    let with = |fault: &str| {
        let b = Serving::start(&sandbox, &format!("--as bob --fault '{fault} for=1'"));
        let (spoilt, good) = (exchange(&b.address, get), exchange(&b.address, get));
        assert!(good.as_ref().is_ok_and(|answer| answer.ends_with("{\"versions\":[\"0.6.0\"]}")), "{good:?}");
        spoilt
    };
    assert_eq!(with("drop"), Ok(String::new()));
    assert!(with("reset-after=0").unwrap_err().starts_with("ConnectionReset"));
    assert!(with("reset-after=20").is_err());
    assert!(!with("garbage").unwrap().starts_with("HTTP"));
    let longer = with("length=+10").unwrap();
    assert!(longer.contains("Content-Length: 32\r\n") && longer.ends_with("]}"), "{longer}");
    assert!(with("length=-2").unwrap().contains("Content-Length: 20\r\n"));
    let started = std::time::Instant::now();
    assert!(with("delay=400ms").unwrap().ends_with("]}"));
    assert!(started.elapsed() >= Duration::from_millis(400));
}

#[test]
fn a_wrong_length_is_promised_over_http_2_too() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --domain b.example --fault length=+5");
    let curl = format!("curl -s -m 20 -i --http2-prior-knowledge {}/.well-known/versia", b.url);
    let answer = sandbox.sh(&curl);
    // The stream ends before what was promised came (92), and is not waited for until the time is up (28).
    answer.code(92);
}

#[test]
fn faults_of_answers_are_wrong_in_one_way_each() {
    let sandbox = sandbox();
    let get = b"GET /nothing HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n";
    let with = |fault: &str| {
        let b = Serving::start(&sandbox, &format!("--as bob --fault '{fault}'"));
        (exchange(&b.address, get).unwrap(), b.next())
    };
    let (answer, _) = with("status=503 retry-after=2");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After: 2\r\n"), "{answer}");
    let (answer, _) = with("redirect=https://c.example/");
    assert!(answer.starts_with("HTTP/1.1 302") && answer.contains("Location: https://c.example/\r\n"));
    let (answer, _) = with("unsigned");
    assert!(!answer.contains("Versia-"), "{answer}");
    for (fault, verdict) in [("stale", "stale"), ("wrong-key", "invalid"), ("delay=0", "valid")] {
        let (_, record) = with(fault);
        sandbox.file("record.ndjson", record.to_string());
        let verified =
            sandbox.sh("versia-cli verify record.ndjson --only response --as bob --json --as-of now");
        let told: Value = serde_json::from_str(verified.out()).unwrap();
        assert_eq!(told["verdict"]["signature"], verdict, "{fault}: {}", verified.out());
    }
}

#[test]
fn a_request_that_hangs_does_not_keep_the_server_from_ending() {
    let sandbox = sandbox();
    let b = Serving::start(&sandbox, "--as bob --fault hang");
    let mut stream = TcpStream::connect(&b.address).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: b\r\n\r\n").unwrap();
    assert!(b.next()["error"]["message"].as_str().unwrap().contains("no answer"));
    b.signal("INT");
    // The port is free at once; the second signal ends the wait for what is under way.
    while TcpStream::connect(&b.address).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(b.stop().code, 130);
}

#[test]
fn people_get_a_line_per_delivery() {
    let sandbox = sandbox();
    let line = "versia-cli serve --no-validate --listen 127.0.0.1:0 --as bob > out & \
                until grep -q inbox out; do :; done; url=$(grep -o 'http://[0-9.:]*' out | head -n 1); \
                curl -s $url/x; printf 'two\\nlines \\033[31m' | curl -s --data-binary @- $url/.versia/v0.6/messaging; \
                printf '{\"type\":\"Note\",\"author\":\"\\033[2J\"}' > note; \
                eval \"$(versia-cli sign POST $url/.versia/v0.6/inbox --body note --as bob --format curl -q)\"; kill -TERM $!; wait; cat out";
    let ended = sandbox.sh(line);
    let out = ended.code(0).out();
    assert!(out.contains("message from 127.0.0.1") && out.contains("two\\nlines \\u{1b}[31m"), "{out}");
    assert!(out.contains("valid        Note") || out.contains("valid        no type"), "{out}");
    assert!(!out.contains("/x") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn credentials_are_hidden_unless_asked_for() {
    let sandbox = sandbox();
    let get = b"GET /x HTTP/1.1\r\nHost: b\r\nauthorization: Bearer hush\r\nCookie: hush\r\nConnection: close\r\n\r\n";
    for (flag, shown) in [("", "(hidden)"), ("--with-secrets", "Bearer hush")] {
        let b = Serving::start(&sandbox, &format!("--as bob {flag}"));
        exchange(&b.address, get).unwrap();
        assert_eq!(b.next()["request"]["headers"][1], json!(["authorization", shown]));
    }
}
