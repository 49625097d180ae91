//! A session of the WebSocket extension: signed messages, verified and answered in their order. The draft and what this
//! project chose where it is silent: <https://versia.pub/extensions>.

use std::sync::Arc;

use super::routes::refused_with;
use super::{Instance, verdict};
use crate::protocol::record::{Close, Direction, Frame, Protocol, Record, Request, Transport};
use crate::protocol::versia::{Checked, Message, Receipt};
use crate::server::app::Received;
use crate::server::event::{Delivery, Event, Happened};
use crate::server::outgoing::{Outgoing, text_frame};
use crate::server::registry::Registered;
use crate::server::session::{End, Incoming, Session};
use crate::server::tap::Tap;

/// The close code for a message that is refused.
const POLICY: u16 = 1008;

/// A session that is about to begin.
pub(super) struct SessionPlan {
    instance: Arc<Instance>,
    registered: Registered,
    peer: String,
    tls: Option<String>,
    target: String,
    receipts: bool,
}

/// A session's count of what came.
struct Running {
    plan: SessionPlan,
    outgoing: Outgoing,
    seq: u64,
    messages: u64,
}

/// What is answered to a message.
struct Judgement {
    status: u16,
    detail: String,
}

/// How a session continues after a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    GoesOn,
    /// A Close is queued.
    Ends,
}

impl SessionPlan {
    pub(super) fn new(
        instance: &Arc<Instance>,
        received: &Received,
        receipts: bool,
        registered: Registered,
    ) -> Self {
        SessionPlan {
            instance: Arc::clone(instance),
            registered,
            peer: received.record.peer.clone().unwrap_or_default(),
            tls: received.record.tls.clone(),
            target: received.target().to_owned(),
            receipts,
        }
    }

    pub(super) fn name(&self) -> String {
        self.registered.name()
    }

    /// Runs the session to its end.
    pub(super) async fn run(self, tap: Tap, already_read: Vec<u8>, outgoing: Outgoing) {
        let limit = self.instance.config.max_message;
        let mut session = Session::new(tap, already_read, limit, outgoing.clone()).await;
        let mut running = Running { plan: self, outgoing, seq: 0, messages: 0 };
        let mut seen = None;
        while seen.is_none() {
            let frame = match session.next().await {
                Incoming::Text(text) => frame("text", text.as_bytes()),
                Incoming::Binary(bytes) => frame("binary", &bytes),
                Incoming::Ping(_) | Incoming::Pong(_) => continue,
                Incoming::End(end) => {
                    seen = Some(end);
                    continue;
                }
            };
            // On the heap while it lasts: a session is idle most of its life, and should not keep room for this. What comes
            // behind a message that ended the session is not taken any more.
            if Box::pin(running.take(frame)).await == Then::Ends {
                break;
            }
        }
        Box::pin(running.end(session, seen)).await;
    }
}

fn frame(opcode: &str, data: &[u8]) -> Frame {
    Frame { opcode: opcode.to_owned(), data: data.to_vec().into(), ..Frame::default() }
}

impl Running {
    /// Takes one message: verifies it, tells of it, and answers it.
    async fn take(&mut self, frame: Frame) -> Then {
        self.messages += 1;
        let mut record = self.record(frame);
        let now = self.plan.instance.config.ambient.now_seconds();
        let verified = self.plan.instance.config.judge.verify(&record, now).await;
        let (judgement, checked, delivery) = match verified {
            Err(why) => (Judgement { status: 422, detail: why.to_string() }, Vec::new(), Delivery::default()),
            Ok(mut checked) => {
                let entity = record.frame.as_ref().and_then(|frame| Message::read(&frame.data.0).ok());
                let entity = entity.map(|message| message.entity).unwrap_or_default();
                let delivery = self.plan.instance.outline(entity.as_bytes(), &mut checked);
                (self.judge(&checked, entity.as_bytes()), checked, delivery)
            }
        };
        if let (Some(frame), Some(one)) = (&mut record.frame, checked.first()) {
            frame.verdict = Some(verdict(one, Some(&delivery)));
        }
        let happened = Happened { record, checked, delivery: Some(delivery) };
        self.tell(Event::Message(Box::new(happened))).await;
        self.answer(&judgement)
    }

    fn judge(&self, checked: &[Checked], entity: &[u8]) -> Judgement {
        let verdict = checked.first().map(|one| one.verification.verdict);
        let findings = checked.first().map_or(&[][..], |one| one.verification.findings.as_slice());
        let named: Vec<_> =
            findings.iter().map(|finding| format!("{}: {}", finding.code.id, finding.message)).collect();
        let refused = verdict.filter(|_| self.plan.instance.config.reject).and_then(refused_with);
        match (refused, self.plan.instance.refuse_entity(entity)) {
            (Some(status), _) => Judgement { status, detail: named.join("; ") },
            (None, Some(refused)) => Judgement { status: 422, detail: refused.detail() },
            (None, None) => Judgement { status: 202, detail: named.join("; ") },
        }
    }

    /// Answers with a receipt, where the client takes them; else a message that is refused ends the session.
    fn answer(&self, judgement: &Judgement) -> Then {
        if self.plan.receipts {
            let receipt =
                Receipt { number: self.messages, status: judgement.status, detail: judgement.detail.clone() };
            let queued = self.outgoing.send(text_frame(receipt.write()));
            if queued.is_err() {
                self.outgoing.close(POLICY, "the receipts are not read");
                return Then::Ends;
            }
        } else if judgement.status != 202 && self.plan.instance.config.reject {
            self.outgoing.close(POLICY, &format!("message {}: {}", self.messages, judgement.detail));
            return Then::Ends;
        }
        Then::GoesOn
    }

    fn record(&mut self, frame: Frame) -> Record {
        self.seq += 1;
        let ambient = &self.plan.instance.config.ambient;
        Record {
            id: Some(ambient.record_id()),
            at: ambient.record_time(),
            transport: Transport::Ws,
            direction: Some(Direction::In),
            peer: Some(self.plan.peer.clone()),
            protocol: Protocol::Versia,
            session: Some(self.plan.name()),
            seq: Some(self.seq),
            tls: self.plan.tls.clone(),
            request: Some(Request {
                method: "GET".to_owned(),
                target: self.plan.target.clone(),
                ..Request::default()
            }),
            frame: Some(frame),
            ..Record::default()
        }
    }

    async fn end(mut self, session: Session<Tap>, seen: Option<End>) {
        let end = session.end(seen).await;
        let record = match &end {
            End::Closed { code, reason } => {
                let close = code.map(|code| Close { code, reason: reason.clone() });
                Some(Box::new(self.record(Frame { opcode: "close".to_owned(), close, ..Frame::default() })))
            }
            _ => None,
        };
        let (session, peer) = (self.plan.name(), self.plan.peer.clone());
        self.tell(Event::SessionClosed { session, peer, messages: self.messages, end, record }).await;
    }

    async fn tell(&self, event: Event) {
        // With nobody listening any more, the server is about to end.
        let _ = self.plan.instance.config.events.send(event).await;
    }
}
