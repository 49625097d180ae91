//! The chat as it is kept: users, their chats, messages and marks, and the events that were not acknowledged yet.
//!
//! A user's events are numbered from 1, by one, and kept until they are acknowledged. A chat is between two users; its
//! messages are numbered from 1, and have the same numbers for both. Each function here is a piece of work for a
//! [`Store`](super::Store); one that refuses has written nothing.

mod calls;
mod events;
mod marks;
mod messages;
mod reactions;
mod reading;
mod scene;
mod tables;
#[cfg(test)]
mod tests;

use rusqlite::Connection;

use self::scene::{Scene, Stop};
use crate::protocol::chat::{Asked, Payload, Refusal, ServerEvent};

pub use events::{acknowledge, unacknowledged};
pub(super) use tables::TABLES;

/// An event, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// Who is told.
    pub user: String,
    /// What happened, with its number among the user's.
    pub event: ServerEvent,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What is answered.
    pub answer: Result<Payload, Refusal>,
    /// What others, and its own user, are told of it.
    pub events: Vec<Filed>,
}

/// Who came, and what that changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// Those with whom the user has a chat.
    pub contacts: Vec<String>,
    /// What the authors of messages that are delivered now are told.
    pub events: Vec<Filed>,
    /// The number of the user's last event.
    pub last_event: u64,
}

/// Does what a user asks for. `now` is in Unix milliseconds; `name` is one that nothing has yet, for what needs one.
///
/// # Errors
/// When the database refuses. What the user should not have asked for is no error, but an answer.
pub fn perform(
    database: &Connection,
    now: u64,
    user: &str,
    asked: &Asked,
    name: &str,
) -> rusqlite::Result<Outcome> {
    let mut scene = Scene::new(database, now, user);
    let answer = match asked {
        Asked::New(new) => messages::send(&mut scene, new),
        Asked::Edit(edit) => messages::edit(&mut scene, edit),
        Asked::Delete(delete) => messages::delete(&mut scene, delete),
        Asked::Delivered(mark) => marks::mark(&mut scene, mark, marks::Kind::Delivered),
        Asked::Read(mark) => marks::mark(&mut scene, mark, marks::Kind::Read),
        Asked::Reaction(reaction) => reactions::set(&mut scene, reaction),
        Asked::Messages(page) => reading::messages(&scene, page),
        Asked::Chat(of) => reading::chat(&scene, &of.chat_id),
        Asked::Chats => reading::chats(&scene),
        Asked::NewCall(call) => calls::start(&mut scene, call, name),
        Asked::CloseCall(call) => calls::close(&mut scene, call),
    };
    match answer {
        Ok(payload) => Ok(Outcome { answer: Ok(payload), events: scene.events }),
        Err(Stop::Refused(refusal)) => Ok(Outcome { answer: Err(refusal), events: Vec::new() }),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// A user connects: what was not delivered is, from now on.
///
/// # Errors
/// When the database refuses.
pub fn arrive(database: &Connection, now: u64, user: &str) -> rusqlite::Result<Arrival> {
    let mut scene = Scene::new(database, now, user);
    let contacts = scene.contacts()?;
    for contact in &contacts {
        marks::deliver_all(&mut scene, contact)?;
    }
    let last_event = events::last(database, user)?;
    Ok(Arrival { contacts, events: scene.events, last_event })
}
