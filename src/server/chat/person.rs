//! One user who is online: the connections, and the events that are on their way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::protocol::chat::{ServerEvent, ServerFrame};
use crate::server::hub::send;
use crate::server::outgoing::{Outgoing, text_frame};

/// How many events may be on their way to a user at the same time. The others wait in the store.
pub(super) const WINDOW: usize = 1_024;

/// How many bytes those events may have together, but for one.
const WINDOW_BYTES: usize = 1 << 20;

/// One of a user's connections.
struct Connection {
    number: u64,
    outgoing: Outgoing,
    /// Whether it said that its user goes.
    away: bool,
}

/// An event that was sent and not acknowledged.
struct InFlight {
    frame: Bytes,
    due: Instant,
}

/// A user who is online.
#[derive(Default)]
pub(super) struct Person {
    connections: Vec<Connection>,
    pub(super) contacts: BTreeSet<String>,
    /// Whether the contacts were told that the user is there.
    pub(super) shown: bool,
    in_flight: BTreeMap<u64, InFlight>,
    bytes: usize,
    /// The number of the last event that went, or need not go any more.
    reached: u64,
    /// The number of the last event that there is.
    last: u64,
    /// Whether events are being read from the store.
    loading: bool,
    /// What was acknowledged while they are: a user knows events from an earlier stay.
    settled: BTreeSet<u64>,
    /// Tells this stay from those before it.
    stay: u64,
}

pub(super) fn event_frame(event: ServerEvent) -> Bytes {
    text_frame(ServerFrame::Event(event).write())
}

impl Person {
    /// A user whose last event has this number, and of whom nothing is known yet. No other stay has the number `stay`.
    pub(super) fn new(stay: u64, last: u64) -> Self {
        Person { stay, last, ..Person::default() }
    }

    pub(super) fn stay(&self) -> u64 {
        self.stay
    }

    /// Adds a connection; what is on its way to the others goes to it too.
    pub(super) fn connect(&mut self, number: u64, outgoing: Outgoing, after: Duration) {
        let due = Instant::now() + after;
        for sent in self.in_flight.values_mut() {
            send(&outgoing, sent.frame.clone());
            sent.due = due;
        }
        self.connections.push(Connection { number, outgoing, away: false });
    }

    pub(super) fn disconnect(&mut self, number: u64) {
        self.connections.retain(|connection| connection.number != number);
    }

    pub(super) fn is_gone(&self) -> bool {
        self.connections.is_empty()
    }

    /// Notes that a connection says that its user goes.
    pub(super) fn set_away(&mut self, number: u64) {
        if let Some(connection) = self.connections.iter_mut().find(|connection| connection.number == number) {
            connection.away = true;
        }
    }

    /// Whether the contacts see the user.
    pub(super) fn is_there(&self) -> bool {
        self.connections.iter().any(|connection| !connection.away)
    }

    /// Sends a frame over every connection.
    pub(super) fn send_all(&self, frame: &Bytes) {
        for connection in &self.connections {
            send(&connection.outgoing, frame.clone());
        }
    }

    /// Takes an event that was kept just now. It goes at once, unless earlier ones still wait in the store.
    pub(super) fn take(&mut self, event: ServerEvent, after: Duration) {
        let Some(id) = event.id else { return };
        let is_next = self.reached == self.last && !self.loading && self.has_room();
        self.last = id;
        if is_next {
            self.put(id, event, after);
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() < WINDOW && self.bytes < WINDOW_BYTES
    }

    fn put(&mut self, id: u64, event: ServerEvent, after: Duration) {
        let frame = event_frame(event);
        self.send_all(&frame);
        self.bytes += frame.len();
        self.in_flight.insert(id, InFlight { frame, due: Instant::now() + after });
        self.reached = id;
    }

    /// Forgets an event that was acknowledged.
    pub(super) fn acknowledge(&mut self, id: u64) {
        if self.loading {
            self.settled.insert(id);
        }
        if let Some(gone) = self.in_flight.remove(&id) {
            self.bytes -= gone.frame.len();
        }
    }

    /// Begins to read from the store, where there is something to read and half of the room is free: gives behind which
    /// number.
    pub(super) fn begin_loading(&mut self) -> Option<u64> {
        let half_empty = self.in_flight.len() <= WINDOW / 2 && self.bytes <= WINDOW_BYTES / 2;
        if self.loading || self.reached >= self.last || !half_empty {
            return None;
        }
        self.loading = true;
        Some(self.reached)
    }

    /// Takes what was read from the store; `all` says whether nothing is behind it.
    pub(super) fn loaded(&mut self, events: Vec<ServerEvent>, all: bool, after: Duration) {
        self.loading = false;
        let settled = std::mem::take(&mut self.settled);
        let mut took_all = all;
        for event in events {
            let Some(id) = event.id.filter(|id| !settled.contains(id)) else { continue };
            if !self.has_room() {
                took_all = false;
                break;
            }
            self.put(id, event, after);
        }
        if took_all {
            self.reached = self.last;
        }
    }

    /// Sends again what is due, in the order of the numbers. A connection that is still busy with what was sent before is
    /// passed over: more would only keep it from hearing the acknowledgements.
    pub(super) fn redeliver(&mut self, now: Instant, after: Duration) -> usize {
        let mut again = 0;
        let ready: Vec<_> = self.connections.iter().filter(|one| one.outgoing.is_idle()).collect();
        if ready.is_empty() {
            return 0;
        }
        for sent in self.in_flight.values_mut().filter(|sent| sent.due <= now) {
            for connection in &ready {
                send(&connection.outgoing, sent.frame.clone());
            }
            sent.due = now + after;
            again += 1;
        }
        again
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::chat::{EventPayload, Presence};

    const AFTER: Duration = Duration::from_secs(60);

    fn event(id: u64) -> ServerEvent {
        ServerEvent::new(1, Some(id), &EventPayload::Online(Presence { user_id: "x".repeat(100) }))
    }

    fn in_flight(person: &Person) -> Vec<u64> {
        person.in_flight.keys().copied().collect()
    }

    #[test]
    fn events_go_in_their_order_whether_they_were_kept_or_come_now() {
        let mut person = Person::new(1, 3);
        person.connect(1, Outgoing::new(1 << 20), AFTER);
        assert_eq!(person.begin_loading(), Some(0));
        assert_eq!(person.begin_loading(), None);
        // What comes meanwhile waits for what is being read, which has it too when it was kept before.
        person.take(event(4), AFTER);
        assert!(in_flight(&person).is_empty());
        person.loaded(vec![event(2), event(4)], true, AFTER);
        person.take(event(5), AFTER);
        assert_eq!(in_flight(&person), [2, 4, 5]);
        person.acknowledge(4);
        person.acknowledge(4);
        person.acknowledge(99);
        assert_eq!((in_flight(&person), person.begin_loading()), (vec![2, 5], None));
    }

    #[test]
    fn what_is_acknowledged_while_it_is_read_does_not_go() {
        let mut person = Person::new(1, 3);
        person.connect(1, Outgoing::new(1 << 20), AFTER);
        person.begin_loading().unwrap();
        person.acknowledge(2);
        person.loaded(vec![event(1), event(2), event(3)], true, AFTER);
        assert_eq!(in_flight(&person), [1, 3]);
    }

    #[test]
    fn more_than_the_room_waits_in_the_store() {
        let mut person = Person::new(1, 0);
        person.connect(1, Outgoing::new(8 << 20), AFTER);
        let many = u64::try_from(WINDOW).unwrap();
        for id in 1..=many + 10 {
            person.take(event(id), AFTER);
        }
        assert_eq!((person.in_flight.len(), person.reached, person.last), (WINDOW, many, many + 10));
        assert_eq!(person.begin_loading(), None);
        for id in 1..=many / 2 {
            person.acknowledge(id);
        }
        assert_eq!(person.begin_loading(), Some(many));
        person.loaded((many + 1..=many + 10).map(event).collect(), true, AFTER);
        assert_eq!((person.reached, person.bytes > 0), (many + 10, true));
        for id in 1..=many + 10 {
            person.acknowledge(id);
        }
        assert_eq!(person.bytes, 0);
    }

    #[test]
    fn what_is_due_goes_again_to_connections_that_have_read_what_they_got() {
        let mut person = Person::new(1, 0);
        let busy = Outgoing::new(1 << 20);
        person.connect(1, busy.clone(), AFTER);
        person.take(event(1), AFTER);
        let later = Instant::now() + 2 * AFTER;
        assert_eq!(person.redeliver(later, AFTER), 0);
        let waiting = busy.queued();
        let second = Outgoing::new(1 << 20);
        person.connect(2, second.clone(), AFTER);
        assert_eq!((busy.queued(), second.queued()), (waiting, waiting));
        person.disconnect(2);
        person.connections.push(Connection { number: 3, outgoing: Outgoing::new(1 << 20), away: false });
        assert_eq!(person.redeliver(Instant::now(), AFTER), 0);
        assert_eq!(person.redeliver(later, AFTER), 1);
        assert_eq!(busy.queued(), waiting);
        assert_eq!(person.redeliver(later, AFTER), 0);
    }
}
