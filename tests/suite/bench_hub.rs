//! `bench` on a hub: which subscriber got what, and when; what is lost, doubled and cut off.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, WebSocket, accept};

use crate::fixture::{Ended, Sandbox, root};
use crate::hub::Authorizer;
use crate::interop::tools;
use crate::server::closed_port;
use crate::serving::Serving;

fn bench(sandbox: &Sandbox, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli bench {arguments}"))
}

/// The report, which has to be as its schema says.
#[track_caller]
fn report(ended: &Ended) -> Value {
    let report: Value = serde_json::from_str(ended.out().lines().next().unwrap()).unwrap();
    let schema = serde_json::from_str(versia_cli::bench::SCHEMA).unwrap();
    let errors: Vec<_> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&report)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} {report}");
    report
}

/// Everybody got everything.
#[track_caller]
fn all_came(report: &Value, publications: u64, subscribers: u64) {
    let all = publications * subscribers;
    assert_eq!((&report["started"], &report["accepted"]), (&all.into(), &all.into()), "{report}");
    assert_eq!((&report["errors"], &report["latency_ms"]["count"]), (&json!({}), &all.into()));
    let hub = &report["hub"];
    assert_eq!(hub["publishing"]["accepted"], publications);
    assert_eq!(hub["publishing"]["latency_ms"]["count"], publications);
    assert_eq!(
        (&hub["subscribers"]["count"], &hub["subscribers"]["cut_off"]),
        (&subscribers.into(), &0.into())
    );
    assert_eq!(hub["subscribers"]["missed_some"], 0);
}

#[test]
fn each_subscriber_of_a_channel_gets_each_publication_once() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--quiet");
    let hub = format!("ws://{} --protocol wsify --topic t --subscribers 7 --json", server.address);
    let by_http = format!("{hub} --publish-to {} --count 30 --concurrency 3", server.url);
    let first = report(bench(&sandbox, &by_http).code(0));
    all_came(&first, 30, 7);
    assert_eq!(first["hub"]["publishing"]["statuses"], json!({"201": 30}));
    assert_eq!((&first["how"]["publishing"], &first["how"]["protocol"]), (&"http".into(), &"wsify".into()));

    sandbox.file("old.json", first.to_string());
    let open = format!("{hub} --rate 200/s --count 30 --warm-up 0.1 --concurrency 2 --compare old.json");
    let ended = bench(&sandbox, &open);
    let second = report(ended.code(0));
    all_came(&second, 30, 7);
    assert_eq!((&second["how"]["publishing"], &second["how"]["model"]), (&"session".into(), &"open".into()));
    assert!(
        ended.stderr.contains("differs in model, rate, concurrency, the way of publishing"),
        "{}",
        ended.stderr
    );
    assert!(ended.out().contains(r#""figure":"publishing_p99_ms""#), "{}", ended.out());

    let people = bench(&sandbox, &by_http.replace("--json", "--expect 'ok>=100%' --expect 'p99>0ms'"));
    let out = people.code(0).out();
    assert!(out.contains("wsify, topic t, 7 subscribers, 3 publishers by HTTP"), "{out}");
    assert!(out.contains("published  30 of 30") && out.contains("ok>=100%: met"), "{out}");
    let page = bench(&sandbox, &by_http.replace("--json", "--format markdown"));
    assert!(page.code(0).out().contains("- sessions: 7 subscribed"), "{}", page.out());
}

#[test]
fn each_subscriber_of_a_topic_gets_what_is_published_by_rpc_on_both_wires() {
    let sandbox = Sandbox::new();
    sandbox.file("payload.txt", "number {{n}} \"quoted\"\n");
    for (wire, protocol) in [("2.3.1", "roadrunner"), ("2.3.0", "roadrunner-2.3.0")] {
        let server =
            Serving::of("roadrunner", &sandbox, &format!("--quiet --wire {wire} --rpc tcp://127.0.0.1:0"));
        let rpc = server.listening["listening"]["rpc"].as_str().unwrap();
        let command = format!(
            "ws://{} payload.txt --protocol {protocol} --topic t --publish-to {rpc} --subscribers 5 --count 20 \
             --concurrency 2 --json",
            server.address
        );
        let report = report(bench(&sandbox, &command).code(0));
        all_came(&report, 20, 5);
        assert_eq!(
            (&report["how"]["publishing"], &report["how"]["protocol"]),
            (&"rpc".into(), &protocol.into())
        );
    }
}

#[test]
fn a_hub_over_nodes_ws_that_writes_json_anew_is_loaded_too() {
    let sandbox = Sandbox::new();
    let (script, tools) = (root().join("tests/interop/wsify_hub.mjs"), tools());
    let command =
        format!("node '{}' '{}/node/node_modules/ws/wrapper.mjs'", script.display(), tools.display());
    let mut hub = sandbox.start(&command);
    let mut port = String::new();
    BufReader::new(hub.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let ended = bench(
        &sandbox,
        &format!(
            "ws://127.0.0.1:{} --protocol wsify --topic t --subscribers 6 --count 25 --json",
            port.trim()
        ),
    );
    all_came(&report(ended.code(0)), 25, 6);
    hub.kill().unwrap();
    hub.wait().unwrap();
}

/// What a hub does with one publication for one of its members.
enum Act {
    Deliver,
    Lose,
    Double,
    DeliverAndClose,
}

/// A hub that does as it is told with the publication of a number for the member of a number. Its address.
fn scripted(act: impl Fn(u64, usize) -> Act + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (act, members) = (Arc::new(act), Arc::new(Mutex::new(Vec::new())));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (act, members) = (Arc::clone(&act), Arc::clone(&members));
            thread::spawn(move || serve(stream, &*act, &members));
        }
    });
    address
}

fn serve(stream: TcpStream, act: &dyn Fn(u64, usize) -> Act, members: &Mutex<Vec<WebSocket<TcpStream>>>) {
    let mut socket = accept(stream).unwrap();
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else { continue };
        let command: Value = serde_json::from_str(&text).unwrap();
        let mut members = members.lock().unwrap();
        if command["command"] == "join" {
            let stream = socket.get_ref().try_clone().unwrap();
            members.push(WebSocket::from_raw_socket(stream, Role::Server, None));
            continue;
        }
        let content = &command["args"]["content"];
        for (number, member) in members.iter_mut().enumerate() {
            let act = act(content["n"].as_u64().unwrap(), number);
            let times = match act {
                Act::Lose => 0,
                Act::Double => 2,
                Act::Deliver | Act::DeliverAndClose => 1,
            };
            // Whoever was cut off gets nothing any more.
            (0..times).for_each(|_| drop(member.send(Message::text(content.to_string()))));
            if let Act::DeliverAndClose = act {
                let frame = CloseFrame { code: 1013.into(), reason: "\u{1b}[31mtoo slow".into() };
                drop(member.close(Some(frame)));
            }
        }
    }
}

#[test]
fn what_is_lost_or_comes_twice_is_an_error_and_whoever_is_cut_off_is_named() {
    let sandbox = Sandbox::new();
    let hub = scripted(|number, member| match (number, member) {
        (3, 0) => Act::Lose,
        (4, 1) => Act::Double,
        (5, 2) => Act::DeliverAndClose,
        _ => Act::Deliver,
    });
    let command = format!(
        "ws://{hub} --protocol wsify --topic t --subscribers 3 --rate 500/s --count 20 --concurrency 1 --timeout 2"
    );
    let ended = bench(&sandbox, &format!("{command} --json"));
    let report = report(ended.code(1));
    assert_eq!(report["errors"], json!({"lost": 1, "duplicated": 1, "cut_off": 15}), "{report}");
    assert_eq!((&report["started"], &report["accepted"]), (&61.into(), &44.into()));
    let subscribers = &report["hub"]["subscribers"];
    assert_eq!((&subscribers["cut_off"], &subscribers["missed_some"]), (&1.into(), &2.into()));
    let first = &subscribers["cut_off_first"][0];
    assert_eq!((&first["code"], &first["received"]), (&1013.into(), &5.into()), "{report}");
    assert_eq!(report["hub"]["publishing"]["accepted"], 20);
}

#[test]
fn in_the_closed_model_a_publication_that_one_subscriber_never_gets_holds_its_publisher_up_until_the_time_out()
 {
    let sandbox = Sandbox::new();
    let hub = scripted(|number, member| if (number, member) == (2, 0) { Act::Lose } else { Act::Deliver });
    let command = format!(
        "ws://{hub} --protocol wsify --topic t --subscribers 2 --count 4 --concurrency 1 --timeout 1.5 \
         --expect 'ok>=87.5%'"
    );
    let out = bench(&sandbox, &command);
    assert!(out.code(0).out().contains("lost: not delivered in time × 1"), "{}", out.out());
    let seconds = |text: &str| text.split(" s\n").next().unwrap().rsplit(' ').next().unwrap().parse::<f64>();
    assert!(seconds(out.out()).unwrap() >= 1.5, "{}", out.out());
}

#[test]
fn a_subscriber_that_is_cut_off_is_shown_with_what_the_hub_said_and_nothing_of_it_reaches_the_terminal_raw() {
    let sandbox = Sandbox::new();
    let hub = scripted(|number, _| if number == 2 { Act::DeliverAndClose } else { Act::Deliver });
    let command = format!("ws://{hub} --protocol wsify --topic t --subscribers 1 --count 5 --concurrency 1");
    let ended = bench(&sandbox, &command);
    let out = ended.code(1).out();
    assert!(out.contains("cut off    subscriber 0 after 2 deliveries: 1013 "), "{out}");
    assert!(!out.contains('\u{1b}') && out.contains("subscriber cut off × 3"), "{out}");
}

#[test]
fn a_hub_that_takes_no_publications_or_no_subscribers_is_told_before_the_start() {
    let sandbox = Sandbox::new();
    sandbox.file("key.txt", "hush\n");
    let server = Serving::of("wsify", &sandbox, "--quiet --broadcasting-key-file key.txt");
    let to = format!(
        "ws://{0} --protocol wsify --topic t --subscribers 2 --count 3 --publish-to http://{0}",
        server.address
    );
    let refused = bench(&sandbox, &to);
    assert!(refused.code(1).stderr.contains("it answers 403"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--key-file"), "{}", refused.stderr);
    let taken = bench(&sandbox, &format!("{to} --key-file key.txt --json"));
    all_came(&report(taken.code(0)), 3, 2);
    assert!(!taken.out().contains("hush"), "{}", taken.out());

    let authorizer = Authorizer::start(|question| match question["command"].as_str() {
        Some("join") => (403, "", ""),
        _ => (200, "", ""),
    });
    for (protocol, road, says) in [
        ("wsify", "", "came to 0 of 2 subscribers"),
        ("roadrunner", "--rpc tcp://127.0.0.1:0", "does not let a subscriber join the topic"),
    ] {
        let server =
            Serving::of(protocol, &sandbox, &format!("--quiet --authorizer {} {road}", authorizer.url));
        let publish = match server.listening["listening"]["rpc"].as_str() {
            Some(rpc) => format!("--publish-to {rpc}"),
            None => String::new(),
        };
        let command = format!(
            "ws://{} --protocol {protocol} --topic t --subscribers 2 --count 3 --timeout 2 {publish}",
            server.address
        );
        let ended = bench(&sandbox, &command);
        assert!(ended.code(1).stderr.contains(says), "{protocol}: {}", ended.stderr);
    }
}

#[test]
fn a_hub_that_is_not_there_is_exit_3_and_one_elsewhere_is_not_loaded() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--quiet");
    let here = format!("ws://{} --protocol wsify --topic t --subscribers 1 --count 1", server.address);
    let gone = closed_port();
    bench(&sandbox, &format!("ws://127.0.0.1:{gone} --protocol wsify --topic t --count 1")).code(3);
    bench(&sandbox, &format!("{here} --publish-to http://127.0.0.1:{gone}")).code(3);
    for (arguments, says) in [
        ("wss://hub.example --protocol wsify --topic t", "--i-may-load-this hub.example"),
        (&format!("{here} --publish-to https://hub.example"), "--i-may-load-this hub.example"),
        ("ws://127.0.0.1:9 --protocol roadrunner --topic t", "--publish-to tcp://127.0.0.1:6001"),
        (
            "ws://127.0.0.1:9 --protocol roadrunner --topic t --publish-to tcp://rr.example",
            "--i-may-load-this rr.example",
        ),
        ("ws://127.0.0.1:9 --protocol wsify", "--topic NAME"),
        ("ws://127.0.0.1:9 --protocol chat --topic t", "chat has no topics"),
        ("ws://127.0.0.1:9 --protocol wsify --topic t --presign 3", "--presign is not for a hub"),
        ("ws://127.0.0.1:9 --topic t", "--protocol"),
    ] {
        let ended = bench(&sandbox, arguments);
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
}
