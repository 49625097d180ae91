//! What `check` writes: the files beside what is shown, the comparison with an earlier run, and what `explain` says of cases.

use std::fs;

use serde_json::{Value, json};

use crate::check::pair;
use crate::fixture::Sandbox;
use crate::inspector::browser::Browser;
use crate::world::{Reply, World};

/// What a test about reports asks: enough for a pass, and for a failure where the versions are broken.
const ONLY: &str = "--only discovery/versions/answer --only discovery/metadata/answer";

const BROKEN: &str = "--reject --fault 'status=404 path=/.well-known/versia'";

#[test]
fn reports_are_written_beside_what_is_shown() {
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, BROKEN);
    let reports = "--report r.html --report r.xml --report r.md --report r.tap --report r.ndjson";
    let ended = sandbox.sh(&format!("{line} {ONLY} {reports}"));
    ended.code(1);
    assert!(ended.out().contains("fail  VC120 discovery/versions/answer\n"), "{}", ended.out());
    assert!(ended.out().contains("more      versia-cli explain VC120\n"), "{}", ended.out());
    let read = |name: &str| fs::read_to_string(sandbox.path().join(name)).unwrap();
    assert!(read("r.html").starts_with("<!doctype html>") && read("r.html").ends_with("</html>\n"));
    assert!(read("r.xml").contains("<failure type=\"VC120\""));
    assert!(read("r.md").contains("| fail | VC120 | `discovery/versions/answer` |"));
    assert!(read("r.tap").starts_with("TAP version 14\n1..2\n"));
    let last: Value = serde_json::from_str(read("r.ndjson").lines().last().unwrap()).unwrap();
    assert_eq!((&last["end"], &last["tally"]["fail"]), (&json!("whole"), &json!(1)));
    let left: Vec<_> =
        fs::read_dir(sandbox.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = sandbox.path().join("r.xml").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o400, 0o400);
    }
}

#[test]
fn a_report_that_cannot_be_is_wrong_use_before_anything_is_sent() {
    let sandbox = Sandbox::new();
    let world = World::start(|_| Some(Reply::page()));
    for (report, why) in [
        ("r.pdf", "a report ends in .html"),
        ("report", "a report ends in .html"),
        ("nowhere/r.html", "cannot write nowhere/r.html"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli check {} --report {report}", world.url));
        assert!(ended.code(2).stderr.contains(why), "{}", ended.stderr);
    }
    assert!(world.heads().is_empty(), "{:?}", world.heads());
}

#[test]
fn a_run_that_does_not_begin_says_so_in_its_report() {
    let sandbox = Sandbox::new();
    let ended = sandbox.sh("versia-cli check http://127.0.0.1:1 --report r.xml --report r.html --json");
    let last: Value = serde_json::from_str(ended.code(3).out()).unwrap();
    assert_eq!((&last["end"], &last["tally"]["pass"]), (&json!("no-answer"), &json!(0)));
    let xml = fs::read_to_string(sandbox.path().join("r.xml")).unwrap();
    assert!(xml.contains("<error message=\"the instance does not answer: "), "{xml}");
    let page = fs::read_to_string(sandbox.path().join("r.html")).unwrap();
    assert!(page.contains("Not whole: the instance does not answer: "), "{page}");
}

#[test]
#[cfg(unix)]
fn an_interrupted_run_leaves_a_report_of_what_there_is() {
    use std::io::{BufRead, BufReader};
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, "--reject");
    // So slow that it is still at it when the signal comes.
    let mut child = sandbox.start(&format!("{line} --only discovery --interval 0.5 --json --report r.xml"));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("discovery/versions/answer"), "{first}");
    sandbox.sh(&format!("kill -INT {}", child.id())).code(0);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let last: Value = serde_json::from_str(&lines.last().unwrap().unwrap()).unwrap();
    assert_eq!(last["end"], "interrupted");
    let xml = fs::read_to_string(sandbox.path().join("r.xml")).unwrap();
    assert!(xml.contains("<error message=\"interrupted after "), "{xml}");
}

#[test]
fn only_what_got_worse_since_the_baseline_fails() {
    let sandbox = Sandbox::new();
    {
        let (_b, line) = pair(&sandbox, BROKEN);
        sandbox.sh(&format!("{line} {ONLY} --json > broken.ndjson")).code(1);
        let known = sandbox.sh(&format!("{line} {ONLY} --baseline broken.ndjson"));
        assert!(known.code(0).out().contains("  known VC120 discovery/versions/answer\n"), "{}", known.out());
        assert!(
            known.out().contains("Since the baseline: 0 worse · 1 known · 0 better\n"),
            "{}",
            known.out()
        );
        let json = sandbox.sh(&format!("{line} {ONLY} --baseline broken.ndjson --json"));
        let first: Value = serde_json::from_str(json.code(0).out().lines().next().unwrap()).unwrap();
        assert_eq!((&first["baseline"], &first["change"]), (&json!("fail"), &json!("known")));
        let junit = sandbox.sh(&format!("{line} {ONLY} --baseline broken.ndjson --format junit"));
        assert!(junit.code(0).out().contains("<skipped message=\"known: VC120: "), "{}", junit.out());
        let github = sandbox.sh(&format!("{line} {ONLY} --baseline broken.ndjson --format github"));
        assert!(!github.code(0).out().contains("::error"), "{}", github.out());
        // A case that is not in it counts as kept before.
        sandbox.sh("grep -v versions/answer broken.ndjson > without.ndjson").code(0);
        let new = sandbox.sh(&format!("{line} {ONLY} --baseline without.ndjson"));
        assert!(new.code(1).out().contains("discovery/versions/answer (new)"), "{}", new.out());
    }
    let (_b, line) = pair(&sandbox, "--reject");
    let better = sandbox.sh(&format!("{line} {ONLY} --baseline broken.ndjson"));
    assert!(better.code(0).out().contains("  better discovery/versions/answer\n"), "{}", better.out());
}

#[test]
fn a_baseline_that_is_none_is_wrong_use_and_one_of_another_domain_is_told() {
    let sandbox = Sandbox::new();
    let (_b, line) = pair(&sandbox, "--reject");
    sandbox.file("other.xml", "<testsuites/>");
    sandbox.file(
        "twice.ndjson",
        "{\"id\":\"a/b\",\"verdict\":\"pass\"}\n{\"id\":\"a/b\",\"verdict\":\"pass\"}\n",
    );
    for (file, why) in [
        ("none.ndjson", "cannot read none.ndjson"),
        ("other.xml", "line 1: it is not JSON"),
        ("twice.ndjson", "line 2: the case \"a/b\" is there twice"),
    ] {
        let ended = sandbox.sh(&format!("{line} {ONLY} --baseline {file}"));
        assert!(ended.code(2).stderr.contains(why), "{}", ended.stderr);
    }
    sandbox
        .file("c.ndjson", "{\"id\":\"a/b\",\"verdict\":\"pass\"}\n{\"domain\":\"c.example\",\"tally\":{}}\n");
    let ended = sandbox.sh(&format!("{line} {ONLY} --baseline c.ndjson"));
    assert!(ended.code(0).stderr.contains("the baseline is of c.example, and not of b.example"));
}

#[test]
fn the_page_needs_nothing_else_and_can_be_read_by_all() {
    let sandbox = Sandbox::new();
    let hostile = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}\u{1b}[31m";
    let world = World::start(move |_| Some(Reply::of(hostile).status("200 <b>OK</b>")));
    sandbox.sh(&format!("versia-cli check {} --only discovery --only webfinger --report r.html", world.url));
    let page = sandbox.path().join("r.html");
    let text = fs::read_to_string(&page).unwrap();
    assert!(!text.contains("<script") && !text.contains("<img") && !text.contains(['\u{202e}', '\u{1b}']));
    let mut browser = Browser::start(&sandbox);
    let url = format!("file://{}", page.display());
    for with in [json!({}), json!({ "dark": true }), json!({ "width": 320 })] {
        browser.visit(&url, with.clone());
        browser.value("document.querySelectorAll('details').forEach((it) => { it.open = true; })");
        browser.is_accessible(&with.to_string());
        assert_eq!(browser.value("document.documentElement.scrollWidth <= innerWidth"), true, "{with}");
    }
    let failures = browser.value("document.querySelectorAll('#failures ~ article').length");
    assert!(failures.as_u64().unwrap() > 5, "{failures}");
    let shown = browser.value("document.body.innerText.includes('<script>alert(1)</script>')");
    assert_eq!(shown, true);
    let seen = browser.seen();
    assert_eq!((&seen["complaints"], &seen["dialogs"]), (&json!([]), &json!([])));
    let requests = seen["requests"].as_array().unwrap();
    assert!(requests.iter().all(|it| it == url.as_str()), "{requests:?}");
}

#[test]
fn cases_and_their_codes_are_explained() {
    let sandbox = Sandbox::new();
    let code = sandbox.sh("versia-cli explain vc103");
    assert!(code.code(0).out().contains("\nIts cases\n"), "{}", code.out());
    assert!(code.out().contains("\n  signatures/get/stale\n"), "{}", code.out());
    let listed = sandbox.sh("versia-cli check --list --only signatures/get/stale --json");
    let listed: Value = serde_json::from_str(listed.code(0).out()).unwrap();
    assert_eq!((&listed["page"], &listed["code"]), (&json!("signatures"), &json!("VC103")));
    assert_eq!(listed["url"], "https://versia.pub/signatures");
    let case = sandbox.sh("versia-cli explain signatures/get/stale");
    assert!(case.code(0).out().starts_with("signatures/get/stale (MUST)\n  rule   "), "{}", case.out());
    for line in [
        "  page   https://versia.pub/signatures\n",
        "  needs  a rightly signed GET is accepted\n",
        "  code   VC103: a time of signing that is too far away is accepted",
        "  run    versia-cli check DOMAIN --only signatures/get/stale\n",
    ] {
        assert!(case.out().contains(line), "{}", case.out());
    }
    let unknown = sandbox.sh("versia-cli explain signatures/get/stail");
    assert!(unknown.code(2).stderr.contains("the nearest are signatures/get/stale, "), "{}", unknown.stderr);
    let schema = sandbox.sh("versia-cli check --schema");
    assert!(serde_json::from_str::<Value>(schema.code(0).out()).is_ok());
}
