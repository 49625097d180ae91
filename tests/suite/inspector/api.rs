//! Who is heard, and what is answered.

use serde_json::{Value, json};

use super::scene::{Scene, TOKEN};
use crate::fixture::Sandbox;
use crate::serve::{NOTE, delivery, exchange, instance_of_a, now, sandbox, signer};
use crate::serving::Serving;

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn a_page_whose_name_was_bound_to_this_machine_is_shown_nothing() {
    let scene = Scene::new("");
    let port = scene.address.rsplit(':').next().unwrap();
    for host in ["evil.example", &format!("evil.example:{port}"), &format!("127.0.0.1:{port}.evil.example")] {
        for path in ["/", "/api/records", "/api/events"] {
            let answer = scene.ask("GET", path, &format!("Host: {host}\r\n"), "");
            assert_eq!((answer.status, text(&answer.json()["code"])), (403, "VN280"), "{host} {path}");
        }
    }
    for host in ["127.0.0.1", "localhost", "[::1]"] {
        assert_eq!(scene.ask("GET", "/", &format!("Host: {host}:{port}\r\n"), "").status, 200, "{host}");
    }
}

#[test]
fn another_page_in_the_browser_reads_and_does_nothing() {
    let scene = Scene::new("");
    let foreign = "Origin: https://evil.example\r\n";
    for (method, path) in [("GET", "/api/events"), ("GET", "/api/records"), ("POST", "/api/faults")] {
        let headers = format!("{foreign}Authorization: Bearer {TOKEN}\r\n");
        let answer = scene.ask(method, path, &headers, "{\"fault\":\"drop\"}");
        assert_eq!((answer.status, text(&answer.json()["code"])), (403, "VN281"), "{method} {path}");
        assert!(!answer.head.contains("access-control"), "{}", answer.head);
    }
    assert_eq!(scene.ask("OPTIONS", "/api/faults", foreign, "").status, 403);
    assert_eq!(scene.get("/api/faults"), json!({ "faults": [] }));
}

#[test]
fn what_does_something_wants_the_token() {
    let scene = Scene::new("");
    for headers in ["", "Authorization: Bearer wrong\r\n", "Authorization: Basic wrong\r\n"] {
        for (method, path) in [
            ("POST", "/api/replay"),
            ("POST", "/api/post"),
            ("POST", "/api/follows"),
            ("DELETE", "/api/follows"),
            ("POST", "/api/follows/answer"),
            ("POST", "/api/faults"),
            ("DELETE", "/api/faults"),
            ("DELETE", "/api/faults/1"),
        ] {
            let answer = scene.ask(method, path, headers, "{}");
            assert_eq!((answer.status, text(&answer.json()["code"])), (401, "VN282"), "{method} {path}");
        }
    }
    let added = scene.act("POST", "/api/faults", &json!({ "fault": "status=503 for=1" }));
    assert_eq!(added.status, 200, "{}", added.body);
    scene.deliver(NOTE);
    assert_eq!(scene.get("/api/records?limit=1")["records"][0]["status"], 503);
    let id = added.json()["id"].clone();
    assert_eq!(scene.act("DELETE", &format!("/api/faults/{id}"), &Value::Null).status, 200);
    assert_eq!(scene.act("DELETE", &format!("/api/faults/{id}"), &Value::Null).status, 404);
    let wrong = scene.act("POST", "/api/faults", &json!({ "fault": "explode" }));
    assert_eq!(wrong.status, 400);
    assert!(text(&wrong.json()["hint"]).contains("status="), "{}", wrong.body);
}

#[test]
fn the_page_lets_a_browser_run_and_ask_nothing_else() {
    let scene = Scene::new("");
    let page = scene.ask("GET", "/", "", "");
    let policy = page.head.lines().find(|line| line.starts_with("content-security-policy:")).unwrap();
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{policy}");
    for header in
        ["referrer-policy: no-referrer", "x-content-type-options: nosniff", "cache-control: no-store"]
    {
        assert!(page.head.contains(header), "{}", page.head);
    }
    assert!(!page.body.contains(TOKEN));
    assert_eq!(scene.ask("GET", "/../etc/passwd", "", "").status, 404);
    assert_eq!(
        scene.ask("PUT", "/api/records", &format!("Authorization: Bearer {TOKEN}\r\n"), "").status,
        405
    );
}

#[test]
fn records_are_listed_filtered_and_explained() {
    let scene = Scene::new("");
    scene.deliver(NOTE);
    scene.deliver_wrongly(r#"{"type":"Follow","author":"a.example:1","followee":"b.example:2"}"#);
    let all = scene.get("/api/records?count=true");
    assert_eq!((all["total"].as_u64(), all["records"].as_array().unwrap().len()), (Some(2), 2), "{all}");
    assert_eq!(all["records"][0]["kind"], "Follow", "the newest is the first");
    let wrong = scene.get("/api/records?verdict=invalid");
    assert_eq!(wrong["records"].as_array().unwrap().len(), 1);
    let id = text(&wrong["records"][0]["id"]);
    let shown = scene.get(&format!("/api/records/{id}"));
    let one = &shown["checked"][0];
    assert_eq!(
        (text(&one["verdict"]), text(&one["explanation"]["causes"][0]["code"])),
        ("invalid", "VS417"),
        "{one}"
    );
    let differing: Vec<_> = one["explanation"]["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|segment| segment["expected"] != segment["signed"])
        .map(|segment| (text(&segment["part"]), text(&segment["expected"]), text(&segment["signed"])))
        .collect();
    assert_eq!(differing, [("path", "/.versia/v0.6/inbox", "/.versia/v0.6/inbox/")]);
    assert!(!shown["entity"]["violations"].as_array().unwrap().is_empty(), "{}", shown["entity"]);
    for (path, status) in
        [("/api/records/none", 404), ("/api/records?status=x", 400), ("/api/records?nonsense=1", 400)]
    {
        let answer = scene.ask("GET", path, "", "");
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(!text(&answer.json()["error"]).is_empty());
    }
    assert_eq!(scene.get("/api/stats")["count"], 2);
}

#[test]
fn events_come_live_and_go_on_where_they_were_left() {
    let scene = Scene::new("");
    let mut events = scene.events("", "");
    scene.deliver(NOTE);
    let (first, records) = events.next();
    assert_eq!(text(&records[0]["kind"]), "Note");
    drop(events);
    scene.deliver(r#"{"type":"Like","author":"a.example:1"}"#);
    scene.deliver(NOTE);
    let mut again = scene.events("?after=0", &format!("Last-Event-ID: {first}\r\n"));
    let mut kinds = Vec::new();
    let mut last = first;
    while kinds.len() < 2 {
        let (id, records) = again.next();
        assert!(id > last);
        last = id;
        kinds.extend(records.iter().map(|record| text(&record["kind"]).to_owned()));
    }
    assert_eq!(kinds, ["Like", "Note"]);
    let mut filtered = scene.events("?type=Like&after=0", "");
    let (_, records) = filtered.next();
    assert_eq!((records.len(), text(&records[0]["kind"])), (1, "Like"));
    // Who listened before a start in memory knows records that are no more.
    scene.events("", "Last-Event-ID: 99\r\n").wait_for("event: restarted");
    // A stream has no end of its own, and does not hold up the end of the server.
    let Scene { b, .. } = scene;
    assert_eq!(b.stop().code, 0);
    assert!(!again.rest().contains("event:"));
}

#[test]
fn a_record_is_taken_elsewhere_without_its_secrets() {
    let scene = Scene::new("");
    let secret = "POST /.versia/v0.6/inbox HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\nAuthorization: Bearer hush\r\n\
                  Content-Length: 2\r\n\r\n{}";
    crate::serve::exchange(&scene.b.address, secret.as_bytes()).unwrap();
    let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
    for path in
        ["", "/ndjson", "/har", "/curl", "/command"].map(|format| format!("/api/records/{id}{format}"))
    {
        let answer = scene.ask("GET", &path, "", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(!answer.body.contains("hush"), "{path}: {}", answer.body);
    }
    let curl = scene.ask("GET", &format!("/api/records/{id}/curl"), "", "").body;
    assert!(curl.contains(&scene.b.url) && curl.contains("(hidden)"), "{curl}");
    let command = scene.ask("GET", &format!("/api/records/{id}/command"), "", "").body;
    assert!(command.contains("versia-cli send"), "{command}");
    for format in ["ndjson", "har"] {
        let all = scene.ask("GET", &format!("/api/export?format={format}"), "", "");
        assert!(all.status == 200 && all.body.contains("/.versia/v0.6/inbox") && !all.body.contains("hush"));
        assert!(all.head.contains("attachment"), "{}", all.head);
    }
    assert_eq!(scene.ask("GET", "/api/export?format=exe", "", "").status, 400);
}

#[test]
fn a_copied_command_can_be_pasted_whatever_a_peer_wrote() {
    let scene = Scene::new("");
    // It ends a bracketed paste, interrupts the line, and goes on as another command.
    let evil = "\u{1b}[201~\u{3}\ntouch pwned\n'; touch pwned; $(touch pwned) `touch pwned`\u{9b}\r";
    scene.deliver_wrongly(evil);
    let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
    for format in ["command", "curl"] {
        let copied = scene.ask("GET", &format!("/api/records/{id}/{format}"), "", "").body;
        let is_shown = |c: char| c == '\n' || !c.is_control();
        assert!(copied.chars().all(is_shown), "{format}: {copied:?}");
        let (output, _) = copied.split_once(" | versia-cli").or(copied.split_once(" | curl")).unwrap();
        assert_eq!(scene.sandbox.sh(output).code(0).out(), evil, "{format}");
    }
    let plain = "'; touch pwned; $(touch pwned) `touch pwned` \\\\ %s !! \n$HOME";
    scene.deliver_wrongly(plain);
    let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
    let copied = scene.ask("GET", &format!("/api/records/{id}/command"), "", "").body;
    let (output, _) = copied.split_once(" | versia-cli").unwrap();
    assert_eq!(scene.sandbox.sh(output).code(0).out(), plain);
    scene.sandbox.sh("test ! -e pwned").code(0);
}

#[test]
fn what_a_peer_asked_this_side_for_is_sent_again_to_this_side() {
    let scene = Scene::new("");
    for (target, path) in [
        ("http://evil.example/.versia/v0.6/inbox", "/.versia/v0.6/inbox"),
        ("HTTPS://evil.example", "/"),
        (
            "/.well-known/webfinger?resource=https://b.example/x",
            "/.well-known/webfinger?resource=https://b.example/x",
        ),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
        exchange(&scene.b.address, request.as_bytes()).unwrap();
        let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
        let shown = scene.get(&format!("/api/records/{id}"));
        assert_eq!(shown["replay_to"], format!("{}{path}", scene.b.url), "{target}");
    }
}

#[test]
fn a_record_is_sent_again_as_it_was_and_edited() {
    let scene = Scene::new("");
    scene.deliver(NOTE);
    let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
    let again = scene.act("POST", "/api/replay", &json!({ "id": id }));
    assert_eq!(
        (again.status, again.json()["record"]["response"]["status"].as_u64()),
        (200, Some(202)),
        "{}",
        again.body
    );
    let body = r#"{"type":"Note","content":"edited"}"#;
    let edited = scene.act("POST", "/api/replay", &json!({ "id": id, "body": body, "sign": true }));
    assert_eq!(edited.json()["record"]["request"]["body"], body, "{}", edited.body);
    let found = scene.get("/api/records?text=edited&direction=in");
    assert_eq!(
        (text(&found["records"][0]["verdict"]), text(&found["records"][0]["signed_by"])),
        ("valid", "b.example")
    );
    // What is sent is recorded as well, on its way out.
    assert_eq!(scene.get("/api/records?direction=out")["records"].as_array().unwrap().len(), 2);
    for (order, status) in [
        (json!({ "id": "none" }), 404),
        (json!({ "id": id, "to": "no address" }), 502),
        (json!({ "nonsense": 1 }), 400),
    ] {
        let answer = scene.act("POST", "/api/replay", &order);
        assert_eq!(answer.status, status, "{order}: {}", answer.body);
    }
}

#[test]
fn the_token_is_in_the_printed_address_and_in_a_file_of_its_owner() {
    let sandbox = Sandbox::with_bob();
    let b = Serving::start(&sandbox, "--as bob --inspector 0 --inspector-token-file new");
    let token = sandbox.sh("stat -c %a new && cat new").code(0).out().to_owned();
    let token = token.strip_prefix("600\n").unwrap().trim();
    assert!(token.len() >= 32);
    let url = text(&b.listening["listening"]["inspector"]);
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with(&format!("/#token={token}")), "{url}");
    drop(b);
    let again = Serving::start(&sandbox, "--as bob --inspector 0 --inspector-token-file new");
    assert!(text(&again.listening["listening"]["inspector"]).ends_with(token));
    sandbox.file("short", "short");
    let refused =
        sandbox.sh("versia-cli serve --as bob --listen 0 --inspector 0 --inspector-token-file short");
    assert!(refused.code(2).stderr.contains("there is no token in short"), "{}", refused.stderr);
    // Whatever is in it reaches the page, which reads the fragment as a query.
    sandbox.file("odd", "16+characters/and=&more%23#");
    sandbox.sh("chmod 600 odd").code(0);
    let odd = Serving::start(&sandbox, "--as bob --inspector 0 --inspector-token-file odd");
    let url = text(&odd.listening["listening"]["inspector"]);
    assert!(url.ends_with("/#token=16%2Bcharacters%2Fand%3D%26more%2523%23"), "{url}");
    let off = Serving::start(&sandbox, "--as bob");
    assert!(off.listening["listening"]["inspector"].is_null());
}

#[test]
fn the_attempts_of_a_sender_are_shown_together() {
    let scene = Scene::new("--fault 'status=503 for=2'");
    for _ in 0..3 {
        scene.deliver(NOTE);
    }
    scene.deliver(r#"{"id":"2","type":"Note","author":"alice","content":null}"#);
    let newest = scene.get("/api/records?status=202");
    let id = text(&newest["records"][1]["id"]);
    let attempts = scene.get(&format!("/api/records/{id}"))["attempts"].clone();
    let statuses: Vec<_> = attempts.as_array().unwrap().iter().map(|one| one["status"].as_u64()).collect();
    assert_eq!(statuses, [Some(503), Some(503), Some(202)]);
}

#[test]
fn a_record_is_sent_again_to_this_server_over_tls() {
    let scene = Scene::new("--tls");
    let sent = "echo '{\"id\":\"1\",\"type\":\"Note\"}' | versia-cli send --insecure --no-validate --key a.key --signed-by a.example --to";
    scene.sandbox.sh(&format!("{sent} {}", scene.b.url)).code(0);
    let id = text(&scene.get("/api/records")["records"][0]["id"]).to_owned();
    let again = scene.act("POST", "/api/replay", &json!({ "id": id }));
    assert_eq!(again.json()["record"]["response"]["status"], 202, "{}", again.body);
}

#[test]
fn a_proxy_shows_what_passes_and_has_no_instance_to_ask() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let proxy = Serving::run(
        &sandbox,
        &format!("proxy --to {} --domain a.example --json --inspector 0 --inspector-token-file token", a.url),
    );
    let url = text(&proxy.listening["listening"]["inspector"]);
    let api = url.split("/#").next().unwrap();
    let body = r#"{"type":"Note","author":"a.example:1"}"#;
    exchange(&proxy.address, &delivery(&signer("a.example"), now(), body)).unwrap();
    // What passes is recorded beside it, and may be there only after the answer.
    let id = std::iter::repeat_with(|| {
        let listed = sandbox.sh(&format!("curl -s '{api}/api/records?type=Note'"));
        let listed: Value = serde_json::from_str(listed.code(0).out()).unwrap();
        listed["records"][0]["id"].as_str().map(str::to_owned)
    });
    let id = id.take(1_000).flatten().next().unwrap();
    let shown = sandbox.sh(&format!("curl -s {api}/api/records/{id}"));
    let shown: Value = serde_json::from_str(shown.code(0).out()).unwrap();
    assert_eq!(shown["checked"][0]["verdict"], "valid", "{shown}");
    // It has no key of its own, and does not claim to have signed.
    let page = sandbox.sh(&format!("curl -s {api}/api/page"));
    assert!(page.code(0).out().contains(r#""sign":false"#), "{}", page.out());
    let token = sandbox.sh("cat token").code(0).out().trim().to_owned();
    let order = json!({ "id": id, "sign": true });
    let signed =
        sandbox.sh(&format!("curl -s -H 'Authorization: Bearer {token}' -d '{order}' {api}/api/replay"));
    assert!(signed.code(0).out().contains("no key here"), "{}", signed.out());
    assert_eq!(
        sandbox.sh(&format!("curl -s -o /dev/null -w '%{{http_code}}' {api}/api/instance")).code(0).out(),
        "404"
    );
}
