use std::cell::RefCell;

use super::*;
use crate::protocol::record::Protocol;
use crate::protocol::session::{
    ComposeError, Composed, Composition, Examined, KeepAlive, Kind, Moment, Payload as Own, PayloadRef,
    Reading, SessionProtocol, Wanted,
};

/// Says hello, answers every message with a thank-you, and asks for signs of life.
struct Polite {
    after: Duration,
    patience: Duration,
}

impl SessionProtocol for Polite {
    fn protocol(&self) -> Protocol {
        Protocol::Raw
    }

    fn default_path(&self) -> &'static str {
        "/"
    }

    fn opened(&mut self, _: Option<&str>, _: Moment) -> Vec<Composed> {
        vec![Composed::text("hello".to_owned())]
    }

    fn compose(&mut self, _: Wanted<'_>, _: Moment) -> Result<Composition, ComposeError> {
        Err(ComposeError::NoSigner)
    }

    fn read(&mut self, payload: PayloadRef<'_>, _: Examined, _: Moment) -> Reading {
        let thanks = format!("thanks for {}", payload.text().unwrap_or_default());
        Reading { replies: vec![Own::Text(thanks)], ..Reading::new(Kind::Message) }
    }

    fn keep_alive(&self) -> Option<KeepAlive> {
        let payload = Own::Text("are you there?".to_owned());
        Some(KeepAlive { after: self.after, payload, patience: self.patience })
    }
}

fn polite(after: Duration, patience: Duration) -> RefCell<Spoken> {
    let mut spoken = Spoken::new(Box::new(Polite { after, patience }));
    spoken.opened(None, Moment { millis: 0 });
    RefCell::new(spoken)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> String {
    socket.next().await.unwrap().unwrap().into_text().unwrap().to_string()
}

#[tokio::test]
async fn what_a_protocol_says_by_itself_goes_out_although_there_is_nothing_else_to_send() {
    let (opened, server) = session(None, |mut socket| async move {
        let mut got = vec![next(&mut socket).await, next(&mut socket).await];
        socket.send(Message::text("yes")).await.unwrap();
        while got.len() < 4 {
            got.push(next(&mut socket).await);
        }
        socket.close(None).await.unwrap();
        until_closed(&mut socket).await;
        got
    })
    .await;
    let spoken = polite(Duration::from_millis(20), Duration::from_secs(60));
    let (sender, receiver) = mpsc::channel(1);
    let mut own = Vec::new();
    let on_event = |event| {
        if let Event::Own(text) = event {
            own.push(text.to_string());
        }
    };
    let ended = speak(opened, receiver, Patience::default(), 1, &spoken, || 0, on_event).await;
    drop(sender);
    assert!(matches!(ended.result.unwrap_err().cause, SessionCause::ClosedByPeer(_)));
    let got = server.await.unwrap();
    assert_eq!(got, ["hello", "are you there?", "thanks for yes", "are you there?"]);
    assert_eq!(own[..4], got);
}

#[tokio::test]
async fn a_peer_that_gives_no_sign_of_life_ends_the_session() {
    let (opened, server) = session(None, |mut socket| async move { until_closed(&mut socket).await }).await;
    let limit = Duration::from_millis(30);
    let spoken = polite(Duration::from_millis(20), limit);
    let (_sender, receiver) = mpsc::channel(1);
    let ended = speak(opened, receiver, Patience::default(), 1, &spoken, || 0, |_| {}).await;
    let cause = ended.result.unwrap_err().cause;
    assert!(matches!(cause, SessionCause::TimedOut(Waiting::Answers, after) if after == limit), "{cause:?}");
    let (got, close) = server.await.unwrap();
    assert_eq!(got, ["hello", "are you there?"]);
    assert_eq!(u16::from(close.unwrap().code), 1001);
}
