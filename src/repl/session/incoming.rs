//! Taking what comes: receipts find their messages, pongs their pings, and everything is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::happening::{Content, Happening, Ping, Received, Told};
use super::super::judge::{Judged, What};
use super::Session;
use super::link::Link;
use crate::client::websocket::Bytes;
use crate::signing::Verdict;

impl<T: FnMut(Told)> Session<T> {
    /// Takes something that came.
    pub(super) async fn take(&mut self, judged: Judged) {
        let Judged { at, at_millis, what, share } = judged;
        match what {
            What::Message(received) => self.take_message(*received, at, at_millis),
            What::Ping(size) => self.tell(Happening::PingCame(size)),
            What::Pong(answer) => self.take_pong(answer, at_millis),
            What::End(end) => self.ended(end).await,
        }
        drop(share);
    }

    fn take_message(&mut self, mut received: Received, at: Instant, at_millis: u64) {
        let Some(link) = &mut self.link else { return };
        link.received += 1;
        place_receipt(link, &mut received, at);
        if let Content::Entity { checked, .. } = &received.content {
            link.valid += u64::from(checked.verification.verdict == Verdict::Valid);
        }
        self.messages += u64::from(!received.is_receipt());
        self.outcome.refused += u64::from(received.refuses());
        self.outcome.wrong_receipts += u64::from(matches!(received.content, Content::WrongReceipt(_)));
        let received = Arc::new(received);
        if matches!(received.content, Content::Entity { .. }) {
            self.last = Some(Arc::clone(&received));
        }
        self.backlog.keep(Arc::clone(&received));
        (self.tell)(Told { at_millis, happening: Happening::Received(received) });
    }

    fn take_pong(&mut self, answer: Option<(Bytes, Duration)>, at_millis: u64) {
        let Some(link) = &mut self.link else { return };
        let round_trip = answer.map(|(ping, round_trip)| {
            let number = ping[..].try_into().map_or(0, u64::from_be_bytes);
            link.ponged = link.ponged.max(number);
            round_trip
        });
        link.round_trip = round_trip.or(link.round_trip);
        (self.tell)(Told { at_millis, happening: Happening::Pong(Ping { round_trip }) });
    }
}

/// Finds the message that a receipt is for: they come in order.
fn place_receipt(link: &mut Link, received: &mut Received, at: Instant) {
    let Content::Receipt { receipt, after } = &mut received.content else { return };
    let (number, due) = (receipt.number, link.sent - link.unanswered.len() as u64 + 1);
    let wrong = if number > link.sent {
        format!("there is a receipt for message {number}, and only {} were sent", link.sent)
    } else if number < due {
        format!("there are two receipts for message {number}")
    } else if number > due {
        format!("the receipt for message {number} came where the one for {due} is due")
    } else {
        *after = link.unanswered.pop_front().map(|sent| at.saturating_duration_since(sent));
        return;
    };
    received.content = Content::WrongReceipt(wrong);
}
