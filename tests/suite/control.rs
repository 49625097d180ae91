//! What can be asked of an instance in the same process, and what is refused.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use versia_cli::cli::courier::NetworkCourier;
use versia_cli::client::{KeyDirectory, NetworkOptions, Peer};
use versia_cli::delivery::Retry;
use versia_cli::protocol::Ambient;
use versia_cli::server::{Bound, InstanceSetup, Participation, Setup, Started, seed_id, start};
use versia_cli::signing::{SecretKey, Signer};

const AMBIENT: Ambient = Ambient {
    now_millis: || u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap(),
    random: |bytes| getrandom::fill(bytes).unwrap(),
};

/// An instance with a seed, that reaches these others.
fn instance(domain: &str, bound: Bound, peers: Vec<Peer>) -> Started {
    let options = NetworkOptions::default();
    let keys = Arc::new(KeyDirectory::new(options.clone(), peers.clone()));
    let signer = Signer::new(SecretKey::from_seed(&[1; 32]), domain);
    let courier =
        NetworkCourier::new(signer.clone(), options, peers, Arc::clone(&keys), Retry::times(0), AMBIENT);
    let participation =
        Participation { seed: true, courier: Some(Arc::new(courier)), ..Participation::default() };
    let instance = InstanceSetup {
        signer,
        users: Vec::new(),
        reject: true,
        validate: true,
        receipts: true,
        keys,
        participation,
    };
    start(bound, None, Setup::of(instance, 1 << 20, AMBIENT))
}

#[test]
fn what_cannot_be_done_is_said_and_follows_are_answered_by_hand() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let (at_a, at_b) = (Bound::at(any).await.unwrap(), Bound::at(any).await.unwrap());
        let peer = format!("b.example=http://{}", at_b.address).parse().unwrap();
        let (a, _b) = (instance("a.example", at_a, vec![peer]), instance("b.example", at_b, Vec::new()));
        let control = a.control.as_ref().unwrap();
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
