use super::super::super::http_error::HttpError;
use super::super::super::loopback::tls;
use super::*;
use crate::client::Stage;

/// What comes of a handshake that is answered with these bytes, after which the server waits for the client's end.
async fn answered(bytes: impl Into<Vec<u8>>) -> Result<Opened, WebSocketError> {
    let bytes = bytes.into();
    answered_by(options(), |mut stream, _| async move {
        stream.write_all(&bytes).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

/// What comes of a handshake whose head this gets.
async fn answered_by<F: Future<Output = ()> + Send + 'static>(
    options: NetworkOptions,
    behaviour: impl FnOnce(TcpStream, String) -> F + Send + 'static,
) -> Result<Opened, WebSocketError> {
    let (origin, _) = serve(false, |mut stream| async move {
        let head = read_head(&mut stream).await;
        behaviour(stream, head).await;
    })
    .await;
    let mut opening = opening(origin);
    opening.subprotocols = vec!["first".to_owned(), "second".to_owned()];
    open_with(options, &opening).await
}

/// What comes of a 101 made from the right one.
async fn switched(change: impl FnOnce(String) -> String + Send + 'static) -> Result<Opened, WebSocketError> {
    answered_by(options(), |mut stream, head| async move {
        stream.write_all(change(accepted(&head, "")).as_bytes()).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await
}

#[track_caller]
fn assert_error(result: Result<Opened, WebSocketError>, code: &str, says: &str) -> WebSocketError {
    let error = result.unwrap_err();
    let said = error.to_string();
    assert!(said.contains(says), "{said}");
    assert_eq!(error.code().map(|code| code.id), Some(code), "{said}");
    error
}

#[track_caller]
fn refusal(result: Result<Opened, WebSocketError>) -> Box<Refusal> {
    match result {
        Err(WebSocketError::Refused { refusal, .. }) => refusal,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_request_is_the_handshake_with_the_headers_that_were_given() {
    let (origin, server) = serve(false, |mut stream| async move { read_head(&mut stream).await }).await;
    let authority = origin.authority();
    let mut opening = Opening::new(HttpUrl::new(origin, "/a/../b//é?q=%2f&é").unwrap(), NONCE);
    opening.headers =
        vec![("Versia-Signature".to_owned(), "c2ln".into()), ("X-Trace".to_owned(), "the program's".into())];
    opening.subprotocols = vec!["first".to_owned(), "second".to_owned()];
    let options = NetworkOptions {
        headers: vec![("X-Trace".to_owned(), "1".into()), ("X-Trace".to_owned(), "2".into())],
        user_agent: "tests".to_owned(),
        ..options()
    };
    assert_error(open_with(options, &opening).await, "VN121", "before its answer was there");
    assert_eq!(
        server.await.unwrap(),
        format!(
            "GET /a/../b//é?q=%2f&é HTTP/1.1\r\nHost: {authority}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-Websocket-Version: 13\r\n\
             Sec-Websocket-Key: c2l4dGVlbiBieXRlcyBvaw==\r\nSec-Websocket-Protocol: first, second\r\n\
             User-Agent: tests\r\nVersia-Signature: c2ln\r\nX-Trace: 1\r\nX-Trace: 2\r\n\r\n"
        )
    );
}

#[tokio::test]
async fn headers_of_the_handshake_cannot_be_set() {
    for name in ["Connection", "upgrade", "Sec-WebSocket-Key", "Sec-WebSocket-Extensions", "Content-Length"] {
        let options =
            NetworkOptions { headers: vec![(name.to_owned(), "x".into())], ..NetworkOptions::default() };
        // Nothing listens there: it is refused before anything is connected to.
        let error = open_with(options, &opening(Origin::of_domain("localhost"))).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the header {name} belongs to the handshake and cannot be set")
        );
        assert!(error.code().is_none());
    }
}

#[tokio::test]
async fn host_can_be_set_once() {
    let set = |count| NetworkOptions {
        headers: vec![("Host".to_owned(), "other.example".into()); count],
        ..options()
    };
    let (origin, server) = serve(false, |mut stream| async move { read_head(&mut stream).await }).await;
    let opening = opening(origin);
    let error = open_with(set(2), &opening).await.unwrap_err();
    assert_eq!(error.to_string(), "the header Host can be set once only");
    open_with(set(1), &opening).await.unwrap_err();
    assert_eq!(server.await.unwrap().matches("Host: ").count(), 1);
}

#[tokio::test]
async fn a_refusal_is_given_whole() {
    let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 25\r\n\r\n\
                  {\"error\":\"bad signature\"}";
    let error = assert_error(answered(answer).await, "VN151", "refuses the WebSocket handshake with 401");
    assert!(error.hint().unwrap().contains("does not verify"));
    let refusal = refusal(Err(error));
    assert_eq!((refusal.status, refusal.truncated), (401, false));
    assert_eq!(refusal.header("content-type"), Some("application/json"));
    assert_eq!(refusal.body, br#"{"error":"bad signature"}"#);
    assert!(refusal.timings.total >= refusal.timings.first_byte);
}

#[tokio::test]
async fn a_refusal_may_end_with_the_connection_and_come_in_chunks() {
    let closed = answered_by(options(), |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 422 No\r\n\r\nstale").await.unwrap();
    });
    let refused = refusal(closed.await);
    assert_eq!((refused.body.as_slice(), refused.truncated), (&b"stale"[..], false));
    let chunked = answered("HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
    let refused = refusal(chunked.await);
    assert_eq!((refused.body.as_slice(), refused.truncated), (&b"no"[..], false));
}

#[tokio::test]
async fn a_refusal_that_does_not_end_is_cut_at_the_limit() {
    let endless = answered_by(options(), |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 500 No\r\n\r\n").await.unwrap();
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    });
    let refused = refusal(endless.await);
    assert_eq!((refused.body.len(), refused.truncated), (64 << 10, true));
}

#[tokio::test]
async fn a_refusal_that_breaks_off_or_hangs_is_shown_as_far_as_it_came() {
    let broken = answered_by(options(), |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nsome").await.unwrap();
    });
    let refused = refusal(broken.await);
    assert_eq!((refused.body.as_slice(), refused.truncated), (&b"some"[..], true));

    let options = NetworkOptions { timeout: Duration::from_millis(300), ..options() };
    let hanging = answered_by(options, |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nsome").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let refused = refusal(hanging.await);
    assert_eq!((refused.body.as_slice(), refused.truncated), (&b"some"[..], true));
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let answer = "HTTP/1.1 302 Found\r\nLocation: https://other.example/\r\nContent-Length: 0\r\n\r\n";
    let error = assert_error(answered(answer).await, "VN124", "to \"https://other.example/\"");
    assert!(error.hint().unwrap().contains("not followed"));
    assert_eq!(refusal(Err(error)).redirect(), Some("https://other.example/"));
}

#[tokio::test]
async fn a_plain_answer_is_no_session() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    let error = assert_error(answered(answer).await, "VN151", "with 200, as a plain request");
    assert!(error.hint().unwrap().contains("is there a WebSocket"));
}

#[tokio::test]
async fn an_interim_answer_is_passed_over() {
    let opened = switched(|answer| format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{answer}"));
    opened.await.unwrap();
}

#[tokio::test]
async fn odd_forms_of_the_right_answer_are_taken() {
    for (from, to) in [
        ("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
        ("Connection: Upgrade", "connection: UPGRADE ,keep-alive"),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: upgrade"),
        ("Upgrade: websocket", "UPGRADE: WebSocket"),
        ("Upgrade: websocket", "Upgrade: websocket\r\nSec-WebSocket-Extensions: "),
    ] {
        let opened = switched(move |answer| answer.replace(from, to)).await.expect(to);
        assert_eq!(opened.subprotocol, None);
    }
}

#[tokio::test]
async fn a_wrong_101_is_refused_by_name() {
    let wrong = "Sec-WebSocket-Accept: AAAA\r\nX-Was: ";
    for (from, to, code, says) in [
        ("Upgrade: websocket\r\n", "", "VN152", "with 101 and no Upgrade header"),
        ("Upgrade: websocket", "Upgrade: h2c", "VN152", "with Upgrade: \"h2c\", not \"websocket\""),
        ("Connection: Upgrade\r\n", "", "VN152", "with 101 and no Connection header"),
        ("Connection: Upgrade", "Connection: close", "VN152", "which does not name Upgrade"),
        ("Sec-WebSocket-Accept", "X-Accept", "VN152", "with 101 and no Sec-WebSocket-Accept header"),
        ("Sec-WebSocket-Accept: ", wrong, "VN152", "\"AAAA\"; \"sS6+hkHLNmx272H8MGJ53hjxnOA=\" belongs to"),
        ("Upgrade:", "Sec-WebSocket-Protocol: third\r\nUpgrade:", "VN153", "subprotocol \"third\", which"),
        ("Upgrade:", "Sec-WebSocket-Protocol: FIRST\r\nUpgrade:", "VN153", "subprotocol \"FIRST\", which"),
        ("Upgrade:", "Sec-WebSocket-Protocol: first, second\r\nUpgrade:", "VN153", "\"first, second\""),
        ("Upgrade:", "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade:", "VN153", "extension"),
    ] {
        let result = switched(move |answer| answer.replace(from, to)).await;
        let error = assert_error(result, code, says);
        assert!(matches!(error, WebSocketError::Answer { headers, .. } if !headers.is_empty()));
    }
}

#[tokio::test]
async fn a_subprotocol_that_was_offered_is_taken() {
    let change = |answer: String| answer.replace("Upgrade:", "Sec-WebSocket-Protocol: second\r\nUpgrade:");
    let opened = switched(change).await.unwrap();
    assert_eq!(opened.subprotocol.as_deref(), Some("second"));
    assert!(opened.headers.iter().any(|(name, _)| name == "Sec-WebSocket-Accept"));
    assert!(opened.timings.connect.is_some() && opened.timings.total >= opened.timings.first_byte);
}

#[tokio::test]
async fn silence_ends_with_the_time_out() {
    let options = NetworkOptions { timeout: Duration::from_millis(200), ..options() };
    let silent = answered_by(options, |mut stream, _| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let error = assert_error(silent.await, "VN103", "did not answer within 200 ms");
    assert!(matches!(error, WebSocketError::Exchange(HttpError::TimedOut { stage: Stage::Head, .. })));
}

#[tokio::test]
async fn what_is_no_http_is_named() {
    assert_error(answered("\x16\x03\x01\x02").await, "VN122", "did not answer in HTTP");
    assert_error(answered("SSH-2.0-OpenSSH_9.6\r\n").await, "VN122", "did not answer in HTTP");
    assert_error(answered("HTTP/1.1 101\r\nno colon\r\n\r\n").await, "VN122", "did not answer in HTTP");
}

#[tokio::test]
async fn a_closed_port_is_a_failed_dial() {
    let (origin, server) = serve(false, |_| async {}).await;
    server.abort();
    server.await.unwrap_err();
    assert_error(open_with(options(), &opening(origin)).await, "VN102", "refuses the connection");
}

#[tokio::test]
async fn an_end_before_or_in_the_head_is_named() {
    for part in ["", "HTTP/1.1 101 Switching", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"] {
        let result = answered_by(options(), move |mut stream, _| async move {
            stream.write_all(part.as_bytes()).await.unwrap();
        });
        let error = assert_error(result.await, "VN121", "closed the connection before its answer was there");
        assert!(matches!(error, WebSocketError::Exchange(HttpError::Closed { stage: Stage::Head, .. })));
    }
}

#[tokio::test]
async fn a_reset_before_the_head_is_named() {
    let result = answered_by(options(), |stream, _| async move {
        stream.set_zero_linger().unwrap();
    });
    let error = assert_error(result.await, "VN121", "closed the connection before its answer was there");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_head_that_does_not_end_is_cut_at_the_limit() {
    let endless = answered_by(options(), |mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 401 No\r\n").await.unwrap();
        let line = format!("X-Long: {}\r\n", "x".repeat(4000));
        while stream.write_all(line.as_bytes()).await.is_ok() {}
    });
    assert_error(endless.await, "VN123", "head");
}

#[tokio::test]
async fn frames_right_behind_the_answer_are_not_lost() {
    let opened = answered_by(options(), |mut stream, head| async move {
        let mut bytes = accepted(&head, "").into_bytes();
        bytes.extend_from_slice(b"\x81\x03one\x81\x03two");
        stream.write_all(&bytes).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    });
    let mut socket = opened.await.unwrap().socket;
    for text in ["one", "two"] {
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
    }
}

#[tokio::test]
async fn a_session_is_opened_over_tls() {
    let (acceptor, options) = tls();
    let (origin, server) = serve(true, |stream| async move {
        let mut socket = library(acceptor.accept(stream).await.unwrap()).await;
        until_closed(&mut socket).await
    })
    .await;
    let opened = open_with(options, &opening(origin)).await.unwrap();
    assert_eq!(opened.tls.as_ref().map(|tls| tls.version), Some("1.3"));
    assert!(opened.timings.tls.is_some());
    let ended = deliver(opened, input(1, texts(1000)), Patience::default(), WINDOW, |_| {}).await;
    assert_eq!(ended.result.unwrap().code, Some(1000));
    assert_eq!(server.await.unwrap().0.len(), 1000);
}
