//! From the broker into a session's queue: the frame of its wire form, made once for all who get it.

use std::sync::Arc;

use bytes::Bytes;

use crate::broker::{Form, Publication, Subscriber};
use crate::finding::codes;
use crate::protocol::roadrunner::{ServerFrame, Wire};
use crate::server::outgoing::{Outgoing, binary_frame, text_frame};

/// The close code for one that may come again later.
pub(super) const TRY_AGAIN_LATER: u16 = 1013;

/// A session's queue as a subscriber: one that overflows is cut off, and touches nobody else.
struct Delivery {
    outgoing: Outgoing,
    form: Form,
}

/// A session's queue as a subscriber that gets publications in this form.
pub fn subscriber(outgoing: &Outgoing, form: Form) -> Arc<dyn Subscriber> {
    Arc::new(Delivery { outgoing: outgoing.clone(), form })
}

impl Subscriber for Delivery {
    fn deliver(&self, publication: &Publication) {
        let frame = publication.frame(self.form, |publication| encode(publication, self.form));
        send(&self.outgoing, frame);
    }
}

/// Queues a frame; a session whose peer reads too slowly is cut off, and touches nobody else.
pub(in crate::server) fn send(outgoing: &Outgoing, frame: Bytes) {
    if outgoing.send(frame).is_err() {
        let (limit, code) = (outgoing.limit(), codes::READS_TOO_SLOWLY.id);
        let why = format!("it reads too slowly: no more than {limit} bytes may wait ({code})");
        outgoing.cut_off(TRY_AGAIN_LATER, &why);
    }
}

fn encode(publication: &Publication, form: Form) -> Bytes {
    let payload = publication.payload();
    match form {
        Form::Binary => binary_frame(payload.clone()),
        Form::Text => text_frame(text(payload)),
        Form::Named => {
            let message = ServerFrame::Message {
                topic: Some(publication.topic().to_owned()),
                payload: payload.to_vec(),
            };
            text_frame(message.write(Wire::V2_3_1))
        }
    }
}

/// A payload as it can go into a text frame: another node's publisher need not have sent text.
fn text(payload: &Bytes) -> Bytes {
    match std::str::from_utf8(payload) {
        Ok(_) => payload.clone(),
        Err(_) => String::from_utf8_lossy(payload).into_owned().into(),
    }
}
