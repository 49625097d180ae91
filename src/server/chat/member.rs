//! One session of the chat: frames in, and what is to be done about each.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::Chat;
use crate::protocol::chat::{
    Ack, Asked, ClientEvent, ClientEventPayload, ClientFrame, FrameError, Refusal, Request, Response,
    ServerFrame, Unreadable,
};
use crate::server::hub::{Data, Member, Running, Then, send};
use crate::server::outgoing::{Outgoing, text_frame};
use crate::server::session::End;
use crate::store::WorkError;
use crate::store::chat::{Outcome, acknowledge, arrive, perform};

/// How much of what a session asked may be under way at the same time.
const UNDER_WAY: usize = 64;

/// How long a frame of a client may be, in bytes: what it says has to fit into others' queues.
const LARGEST: usize = 1 << 20;

/// The close code for a server that cannot go on.
const FAILED: u16 = 1011;

/// The close code for a client that said nothing for too long.
const POLICY: u16 = 1008;

/// One session of the chat.
pub(super) struct ChatMember {
    chat: Arc<Chat>,
    user: String,
    number: u64,
    room: Arc<Semaphore>,
}

impl ChatMember {
    pub(super) fn new(chat: Arc<Chat>, user: String, number: u64) -> Self {
        ChatMember { chat, user, number, room: Arc::new(Semaphore::new(UNDER_WAY)) }
    }

    /// Waits until there is room for one more thing to be under way.
    async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Does something after everything that was asked before it.
    async fn afterwards(&self, act: impl FnOnce(&Arc<Chat>) + Send + 'static) {
        let (place, chat) = (self.enter().await, Arc::clone(&self.chat));
        self.chat.config.store.submit(
            |_| Ok(()),
            move |_| {
                act(&chat);
                drop(place);
            },
        );
    }

    async fn refuse(&self, id: String, error: &FrameError, outgoing: &Outgoing) {
        let refusal = Refusal { code: error.code().to_owned(), message: error.to_string() };
        self.answer_refusal(id, refusal, outgoing).await;
    }

    async fn answer_refusal(&self, id: String, refusal: Refusal, outgoing: &Outgoing) {
        let outgoing = outgoing.clone();
        self.afterwards(move |chat| respond(&outgoing, Response::refused(chat.now(), id, &refusal))).await;
    }

    async fn take_request(&self, request: Request, outgoing: &Outgoing) {
        let asked = match request.asked() {
            Ok(asked) => asked,
            Err(error) => return self.refuse(request.id, &error, outgoing).await,
        };
        if let Asked::New(_) | Asked::NewCall(_) = &asked
            && let Some(other) = asked.chat_id().filter(|other| !self.chat.config.users.has(other))
        {
            let message = format!("there is no user {other}");
            return self.answer_refusal(request.id, not_found(message), outgoing).await;
        }
        let place = self.enter().await;
        let (chat, user, outgoing, id) =
            (Arc::clone(&self.chat), self.user.clone(), outgoing.clone(), request.id);
        let (now, name) = (chat.now(), chat.config.ambient.record_id());
        let begins = match &asked {
            Asked::New(_) | Asked::NewCall(_) => {
                asked.chat_id().map(|other| (user.clone(), other.to_owned()))
            }
            _ => None,
        };
        self.chat.config.store.submit(
            move |database| perform(database, now, &user, &asked, &name),
            move |done| {
                settle(&chat, &outgoing, id, done, begins);
                drop(place);
            },
        );
    }

    async fn take_event(&self, event: ClientEvent, outgoing: &Outgoing) {
        let (user, number) = (self.user.clone(), self.number);
        match event.content() {
            Err(error) => self.refuse(String::new(), &error, outgoing).await,
            Ok(ClientEventPayload::Offline) => {
                self.afterwards(move |chat| chat.people().go_away(&user, number, chat.now())).await;
            }
            Ok(ClientEventPayload::Typing(typing)) => {
                let act = move |chat: &Arc<Chat>| {
                    chat.people().type_to(&typing.chat_id, &user, typing.stop, chat.now());
                };
                self.afterwards(act).await;
            }
        }
    }

    /// Forgets an event: at once, so that it is not sent again, and on the disk before anything that comes later.
    async fn take_ack(&self, ack: Ack) {
        let (chat, user) = (Arc::clone(&self.chat), self.user.clone());
        chat.people().acknowledge(&user, ack.id);
        chat.load_more(&user);
        let place = self.enter().await;
        let named = user.clone();
        self.chat.config.store.submit(
            move |database| acknowledge(database, &named, ack.id),
            move |done| {
                done.unwrap_or_else(|error| chat.fail(error));
                // It may have been read from the store meanwhile.
                chat.people().acknowledge(&user, ack.id);
                drop(place);
            },
        );
    }
}

/// Answers a request, and tells everybody concerned: in this order.
fn settle(
    chat: &Arc<Chat>,
    outgoing: &Outgoing,
    id: String,
    done: Result<Outcome, WorkError>,
    begins: Option<(String, String)>,
) {
    let now = chat.now();
    let (answer, events) = match done {
        Ok(Outcome { answer, events }) => {
            chat.succeed();
            (answer, events)
        }
        Err(error) => {
            let refusal = Refusal { code: "internal".to_owned(), message: error.to_string() };
            chat.fail(error);
            (Err(refusal), Vec::new())
        }
    };
    match answer {
        Ok(payload) => {
            if let Some((one, other)) = begins {
                chat.people().link(&one, &other);
            }
            respond(outgoing, Response { timestamp: Some(now), id, payload: Some(payload) });
        }
        Err(refusal) => respond(outgoing, Response::refused(now, id, &refusal)),
    }
    chat.deliver(events);
}

fn respond(outgoing: &Outgoing, response: Response) {
    send(outgoing, text_frame(ServerFrame::Response(response).write()));
}

fn not_found(message: String) -> Refusal {
    Refusal { code: "not-found".to_owned(), message }
}

impl Member for ChatMember {
    fn opened<'a>(&'a mut self, session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async move {
            let (chat, user, number) = (Arc::clone(&self.chat), self.user.clone(), self.number);
            let (outgoing, now) = (session.outgoing().clone(), chat.now());
            let (done, settled) = oneshot::channel();
            let named = user.clone();
            self.chat.config.store.submit(
                move |database| arrive(database, now, &named),
                move |arrived| {
                    let then = match arrived {
                        Ok(mut arrival) => {
                            let events = std::mem::take(&mut arrival.events);
                            chat.people().join(&user, number, &outgoing, &arrival, now);
                            chat.load_more(&user);
                            chat.deliver(events);
                            Then::GoesOn
                        }
                        Err(error) => {
                            outgoing.close(FAILED, "the store fails");
                            chat.fail(error);
                            Then::Ends
                        }
                    };
                    // A session that is gone has no more to wait for.
                    let _ = done.send(then);
                },
            );
            settled.await.unwrap_or(Then::Ends)
        })
    }

    fn take<'a>(&'a mut self, message: Data, session: &'a mut Running) -> BoxFuture<'a, Then> {
        Box::pin(async move {
            let outgoing = session.outgoing().clone();
            if message.as_bytes().len() > LARGEST {
                let message = format!("a frame may have {LARGEST} bytes");
                let refusal = Refusal { code: "too-large".to_owned(), message };
                self.answer_refusal(String::new(), refusal, &outgoing).await;
                return Then::GoesOn;
            }
            let frame = match &message {
                Data::Text(text) => ClientFrame::read(text),
                Data::Binary(bytes) => match std::str::from_utf8(bytes) {
                    Ok(text) => ClientFrame::read(text),
                    Err(_) => Err(Unreadable { id: None, error: FrameError::NotText }),
                },
            };
            match frame {
                Ok(ClientFrame::KeepAlive) => send(&outgoing, text_frame(ServerFrame::Pong.write())),
                Ok(ClientFrame::Request(request)) => self.take_request(request, &outgoing).await,
                Ok(ClientFrame::Event(event)) => self.take_event(event, &outgoing).await,
                Ok(ClientFrame::Ack(ack)) => self.take_ack(ack).await,
                Err(Unreadable { id, error }) => {
                    self.refuse(id.unwrap_or_default(), &error, &outgoing).await;
                }
            }
            Then::GoesOn
        })
    }

    fn silence(&self) -> Option<Duration> {
        Some(self.chat.config.silence)
    }

    fn silent(&mut self, session: &mut Running) {
        let seconds = self.chat.config.silence.as_secs_f64();
        session.outgoing().close(POLICY, &format!("nothing came for {seconds} s; a client sends ping"));
        // One that is gone does not answer the Close; its contacts need not wait for that.
        self.chat.people().go_away(&self.user, self.number, self.chat.now());
    }

    fn ended<'a>(&'a mut self, _session: &'a mut Running, _end: &'a End) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let (user, number) = (self.user.clone(), self.number);
            self.afterwards(move |chat| chat.people().leave(&user, number, chat.now())).await;
        })
    }
}
