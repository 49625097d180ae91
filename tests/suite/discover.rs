//! `discover`: an instance step by step, well and ill.

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::server::{Authority, closed_port, serve, serve_nothing, serve_tls};
use crate::serving::Serving;
use crate::world::{Reply, World, metadata};

fn discover(sandbox: &Sandbox, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli discover {arguments}"))
}

/// The document of a survey.
fn surveyed(sandbox: &Sandbox, arguments: &str, code: i32) -> Value {
    let ended = discover(sandbox, &format!("{arguments} --json"));
    let lines: Vec<_> = ended.code(code).out().lines().collect();
    assert_eq!(lines.len(), 1, "{}", ended.out());
    serde_json::from_str(lines[0]).unwrap()
}

fn step<'a>(survey: &'a Value, name: &str) -> &'a Value {
    survey["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).unwrap()
}

/// The verdicts of all steps, in their order.
fn verdicts(survey: &Value) -> Vec<&str> {
    survey["steps"].as_array().unwrap().iter().map(|step| step["verdict"].as_str().unwrap()).collect()
}

fn codes(step: &Value) -> Vec<&str> {
    step["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect()
}

#[test]
fn a_whole_instance_over_tls_is_well_in_every_step() {
    let sandbox = Sandbox::with_bob();
    let b = Serving::start(&sandbox, "--as bob --tls --user alice");
    let flags = format!("--resolve bob.com:443:127.0.0.1:{} --cacert config/authority/ca.pem", b.port());
    let survey = surveyed(&sandbox, &format!("@ALICE@bob.com {flags}"), 0);
    assert_eq!(verdicts(&survey), ["skipped", "ok", "ok", "ok", "ok", "ok", "ok", "ok", "ok"], "{survey}");
    assert_eq!((&survey["domain"], &survey["version"]), (&"bob.com".into(), &"0.6.0".into()));
    assert_eq!(step(&survey, "tls")["facts"]["version"], "1.3");
    assert_eq!(step(&survey, "http")["facts"]["http2"], true);
    let certificate = &step(&survey, "certificate")["facts"];
    assert_eq!(certificate["names"][0], "bob.com");
    assert!(certificate["days_left"].as_i64().unwrap() > 300, "{certificate}");
    assert!(survey["user_url"].as_str().unwrap().contains("/entities/User/"), "{survey}");
    assert_eq!(survey["key"], step(&survey, "key")["facts"]["fingerprint"]);
    for name in ["tcp", "tls", "http", "versions", "metadata", "webfinger"] {
        assert!(step(&survey, name)["millis"].is_number(), "{name}: {survey}");
    }
}

#[test]
fn what_is_in_the_way_is_told_at_its_step_and_the_rest_is_skipped_with_the_reason() {
    let sandbox = Sandbox::new();
    let survey = surveyed(&sandbox, "nowhere.invalid --connect-timeout 20", 3);
    assert_eq!(verdicts(&survey)[..2], ["failed", "skipped"]);
    assert_eq!(codes(step(&survey, "dns")), ["VN101"]);
    assert_eq!(step(&survey, "key")["said"], "the name has no address to connect to");
    let at = |port: u16| format!("b.example --resolve b.example:443:127.0.0.1:{port}");
    let survey = surveyed(&sandbox, &at(closed_port()), 3);
    assert_eq!(verdicts(&survey)[..4], ["skipped", "failed", "skipped", "skipped"]);
    assert_eq!(codes(step(&survey, "tcp")), ["VN102"]);
    let survey =
        surveyed(&sandbox, &at(serve(|stream| drop(stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n")))), 3);
    assert_eq!(verdicts(&survey)[..4], ["skipped", "ok", "failed", "skipped"], "{survey}");
    let survey = surveyed(&sandbox, &format!("{} --timeout 1", at(serve_nothing())), 3);
    assert_eq!(codes(step(&survey, "tls")), ["VN103"], "{survey}");
    let ended = discover(&sandbox, "http://192.0.2.1");
    assert!(ended.code(3).out().contains("VN131"), "{}", ended.out());
    assert_eq!(discover(&sandbox, "bob@b.example").code, 2);
}

#[test]
fn a_certificate_that_is_not_trusted_ends_it_unless_any_is_taken() {
    let authority = Authority::new();
    let sandbox = Sandbox::with_bob();
    sandbox.file("ca.pem", &authority.pem);
    let other = Authority::new();
    sandbox.file("other.pem", &other.pem);
    for (name, expired, cacert, code) in [
        ("bob.com", true, "ca.pem", "VN112"),
        ("c.example", false, "ca.pem", "VN113"),
        ("bob.com", false, "other.pem", "VN111"),
    ] {
        let (cert, key) = authority.issue(name, expired).pem();
        sandbox.file("cert.pem", cert);
        sandbox.file("cert.key", key);
        let b = Serving::start(&sandbox, "--as bob --cert cert.pem --key-file cert.key");
        let flags = format!("bob.com --resolve bob.com:443:127.0.0.1:{} --cacert {cacert}", b.port());
        let survey = surveyed(&sandbox, &flags, 3);
        let certificate = step(&survey, "certificate");
        assert_eq!((codes(certificate), &certificate["verdict"]), (vec![code], &"failed".into()), "{survey}");
        assert_eq!(certificate["facts"]["names"][0], name);
        assert_eq!(certificate["facts"]["days_left"].as_i64().unwrap() < 0, expired);
        let skipped = "the certificate is not trusted; --insecure goes on all the same";
        assert_eq!(step(&survey, "versions")["said"], skipped);
        // Nothing was asked for.
        let survey = surveyed(&sandbox, &format!("{flags} --insecure"), 0);
        assert_eq!(step(&survey, "certificate")["verdict"], "warning");
        assert_eq!(codes(step(&survey, "certificate")), [code]);
        assert_eq!(step(&survey, "key")["verdict"], "ok");
        let first = b.next();
        assert_eq!(first["http"], "2", "{first}");
        drop(b);
    }
}

#[test]
fn a_server_without_http2_and_with_a_certificate_that_ends_soon_draws_warnings() {
    let authority = Authority::new();
    let sandbox = Sandbox::new();
    sandbox.file("ca.pem", &authority.pem);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let port = serve_tls(&authority.issue_until("b.example", now as i64 + 10 * 86_400 + 3_600), |stream| {
        let body = "{\"versions\":[\"0.6.1\"]}";
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
    });
    let flags = format!("b.example --resolve b.example:443:127.0.0.1:{port} --cacert ca.pem");
    let survey = surveyed(&sandbox, &flags, 1);
    assert_eq!(codes(step(&survey, "certificate")), ["VN251"], "{survey}");
    assert_eq!(step(&survey, "certificate")["facts"]["days_left"], 10);
    assert_eq!(codes(step(&survey, "http")), ["VN250"]);
    assert_eq!(codes(step(&survey, "versions")), ["VN249"]);
    assert_eq!(step(&survey, "metadata")["verdict"], "failed");
}

#[test]
fn a_failing_document_does_not_end_it() {
    let sandbox = Sandbox::new();
    let world = World::start(|target| match target {
        "/.well-known/versia" => Some(Reply::page()),
        "/.versia/v0.6/instance" => Some(Reply::of(metadata("c.example")).unsigned()),
        _ => None,
    });
    let survey = surveyed(&sandbox, &format!("@bob@b.example {}", world.peer()), 1);
    assert_eq!(codes(step(&survey, "versions")), ["VN125"]);
    assert!(codes(step(&survey, "metadata")).contains(&"VN254"), "{survey}");
    assert_eq!(codes(step(&survey, "webfinger")), ["VN125"]);
    assert_eq!(step(&survey, "key")["verdict"], "ok");
    assert_eq!((&survey["verdict"], &survey["version"]), (&"failed".into(), &Value::Null));
    // An address of this machine has no domain of its own: the metadata tells it.
    let survey = surveyed(&sandbox, &world.url, 1);
    assert_eq!(survey["domain"], "c.example");
    assert_eq!(step(&survey, "metadata")["verdict"], "ok", "{survey}");
}

#[test]
fn faults_of_an_instance_are_told_where_they_are() {
    let sandbox = Sandbox::with_bob();
    for (fault, name, code, exit) in [
        ("redirect=https://c.example/ path=/.well-known/versia", "versions", "VN124", 1),
        ("garbage path=/.versia/v0.6/instance", "metadata", "VN122", 3),
        ("status=500 path=/.versia/v0.6/instance", "metadata", "VN125", 1),
        ("drop path=/.well-known/versia", "versions", "VN121", 3),
    ] {
        let b = Serving::start(&sandbox, &format!("--as bob --fault '{fault}'"));
        let survey = surveyed(&sandbox, &format!("{} ", b.url), exit);
        assert_eq!(codes(step(&survey, name)), [code], "{fault}: {survey}");
    }
}

#[test]
fn peers_cannot_write_to_the_terminal() {
    let sandbox = Sandbox::new();
    let world = World::start(|target| match target {
        "/.versia/v0.6/instance" => {
            Some(Reply::of(metadata("b.example").replace("A world", "\\u001b[2J\\u202e")).unsigned())
        }
        _ => None,
    });
    let ended = discover(&sandbox, &world.url);
    assert!(
        ended.out().contains("\\u{1b}[2J") && !ended.out().contains(['\u{1b}', '\u{202e}']),
        "{}",
        ended.out()
    );
}
