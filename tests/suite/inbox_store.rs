//! `inbox`: what an instance recorded is listed, shown, compared, taken elsewhere and sent again.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::fixture::Sandbox;
use crate::inbox::Inbox;
use crate::serving::Serving;

const NOTE: &str =
    r#"{"type":"Note","author":"a.example:1","id":"1","content":{"text/plain":{"content":"é"}}}"#;

/// A folder with the identities of both sides.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["a", "b"] {
        sandbox.sh(&format!("versia-cli keygen --save {name} --domain {name}.example")).code(0);
    }
    sandbox.file("note.json", NOTE);
    sandbox
}

/// An instance that records into `inbox.db`, and cannot have the key of a.example.
fn serve(sandbox: &Sandbox) -> Serving {
    Serving::start(sandbox, "--as b --store inbox.db --peer a.example=http://127.0.0.1:1")
}

fn deliver(sandbox: &Sandbox, serving: &Serving, arguments: &str) {
    let url = &serving.url;
    sandbox.sh(&format!("versia-cli send note.json --no-validate --as a --to {url} {arguments}")).code(0);
}

/// The lines of JSON that a command prints.
#[track_caller]
fn lines(sandbox: &Sandbox, line: &str) -> Vec<Value> {
    let ended = sandbox.sh(line);
    ended.code(0);
    ended.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_an_instance_recorded_is_seen_while_it_runs() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    deliver(&sandbox, &serving, "");
    deliver(&sandbox, &serving, "--ws");
    sandbox.sh(&format!("versia-cli fetch {}/.versia/v0.6/instance", serving.url));
    let list = |arguments: &str| {
        lines(&sandbox, &format!("versia-cli inbox list --store inbox.db --json {arguments}"))
    };
    let all = list("");
    assert!(all.len() >= 4, "{all:?}");
    let notes = list("--type note --verdict key-unavailable --code VS301 --author a.example --direction in");
    assert_eq!(
        notes.iter().map(|note| note["transport"].as_str().unwrap()).collect::<Vec<_>>(),
        ["http", "ws"]
    );
    assert_eq!(list("--status 2xx --transport http --text '\"a.example:1\"'").len(), 1);
    assert_eq!(list("--since 1h --until 1h").len(), 0);
    assert_eq!(list("--limit 2")[..], all[all.len() - 2..]);

    // The key that the instance could not have is one of the stored identities'.
    let id = notes[0]["id"].as_str().unwrap();
    let show =
        |arguments: &str| sandbox.sh(&format!("versia-cli inbox show {id} --store inbox.db {arguments}"));
    let shown: Value = serde_json::from_str(show("--json").code(0).out()).unwrap();
    assert_eq!(shown["record"]["request"]["verdict"]["signature"], "key-unavailable");
    assert_eq!(shown["verification"][0]["verdict"]["signature"], "valid");
    assert!(shown["violations"].as_array().unwrap().iter().any(|one| one["code"] == "VE202"));
    let text = show("");
    for said in
        ["POST /.versia/v0.6/inbox", "202 Accepted", "recorded request: key-unavailable", "VE202", "\"é\""]
    {
        assert!(text.code(0).out().contains(said), "{said}\n{}", text.out());
    }
    assert_eq!(show("--raw").code(0).stdout, NOTE.as_bytes());

    let stats = lines(&sandbox, "VERSIA_STORE=inbox.db versia-cli inbox stats --json --type Note").remove(0);
    assert_eq!((&stats["count"], &stats["types"]), (&json!(2), &json!([["Note", 2]])));
    let unknown = sandbox.sh("versia-cli inbox show nothing --store inbox.db");
    assert!(unknown.code(2).stderr.contains("no record \"nothing\""), "{}", unknown.stderr);
    serving.stop();
}

#[test]
fn new_records_are_listed_as_they_are_committed() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    deliver(&sandbox, &serving, "");
    let line = "exec versia-cli inbox list --store inbox.db --follow --json --type Note";
    let mut follower = sandbox.shell(line).stdin(Stdio::null()).spawn().unwrap();
    let mut listed = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&listed.next().unwrap().unwrap()).unwrap();
    let first = next();
    deliver(&sandbox, &serving, "");
    let second = next();
    assert!(second["number"].as_u64() > first["number"].as_u64(), "{first} {second}");
    let sent = std::process::Command::new("kill").args(["-s", "INT", &follower.id().to_string()]).status();
    assert!(sent.unwrap().success());
    assert_eq!(follower.wait().unwrap().code(), Some(130));
    serving.stop();
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    deliver(&sandbox, &serving, "-H 'Authorization: Bearer hush'");
    deliver(&sandbox, &serving, "--ws");
    serving.stop();
    let export = |store: &str, arguments: &str| {
        sandbox.sh(&format!("versia-cli inbox export --store {store} {arguments}")).code(0).stdout.clone()
    };
    let whole = export("inbox.db", "--with-secrets");
    assert!(String::from_utf8_lossy(&whole).contains("Bearer hush"));
    for (format, file) in [("ndjson", "x.ndjson"), ("har", "x.har")] {
        export("inbox.db", &format!("--format {format} --with-secrets -o {file}"));
        let import = format!("versia-cli inbox import {file} --store {format}.db");
        assert!(sandbox.sh(&import).code(0).out().ends_with("records imported\n"));
        assert_eq!(export(&format!("{format}.db"), "--with-secrets"), whole, "{format}");
        let again = sandbox.sh(&import);
        assert!(again.code(0).out().starts_with("0 records imported, "), "{}", again.out());
        let masked = export("inbox.db", &format!("--format {format}"));
        assert!(!String::from_utf8_lossy(&masked).contains("hush"), "{format}");
    }
    let curl = export("inbox.db", "--format curl --type Note --transport http");
    let curl = String::from_utf8(curl).unwrap();
    assert!(curl.contains("/.versia/v0.6/inbox' \\\n") && !curl.contains("hush"), "{curl}");
}

#[test]
fn a_token_in_a_target_is_shown_by_no_view_that_was_not_asked_to() {
    let sandbox = Sandbox::new();
    let head = "POST /?token=hush HTTP/1.1\r\nCookie: hush\r\n";
    let record = json!({"v": 1, "id": "one", "malformed": head, "request": {"method": "POST",
        "target": "/.versia/v0.6/inbox?access_token=hush", "headers": [["Versia-Signature", "x"]], "body": "{}"}});
    sandbox.file("x.ndjson", record.to_string());
    for view in [
        "list",
        "list --json",
        "show one",
        "show one --json",
        "export",
        "export --format har",
        "export --format curl",
        "bundle one",
        "diff one one",
    ] {
        let ended = sandbox.sh(&format!("versia-cli inbox {view} --from x.ndjson"));
        assert!(!ended.code(0).out().contains("hush"), "{view}: {}", ended.out());
        assert!(view != "show one" || ended.out().contains("access_token=(hidden)"), "{}", ended.out());
    }
}

#[test]
fn a_long_record_is_imported_and_what_stands_before_an_endless_line_is_kept() {
    let sandbox = Sandbox::new();
    let line = |id: &str, body: &str| {
        let request = json!({"method": "POST", "target": "/", "headers": [], "body": body});
        json!({"v": 1, "id": id, "request": request}).to_string() + "\n"
    };
    sandbox.file("x.ndjson", &(line("one", "x") + &line("two", &"\"".repeat(9 << 20))));
    sandbox.sh("versia-cli inbox import x.ndjson --store a.db").code(0);
    let listed = lines(&sandbox, "versia-cli inbox list --store a.db --json");
    assert_eq!((listed.len(), &listed[1]["size"]), (2, &json!(9 << 20)));
    std::fs::write(sandbox.path().join("y.ndjson"), line("one", "x")).unwrap();
    sandbox.sh("head -c 268435457 /dev/zero | tr '\\0' x >> y.ndjson").code(0);
    let ended = sandbox.sh("versia-cli inbox import y.ndjson --store b.db");
    assert!(ended.code(2).stderr.contains("longer than 256 MiB"), "{}", ended.stderr);
    assert_eq!(lines(&sandbox, "versia-cli inbox list --store b.db --json").len(), 1);
}

#[test]
fn a_bundle_says_what_there_is_to_say_without_secrets_and_is_imported_again() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    sandbox.file("note.json", r#"{"type":"Note","author":"a.example:1","access_token":"hush"}"#);
    deliver(&sandbox, &serving, "-H 'Cookie: hush'");
    let bundle = sandbox.sh("versia-cli inbox bundle 1 --store inbox.db -o report.md");
    assert!(
        bundle.code(0).stderr.contains("removed: the value of the header Cookie (1)"),
        "{}",
        bundle.stderr
    );
    let report = std::fs::read_to_string(sandbox.path().join("report.md")).unwrap();
    for said in
        ["versia-cli 0.", "valid: the signature matches", "VE202", "\"access_token\\\":\\\"(hidden)", "MCow"]
    {
        assert!(report.contains(said), "{said}\n{report}");
    }
    assert!(!report.contains("hush"), "{report}");
    sandbox.sh("versia-cli inbox import report.md --store other.db").code(0);
    let [from_store, from_file] = ["--store other.db", "--from report.md"]
        .map(|source| lines(&sandbox, &format!("versia-cli inbox export {source}")));
    assert_eq!(from_store, from_file);
    assert_eq!(from_file[0]["request"]["truncated"], true);
    serving.stop();
}

#[test]
fn a_delivery_is_sent_again_byte_for_byte_or_signed_anew() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    deliver(&sandbox, &serving, "-H 'x-ODD: é'");
    let inbox = Inbox::accepting();
    let replay = |arguments: &str| {
        sandbox.sh(&format!("versia-cli inbox replay 1 --store inbox.db --to {} {arguments}", inbox.url()))
    };
    let ended = replay("");
    assert!(ended.code(0).out().contains("then: 202 Accepted, key-unavailable VS301"), "{}", ended.out());
    assert!(ended.stderr.contains("the store is in use"), "{}", ended.stderr);
    serving.stop();
    let told = lines(
        &sandbox,
        &format!(
            "versia-cli inbox replay 1 --store inbox.db --to {} --as a --set content=null --json",
            inbox.url()
        ),
    );
    assert_eq!(
        (&told[0]["signed_anew"], &told[0]["then"], &told[0]["now"]),
        (&json!(true), &json!(202), &json!(202))
    );

    let received = inbox.received();
    let first: Value = lines(&sandbox, "versia-cli inbox show 1 --store inbox.db --json").remove(0);
    let header = |name: &str| {
        let headers = first["record"]["request"]["headers"].as_array().unwrap().iter();
        headers
            .filter(|pair| pair[0] == name)
            .map(|pair| pair[1].as_str().unwrap().to_owned())
            .next()
            .unwrap()
    };
    assert_eq!(received[0].text(), NOTE);
    for name in ["Versia-Signature", "Versia-Signed-At", "Versia-Signed-By", "x-ODD"] {
        assert_eq!(received[0].header(name), Some(header(name).as_str()), "{name}");
    }
    assert_eq!(received[1].text(), r#"{"type":"Note","author":"a.example:1","id":"1","content":null}"#);
    assert_ne!(received[1].header("Versia-Signature"), Some(header("Versia-Signature").as_str()));
    sandbox.file("again.http", received[1].message());
    sandbox.sh("versia-cli verify again.http --as a").code(0);

    // What was sent when nobody else held the store is in it.
    let sent = lines(&sandbox, "versia-cli inbox list --store inbox.db --direction out --json");
    assert_eq!(sent.len(), 1);
    let diff = sandbox.sh(&format!("versia-cli inbox diff 1 {} --store inbox.db", sent[0]["number"]));
    assert!(diff.code(1).out().contains("  $.content\n"), "{}", diff.out());
    sandbox.sh("versia-cli inbox diff 1 1 --store inbox.db").code(0);
    let nowhere = sandbox.sh("versia-cli inbox replay 1 --store inbox.db");
    assert!(nowhere.code(2).stderr.contains("hint: --to "), "{}", nowhere.stderr);
}

#[test]
fn messages_are_sent_again_in_a_session_of_their_own() {
    let sandbox = sandbox();
    let serving = serve(&sandbox);
    deliver(&sandbox, &serving, "--ws");
    let notes = "versia-cli inbox list --store inbox.db --type Note --json";
    let number = lines(&sandbox, notes)[0]["number"].clone();
    let url = &serving.url;
    let ended = sandbox.sh(&format!("versia-cli inbox replay {number} {number} --store inbox.db --to {url}"));
    for (when, count) in [("then: key-unavailable VS301", 2), ("now:  202 Accepted: VS301", 2)] {
        assert_eq!(ended.code(0).out().matches(when).count(), count, "{}", ended.out());
    }
    let listed = lines(&sandbox, notes);
    assert_eq!(listed.len(), 3, "{listed:?}");
    let sessions: std::collections::BTreeSet<_> =
        listed.iter().map(|one| one["session"].as_str().unwrap()).collect();
    assert_eq!(sessions.len(), 2);
    serving.stop();
}

#[test]
fn frames_of_other_protocols_are_sent_again_in_their_protocol() {
    let sandbox = sandbox();
    let hub = Serving::of("wsify", &sandbox, "");
    let session = hub.listening["listening"]["wsify"].as_str().unwrap().to_owned();
    let command = r#"{"command":"join","args":{"channel":"news"}}"#;
    let record = json!({"v":1,"id":"one","transport":"ws","direction":"out","protocol":"wsify","session":"s",
        "request":{"method":"GET","target":"/"},"frame":{"opcode":"text","data":command}});
    sandbox.file("records.ndjson", record.to_string());
    let line = format!("versia-cli inbox replay one --from records.ndjson --to {session}");
    let ended = sandbox.sh(&line);
    assert!(ended.code(0).out().contains("101 Switching Protocols"), "{}", ended.out());
    let joined = hub.wait_for(|line| line["frame"]["opcode"] == "text" && line["direction"] == "in");
    assert_eq!(joined["frame"]["data"], command);
    hub.stop();
}
