//! Everybody who is online: who sees whom, and what goes to whom.
//!
//! Knows no store and no clock but the one that says when an event is sent again. What is called on the store's thread is
//! called in the order in which things are on the disk; that is what keeps events in their order.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::person::{Person, event_frame};
use crate::protocol::chat::{EventPayload, Presence, ServerEvent, ServerTyping};
use crate::server::hub::send;
use crate::server::outgoing::Outgoing;
use crate::store::chat::{Arrival, Filed};

/// Everybody who is online.
pub(super) struct People {
    online: HashMap<String, Person>,
    /// After which time an event that was not acknowledged is sent again.
    after: Duration,
}

/// A user for whom events are to be read from the store, and behind which number.
pub(super) struct ToLoad {
    pub(super) user: String,
    pub(super) behind: u64,
    stay: u64,
}

impl People {
    pub(super) fn new(after: Duration) -> Self {
        People { online: HashMap::new(), after }
    }

    /// A user has one more connection. The contacts are told of the first, and it of the contacts who are there.
    pub(super) fn join(&mut self, user: &str, number: u64, outgoing: &Outgoing, arrival: &Arrival, now: u64) {
        for contact in arrival.contacts.iter().filter(|contact| self.sees(contact)) {
            send(outgoing, presence(contact, true, now));
        }
        let after = self.after;
        let person =
            self.online.entry(user.to_owned()).or_insert_with(|| Person::new(number, arrival.last_event));
        person.contacts.extend(arrival.contacts.iter().cloned());
        person.connect(number, outgoing.clone(), after);
        self.show(user, now);
    }

    /// A connection has ended.
    pub(super) fn leave(&mut self, user: &str, number: u64, now: u64) {
        if let Some(person) = self.online.get_mut(user) {
            person.disconnect(number);
        }
        self.show(user, now);
        if self.online.get(user).is_some_and(Person::is_gone) {
            self.online.remove(user);
        }
    }

    /// A connection says that its user goes.
    pub(super) fn go_away(&mut self, user: &str, number: u64, now: u64) {
        if let Some(person) = self.online.get_mut(user) {
            person.set_away(number);
        }
        self.show(user, now);
    }

    /// Whether the contacts of a user see that the user is there.
    fn sees(&self, user: &str) -> bool {
        self.online.get(user).is_some_and(|person| person.shown)
    }

    /// Tells the contacts whether a user is there, where that has changed.
    fn show(&mut self, user: &str, now: u64) {
        let Some(person) = self.online.get_mut(user) else { return };
        let there = person.is_there();
        if person.shown == there {
            return;
        }
        person.shown = there;
        let frame = presence(user, there, now);
        let Some(person) = self.online.get(user) else { return };
        for contact in person.contacts.iter().filter_map(|contact| self.online.get(contact)) {
            contact.send_all(&frame);
        }
    }

    /// Two users have a chat from now on.
    pub(super) fn link(&mut self, one: &str, other: &str) {
        for (user, contact) in [(one, other), (other, one)] {
            if let Some(person) = self.online.get_mut(user) {
                person.contacts.insert(contact.to_owned());
            }
        }
    }

    /// Sends events that are kept now to those of their users who are online.
    pub(super) fn deliver(&mut self, events: Vec<Filed>) {
        for Filed { user, event } in events {
            if let Some(person) = self.online.get_mut(&user) {
                person.take(event, self.after);
            }
        }
    }

    /// Tells a user that another one types, or has stopped.
    pub(super) fn type_to(&self, user: &str, from: &str, stop: Option<bool>, now: u64) {
        if let Some(person) = self.online.get(user) {
            let typing =
                ServerTyping { user_id: Some(from.to_owned()), chat_id: Some(from.to_owned()), stop };
            person.send_all(&event_frame(ServerEvent::new(now, None, &EventPayload::Typing(typing))));
        }
    }

    /// An event was acknowledged, over whichever connection.
    pub(super) fn acknowledge(&mut self, user: &str, event: u64) {
        if let Some(person) = self.online.get_mut(user) {
            person.acknowledge(event);
        }
    }

    /// Begins to read a user's events from the store, where that is due.
    pub(super) fn begin_loading(&mut self, user: &str) -> Option<ToLoad> {
        let person = self.online.get_mut(user)?;
        let behind = person.begin_loading()?;
        Some(ToLoad { user: user.to_owned(), behind, stay: person.stay() })
    }

    /// Takes what was read for a user. For one who left meanwhile, and perhaps came back, it is read again.
    pub(super) fn loaded(&mut self, load: &ToLoad, events: Vec<ServerEvent>, all: bool) {
        if let Some(person) = self.online.get_mut(&load.user).filter(|person| person.stay() == load.stay) {
            person.loaded(events, all, self.after);
        }
    }

    /// Sends again what was not acknowledged in time; gives those for whom reading from the store is due, because it failed
    /// before.
    pub(super) fn redeliver(&mut self, now: Instant) -> Vec<ToLoad> {
        let mut to_load = Vec::new();
        for (user, person) in &mut self.online {
            person.redeliver(now, self.after);
            if let Some(behind) = person.begin_loading() {
                to_load.push(ToLoad { user: user.clone(), behind, stay: person.stay() });
            }
        }
        to_load
    }

    /// How many users are online.
    pub(super) fn count(&self) -> usize {
        self.online.len()
    }
}

fn presence(user: &str, there: bool, now: u64) -> bytes::Bytes {
    let presence = Presence { user_id: user.to_owned() };
    let content = if there { EventPayload::Online(presence) } else { EventPayload::Offline(presence) };
    event_frame(ServerEvent::new(now, None, &content))
}
