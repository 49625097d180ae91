//! A conversation between two instances over TLS, from discovery to the last unfollow; told by what the stores of both keep.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;
use versia_cli::cli::courier::NetworkCourier;
use versia_cli::client::{CaCertificates, KeyDirectory, NetworkOptions, ResolveRule};
use versia_cli::delivery::Retry;
use versia_cli::protocol::Ambient;
use versia_cli::protocol::outline::Filter;
use versia_cli::protocol::record::{Direction, Record};
use versia_cli::server::{
    Authority, Bound, Control, Courier, Event, InstanceSetup, Participation, Setup, Started, seed_id, start,
};
use versia_cli::signing::{SecretKey, Signer};
use versia_cli::store::{Keep, Records, Store};

use crate::fixture::Sandbox;

/// How long a test waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(60);

const AMBIENT: Ambient = Ambient {
    now_millis: || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap(),
    random: |bytes| getrandom::fill(bytes).unwrap(),
};

/// An instance with a seed, and how it reaches the other.
struct Party {
    domain: &'static str,
    control: Control,
    records: Records,
    courier: NetworkCourier,
    events: Receiver<Event>,
    started: (tokio::sync::oneshot::Sender<()>, tokio::task::JoinHandle<()>),
}

impl Party {
    fn start(
        domain: &'static str,
        seed: u8,
        bound: Bound,
        authority: &Authority,
        rules: Vec<ResolveRule>,
    ) -> Self {
        let cacert = Some(CaCertificates::File(authority.certificate().to_owned()));
        let options = NetworkOptions { resolve: rules, cacert, ..NetworkOptions::default() };
        let keys = Arc::new(KeyDirectory::new(options.clone(), Vec::new()));
        let signer = Signer::new(SecretKey::from_seed(&[seed; 32]), domain);
        let courier = NetworkCourier::new(
            signer.clone(),
            options,
            Vec::new(),
            Arc::clone(&keys),
            Retry::times(3),
            AMBIENT,
        );
        let participation = Participation {
            seed: true,
            courier: Some(Arc::new(courier.clone())),
            ..Participation::default()
        };
        let instance = InstanceSetup {
            signer,
            users: Vec::new(),
            reject: true,
            validate: true,
            receipts: true,
            keys,
            participation,
        };
        let records = Records::new(Arc::new(Store::open(None).unwrap()), Keep::in_memory());
        let setup = Setup { records: Some(records.clone()), ..Setup::of(instance, 1 << 20, AMBIENT) };
        let now = i64::try_from((AMBIENT.now_millis)() / 1_000).unwrap();
        let tls = authority.issue(&[domain.to_owned()], now).unwrap();
        let Started { events, stop, server, control, .. } = start(bound, Some(tls), setup);
        Party { domain, control: control.unwrap(), records, courier, events, started: (stop, server) }
    }

    /// Waits until an entity of a type came and was answered.
    async fn wait_for(&mut self, kind: &str) -> Record {
        let waited = timeout(PATIENCE, async {
            loop {
                let Event::Exchange(happened) = self.events.recv().await.unwrap() else { continue };
                let delivered = happened.delivery.as_ref().and_then(|delivery| delivery.kind.as_deref());
                if happened.record.direction == Some(Direction::In) && delivered == Some(kind) {
                    return happened.record;
                }
            }
        });
        waited.await.unwrap_or_else(|_| panic!("no {kind} came to {}", self.domain))
    }

    async fn post(&self, entity: Value) -> (String, Vec<String>) {
        let posted = self.control.post(entity).await.unwrap();
        (posted.id.unwrap_or_default(), posted.to)
    }

    /// The items of a collection of the other instance, whose answer verifies.
    async fn items(&self, other: &Party, kind: &str, id: &str, name: &str) -> Vec<String> {
        let target = format!("/.versia/v0.6/entities/{kind}/{id}/collections/{name}");
        let got = self.courier.get(other.domain.to_owned(), target).await;
        assert_eq!(got.checked[0].verification.verdict.as_str(), "valid");
        let (status, body) = got.answer.unwrap();
        assert_eq!(status, 200);
        let page: Value = serde_json::from_slice(&body).unwrap();
        page["items"].as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
    }

    async fn end(self) -> Vec<Record> {
        let (stop, server) = self.started;
        let mut events = self.events;
        stop.send(()).unwrap();
        let reader = tokio::spawn(async move { while events.recv().await.is_some() {} });
        timeout(PATIENCE, server).await.unwrap().unwrap();
        reader.abort();
        let page = versia_cli::store::Page { before: None, after: None, limit: 1_000, newest_first: false };
        let records = self.records.records(Filter::default(), page).await.unwrap();
        records.into_iter().map(|(_, record)| record).collect()
    }
}

fn rule(domain: &str, address: SocketAddr) -> ResolveRule {
    format!("{domain}:443:{address}").parse().unwrap()
}

async fn two_parties(sandbox: &Sandbox) -> (Party, Party) {
    let now = i64::try_from((AMBIENT.now_millis)() / 1_000).unwrap();
    let authority = Authority::in_folder(&sandbox.path().join("authority"), now).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let (at_a, at_b) = (Bound::at(any).await.unwrap(), Bound::at(any).await.unwrap());
    let rules = vec![rule("a.example", at_a.address), rule("b.example", at_b.address)];
    (
        Party::start("a.example", 1, at_a, &authority, rules.clone()),
        Party::start("b.example", 2, at_b, &authority, rules),
    )
}

/// The entities that a store has in one direction, in their order, with the status of each answer.
fn deliveries(records: &[Record], direction: Direction) -> Vec<(String, u16)> {
    let inbox = records.iter().filter(|record| record.direction == Some(direction));
    inbox
        .filter_map(|record| {
            let request =
                record.request.as_ref().filter(|request| request.target == "/.versia/v0.6/inbox")?;
            let entity: Value = serde_json::from_slice(&request.body.0).unwrap();
            let kind = entity["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            Some((kind, record.response.as_ref().unwrap().status))
        })
        .collect()
}

#[test]
fn two_instances_follow_write_answer_like_delete_and_part() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::new();
        let (mut a, mut b) = two_parties(&sandbox).await;
        let bob = seed_id("bob", "b.example");

        // Alice of a.example looks for Bob of b.example, and follows him.
        let asked = a.control.follow("alice", "@BOB@b.example").await.unwrap();
        assert_eq!(asked.to, ["b.example"]);
        b.wait_for("Follow").await;
        a.wait_for("FollowAccept").await;
        let follow =
            a.control.follows().into_iter().find(|follow| follow.followee.starts_with("b.example")).unwrap();
        assert_eq!(json!(follow.state), "accepted");
        let alice = format!("a.example:{}", seed_id("alice", "a.example"));
        assert!(a.items(&b, "User", &bob, "followers").await.contains(&alice));

        // Bob writes, and a.example gets it; Alice answers, likes it and reacts.
        let (note, to) = b.post(json!({"type": "Note", "author": "bob", "content": "Anybody there?"})).await;
        assert_eq!(to, ["a.example"]);
        a.wait_for("Note").await;
        let reference = format!("b.example:{note}");
        let reply = json!({"type": "Note", "author": "alice", "content": "I am!", "replies_to": reference,
            "mentions": [format!("b.example:{bob}")]});
        let (reply, to) = a.post(reply).await;
        assert_eq!(to, ["b.example"]);
        b.wait_for("Note").await;
        let (like, _) = a.post(json!({"type": "Like", "liked": reference})).await;
        b.wait_for("pub.versia:likes/Like").await;
        a.post(json!({"type": "Reaction", "object": reference, "content": "🎉"})).await;
        b.wait_for("pub.versia:reactions/Reaction").await;
        let [replies, likes] =
            ["replies", "pub.versia%3Alikes%2FLikes"].map(|name| a.items(&b, "Note", &note, name));
        assert_eq!(replies.await, [format!("a.example:{reply}")]);
        assert_eq!(likes.await, [format!("a.example:{like}")]);
        assert_eq!(a.items(&b, "Note", &note, "pub.versia%3Areactions%2FReactions").await.len(), 1);

        // The answer and the like are taken back, and Alice leaves.
        for deleted in [&reply, &like] {
            let (_, to) = a.post(json!({"type": "Delete", "deleted": deleted})).await;
            assert_eq!(to, ["b.example"]);
            b.wait_for("Delete").await;
        }
        assert!(a.items(&b, "Note", &note, "replies").await.is_empty());
        assert!(a.items(&b, "Note", &note, "pub.versia%3Alikes%2FLikes").await.is_empty());
        a.control.unfollow("alice", "bob@b.example").await.unwrap();
        b.wait_for("Unfollow").await;
        assert!(!a.items(&b, "User", &bob, "followers").await.contains(&alice));
        let (_, to) = b.post(json!({"type": "Note", "author": "bob", "content": "Gone."})).await;
        assert_eq!(to, Vec::<String>::new());

        let (of_a, of_b) = (a.end().await, b.end().await);
        let sent = ["Follow", "Note", "Like", "Reaction", "Delete", "Delete", "Unfollow"];
        let taken = sent.map(|kind| (kind.to_owned(), 202));
        assert_eq!(deliveries(&of_a, Direction::Out), taken);
        assert_eq!(deliveries(&of_b, Direction::In), taken);
        let answered = ["FollowAccept", "Note"].map(|kind| (kind.to_owned(), 202));
        assert_eq!(deliveries(&of_b, Direction::Out), answered);
        assert_eq!(deliveries(&of_a, Direction::In), answered);
        for record in of_a.iter().chain(&of_b) {
            assert_eq!(record.tls.as_deref(), Some("1.3"), "{record:?}");
            let is_in = record.direction == Some(Direction::In);
            let request = record.request.as_ref().unwrap();
            let verdict = if is_in { &request.verdict } else { &record.response.as_ref().unwrap().verdict };
            let verdict = verdict.as_ref().map(|verdict| verdict.signature.as_str());
            let may_be_unsigned = ["/.well-known/", "/.versia/v0.6/instance"];
            if !may_be_unsigned.iter().any(|path| request.target.starts_with(path)) {
                assert_eq!(verdict, Some("valid"), "{record:?}");
            }
        }
    });
}

#[test]
fn somebody_who_waits_for_an_answer_gets_it_by_hand() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::new();
        let (a, _b) = two_parties(&sandbox).await;
        let control = &a.control;
        for (entity, error) in [
            (json!([]), "no JSON object"),
            (json!({}), "has no type"),
            (json!({"type": "Nothing"}), "no type that can be posted"),
            (json!({"type": "Note", "author": "nobody"}), "no user \"nobody\""),
            (json!({"type": "Note", "author": "b.example:1"}), "no user"),
            (json!({"type": "Like"}), "wants liked"),
            (json!({"type": "Note", "is_sensitive": "maybe"}), "no valid Note"),
            (json!({"type": "Delete", "deleted": "none"}), "no entity \"none\""),
            (
                json!({"type": "Delete", "author": "bob", "deleted": seed_id("hello", "a.example")}),
                "no entity",
            ),
        ] {
            let refused = control.post(entity.clone()).await.unwrap_err();
            assert!(refused.to_string().contains(error), "{entity}: {refused}");
            assert!(!refused.hint().is_empty());
        }
        assert!(control.follow("alice", "nobody@b.example").await.unwrap_err().to_string().contains("404"));
        assert!(control.answer("f99", true).await.is_err());
        // Two of one instance: nothing goes out.
        let before = control.overview().users[3].followers;
        let asked = control.follow("bob", "dave@a.example").await.unwrap();
        assert_eq!(asked.to, Vec::<String>::new());
        assert_eq!(control.overview().users[3].followers, before + 1);
        let follow = control.follows().pop().unwrap();
        control.answer(&follow.id, false).await.unwrap();
        assert_eq!(control.overview().users[3].followers, before);
    });
}
