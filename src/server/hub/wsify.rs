//! wsify: channels that are joined, left and broadcast to, an authorizer before each, and `/broadcast` for publishers
//! without a session.
//!
//! There is no answer to a command. What is none is told of and passed over; what is none of the program's faults is not
//! repeated: leaving what was never joined is harmless, joining twice delivers once. See
//! <https://github.com/alash3al/wsify>.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use hyper::header::CONTENT_TYPE;
use sha2::{Digest, Sha256};

use super::authorizer::{Authorizer, Decision, Handshake, query};
use super::brokers::Carrier;
use super::delivery::{TRY_AGAIN_LATER, subscriber};
use super::mounts::refusal;
use super::{Accepted, Data, HubProtocol, Member, Readiness, Running, Stopping, Telling, Then};
use crate::broker::{Form, Memberships};
use crate::finding::codes;
use crate::protocol::record::Protocol;
use crate::protocol::wsify::{self, BROADCAST, Command, Publication};
use crate::server::app::{Answer, Received};

/// wsify on the server's side.
pub struct Wsify {
    carrier: Arc<Carrier>,
    authorizer: Option<Arc<Authorizer>>,
    /// The digest of the key that `/broadcast` wants; without one, it is for this machine alone.
    key: Option<[u8; 32]>,
}

impl Wsify {
    /// wsify over a broker. Without an authorizer everything is allowed; without a key, `/broadcast` is for this machine
    /// alone.
    pub fn new(carrier: Carrier, authorizer: Option<Arc<Authorizer>>, key: Option<&str>) -> Self {
        let key = key.map(|key| Sha256::digest(key).into());
        Wsify { carrier: Arc::new(carrier), authorizer, key }
    }

    /// Whether a request may publish.
    fn may_publish(&self, received: &Received) -> bool {
        match &self.key {
            None => {
                let peer = received.record.peer.as_deref().and_then(|peer| peer.parse::<SocketAddr>().ok());
                peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
            }
            Some(key) => {
                let given = query(received.uri.query()).remove("key").unwrap_or_default();
                // Comparing digests tells nothing by the time it takes.
                given.first().is_some_and(|given| <[u8; 32]>::from(Sha256::digest(given)) == *key)
            }
        }
    }

    /// What is to be published, or the answer that refuses it.
    fn publication(&self, received: &Received) -> Result<Publication, Answer> {
        if received.method() != "POST" {
            let mut answer = refusal(405, "something is published with a POST");
            answer.headers.push(("Allow".to_owned(), "POST".into()));
            return Err(answer);
        }
        if !self.may_publish(received) {
            return Err(refusal(
                403,
                match self.key {
                    Some(_) => "the broadcasting key is another one",
                    None => "without a broadcasting key, only this machine may publish",
                },
            ));
        }
        let media_type = received.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(wsify::CONTENT_TYPE) {
            return Err(refusal(415, "Content-Type has to be application/json"));
        }
        Publication::read(received.body()).map_err(|error| refusal(400, &error.to_string()))
    }
}

impl HubProtocol for Wsify {
    fn protocol(&self) -> Protocol {
        Protocol::Wsify
    }

    fn connect(self: Arc<Self>, received: &Received) -> BoxFuture<'static, Result<Accepted, Answer>> {
        let asked = self.authorizer.clone().map(|authorizer| (authorizer, Handshake::of(received)));
        Box::pin(async move {
            if let Some((authorizer, handshake)) = asked {
                let question = wsify::connect_question(&handshake.headers, &handshake.query);
                let decision = authorizer.ask(question).await;
                if let Some(why) = decision.problem() {
                    let code = codes::AUTHORIZER_DOWN.id;
                    self.carrier.tell(format!("the authorizer cannot be asked: {why} ({code})"));
                }
                if !matches!(decision, Decision::Allowed) {
                    return Err(refusal(403, "the authorizer does not allow it"));
                }
            }
            Ok(Accepted::new(Session { wsify: self, joined: None }))
        })
    }

    fn respond(self: Arc<Self>, received: &Received, path: &str) -> Option<BoxFuture<'static, Answer>> {
        if path != BROADCAST {
            return None;
        }
        let publication = self.publication(received);
        Some(Box::pin(async move {
            let Publication { channel, content } = match publication {
                Ok(publication) => publication,
                Err(answer) => return answer,
            };
            match self.carrier.broker().publish(&channel, content.into()).await {
                Ok(()) => Answer { status: 201, ..Answer::default() },
                Err(error) => refusal(500, &error.to_string()),
            }
        }))
    }

    fn readiness(&self) -> Vec<(String, Readiness)> {
        vec![("wsify".to_owned(), self.carrier.readiness())]
    }

    fn background(self: Arc<Self>, telling: Telling, stopping: Stopping) -> Option<BoxFuture<'static, ()>> {
        Some(Box::pin(async move { self.carrier.tell_all(telling, stopping).await }))
    }
}

/// One session.
struct Session {
    wsify: Arc<Wsify>,
    joined: Option<Memberships>,
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
            match self.is_allowed(&message, session).await {
                Ok(true) => self.obey(command, session).await,
                Ok(false) => {}
                Err(Down) => return Then::Ends,
            }
            Then::GoesOn
        })
    }
}

/// The authorizer is down, and the session is to end.
struct Down;

impl Session {
    async fn is_allowed(&self, message: &Data, session: &Running) -> Result<bool, Down> {
        let Some(authorizer) = &self.wsify.authorizer else { return Ok(true) };
        let decision = authorizer.ask(message.as_bytes()).await;
        if let Some(why) = decision.problem() {
            let code = codes::AUTHORIZER_DOWN.id;
            session
                .trouble(format!("{}: the authorizer cannot be asked: {why} ({code})", session.name()))
                .await;
            session.outgoing().close(TRY_AGAIN_LATER, "the authorizer is down: connect again");
            return Err(Down);
        }
        let allowed = matches!(decision, Decision::Allowed);
        if !allowed {
            session.trouble(format!("{}: the authorizer does not allow the command", session.name())).await;
        }
        Ok(allowed)
    }

    async fn obey(&mut self, command: Command, session: &Running) {
        match command {
            Command::Join(channel) => {
                let broker = self.wsify.carrier.broker();
                let joined = self.joined.get_or_insert_with(|| {
                    Memberships::new(Arc::clone(broker), subscriber(session.outgoing(), Form::Text))
                });
                if let Err(error) = joined.join(&channel).await {
                    session.trouble(format!("{}: {error}", session.name())).await;
                }
            }
            Command::Leave(channel) => {
                if let Some(joined) = &mut self.joined {
                    joined.leave(&channel);
                }
            }
            Command::Broadcast(Publication { channel, content }) => {
                let published = self.wsify.carrier.broker().publish(&channel, content.into()).await;
                if let Err(error) = published {
                    session.trouble(format!("{}: not broadcast: {error}", session.name())).await;
                }
            }
        }
    }
}
