use super::*;
use crate::protocol::record::{Direction, Response, Transport};
use crate::signing::{SecretKey, SignedString};

fn signer() -> Signer {
    Signer::new(SecretKey::from_seed(&[7; 32]), "a.example")
}

fn delivery() -> Record {
    let body = r#"{"type":"Note","n":1.0e2,"content":"x"}"#;
    let signed = signer().sign("POST", "/in/../box?x", 1_729_243_417, body.as_bytes());
    let mut headers: Headers = vec![
        ("Host".into(), "here.example".into()),
        ("content-TYPE".into(), "application/json".into()),
        ("Authorization".into(), HIDDEN.into()),
        ("Content-Length".into(), "39".into()),
    ];
    headers.extend(crate::protocol::versia::signature_headers(&signed));
    let request = Request {
        method: "POST".into(),
        target: "/in/../box?x".into(),
        headers: Some(headers),
        body: body.into(),
        ..Request::default()
    };
    Record { direction: Some(Direction::In), request: Some(request), ..Record::default() }
}

fn to(text: &str) -> Option<Destination> {
    Some(Destination::parse(text, &[]).unwrap())
}

fn request(plan: Plan) -> HttpRequest {
    match plan.prepared {
        Prepared::Exchange(request) => request,
        Prepared::InSession(_) => panic!("not over HTTP"),
    }
}

fn names(request: &HttpRequest) -> Vec<&str> {
    request.headers.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_request_goes_out_byte_for_byte_without_what_belongs_to_its_connection() {
    let plan =
        prepare(&delivery(), &Replay { to: to("http://127.0.0.1:3000"), ..Replay::default() }, 9).unwrap();
    assert_eq!(
        (plan.signed_at, plan.left_out.clone()),
        (Some(1_729_243_417), vec!["Authorization".to_owned()])
    );
    let sent = request(plan);
    assert_eq!(sent.url.to_string(), "http://127.0.0.1:3000/in/../box?x");
    assert_eq!(names(&sent), ["content-TYPE", "Versia-Signature", "Versia-Signed-By", "Versia-Signed-At"]);
    assert_eq!(sent.body, delivery().request.unwrap().body.0);
}

#[test]
fn secrets_go_along_only_when_they_are_wanted() {
    let mut record = delivery();
    record.request.as_mut().unwrap().headers.as_mut().unwrap().push(("Cookie".into(), "x".into()));
    for (with_secrets, left_out) in [(false, &["Authorization", "Cookie"][..]), (true, &["Authorization"])] {
        let replay = Replay { to: to("b.example"), with_secrets, ..Replay::default() };
        let plan = prepare(&record, &replay, 9).unwrap();
        assert_eq!(plan.left_out, left_out);
        assert_eq!(names(&request(plan)).contains(&"Cookie"), with_secrets);
    }
}

#[test]
fn a_token_in_the_target_goes_along_only_when_it_is_wanted() {
    let mut record = delivery();
    record.request.as_mut().unwrap().target = "/x?access_token=hush".to_owned();
    let url = |text: &str, with_secrets| {
        let replay = Replay { to: to(text), with_secrets, ..Replay::default() };
        prepare(&record, &replay, 9).map(|plan| request(plan).url.to_string())
    };
    assert_eq!(url("b.example", false), Err(ReplayError::SecretTarget));
    assert_eq!(url("b.example", true), Ok("https://b.example/x?access_token=hush".to_owned()));
    assert_eq!(url("https://b.example/y", false), Ok("https://b.example/y".to_owned()));
}

#[test]
fn a_full_address_takes_the_place_of_the_target_and_a_domain_does_not() {
    for (text, url) in [
        ("https://b.example/x/y?z", "https://b.example/x/y?z"),
        ("https://b.example/", "https://b.example/in/../box?x"),
        ("b.example:8443", "https://b.example:8443/in/../box?x"),
        ("@bob@b.example", "https://b.example/in/../box?x"),
    ] {
        let plan = prepare(&delivery(), &Replay { to: to(text), ..Replay::default() }, 9).unwrap();
        assert_eq!(request(plan).url.to_string(), url, "{text}");
    }
}

#[test]
fn a_host_in_the_target_does_not_say_where_it_goes() {
    let mut record = delivery();
    let mut url = |target: &str, replay: &Replay| {
        record.request.as_mut().unwrap().target = target.to_owned();
        prepare(&record, replay, 9).map(|plan| request(plan).url.to_string())
    };
    let here = Replay { to: to("http://127.0.0.1:3000"), ..Replay::default() };
    for (target, path) in [
        ("https://evil.example/x?y=a://b", "/x?y=a://b"),
        ("https://evil.example?x", "/?x"),
        ("https://evil.example", "/"),
        ("//evil.example/x", "//evil.example/x"),
    ] {
        assert_eq!(url(target, &here), Ok(format!("http://127.0.0.1:3000{path}")), "{target}");
    }
    assert_eq!(url("https://evil.example/x", &Replay::default()), Err(ReplayError::NoDestination));
    record.direction = Some(Direction::Out);
    record.request.as_mut().unwrap().target = "https://b.example/x".to_owned();
    let plan = prepare(&record, &Replay::default(), 9).unwrap();
    assert_eq!(request(plan).url.to_string(), "https://b.example/x");
}

#[test]
fn what_came_in_is_not_sent_anywhere_by_itself_and_what_went_out_is() {
    let mut record = delivery();
    assert_eq!(prepare(&record, &Replay::default(), 9).unwrap_err(), ReplayError::NoDestination);
    record.direction = None;
    assert_eq!(prepare(&record, &Replay::default(), 9).unwrap_err(), ReplayError::NoDestination);
    record.direction = Some(Direction::Out);
    let url = |record: &Record| request(prepare(record, &Replay::default(), 9).unwrap()).url.to_string();
    assert_eq!(url(&record), "http://here.example/in/../box?x");
    record.tls = Some("1.3".into());
    assert_eq!(url(&record), "https://here.example/in/../box?x");
}

#[test]
fn what_is_signed_anew_has_the_new_target_and_the_changed_body_under_its_signature() {
    let replay = Replay {
        to: to("https://b.example/x"),
        signer: Some(signer()),
        values: vec![("content".into(), "y".into())],
        ..Replay::default()
    };
    let plan = prepare(&delivery(), &replay, 1_800_000_000).unwrap();
    assert_eq!(plan.signed_at, None);
    let sent = request(plan);
    assert_eq!(sent.body, br#"{"type":"Note","n":1.0e2,"content":"y"}"#);
    let value = |name: &str| sent.headers.iter().find(|(one, _)| one == name).unwrap().1.as_text().unwrap();
    let signed = signer().sign("POST", "/x", 1_800_000_000, &sent.body);
    assert_eq!(value("Versia-Signature"), signed.signature);
    assert_eq!(signed.string, SignedString::new("POST", "/x", "1800000000", &sent.body));
    assert_eq!(value("Versia-Signed-At"), "1800000000");
    assert_eq!(names(&sent).len(), 4);
}

#[test]
fn what_cannot_be_sent_again_is_said() {
    let to_b = Replay { to: to("b.example"), ..Replay::default() };
    let changed = Replay { values: vec![("content".into(), "y".into())], ..to_b.clone() };
    assert_eq!(prepare(&delivery(), &changed, 9).unwrap_err(), ReplayError::NoSigner);
    let no_place =
        Replay { signer: Some(signer()), values: vec![("type.x".into(), 1.into())], ..to_b.clone() };
    assert!(matches!(prepare(&delivery(), &no_place, 9).unwrap_err(), ReplayError::NoPlace(_)));
    let mut record = delivery();
    record.response = Some(Response { status: 101, ..Response::default() });
    assert_eq!(prepare(&record, &to_b, 9).unwrap_err(), ReplayError::Handshake(None));
    let mut record = delivery();
    record.request.as_mut().unwrap().truncated = true;
    assert_eq!(prepare(&record, &to_b, 9).unwrap_err(), ReplayError::NotWhole);
    let mut record = delivery();
    record.request.as_mut().unwrap().target = "/ws?token=(hidden)".into();
    assert_eq!(prepare(&record, &to_b, 9).unwrap_err(), ReplayError::HiddenTarget);
    assert_eq!(prepare(&Record::default(), &to_b, 9).unwrap_err(), ReplayError::NothingSent);
    let close =
        Record { frame: Some(Frame { opcode: "close".into(), ..Frame::default() }), ..Record::default() };
    assert_eq!(prepare(&close, &to_b, 9).unwrap_err(), ReplayError::ControlFrame("close".into()));
}

#[test]
fn a_message_is_sent_as_it_was_or_signed_anew() {
    let entity = r#"{"a":1}"#;
    let text = Message::new(signer().sign("POST", INBOX, 5, entity.as_bytes()), entity.to_owned()).write();
    let record = Record {
        transport: Transport::Ws,
        frame: Some(Frame { opcode: "text".into(), data: text.as_str().into(), ..Frame::default() }),
        ..Record::default()
    };
    let payload = |replay: &Replay| {
        let plan = prepare(&record, replay, 8).unwrap();
        let Prepared::InSession(outbound) = plan.prepared else { panic!("not in a session") };
        assert_eq!(outbound.url.to_string(), "http://127.0.0.1:3000/.versia/v0.6/inbox");
        (outbound.payload, plan.signed_at)
    };
    let as_it_was = Replay { to: to("ws://127.0.0.1:3000"), ..Replay::default() };
    assert_eq!(payload(&as_it_was), (Payload::Text(text.into()), Some(5)));
    let changed = r#"{"a":2}"#;
    let anew = Message::new(signer().sign("POST", INBOX, 8, changed.as_bytes()), changed.to_owned()).write();
    let replay = Replay { signer: Some(signer()), values: vec![("a".into(), 2.into())], ..as_it_was };
    assert_eq!(payload(&replay), (Payload::Text(anew.into()), None));
}
