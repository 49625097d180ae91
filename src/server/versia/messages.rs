//! A session of the WebSocket extension: signed messages, verified and answered in their order. The draft and what this
//! project chose where it is silent: <https://versia.pub/extensions>.

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::BoxFuture;

use super::routes::refused_with;
use super::taking::Taken;
use super::{Instance, note_taken, verdict};
use crate::protocol::record::{Direction, Frame, Record, RecordError, Timings};
use crate::protocol::versia::{Checked, Message, Receipt};
use crate::server::event::{Delivery, Event, Happened};
use crate::server::fault::{Fate, FaultKind, Occasion};
use crate::server::hub::{Data, Member, Running, Then};
use crate::server::outgoing::{Outgoing, text_frame};
use crate::signing::signed_path;
use crate::store::WorkError;

/// The close code for a message that is refused.
const POLICY: u16 = 1008;

/// The close code for what fails on this side.
const INTERNAL: u16 = 1011;

/// What is sent in the place of a receipt when it is to be garbage.
const GARBAGE: &str = "this is no receipt {";

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
            let fault = self.fate(&message, session).kind;
            let is_hidden = fault.as_ref().is_some_and(FaultKind::hides_answer);
            let (judgement, mut happened) = self.verify(&message, session, is_hidden).await;
            let (judgement, sends) = spoilt(judgement, fault.as_ref(), &mut happened.record);
            if is_hidden || judgement.status != 202 {
                self.instance.config.judge.was_not_accepted(&happened.record, &happened.checked);
            }
            if let Some(FaultKind::Delay(time) | FaultKind::Slow(time)) = fault {
                tokio::time::sleep(time).await;
            }
            let refusing = self.instance.config.reject || matches!(fault, Some(FaultKind::Status { .. }));
            let refuses = judgement.status != 202 && refusing && !self.receipts;
            let answer = Answering {
                number: session.messages(),
                outgoing: session.outgoing().clone(),
                judgement,
                receipts: self.receipts,
                refuses,
                sends,
            };
            let event = Event::Message(Box::new(happened));
            session.tell_then(event, move |unkept| answer.give(unkept)).await;
            match (fault, refuses) {
                (Some(FaultKind::Drop), _) => Then::Breaks,
                (_, true) => Then::Ends,
                _ => Then::GoesOn,
            }
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
    sends: Sends,
}

/// What is sent for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sends {
    Answer,
    /// What is no receipt, where one would be sent.
    Garbage,
    Nothing,
}

impl Answering {
    /// Answers with a receipt, where the client takes them; else a message that is refused, or cannot be kept, ends the session.
    fn give(self, unkept: Option<&WorkError>) {
        let Answering { number, outgoing, judgement, receipts, refuses, sends } = self;
        let (status, detail) = match unkept {
            None => (judgement.status, judgement.detail),
            Some(error) => (503, format!("not recorded: {error}")),
        };
        if sends == Sends::Nothing {
            return;
        }
        if receipts {
            let receipt = match sends {
                Sends::Garbage => GARBAGE.to_owned(),
                _ => Receipt { number, status, detail }.write(),
            };
            if outgoing.send(text_frame(receipt)).is_err() {
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

    /// Judges a message; with an answer that is hidden, it makes the sender come again, so that nothing is done then.
    async fn verify(&self, message: &Data, session: &mut Running, is_hidden: bool) -> (Judgement, Happened) {
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
                let judgement = match is_hidden {
                    true => self.judge(&checked, entity.as_bytes()),
                    false => self.act(&mut checked, &mut delivery, entity.as_bytes()),
                };
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
}

/// The judgement as a fault wants it, and what is sent.
fn spoilt(judgement: Judgement, fault: Option<&FaultKind>, record: &mut Record) -> (Judgement, Sends) {
    match fault {
        Some(FaultKind::Drop | FaultKind::Hang) => {
            let message = "it is not answered, as --fault says".to_owned();
            record.error = Some(RecordError { code: None, message });
            (judgement, Sends::Nothing)
        }
        Some(FaultKind::Garbage) => (judgement, Sends::Garbage),
        Some(FaultKind::Status { status, retry_after }) => {
            let again = retry_after.map(|seconds| format!("; try again in {seconds} s"));
            let detail = format!("refused, as --fault says{}", again.unwrap_or_default());
            (Judgement { status: *status, detail }, Sends::Answer)
        }
        _ => (judgement, Sends::Answer),
    }
}
