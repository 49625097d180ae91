//! `serve wsify`: channels, `/broadcast`, the authorizer, and what the original does wrong.

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::fixture::Sandbox;
use crate::hub::{Authorizer, Client, http};
use crate::server::closed_port;
use crate::serving::Serving;

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn members_get_the_bare_content_in_order_and_the_sender_too_if_it_joined() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "");
    let mut a = Client::joining(&server.address, &["hello"]);
    let mut b = Client::joining(&server.address, &["hello", "other"]);
    let mut outside = Client::joining(&server.address, &["other"]);
    // As the program's own document writes it, and with content of every kind.
    a.send("{\n  \"command\":  \"broadcast\",\n  \"args\": {\n    \"channel\": \" hello \"\n  }\n}");
    for content in ["1", "\"é 😀\"", "{\"a\": [1.50, 1e400], \"b\":null}", "[]", "false"] {
        outside
            .send(format!(r#"{{"command":"broadcast","args":{{"channel":"hello","content":{content}}}}}"#));
        outside.settle();
    }
    let wanted = ["null", "1", "\"é 😀\"", "{\"a\": [1.50, 1e400], \"b\":null}", "[]", "false"];
    let got = a.texts(6);
    assert!(got.iter().all(|one| wanted.contains(&one.as_str())), "{got:?}");
    let of_the_other = |got: &[String]| got.iter().filter(|one| *one != "null").cloned().collect::<Vec<_>>();
    assert_eq!(of_the_other(&got), wanted[1..]);
    assert_eq!(b.texts(6), got);
    outside.wsify("broadcast", "other", json!("for two"));
    assert_eq!((outside.text(), b.text()), ("\"for two\"".to_owned(), "\"for two\"".to_owned()));
}

#[test]
fn the_faults_of_the_original_are_not_repeated() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "");
    let mut a = Client::joining(&server.address, &["twice", "twice"]);
    let mut other = Client::open(&server.address, "/ws");
    // Leaving what was never joined does not block the session.
    a.wsify("leave", "never", Value::Null);
    // Joining twice delivers once.
    other.wsify("broadcast", "twice", json!(1));
    assert_eq!(a.text(), "1");
    // A malformed frame runs nothing again, and nothing leaks from one message into the next.
    a.wsify("broadcast", "twice", json!("kept"));
    assert_eq!(a.text(), "\"kept\"");
    let long = format!("\"{}\"", "long".repeat(10_000));
    let array = r#"["broadcast",{"channel":"twice","content":"of an array"}]"#;
    for nonsense in [
        &long,
        array,
        "",
        "{",
        "[]",
        "{\"command\":\"broadcast\"}",
        "{\"command\":\"fly\",\"args\":{}}",
        "\"x\"",
    ] {
        a.send(nonsense);
    }
    a.socket.send(Message::binary(Bytes::from_static(b"\xff"))).unwrap();
    a.send(r#"{"command":"broadcast","args":{"channel":"twice"}}"#);
    assert_eq!(a.text(), "null");
    a.wsify("leave", "twice", Value::Null);
    a.settle();
    other.wsify("broadcast", "twice", json!(2));
    other.settle();
    a.settle();
    let served = server.stop();
    assert_eq!(served.stderr.matches("passed over").count(), 9, "{}", served.stderr);
    assert!(served.stderr.lines().all(|line| line.len() < 2_000), "what a peer sent is quoted whole");
}

#[test]
fn order_is_kept_for_every_publisher_to_a_channel() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--quiet");
    let mut readers: Vec<_> = (0..10).map(|_| Client::joining(&server.address, &["c"])).collect();
    let publishing: Vec<_> = (0..4)
        .map(|publisher| {
            let address = server.address.clone();
            std::thread::spawn(move || {
                let mut client = Client::open(&address, "/ws");
                for number in 0..250 {
                    client.wsify("broadcast", "c", json!([publisher, number]));
                }
                client.settle();
            })
        })
        .collect();
    let got: Vec<Vec<String>> = readers.iter_mut().map(|reader| reader.texts(1_000)).collect();
    publishing.into_iter().for_each(|one| one.join().unwrap());
    assert!(got.iter().all(|one| *one == got[0]), "two orders");
    for publisher in 0..4 {
        let numbers: Vec<Value> = got[0]
            .iter()
            .map(|text| serde_json::from_str::<Value>(text).unwrap())
            .filter(|value| value[0] == publisher)
            .map(|value| value[1].clone())
            .collect();
        assert_eq!(numbers, (0..250).map(|number| json!(number)).collect::<Vec<_>>());
    }
}

#[test]
fn others_publish_with_a_post_and_the_key_is_never_shown() {
    let sandbox = Sandbox::new();
    sandbox.sh("(umask 077; echo hush-hush > key)").code(0);
    let server = Serving::of("wsify", &sandbox, "--broadcasting-key-file key");
    let mut member = Client::joining(&server.address, &["hello"]);
    let post = |target: &str, head: &str, body: &str| http(&server.address, "POST", target, head, body).0;
    let (right, hello) = ("/broadcast?key=hush-hush", r#"{"channel":"hello","content":1}"#);
    assert_eq!(post(right, JSON, hello), 201);
    let seed = "{\n    \"channel\": \"hello\",\n    \"args\": {\n      \"content\": \"Hello World! from the server\"\n    }\n}";
    assert_eq!(post(right, "content-type: Application/JSON; charset=utf-8\r\n", seed), 201);
    let both = r#"{"channel":"hello","args":{"content":2},"content":3}"#;
    assert_eq!(post("/broadcast?x=1&key=hush-hush", JSON, both), 201);
    for (target, head, body, status) in [
        ("/broadcast", JSON, hello, 403),
        ("/broadcast?key=hush-hus", JSON, hello, 403),
        ("/broadcast?key=", JSON, hello, 403),
        (right, "", hello, 415),
        (right, "Content-Type: text/plain\r\n", hello, 415),
        (right, JSON, "{", 400),
        (right, JSON, r#"{"content":1}"#, 400),
        ("/broadcasts", JSON, hello, 404),
    ] {
        assert_eq!(post(target, head, body), status, "{target} {head} {body}");
    }
    assert_eq!(http(&server.address, "GET", right, "", "").0, 405);
    assert_eq!(http(&server.address, "GET", "/ws", "", "").0, 426);
    assert_eq!(member.texts(3), ["1", "\"Hello World! from the server\"", "3"]);
    let served = server.stop();
    let shown = format!("{:?}{}", served.lines, served.stderr);
    assert!(shown.contains("key=(hidden)") && !shown.contains("hush"), "{shown}");
}

#[test]
fn without_a_key_this_machine_may_publish() {
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, "--path /a/ws");
    assert_eq!(server.listening["listening"]["broadcast"], format!("{}/a/broadcast", server.url));
    assert_eq!(http(&server.address, "POST", "/a/broadcast", JSON, r#"{"channel":"c"}"#).0, 201);
    assert_eq!(http(&server.address, "POST", "/broadcast", JSON, r#"{"channel":"c"}"#).0, 404);
    sandbox.file("empty", "\n");
    let ended = sandbox.sh("chmod 600 empty; versia-cli serve wsify --broadcasting-key-file empty");
    assert!(ended.code(2).stderr.contains("is empty"), "{}", ended.stderr);
}

#[test]
fn the_authorizer_decides_about_sessions_and_commands() {
    let authorizer = Authorizer::start(|question| {
        let (args, channel) = (&question["args"], question["args"]["channel"].as_str().unwrap_or_default());
        match question["command"].as_str().unwrap() {
            "connect" if args["query"]["user"][0] == "nobody" => (401, "", "who?"),
            "connect" if args["query"]["user"][0] == "crash" => (500, "", ""),
            "broadcast" if channel == "secret" => (403, "", ""),
            "broadcast" if channel == "crash" => (503, "", ""),
            _ => (200, "", ""),
        }
    });
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, &format!("--authorizer {}", authorizer.url));
    for user in ["nobody", "crash"] {
        let refused = Client::ask(&server.address, &format!("/ws?user={user}"), &[]).err().unwrap();
        assert_eq!(refused.status, 403, "{}", refused.body);
    }
    let mut a = Client::ask(&server.address, "/ws?user=a&b=1&b=2+x", &[("X-Odd", "y")]).unwrap();
    for channel in ["secret", "open"] {
        a.wsify("join", channel, Value::Null);
    }
    a.wsify("broadcast", "secret", json!(1));
    a.send(r#"{"command":"broadcast","args":{"channel":"open","content":2,"token":"mine"}}"#);
    assert_eq!(a.text(), "2", "what is not authorized is dropped, and the session goes on");
    a.wsify("broadcast", "crash", json!(3));
    let (code, reason) = a.closed();
    assert_eq!((code, reason.contains("connect again")), (1013, true), "{reason}");
    let questions = authorizer.questions();
    let connect = &questions[2];
    assert_eq!(connect["command"], "connect");
    assert_eq!(connect["args"]["query"], json!({"user": ["a"], "b": ["1", "2 x"]}));
    let headers = &connect["args"]["headers"];
    assert_eq!((&headers["X-Odd"], &headers["Host"]), (&json!(["y"]), &Value::Null));
    assert_eq!(headers["Sec-Websocket-Version"], json!(["13"]));
    // The very message, in the order of the session.
    assert_eq!(questions[6]["args"], json!({"channel": "open", "content": 2, "token": "mine"}));
    let commands: Vec<_> = questions[3..].iter().map(|one| one["command"].as_str().unwrap()).collect();
    assert_eq!(commands, ["join", "join", "broadcast", "broadcast", "broadcast"]);
    assert!(server.stop().stderr.contains("VN172"));
}

#[test]
fn an_authorizer_that_cannot_be_reached_lets_nobody_in() {
    let sandbox = Sandbox::new();
    let url = format!("http://127.0.0.1:{}/", closed_port());
    let server = Serving::of("wsify", &sandbox, &format!("--authorizer {url}"));
    assert_eq!(Client::ask(&server.address, "/ws", &[]).err().unwrap().status, 403);
    let served = server.stop();
    assert!(served.stderr.contains("the authorizer cannot be asked"), "{}", served.stderr);
}

#[test]
fn a_slow_authorizer_holds_up_its_session_alone_and_what_is_published_still_reaches_it() {
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let authorizer = Authorizer::start(move |question| {
        if question["args"]["channel"] == "slow" {
            held.lock().unwrap().recv().unwrap();
        }
        (200, "", "")
    });
    let sandbox = Sandbox::new();
    let server = Serving::of("wsify", &sandbox, &format!("--authorizer {}", authorizer.url));
    let mut waiting = Client::joining(&server.address, &["c"]);
    let mut other = Client::joining(&server.address, &["c"]);
    waiting.wsify("join", "slow", Value::Null);
    waiting.wsify("broadcast", "slow", json!("at last"));
    other.wsify("broadcast", "c", json!(1));
    assert_eq!((other.text(), waiting.text()), ("1".to_owned(), "1".to_owned()));
    release.send(()).unwrap();
    release.send(()).unwrap();
    assert_eq!(waiting.text(), "\"at last\"");
}
