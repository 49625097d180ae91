use super::*;

/// Delivers this many messages, numbered from 101, and gives what came in; checks that each is told of as it is sent.
async fn delivered(opened: Opened, count: u64) -> (Ended, Vec<Event>) {
    let mut events = Vec::new();
    let mut sent = 0;
    let ended = deliver(opened, input(101, texts(count)), short(), WINDOW, |event| match event {
        Event::Sent { ordinal } => {
            sent += 1;
            assert_eq!(ordinal, 100 + sent);
        }
        event => events.push(event),
    })
    .await;
    assert_eq!(sent, ended.progress.sent);
    (ended, events)
}

/// A session under receipts whose server gets this many messages, and then sends these frames and waits for the end.
async fn answered(
    count: usize,
    frames: Vec<Message>,
) -> (Opened, JoinHandle<(Vec<String>, Option<CloseFrame>)>) {
    session(Some(RECEIPTS), move |mut socket| async move {
        for _ in 0..count {
            socket.next().await.unwrap().unwrap();
        }
        for frame in frames {
            socket.send(frame).await.unwrap();
        }
        until_closed(&mut socket).await
    })
    .await
}

#[tokio::test]
async fn every_message_gets_its_receipt() {
    let (opened, server) = session(Some(RECEIPTS), |mut socket| async move {
        let mut number = 0;
        while let Message::Text(_) = socket.next().await.unwrap().unwrap() {
            number += 1;
            let (status, detail) = match number % 3 {
                0 => (Receipt::UNAUTHORIZED, "the signature does not match"),
                _ => (Receipt::ACCEPTED, ""),
            };
            let receipt = Receipt { number, status, detail: detail.to_owned() };
            socket.feed(Message::text(receipt.write())).await.unwrap();
            if number % 100 == 0 {
                socket.flush().await.unwrap();
            }
        }
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    assert_eq!(opened.subprotocol.as_deref(), Some(RECEIPTS));
    let (ended, events) = delivered(opened, 1000).await;
    assert_eq!(ended.progress, Progress { sent: 1000, acknowledged: Some(1000) });
    assert_eq!(ended.result.unwrap().code, Some(1000));
    for (at, event) in (1_u64..).zip(&events) {
        match event {
            Event::Receipt { ordinal, receipt, text } => {
                assert_eq!(text.as_str(), receipt.write());
                assert_eq!((*ordinal, receipt.number), (100 + at, at));
                assert_eq!((receipt.is_accepted(), receipt.detail.is_empty()), (at % 3 != 0, at % 3 != 0));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(events.len(), 1000);
    server.await.unwrap();
}

#[tokio::test]
async fn a_server_that_writes_before_it_reads_on_does_not_lock_up_with_us() {
    const COUNT: u64 = 5000;
    let (opened, server) = session(Some(RECEIPTS), |mut socket| async move {
        let detail = "x".repeat(5000);
        for number in 1..=COUNT {
            socket.next().await.unwrap().unwrap();
            let receipt = Receipt { number, status: Receipt::ACCEPTED, detail: detail.clone() };
            socket.send(Message::text(receipt.write())).await.unwrap();
        }
        until_closed(&mut socket).await
    })
    .await;
    let long = vec!["y".repeat(5000); COUNT as usize];
    let mut receipts = 0;
    let ended = deliver(opened, input(1, long), Patience::default(), WINDOW, |event| {
        receipts += u64::from(matches!(event, Event::Receipt { .. }));
    })
    .await;
    ended.result.unwrap();
    assert_eq!(receipts, COUNT);
    server.await.unwrap();
}

#[tokio::test]
async fn late_receipts_are_waited_for_before_the_close() {
    let receipts = (1..=3).map(receipt).collect();
    let (opened, server) = answered(3, receipts).await;
    let (ended, events) = delivered(opened, 3).await;
    ended.result.unwrap();
    assert_eq!((ended.progress.acknowledged, events.len()), (Some(3), 3));
    assert_eq!(u16::from(server.await.unwrap().1.unwrap().code), 1000);
}

#[tokio::test]
async fn wrong_receipts_are_named_and_end_the_session() {
    for (frames, says, acknowledged) in [
        (vec![receipt(2)], "the receipt for message 2 came where the one for 1 is due", 0),
        (vec![receipt(1), receipt(1)], "there are two receipts for message 1", 1),
        (vec![receipt(1), receipt(4)], "a receipt for message 4, and only 3 were sent", 1),
        (vec![receipt(1), Message::text("{\"receipt\":2}")], "malformed: missing field `status`", 1),
    ] {
        let (opened, server) = answered(3, frames).await;
        let (ended, events) = delivered(opened, 3).await;
        assert_eq!(ended.progress, Progress { sent: 3, acknowledged: Some(acknowledged) });
        match events.last() {
            Some(Event::WrongReceipt { problem, .. }) => {
                assert!(problem.to_string().contains(says), "{problem}")
            }
            other => panic!("{other:?}"),
        }
        assert_ended(ended, "VN158", says);
        let close = server.await.unwrap().1.unwrap();
        assert_eq!(u16::from(close.code), 1008);
        assert!(close.reason.contains(says), "{}", close.reason);
    }
}

#[tokio::test]
async fn too_few_receipts_end_with_the_time_out() {
    let (opened, server) = answered(3, vec![receipt(1), receipt(2)]).await;
    let (ended, _) = delivered(opened, 3).await;
    let says = "acknowledged nothing more of what was sent within 200 ms (3 sent, 2 acknowledged)";
    assert_ended(ended, "VN103", says);
    assert_eq!(u16::from(server.await.unwrap().1.unwrap().code), 1001);
}

#[tokio::test]
async fn a_close_before_the_last_receipt_is_too_early() {
    let close = Message::Close(Some(CloseFrame { code: 1000.into(), reason: "".into() }));
    let (opened, server) = session(Some(RECEIPTS), |mut socket| async move {
        for _ in 0..3 {
            socket.next().await.unwrap().unwrap();
        }
        socket.send(receipt(1)).await.unwrap();
        socket.send(close).await.unwrap();
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let (ended, _) = delivered(opened, 3).await;
    assert_ended(ended, "VN154", "closed the session with 1000 (3 sent, 1 acknowledged)");
    server.await.unwrap();
}

#[tokio::test]
async fn other_messages_among_the_receipts_are_given_out() {
    let frames = vec![Message::text("hello"), receipt(1), Message::text("{\"type\":\"Note\"}"), receipt(2)];
    let (opened, server) = answered(2, frames).await;
    let (ended, events) = delivered(opened, 2).await;
    ended.result.unwrap();
    let texts: Vec<_> = events
        .iter()
        .filter_map(|event| if let Event::Text(text) = event { Some(text.as_str()) } else { None })
        .collect();
    assert_eq!((texts, events.len()), (vec!["hello", "{\"type\":\"Note\"}"], 4));
    server.await.unwrap();
}

#[tokio::test]
async fn receipts_that_were_not_agreed_on_are_texts() {
    let (opened, server) = session(None, |mut socket| async move {
        socket.next().await.unwrap().unwrap();
        socket.send(receipt(7)).await.unwrap();
        until_closed(&mut socket).await
    })
    .await;
    let (ended, events) = delivered(opened, 1).await;
    ended.result.unwrap();
    assert_eq!(ended.progress.acknowledged, None);
    assert!(events.iter().all(|event| matches!(event, Event::Text(_))));
    server.await.unwrap();
}

#[tokio::test]
async fn an_empty_delivery_is_a_clean_one() {
    let (opened, server) = answered(0, Vec::new()).await;
    let (ended, events) = delivered(opened, 0).await;
    ended.result.unwrap();
    assert_eq!((ended.progress, events.len()), (Progress { sent: 0, acknowledged: Some(0) }, 0));
    server.await.unwrap();
}

#[tokio::test]
async fn a_receipt_that_does_not_come_is_missed_although_the_input_goes_on() {
    let (opened, server) = answered(3, vec![receipt(1)]).await;
    let (sender, receiver) = mpsc::channel(1);
    let messages = (1..).zip(texts(3)).map(|(ordinal, text)| Outgoing::text(ordinal, text)).collect();
    sender.send(messages).await.unwrap();
    let ended = deliver(opened, receiver, short(), WINDOW, drop).await;
    assert_ended(ended, "VN103", "acknowledged nothing more");
    assert!(sender.is_closed());
    server.await.unwrap();
}

#[tokio::test]
async fn no_more_is_sent_than_fits_the_window_of_receipts() {
    let (opened, server) = raw_session(Some(RECEIPTS), |mut stream| async move {
        // Reads everything, and acknowledges nothing.
        let mut sink = vec![0; 1 << 16];
        while let Ok(1..) = stream.read(&mut sink).await {}
    })
    .await;
    let (ended, _) = delivered(opened, 100_000).await;
    assert_eq!(ended.progress, Progress { sent: 1 << 16, acknowledged: Some(0) });
    assert_ended(ended, "VN103", "acknowledged nothing");
    server.await.unwrap();
}
