use super::*;

const REQUEST: &str = "POST /.versia/v0.6/inbox?x=1 HTTP/1.1\r\nHost: b.example\r\nVERSIA-Signed-At:  1729243417\t\r\nContent-Length: 2\r\n\r\n{}";
const RESPONSE: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\nX-Empty:\r\n\r\nyes";

fn request_of(text: &[u8]) -> Request {
    read(text).unwrap().request.unwrap()
}

fn response_of(text: &[u8]) -> Response {
    read(text).unwrap().response.unwrap()
}

fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers.iter().find(|(have, _)| have == name)?.1.as_text()
}

#[test]
fn a_request_is_read_as_written() {
    for text in [
        REQUEST.to_owned(),
        REQUEST.replace("\r\n", "\n"),
        format!("\u{feff}\r\n\n{REQUEST}\r\n\r\n"),
        REQUEST.replacen("\r\n", "\n", 2),
    ] {
        let record = read(text.as_bytes()).unwrap();
        assert_eq!(record.http.as_deref(), Some("1.1"));
        assert_eq!(record.response, None);
        let request = record.request.unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/.versia/v0.6/inbox?x=1"));
        assert_eq!(
            request.headers.unwrap(),
            [
                ("Host".to_owned(), "b.example".into()),
                ("VERSIA-Signed-At".to_owned(), "1729243417".into()),
                ("Content-Length".to_owned(), "2".into()),
            ]
        );
        assert_eq!(request.body, "{}".into());
    }
}

#[test]
fn start_lines_of_every_kind_are_understood() {
    for (line, method, target, http) in [
        ("POST /x", "POST", "/x", None),
        ("get /a/../é?q HTTP/2", "get", "/a/../é?q", Some("2")),
        ("GET https://b.example/x HTTP/1.0", "GET", "https://b.example/x", Some("1.0")),
        ("OPTIONS * HTTP/1.1", "OPTIONS", "*", Some("1.1")),
        ("GET /a b HTTP/2.0", "GET", "/a b", Some("2")),
    ] {
        let record = read(line.as_bytes()).unwrap();
        let request = record.request.unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), (method, target));
        assert_eq!(record.http.as_deref(), http, "{line}");
    }
    for (line, status, http) in
        [("HTTP/2 200", 200, "2"), ("HTTP/1.1 404 Not Found\r\n", 404, "1.1"), ("HTTP/3 202 \n\n", 202, "3")]
    {
        let record = read(line.as_bytes()).unwrap();
        assert_eq!(record.response.unwrap().status, status);
        assert_eq!(record.http.as_deref(), Some(http));
    }
}

#[test]
fn a_request_and_its_response_are_one_record() {
    for between in ["", "\r\n", "\n\n"] {
        let record = read(format!("{REQUEST}{between}{RESPONSE}\n").as_bytes()).unwrap();
        assert_eq!(record.request.unwrap().body, "{}".into());
        let response = record.response.unwrap();
        assert_eq!((response.status, &response.body), (202, &"yes".into()));
        assert_eq!(value(&response.headers, "X-Empty"), Some(""));
    }
}

#[test]
fn without_a_length_a_request_body_ends_at_the_response() {
    let head = "POST /x HTTP/1.1\nHost: b\n\n";
    for (rest, body, status) in [
        ("{\"a\":1}\n", "{\"a\":1}\n", None),
        ("{\n\n}\n\nHTTP/1.1 202 Accepted\n\n", "{\n\n}", Some(202)),
        ("{}\r\n\r\nHTTP/2 202\r\n\r\n", "{}", Some(202)),
        ("HTTP/2 202\n\n", "", Some(202)),
        ("{}\nHTTP/2 202\n\n", "{}\nHTTP/2 202\n\n", None),
        ("\n\n", "", None),
        ("", "", None),
    ] {
        let record = read(format!("{head}{rest}").as_bytes()).unwrap();
        assert_eq!(record.request.unwrap().body, body.into(), "{rest:?}");
        assert_eq!(record.response.map(|response| response.status), status, "{rest:?}");
    }
    let record = read(b"GET /x HTTP/1.1\n\nHTTP/1.1 200 OK\n\nall\n\nHTTP/1.1 200\n").unwrap();
    assert!(record.request.unwrap().body.is_empty());
    assert_eq!(record.response.unwrap().body, "all\n\nHTTP/1.1 200\n".into());
}

#[test]
fn a_length_is_obeyed_to_the_byte() {
    let with = |length: &str, body: &str| {
        read(format!("POST /x HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes())
    };
    assert_eq!(with("3", "{} \r\n").unwrap().request.unwrap().body, "{} ".into());
    assert_eq!(with("2, 2", "{}").unwrap().request.unwrap().body, "{}".into());
    assert_eq!(
        with("9", "{}").unwrap_err(),
        HttpError::Short { part: Part::Request, declared: 9, found: 2, line_feeds: false }
    );
    let short = with("8", "{\n\n\n}").unwrap_err();
    assert!(short.to_string().contains("has 5 bytes") && short.to_string().contains("says 8"));
    assert!(short.hint().unwrap().contains("CRLF was turned into LF"));
    let long = with("5", "{\r\n\r\n\r\n}").unwrap_err();
    assert!(long.hint().unwrap().contains("LF was turned into CRLF"), "{long:?}");
    assert!(matches!(
        with("2", "{} GET /").unwrap_err(),
        HttpError::Trailing { declared: 2, extra: 6, line_feeds: false, .. }
    ));
    assert_eq!(with("-1", "").unwrap_err(), HttpError::BadLength("\"-1\"".into()));
    assert!(matches!(with("99999999999999999999", "").unwrap_err(), HttpError::BadLength(_)));
    assert!(matches!(with("18446744073709551615", "").unwrap_err(), HttpError::Short { .. }));
}

#[test]
fn a_cut_body_does_not_swallow_the_response() {
    let text = format!("POST /x HTTP/1.1\nContent-Length: 12\n\n{{}}\n\n{RESPONSE}");
    assert!(matches!(read(text.as_bytes()).unwrap_err(), HttpError::Short { declared: 12, found: 2, .. }));
}

#[test]
fn two_lengths_have_to_agree() {
    let text = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 3\r\n\r\n{} ";
    assert_eq!(read(text).unwrap_err(), HttpError::LengthsDiffer(2, 3));
    let text = b"POST /x HTTP/1.1\r\nContent-Length: 2\r\ncontent-length: 2\r\n\r\n{}";
    assert_eq!(request_of(text).body, "{}".into());
}

#[test]
fn chunks_are_joined_where_there_are_chunks() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n";
    for (rest, body) in [
        ("2\r\n{}\r\n0\r\n\r\n", "{}"),
        ("2;ext=1\n{}\n00a\n0123456789\n0\nTrailer: x\n\n", "{}0123456789"),
        ("{}", "{}"),
        ("2\r\n{}\r\n", "2\r\n{}\r\n"),
        ("ffffffffffffffff\r\n{}", "ffffffffffffffff\r\n{}"),
        ("", ""),
    ] {
        assert_eq!(response_of(format!("{head}{rest}").as_bytes()).body, body.into(), "{rest:?}");
    }
    let record = read(
        b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n",
    )
    .unwrap();
    assert_eq!(record.request.unwrap().body, "a".into());
    assert_eq!(record.response.unwrap().status, 202);
}

#[test]
fn bodies_are_not_expected_where_none_are_sent() {
    let record = read(b"HEAD /x HTTP/1.1\n\nHTTP/1.1 200 OK\nContent-Length: 100\n\n").unwrap();
    assert!(record.response.unwrap().body.is_empty());
    assert!(response_of(b"HTTP/1.1 304 Not Modified\nContent-Length: 7\n\n").body.is_empty());
}

#[test]
fn interim_responses_are_passed_over() {
    let text = format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n{RESPONSE}");
    assert_eq!(response_of(text.as_bytes()).status, 202);
    assert_eq!(response_of(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n").status, 101);
}

#[test]
fn pseudo_headers_are_understood_in_any_order() {
    let text = b":path: /x?y\n:authority: b.example\naccept: */*\n:method: POST\n:scheme: https\n\n{}\n\n:status: 202\nserver: s\n\nok";
    let record = read(text).unwrap();
    assert_eq!(record.http.as_deref(), Some("2"));
    let request = record.request.unwrap();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/x?y"));
    assert_eq!(
        request.headers.unwrap(),
        [("Host".to_owned(), "b.example".into()), ("accept".to_owned(), "*/*".into())]
    );
    assert_eq!(request.body, "{}".into());
    let response = record.response.unwrap();
    assert_eq!((response.status, response.body), (202, "ok".into()));
    assert_eq!(read(b":method: POST\n\n").unwrap_err(), HttpError::PseudoHeader(":path"));
    assert_eq!(read(b":status: 2000\n\n").unwrap_err(), HttpError::PseudoHeader(":status"));
}

const VERBOSE: &str = "* Host b.example:443 was resolved.\n*   Trying 127.0.0.1:443...\n} [5 bytes data]\n\
    > POST /.versia/v0.6/inbox HTTP/1.1\r\n> Host: b.example\r\n> Content-Length: 13\r\n> \r\n} [13 bytes data]\n\
    < HTTP/1.1 100 Continue\r\n< \r\n* We are completely uploaded and fine\n\
    < HTTP/1.1 202 Accepted\r\n< Server: s\r\n< \r\n{ [8 bytes data]\n{\"a\":\n1}* Connection #0 to host b.example left intact\n";

#[test]
fn the_output_of_curl_v_is_understood() {
    assert!(looks_like(VERBOSE.as_bytes()));
    for text in [VERBOSE.to_owned(), VERBOSE.replace('\r', "").replace("> \n", ">\n")] {
        let record = read(text.as_bytes()).unwrap();
        assert!(record.truncated, "the request's body is not shown");
        let request = record.request.unwrap();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/.versia/v0.6/inbox"));
        assert_eq!(value(&request.headers.unwrap(), "Host"), Some("b.example"));
        let response = record.response.unwrap();
        assert_eq!((response.status, response.body), (202, "{\"a\":\n1}".into()));
    }
    let only_request = read(b"> GET /x HTTP/2\n> Host: b\n").unwrap();
    assert!(!only_request.truncated);
    assert_eq!(only_request.response, None);
    let exact =
        b"> GET /x HTTP/2\n>\n< HTTP/2 200\n< content-length: 3\n<\na\n\n* Connection #0 left intact\n";
    assert_eq!(response_of(exact).body, "a\n\n".into());
    let proxied = b"> CONNECT b:443 HTTP/1.1\n>\n< HTTP/1.1 200 Connection established\n<\n* TLS\n> GET /x HTTP/1.1\n>\n< HTTP/1.1 204 No Content\n<\n";
    let record = read(proxied).unwrap();
    assert_eq!(record.request.unwrap().method, "GET");
    assert_eq!(record.response.unwrap().status, 204);
    let redirected =
        b"> GET /x HTTP/1.1\n>\n< HTTP/1.1 301 Moved\n<\n* Issue another request\n> GET /y HTTP/1.1\n>\n";
    assert_eq!(read(redirected).unwrap_err(), HttpError::SeveralExchanges);
}

const METER: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n\
    \x20                                Dload  Upload   Total   Spent    Left  Speed\n";
const ROW: &str = "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0";
const LAST_ROW: &str = "\r100 1.5k  100     8  100    13    500      0  0:00:01 --:--:--  0:00:01  555k";

#[test]
fn what_curl_says_besides_is_passed_over() {
    let (note, warning) = (
        "Note: Unnecessary use of -X or --request, POST is already inferred.\n",
        "Warning: --insecure is a risk\n",
    );
    let (head, closing) = VERBOSE.split_at(VERBOSE.find("{\"a\"").unwrap());
    let (body, closing) = closing.split_at(closing.find("* Conn").unwrap());
    let lf = "\n";
    for text in [
        format!("{note}{VERBOSE}"),
        format!("{warning}{note}{VERBOSE}"),
        format!("{METER}{ROW}{VERBOSE}"),
        format!("{METER}{ROW}{LAST_ROW}{head}{LAST_ROW}\n{body}{closing}"),
        format!("{note}{METER}{ROW}{}", &VERBOSE[VERBOSE.find("> POST").unwrap()..]),
        format!("{METER}{ROW}{head}{LAST_ROW}{body}{closing}"),
        format!("{METER}{ROW}{head}{body}{ROW}{LAST_ROW}\n{closing}"),
        format!("{METER}{ROW}{head}{body}{lf}{ROW}{LAST_ROW}\n{closing}")
            .replace("< Server: s", "< Content-Length: 8"),
    ] {
        assert!(looks_like(text.as_bytes()), "{text}");
        let record = read(text.as_bytes()).unwrap();
        assert_eq!(record.request.unwrap().target, "/.versia/v0.6/inbox", "{text}");
        assert_eq!(record.response.unwrap().body, body.into(), "{text}");
    }
    let body = "Warning: a body\n0 0 0\n\r\n";
    let text = format!("> GET /x HTTP/2\n>\n< HTTP/2 200\n<\n{body}");
    assert_eq!(response_of(text.as_bytes()).body, body.into());
}

#[test]
fn folded_headers_join_and_broken_ones_are_named() {
    let request = request_of(b"GET /x HTTP/1.1\nX-Long: a\n  b\n\tc\nX-New:\n d\n\n");
    let headers = request.headers.unwrap();
    assert_eq!(value(&headers, "X-Long"), Some("a b c"));
    assert_eq!(value(&headers, "X-New"), Some("d"));
    for (text, line) in
        [("GET /x HTTP/1.1\nHost: b\nnonsense\n\n", 3), ("GET /x HTTP/1.1\n\nHTTP/1.1 200 OK\nnonsense\n", 4)]
    {
        assert!(
            matches!(read(text.as_bytes()).unwrap_err(), HttpError::NoColon { line: at } if at == line),
            "{text:?}"
        );
    }
    let folded = read(b"\n\nGET /x HTTP/1.1\n Host: b\n").unwrap_err();
    assert_eq!(folded, HttpError::BlankBefore { line: 4 });
    assert!(folded.hint().unwrap().contains("before the headers"));
    for blank in [" ", "\t "] {
        let text = format!("GET /x HTTP/1.1\nVersia-Signature{blank}: x\n");
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!(error, HttpError::BlankBeforeColon { line: 2, name: "\"Versia-Signature\"".into() });
        assert!(error.hint().unwrap().contains("take the blank away"));
    }
    let missing_blank = read(b"POST /x HTTP/1.1\nHost: b\n{\"a\": 1}").unwrap_err();
    assert!(matches!(missing_blank, HttpError::BadName { line: 3, found: '{' }));
    assert!(missing_blank.hint().unwrap().contains("blank line"));
}

#[test]
fn what_is_not_http_is_quoted_short_and_escaped() {
    for text in [
        &b"{\"v\":1}"[..],
        b"Hello /world how are you",
        b"POST",
        b"HTTP/1.1",
        b"HTTP/1.1 20 OK",
        b"\x00\xff\x1b[31m",
        b"GET  HTTP/1.1",
    ] {
        let error = read(text).unwrap_err();
        assert!(matches!(error, HttpError::NotHttp(_)), "{text:?} {error:?}");
        assert!(!error.to_string().contains('\x1b'));
    }
    let long = read("ü".repeat(500).as_bytes()).unwrap_err();
    assert!(matches!(&long, HttpError::NotHttp(found) if found.chars().count() == 42), "{long}");
    assert_eq!(read(b"GET /\xff HTTP/1.1").unwrap_err(), HttpError::TargetNotText("\"/\u{fffd}\"".into()));
    assert_eq!(read(b" \r\n\n").unwrap_err(), HttpError::Empty);
    assert_eq!(
        read(b"HTTP/1.1 100 Continue\n\n:method: GET\n:path: /\n\n").unwrap_err(),
        HttpError::SeveralExchanges
    );
}

#[test]
fn no_error_quotes_a_secret() {
    for text in [
        "POST /x HTTP/1.1\r\nAuthorization Bearer s3cr3t\r\n\r\n",
        "POST /x HTTP/1.1\r\nAuthorization: Bearer\r\ns3cr3t\r\n\r\n",
        "POST /x HTTP/1.1\r\n Authorization: Bearer s3cr3t\r\n\r\n",
        "POST /x HTTP/1.1\r\nAuthorization Bearer s3cr3t:\r\n\r\n",
        "POST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}s3cr3t",
        "Authorization: Bearer s3cr3t",
        ":method: GET\n:authorization: s3cr3t\n\n",
    ] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error}");
    }
    let error = read(b"GET https://u:s3cr3t@b/\xff HTTP/1.1").unwrap_err();
    assert_eq!(error, HttpError::TargetNotText("\"https://…@b/\u{fffd}\"".into()));
}

#[test]
fn a_header_value_need_not_be_text() {
    let request = request_of(b"GET /x HTTP/1.1\nX-Odd: \xff\n\n");
    assert_eq!(request.headers.unwrap()[0].1, Bytes(vec![0xff]));
}

#[test]
fn http_is_told_from_other_forms() {
    for text in [
        REQUEST,
        RESPONSE,
        "\n\nPOST /x",
        "post /x HTTP/1.1",
        "Post https://b.example/ HTTP/2",
        "GET https://b.example/ HTTP/1.1",
        ":authority: b",
        "> GET / HTTP/2",
        "< HTTP/2 200",
    ] {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in [
        "",
        "{\"log\":{}}",
        "curl https://b.example/",
        "* a list\n* of things",
        "Note: he said\n> a quotation",
        "Warning: nothing",
        "> a quotation",
        "Hello /world",
        "post it to http",
        "post /x",
        "talk about HTTP/1.1",
    ] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn what_is_written_is_read_again() {
    let body: Vec<u8> = (0..=255).collect();
    let record = Record {
        http: Some("1.1".into()),
        request: Some(Request {
            method: "POST".into(),
            target: "/.versia/v0.6/inbox?a=/../b".into(),
            headers: Some(vec![
                ("host".into(), "b.example".into()),
                ("X-Empty".into(), "".into()),
                ("X-Odd".into(), Bytes(vec![0xfe, b'a'])),
                ("Content-Length".into(), "256".into()),
            ]),
            body: body.clone().into(),
            truncated: false,
            verdict: None,
        }),
        response: Some(Response {
            status: 799,
            headers: vec![("Content-Length".into(), "2".into())],
            body: "\r\n".into(),
            truncated: false,
            verdict: None,
        }),
        ..Record::default()
    };
    assert_eq!(read(&write(&record)).unwrap(), record);
    let answered = Record {
        request: Some(Request { method: "GET".into(), target: "/x".into(), ..Request::default() }),
        response: Some(Response { status: 422, ..Response::default() }),
        ..Record::default()
    };
    assert_eq!(write(&answered), b"HTTP/1.1 422 Unprocessable Content\r\n\r\n");
}

#[test]
fn no_bytes_make_it_panic() {
    let both = format!("{REQUEST}{RESPONSE}");
    let chunked = "POST /x HTTP/1.1\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\nHTTP/2 202\n\n";
    let pseudo = ":method: POST\n:path: /x\n\n{}\n\n:status: 202\n\n";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    for sample in [both.as_str(), chunked, pseudo, VERBOSE] {
        let sample = sample.as_bytes();
        for end in 0..=sample.len() {
            let _ = (read(&sample[..end]), looks_like(&sample[..end]));
        }
        for _ in 0..2000 {
            let mut text = sample.to_vec();
            for _ in 0..=random() % 4 {
                let at = random() % text.len();
                text[at] = b"\r\n :0\xff><*H"[random() % 10];
                if random() % 4 == 0 {
                    text.truncate(at + 1);
                }
            }
            let _ = (read(&text), looks_like(&text));
        }
    }
}

#[test]
fn curl_that_waited_for_leave_and_put_the_body_elsewhere_is_read() {
    let paste = b"> POST /x HTTP/1.1\n> Host: b.example\n> Content-Length: 2\n> Expect: 100-continue\n> \n\
        < HTTP/1.1 100 Continue\n} [2 bytes data]\n< HTTP/1.1 200 OK\n< Content-Length: 155\n< \n{ [155 bytes data]\n\
        * Connection #0 to host b.example left intact\n";
    let record = read(paste).unwrap();
    let (request, response) = (record.request.unwrap(), record.response.unwrap());
    assert!(request.truncated && response.truncated);
    assert_eq!((request.target.as_str(), response.status), ("/x", 200));
}

#[test]
fn names_are_written_as_the_library_writes_them() {
    assert_eq!(title_case("versia-signed-at"), "Versia-Signed-At");
}
