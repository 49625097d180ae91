//! The page in a browser.

use serde_json::json;

use super::browser::Browser;
use super::scene::{Scene, TOKEN};
use crate::serve::{NOTE, sandbox};
use crate::serving::Serving;

const FOLLOW: &str = r#"{"type":"Follow","author":"a.example:1","followee":"b.example:2"}"#;

/// How many rows there are, as the page says.
const COUNT: &str = "document.getElementById('count').textContent";

#[test]
fn the_list_fills_live_is_filtered_and_explains_and_sends_again() {
    let scene = Scene::new("");
    let mut browser = Browser::of(&scene);
    browser.wait_for_text("#empty", "Waiting for the first record");
    scene.deliver(NOTE);
    browser.wait_for_text("#rows .row .kind", "Note");
    scene.deliver_wrongly(FOLLOW);
    browser.wait_for_text("#row-0 .kind", "Follow");
    assert_eq!(browser.value("document.querySelector('#row-0 .badge').textContent"), "invalid");
    browser.select("#filter-verdict", "invalid");
    browser.wait(&format!("{COUNT} === '1 record that matches'"));
    browser.click("#row-0");
    browser.click("#tab-signature");
    browser.wait_for_text("#tab", "the path is signed with a slash at its end");
    assert_eq!(
        browser.value("[...document.querySelectorAll('.parts .differs td')].map((cell) => cell.textContent)"),
        json!(["/.versia/v0.6/inbox", "/.versia/v0.6/inbox/"])
    );
    browser.click("#tab-entity");
    browser.wait_for_text("#tab .note", "VE");
    browser.click("#clear");
    browser.wait(&format!("{COUNT} === '2 records'"));
    browser.click("#pause");
    scene.deliver(NOTE);
    browser.wait_for_text("#newer", "Show 1 new record");
    assert_eq!(browser.value(COUNT), "2 records");
    browser.click("#newer");
    browser.wait(&format!("{COUNT} === '3 records'"));
    // What is sent again is recorded on its way out, and on its way in.
    browser.click("#row-0");
    browser.wait_for_text("#pane-title", "Note");
    browser.click("#replay-now");
    browser.wait_for_text("#toast", "answered 202");
    browser.wait(&format!("{COUNT} === '5 records'"));
    browser.click("#replay-edited");
    browser.fill("#replay-body", r#"{"type":"Note","content":"edited"}"#);
    browser.click("#replay button.primary");
    browser.wait(&format!("{COUNT} === '7 records'"));
    assert_eq!(scene.get("/api/records?text=edited&verdict=valid&count=true")["total"], 1);
    browser.kept_to(&scene.address);
}

#[test]
fn what_a_peer_wrote_runs_nothing_and_hides_nothing() {
    let scene = Scene::new("");
    let evil = r#"<script>pwned=1</script><img src=x onerror=pwned=1><svg onload=pwned=1><a href=javascript:pwned=1>x</a>"#;
    let body = json!({
        "type": format!("{evil}\u{202e}"), "author": evil, "id": evil, evil: evil, "subject": "a\u{202e}txt.exe\u{200b}",
        "content": { "text/html": { "content": evil } },
    });
    scene.deliver_wrongly(&body.to_string());
    let odd = format!(
        "POST /.versia/v0.6/inbox HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\nX-Evil: {evil}\r\nContent-Length: {}\r\n\r\n{evil}",
        evil.len()
    );
    crate::serve::exchange(&scene.b.address, odd.as_bytes()).unwrap();
    let mut browser = Browser::of(&scene);
    for row in ["#row-0", "#row-1"] {
        browser.click(row);
        for view in ["overview", "signature", "entity", "headers", "body", "timeline"] {
            browser.click(&format!("#tab-{view}"));
            browser.wait(&format!(
                "document.querySelector('#tab-{view}')?.getAttribute('aria-selected') === 'true'"
            ));
        }
        browser.click("#tab-body");
        browser.wait_for_text("#tab", "<script>pwned=1</script>");
        browser.press(&["Escape"]);
    }
    browser.click("#row-1");
    for view in ["overview", "entity"] {
        browser.click(&format!("#tab-{view}"));
        browser.wait_for_text("#tab .odd", "U+202E");
        assert_eq!(
            browser.value("document.querySelector('main').textContent.includes('\\u202e')"),
            false,
            "{view}"
        );
    }
    browser.click("#replay-edited");
    browser.press(&["Escape"]);
    assert_eq!(browser.value("typeof pwned"), "undefined");
    let made = "document.querySelectorAll('main :is(script, img, iframe, [onerror], [onload], a[href^=javascript])').length";
    assert_eq!(browser.value(made), 0);
    browser.kept_to(&scene.address);
}

#[test]
fn what_a_peer_wrote_keeps_no_view_from_being_shown() {
    let scene = Scene::new("");
    let signed =
        "Versia-Signature: AA==\r\nVersia-Signed-By: a.example\r\nVersia-Signed-At: 99999999999999999\r\n";
    let deliver = |headers: &str, body: &str| {
        let request = format!(
            "POST /.versia/v0.6/inbox HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        crate::serve::exchange(&scene.b.address, request.as_bytes()).unwrap();
    };
    deliver(signed, NOTE);
    let hidden = "\u{200b}".repeat(1_000_000);
    deliver("", &format!(r#"{{"type":"Like","x":"{hidden}"}}"#));
    let mut browser = Browser::of(&scene);
    browser.click("#row-1");
    browser.wait_for_text("#pane-title", "Note");
    browser.click("#tab-signature");
    browser.wait_for_text("#tab", "which is no date");
    browser.click("#row-0");
    browser.wait_for_text("#pane-title", "Like");
    for view in ["entity", "body"] {
        browser.click(&format!("#tab-{view}"));
        browser.wait_for_text("#tab", "U+200B");
        let odd = "document.querySelectorAll('#tab .odd').length";
        let before = browser.value(odd).as_u64().unwrap();
        assert!(before < 50_000, "{view}: {before} elements");
        browser.value("[...document.querySelectorAll('#tab button')].find((it) => it.textContent.startsWith('Show more')).click()");
        assert!(browser.value(odd).as_u64().unwrap() > before, "{view}");
    }
    browser.kept_to(&scene.address);
}

#[test]
fn a_tab_that_nobody_sees_holds_no_connection_and_misses_nothing() {
    let scene = Scene::new("");
    let mut browser = Browser::of(&scene);
    let turn = |browser: &mut Browser, hidden: bool| {
        browser.value(&format!(
            "Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }}) && \
             document.dispatchEvent(new Event('visibilitychange'))"
        ));
    };
    turn(&mut browser, true);
    browser.wait_for_text("#live-text", "Waits until it is seen");
    scene.deliver(NOTE);
    turn(&mut browser, false);
    browser.wait_for_text("#live-text", "Live");
    browser.wait(&format!("{COUNT} === '1 record'"));
    browser.kept_to(&scene.address);
}

#[test]
fn the_page_can_be_used_by_all_in_light_and_dark_and_on_a_small_screen() {
    let scene = Scene::new("");
    scene.deliver(NOTE);
    scene.deliver_wrongly(FOLLOW);
    scene.act("POST", "/api/faults", &json!({ "fault": "drop path=/nowhere" }));
    let all = ["overview", "signature", "entity", "headers", "body", "timeline"];
    for (with, views) in [
        (json!({}), &all[..]),
        (json!({ "dark": true }), &all[..4]),
        (json!({ "width": 320, "height": 640 }), &all[1..4]),
    ] {
        let mut browser = Browser::start(&scene.sandbox);
        browser.open(&scene.address, with.clone());
        browser.wait("document.querySelectorAll('#rows .row').length === 2");
        browser.wait("document.querySelector('#chart svg') !== null");
        browser.click("#more");
        browser.is_accessible(&format!("the list, {with}"));
        browser.click("#row-0");
        browser.wait("document.getElementById('tab') !== null");
        for view in views {
            browser.click(&format!("#tab-{view}"));
            browser.is_accessible(&format!("{view}, {with}"));
        }
        let wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
        assert_eq!(browser.value(wide), false, "it scrolls sideways, {with}");
        browser.click("#replay-edited");
        browser.is_accessible(&format!("the form to replay, {with}"));
        browser.press(&["Escape"]);
        browser.click("#keys-open");
        browser.is_accessible(&format!("the keys, {with}"));
        browser.press(&["Escape"]);
        browser.click("#instance-open");
        browser.wait_for_text("#instance-faults", "drop path=/nowhere");
        browser.is_accessible(&format!("the instance, {with}"));
        browser.kept_to(&scene.address);
    }
}

#[test]
fn everything_is_reached_by_keys() {
    let scene = Scene::new("");
    for body in [NOTE, FOLLOW, NOTE] {
        scene.deliver(body);
    }
    let mut browser = Browser::of(&scene);
    browser.wait("document.querySelectorAll('#rows .row').length === 3");
    let selected = "document.querySelector('#rows [aria-selected=true]')?.id";
    browser.press(&["j", "j"]);
    assert_eq!(browser.value(selected), "row-1");
    assert_eq!(
        browser.value("document.getElementById('list').getAttribute('aria-activedescendant')"),
        "row-1"
    );
    browser.press(&["k"]);
    assert_eq!(browser.value(selected), "row-0");
    browser.press(&["G"]);
    assert_eq!(browser.value(selected), "row-2");
    browser.press(&["g", "j", "Enter"]);
    browser.wait_for_text("#pane-title", "Follow");
    browser.press(&["2"]);
    assert_eq!(browser.value("document.querySelector('[role=tab][aria-selected=true]').id"), "tab-signature");
    // The pane follows the selection, in the same view.
    browser.press(&["j"]);
    browser.wait_for_text("#pane-title", "Note");
    assert_eq!(browser.value("document.querySelector('[role=tab][aria-selected=true]').id"), "tab-signature");
    browser.press(&["Escape"]);
    assert_eq!(browser.value("document.getElementById('pane').hidden"), true);
    assert_eq!(browser.value("document.activeElement.id"), "list");
    browser.press(&["/"]);
    assert_eq!(browser.value("document.activeElement.id"), "filter-text");
    browser.press(&["j", "Escape"]);
    assert_eq!(
        browser.value("[document.activeElement.id, document.getElementById('filter-text').value]"),
        json!(["list", "j"])
    );
    browser.press(&["?"]);
    assert_eq!(browser.value("document.getElementById('keys').open"), true);
    browser.press(&["Escape", "p"]);
    assert_eq!(browser.value("document.getElementById('pause').getAttribute('aria-pressed')"), "true");
    browser.kept_to(&scene.address);
}

#[test]
fn a_hundred_thousand_records_are_scrolled_through() {
    const MANY: usize = 100_000;
    let sandbox = sandbox();
    let line = |n: usize| {
        format!(
            "{{\"v\":1,\"id\":\"r{n:06}\",\"at\":\"2026-11-24T12:00:00.000Z\",\"direction\":\"in\",\"request\":{{\"method\":\"POST\",\
             \"target\":\"/{n}\"}},\"response\":{{\"status\":202}}}}\n"
        )
    };
    sandbox.file("many.ndjson", (1..=MANY).map(line).collect::<String>());
    sandbox.sh("versia-cli inbox import many.ndjson --store many.db").code(0);
    let scene = Scene::of(sandbox, "--store many.db");
    let mut browser = Browser::of(&scene);
    browser.wait(&format!("{COUNT} === '100,000 records'"));
    let shows = |text: &str| {
        format!(
            "[...document.querySelectorAll('#rows .who')].some((cell) => cell.textContent.includes('{text}'))"
        )
    };
    browser.wait(&shows("/100000"));
    browser.press(&["G"]);
    browser.wait("document.querySelector('#rows [aria-selected=true] .who')?.textContent.includes('/1')");
    assert_eq!(
        browser.value("document.querySelector('#rows [aria-selected=true]').getAttribute('aria-rowindex')"),
        "100001"
    );
    browser.value("document.getElementById('list').scrollTo(0, 50000 * 30)");
    browser.wait(&shows("/5000"));
    browser.wait("document.querySelectorAll('#rows .loading').length === 0");
    assert!(browser.value("document.querySelectorAll('#rows .row').length").as_u64().unwrap() < 100);
    // What comes meanwhile does not move what is looked at.
    let first = "[...document.querySelectorAll('#rows .row')].find((row) => row.getBoundingClientRect().top >= \
                 document.getElementById('rows').parentElement.getBoundingClientRect().top + 30).querySelector('.who').textContent";
    let before = browser.value(first);
    scene.deliver(NOTE);
    browser.wait(&format!("{COUNT} === '100,001 records'"));
    assert_eq!(browser.value(first), before);
    browser.fill("#filter-text", "/99999");
    browser.wait(&format!("{COUNT} === '1 record that matches'"));
    browser.kept_to(&scene.address);
}

#[test]
fn a_lost_connection_is_told_and_taken_up_again() {
    let sandbox = sandbox();
    sandbox.file("token", TOKEN);
    sandbox.sh("chmod 600 token").code(0);
    let start = |port: &str| {
        let inspector = format!("--inspector 127.0.0.1:{port} --inspector-token-file token");
        Serving::start(&sandbox, &format!("--as bob --domain b.example --store b.db {inspector}"))
    };
    let first = start("0");
    let url = first.listening["listening"]["inspector"].as_str().unwrap().to_owned();
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let mut browser = Browser::start(&sandbox);
    browser.open(&address, json!({}));
    assert_eq!(first.stop().code, 0);
    browser.wait_for_text("#live-text", "Connection lost");
    let second = start(address.rsplit(':').next().unwrap());
    crate::serve::exchange(&second.address, b"GET /.well-known/versia HTTP/1.0\r\n\r\n").unwrap();
    browser.wait_for_text("#live-text", "Live");
    browser.wait_for_text("#row-0", "/.well-known/versia");
}

#[test]
fn the_instance_is_posted_through_its_follows_are_answered_and_it_fails_on_demand() {
    let scene = Scene::new("--follows manual");
    let overview = scene.get("/api/instance")["overview"].clone();
    let followee = format!("b.example:{}", overview["users"][0]["id"].as_str().unwrap());
    let follow = json!({ "type": "Follow", "created_at": "2026-01-01T00:00:00Z", "author": "a.example:1", "followee": followee });
    scene.deliver(&follow.to_string());
    let mut browser = Browser::of(&scene);
    browser.click("#instance-open");
    browser.wait_for_text("#instance-follows", "pending");
    browser.click("#instance-follows button");
    browser.wait_for_text("#instance-follows", "accepted");
    browser.fill("#post-content", "hello from the page");
    browser.click("#instance form button.primary");
    browser.wait_for_text("#toast", "Posted");
    browser.fill("#fault", "status=503 for=1");
    browser.press(&["Enter"]);
    browser.wait_for_text("#instance-faults", "status=503 for=1");
    scene.deliver(NOTE);
    assert_eq!(scene.get("/api/records?status=503&count=true")["total"], 1);
    browser.click("#instance-faults button");
    browser.wait_for_text("#instance-faults", "Nothing goes wrong on purpose");
    browser.kept_to(&scene.address);
}
