use std::time::Instant;

use super::*;

/// A conversation without acknowledgements, which keeps what comes.
#[derive(Default)]
struct Log {
    came: Vec<Incoming>,
    sent: Vec<u64>,
}

impl Conversation for Log {
    fn sent(&mut self, ordinal: u64, _size: usize) {
        self.sent.push(ordinal);
    }

    fn received(&mut self, incoming: Incoming) -> Result<(), Violation> {
        self.came.push(incoming);
        Ok(())
    }
}

/// How a session ends whose server shakes hands and does this by hand.
async fn ended_by<F: Future<Output = ()> + Send + 'static>(
    behaviour: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> Ended {
    let (opened, server) = raw_session(None, behaviour).await;
    let (sender, receiver) = mpsc::channel(1);
    let ended = converse(opened, receiver, short(), &mut Log::default()).await;
    assert!(sender.is_closed());
    server.await.unwrap();
    ended
}

/// The code of the Close that comes masked and first from a client.
async fn close_code(stream: &mut TcpStream) -> u16 {
    let mut frame = [0; 8];
    stream.read_exact(&mut frame).await.unwrap();
    let [opcode, _, m0, m1, _, _, c0, c1] = frame;
    assert_eq!(opcode, 0x88);
    u16::from_be_bytes([m0 ^ c0, m1 ^ c1])
}

#[tokio::test]
async fn messages_go_out_in_order_and_both_sides_close() {
    let (opened, server) = session(None, |mut socket| async move { until_closed(&mut socket).await }).await;
    let mut log = Log::default();
    let started = Instant::now();
    let ended = converse(opened, input(5, texts(1000)), Patience::default(), &mut log).await;
    assert!(started.elapsed() < Duration::from_millis(900), "nothing was waited for");
    assert_eq!(ended.progress, Progress { sent: 1000, acknowledged: None });
    assert_eq!(ended.result.unwrap(), PeerClose { code: Some(1000), reason: String::new() });
    assert_eq!(log.sent, (5..1005).collect::<Vec<_>>());
    let (got, close) = server.await.unwrap();
    assert_eq!(got, texts(1000).collect::<Vec<_>>());
    assert_eq!(u16::from(close.unwrap().code), 1000);
}

#[tokio::test]
async fn a_close_that_must_not_be_sent_is_told_as_it_was() {
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2500, 5000] {
        let ended = ended_by(move |mut stream| async move {
            let [high, low] = code.to_be_bytes();
            let frames = [0x81, 2, b'o', b'k', 0x88, 5, high, low, b'b', b'y', b'e'];
            stream.write_all(&frames).await.unwrap();
            // It is answered as what it is.
            assert_eq!(close_code(&mut stream).await, 1002);
        })
        .await;
        match ended.result.unwrap_err().cause {
            SessionCause::ClosedByPeer(close) => {
                assert_eq!(close, PeerClose { code: Some(code), reason: "bye".to_owned() });
            }
            other => panic!("{code}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_sent_arrives_although_no_more_follows_yet() {
    let (opened, server) = session(None, |mut socket| async move {
        let first = socket.next().await.unwrap().unwrap();
        socket.send(Message::text("got it")).await.unwrap();
        until_closed(&mut socket).await;
        first
    })
    .await;
    let (sender, receiver) = mpsc::channel(1);
    let (told, mut heard) = mpsc::unbounded_channel();
    sender.send(vec![Outgoing::text(1, "hello")]).await.unwrap();
    let delivery = deliver(opened, receiver, short(), WINDOW, move |event| told.send(event).unwrap());
    let delivery = tokio::spawn(delivery);
    assert_eq!(heard.recv().await, Some(Event::Sent { ordinal: 1 }));
    assert_eq!(heard.recv().await, Some(Event::Text("got it".into())));
    drop(sender);
    delivery.await.unwrap().result.unwrap();
    assert_eq!(server.await.unwrap(), Message::text("hello"));
}

#[tokio::test]
async fn every_kind_of_message_comes_in_and_pings_are_answered() {
    let (opened, server) = session(None, |mut socket| async move {
        for message in [
            Message::text("text"),
            Message::Binary(Bytes::from_static(b"\0")),
            Message::Ping(Bytes::from_static(b"ping")),
        ] {
            socket.send(message).await.unwrap();
        }
        let mut got = Vec::new();
        while got.len() < 4 {
            got.push(socket.next().await.unwrap().unwrap());
        }
        until_closed(&mut socket).await;
        got
    })
    .await;
    let (sender, receiver) = mpsc::channel(1);
    let payloads = [
        Payload::Text("a".into()),
        Payload::Binary(Bytes::from_static(b"b")),
        Payload::Ping(Bytes::from_static(b"c")),
    ];
    let block = (1..).zip(payloads).map(|(ordinal, payload)| Outgoing { ordinal, payload }).collect();
    sender.send(block).await.unwrap();
    drop(sender);
    let mut log = Log::default();
    let ended = converse(opened, receiver, Patience::default(), &mut log).await;
    ended.result.unwrap();
    assert_eq!((ended.progress.sent, log.sent), (2, vec![1, 2]));
    assert_eq!(
        log.came,
        [
            Incoming::Text("text".into()),
            Incoming::Binary(Bytes::from_static(b"\0")),
            Incoming::Ping(Bytes::from_static(b"ping")),
            Incoming::Pong(Bytes::from_static(b"c")),
        ]
    );
    let mut got: Vec<_> = server.await.unwrap().iter().map(|message| message.clone().into_data()).collect();
    got.sort();
    assert_eq!(got, ["a", "b", "c", "ping"]);
}

#[tokio::test]
async fn a_peer_that_never_reads_ends_the_session_and_fills_no_memory() {
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let (opened, server) = raw_session(None, |stream| async move {
        end.await.unwrap_err();
        drop(stream);
    })
    .await;
    let (sender, receiver) = mpsc::channel(4);
    let feeding = tokio::spawn(async move {
        let mut blocks = 0;
        let text = "x".repeat(1000);
        while sender.send(vec![Outgoing::text(blocks, text.clone()); 100]).await.is_ok() {
            blocks += 1;
        }
        blocks
    });
    let done = converse(opened, receiver, short(), &mut Log::default()).await;
    let sent = done.progress.sent;
    let cause = assert_ended(done, "VN103", "took nothing more of what was sent within 200 ms");
    assert!(matches!(cause, SessionCause::TimedOut(Waiting::ToSend, _)));
    // What went into the channel is what was sent, the block under way, and the channel's own four.
    let blocks = feeding.await.unwrap();
    assert!(blocks * 100 <= sent + 600, "{blocks} blocks, {sent} messages");
    drop(ended);
    server.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_pings_and_never_reads_fills_no_memory() {
    let done = ended_by(|mut stream| async move {
        let ping = [b"\x89\x7d".as_slice(), &[b'.'; 125]].concat().repeat(1000);
        while stream.write_all(&ping).await.is_ok() {}
    })
    .await;
    assert_ended(done, "VN103", "took nothing more of what was sent");
}

#[tokio::test]
async fn a_peer_that_closes_in_the_middle_is_quoted() {
    let (opened, server) = session(None, |mut socket| async move {
        socket.next().await.unwrap().unwrap();
        let frame = CloseFrame { code: 1001.into(), reason: "going home".into() };
        socket.close(Some(frame)).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let (sender, receiver) = mpsc::channel(1);
    sender.send(vec![Outgoing::text(1, "hello")]).await.unwrap();
    let ended = converse(opened, receiver, Patience::default(), &mut Log::default()).await;
    assert!(sender.is_closed());
    assert!(ended.result.as_ref().unwrap_err().hint().unwrap().contains("going away"));
    assert_ended(ended, "VN154", "closed the session with 1001 \"going home\" (1 sent)");
    server.await.unwrap();
}

/// A conversation that does not go on after the first message until it is told so.
struct Halted(std::sync::mpsc::Receiver<()>);

impl Conversation for Halted {
    fn sent(&mut self, ordinal: u64, _size: usize) {
        if ordinal == 1 {
            self.0.recv().unwrap_err();
        }
    }

    fn received(&mut self, _: Incoming) -> Result<(), Violation> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_close_is_found_behind_what_could_not_be_sent_any_more() {
    let (closed, close) = std::sync::mpsc::channel();
    let (opened, server) = raw_session(None, |mut stream| async move {
        stream.read_exact(&mut [0; 100]).await.unwrap();
        stream.write_all(b"\x88\x0d\x03\xf0bad message").await.unwrap();
        // There is more to read: the end becomes a reset, and the client only meets it as it writes on.
        drop(stream);
        drop(closed);
    })
    .await;
    let (sender, receiver) = mpsc::channel(1);
    sender.send(vec![Outgoing::text(0, "x".repeat(100_000)); 2]).await.unwrap();
    let feeding = tokio::spawn(async move {
        let mut ordinal = 1;
        while sender.send(vec![Outgoing::text(ordinal, "x".repeat(100_000)); 2]).await.is_ok() {
            ordinal += 1;
        }
    });
    let ended = converse(opened, receiver, Patience::default(), &mut Halted(close)).await;
    assert!(ended.result.as_ref().unwrap_err().hint().unwrap().contains("receipts"));
    assert_ended(ended, "VN154", "closed the session with 1008 \"bad message\"");
    feeding.await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn a_refusal_in_answer_to_our_close_is_no_clean_end() {
    let (opened, server) = raw_session(None, |mut stream| async move {
        stream.read_exact(&mut [0; 6 + "message 1".len()]).await.unwrap();
        assert_eq!(close_code(&mut stream).await, 1000);
        stream.write_all(b"\x88\x04\x03\xf0no").await.unwrap();
    })
    .await;
    let ended = converse(opened, input(1, texts(1)), short(), &mut Log::default()).await;
    assert_ended(ended, "VN154", "closed the session with 1008 \"no\" (1 sent");
    server.await.unwrap();
}

#[tokio::test]
async fn a_close_without_a_code_is_a_clean_answer() {
    let (opened, server) = raw_session(None, |mut stream| async move {
        assert_eq!(close_code(&mut stream).await, 1000);
        stream.write_all(b"\x88\x00").await.unwrap();
        stream
    })
    .await;
    // The server keeps the connection open, which is waited for, but not for long.
    let ended = converse(opened, input(1, []), Patience::default(), &mut Log::default()).await;
    assert_eq!(ended.result.unwrap(), PeerClose::default());
    drop(server.await.unwrap());
}

#[tokio::test]
async fn a_close_that_is_not_answered_ends_with_the_time_out() {
    let (opened, server) = raw_session(None, |stream| async move { stream }).await;
    let ended = converse(opened, input(1, texts(3)), short(), &mut Log::default()).await;
    assert_ended(ended, "VN103", "did not answer the Close within 200 ms (3 sent)");
    drop(server.await.unwrap());
}

#[tokio::test]
async fn an_end_without_a_close_is_a_lost_session() {
    let ended = ended_by(|stream| async { drop(stream) }).await;
    assert_ended(ended, "VN155", "ended the session without a Close");
    let ended = ended_by(|stream| async move { stream.set_zero_linger().unwrap() }).await;
    assert!(std::error::Error::source(ended.result.as_ref().unwrap_err()).is_some());
    assert_ended(ended, "VN155", "the connection to localhost");
}

#[tokio::test]
async fn a_session_is_lost_that_ends_after_our_close_without_the_peers() {
    let (opened, server) = raw_session(None, |mut stream| async move {
        assert_eq!(close_code(&mut stream).await, 1000);
        drop(stream);
    })
    .await;
    let ended = converse(opened, input(1, []), Patience::default(), &mut Log::default()).await;
    assert_ended(ended, "VN155", "ended the session without a Close");
    server.await.unwrap();
}

#[tokio::test]
async fn what_breaks_the_protocol_is_named_and_answered_with_its_code() {
    for (frames, code, says) in [
        (b"\x81\x02\xc3\x28".as_slice(), 1007, "text that is not UTF-8"),
        (b"\x88\x04\x03\xe8\xc3\x28", 1007, "text that is not UTF-8"),
        (b"\x83\x00", 1002, "the reserved opcode 3"),
        (b"\x8b\x00", 1002, "the reserved opcode 11"),
        (b"\xc1\x00", 1002, "reserved bits"),
        (b"\x81\x81mask!", 1002, "a masked frame"),
        (b"\x09\x00", 1002, "a control frame in fragments"),
        (b"\x80\x00", 1002, "a continuation of no message"),
        (b"\x01\x01a\x81\x01b", 1002, "a new message inside of another one"),
        (b"\x88\x01\x03", 1002, "a malformed Close"),
    ] {
        let ended = ended_by(move |mut stream| async move {
            stream.write_all(frames).await.unwrap();
            // What comes behind it does not keep the client from saying why.
            stream.write_all(&[0; 50_000]).await.unwrap();
            assert_eq!(close_code(&mut stream).await, code, "{says}");
            // And the connection ends in good order.
            assert_eq!(stream.read_to_end(&mut Vec::new()).await.unwrap(), 0);
        })
        .await;
        assert_ended(ended, "VN156", says);
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_is_not_read() {
    for frames in [
        b"\x81\x7f\0\0\0\0\0\x01\x86\xa1".to_vec(),
        b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        // Two parts that are too large together.
        [b"\x01\x7e\xff\xff".as_slice(), &[b'x'; 65535], b"\x80\x7e\xff\xff", &[b'x'; 65535]].concat(),
    ] {
        let ended = ended_by(move |mut stream| async move {
            stream.write_all(&frames).await.unwrap();
            assert_eq!(close_code(&mut stream).await, 1009);
        })
        .await;
        let cause = assert_ended(ended, "VN157", "the limit is 100000");
        assert!(matches!(cause, SessionCause::IncomingTooLarge { size: 100_001.., limit: 100_000 }));
    }
}

#[tokio::test]
async fn a_message_of_our_own_that_is_too_large_ends_the_input_and_not_the_session() {
    let (opened, server) = session(None, |mut socket| async move { until_closed(&mut socket).await }).await;
    let long = ["one".to_owned(), "x".repeat(100_000), "x".repeat(100_001), "four".to_owned()];
    let ended = converse(opened, input(1, long), Patience::default(), &mut Log::default()).await;
    let cause = assert_ended(ended, "VN157", "message 3 has 100001 bytes; the limit is 100000");
    assert!(matches!(cause, SessionCause::OutgoingTooLarge { ordinal: 3, .. }));
    let (got, close) = server.await.unwrap();
    assert_eq!(got.len(), 2);
    assert_eq!(u16::from(close.unwrap().code), 1000);
}

#[tokio::test]
async fn a_slow_peer_is_not_taken_for_a_dead_one() {
    const LENGTH: usize = 40_000_000;
    let (opened, server) = raw_session(None, |mut stream| async move {
        let mut left = LENGTH;
        let mut buffer = vec![0; 2_000_000];
        let mut pause = tokio::time::interval(Duration::from_millis(50));
        // Longer than the patience in all, and far from it at once.
        while left > 0 {
            pause.tick().await;
            let count = left.min(buffer.len());
            stream.read_exact(&mut buffer[..count]).await.unwrap();
            left -= count;
        }
        while let Ok(1..) = stream.read(&mut buffer).await {}
    })
    .await;
    let messages = vec!["x".repeat(100_000); LENGTH / 100_000];
    let patience = Patience { progress: Duration::from_millis(600), close: Duration::from_millis(1) };
    let started = Instant::now();
    let ended = converse(opened, input(1, messages), patience, &mut Log::default()).await;
    assert!(started.elapsed() > Duration::from_millis(600));
    // Everything was taken; only the Close is not answered.
    assert_eq!(ended.progress.sent, 400);
    assert_ended(ended, "VN103", "did not answer the Close");
    server.await.unwrap();
}
