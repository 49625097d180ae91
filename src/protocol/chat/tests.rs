use super::*;

/// The frames that the seed writes down or puts together from its tables.
const SEED: [(&str, bool); 6] = [
    (
        r#"{"type":"request","timestamp":1700000000000,"id":"req001","payloadType":"new","payload":{"chatId":"User2","message":"Hi from User1!"}}"#,
        true,
    ),
    (r#"{"type":"response","timestamp":1700000000000,"id":"req001","payload":{"messageId":5}}"#, false),
    (
        r#"{"type":"event","timestamp":1700000000000,"id":23,"eventType":"online","payload":{"userId": "User2"}}"#,
        false,
    ),
    (r#"{"type":"ack","id":"23"}"#, true),
    (r#"{"type":"response","timestamp":1700000000000,"id":"req001"}"#, false),
    (r#"{"event":"pong"}"#, false),
];

fn client(text: &str) -> ClientFrame {
    ClientFrame::read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn server(text: &str) -> ServerFrame {
    ServerFrame::read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn asked(text: &str) -> Asked {
    match client(text) {
        ClientFrame::Request(request) => request.asked().unwrap_or_else(|error| panic!("{text}: {error}")),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn the_seeds_frames_are_read_and_written_as_they_are() {
    for (text, from_client) in SEED {
        let written = if from_client { client(text).write() } else { server(text).write() };
        assert_eq!(written, text);
    }
    // As it is printed, over several lines.
    assert_eq!(client("{\n  \"type\": \"ack\",\n  \"id\": \"23\"\n}"), ClientFrame::Ack(Ack::of(23)));
}

#[test]
fn an_acks_id_is_a_number_or_digits_and_stays_what_it_was() {
    for (text, form) in
        [(r#"{"type":"ack","id":"23"}"#, IdForm::Digits), (r#"{"type":"ack","id":23}"#, IdForm::Number)]
    {
        assert_eq!(client(text), ClientFrame::Ack(Ack { id: 23, form }));
        assert_eq!(client(text).write(), text);
    }
}

#[test]
fn a_client_keeps_alive_with_ping_or_any_one_character() {
    for text in ["ping", "p", "1", " ", "é", "😀", "{"] {
        assert_eq!(client(text), ClientFrame::KeepAlive, "{text}");
    }
    assert_eq!(ClientFrame::KeepAlive.write(), "ping");
    for text in ["", "pong", "ping ", "Ping", "\"ping\"", "12"] {
        assert!(ClientFrame::read(text).is_err(), "{text}");
    }
}

#[test]
fn requests_are_read_short_and_full() {
    let short =
        asked(r#"{"type":"request","id":"1","payloadType":"new","payload":{"chatId":"b","message":"Hi"}}"#);
    let Asked::New(new) = &short else { panic!("{short:?}") };
    assert_eq!(
        (new.message.as_deref(), &new.client_message_id, &new.attachments),
        (Some("Hi"), &None, &None)
    );
    let full = asked(
        r#"{"type":"request","timestamp":1,"id":"1","payloadType":"new","payload":{"chatId":"b","clientMessageId":"c-1",
           "message":"Look","replyTo":4,"attachments":[{"type":"image","id":"i1","filename":"a.png","url":"https://x.example/a.png",
           "meta":{"mimetype":"image/png","width":2,"height":3,"size":4,"blurhash":"L"},"thumbnail":"t"}]}}"#,
    );
    let Asked::New(new) = &full else { panic!("{full:?}") };
    let attachment = &new.attachments.as_ref().unwrap()[0];
    assert_eq!((attachment.kind, new.reply_to), (AttachmentKind::Image, Some(4)));
    assert_eq!(attachment.other["thumbnail"], "t");
    assert_eq!(attachment.meta.as_ref().unwrap().other["blurhash"], "L");
    for (payload_type, payload, wanted) in [
        ("delete", r#"{"chatId":"b","originalMessageId":2}"#, 2),
        ("delete", r#"{"chatId":"b","messageId":3,"clientMessageId":"c"}"#, 3),
    ] {
        let text =
            format!(r#"{{"type":"request","id":"1","payloadType":"{payload_type}","payload":{payload}}}"#);
        let Asked::Delete(delete) = asked(&text) else { panic!("{text}") };
        assert_eq!(delete.original_message_id, wanted);
    }
    assert_eq!(asked(r#"{"type":"request","id":"1","payloadType":"chats"}"#), Asked::Chats);
    assert_eq!(asked(r#"{"type":"request","id":"1","payloadType":"chats","payload":{}}"#), Asked::Chats);
}

#[test]
fn every_request_is_written_as_it_is_read() {
    let payloads = [
        (
            "new",
            r#"{"chatId":"b","clientMessageId":"c","message":"m","attachments":[{"type":"file","id":"f"}],"replyTo":1}"#,
        ),
        (
            "edit",
            r#"{"chatId":"b","originalMessageId":1,"clientMessageId":"c","message":"m","attachments":[]}"#,
        ),
        ("delete", r#"{"chatId":"b","originalMessageId":1,"clientMessageId":"c"}"#),
        ("dlvrd", r#"{"chatId":"b","messageId":1}"#),
        ("read", r#"{"chatId":"b"}"#),
        ("reaction", r#"{"chatId":"b","messageId":1,"reaction":"👍","isSet":true,"clientMessageId":"c"}"#),
        ("messages", r#"{"chatId":"b","startId":1,"count":50}"#),
        ("chat", r#"{"chatId":"b"}"#),
        ("newCall", r#"{"chatId":"b","callType":"video"}"#),
        ("closeCall", r#"{"chatId":"b","callId":"c","status":"missed"}"#),
    ];
    for (payload_type, payload) in payloads {
        let text = format!(
            r#"{{"type":"request","timestamp":7,"id":"1","payloadType":"{payload_type}","payload":{payload}}}"#
        );
        let wanted = asked(&text);
        assert_eq!(ClientFrame::Request(Request::new(7, "1".to_owned(), &wanted)).write(), text);
        assert!(Asked::NAMES.contains(&payload_type));
    }
}

#[test]
fn every_event_is_written_as_it_is_read() {
    let payloads = [
        (
            "new",
            r#"{"chatId":"a","sender":"a","senderName":"A","messageId":1,"clientMessageId":"c","message":"m","attachments":[],"timestamp":7,"missed":1,"status":"undelivered"}"#,
        ),
        ("edit", r#"{"chatId":"a","messageId":2,"message":"m","originalMessageId":1}"#),
        ("delete", r#"{"chatId":"a","messageId":2,"originalMessageId":1}"#),
        ("delete", r#"{"chatId":"a","messageId":2,"clientMessageId":"c"}"#),
        ("dlvrd", r#"{"chatId":"a","userId":"a","messageId":2,"clientMessageId":"c","timestamp":7}"#),
        ("read", r#"{"chatId":"a","messageId":2}"#),
        (
            "reaction",
            r#"{"chatId":"a","messageId":2,"userId":"a","authorId":"b","timestamp":7,"reaction":"+","isSet":true,"clientMessageId":"c"}"#,
        ),
        ("typing", r#"{"userId":"a","chatId":"a","stop":true}"#),
        ("online", r#"{"userId":"a"}"#),
        ("offline", r#"{"userId":"a"}"#),
        (
            "chats",
            r#"[{"type":"dialog","id":"a","name":"a","missed":1,"lastMessageStatus":"unread","isMine":false}]"#,
        ),
        ("call", r#"{"direction":"incoming","status":"missed","callType":"audio"}"#),
        ("newCall", r#"{"direction":"outgoing","callType":"video"}"#),
        (
            "closeCall",
            r#"{"callId":"c","caller":"a","participants":["a","b"],"callType":"video","callDuration":61}"#,
        ),
    ];
    for (event_type, payload) in payloads {
        let text = format!(
            r#"{{"type":"event","timestamp":7,"id":3,"eventType":"{event_type}","payload":{payload}}}"#
        );
        let ServerFrame::Event(event) = server(&text) else { panic!("{text}") };
        let content = event.content().unwrap().unwrap();
        assert_eq!(ServerFrame::Event(ServerEvent::new(7, Some(3), &content)).write(), text);
    }
    let ServerFrame::Event(unknown) = server(r#"{"type":"event","eventType":"newStory","payload":{"x":1}}"#)
    else {
        panic!("an event")
    };
    assert_eq!((unknown.content(), unknown.id), (Ok(None), None));
}

#[test]
fn client_events_are_read_in_all_their_forms() {
    let typing = ClientEventPayload::Typing(Typing { chat_id: "b".to_owned(), stop: None });
    for (text, wanted) in [
        (r#"{"type":"event","timestamp":1,"eventType":"typing","payload":{"chatId":"b"}}"#, &typing),
        (r#"{"type":"event","timestamp":1,"payloadType":"typing","payload":{"chatId":"b"}}"#, &typing),
        (r#"{"type":"request","timestamp":1,"payloadType":"typing","payload":{"chatId":"b"}}"#, &typing),
        (r#"{"type":"event","timestamp":1,"eventType":"offline"}"#, &ClientEventPayload::Offline),
    ] {
        let ClientFrame::Event(event) = client(text) else { panic!("{text}") };
        assert_eq!(event.content().as_ref(), Ok(wanted), "{text}");
    }
}

#[test]
fn responses_are_read_with_and_without_a_payload_and_a_refusal_is_told_apart() {
    for (payload, empty) in [("", true), (r#","payload":{}"#, true), (r#","payload":{"messageId":5}"#, false)]
    {
        let ServerFrame::Response(response) = server(&format!(r#"{{"type":"response","id":"1"{payload}}}"#))
        else {
            panic!("{payload}")
        };
        assert_eq!(response.payload.as_ref().is_none_or(Payload::is_empty), empty, "{payload}");
        assert_eq!(response.refusal(), None);
    }
    let refusal = Refusal { code: "not-found".to_owned(), message: "there is no message 7".to_owned() };
    let response = ServerFrame::Response(Response::refused(7, "1".to_owned(), &refusal));
    let text = r#"{"type":"response","timestamp":7,"id":"1","payload":{"error":{"code":"not-found","message":"there is no message 7"}}}"#;
    assert_eq!((response.write().as_str(), &server(text)), (text, &response));
    let ServerFrame::Response(response) = response else { panic!("a response") };
    assert_eq!(response.refusal(), Some(refusal));
}

#[test]
fn what_is_wrong_with_a_clients_frame_is_said_and_its_id_is_kept() {
    for (text, says, id) in [
        ("", "not a JSON object", None),
        ("[1]", "does not begin with `{`", None),
        ("{\"type\":", "EOF", None),
        ("{} {}", "trailing characters", None),
        ("{}", "has no `type`", None),
        (r#"{"type":5,"id":"x"}"#, "`type` has to be a string", Some("x")),
        (r#"{"type":"response","id":"x"}"#, "\"response\" is no type", Some("x")),
        (r#"{"type":"request","type":"ack","id":"x"}"#, "duplicate field `type`", None),
        (r#"{"type":"request","payloadType":"new"}"#, "has no `id`", None),
        (r#"{"type":"request","id":5,"payloadType":"new"}"#, "`id` has to be a string", None),
        (r#"{"type":"request","id":"x"}"#, "has no `payloadType`", Some("x")),
        (r#"{"type":"request","id":"x","payloadType":null}"#, "has no `payloadType`", Some("x")),
        (
            r#"{"type":"request","id":"x","payloadType":["new"]}"#,
            "`payloadType` has to be a string",
            Some("x"),
        ),
        (
            r#"{"type":"request","id":"x","payloadType":"new","timestamp":"now"}"#,
            "Unix milliseconds",
            Some("x"),
        ),
        (r#"{"type":"request","id":"x","payloadType":"new","timestamp":-1}"#, "Unix milliseconds", Some("x")),
        (r#"{"type":"event","timestamp":1}"#, "has no `eventType`", None),
        (r#"{"type":"ack"}"#, "has no `id`", None),
        (r#"{"type":"ack","id":"+1"}"#, "a string of digits", Some("+1")),
        (r#"{"type":"ack","id":""}"#, "a string of digits", Some("")),
        (r#"{"type":"ack","id":1.5}"#, "a whole number", None),
        (r#"{"type":"ack","id":-1}"#, "a whole number", None),
        (r#"{"type":"ack","id":"99999999999999999999"}"#, "a string of digits", Some("99999999999999999999")),
    ] {
        let unreadable = ClientFrame::read(text).expect_err(text);
        assert!(unreadable.to_string().contains(says), "{text}: {unreadable}");
        assert_eq!(unreadable.id.as_deref(), id, "{text}");
        assert_eq!(unreadable.error.code(), "malformed", "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_payload_is_said() {
    for (payload_type, payload, says, code) in [
        ("shout", "{}", "\"shout\" is no request", "unknown-request"),
        ("typing", "{}", "\"typing\" is no request", "unknown-request"),
        ("new", r#"{"message":"x"}"#, "missing field `chatId`", "bad-payload"),
        ("new", r#"{"chatId":"b"}"#, "missing field `message`", "bad-payload"),
        ("new", r#"{"chatId":"b","attachments":[]}"#, "missing field `message`", "bad-payload"),
        ("new", r#"{"chatId":"","message":"x"}"#, "`chatId` is empty", "bad-payload"),
        ("new", r#"{"chatId":5,"message":"x"}"#, "invalid type: integer `5`", "bad-payload"),
        ("new", r#"{"chatId":"b","message":{}}"#, "invalid type: map", "bad-payload"),
        ("new", r#"{"chatId":"b","message":"x","replyTo":"1"}"#, "invalid type: string", "bad-payload"),
        (
            "new",
            r#"{"chatId":"b","message":"x","attachments":[{"type":"song"}]}"#,
            "unknown variant",
            "bad-payload",
        ),
        ("new", r#""text""#, "invalid type: string", "bad-payload"),
        ("new", r#"{"chatId":"b","chatId":"c","message":"x"}"#, "duplicate field", "bad-payload"),
        ("edit", r#"{"chatId":"b","message":"x"}"#, "missing field `originalMessageId`", "bad-payload"),
        ("delete", r#"{"chatId":"b"}"#, "missing field `originalMessageId`", "bad-payload"),
        ("read", r#"{"chatId":"b","messageId":-1}"#, "invalid value", "bad-payload"),
        ("messages", r#"{"chatId":"b","startId":1,"endId":2}"#, "exclude each other", "bad-payload"),
        ("messages", r#"{"chatId":"b","count":0}"#, "1 to 500", "bad-payload"),
        ("messages", r#"{"chatId":"b","count":501}"#, "1 to 500", "bad-payload"),
        (
            "reaction",
            r#"{"chatId":"b","messageId":1,"isSet":true}"#,
            "missing field `reaction`",
            "bad-payload",
        ),
        ("newCall", r#"{"chatId":"b","callType":"smoke"}"#, "unknown variant", "bad-payload"),
    ] {
        let payload = Payload::from_text(payload.to_owned()).unwrap();
        let error = Asked::read(payload_type, Some(&payload)).expect_err(payload.text());
        assert!(error.to_string().contains(says), "{}: {error}", payload.text());
        assert_eq!(error.code(), code);
    }
    assert_eq!(Asked::read("new", None), Err(FrameError::Missing("payload")));
    assert_eq!(ClientEventPayload::read("dance", None), Err(FrameError::UnknownEvent("dance".to_owned())));
    assert_eq!(ClientEventPayload::read("typing", None), Err(FrameError::Missing("payload")));
}

#[test]
fn what_is_wrong_with_a_servers_frame_is_said() {
    for (text, says) in [
        ("ping", "not a JSON object"),
        ("{}", "has no `type`"),
        (r#"{"event":"ping"}"#, "\"ping\" is no type"),
        (r#"{"event":5}"#, "`event` has to be a string"),
        (r#"{"type":"ack","id":1}"#, "\"ack\" is no type"),
        (r#"{"type":"response"}"#, "has no `id`"),
        (r#"{"type":"event","id":1}"#, "has no `eventType`"),
        (r#"{"type":"event","id":"one","eventType":"new"}"#, "a string of digits"),
    ] {
        let error = ServerFrame::read(text).expect_err(text).to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
}

#[test]
fn whatever_bytes_come_what_is_read_is_written_so_that_it_reads_the_same() {
    let seeds: Vec<&str> = SEED.iter().map(|(text, _)| *text).collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..20_000 {
        let mut bytes = seeds[random(seeds.len())].as_bytes().to_vec();
        for _ in 0..random(4) {
            let at = random(bytes.len());
            match random(3) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, br#"{}[]":,0123e.-\ntrue"#[random(20)]),
            }
            if bytes.is_empty() {
                break;
            }
        }
        assert_eq!(check(&bytes), Ok(()), "{}", String::from_utf8_lossy(&bytes));
    }
}
