//! A conversation between two instances over TLS, from discovery to the last unfollow: asked for through their inspectors, and
//! told by what their stores keep.

use serde_json::{Value, json};
use versia_cli::server::seed_id;

use crate::fixture::Sandbox;
use crate::serve::exchange;
use crate::serving::Serving;

const TOKEN: &str = "a-token-of-the-tests";

/// A `serve --seed --tls` with its store and its inspector.
struct Party {
    serving: Serving,
    inspector: String,
    store: String,
}

impl Party {
    /// Has the instance do something; gives the answer.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.inspector,
            body.len()
        );
        let answer = exchange(&self.inspector, request.as_bytes()).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        serde_json::from_str(body).unwrap_or_else(|_| panic!("{path}: {body}"))
    }

    /// Posts an entity; gives its id, and where it goes.
    fn post(&self, entity: &Value) -> (String, Value) {
        let posted = self.ask("POST", "/api/post", entity);
        (posted["id"].as_str().unwrap_or_default().to_owned(), posted["to"].clone())
    }

    /// Waits until an entity of a type came and was answered.
    fn wait_for(&self, kind: &str) {
        self.serving
            .wait_for(|record| record["direction"] == "in" && kind_of(record).as_deref() == Some(kind));
    }

    /// What the store has, the oldest first, after the end.
    fn end(self, sandbox: &Sandbox) -> Vec<Value> {
        assert_eq!(self.serving.stop().code, 0);
        let line = format!("versia-cli inbox export --store {} --format ndjson", self.store);
        let exported = sandbox.sh(&line);
        exported.code(0).out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// The type of the entity in a record of a delivery, without the name of its extension.
fn kind_of(record: &Value) -> Option<String> {
    let request = &record["request"];
    if request["target"] != "/.versia/v0.6/inbox" {
        return None;
    }
    let entity: Value = serde_json::from_str(request["body"].as_str()?).ok()?;
    Some(entity["type"].as_str()?.rsplit('/').next()?.to_owned())
}

/// Two instances that find each other by their domains, and the flags with which others find them.
fn two_parties(sandbox: &Sandbox) -> (Party, Party, String) {
    for name in ["a", "b"] {
        sandbox.sh(&format!("versia-cli keygen --save {name} --domain {name}.example")).code(0);
    }
    sandbox.file("token", TOKEN);
    sandbox.sh("chmod 600 token && versia-cli serve --as a --tls --listen 0 --for 0").code(0);
    // Each has to know the other's port before it starts, so that the ports are taken from two that ran before.
    let ports = ["a", "b"].map(|name| Serving::start(sandbox, &format!("--as {name} --for 0.1")).port());
    let authority = sandbox.path().join("config/authority/ca.pem");
    let flags = format!(
        "--cacert '{}' --resolve a.example:443:127.0.0.1:{} --resolve b.example:443:127.0.0.1:{}",
        authority.display(),
        ports[0],
        ports[1]
    );
    let start = |name: &str, port: u16| {
        let store = format!("{name}.db");
        let serving = Serving::start_with(
            sandbox,
            &format!(
                "--listen 127.0.0.1:{port} --as {name} --seed --tls --reject --store {store} --inspector 127.0.0.1:0 \
                 --inspector-token-file token {flags}"
            ),
        );
        let url = serving.listening["listening"]["inspector"].as_str().unwrap();
        let inspector = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
        Party { inspector, store, serving }
    };
    (start("a", ports[0]), start("b", ports[1]), flags)
}

/// The entities that a store has in one direction, in their order, with the status of each answer.
fn deliveries(records: &[Value], direction: &str) -> Vec<(String, u64)> {
    let wanted = records.iter().filter(|record| record["direction"] == direction);
    wanted.filter_map(|record| Some((kind_of(record)?, record["response"]["status"].as_u64()?))).collect()
}

#[test]
fn two_instances_follow_write_answer_like_delete_and_part() {
    let sandbox = Sandbox::new();
    let (a, b, flags) = two_parties(&sandbox);
    let (alice, bob) = (format!("a.example:{}", seed_id("alice", "a.example")), seed_id("bob", "b.example"));
    let items = |kind: &str, id: &str, name: &str| -> Vec<String> {
        let url = format!("https://b.example/.versia/v0.6/entities/{kind}/{id}/collections/{name}");
        let fetched = sandbox.sh(&format!("versia-cli fetch {url} --as a {flags} --json"));
        let record: Value = serde_json::from_str(fetched.code(0).out().lines().next().unwrap()).unwrap();
        let page: Value = serde_json::from_str(record["response"]["body"].as_str().unwrap()).unwrap();
        page["items"].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    };

    // Alice of a.example looks for Bob of b.example, and follows him.
    let asked = a.ask("POST", "/api/follows", &json!({"who": "alice", "whom": "@BOB@b.example"}));
    assert_eq!(asked["to"], json!(["b.example"]));
    b.wait_for("Follow");
    a.wait_for("FollowAccept");
    let follows = a.ask("GET", "/api/follows", &Value::Null);
    let follow = follows["follows"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&follow["followee"], &follow["state"]),
        (&json!(format!("b.example:{bob}")), &json!("accepted"))
    );
    assert!(items("User", &bob, "followers").contains(&alice));

    // Bob writes, and a.example gets it; Alice answers, likes it and reacts.
    let (note, to) = b.post(&json!({"type": "Note", "author": "bob", "content": "Anybody there?"}));
    assert_eq!(to, json!(["a.example"]));
    a.wait_for("Note");
    let reference = format!("b.example:{note}");
    let (reply, to) = a
        .post(&json!({"type": "Note", "author": "alice", "content": "I am!", "replies_to": reference,
        "mentions": [format!("b.example:{bob}")]}));
    assert_eq!(to, json!(["b.example"]));
    b.wait_for("Note");
    let (like, _) = a.post(&json!({"type": "Like", "liked": reference}));
    b.wait_for("Like");
    a.post(&json!({"type": "Reaction", "object": reference, "content": "🎉"}));
    b.wait_for("Reaction");
    assert_eq!(items("Note", &note, "replies"), [format!("a.example:{reply}")]);
    assert_eq!(items("Note", &note, "pub.versia%3Alikes%2FLikes"), [format!("a.example:{like}")]);
    assert_eq!(items("Note", &note, "pub.versia%3Areactions%2FReactions").len(), 1);

    // The answer and the like are taken back, and Alice leaves.
    for deleted in [&reply, &like] {
        let (_, to) = a.post(&json!({"type": "Delete", "deleted": deleted}));
        assert_eq!(to, json!(["b.example"]));
        b.wait_for("Delete");
    }
    assert!(items("Note", &note, "replies").is_empty());
    assert!(items("Note", &note, "pub.versia%3Alikes%2FLikes").is_empty());
    a.ask("DELETE", "/api/follows", &json!({"who": "alice", "whom": "bob@b.example"}));
    b.wait_for("Unfollow");
    assert!(!items("User", &bob, "followers").contains(&alice));
    let (_, to) = b.post(&json!({"type": "Note", "author": "bob", "content": "Gone."}));
    assert_eq!(to, json!([]));

    let (of_a, of_b) = (a.end(&sandbox), b.end(&sandbox));
    let sent = ["Follow", "Note", "Like", "Reaction", "Delete", "Delete", "Unfollow"];
    let taken = sent.map(|kind| (kind.to_owned(), 202));
    assert_eq!(deliveries(&of_a, "out"), taken);
    assert_eq!(deliveries(&of_b, "in"), taken);
    let answered = ["FollowAccept", "Note"].map(|kind| (kind.to_owned(), 202));
    assert_eq!(deliveries(&of_b, "out"), answered);
    assert_eq!(deliveries(&of_a, "in"), answered);
    for record in of_a.iter().chain(&of_b) {
        assert_eq!(record["tls"], "1.3", "{record}");
        let message = if record["direction"] == "in" { &record["request"] } else { &record["response"] };
        let target = record["request"]["target"].as_str().unwrap();
        if !target.starts_with("/.well-known/") && target != "/.versia/v0.6/instance" {
            assert_eq!(message["verdict"]["signature"], "valid", "{record}");
        }
    }
}
