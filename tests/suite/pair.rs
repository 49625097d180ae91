//! Two instances with TLS and domains of their own, on one machine, that deliver to each other by domain.

use serde_json::json;

use crate::fixture::Sandbox;
use crate::serving::Serving;

/// Two instances, and the flags with which each finds the other.
struct Pair {
    sandbox: Sandbox,
    a: Serving,
    b: Serving,
    flags: String,
}

/// Two `serve --tls` that know nothing of each other but where the other's domain is.
fn pair() -> Pair {
    let sandbox = Sandbox::new();
    for name in ["a", "b"] {
        sandbox.sh(&format!("versia-cli keygen --save {name} --domain {name}.example")).code(0);
    }
    // Each has to know the other's port before it starts, so that the ports are taken from two that ran before.
    let ports = ["a", "b"].map(|name| Serving::start(&sandbox, &format!("--as {name} --for 0.1")).port());
    let authority = sandbox.path().join("config/authority/ca.pem");
    sandbox.sh("versia-cli serve --as a --tls --listen 0 --for 0").code(0);
    let flags = format!(
        "--cacert '{}' --resolve a.example:443:127.0.0.1:{} --resolve b.example:443:127.0.0.1:{}",
        authority.display(),
        ports[0],
        ports[1]
    );
    let start = |name: &str, port: u16| {
        Serving::start_at(&sandbox, port, &format!("--as {name} --tls --reject {flags}"))
    };
    let (a, b) = (start("a", ports[0]), start("b", ports[1]));
    Pair { a, b, flags, sandbox }
}

const NOTE: &str = r#"{"id":"1","type":"Note","author":"somebody","content":{"text/plain":{"content":"é 😀","remote":false}}}"#;

#[test]
fn instances_deliver_to_each_other_by_domain_and_verify_by_fetched_keys() {
    let Pair { sandbox, a, b, flags } = pair();
    sandbox.file("note.json", NOTE);
    for (from, to, serving) in [("a", "b", &b), ("b", "a", &a)] {
        for road in ["", "--ws"] {
            let line = format!(
                "versia-cli send --no-validate note.json --as {from} --to {to}.example {flags} {road} --json"
            );
            let sent = sandbox.sh(&line);
            assert_eq!(sent.code, 0, "{line}\n{}{}", sent.out(), sent.stderr);
            let took = |record: &serde_json::Value| match road {
                "" => record["request"]["method"] == "POST",
                _ => record["frame"]["opcode"] == "text",
            };
            let record = serving.wait_for(took);
            let message = if road.is_empty() { &record["request"] } else { &record["frame"] };
            assert_eq!(message["verdict"]["signature"], "valid", "{record}");
            assert_eq!(message["verdict"]["signed_by"], json!(format!("{from}.example")));
            assert_eq!(record["tls"], "1.3");
        }
        let fetched = sandbox.sh(&format!(
            "versia-cli fetch https://{to}.example/.versia/v0.6/entities/User/none --expect 404 --as {from} {flags} --json"
        ));
        assert!(fetched.code(0).out().contains("\"signature\":\"valid\""), "{}", fetched.out());
    }
}
