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

#[test]
fn a_message_and_frames_of_other_protocols_say_what_they_are() {
    let message = r#"{\"signature\":\"x\",\"signed_at\":\"1\",\"signed_by\":\"a.example\",\"entity\":\"{\\\"type\\\":\\\"Note\\\",\\\"author\\\":\\\"a\\\",\\\"mentions\\\":[\\\"b\\\",\\\"c\\\"]}\"}"#;
    let frame = |protocol: &str, opcode: &str, data: &str| {
        of(&format!(
            r#"{{"v":1,"transport":"ws","protocol":"{protocol}","frame":{{"opcode":"{opcode}","data":"{data}"}}}}"#
        ))
    };
    let outline = frame("versia", "text", message);
    assert_eq!((outline.kind.as_deref(), outline.to.as_deref()), (Some("Note"), Some("b")));
    for (protocol, opcode, data, kind) in [
        ("wsify", "text", r#"{\"command\":\"join\",\"args\":{}}"#, "join"),
        ("roadrunner", "text", r#"{\"topic\":\"news\",\"payload\":\"x\"}"#, "news"),
        ("chat", "text", r#"{\"type\":\"request\",\"id\":1}"#, "request"),
        ("chat", "ping", "", "ping"),
        ("raw", "binary", "x", "binary"),
        ("versia", "text", "not JSON", "text"),
    ] {
        assert_eq!(frame(protocol, opcode, data).kind.as_deref(), Some(kind), "{protocol} {data}");
    }
}

#[test]
fn what_a_peer_wrote_is_cut_and_has_no_control_characters() {
    let long = "x".repeat(5_000);
    let outline = of(&format!(
        r#"{{"v":1,"request":{{"method":"POST","target":"/\u001b[31m","headers":[],"body":"{{\"type\":\"{long}\",\"author\":7}}"}}}}"#
    ));
    assert_eq!(outline.target.as_deref(), Some("/\u{fffd}[31m"));
    assert_eq!(outline.kind.map(|kind| kind.len()), Some(300));
    assert_eq!((outline.author, outline.at_millis, outline.id.as_str()), (None, 0, ""));
}

#[test]
fn a_response_counts_where_the_request_was_ours() {
    let outline = of(
        r#"{"v":1,"direction":"out","request":{"method":"GET","target":"/x","headers":[["Host","b.example"]]},
        "response":{"status":200,"body":"{\"type\":\"User\"}","verdict":{"signature":"valid"}},"timings":{"total":12.5}}"#,
    );
    assert_eq!((outline.kind.as_deref(), outline.verdict.as_deref()), (Some("User"), Some("valid")));
    assert_eq!((outline.to.as_deref(), outline.latency_millis), (Some("b.example"), Some(12.5)));
}

#[test]
fn filters_are_set_by_the_names_of_flags() {
    let mut filter = Filter::default();
    let now = 1_769_860_800_000;
    for (name, value) in [
        ("type", "Note, Like"),
        ("direction", "IN"),
        ("transport", "ws"),
        ("protocol", "versia,chat"),
        ("status", "4xx,202"),
        ("since", "10m"),
        ("until", "2026-01-31T12:00:00.250Z"),
        ("text", "a, b"),
    ] {
        filter.set(name, value, now).unwrap();
    }
    assert_eq!(filter.types, ["Note", "Like"]);
    assert_eq!(filter.directions, [Direction::In]);
    assert_eq!(filter.protocols, [Protocol::Versia, Protocol::Chat]);
    assert_eq!(filter.statuses, [Statuses::Class(4), Statuses::One(202)]);
    assert_eq!((filter.since_millis, filter.until_millis), (Some(now - 600_000), Some(now + 250)));
    assert_eq!(filter.text.as_deref(), Some("a, b"));
    for (name, value) in
        [("direction", "up"), ("status", "teapot"), ("status", "10xx"), ("since", "7w"), ("colour", "red")]
    {
        let error = filter.set(name, value, now).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    let text = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<Filter>(&text).unwrap(), filter);
}
