//! `validate`, `new` and `schema`, and what `send`, `serve` and `repl` do with entities that are not valid.

use serde_json::{Value, json};

use crate::fixture::{SPEC_KEY, Sandbox};
use crate::repl::{message, records, with_peers};
use crate::serve::{INBOX, delivery, exchange, now, sandbox as signers, signer};
use crate::serving::Serving;

const FOLLOW: &str =
    r#"{"type":"Follow","created_at":"2026-01-01T00:00:00Z","author":"alice","followee":"b.example:bob"}"#;
const BAD: &str =
    r#"{"type":"Follow","created_at":"2026-02-30T00:00:00Z","author":5,"followee":"b.example:bob"}"#;

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.file("good.json", FOLLOW);
    sandbox.file("bad.json", BAD);
    sandbox
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_violation_is_told_with_its_place_its_rule_and_what_to_do() {
    let sandbox = sandbox();
    let ended = sandbox.sh("versia-cli validate bad.json");
    let out = ended.code(1).out();
    for wanted in [
        "bad.json:1:31: error VE303: \"2026-02-30T00:00:00Z\" is no day of the calendar at /created_at\n",
        "bad.json:1:63: error VE204: ",
        "    rule: ",
        "    fix: make it a string\n",
    ] {
        assert!(out.contains(wanted), "{wanted}\n{out}");
    }
    assert!(!out.contains('^'), "no source without a terminal: {out}");
    assert_eq!(sandbox.sh("versia-cli validate good.json").code(0).out(), "good.json: Follow valid\n");
    let both = sandbox.sh("versia-cli validate good.json bad.json nothing.json");
    assert!(both.code(2).out().ends_with("2 documents, 1 valid; 2 errors\n"), "{}", both.out());
    assert!(both.stderr.contains("cannot read the entity from nothing.json"), "{}", both.stderr);
}

#[test]
fn a_terminal_shows_the_line_with_a_mark_under_the_place() {
    let sandbox = sandbox();
    let ended = sandbox.sh("script -qec 'versia-cli --color never validate bad.json' /dev/null < /dev/null");
    let out = ended.out();
    assert!(
        out.contains("     1 | {\"type\":\"Follow\"") && out.contains("| ") && out.contains("^^^^"),
        "{out}"
    );
}

#[test]
fn a_private_key_in_the_place_of_the_public_one_is_not_shown() {
    let sandbox = Sandbox::new();
    let new = format!("versia-cli new InstanceMetadata --set public_key.key={SPEC_KEY} > metadata.json");
    sandbox.sh(&new).code(0);
    for format in ["human", "json", "junit", "sarif", "github"] {
        let ended = sandbox.sh(&format!("versia-cli validate --format {format} metadata.json"));
        assert!(
            ended.code(1).out().contains("VE318") && !ended.out().contains(&SPEC_KEY[..40]),
            "{}",
            ended.out()
        );
    }
}

#[test]
fn warnings_are_a_no_only_where_it_is_strict() {
    let sandbox = Sandbox::new();
    let group =
        r#"{"type":"pub.versia:groups/Group","id":"1","created_at":"2026-01-01T00:00:00Z","open":true}"#;
    sandbox.file("group.json", group);
    let ended = sandbox.sh("versia-cli validate group.json");
    assert!(
        ended.code(0).out().contains("warning VE203: name and description are absent"),
        "{}",
        ended.out()
    );
    sandbox.sh("versia-cli validate --strict group.json").code(1);
}

#[test]
fn profiles_stand_side_by_side() {
    let sandbox = Sandbox::new();
    let vote = r#"{"type":"pub.versia:polls/Vote","id":"1","created_at":"2026-01-01T00:00:00Z","author":"a","poll":"1","option":0}"#;
    sandbox.file("vote.json", vote);
    let ended = sandbox.sh("versia-cli validate --profile all vote.json");
    let out = ended.code(1).out();
    assert!(out.contains("versia-server-0.9 error VE602"), "{out}");
    assert!(out.ends_with("vote.json: spec: valid, versia-server-0.9: refused\n"), "{out}");
    sandbox.sh("versia-cli validate vote.json").code(0);
    sandbox.sh("versia-cli validate --profile versia-server-0.9 vote.json").code(1);
}

#[test]
fn collections_are_told_their_type() {
    let sandbox = Sandbox::new();
    sandbox.file("followers.json", r#"{"author":null,"total":1,"items":["b.example:1"]}"#);
    let ended = sandbox.sh("versia-cli validate followers.json");
    assert!(ended.code(1).out().contains("--type URICollection"), "{}", ended.out());
    sandbox.sh("versia-cli validate --strict --type uricollection followers.json").code(0);
    sandbox.sh("versia-cli validate --type Collection followers.json").code(1);
}

#[test]
fn programs_and_ci_get_it_in_their_own_formats() {
    let sandbox = sandbox();
    let found = &lines(sandbox.sh("versia-cli validate --json good.json bad.json").code(1).out())[1];
    assert_eq!(
        (&found["valid"], &found["type"], &found["source"]),
        (&json!(false), &json!("Follow"), &json!("bad.json"))
    );
    let first = &found["violations"][0];
    assert_eq!((&first["code"], &first["line"], &first["column"]), (&json!("VE303"), &json!(1), &json!(31)));
    assert_eq!((&first["pointer"], &first["profile"]), (&json!("/created_at"), &json!("spec")));
    let github = sandbox.sh("versia-cli validate --format github bad.json");
    assert!(
        github.code(1).out().starts_with("::error file=bad.json,line=1,col=31,title=VE303 "),
        "{}",
        github.out()
    );
    let sarif: Value =
        serde_json::from_str(sandbox.sh("versia-cli validate --format sarif bad.json").code(1).out())
            .unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][1]["id"], "VE303");
    let junit = sandbox.sh(
        "versia-cli validate --format junit good.json bad.json \
         | python3 -c 'import sys, xml.etree.ElementTree as e; s = e.parse(sys.stdin).getroot(); print(s.get(\"tests\"), s.get(\"failures\"), len(s.findall(\".//failure\")))'",
    );
    assert_eq!(junit.out(), "2 1 1\n");
}

#[test]
fn ci_is_told_what_fails_where_in_files_of_any_name() {
    let sandbox = Sandbox::new();
    let group =
        r#"{"type":"pub.versia:groups/Group","id":"1","created_at":"2026-01-01T00:00:00Z","open":true}"#;
    sandbox.file("my group.json", group);
    for (strict, code, failures) in [("", 0, "failures=\"0\""), ("--strict", 1, "failures=\"1\"")] {
        let ended = sandbox.sh(&format!("versia-cli validate {strict} --format junit 'my group.json'"));
        assert!(ended.code(code).out().contains(failures), "{}", ended.out());
    }
    let sarif = sandbox.sh("versia-cli validate --format sarif 'my group.json'");
    assert!(sarif.code(0).out().contains("\"uri\":\"my%20group.json\""), "{}", sarif.out());
    let record = json!({"v": 1, "request": {"method": "POST", "target": INBOX, "headers": [], "body": BAD}});
    sandbox.file("records.ndjson", format!("{FOLLOW}\n{record}\n"));
    let github = sandbox.sh("versia-cli validate --format github records.ndjson");
    assert!(
        github.code(1).out().starts_with("::error file=records.ndjson,line=2,col=1,"),
        "{}",
        github.out()
    );
}

#[test]
fn a_broken_first_line_does_not_make_one_document_of_lines() {
    let sandbox = Sandbox::new();
    let lines = format!("{}\n{FOLLOW}\n{FOLLOW}\n", FOLLOW.replace("}", ",}"));
    let ended = sandbox.sh_with("versia-cli validate", lines.as_bytes());
    assert!(ended.code(1).out().ends_with("3 documents, 2 valid; 1 error\n"), "{}", ended.out());
}

#[test]
fn new_says_when_what_was_given_makes_no_valid_entity() {
    let sandbox = Sandbox::new();
    let wrong = sandbox.sh("versia-cli new Note --author 'bad ref!' --set is_sensitive=5");
    assert!(wrong.code(0).out().contains("\"is_sensitive\": 5"), "{}", wrong.out());
    let warning = "warning: what is printed is no valid Note: VE311 /author (line 6, column 13): ";
    assert!(wrong.stderr.starts_with(warning) && wrong.stderr.contains(", and 1 more"), "{}", wrong.stderr);
    let right = sandbox.sh("versia-cli new Note --author a.example:alice");
    assert_eq!(right.code(0).stderr, "");
}

#[test]
fn lines_and_records_are_looked_at_one_by_one() {
    let sandbox = Sandbox::new();
    let record = json!({"v": 1, "request": {"method": "POST", "target": INBOX, "headers": [], "body": BAD}});
    sandbox.file("lines", format!("{FOLLOW}\n\n{BAD}\n{record}\n"));
    let found = lines(sandbox.sh("versia-cli validate --json lines").code(1).out());
    let places: Vec<_> =
        found.iter().map(|it| (it["source"].as_str().unwrap(), it["line"].as_u64().unwrap())).collect();
    assert_eq!(places, [("lines", 1), ("lines", 3), ("lines:4 (the request's body)", 1)]);
    assert_eq!(found[1]["violations"][0]["line"], 3);
    let piped = sandbox.sh("versia-cli validate --ndjson - < lines");
    assert!(piped.code(1).out().ends_with("3 documents, 1 valid; 4 errors\n"), "{}", piped.out());
}

#[test]
fn what_has_one_right_form_is_fixed_shown_and_written() {
    let sandbox = Sandbox::new();
    let before = "{\r\n  \"type\": \"Follow\",\r\n  \"created_at\": \"2026-01-01T02:00:00+02:00\",\r\n  \"author\": \"a\",\r\n  \"followee\": \"b\",\r\n  \"x\": 1.0\r\n}\r\n";
    sandbox.file("follow.json", before);
    let shown = sandbox.sh("versia-cli validate --fix follow.json");
    let out = shown.code(0).out();
    assert!(
        out.contains("--- follow.json\n+++ follow.json\n")
            && out.contains("+  \"created_at\": \"2026-01-01T00:00:00Z\",\n"),
        "{out}"
    );
    assert_eq!(std::fs::read_to_string(sandbox.path().join("follow.json")).unwrap(), before);
    sandbox.sh("versia-cli validate --fix --write follow.json").code(0);
    let after = std::fs::read_to_string(sandbox.path().join("follow.json")).unwrap();
    assert_eq!(after, before.replace('\r', "").replace("02:00:00+02:00", "00:00:00Z").replace("1.0", "1"));
    assert_eq!(sandbox.sh("versia-cli validate --fix follow.json").code(0).out().lines().count(), 4);
    sandbox.sh("versia-cli validate --fix --write - < follow.json").code(2);
}

#[test]
fn what_new_prints_validate_takes_without_a_word() {
    let sandbox = Sandbox::new();
    let types = sandbox.sh("versia-cli schema --list");
    let script = "for type in $(versia-cli schema --list); do \
                    case $type in *Collection) given=\"--type $type\" ;; *) given= ;; esac; \
                    versia-cli new $type | versia-cli validate --strict $given - || exit 1; \
                    versia-cli new $type --compact | versia-cli validate --strict --json $given - | grep -q '\"violations\":\\[\\]' || exit 1; \
                  done";
    let ended = sandbox.sh(script);
    assert_eq!(ended.code(0).out().lines().count(), types.out().lines().count());
    let note = sandbox.sh("versia-cli new note --author a.example:alice --content '<hi>' --mention b.example:bob --set device.name=curl");
    let note: Value = serde_json::from_str(note.code(0).out()).unwrap();
    assert_eq!(note["content"]["text/html"]["content"], "<p>&lt;hi&gt;</p>");
    assert_eq!((&note["mentions"][0], &note["device"]["name"]), (&json!("b.example:bob"), &json!("curl")));
    sandbox.sh("versia-cli new Toot").code(2);
    sandbox.sh("versia-cli new Follow --content x").code(2);
    sandbox.sh("versia-cli new Note --set subject.x.y=1 --set subject=5 --set subject.z=1").code(2);
}

#[test]
fn schemas_are_written_one_file_for_each_type() {
    let sandbox = Sandbox::new();
    sandbox.sh("versia-cli schema --all schemas").code(0);
    let count = std::fs::read_dir(sandbox.path().join("schemas")).unwrap().count();
    assert_eq!(count, sandbox.sh("versia-cli schema --list").out().lines().count());
    let ended = sandbox.sh("versia-cli schema Like | diff - schemas/likes-like.json");
    assert_eq!(ended.code(0).out(), "");
    sandbox.sh("versia-cli schema Toot").code(2);
}

#[test]
fn send_refuses_what_is_not_valid_unless_it_is_told_to_send_it() {
    let sandbox = signers();
    let b = Serving::start(&sandbox, "--as bob");
    sandbox.file("lines", format!("{FOLLOW}\n{BAD}\n"));
    sandbox.file("bad.json", BAD);
    for road in ["", "--ws"] {
        let send = format!("versia-cli send --as bob --to {} {road}", b.url);
        let ended = sandbox.sh(&format!("{send} lines"));
        ended.code(1);
        assert!(
            ended.stderr.contains("line 2 of lines is no valid \"Follow\", and is not sent"),
            "{}",
            ended.stderr
        );
        assert!(ended.stderr.contains("VE303") && ended.stderr.contains("VE204"), "{}", ended.stderr);
        sandbox.sh(&format!("{send} bad.json")).code(1);
        sandbox.sh(&format!("{send} bad.json --no-validate")).code(0);
    }
    let served = b.stop();
    let bodies = served
        .lines
        .iter()
        .filter(|line| line["frame"]["opcode"] == "text" || line["request"]["method"] == "POST");
    assert_eq!(bodies.count(), 4);
}

#[test]
fn serve_badges_what_is_not_valid_and_refuses_it_where_it_is_told_to() {
    let sandbox = signers();
    let a = Serving::start(&sandbox, "--key a.key --domain a.example");
    let peer = format!("--listen 127.0.0.1:0 --as bob --peer a.example={}", a.url);
    let lenient = Serving::start_with(&sandbox, &peer);
    let answer = exchange(&lenient.address, &delivery(&signer("a.example"), now(), BAD)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    let verdict = &lenient.next()["request"]["verdict"];
    assert_eq!(
        (&verdict["signature"], &verdict["codes"]),
        (&json!("valid"), &json!(["VS513", "VE303", "VE204"]))
    );
    let strict = Serving::start_with(&sandbox, &format!("{peer} --reject"));
    let answer = exchange(&strict.address, &delivery(&signer("a.example"), now(), BAD)).unwrap();
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    assert_eq!(body["violations"][1]["pointer"], "/author");
    assert_eq!(body["codes"], json!(["VE204", "VE303"]));
    let answer = exchange(&strict.address, &delivery(&signer("a.example"), now(), FOLLOW)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    // More warnings than are told stand before the error, and it is large enough to be looked at beside the others' traffic.
    let option = r#"{"text/html":{"content":"a text of some length"}},"#.repeat(2_000);
    let polls =
        format!(r#""extensions":{{"pub.versia:polls":{{"options":[{}],"#, option.trim_end_matches(','));
    let note = format!(r#"{{"type":"Follow",{polls}"votes":[]}}}},"author":5}}"#);
    let answer = exchange(&strict.address, &delivery(&signer("a.example"), now(), &note)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("\"pointer\":\"/author\""), "{answer}");
    assert!(answer.contains("\"error\":\"this is no valid Follow: /"), "{answer}");
}

#[test]
fn repl_says_what_is_wrong_with_what_is_typed_and_with_what_comes() {
    let steps = json!([{"receive": 2}, {"send": message(BAD)}, {"send": message(FOLLOW)}]);
    let script = format!("{BAD}\n{FOLLOW}\n/expect $.author == \"alice\" within 20s\n");
    let wrong =
        "error: /created_at (line 1, column 31): \"2026-02-30T00:00:00Z\" is no day of the calendar (VE303)";
    with_peers(&steps, "", &script, |ended, _| {
        let out = ended.code(0).out();
        assert!(out.contains(&format!("→ 1  Follow\n  {wrong}\n")), "{out}");
        assert!(out.contains(&format!("← 1  valid  Follow  by a.example\n  {wrong}\n")), "{out}");
        assert_eq!((out.matches("(VE303)").count(), out.matches("(VE204)").count()), (2, 2), "{out}");
    });
    with_peers(&steps, "--json", &script, |ended, _| {
        let told: Vec<_> =
            records(ended.code(0)).into_iter().filter(|line| !line["violations"].is_null()).collect();
        let places: Vec<_> = told.iter().map(|line| (&line["direction"], &line["message"])).collect();
        assert_eq!(places, [(&json!("out"), &json!(1)), (&json!("in"), &json!(1))]);
        assert_eq!(told[1]["violations"][1]["pointer"], "/author");
    });
    with_peers(&steps, "--no-validate", &script, |ended, _| {
        assert!(!ended.code(0).out().contains("VE"), "{}", ended.out());
    });
}

#[test]
fn what_is_at_an_address_is_fetched_signed_and_validated() {
    let sandbox = signers();
    let b = Serving::start(&sandbox, "--as bob --user alice");
    let metadata = sandbox.sh(&format!("versia-cli validate --strict {}/.versia/v0.6/instance", b.url));
    assert!(metadata.code(0).out().ends_with(": InstanceMetadata valid\n"), "{}", metadata.out());
    let gone =
        sandbox.sh(&format!("versia-cli validate {}/.versia/v0.6/entities/User/nobody --as bob", b.url));
    assert!(gone.code(1).stderr.contains("the status is 404"), "{}", gone.stderr);
    sandbox.sh("versia-cli validate http://127.0.0.1:9/.versia/v0.6/instance").code(3);
}
