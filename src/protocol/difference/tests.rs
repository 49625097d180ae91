use super::*;

fn record(headers: &[(&str, &str)], body: &str) -> Record {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), Bytes::from(*value))).collect();
    let request = Request {
        method: "POST".into(),
        target: INBOX.into(),
        headers: Some(headers),
        body: body.into(),
        ..Request::default()
    };
    Record { request: Some(request), ..Record::default() }
}

fn told(first: &Record, second: &Record) -> Vec<String> {
    let shown = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
    let line =
        |it: &Difference| format!("{} {}: {} | {}", it.part, it.place, shown(&it.first), shown(&it.second));
    compare(first, second).iter().map(line).collect()
}

#[test]
fn what_differs_in_any_two_records_is_no_difference() {
    let one =
        Record { id: Some("1".into()), at: Some("t".into()), seq: Some(1), ..record(&[("A", "b")], "{}") };
    let other = Record { id: Some("2".into()), peer: Some("p".into()), ..record(&[("A", "b")], "{}") };
    assert_eq!(told(&one, &other), [""; 0]);
}

#[test]
fn headers_differ_by_presence_value_case_and_order() {
    let one = record(&[("A", "1"), ("B", "2"), ("X", "9"), ("Cookie", "hush")], "");
    let other = record(&[("b", "2"), ("A", "3"), ("Y", "9"), ("Cookie", "secret")], "");
    assert_eq!(
        told(&one, &other),
        [
            "request headers A: 1 | 3",
            "request headers b (case): B | b",
            "request headers X: 9 | -",
            "request headers Cookie: (hidden) | (hidden)",
            "request headers Y: - | 9",
            "request headers (order): a, b, cookie | b, a, cookie",
        ]
    );
}

#[test]
fn bodies_differ_by_the_paths_of_their_values_and_by_their_bytes() {
    for (one, other, expected) in [
        (r#"{"a":{"b c":[1,2]}}"#, r#"{"a":{"b c":[1,3]}}"#, r#"$.a["b c"][1]: 2 | 3"#),
        (r#"{"a":1}"#, r#"{}"#, "$.a: 1 | -"),
        (r#"{}"#, r#"{"a":1}"#, "$.a: - | 1"),
        ("[1]", "[1,2]", "$[1]: - | 2"),
        (r#"{"e":"{\"a\":1}"}"#, r#"{"e":"{\"a\":2}"}"#, "$.e.a: 1 | 2"),
        (r#"{"a":1}"#, r#"{"a": 1}"#, "(the same JSON, written differently): 7 bytes | 8 bytes"),
        ("one", "one two", "(bytes, from 4): one (3 bytes) | one two (7 bytes)"),
    ] {
        let lines = told(&record(&[], one), &record(&[], other));
        assert_eq!(lines.first().map(String::as_str), Some(format!("request body {expected}").as_str()));
        assert!(lines.last().is_some_and(|line| line.contains("(bytes, from ")), "{lines:?}");
    }
    let many = |value: u8| format!("[{}]", vec![value.to_string(); 60].join(","));
    assert!(
        told(&record(&[], &many(1)), &record(&[], &many(2)))
            .contains(&"request body (10 more values): - | -".into())
    );
}

#[test]
fn the_signed_strings_differ_part_by_part() {
    let one = record(&[("Versia-Signed-At", "1")], "a");
    let mut other = record(&[("Versia-Signed-At", "2")], "a");
    let lines = told(&one, &other);
    assert_eq!(lines, ["request headers Versia-Signed-At: 1 | 2", "request signed string signed at: 1 | 2"]);
    other.request.as_mut().unwrap().target = "/x".into();
    assert!(told(&one, &other).contains(&format!("request signed string path: {INBOX} | /x")));
}

#[test]
fn a_message_is_compared_by_its_entity_and_its_string() {
    let frame = |entity: &str| {
        let data =
            format!(r#"{{"signature":"s","signed_at":"1","signed_by":"a.example","entity":{entity:?}}}"#);
        let frame = Frame { opcode: "text".into(), data: data.into(), ..Frame::default() };
        Record { transport: Transport::Ws, frame: Some(frame), ..Record::default() }
    };
    let lines = told(&frame(r#"{"a":1}"#), &frame(r#"{"a":2}"#));
    assert_eq!(lines[0], "frame data $.entity.a: 1 | 2");
    assert!(lines.iter().any(|line| line.starts_with("frame signed string digest: ")), "{lines:?}");
}
