//! `bench`: what is counted, what decides the exit code, and whom it refuses to load.

use std::io::Read;
use std::process::Command;

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::inbox::{Answer, Inbox, accepted, status};
use crate::load::receivers::websocket;
use crate::server::{Authority, closed_port, serve_tls};

fn bench(sandbox: &Sandbox, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli bench {arguments}"))
}

/// The report, which has to be as its schema says.
fn report(ended: &Ended) -> Value {
    let report: Value = serde_json::from_str(ended.out().lines().next().unwrap()).unwrap();
    let schema = serde_json::from_str(versia_cli::bench::SCHEMA).unwrap();
    assert!(jsonschema::is_valid(&schema, &report), "{report}");
    report
}

#[test]
fn each_delivery_is_an_entity_of_its_own_that_is_valid_and_verifies() {
    let sandbox = Sandbox::with_bob();
    let inbox = Inbox::accepting();
    let ended = bench(&sandbox, &format!("{} --as bob --count 20 --concurrency 3 --json", inbox.url()));
    let report = report(ended.code(0));
    assert_eq!((&report["started"], &report["accepted"]), (&20.into(), &20.into()));
    assert_eq!(report["statuses"], serde_json::json!({"202": 20}));
    assert_eq!(report["how"]["signed"], "each");

    let received = inbox.received();
    let mut ids: Vec<_> = received
        .iter()
        .map(|one| serde_json::from_str::<Value>(one.text()).unwrap()["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!((received.len(), ids.len()), (20, 20));
    let entities: Vec<_> = received.iter().map(|one| one.text()).collect();
    sandbox.file("entities.ndjson", entities.join("\n"));
    sandbox.sh("versia-cli validate --ndjson entities.ndjson").code(0);
    sandbox.file("received.http", received[0].message());
    sandbox.sh("versia-cli verify received.http --as bob").code(0);
}

#[test]
fn what_is_signed_before_the_start_verifies_and_is_sent_again() {
    let sandbox = Sandbox::with_bob();
    let inbox = Inbox::accepting();
    let command = format!("{} --as bob --count 9 --presign 3 --concurrency 1 --json", inbox.url());
    assert_eq!(report(bench(&sandbox, &command).code(0))["how"]["signed"], "before");
    let mut bodies = inbox.bodies();
    bodies.dedup();
    assert_eq!(bodies.len(), 3);
    for (number, received) in inbox.received().iter().take(3).enumerate() {
        sandbox.file(&format!("{number}.http"), received.message());
        sandbox.sh(&format!("versia-cli verify {number}.http --as bob")).code(0);
    }
}

#[test]
fn places_in_a_file_are_filled_in_and_a_wrong_one_is_told() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::accepting();
    sandbox.file("entity.json", r#"{"n":{{n}}}"#);
    let command = format!("{} entity.json --unsigned --count 3", inbox.url());
    bench(&sandbox, &command).code(2);
    bench(&sandbox, &format!("{command} --no-validate")).code(0);
    assert_eq!(inbox.bodies(), [r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":2}"#]);
    sandbox.file("entity.json", "{{uid}}");
    let ended = bench(&sandbox, &command);
    assert!(ended.code(2).stderr.contains("{{uid}}"), "{}", ended.stderr);
}

#[test]
fn an_answer_of_500_is_no_success_and_has_times_of_its_own() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::start(|number, _| if number % 2 == 0 { accepted() } else { status(500, "") });
    let command = format!("{} --unsigned --count 10 --concurrency 1", inbox.url());
    let ended = bench(&sandbox, &format!("{command} --json"));
    let report = report(ended.code(1));
    assert_eq!((&report["accepted"], &report["accepted_percent"]), (&5.into(), &50.0.into()));
    assert_eq!(
        (&report["latency_ms"]["count"], &report["failure_latency_ms"]["count"]),
        (&5.into(), &5.into())
    );
    bench(&sandbox, &format!("{command} --expect 'ok>=50%' --expect 'failed<6'")).code(0);
    let ended = bench(&sandbox, &format!("{command} --expect 'ok>=50%' --expect 'ok>50%'"));
    let out = ended.code(1).out();
    assert!(out.contains("ok>=50%: met, 50.00 %") && out.contains("ok>50%: unmet, 50.00 %"), "{out}");
    bench(&sandbox, &format!("{command} --expect 'ok>50'")).code(2);
}

#[test]
fn in_the_open_model_a_stall_shows_in_all_deliveries_that_it_held_up() {
    let sandbox = Sandbox::new();
    // The first answer takes until all others are due: they were sent late, and none was slow by itself.
    let inbox = Inbox::start(|number, _| {
        if number == 0 {
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        accepted()
    });
    let command = format!("{} --unsigned --rate 100/s --count 90 --concurrency 1 --json", inbox.url());
    let report = report(bench(&sandbox, &command).code(0));
    assert_eq!((&report["started"], &report["how"]["model"]), (&90.into(), &"open".into()));
    let latency = &report["latency_ms"];
    // The last one was due at 890 ms, and no answer came before one second.
    assert_eq!(latency["count"], 90);
    assert!(latency["min"].as_f64().unwrap() >= 109.0, "{report}");
    assert!(latency["percentiles"]["p50"].as_f64().unwrap() >= 550.0, "{report}");
    assert!(latency["percentiles"]["p99"].as_f64().unwrap() >= 980.0, "{report}");
}

#[test]
fn a_redirect_is_no_success_and_is_not_followed() {
    let sandbox = Sandbox::new();
    let elsewhere = Inbox::accepting();
    let location = elsewhere.url();
    let inbox = Inbox::start(move |_, _| status(307, &format!("Location: {location}\r\n")));
    let report = report(bench(&sandbox, &format!("{} --unsigned --count 5 --json", inbox.url())).code(1));
    assert_eq!((&report["statuses"], &report["accepted"]), (&serde_json::json!({"307": 5}), &0.into()));
    assert_eq!(elsewhere.received().len(), 0);
}

#[test]
fn a_server_that_goes_away_refuses_connections_and_that_is_told_apart() {
    let sandbox = Sandbox::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        drop(listener);
        let mut head = Vec::new();
        while !head.ends_with(b"}") {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap();
            head.extend_from_slice(&buffer[..count]);
        }
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        std::io::Write::write_all(&mut stream, answer).unwrap();
    });
    let command = format!("http://127.0.0.1:{port} --unsigned --count 4 --concurrency 1 --json");
    let ended = bench(&sandbox, &command);
    let report = report(ended.code(1));
    assert_eq!(report["statuses"], serde_json::json!({"202": 1}));
    // The system may reset a connection that came while the listener was being closed.
    let count = |kind: &str| report["errors"][kind].as_u64().unwrap_or(0);
    assert!(count("refused") >= 1 && count("refused") + count("reset") == 3, "{report}");
    server.join().unwrap();
}

#[test]
fn what_is_not_answered_in_time_is_told_as_such_and_the_run_ends() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::start(|_, _| Answer::Hold);
    let command = format!("{} --unsigned --count 4 --concurrency 2 --timeout 0.3 --json", inbox.url());
    let report = report(bench(&sandbox, &command).code(1));
    assert_eq!((&report["errors"], &report["accepted"]), (&serde_json::json!({"time_out": 4}), &0.into()));
    assert!(report.get("latency_ms").is_none(), "{report}");
    inbox.release();
}

#[test]
fn a_connection_that_is_closed_without_an_answer_is_an_error_and_no_answer() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::start(|_, _| Answer::Close);
    let report = report(bench(&sandbox, &format!("{} --unsigned --count 4 --json", inbox.url())).code(1));
    assert_eq!(report["statuses"], serde_json::json!({}));
    let errors = report["errors"].as_object().unwrap();
    assert_eq!(errors.values().map(|count| count.as_u64().unwrap()).sum::<u64>(), 4, "{report}");
    assert!(errors.keys().all(|name| name == "closed" || name == "reset"), "{report}");
}

#[test]
fn an_inbox_that_is_not_there_is_exit_3() {
    let sandbox = Sandbox::new();
    for scheme in ["http", "ws"] {
        let ended = bench(&sandbox, &format!("{scheme}://127.0.0.1:{} --unsigned --count 1", closed_port()));
        assert!(ended.code(3).stderr.contains("VN102"), "{}", ended.stderr);
    }
}

#[test]
fn another_machine_is_not_loaded_unless_it_is_named() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::accepting();
    let rest = "--unsigned --count 1";
    let ended = bench(&sandbox, &format!("https://b.example {rest}"));
    assert!(ended.code(2).stderr.contains("--i-may-load-this b.example"), "{}", ended.stderr);
    bench(&sandbox, &format!("https://b.example {rest} --i-may-load-this c.example")).code(2);
    // Its own name is for this machine here.
    let here = format!("http://b.example --resolve b.example:80:127.0.0.1:{}", inbox.port);
    bench(&sandbox, &format!("{here} {rest}")).code(0);
    // A proxy elsewhere would bear the load.
    let through = format!("{} --proxy http://192.0.2.1:3128 --connect-timeout 0.01 {rest}", inbox.url());
    bench(&sandbox, &through).code(2);
    bench(&sandbox, &format!("{through} --i-may-load-this 127.0.0.1")).code(3);
}

#[test]
fn receipts_are_the_answers_over_websocket() {
    let sandbox = Sandbox::with_bob();
    let (address, seen) = websocket(true, |number| Some(if number % 2 == 0 { 202 } else { 422 }));
    let command = format!("ws://{address} --as bob --count 40 --concurrency 2 --expect 'ok>=50%' --json");
    let first = report(bench(&sandbox, &command).code(0));
    assert_eq!(first["statuses"], serde_json::json!({"202": 20, "422": 20}));
    let message = seen.received.lock().unwrap()[0].body.to_vec();
    sandbox.file("message.json", message);
    sandbox.sh("versia-cli verify message.json --as bob").code(0);

    let (address, _) = websocket(false, |_| None);
    let command = format!("ws://{address} --as bob --count 40 --json");
    let ended = bench(&sandbox, &command);
    assert!(ended.code(1).stderr.contains("--no-receipts"), "{}", ended.stderr);
    assert_eq!(report(bench(&sandbox, &format!("{command} --no-receipts")).code(0))["accepted"], 40);
}

#[test]
fn an_earlier_run_is_shown_beside_this_one() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::accepting();
    let command = format!("versia-cli bench {} --unsigned --count 5", inbox.url());
    sandbox.sh(&format!("{command} --json > old.json")).code(0);
    let ended = sandbox.sh(&format!("{command} --json --compare old.json"));
    let compared: Value = serde_json::from_str(ended.code(0).out().lines().nth(1).unwrap()).unwrap();
    assert_eq!(compared["compared"][1]["figure"], "accepted_percent");
    assert_eq!(compared["compared"][1]["change_percent"], 0.0);
    assert_eq!(ended.stderr, "");

    let other = sandbox.sh(&format!("{command} --concurrency 2 --compare old.json --format markdown"));
    assert!(other.code(0).out().contains("| accepted_percent | 100.0 | 100.0 | +0.0 % |"), "{}", other.out());
    assert!(other.stderr.contains("differs in concurrency"), "{}", other.stderr);
    sandbox.file("old.json", "{}");
    sandbox.sh(&format!("{command} --compare old.json")).code(2);
}

#[test]
fn an_interrupt_ends_the_run_with_what_was_measured() {
    let sandbox = Sandbox::new();
    let inbox = Inbox::start(|number, _| if number < 7 { accepted() } else { Answer::Hold });
    let command =
        format!("versia-cli bench {} --unsigned --duration 3600 --concurrency 1 --json", inbox.url());
    let mut child = sandbox.start(&command);
    inbox.wait_for(8);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        (&report["started"], &report["accepted"], &report["interrupted"]),
        (&7.into(), &7.into(), &true.into())
    );
    inbox.release();
}

#[test]
fn a_run_that_would_not_end_or_outlast_its_signatures_is_wrong_use() {
    let sandbox = Sandbox::with_bob();
    let to = "http://127.0.0.1:9 --as bob";
    for arguments in [
        "--rate 1e-300 --count 2",
        "--rate 1/s --count 18446744073709551615",
        "--presign 1 --duration 301",
        "--presign 1 --rate 1/s --count 301",
        "--duration 1e9",
        "--duration 1 --count 1",
        "--threads 2 --concurrency 1",
        "--in-flight 2",
        "--timings",
        "--new Nothing",
    ] {
        bench(&sandbox, &format!("{to} {arguments}")).code(2);
    }
}

#[test]
fn the_schema_is_printed_without_a_target() {
    let ended = bench(&Sandbox::new(), "--schema");
    let schema: Value = serde_json::from_str(ended.code(0).out()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn tls_names_and_authorities_are_those_of_the_other_commands() {
    let sandbox = Sandbox::new();
    let authority = Authority::new();
    sandbox.file("ca.pem", &authority.pem);
    let port = serve_tls(&authority.issue("b.example", false), |stream| {
        drop(stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    });
    let command = format!(
        "https://b.example --unsigned --count 1 --concurrency 1 --resolve b.example:443:127.0.0.1:{port}"
    );
    bench(&sandbox, &format!("{command} --cacert ca.pem")).code(0);
    assert!(bench(&sandbox, &command).code(3).stderr.contains("VN111"));
}
