//! A session of the WebSocket extension: signed messages, verified and answered in their order. The draft and what this
//! project chose where it is silent: <https://versia.pub/extensions>.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::routes::refused_with;
use super::taking::Taken;
use super::{Instance, note_taken, verdict};
use crate::protocol::record::{Direction, Frame, Timings};
use crate::protocol::versia::{Checked, Message, Receipt};
use crate::server::event::{Delivery, Event, Happened};
use crate::server::hub::{Data, Member, Running, Then};
use crate::server::outgoing::{Outgoing, text_frame};
use crate::store::WorkError;

/// The close code for a message that is refused.
const POLICY: u16 = 1008;

/// The close code for what fails on this side.
const INTERNAL: u16 = 1011;

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
    /// Takes one message: verifies it, tells of it, and answers it when it is kept.
    fn take<'a>(&'a mut self, message: Data, session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async move {
            let (judgement, happened) = self.verify(&message, session).await;
            let refuses = judgement.status != 202 && self.instance.config.reject && !self.receipts;
            let answer = Answering {
                number: session.messages(),
                outgoing: session.outgoing().clone(),
                judgement,
                receipts: self.receipts,
                refuses,
            };
            let event = Event::Message(Box::new(happened));
            session.tell_then(event, move |unkept| answer.give(unkept)).await;
            if refuses { Then::Ends } else { Then::GoesOn }
        })
    }
}

/// What is answered to a message once it is kept.
struct Answering {
    number: u64,
    outgoing: Outgoing,
    judgement: Judgement,
    receipts: bool,
    /// Whether the message ends the session.
    refuses: bool,
}

impl Answering {
    /// Answers with a receipt, where the client takes them; else a message that is refused, or cannot be kept, ends the session.
    fn give(self, unkept: Option<&WorkError>) {
        let Answering { number, outgoing, judgement, receipts, refuses } = self;
        let (status, detail) = match unkept {
            None => (judgement.status, judgement.detail),
            Some(error) => (503, format!("not recorded: {error}")),
        };
        if receipts {
            if outgoing.send(text_frame(Receipt { number, status, detail }.write())).is_err() {
                outgoing.cut_off(POLICY, "the receipts are not read");
            }
        } else if refuses {
            outgoing.close(POLICY, &format!("message {number}: {detail}"));
        } else if unkept.is_some() {
            outgoing.cut_off(INTERNAL, &format!("message {number}: {detail}"));
        }
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
        let began = Instant::now();
        let mut record = session.record(Direction::In, frame);
        let verified = self.instance.config.judge.verify(&record, session.ambient().now_seconds()).await;
        let (judgement, checked, delivery) = match verified {
            Err(why) => (Judgement { status: 422, detail: why.to_string() }, Vec::new(), Delivery::default()),
            Ok(mut checked) => {
                let entity = Message::read(message.as_bytes()).ok();
                let entity = entity.map(|message| message.entity).unwrap_or_default();
                let mut delivery = self.instance.outline(entity.as_bytes(), &mut checked);
                let judgement = self.act(&mut checked, &mut delivery, entity.as_bytes());
                (judgement, checked, delivery)
            }
        };
        if let (Some(frame), Some(one)) = (&mut record.frame, checked.first()) {
            frame.verdict = Some(verdict(one, Some(&delivery)));
        }
        let millis = (began.elapsed().as_secs_f64() * 1e6).round() / 1e3;
        record.timings = Some(Timings { total: Some(millis), ..Timings::default() });
        (judgement, Happened { record, checked, delivery: Some(delivery) })
    }

    /// Judges a message, and has the instance do what it says.
    fn act(&self, checked: &mut [Checked], delivery: &mut Delivery, entity: &[u8]) -> Judgement {
        let mut judgement = self.judge(checked, entity);
        let mut taken = Taken::default();
        if judgement.status == 202 {
            taken = self.instance.take(checked, Some(delivery), entity);
        }
        if let (Some(status), true) = (taken.status(), self.instance.config.reject) {
            let why =
                taken.finding.as_ref().map(|finding| format!("{}: {}", finding.code.id, finding.message));
            judgement = Judgement { status, detail: why.unwrap_or_default() };
        }
        self.instance.complain(checked, Some(delivery), &taken, judgement.status);
        note_taken(taken, checked, Some(delivery));
        judgement
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
}
