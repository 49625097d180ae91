use super::*;

const SAMPLE: &str = r#"{
  "log": { "version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [
    { "startedDateTime": "2024-10-18T09:23:37.000Z", "time": 12.5, "cache": {}, "timings": {},
      "request": { "method": "POST", "url": "https://u@b.example:3000/.versia/../é?x=%20#f", "httpVersion": "HTTP/2",
        "cookies": [], "queryString": [], "headersSize": -1, "bodySize": 9,
        "headers": [ {"name": ":method", "value": "POST"}, {"name": "Versia-Signed-At", "value": "1"},
                     {"name": "versia-signed-at", "value": "2", "comment": ""} ],
        "postData": { "mimeType": "application/json", "text": "{\"a\":\"ü\"}\n", "params": [] } },
      "response": { "status": 202, "statusText": "Accepted", "httpVersion": "HTTP/2",
        "headers": [ {"name": "x", "value": ""} ],
        "content": { "size": 3, "mimeType": "x", "text": "AP4B", "encoding": "base64" } } } ] } }"#;

/// An archive with one entry, made of the given JSON.
fn with(request: &str, response: &str) -> String {
    format!(
        r#"{{"log":{{"entries":[{SKIPPED},{{"startedDateTime":"t","request":{request},"response":{response}}}]}}}}"#
    )
}

const SKIPPED: &str =
    r#"{"startedDateTime":"t","request":{"method":"GET","url":"http://b/"},"response":null}"#;
const GET: &str = r#"{"method":"GET","url":"http://b.example","httpVersion":"http/1.1","headers":[]}"#;
const OK: &str = r#"{"status":200,"headers":[],"content":{"size":0}}"#;

fn second(text: &str) -> Record {
    read(text.as_bytes()).unwrap().remove(1)
}

#[test]
fn an_entry_is_read_as_written() {
    let records = read(format!("\u{feff}{SAMPLE}").as_bytes()).unwrap();
    assert_eq!(
        records,
        [Record {
            at: Some("2024-10-18T09:23:37.000Z".into()),
            http: Some("2".into()),
            request: Some(Request {
                method: "POST".into(),
                target: "/.versia/../é?x=%20".into(),
                headers: Some(vec![
                    ("Host".into(), "b.example:3000".into()),
                    ("Versia-Signed-At".into(), "1".into()),
                    ("versia-signed-at".into(), "2".into()),
                ]),
                body: "{\"a\":\"ü\"}\n".into(),
                truncated: false,
                verdict: None,
            }),
            response: Some(Response {
                status: 202,
                headers: vec![("x".into(), "".into())],
                body: Bytes(vec![0, 0xfe, 1]),
                truncated: false,
                verdict: None,
            }),
            ..Record::default()
        }]
    );
}

#[test]
fn the_target_is_what_follows_the_authority() {
    for (url, host, target) in [
        ("http://b.example", "b.example", "/"),
        ("http://b.example?x", "b.example", "/?x"),
        ("http://b.example#x", "b.example", "/"),
        ("https://[::1]:1/a//b/./c", "[::1]:1", "/a//b/./c"),
        ("wss://b.example/a@b", "b.example", "/a@b"),
    ] {
        assert_eq!(host_and_target(url), Some((host, target.to_owned())), "{url}");
    }
    assert_eq!(host_and_target("about:blank"), None);
}

#[test]
fn a_host_that_is_there_stays() {
    let request = r#"{"method":"GET","url":"http://b/","headers":[{"name":"HOST","value":"c"}]}"#;
    let headers = second(&with(request, OK)).request.unwrap().headers.unwrap();
    assert_eq!(headers, [("HOST".to_owned(), "c".into())]);
}

#[test]
fn what_the_archive_left_out_is_truncated() {
    let params = r#"{"method":"POST","url":"http://b/","headers":[],"postData":{"params":[{"name":"a","value":"1"}]}}"#;
    let record = second(&with(params, OK));
    assert!(record.truncated && record.request.unwrap().body.is_empty());
    let missing = r#"{"status":200,"headers":[],"content":{"size":12}}"#;
    let record = second(&with(GET, missing));
    assert!(record.truncated && record.response.unwrap().body.is_empty());
    assert!(!second(&with(GET, OK)).truncated);
    let empty = r#"{"status":200,"headers":[],"content":{"size":2,"text":""}}"#;
    assert!(!second(&with(GET, empty)).truncated);
}

#[test]
fn a_blocked_request_has_no_response() {
    let record = second(&with(GET, r#"{"status":0,"headers":[],"content":{}}"#));
    assert_eq!(record.response, None);
    assert_eq!(record.http.as_deref(), Some("1.1"));
    assert_eq!(second(&with(GET, "null")).response, None);
}

#[test]
fn a_request_body_may_be_base64() {
    for key in ["encoding", "_encoding"] {
        let request = format!(
            r#"{{"method":"POST","url":"http://b/","headers":[],"postData":{{"text":"AP8=","{key}":"base64"}}}}"#
        );
        assert_eq!(second(&with(&request, OK)).request.unwrap().body.0, [0, 0xff]);
    }
}

#[test]
fn a_malformed_entry_is_named_with_its_field() {
    for (request, response, field) in [
        ("{}", OK, "request.url"),
        ("null", OK, "request"),
        (r#"{"url":"http://b/"}"#, OK, "request.method"),
        (r#"{"method":7,"url":"http://b/"}"#, OK, "request.method"),
        (r#"{"method":"GET","url":"/x"}"#, OK, "request.url"),
        (r#"{"method":"GET","url":"http://b/","headers":{}}"#, OK, "request.headers"),
        (
            r#"{"method":"GET","url":"http://b/","postData":{"text":"*","encoding":"base64"}}"#,
            OK,
            "request.postData.text",
        ),
        (GET, "{}", "response.status"),
        (GET, r#"{"status":-1}"#, "response.status"),
        (GET, r#"{"status":200,"headers":[{"name":"x"}]}"#, "response.headers"),
        (GET, r#"{"status":200,"content":{"text":5}}"#, "response.content"),
        (GET, r#"{"status":200,"content":{"text":"A","encoding":"base64"}}"#, "response.content.text"),
    ] {
        let error = read(with(request, response).as_bytes()).unwrap_err();
        assert!(matches!(&error, HarError::Field { entry: 2, field: at, .. } if *at == field), "{error}");
    }
    let long = format!(r#"{{"method":{{"{}":1}},"url":"http://b/"}}"#, "x".repeat(5000));
    assert!(read(with(&long, OK).as_bytes()).unwrap_err().to_string().len() < 250);
    for text in ["", "[]", "{}", r#"{"log":{}}"#, r#"{"log":{"entries":{}}}"#, "{\"log\""] {
        assert!(matches!(read(text.as_bytes()), Err(HarError::NotHar(_))), "{text}");
    }
}

#[test]
fn an_archive_is_told_from_other_forms() {
    for text in [SAMPLE, "\u{feff} {\"log\" : {", "{\"comment\":\"\",\"log\":{\"entries\":[]}}"] {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in [
        "",
        "{}",
        "[{\"log\":{}}]",
        "{\"v\":1,\"x\":{\"log\":{}}}",
        "{\"log\":\"x\"}",
        "{\"a\":\"log\"}",
        "GET / \"log\":{",
    ] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let sample = SAMPLE.as_bytes();
    for end in 0..=sample.len() {
        let _ = (read(&sample[..end]), looks_like(&sample[..end]));
    }
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    for _ in 0..4000 {
        let mut text = sample.to_vec();
        for _ in 0..=random() % 4 {
            let at = random() % text.len();
            text[at] = b"\"{}[]:,0-x\\\xff/#?"[random() % 14];
        }
        let _ = (read(&text), looks_like(&text));
    }
}
