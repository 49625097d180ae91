//! `fetch`, and `verify --fetch-key`: keys from where their signers publish them.

use crate::fixture::{Ended, Sandbox};
use crate::instance::{Instance, NOTE};
use crate::server::{Authority, closed_port, serve_tls};

fn fetch(sandbox: &Sandbox, instance: &Instance, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli fetch {} {arguments}", instance.peer()))
}

#[test]
fn the_body_alone_goes_to_standard_output_and_the_verdict_beside_it() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let ended = fetch(&sandbox, &instance, "b.example:1 --type Note");
    ended.code(0);
    assert_eq!(ended.out(), NOTE);
    let path = "/.versia/v0.6/entities/Note/1";
    assert_eq!(ended.stderr, format!("HTTP/1.1 200 OK\nvalid  response GET {path}  by b.example  VS513\n"));
    assert_eq!((instance.asked(path), instance.asked("/.versia/v0.6/instance")), (1, 1));
    let head = &instance.heads()[0];
    for header in
        ["Versia-Signature: ", "Versia-Signed-By: bob.com\r\n", "Accept: application/vnd.versia+json\r\n"]
    {
        assert!(head.contains(header), "{head}");
    }
    assert!(!instance.heads()[1].contains("Versia-Signature"));
}

#[test]
fn headers_are_shown_on_request_without_their_secrets() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let url = instance.url();
    let ended = fetch(&sandbox, &instance, &format!("{url}/cookie -i -v"));
    ended.code(1);
    assert_eq!(
        ended.out(),
        "HTTP/1.1 200 OK\r\nX-Odd-CASE: 1\r\nContent-Length: 2\r\nSet-Cookie: (hidden)\r\n\r\n{}"
    );
    assert!(ended.stderr.contains("\nX-Odd-CASE: 1\n") && !ended.stderr.contains("hush"), "{}", ended.stderr);
    let ended = fetch(&sandbox, &instance, &format!("{url}/x -q --timings"));
    let said = &ended.code(0).stderr;
    assert!(said.starts_with("TCP ") && said.contains("first byte ") && said.contains(", total "), "{said}");
    assert!(
        said.lines().nth(1).unwrap().starts_with(&format!("{url}/.versia/v0.6/instance: TCP ")),
        "{said}"
    );
}

#[test]
fn status_and_signature_decide() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let port = instance.port;
    for (arguments, code, says) in [
        ("/not-found", 1, "the status is 404, not 2xx"),
        ("/not-found --expect 404", 0, "valid"),
        ("/x --expect 4xx", 1, "the status is 200, not 4xx"),
        ("/unsigned", 1, "VS101"),
        ("/stale", 1, "VS202"),
        ("/wrong-key", 1, "VS401"),
        ("/redirect", 1, "(VN124)"),
        ("/cut", 3, "(VN123)"),
        ("/.versia/v0.6/instance", 0, "not-checked"),
    ] {
        let ended = fetch(&sandbox, &instance, &format!("http://127.0.0.1:{port}{arguments}"));
        ended.code(code);
        assert!(ended.stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
}

#[test]
fn a_signature_is_made_unless_it_is_not_wanted_or_not_needed() {
    let (sandbox, instance) = (Sandbox::new(), Instance::start());
    let url = instance.url();
    let ended = fetch(&sandbox, &instance, &format!("{url}/x"));
    assert!(ended.code(2).stderr.contains("no key to sign with"), "{}", ended.stderr);
    fetch(&sandbox, &instance, &format!("{url}/x --unsigned")).code(0);
    fetch(&sandbox, &instance, &format!("{url}/.versia/v0.6/instance")).code(0);
    assert!(instance.heads().iter().all(|head| !head.contains("Versia-")));
    let sandbox = Sandbox::with_bob();
    fetch(&sandbox, &instance, &format!("{url}/.versia/v0.6/instance --as bob")).code(0);
    assert!(instance.heads().last().unwrap().contains("Versia-Signed-By: bob.com"));
}

#[test]
fn a_record_holds_the_exchange_and_verifies() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let url = instance.url();
    let line = format!("'{url}/x?y' --json -H 'Authorization: hush' -H 'X-Own: 1'");
    let ended = fetch(&sandbox, &instance, &line);
    let record: serde_json::Value = serde_json::from_str(ended.code(0).out()).unwrap();
    assert_eq!(record["direction"], "out");
    assert_eq!(record["http"], "1.1");
    assert_eq!(record["peer"], format!("127.0.0.1:{}", instance.port));
    assert_eq!(record["request"]["target"], "/x?y");
    assert_eq!(record["response"]["body"], NOTE);
    assert_eq!(record["response"]["headers"][0][0], "X-Odd-CASE");
    assert_eq!(record["response"]["verdict"]["signature"], "valid");
    assert!(record["timings"]["connect"].is_number() && record["at"].as_str().unwrap().ends_with('Z'));
    assert!(!ended.out().contains("hush") && ended.out().contains(r#"["Authorization","(hidden)"]"#));
    let verified = sandbox
        .sh_with(&format!("versia-cli verify --fetch-key {}", instance.peer()), ended.out().as_bytes());
    assert!(verified.code(0).out().contains("2 valid"), "{}", verified.out());
}

#[test]
fn what_is_in_the_way_is_told_and_recorded() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let url = format!("http://127.0.0.1:{}/x", closed_port());
    let ended = fetch(&sandbox, &instance, &format!("{url} --json"));
    assert!(ended.code(3).stderr.contains("refuses the connection (VN102)"), "{}", ended.stderr);
    let record: serde_json::Value = serde_json::from_str(ended.out()).unwrap();
    assert_eq!((&record["error"]["code"], &record["request"]["method"]), (&"VN102".into(), &"GET".into()));
    // The entity is there, and its signer's key is not.
    let gone = format!("--peer b.example=http://127.0.0.1:{}", closed_port());
    let ended = sandbox.sh(&format!("versia-cli fetch {}/x {gone}", instance.url()));
    assert_eq!(ended.code(3).out(), NOTE);
    let says = "error VS301: no public key is known for \"b.example\": 127.0.0.1:";
    assert!(ended.stderr.contains(says) && ended.stderr.contains("(VN102)"), "{}", ended.stderr);
    let ended = sandbox.sh(&format!("versia-cli fetch {}/x", instance.url()));
    assert!(ended.code(3).stderr.contains("VS301"), "{}", ended.stderr);
}

#[test]
fn a_key_that_is_given_is_not_fetched() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let metadata = fetch(&sandbox, &instance, &format!("{}/.versia/v0.6/instance -q", instance.url()));
    sandbox.file("b.json", &metadata.stdout);
    for flag in ["--metadata b.json", "--public-key b.json"] {
        sandbox.sh(&format!("versia-cli fetch {}/x {flag}", instance.url())).code(0);
    }
    assert_eq!(instance.asked("/.versia/v0.6/instance"), 1);
}

#[test]
fn tls_that_ends_without_a_goodbye_leaves_the_answer_in_doubt() {
    let authority = Authority::new();
    let sandbox = Sandbox::new();
    sandbox.file("ca.pem", &authority.pem);
    let port = serve_tls(&authority.issue("b.example", false), |stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"));
    });
    let ended = sandbox.sh(&format!(
        "versia-cli fetch https://b.example/x --unsigned --cacert ca.pem --resolve b.example:443:127.0.0.1:{port}"
    ));
    let says = "in the middle of the response's body (VN121)";
    assert!(ended.code(3).stderr.contains(says), "{}", ended.stderr);
    let other = Authority::new();
    sandbox.file("ca.pem", &other.pem);
    let ended = sandbox.sh(&format!(
        "versia-cli key https://b.example --cacert ca.pem --resolve b.example:443:127.0.0.1:{port}"
    ));
    assert!(
        ended.code(3).stderr.contains("no trusted authority") && ended.stderr.contains("VN111"),
        "{}",
        ended.stderr
    );
}

#[test]
fn each_signer_is_asked_once_however_many_lines_and_threads() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let line = fetch(&sandbox, &instance, &format!("{}/x --json", instance.url()));
    let before = instance.asked("/.versia/v0.6/instance");
    let stream = line.out().repeat(5_000);
    let command = format!("versia-cli verify --ndjson --only response --fetch-key {}", instance.peer());
    let ended = sandbox.sh_with(&command, stream.as_bytes());
    assert!(ended.code(0).out().contains("\n5000 valid\n"), "{}", ended.stderr);
    assert_eq!(instance.asked("/.versia/v0.6/instance"), before + 1);
}

#[test]
fn a_host_that_a_message_named_has_to_be_public() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let message = |signer: &str| {
        format!(
            "GET /x HTTP/1.1\r\nVersia-Signature: \r\nVersia-Signed-At: 1\r\nVersia-Signed-By: {signer}\r\n\r\n"
        )
    };
    sandbox.file("local.http", message("localhost"));
    let ended = sandbox.sh("versia-cli verify local.http --fetch-key");
    assert!(ended.out().contains("127.0.0.1, which is not a public one (VN132)"), "{}", ended.out());
    assert!(ended.out().contains("--allow-private"), "{}", ended.out());
    let ended = sandbox.sh("versia-cli verify local.http --fetch-key --allow-private --connect-timeout 5");
    assert!(!ended.out().contains("VN132") && ended.out().contains("VS301"), "{}", ended.out());
    sandbox.file("b.http", message("b.example"));
    let ended = sandbox.sh(&format!("versia-cli verify b.http --fetch-key {} --timings", instance.peer()));
    assert!(ended.out().contains("/.versia/v0.6/instance)"), "{}", ended.out());
    assert!(ended.stderr.contains("first byte"), "{}", ended.stderr);
    let zeros = format!("Signature: {}==", "A".repeat(86));
    sandbox.file("b.http", message("b.example").replace("Signature: ", &zeros));
    let ended = sandbox.sh("versia-cli verify b.http --as-of ignore");
    assert!(ended.stderr.contains("--fetch-key asks its instance"), "{}", ended.stderr);
}

#[test]
fn the_store_is_asked_before_the_network() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    sandbox.sh("echo '{}' | versia-cli sign POST /x --as bob --json > own.json").code(0);
    let peer = format!("--peer bob.com={}", instance.url());
    let ended = sandbox.sh(&format!("versia-cli verify own.json --fetch-key {peer}"));
    assert!(ended.code(0).out().contains("from identity bob"), "{}", ended.out());
    assert!(instance.heads().is_empty());
}

#[test]
fn an_instance_of_this_machine_is_asked_where_it_was_found() {
    let (sandbox, instance) = (Sandbox::with_bob(), Instance::start());
    let ended = sandbox.sh(&format!("versia-cli fetch {}/here", instance.url()));
    assert!(ended.code(0).stderr.contains("valid  response GET /here  by 127.0.0.1"), "{}", ended.stderr);
}
