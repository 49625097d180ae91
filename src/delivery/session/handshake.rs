//! The handshake and its record.

use std::sync::Arc;

use super::SessionRoad;
use crate::client::websocket::{self, Opened, Refusal, WebSocketError};
use crate::delivery::outcome::Failure;
use crate::protocol::Ambient;
use crate::protocol::record::{Bytes, Direction, Headers, Record, Request, Response};

/// Opens a session, and says what passed on the wire, as far as it got. Secrets are left out of the record.
pub(in crate::delivery) async fn shake(
    road: &SessionRoad,
    receipts: bool,
    ambient: Ambient,
    session: &str,
) -> (Box<Record>, Result<Opened, WebSocketError>) {
    let mut nonce = [0; 16];
    (ambient.random)(&mut nonce);
    let opening = road.opening(ambient.now_seconds(), receipts, nonce);
    let target = road.composer.url.target().to_owned();
    let unsent = Request { method: "GET".to_owned(), target, ..Request::default() };
    let mut record = Record {
        id: Some(ambient.record_id()),
        at: ambient.record_time(),
        direction: Some(Direction::Out),
        protocol: road.protocol(),
        session: Some(session.to_owned()),
        request: Some(road.composer.shown_opening(&opening).unwrap_or(unsent)),
        ..Record::default()
    };
    let opened = websocket::open(Arc::clone(&road.dialer), &opening).await;
    match &opened {
        Ok(opened) => {
            answered(&mut record, 101, &opened.headers);
            record.timings = Some(opened.timings);
            record.tls = opened.tls.as_ref().map(|tls| tls.version.to_owned());
            record.peer = Some(opened.peer.to_string());
        }
        Err(error) => {
            record.error = Some((&Failure::from(error)).into());
            match error {
                WebSocketError::Refused { refusal, .. } => refused(&mut record, refusal),
                WebSocketError::Answer { headers, .. } => answered(&mut record, 101, headers),
                WebSocketError::Exchange(_) => {}
            }
        }
    }
    record.hide_secrets();
    (Box::new(record), opened)
}

fn answered(record: &mut Record, status: u16, headers: &Headers) {
    record.http = Some("1.1".to_owned());
    record.response = Some(Response { status, headers: headers.clone(), ..Response::default() });
}

fn refused(record: &mut Record, refusal: &Refusal) {
    answered(record, refusal.status, &refusal.headers);
    if let Some(response) = &mut record.response {
        response.body = Bytes(refusal.body.clone());
        response.truncated = refusal.truncated;
    }
    record.timings = Some(refusal.timings);
    record.tls = refusal.tls.as_ref().map(|tls| tls.version.to_owned());
    record.peer = Some(refusal.peer.to_string());
}
