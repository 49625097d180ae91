//! A session of the WebSocket extension: signed messages, verified and answered in their order. The draft and what this
//! project chose where it is silent: <https://versia.pub/extensions>.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::routes::refused_with;
use super::{Instance, verdict};
use crate::protocol::record::{Direction, Frame, RecordError};
use crate::protocol::versia::{Checked, Message, Receipt};
use crate::server::event::{Delivery, Event, Happened};
use crate::server::fault::{Fate, FaultKind, Occasion};
use crate::server::hub::{Data, Member, Running, Then};
use crate::server::outgoing::text_frame;
use crate::signing::signed_path;

/// The close code for a message that is refused.
const POLICY: u16 = 1008;

/// A session's own side of the extension.
pub(super) struct Sender {
    instance: Arc<Instance>,
    receipts: bool,
}

/// What is answered to a message.
struct Judgement {
    status: u16,
    detail: String,
}

impl Member for Sender {
    /// Takes one message: verifies it, tells of it, and answers it.
    fn take<'a>(&'a mut self, message: Data, session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async move {
            let (judgement, mut happened) = self.verify(&message, session).await;
            let fate = self.fate(&message, session);
            if fate.kind.is_some() || judgement.status != 202 {
                self.instance.config.judge.was_not_accepted(&happened.record, &happened.checked);
            }
            if let Some(FaultKind::Drop | FaultKind::Hang) = fate.kind {
                let message = "it is not answered, as --fault says".to_owned();
                happened.record.error = Some(RecordError { code: None, message });
            }
            session.tell(Event::Message(Box::new(happened))).await;
            match fate.kind {
                None => self.answer(&judgement, session),
                Some(fault) => self.answer_wrongly(fault, judgement, session).await,
            }
        })
    }
}

impl Sender {
    pub(super) fn new(instance: &Arc<Instance>, receipts: bool) -> Self {
        Sender { instance: Arc::clone(instance), receipts }
    }

    async fn verify(&self, message: &Data, session: &mut Running) -> (Judgement, Happened) {
        let frame = Frame {
            opcode: message.opcode().to_owned(),
            data: message.as_bytes().to_vec().into(),
            ..Frame::default()
        };
        let mut record = session.record(Direction::In, frame);
        let verified = self.instance.config.judge.verify(&record, session.ambient().now_seconds()).await;
        let (judgement, checked, delivery) = match verified {
            Err(why) => (Judgement { status: 422, detail: why.to_string() }, Vec::new(), Delivery::default()),
            Ok(mut checked) => {
                let entity = Message::read(message.as_bytes()).ok();
                let entity = entity.map(|message| message.entity).unwrap_or_default();
                let delivery = self.instance.outline(entity.as_bytes(), &mut checked);
                (self.judge(&checked, entity.as_bytes()), checked, delivery)
            }
        };
        if let (Some(frame), Some(one)) = (&mut record.frame, checked.first()) {
            frame.verdict = Some(verdict(one, Some(&delivery)));
        }
        (judgement, Happened { record, checked, delivery: Some(delivery) })
    }

    fn judge(&self, checked: &[Checked], entity: &[u8]) -> Judgement {
        let verdict = checked.first().map(|one| one.verification.verdict);
        let findings = checked.first().map_or(&[][..], |one| one.verification.findings.as_slice());
        let named: Vec<_> =
            findings.iter().map(|finding| format!("{}: {}", finding.code.id, finding.message)).collect();
        let refused = verdict.filter(|_| self.instance.config.reject).and_then(refused_with);
        match (refused, self.instance.refuse_entity(entity)) {
            (Some(status), _) => Judgement { status, detail: named.join("; ") },
            (None, Some(refused)) => Judgement { status: 422, detail: refused.detail() },
            (None, None) => Judgement { status: 202, detail: named.join("; ") },
        }
    }

    /// What becomes of a message.
    fn fate(&self, message: &Data, session: &Running) -> Fate {
        let read = Message::read(message.as_bytes()).ok();
        let occasion = Occasion {
            path: signed_path(session.target()),
            sender: read.as_ref().map(|message| message.signed_by.as_str()),
            address: session.peer(),
            body: read.as_ref().map_or(&[], |message| message.entity.as_bytes()),
            is_message: true,
        };
        self.instance.config.faults.choose(&occasion, Instant::now())
    }

    /// Answers as a fault wants it.
    async fn answer_wrongly(&self, fault: FaultKind, judgement: Judgement, session: &Running) -> Then {
        match fault {
            FaultKind::Drop => Then::Breaks,
            FaultKind::Hang => Then::GoesOn,
            FaultKind::Status { status, retry_after } => {
                let again = retry_after.map(|seconds| format!("; try again in {seconds} s"));
                let detail = format!("refused, as --fault says{}", again.unwrap_or_default());
                let judgement = Judgement { status, detail };
                if self.receipts { self.answer(&judgement, session) } else { refuse(&judgement, session) }
            }
            FaultKind::Garbage => match session.outgoing().send(text_frame("this is no receipt {")) {
                Ok(()) => Then::GoesOn,
                Err(_) => self.answer(&judgement, session),
            },
            FaultKind::Delay(time) | FaultKind::Slow(time) => {
                tokio::time::sleep(time).await;
                self.answer(&judgement, session)
            }
            _ => self.answer(&judgement, session),
        }
    }

    /// Answers with a receipt, where the client takes them; else a message that is refused ends the session.
    fn answer(&self, judgement: &Judgement, session: &Running) -> Then {
        let (number, outgoing) = (session.messages(), session.outgoing());
        if self.receipts {
            let receipt = Receipt { number, status: judgement.status, detail: judgement.detail.clone() };
            if outgoing.send(text_frame(receipt.write())).is_err() {
                outgoing.close(POLICY, "the receipts are not read");
                return Then::Ends;
            }
        } else if judgement.status != 202 && self.instance.config.reject {
            return refuse(judgement, session);
        }
        Then::GoesOn
    }
}

/// Ends a session with the message that is refused.
fn refuse(judgement: &Judgement, session: &Running) -> Then {
    session.outgoing().close(POLICY, &format!("message {}: {}", session.messages(), judgement.detail));
    Then::Ends
}
