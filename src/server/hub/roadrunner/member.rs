//! One session: topics joined and left, each command answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::RoadRunner;
use crate::broker::{Form, Memberships};
use crate::finding::codes;
use crate::protocol::roadrunner::{Command, ServerFrame, Verb, Wire, join_question};
use crate::protocol::wsify::connect_question;
use crate::server::hub::authorizer::{Decision, Handshake};
use crate::server::hub::delivery::subscriber;
use crate::server::hub::{Data, Member, Running, Then};
use crate::server::outgoing::{binary_frame, text_frame};

/// The close code for one that does not read what it is answered.
const POLICY: u16 = 1008;

/// One session.
pub(super) struct Session {
    roadrunner: Arc<RoadRunner>,
    /// What the authorizer is told, where there is one.
    handshake: Option<Box<Handshake>>,
    /// What is joined, by the broker's name.
    joined: BTreeMap<String, Memberships>,
}

impl Session {
    pub(super) fn new(roadrunner: Arc<RoadRunner>, handshake: Option<Handshake>) -> Self {
        Session { roadrunner, handshake: handshake.map(Box::new), joined: BTreeMap::new() }
    }
}

impl Member for Session {
    fn take<'a>(&'a mut self, message: Data, session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async move {
            let command = match Command::read(message.as_bytes()) {
                Ok(command) => command,
                Err(error) => {
                    session.passed_over(&error).await;
                    return Then::GoesOn;
                }
            };
            match command.verb {
                Verb::Join => self.join(command, session).await,
                Verb::Leave => self.leave(command, session),
            }
        })
    }
}

impl Session {
    async fn join(&mut self, Command { broker, topics, .. }: Command, session: &Running) -> Then {
        if let Err(why) = self.may_join(&topics).await {
            session.trouble(format!("{}: a join is refused: {why}", session.name())).await;
            return self.answer(&ServerFrame::JoinRefused(topics), session);
        }
        let roadrunner = Arc::clone(&self.roadrunner);
        let wanted = broker.as_deref().filter(|_| roadrunner.wire == Wire::V2_3_0);
        let Some(carrier) = roadrunner.carrier(wanted) else {
            let name = wanted.unwrap_or(super::USUAL_BROKER);
            session
                .trouble(format!("{}: a join is refused: there is no broker {name:?}", session.name()))
                .await;
            return self.answer(&ServerFrame::JoinRefused(topics), session);
        };
        let form = if roadrunner.wire.is_text() { Form::Named } else { Form::Binary };
        let joined = self.joined.entry(wanted.unwrap_or_default().to_owned()).or_insert_with(|| {
            Memberships::new(Arc::clone(carrier.broker()), subscriber(session.outgoing(), form))
        });
        if !joined.have_room_for(topics.len()) {
            session.trouble(format!("{}: a join is refused: it has too many topics", session.name())).await;
            return self.answer(&ServerFrame::JoinRefused(topics), session);
        }
        // The answer comes before anything that is published.
        if queue(&ServerFrame::Joined(topics.clone()), roadrunner.wire, session) == Then::Ends {
            return Then::Ends;
        }
        for topic in &topics {
            // There is room.
            let _ = joined.join(topic).await;
        }
        Then::GoesOn
    }

    /// Whether the authorizer allows to join; without topics, it is asked about the session again.
    async fn may_join(&self, topics: &[String]) -> Result<(), String> {
        let (Some(authorizer), Some(handshake)) = (&self.roadrunner.authorizer, &self.handshake) else {
            return Ok(());
        };
        let question = match topics.is_empty() {
            true => connect_question(&handshake.headers, &handshake.query),
            false => join_question(topics, &handshake.headers, &handshake.query),
        };
        match authorizer.ask(question).await {
            Decision::Allowed => Ok(()),
            Decision::Refused(answer) => Err(format!("the authorizer answered {}", answer.status)),
            Decision::Unreachable(why) => {
                Err(format!("the authorizer cannot be asked: {why} ({})", codes::AUTHORIZER_DOWN.id))
            }
        }
    }

    /// Leaves topics, whether they were joined or not.
    fn leave(&mut self, Command { broker, topics, .. }: Command, session: &Running) -> Then {
        let wanted = broker.as_deref().filter(|_| self.roadrunner.wire == Wire::V2_3_0);
        if let Some(joined) = self.joined.get_mut(wanted.unwrap_or_default()) {
            for topic in &topics {
                joined.leave(topic);
            }
        }
        self.answer(&ServerFrame::Left(topics), session)
    }

    fn answer(&self, answer: &ServerFrame, session: &Running) -> Then {
        queue(answer, self.roadrunner.wire, session)
    }
}

fn queue(answer: &ServerFrame, wire: Wire, session: &Running) -> Then {
    let payload = Bytes::from(answer.write(wire));
    let frame = if wire.is_text() { text_frame(payload) } else { binary_frame(payload) };
    if session.outgoing().send(frame).is_err() {
        session.outgoing().close(POLICY, "the answers are not read");
        return Then::Ends;
    }
    Then::GoesOn
}
