//! How `serve` takes part: it answers follows, keeps followers, delivers with further attempts, and lets nobody delete what is
//! another's.

use serde_json::{Value, json};
use versia_cli::server::seed_id;
use versia_cli::signing::Signer;

use crate::fixture::Sandbox;
use crate::serve::{delivery, exchange, now, sandbox, signer};
use crate::serve_entities::get;
use crate::serving::Serving;

/// Two instances that know where the other is.
struct Pair {
    a: Serving,
    b: Serving,
}

/// a.example, whose key the test knows, and b.example with a seed; each with further arguments.
fn pair(sandbox: &Sandbox, of_a: &str, of_b: &str) -> Pair {
    // Each has to know the other's port before it starts, so that one is taken from a run before.
    let port = Serving::start(sandbox, "--as bob --for 0").port();
    let of_a = format!("--key a.key --signed-by a.example --peer b.example=http://127.0.0.1:{port} {of_a}");
    let a = Serving::start(sandbox, &of_a);
    let of_b = format!("--as bob --domain b.example --seed --peer a.example={} {of_b}", a.url);
    Pair { b: Serving::start_at(sandbox, port, &of_b), a }
}

fn alice() -> String {
    seed_id("alice", "b.example")
}

fn follow() -> Value {
    json!({"type":"Follow","author":"ann","followee":format!("b.example:{}", alice())})
}

/// Delivers an entity of a.example, and gives the status.
fn deliver_as(signer: &Signer, to: &Serving, entity: &Value) -> u16 {
    let answer = exchange(&to.address, &delivery(signer, now(), &entity.to_string())).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn deliver(to: &Serving, entity: &Value) -> u16 {
    deliver_as(&signer("a.example"), to, entity)
}

fn followers_of_alice(b: &Serving) -> Value {
    get(b, &format!("/.versia/v0.6/entities/User/{}/collections/followers?limit=1", alice())).json()["items"]
        [0]
    .clone()
}

/// A request whose body is an entity of a type.
fn carries(record: &Value, direction: &str, kind: &str) -> bool {
    let body = record["request"]["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
    record["direction"] == direction && body.is_some_and(|body| body["type"] == kind)
}

fn codes(record: &Value) -> Vec<&str> {
    record["request"]["verdict"]["codes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn a_follow_is_answered_as_the_policy_says() {
    for (policy, answer, follows) in [
        ("accept", Some("FollowAccept"), true),
        ("reject", Some("FollowReject"), false),
        ("manual", None, false),
        ("ignore", None, false),
    ] {
        let sandbox = sandbox();
        let Pair { a, b } = pair(&sandbox, "", &format!("--follows {policy}"));
        assert_eq!(deliver(&b, &follow()), 202);
        if let Some(answer) = answer {
            let sent = b.wait_for(|record| carries(record, "out", answer));
            assert_eq!(sent["response"]["status"], 202, "{sent}");
            let body: Value = serde_json::from_str(sent["request"]["body"].as_str().unwrap()).unwrap();
            assert_eq!((&body["author"], &body["follower"]), (&json!(alice()), &json!("a.example:ann")));
            sandbox.file("answer.json", body.to_string());
            sandbox.sh("versia-cli validate --strict answer.json").code(0);
            let came = a.wait_for(|record| carries(record, "in", answer));
            assert_eq!(came["request"]["verdict"]["signature"], "valid", "{came}");
            // a.example did not ask: its Follow was made by the test.
            assert!(codes(&came).contains(&"VN211"), "{came}");
        }
        assert_eq!(followers_of_alice(&b) == "a.example:ann", follows, "{policy}");
        let ended = b.stop();
        assert_eq!(ended.code, 0);
        let sent = ended.lines.iter().filter(|record| record["direction"] == "out").count();
        assert_eq!(sent, 0, "{policy}: {:?}", ended.lines);
    }
}

#[test]
fn unfollowing_and_deleting_is_for_whoever_followed_and_wrote() {
    let sandbox = sandbox();
    let c = Serving::start(&sandbox, "--key a.key --signed-by c.example");
    let Pair { a: _a, b } = pair(&sandbox, "", &format!("--reject --peer c.example={}", c.url));
    let hello = seed_id("hello", "b.example");
    let replies =
        || get_signed(&sandbox, &b, &format!("/.versia/v0.6/entities/Note/{hello}/collections/replies"));
    let reply = json!({"id":"r1","type":"Note","created_at":"2026-05-01T00:00:00Z","author":"ann","attachments":[],
        "is_sensitive":false,"mentions":[],"previews":[],"group":"public","replies_to":format!("b.example:{hello}")});
    assert_eq!(deliver(&b, &follow()), 202);
    assert_eq!(deliver(&b, &reply), 202);
    assert_eq!(
        (replies()["total"].clone(), replies()["items"][0].clone()),
        (json!(2), json!("a.example:r1"))
    );

    let delete = |author: &str, deleted: &str| json!({"type":"Delete","created_at":"2026-05-02T00:00:00Z","author":author,"deleted_type":"Note","deleted":deleted});
    let other = signer("c.example");
    // Somebody else of the same instance, another instance, and somebody who deletes what lives here.
    assert_eq!(deliver(&b, &delete("mallory", "r1")), 403);
    assert_eq!(deliver_as(&other, &b, &delete("ann", "a.example:r1")), 403);
    assert_eq!(deliver(&b, &delete("ann", &format!("b.example:{hello}"))), 403);
    let refused = b.wait_for(|record| carries(record, "in", "Delete") && codes(record).contains(&"VN210"));
    assert_eq!(refused["request"]["verdict"]["signature"], "valid");
    // Who signs for another instance is not heard, though the Delete itself has the right author.
    deliver_as(&other, &b, &delete("a.example:ann", "a.example:r1"));
    assert_eq!(replies()["total"], 2);
    assert_eq!(get_signed(&sandbox, &b, &format!("/.versia/v0.6/entities/Note/{hello}"))["id"], json!(hello));
    assert_eq!(deliver(&b, &delete("ann", "r1")), 202);
    assert_eq!(replies()["total"], 1);

    let unfollow = |author: &str| json!({"type":"Unfollow","created_at":"2026-05-02T00:00:00Z","author":author,"followee":format!("b.example:{}", alice())});
    let followers = || {
        get_signed(&sandbox, &b, &format!("/.versia/v0.6/entities/User/{}/collections/followers", alice()))
    };
    assert_eq!(deliver_as(&other, &b, &unfollow("ann")), 202);
    assert_eq!(followers()["total"], 4);
    assert_eq!(deliver(&b, &unfollow("ann")), 202);
    assert_eq!(followers()["total"], 3);
}

/// The body of a signed GET.
fn get_signed(sandbox: &Sandbox, b: &Serving, target: &str) -> Value {
    let line = format!(
        "versia-cli fetch {}{target} --as bob --signed-by b.example --peer b.example={}",
        b.url, b.url
    );
    serde_json::from_slice(&sandbox.sh(&line).code(0).stdout).unwrap()
}

#[test]
fn a_delivery_that_fails_is_tried_again_when_the_peer_says_so() {
    let sandbox = sandbox();
    let fault = "--fault 'status=503 for=2 retry-after=1 path=/.versia/v0.6/inbox'";
    let Pair { a, b } = pair(&sandbox, fault, "");
    assert_eq!(deliver(&b, &follow()), 202);
    let attempts: Vec<_> =
        (0..3).map(|_| b.wait_for(|record| carries(record, "out", "FollowAccept"))).collect();
    let statuses: Vec<_> = attempts.iter().map(|record| record["response"]["status"].clone()).collect();
    assert_eq!(statuses, [503, 503, 202]);
    assert!(attempts[0].get("attempt_of").is_none());
    assert!(attempts[1..].iter().all(|record| record["attempt_of"] == attempts[0]["id"]), "{attempts:?}");
    let moment = |record: &Value| record["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    for pair in attempts.windows(2) {
        let waited = moment(&pair[1]).as_millisecond() - moment(&pair[0]).as_millisecond();
        assert!(waited >= 1_000, "{waited} ms");
    }
    let came =
        a.wait_for(|record| carries(record, "in", "FollowAccept") && record["response"]["status"] == 202);
    assert_eq!(came["request"]["verdict"]["signature"], "valid");
}

#[test]
fn a_dead_peer_holds_nothing_up_and_what_is_left_is_said_at_the_end() {
    let sandbox = sandbox();
    let d = Serving::start(
        &sandbox,
        "--key a.key --signed-by d.example --fault 'status=503 retry-after=600 path=/.versia/v0.6/inbox'",
    );
    let Pair { a, b } = pair(&sandbox, "", &format!("--peer d.example={}", d.url));
    assert_eq!(deliver_as(&signer("d.example"), &b, &follow()), 202);
    b.wait_for(|record| carries(record, "out", "FollowAccept") && record["response"]["status"] == 503);
    assert_eq!(deliver(&b, &follow()), 202);
    a.wait_for(|record| carries(record, "in", "FollowAccept"));
    let ended = b.stop();
    assert_eq!(ended.code, 0);
    let said = "1 delivery to d.example not made before the end: FollowAccept (VN213)";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn a_delivery_that_is_refused_is_given_up_at_once() {
    let sandbox = sandbox();
    let Pair { a: _a, b } = pair(&sandbox, "--fault 'status=422 path=/.versia/v0.6/inbox'", "");
    assert_eq!(deliver(&b, &follow()), 202);
    b.wait_for(|record| carries(record, "out", "FollowAccept") && record["response"]["status"] == 422);
    let ended = b.stop();
    let said = "FollowAccept was not delivered to a.example after 1 attempt: it answers 422 (VN213)";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_accepted_is_told_to_those_who_run_the_other_side() {
    let sandbox = sandbox();
    let Pair { a, b } = pair(&sandbox, "", "--reject --messages");
    let wrong = json!({"type":"Follow","created_at":"2026-05-02T00:00:00Z","author":"ann","followee":"b.example:nobody"});
    assert_eq!(deliver(&b, &wrong), 202);
    let told = a.wait_for(|record| record["request"]["target"] == "/.versia/v0.6/messaging");
    let text = told["request"]["body"].as_str().unwrap();
    assert!(
        text.starts_with("b.example could not accept your Follow (answered 202). Reasons:\n    - VN212: "),
        "{text}"
    );
    // It is not said again and again.
    assert_eq!(deliver(&b, &wrong), 202);
    assert_eq!(deliver(&b, &follow()), 202);
    let next = a.wait_for(|record| record["request"]["method"] == "POST");
    assert!(carries(&next, "in", "FollowAccept"), "{next}");
}

#[test]
fn the_instances_of_a_groups_members_are_told_of_a_note_to_it() {
    let sandbox = sandbox();
    let c = Serving::start(&sandbox, "--key a.key --signed-by c.example");
    let Pair { a, b } = pair(&sandbox, "", &format!("--peer c.example={}", c.url));
    let group = format!("b.example:{}", seed_id("garden", "b.example"));
    let subscribe = json!({"type":"pub.versia:groups/Subscribe","subscriber":"ann","group":group});
    assert_eq!(deliver(&b, &subscribe), 202);
    a.wait_for(|record| carries(record, "in", "pub.versia:groups/SubscribeAccept"));
    let path = "/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup";
    let garden = seed_id("garden", "b.example");
    let members = get(&b, &format!("{path}/{garden}/collections/members")).json();
    assert_eq!((&members["total"], &members["items"][0]), (&json!(4), &json!("a.example:ann")));
    let note =
        json!({"id":"n1","type":"Note","author":"cleo","group":group,"created_at":"2026-05-01T00:00:00Z"});
    assert_eq!(deliver_as(&signer("c.example"), &b, &note), 202);
    let told = a.wait_for(|record| carries(record, "in", "pub.versia:groups/Federate"));
    let body: Value = serde_json::from_str(told["request"]["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["note"], "c.example:n1");
    let notes = get(&b, &format!("{path}/{garden}/collections/notes")).json();
    assert_eq!(notes["items"], json!(["c.example:n1", seed_id("tomatoes", "b.example")]));
    // The same note again is told to nobody: the next that is told of is another.
    assert_eq!(deliver_as(&signer("c.example"), &b, &note), 202);
    let mut other = note.clone();
    other["id"] = "n2".into();
    assert_eq!(deliver_as(&signer("c.example"), &b, &other), 202);
    let told = a.wait_for(|record| carries(record, "in", "pub.versia:groups/Federate"));
    assert!(told["request"]["body"].as_str().unwrap().contains("c.example:n2"), "{told}");
}

#[test]
fn a_note_that_is_not_rightly_signed_changes_nothing() {
    let sandbox = sandbox();
    let Pair { a: _a, b } = pair(&sandbox, "", "");
    // Signed by the key of a.example, in the name of b.example itself.
    let hello = seed_id("hello", "b.example");
    let like =
        json!({"id":"l1","type":"pub.versia:likes/Like","author":"ann","liked":format!("b.example:{hello}")});
    assert_eq!(deliver_as(&signer("b.example"), &b, &like), 202);
    let likes = || {
        get(&b, &format!("/.versia/v0.6/entities/Note/{hello}/collections/pub.versia%3Alikes%2FLikes")).json()
            ["total"]
            .clone()
    };
    assert_eq!(likes(), 1);
    assert_eq!(deliver(&b, &like), 202);
    assert_eq!(likes(), 2);
    // The same again, and a Dislike in its place.
    assert_eq!(deliver(&b, &like), 202);
    assert_eq!(likes(), 2);
    let dislike = json!({"id":"l2","type":"pub.versia:likes/Dislike","author":"ann","disliked":format!("b.example:{hello}")});
    assert_eq!(deliver(&b, &dislike), 202);
    assert_eq!(likes(), 1);
}

#[test]
fn a_group_that_tells_of_many_notes_has_few_of_them_fetched_at_the_same_time() {
    let sandbox = sandbox();
    let d = Serving::start(&sandbox, "--key a.key --signed-by d.example --fault hang");
    let alice = alice();
    let subscribe = json!({"type":"pub.versia:groups/Subscribe","subscriber":alice,"group":"a.example:g"});
    std::fs::create_dir(sandbox.path().join("data")).unwrap();
    sandbox.file("data/subscribe.json", subscribe.to_string());
    let Pair { a: _a, b } = pair(&sandbox, "", &format!("--data data --peer d.example={}", d.url));
    const TOLD: usize = 40;
    for number in 0..TOLD {
        let note = format!("d.example:n{number}");
        let told = json!({"type":"pub.versia:groups/Federate","note":note,"group":"a.example:g"});
        assert_eq!(deliver(&b, &told), 202);
    }
    for _ in 0..16 {
        d.wait_for(|record| record["request"]["method"] == "GET");
    }
    let ended = d.stop();
    assert_eq!(ended.lines.iter().filter(|record| record["request"]["method"] == "GET").count(), 0);
}
