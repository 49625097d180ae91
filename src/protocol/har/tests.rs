use super::*;
use crate::protocol::record::{Direction, Frame, Transport};

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
    let (number, record) = read(text.as_bytes()).unwrap().entries.remove(1);
    assert_eq!(number, 2);
    record.unwrap()
}

fn second_error(text: &str) -> HarError {
    read(text.as_bytes()).unwrap().entries.remove(1).1.unwrap_err()
}

#[test]
fn an_entry_is_read_as_written() {
    let archive = read(format!("\u{feff}{SAMPLE}").as_bytes()).unwrap();
    let records: Vec<Record> = archive.entries.into_iter().map(|(_, record)| record.unwrap()).collect();
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
    let negative = r#"{"status":-1,"headersSize":-1,"bodySize":-1,"content":{"size":-1}}"#;
    let record = second(&with(GET, negative));
    assert_eq!((record.response, record.truncated), (None, false));
    let record = second(&with(GET, &negative.replacen("-1", "200", 1)));
    assert_eq!((record.response.map(|response| response.status), record.truncated), (Some(200), false));
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
        (GET, r#"{"status":70000}"#, "response.status"),
        (GET, r#"{"status":"200"}"#, "response.status"),
        (GET, r#"{"status":200,"headers":[{"name":"x"}]}"#, "response.headers"),
        (GET, r#"{"status":200,"content":{"text":5}}"#, "response.content"),
        (GET, r#"{"status":200,"content":{"text":"A","encoding":"base64"}}"#, "response.content.text"),
    ] {
        let error = second_error(&with(request, response));
        assert!(matches!(&error, HarError::Field { entry: 2, field: at, .. } if *at == field), "{error}");
    }
    let long = format!(r#"{{"method":{{"{}":1}},"url":"http://b/"}}"#, "x".repeat(5000));
    assert!(second_error(&with(&long, OK)).to_string().len() < 250);
    for text in ["", "[]", "{}", r#"{"log":{}}"#, r#"{"log":{"entries":{}}}"#, "{\"log\""] {
        assert!(matches!(read(text.as_bytes()), Err(HarError::NotHar(_))), "{text}");
    }
}

#[test]
fn one_odd_entry_does_not_spoil_the_others() {
    let odd = [
        r#"{"startedDateTime":"t","request":{"url":"data:image/png;base64,AAAA"},"response":{}}"#,
        r#"{"request":{"url":"blob:https://b.example/1"}}"#,
        r#"{"request":{"url":"chrome-extension://abc/x.js"}}"#,
        r#"{"request":{"url":"about:blank"}}"#,
        r#"{"request":5}"#,
    ];
    let text = format!(r#"{{"log":{{"entries":[{},{SKIPPED}]}}}}"#, odd.join(","));
    let archive = read(text.as_bytes()).unwrap();
    assert_eq!(archive.total, 6);
    let entries: Vec<_> = archive.entries.iter().map(|(number, record)| (*number, record.is_ok())).collect();
    assert_eq!(entries, [(5, false), (6, true)]);
    let socket = r#"{"method":"GET","url":"WSS://b.example/x"}"#;
    assert_eq!(second(&with(socket, OK)).request.unwrap().target, "/x");
    assert_eq!(
        read(br#"{"log":{"entries":[]}}"#),
        Ok(Archive { total: 0, entries: Vec::new(), frames: Vec::new() })
    );
}

#[test]
fn no_error_quotes_a_secret() {
    for (request, response) in [
        (r#"{"method":"GET","url":"//u:s3cr3t@b.example/x?s3cr3t"}"#, OK),
        (r#"{"method":"GET","url":"http://b/","headers":"Authorization: \"s3cr3t\""}"#, OK),
        (r#"{"method":"GET","url":"http://b/","postData":"s3cr3t"}"#, OK),
        (GET, r#"{"status":"s3cr3t"}"#),
    ] {
        let error = second_error(&with(request, response));
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
    let error = read(br#"{"log":"s3cr3t"}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
}

#[test]
fn an_archive_is_told_from_other_forms() {
    let late = format!("{{\"_about\":{{\"log\":[\"{}}}\\\"\"]}},\"n\":1 , \"log\":{{", "x".repeat(5000));
    for text in
        [SAMPLE, "\u{feff} {\"log\" : {", "{\"comment\":\"\",\"log\":{\"entries\":[]}}", late.as_str()]
    {
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

/// Records of every kind that an archive has a place for, and one that has none.
fn records() -> Vec<Record> {
    let headers: Headers =
        vec![("Host".into(), "b.example".into()), ("X-Odd".into(), Bytes(vec![0xff, b'a']))];
    let request = Request {
        method: "POST".into(),
        target: "/a/../b?x=1&y".into(),
        headers: Some(headers.clone()),
        body: Bytes(vec![0, 0xfe]),
        truncated: true,
        verdict: None,
    };
    let answer = Response { status: 202, headers, body: "{\"a\":1}".into(), ..Response::default() };
    let exchange = Record {
        id: Some("one".into()),
        at: Some("2026-01-31T12:00:00.123Z".into()),
        peer: Some("127.0.0.1:4".into()),
        request: Some(request.clone()),
        response: Some(answer),
        ..Record::default()
    };
    let handshake = Record {
        id: Some("two".into()),
        session: Some("s".into()),
        response: Some(Response { status: 101, ..Response::default() }),
        ..exchange.clone()
    };
    let frame = |opcode: &str, data: &[u8]| Record {
        id: Some(format!("frame {opcode}")),
        at: Some("2026-01-31T12:00:01.000Z".into()),
        transport: Transport::Ws,
        session: Some("s".into()),
        seq: Some(1),
        direction: Some(Direction::Out),
        frame: Some(Frame { opcode: opcode.into(), data: Bytes(data.to_vec()), ..Frame::default() }),
        ..Record::default()
    };
    let unanswered = Record { request: Some(Request { headers: None, ..request }), ..Record::default() };
    let malformed = Record { malformed: Some("GET".into()), ..Record::default() };
    vec![exchange, handshake, unanswered, frame("text", b"x"), frame("ping", &[0xff]), malformed]
}

#[test]
fn records_come_back_from_an_archive_as_they_were() {
    let records = records();
    let written = write(&records, "1");
    assert_eq!(written.left_out, 1);
    let archive = read(written.archive.to_string().as_bytes()).unwrap();
    let entries = archive.entries.into_iter().map(|(_, record)| record.unwrap());
    let back: Vec<_> = entries.chain(archive.frames.into_iter().map(|(_, frame)| frame)).collect();
    assert_eq!(back, records[..5]);
}

#[test]
fn an_entry_that_was_changed_counts_as_it_is_now() {
    let written = write(&records()[..1], "1");
    let mut archive = written.archive;
    archive["log"]["entries"][0]["response"]["status"] = 500.into();
    let read = read(archive.to_string().as_bytes()).unwrap();
    let record = read.entries[0].1.as_ref().unwrap();
    assert_eq!((record.response.as_ref().unwrap().status, &record.id), (500, &None));
}

#[test]
fn the_frames_of_other_tools_are_read() {
    let messages = r#"[{"type":"send","time":1729243417.5,"opcode":1,"data":"hi"},{"type":"receive","time":1,"opcode":2,"data":"AP8="},{"type":"x","opcode":7}]"#;
    let text = format!(
        r#"{{"log":{{"entries":[{{"startedDateTime":"t","request":{GET},"response":{OK},"_webSocketMessages":{messages}}}]}}}}"#
    );
    let frames: Vec<_> = read(text.as_bytes()).unwrap().frames.into_iter().map(|(_, frame)| frame).collect();
    let data: Vec<_> = frames.iter().map(|frame| frame.frame.as_ref().unwrap().data.0.clone()).collect();
    assert_eq!(data, [b"hi".to_vec(), vec![0, 0xff]]);
    assert_eq!(frames[0].direction, Some(Direction::Out));
    assert_eq!(frames[0].at.as_deref(), Some("2024-10-18T09:23:37.500Z"));
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
