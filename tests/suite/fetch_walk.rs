//! `fetch` beyond one answer: users, other spellings, collections, references, what is kept.

use std::fs;

use serde_json::Value;

use crate::fixture::{Ended, Sandbox};
use crate::serving::Serving;
use crate::world::{Reply, World, note, user};

const ENTITIES: &str = "/.versia/v0.6/entities";

fn fetch(sandbox: &Sandbox, world: &World, arguments: &str) -> Ended {
    sandbox.sh(&format!("versia-cli fetch {} {arguments}", world.peer()))
}

/// A collection of `count` references, with what it says of their number, and at most `largest` on a page.
fn collection(target: &str, count: u64, total: u64, largest: u64) -> Reply {
    let parameter = |name: &str, usual: u64| {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let value = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        value.map_or(usual, |value| value.parse().unwrap())
    };
    let (offset, limit) = (parameter("offset", 0), parameter("limit", 40).min(largest));
    let items: Vec<_> = (offset..count.min(offset + limit)).map(|number| format!("\"u{number}\"")).collect();
    Reply::of(format!(r#"{{"author":null,"total":{total},"items":[{}]}}"#, items.join(",")))
}

#[test]
fn a_user_is_found_by_webfinger_and_fetched_signed() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        match target {
        "/.well-known/webfinger?resource=acct:alice@b.example" => Some(
            Reply::of(
                r#"{"subject":"acct:alice@b.example","links":[{"rel":"self","type":"application/vnd.versia+json","href":"https://b.example/.versia/v0.6/entities/User/7"}]}"#,
            )
            .unsigned(),
        ),
        "/.versia/v0.6/entities/User/7" => Some(Reply::of(user("7"))),
        _ => None,
    }
    });
    let ended = fetch(&sandbox, &world, "@alice@b.example -H 'X-Own: 1'");
    assert_eq!(ended.code(0).out(), user("7"));
    let heads = world.heads();
    assert!(
        !heads[0].contains("Versia-Signature") && heads[1].contains("Versia-Signed-By: bob.com"),
        "{heads:?}"
    );
    let records = fetch(&sandbox, &world, "@alice@b.example --json");
    assert_eq!(records.code(0).out().lines().count(), 2);
    let nobody = fetch(&sandbox, &world, "@eve@b.example");
    assert!(nobody.code(1).stderr.contains("there is no user @eve@b.example there"), "{}", nobody.stderr);
}

#[test]
fn a_link_of_versia_server_leads_to_its_own_spelling() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        match target {
        "/.well-known/webfinger?resource=acct:alice@b.example" => Some(
            Reply::of(
                r#"{"subject":"acct:alice@b.example","links":[{"rel":"self","type":"application/json","href":"https://b.example/users/7"}]}"#,
            )
            .unsigned(),
        ),
        "/users/7" => Some(Reply::page()),
        "/.versia/v0.6/entities/pub.versia%3Ausers%2FUser/7" => Some(Reply::of(user("7"))),
        _ => None,
    }
    });
    let ended = fetch(&sandbox, &world, "@alice@b.example");
    assert_eq!(ended.code(0).out(), user("7"));
    assert!(ended.stderr.contains("(VN253)") && ended.stderr.contains("(VN240)"), "{}", ended.stderr);
}

#[test]
fn another_spelling_stands_in_for_a_reference_and_is_only_told_of_an_address() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| match target {
        "/.versia/v0.6/entities/pub.versia%3Anotes%2FNote/1" => Some(Reply::of(note("1", "a", ""))),
        "/.versia/v0.6/entities/pub.versia:likes/Like/2" => Some(Reply::of("{}")),
        _ => None,
    });
    let ended = fetch(&sandbox, &world, "b.example:1 --type Note");
    assert_eq!(ended.code(0).out(), note("1", "a", ""));
    let says = format!(
        "{ENTITIES}/Note/1 answers 404, and {ENTITIES}/pub.versia%3Anotes%2FNote/1 has the entity (VN240)"
    );
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
    let ended = fetch(&sandbox, &world, &format!("{}{ENTITIES}/Note/1", world.url));
    assert!(
        ended.code(1).out().contains("nothing here") && ended.stderr.contains("(VN240)"),
        "{}",
        ended.stderr
    );
    let ended = fetch(&sandbox, &world, "b.example:2 --type pub.versia:likes/Like --no-validate");
    assert!(ended.code(0).stderr.contains("pub.versia:likes/Like/2 has the entity"), "{}", ended.stderr);
    // A status that is expected is the answer.
    let before = world.targets().len();
    fetch(&sandbox, &world, "b.example:1 --type Note --expect 404").code(0);
    assert_eq!(world.targets().len(), before + 1);
}

#[test]
fn an_answer_that_is_not_what_was_asked_for_is_a_no() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        let id = target.strip_prefix("/.versia/v0.6/entities/Note/")?;
        Some(match id {
            "page" => Reply::page(),
            "unsigned" => Reply::of(note("unsigned", "a", "")).unsigned(),
            "other-id" => Reply::of(note("1", "a", "")),
            "other-type" => Reply::of(user("other-type")),
            "other-signer" => Reply::of(note("other-signer", "a", "")).signed_by("c.example"),
            "foreign-author" => Reply::of(note("foreign-author", "c.example:a", "")),
            "invalid" => Reply::of(r#"{"type":"Note","id":"invalid"}"#),
            "busy" => Reply::of("{}").status("503 Service Unavailable"),
            _ => Reply::of(note(id, "a", "")),
        })
    });
    for (id, code, says) in [
        ("good", 0, "valid  response"),
        ("page", 1, "a front end answers for this path (VS511)"),
        ("unsigned", 1, "VS101"),
        (
            "other-id",
            1,
            "\"other-id\" was asked for, and the id of the entity in the answer is \"1\" (VN241)",
        ),
        ("other-type", 1, "a Note was asked for, and the answer is a \"User\" (VN241)"),
        ("other-signer", 1, "b.example was asked, and \"c.example\" signed the answer (VN242)"),
        ("foreign-author", 0, "VS603"),
        ("invalid", 1, "(VE"),
        ("busy", 1, "the status is 503"),
    ] {
        let key = format!("--peer c.example={}", world.url);
        let ended = fetch(&sandbox, &world, &format!("b.example:{id} --type Note {key}"));
        assert_eq!(ended.code, code, "{id}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{id}: {}", ended.stderr);
    }
    fetch(&sandbox, &world, "b.example:invalid --type Note --no-validate").code(0);
    let ended = fetch(&sandbox, &world, "b.example:invalid --type Note --json");
    assert!(ended.code(1).stderr.contains("(VE"), "{}", ended.stderr);
}

#[test]
fn a_collection_is_read_page_by_page_to_its_end_or_to_a_limit() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        target
            .starts_with("/.versia/v0.6/entities/User/1/collections/followers")
            .then(|| collection(target, 95, 95, 40))
    });
    let followers = "b.example:1 --type User --collection followers";
    let ended = fetch(&sandbox, &world, &format!("{followers} --all"));
    let lines: Vec<_> = ended.code(0).out().lines().collect();
    assert_eq!((lines.len(), lines[0], lines[94]), (95, "\"u0\"", "\"u94\""));
    let pages = world.targets();
    assert_eq!(pages.len(), 3);
    assert!(pages[1].ends_with("followers?offset=40&limit=40"), "{pages:?}");
    let ended = fetch(&sandbox, &world, &format!("{followers} --limit 50"));
    assert_eq!(ended.code(0).out().lines().count(), 50);
    assert!(world.targets()[4].ends_with("?offset=40&limit=10"), "{:?}", world.targets());
    let address = format!("'{}{ENTITIES}/User/1/collections/followers?offset=90&limit=2' --all", world.url);
    assert_eq!(fetch(&sandbox, &world, &address).code(0).out().lines().count(), 5);
    // Without being asked for more, it is one page, byte for byte.
    assert!(fetch(&sandbox, &world, followers).code(0).out().starts_with("{\"author\":null,\"total\":95,"));
    let ended = fetch(&sandbox, &world, &format!("{followers} --all --json"));
    assert_eq!(ended.code(0).out().lines().count(), 3);
}

#[test]
fn a_collection_that_lies_or_never_ends_is_told_and_left() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        let name = target.split("/collections/").nth(1)?.split('?').next()?;
        Some(match name {
            "more" => collection(target, 50, 10, 40),
            "fewer" => collection(target, 50, 90, 40),
            "same" => collection("/", 40, 1_000, 40),
            "large" => collection("/?limit=60", 60, 60, 60),
            "endless" => collection(target, u64::MAX / 2, 1 << 50, 40),
            "small-pages" => collection(target, 50, 50, 20),
            "busy" if target.contains("offset=0&") => collection(target, 80, 80, 40)
                .header("RateLimit-Remaining", "0")
                .header("RateLimit-Reset", "9"),
            _ => return None,
        })
    });
    for (name, code, lines, says) in [
        ("more", 0, 50, "the total is 10, and there are at least 40 items (VN243)"),
        ("fewer", 0, 50, "the total is 90, and there are 50 items (VN243)"),
        ("same", 1, 80, "the page from offset 40 on has nothing new (VN244)"),
        ("large", 0, 60, "a page has 60 items, and 40 were asked for (VN245)"),
        ("endless", 1, 280, "there is more to fetch, and 7 requests were made (VN246)"),
        ("small-pages", 0, 50, "200 "),
        ("busy", 1, 40, "asks for a pause, and is not asked for the rest (VN247)"),
    ] {
        let ended = fetch(
            &sandbox,
            &world,
            &format!("b.example:1 --type User --collection {name} --all --max-requests 7 --no-validate"),
        );
        assert_eq!((ended.code, ended.out().lines().count()), (code, lines), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{name}: {}", ended.stderr);
    }
}

#[test]
fn references_are_followed_once_each_and_no_further_than_asked() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        let (kind, id) = target.strip_prefix("/.versia/v0.6/entities/")?.split_once('/')?;
        Some(match (kind, id) {
            // A reply to itself, round about.
            ("Note", "1") => {
                Reply::of(note("1", "a", "").replace("\"replies_to\":null", "\"replies_to\":\"2\""))
            }
            ("Note", "2") => Reply::of(
                note("2", "b.example:a", "")
                    .replace("\"replies_to\":null", "\"replies_to\":\"b.example:1\"")
                    .replace("\"quotes\":null", "\"quotes\":\"../x\""),
            ),
            ("User", "a") => Reply::of(user("a")),
            _ => return None,
        })
    });
    let ended = fetch(&sandbox, &world, "b.example:1 --type Note --depth 9 --no-validate");
    assert_eq!(ended.code(0).out().lines().count(), 3, "{}", ended.stderr);
    let ids = ended.out().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), ["1", "a", "2"]);
    assert_eq!(world.targets().len(), 3);
    let ended = fetch(&sandbox, &world, "b.example:2 --type Note --depth 1 --no-validate --max-requests 2");
    assert_eq!(ended.code(1).out().lines().count(), 2);
    assert!(ended.stderr.contains("(VN246)"), "{}", ended.stderr);
}

#[test]
fn what_an_entity_refers_to_is_not_asked_for_in_a_private_network_nor_with_the_users_headers() {
    let sandbox = Sandbox::with_bob();
    let inner = World::start(|target| target.ends_with("/User/a").then(|| Reply::of(user("a"))));
    let port: u16 = inner.url.rsplit(':').next().unwrap().parse().unwrap();
    let world = World::start(move |target| {
        target.ends_with("/Note/1").then(|| Reply::of(note("1", &format!("localhost:{port}:a"), "")))
    });
    let ended = fetch(&sandbox, &world, "b.example:1 --type Note --depth 1 -H 'X-Own: hush'");
    assert_eq!(ended.code(3).out().lines().count(), 1);
    assert!(ended.stderr.contains("which is not a public one (VN132)"), "{}", ended.stderr);
    assert_eq!(inner.heads().len(), 0);
    // A peer is one that the user named; the headers are for the first only.
    let other = World::start(|target| {
        target.ends_with("/User/a").then(|| Reply::of(user("a")).signed_by("c.example"))
    });
    let world =
        World::start(|target| target.ends_with("/Note/1").then(|| Reply::of(note("1", "c.example:a", ""))));
    let peer = format!("--peer c.example={}", other.url);
    let ended =
        fetch(&sandbox, &world, &format!("b.example:1 --type Note --depth 1 -H 'X-Own: hush' {peer}"));
    assert_eq!(ended.code(0).out().lines().count(), 2, "{}", ended.stderr);
    assert!(world.heads()[0].contains("X-Own: hush"));
    assert!(other.heads().iter().all(|head| !head.contains("X-Own")), "{:?}", other.heads());
}

#[test]
fn what_was_fetched_is_kept_by_domain_type_and_id() {
    let sandbox = Sandbox::with_bob();
    let world = World::start(|target| {
        let path = target.strip_prefix("/.versia/v0.6/entities/")?.split('?').next()?;
        Some(match path {
            "User/a" => Reply::of(user("a")),
            "User/a/collections/outbox" => Reply::of(format!(
                r#"{{"author":"a","total":2,"items":[{}, {}]}}"#,
                note("1", "a", ""),
                note("2", "a", "").replace("\"id\":\"2\"", "\"id\":\"../../../out\"")
            )),
            "User/a/collections/followers" => collection(target, 2, 2, 40),
            _ => return None,
        })
    });
    let ended = fetch(&sandbox, &world, "b.example:a --type User --save kept");
    assert!(ended.code(0).stderr.contains("saved: 1 file in kept"), "{}", ended.stderr);
    for name in ["outbox", "followers"] {
        fetch(
            &sandbox,
            &world,
            &format!("b.example:a --type User --collection {name} --all --save kept --no-validate"),
        )
        .code(0);
    }
    let kept = |name: &str| fs::read_to_string(sandbox.path().join("kept/b.example").join(name)).unwrap();
    assert_eq!(kept("User/a.json"), user("a"));
    assert_eq!(kept("Note/1.json"), note("1", "a", ""));
    assert!(kept("Note/%2E.%2F..%2F..%2Fout.json").contains("out"));
    assert!(kept("User/a.followers.0.json").contains("\"total\":2"));
    assert!(!sandbox.path().parent().unwrap().join("out.json").exists());
}

#[test]
fn bodies_are_raw_or_laid_out_as_asked() {
    let sandbox = Sandbox::with_bob();
    let body = note("1", "a", "").replace("\"id\"", "\n \"id\"");
    let served = body.clone();
    let world = World::start(move |target| target.ends_with("/Note/1").then(|| Reply::of(served.clone())));
    let note = "b.example:1 --type Note";
    assert_eq!(fetch(&sandbox, &world, &format!("{note} --raw")).code(0).out(), body);
    assert!(
        fetch(&sandbox, &world, &format!("{note} --pretty"))
            .code(0)
            .out()
            .starts_with("{\n  \"id\": \"1\",\n")
    );
    assert_eq!(
        fetch(&sandbox, &world, &format!("{note} --depth 1")).out().lines().next().unwrap().len(),
        body.len() - 2
    );
}

#[test]
fn faults_of_an_instance_are_told_of_its_users() {
    let sandbox = Sandbox::with_bob();
    for (fault, code, says) in [
        ("unsigned", 1, "VS101"),
        ("wrong-key", 1, "VS401"),
        ("stale", 1, "VS202"),
        ("status=503 retry-after=1", 1, "the status is 503"),
        ("redirect=https://c.example/", 1, "(VN124)"),
        ("garbage", 3, "(VN122)"),
    ] {
        let b = Serving::start(
            &sandbox,
            &format!("--as bob --user alice --fault '{fault} path=/.versia/v0.6/entities'"),
        );
        let ended = sandbox.sh(&format!("versia-cli fetch @alice@bob.com --as bob --peer bob.com={}", b.url));
        assert_eq!(ended.code, code, "{fault}: {}", ended.stderr);
        assert!(ended.stderr.contains(says), "{fault}: {}", ended.stderr);
    }
}

#[test]
fn what_was_kept_is_served_again() {
    let sandbox = Sandbox::with_bob();
    let a = Serving::start(&sandbox, "--as bob --domain a.example --seed");
    let peer = format!("--peer a.example={}", a.url);
    let users = sandbox.sh(&format!(
        "versia-cli fetch '{}/.well-known/webfinger?resource=acct:alice@a.example' {peer} | grep -o 'User/[^\"]*' | head -n 1",
        a.url
    ));
    let id = users.code(0).out().trim().trim_start_matches("User/").to_owned();
    for collection in ["outbox", "followers"] {
        let line =
            format!("a.example:{id} --type User --collection {collection} --all --depth 2 --save kept");
        sandbox.sh(&format!("versia-cli fetch {line} --as bob {peer}")).code(0);
    }
    let user = format!("a.example:{id} --type User");
    let fetched = sandbox.sh(&format!("versia-cli fetch {user} --as bob {peer} --save kept"));
    let again = Serving::start(&sandbox, "--as bob --domain a.example --data kept/a.example");
    let peer = format!("--peer a.example={}", again.url);
    let served = sandbox.sh(&format!("versia-cli fetch {user} --as bob {peer}"));
    assert_eq!(served.code(0).out(), fetched.code(0).out());
    let outbox = sandbox.sh(&format!("versia-cli fetch {user} --collection outbox --all --as bob {peer}"));
    assert!(outbox.code(0).out().contains("\"type\":\"Note\""), "{}", outbox.out());
}
