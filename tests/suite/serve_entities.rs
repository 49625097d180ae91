//! What `serve` serves: the seed, entities from a folder, collections page by page, WebFinger, pages for people.

use serde_json::{Value, json};
use versia_cli::server::seed_id;

use crate::fixture::Sandbox;
use crate::serve::exchange;
use crate::serving::Serving;

/// An answer to a GET.
pub struct Got {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Got {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// An unsigned GET with further header lines.
pub fn get_with(serving: &Serving, target: &str, headers: &str) -> Got {
    let request = format!("GET {target} HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n{headers}\r\n");
    let answer = exchange(&serving.address, request.as_bytes()).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Got {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

pub fn get(serving: &Serving, target: &str) -> Got {
    get_with(serving, target, "")
}

/// The path of a part of the seed of b.example.
fn part(kind: &str, name: &str) -> String {
    format!("/.versia/v0.6/entities/{kind}/{}", seed_id(name, "b.example"))
}

fn id(name: &str) -> String {
    seed_id(name, "b.example")
}

fn seeded(sandbox: &Sandbox, arguments: &str) -> Serving {
    Serving::start(sandbox, &format!("--as bob --domain b.example --seed {arguments}"))
}

#[test]
fn the_seed_is_served_signed_and_breaks_no_rule() {
    let sandbox = Sandbox::with_bob();
    let b = seeded(&sandbox, "");
    for (kind, name) in [
        ("User", "alice"),
        ("pub.versia%3Ausers%2FUser", "bob"),
        ("Note", "hello"),
        ("pub.versia%3Anotes%2FNote", "tomatoes"),
        ("pub.versia%3Agroups%2FGroup", "garden"),
        ("pub.versia%3Alikes%2FLike", "like-hello"),
        ("pub.versia%3Areactions%2FReaction", "reaction-tomatoes"),
        ("pub.versia%3Ashare%2FShare", "share-hello"),
    ] {
        let url = format!("{}{}", b.url, part(kind, name));
        let line = format!("versia-cli fetch {url} --as bob --peer b.example={} --json", b.url);
        let fetched = sandbox.sh(&line);
        let record: Value = serde_json::from_str(fetched.code(0).out()).unwrap();
        assert_eq!(record["response"]["verdict"]["signature"], "valid", "{record}");
        let body = record["response"]["body"].as_str().unwrap();
        sandbox.file("entity.json", body);
        sandbox.sh("versia-cli validate --strict entity.json").code(0);
        assert_eq!(serde_json::from_str::<Value>(body).unwrap()["id"], json!(id(name)), "{kind} {name}");
    }
    for target in [
        part("User", "hello"),
        part("Note", "alice"),
        "/.versia/v0.6/entities/Note/none".to_owned(),
        format!("{}/collections/friends", part("User", "alice")),
        format!("{}/collections/followers", part("Note", "hello")),
        format!("{}/collections/outbox", part("User", "nobody")),
    ] {
        assert_eq!(get(&b, &target).status, 404, "{target}");
    }
}

#[test]
fn collections_have_their_items_their_total_and_their_order() {
    let sandbox = Sandbox::with_bob();
    let b = seeded(&sandbox, "");
    for (kind, owner, name, items) in [
        ("User", "alice", "followers", vec!["dave", "carol", "bob"]),
        ("User", "alice", "following", vec!["carol", "bob"]),
        ("User", "alice", "featured", vec![]),
        ("User", "dave", "followers", vec![]),
        ("User", "dave", "pub.versia%3Alikes%2FLikes", vec!["hello"]),
        ("Note", "hello", "replies", vec!["welcome"]),
        ("Note", "hello", "quotes", vec!["quote"]),
        ("Note", "hello", "pub.versia%3Alikes%2FLikes", vec!["like-hello"]),
        ("Note", "hello", "pub.versia%3Alikes%2FDislikes", vec![]),
        ("Note", "hello", "pub.versia%3Areactions%2FReactions", vec!["reaction-hello"]),
        ("Note", "hello", "pub.versia%3Ashare%2FShares", vec!["share-hello"]),
        ("pub.versia%3Agroups%2FGroup", "garden", "members", vec!["carol", "bob", "alice"]),
        ("pub.versia%3Agroups%2FGroup", "garden", "notes", vec!["tomatoes"]),
    ] {
        let got = get(&b, &format!("{}/collections/{name}", part(kind, owner)));
        let items: Vec<_> = items.into_iter().map(id).collect();
        let page = got.json();
        assert_eq!((&page["total"], &page["items"]), (&json!(items.len()), &json!(items)), "{owner} {name}");
        assert_eq!(got.header("content-type"), Some("application/vnd.versia+json; charset=utf-8"));
        assert!(got.header("versia-signature").is_some());
    }
    // Nobody signed, so that notes for followers and for those who are mentioned are left out.
    let outbox = get(&b, &format!("{}/collections/outbox", part("User", "carol"))).json();
    assert_eq!((&outbox["author"], &outbox["total"]), (&json!(id("carol")), &json!(1)));
    assert_eq!(outbox["items"][0]["id"], json!(id("quote")));
    sandbox.file("outbox.json", outbox.to_string());
    sandbox.sh("versia-cli validate --strict --type Collection outbox.json").code(0);
}

#[test]
fn a_collection_is_told_page_by_page_within_the_documents_limits() {
    let sandbox = Sandbox::with_bob();
    std::fs::create_dir(sandbox.path().join("data")).unwrap();
    let user = |name: &str| {
        json!({"type":"User","id":name,"created_at":"2026-01-01T00:00:00Z","username":name,"fields":[],
               "indexable":true,"manually_approves_followers":false})
    };
    let mut lines = vec![user("anna").to_string()];
    for number in 0..50 {
        let follower = format!("c.example:{number}");
        lines.push(json!({"type":"Follow","author":follower,"followee":"anna"}).to_string());
    }
    sandbox.file("data/all.ndjson", lines.join("\n"));
    let b = Serving::start(&sandbox, "--as bob --domain b.example --data data");
    let target = "/.versia/v0.6/entities/User/anna/collections/followers";
    for (query, first, count) in [
        ("", Some("49"), 40),
        ("?limit=1", Some("49"), 1),
        ("?limit=40&offset=0", Some("49"), 40),
        ("?offset=45", Some("4"), 5),
        ("?offset=49&limit=40", Some("0"), 1),
        ("?offset=50", None, 0),
        ("?offset=18446744073709551615", None, 0),
    ] {
        let page = get(&b, &format!("{target}{query}")).json();
        assert_eq!(page["total"], 50, "{query}");
        assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        let first = first.map(|number| json!(format!("c.example:{number}"))).unwrap_or_default();
        assert_eq!(page["items"].get(0).cloned().unwrap_or_default(), first, "{query}");
    }
    for query in [
        "limit=0",
        "limit=41",
        "limit=-1",
        "limit=ten",
        "limit=",
        "offset=-1",
        "offset=1.5",
        "limit=1&limit=2",
    ] {
        let got = get(&b, &format!("{target}?{query}"));
        assert_eq!(got.status, 422, "{query}: {}", got.body);
    }
}

#[test]
fn webfinger_finds_users_by_name_and_id_in_any_case() {
    let sandbox = Sandbox::with_bob();
    let b = seeded(&sandbox, "--user Extra-1");
    let finger = |resource: &str| get(&b, &format!("/.well-known/webfinger?resource={resource}"));
    let by_id = format!("acct:{}@b.example", id("alice").to_uppercase());
    for resource in [
        "acct:alice@b.example",
        "acct:ALICE@B.Example",
        "acct%3Aalice%40b.example",
        "ACCT:alice@b.example",
        &by_id,
    ] {
        let got = finger(resource);
        assert_eq!(got.status, 200, "{resource}: {}", got.body);
        let jrd = got.json();
        assert_eq!(jrd["subject"], "acct:alice@b.example");
        let link = &jrd["links"][0];
        assert_eq!((&link["rel"], &link["type"]), (&json!("self"), &json!("application/vnd.versia+json")));
        let href = format!("https://b.example/.versia/v0.6/entities/User/{}", id("alice"));
        assert_eq!(link["href"], json!(href));
        assert_eq!(got.header("content-type"), Some("application/jrd+json"));
    }
    assert_eq!(finger("acct:extra-1@b.example").json()["subject"], "acct:Extra-1@b.example");
    for (resource, status) in [
        ("acct:alice@c.example", 404),
        ("acct:nobody@b.example", 404),
        ("acct:debug@b.example", 404),
        ("alice", 400),
        ("acct:@b.example", 400),
        ("https://b.example/@alice", 400),
    ] {
        assert_eq!(finger(resource).status, status, "{resource}");
    }
    assert_eq!(get(&b, "/.well-known/webfinger").status, 400);
}

#[test]
fn only_who_takes_html_and_no_versia_is_sent_to_a_page() {
    let sandbox = Sandbox::with_bob();
    let b = seeded(&sandbox, "");
    let browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n";
    for (kind, name) in [("User", "alice"), ("Note", "hello"), ("pub.versia%3Agroups%2FGroup", "garden")] {
        let target = part(kind, name);
        for headers in [
            "",
            "Accept: application/vnd.versia+json\r\n",
            "Accept: text/html, application/vnd.versia+json\r\n",
        ] {
            assert_eq!(get_with(&b, &target, headers).status, 200, "{headers}");
        }
        let redirect = get_with(&b, &target, browser);
        assert_eq!(redirect.status, 302);
        let page = get_with(&b, redirect.header("location").unwrap(), browser);
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert!(page.header("content-security-policy").unwrap().starts_with("default-src 'none'"));
        assert!(page.body.contains(&id(name)), "{}", page.body);
    }
    // What is not there, what is no entity, and what not everybody may see has no page.
    assert_eq!(get_with(&b, &part("Note", "nothing"), browser).status, 404);
    assert_eq!(get_with(&b, "/.versia/v0.6/instance", browser).status, 200);
    assert_eq!(get_with(&b, &format!("/view/Note/{}", id("secret")), browser).status, 404);
}

#[test]
fn rejecting_it_answers_406_to_what_takes_no_versia() {
    let sandbox = Sandbox::with_bob();
    let b = seeded(&sandbox, "--reject");
    let line = |accept: &str, expect: u16| {
        let url = format!("{}{}", b.url, part("Note", "hello"));
        format!(
            "versia-cli fetch {url} -H 'Accept: {accept}' --as bob --signed-by b.example --peer b.example={} --expect {expect}",
            b.url
        )
    };
    for (accept, status) in
        [("application/vnd.versia+json", 200), ("*/*", 200), ("application/json", 406), ("image/png", 406)]
    {
        sandbox.sh(&line(accept, status)).code(0);
    }
    assert_eq!(get(&b, &part("Note", "hello")).status, 401);
}

#[test]
fn a_folder_is_served_byte_for_byte_in_any_layout() {
    let sandbox = Sandbox::with_bob();
    std::fs::create_dir_all(sandbox.path().join("data/deep/er")).unwrap();
    let user = r#"{ "type": "User",  "id": "anna", "username": "Anna", "fields": [], "indexable": true,
        "manually_approves_followers": false, "created_at": "2026-01-01T00:00:00Z" }"#;
    let odd = r#"{"type":"org.example:x/Odd","id":"1","number":1.50}"#;
    sandbox.file("data/deep/er/whatever.json", format!("\n{user}\n"));
    sandbox.file(
        "data/list.json",
        format!("[{odd}, {{\"type\":\"Note\",\"id\":\"n\",\"author\":\"anna\",\"group\":\"public\"}}]"),
    );
    sandbox.file(
        "data/page.json",
        r#"{"author":"anna","total":9,"items":[{"type":"Note","id":"m","author":"anna","group":"public"},"x:1"]}"#,
    );
    sandbox.file("data/instance.json", r#"{"type":"InstanceMetadata","name":"x"}"#);
    sandbox.file("data/README.md", "not served");
    let arguments = "--listen 127.0.0.1:0 --as bob --domain b.example --data data";
    let b = Serving::start_with(&sandbox, arguments);
    let got = get(&b, "/.versia/v0.6/entities/User/anna");
    assert_eq!(got.body, user);
    assert_eq!(get(&b, "/.versia/v0.6/entities/org.example%3Ax%2FOdd/1").body, odd);
    let outbox = get(&b, "/.versia/v0.6/entities/User/anna/collections/outbox").json();
    assert_eq!(outbox["total"], 2);
    assert_eq!(get(&b, "/.well-known/webfinger?resource=acct:anna@b.example").status, 200);
    let said = b.stop().stderr;
    assert!(said.contains("data/list.json is served, and is no valid Note: VE"), "{said}");
    assert!(said.contains("data/instance.json is passed over"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_served_is_refused_with_the_name_of_the_file() {
    for (files, said) in [
        (vec![("a.json", "{\"type\":")], "a.json: EOF while parsing"),
        (vec![("a.json", "{\"id\":\"1\"}")], "a.json: the entity has no type"),
        (vec![("a.json", "[1]")], "a.json: this is no JSON object"),
        (vec![("a.json", "{\"type\":\"Delete\",\"deleted\":\"1\"}")], "a.json: a Delete without an id"),
        (
            vec![("a.json", r#"{"type":"Note","id":"1"}"#), ("b.json", r#"{"type":"Note","id":"1","x":1}"#)],
            "the Note 1 is in data/a.json and in data/b.json",
        ),
        (
            vec![
                ("a.json", r#"{"type":"User","id":"1","username":"Bob"}"#),
                ("b.json", r#"{"type":"User","id":"2","username":"bob"}"#),
            ],
            "the User by the name bob is in data/a.json and in data/b.json",
        ),
    ] {
        let sandbox = Sandbox::with_bob();
        std::fs::create_dir(sandbox.path().join("data")).unwrap();
        for (name, text) in files {
            sandbox.file(&format!("data/{name}"), text);
        }
        let ended = sandbox.sh("versia-cli serve --as bob --data data --listen 0 --for 0");
        ended.code(2);
        assert!(ended.stderr.contains(said) && ended.stderr.contains("hint: "), "{said}: {}", ended.stderr);
    }
    let sandbox = Sandbox::with_bob();
    let ended = sandbox.sh("versia-cli serve --as bob --data nowhere --listen 0 --for 0");
    assert!(ended.code(2).stderr.contains("cannot read nowhere"), "{}", ended.stderr);
}

#[cfg(unix)]
#[test]
fn a_folder_with_links_to_itself_is_read_once_and_a_pipe_is_refused() {
    let sandbox = Sandbox::with_bob();
    let data = sandbox.path().join("data");
    std::fs::create_dir(&data).unwrap();
    for name in ["one", "two", "three", "four"] {
        std::os::unix::fs::symlink("../data", data.join(name)).unwrap();
    }
    sandbox.file("data/note.json", r#"{"type":"Note","id":"1","author":"bob"}"#);
    let line = "versia-cli serve --as bob --no-validate --data data --listen 0 --for 0";
    assert_eq!(sandbox.sh(line).code, 0);
    sandbox.sh("mkfifo data/pipe.json").code(0);
    let ended = sandbox.sh(line);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("data/pipe.json: it is no file"), "{}", ended.stderr);
}
