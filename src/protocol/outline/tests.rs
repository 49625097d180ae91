use super::*;

fn of(text: &str) -> Outline {
    Outline::of(&serde_json::from_str(text).unwrap())
}

#[test]
fn a_delivery_says_what_it_is_whose_and_for_whom() {
    let outline =
        of(r#"{"v":1,"id":"1","at":"2026-01-31T12:00:00.250Z","direction":"in","peer":"127.0.0.1:9",
        "request":{"method":"POST","target":"/.versia/v0.6/inbox","headers":[["Host","b.example"]],
        "body":"{\"type\":\"Follow\",\"author\":\"a.example:1\",\"followee\":\"b.example:2\"}",
        "verdict":{"signature":"invalid","codes":["VS014"],"signed_by":"a.example"}},
        "response":{"status":202},"error":{"code":"VN102","message":"x"}}"#);
    assert_eq!((outline.kind.as_deref(), outline.author.as_deref()), (Some("Follow"), Some("a.example:1")));
    assert_eq!((outline.to.as_deref(), outline.status), (Some("b.example:2"), Some(202)));
    assert_eq!(
        (outline.verdict.as_deref(), outline.signed_by.as_deref()),
        (Some("invalid"), Some("a.example"))
    );
    assert_eq!(outline.codes, ["VS014", "VN102"]);
    assert_eq!(outline.at_millis, 1_769_860_800_250);
}
