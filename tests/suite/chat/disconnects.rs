//! A thousand messages between two users whose connections break at random, while the server is killed and comes back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io::ErrorKind;
use std::sync::RwLock;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::client::{User, serve};
use crate::fixture::Sandbox;
use crate::serving::Serving;

/// How many messages each of the two sends.
const EACH: usize = 500;

/// What one user knows, across all connections.
struct Side<'a> {
    address: &'a str,
    /// Held while the server is not there.
    gate: &'a RwLock<()>,
    /// Hears how many more events are settled.
    progress: Sender<usize>,
    name: &'a str,
    other: &'a str,
    random: u64,
    /// Messages of the user's own that were not answered, by their numbers, and how many were ever sent.
    unanswered: VecDeque<usize>,
    sent: usize,
    /// The message in each event that came, by the event's id.
    events: BTreeMap<u64, (String, String)>,
    unacknowledged: VecDeque<u64>,
    /// Acknowledged, and not followed by an answer yet.
    acknowledged: Vec<u64>,
    /// Acknowledged, and followed by an answer.
    settled: BTreeSet<u64>,
    connections: usize,
    /// Whether this connection has brought something. One that has not does not break, however slow everything is.
    heard: bool,
}

impl Side<'_> {
    fn chance(&mut self, of: u64) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random.is_multiple_of(of)
    }

    fn is_done(&self) -> bool {
        let news = self.events.values().filter(|(sender, _)| !sender.is_empty()).count();
        let settled = self.events.keys().all(|id| self.settled.contains(id));
        self.sent == EACH && self.unanswered.is_empty() && news == 2 * EACH && settled
    }

    /// Stays connected for a while.
    fn connect(&mut self) {
        self.connections += 1;
        self.heard = false;
        // Whether the server took them is not known: they are acknowledged again.
        self.unacknowledged.extend(self.acknowledged.drain(..));
        let opened = {
            let _open = self.gate.read().unwrap();
            User::open(self.address, &format!("/ws?user={}", self.name), None)
        };
        let Ok(mut user) = opened else { return };
        user.socket.get_ref().set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        // What had no answer is sent again, under the same name.
        for number in self.unanswered.clone() {
            if !self.send(&mut user, number) {
                return;
            }
        }
        while !(self.is_done() || self.heard && self.chance(4)) {
            // Several at a time: each commit has its price.
            while self.sent < EACH && self.unanswered.len() < 20 && !self.chance(15) {
                let number = self.sent;
                self.sent += 1;
                self.unanswered.push_back(number);
                if !self.send(&mut user, number) {
                    return;
                }
            }
            for _ in 0..self.unacknowledged.len().min(15) {
                let Some(id) = self.unacknowledged.pop_front() else { break };
                // Some are left for the next time.
                if self.chance(10) {
                    self.unacknowledged.push_back(id);
                } else {
                    self.acknowledged.push(id);
                    let ack = json!({"type": "ack", "id": id});
                    if user.socket.send(Message::text(ack.to_string())).is_err() {
                        return;
                    }
                }
            }
            if self.acknowledged.len() >= 20
                || self.unacknowledged.is_empty() && !self.acknowledged.is_empty()
            {
                user.ask("chat", json!({"chatId": self.other}));
                if !self.read_until_settled(&mut user) {
                    return;
                }
                // The test goes on without whoever listens, too.
                let _ = self.progress.send(self.acknowledged.len());
                self.settled.extend(self.acknowledged.drain(..));
            }
            if !self.read(&mut user, 40) {
                return;
            }
        }
    }

    fn send(&self, user: &mut User, number: usize) -> bool {
        let payload = json!({"chatId": self.other, "message": number.to_string(),
                             "clientMessageId": format!("{}-{number}", self.name)});
        let request =
            json!({"type": "request", "id": number.to_string(), "payloadType": "new", "payload": payload});
        user.socket.send(Message::text(request.to_string())).is_ok()
    }

    /// Reads until the answer to the question whose id is none of a message.
    fn read_until_settled(&mut self, user: &mut User) -> bool {
        for _ in 0..100_000 {
            match self.read_one(user) {
                Some(Some(frame))
                    if frame["type"] == "response" && frame["id"].as_str().unwrap().starts_with('r') =>
                {
                    return true;
                }
                Some(_) => {}
                None => return false,
            }
        }
        panic!("no answer came");
    }

    fn read(&mut self, user: &mut User, most: usize) -> bool {
        for _ in 0..most {
            match self.read_one(user) {
                Some(Some(_)) => {}
                Some(None) => return true,
                None => return false,
            }
        }
        true
    }

    /// The next frame, where one comes soon; `None` where the connection has ended.
    fn read_one(&mut self, user: &mut User) -> Option<Option<Value>> {
        let frame: Value = match user
            .early
            .pop_front()
            .map_or_else(|| user.socket.read(), |frame| Ok(Message::text(frame.to_string())))
        {
            Ok(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            Ok(_) => return Some(None),
            Err(Error::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return Some(None);
            }
            Err(_) => return None,
        };
        match (frame["type"].as_str().unwrap(), frame["id"].as_u64()) {
            ("response", _) => {
                let id = frame["id"].as_str().unwrap();
                if let Ok(number) = id.parse::<usize>() {
                    assert!(frame["payload"]["error"].is_null(), "{frame}");
                    self.unanswered.retain(|unanswered| *unanswered != number);
                    self.heard = true;
                }
            }
            (_, Some(id)) => self.take(id, &frame),
            _ => {}
        }
        Some(Some(frame))
    }

    fn take(&mut self, id: u64, frame: &Value) {
        self.heard = true;
        assert!(!self.settled.contains(&id), "event {id} came after it was acknowledged: {frame}");
        // Marks come as well, whenever the other one comes back.
        let text = |name: &str| frame["payload"][name].as_str().unwrap_or_default().to_owned();
        let message = (text("sender"), text("message"));
        match self.events.get(&id) {
            Some(before) => assert_eq!(*before, message, "event {id} is another one now"),
            None => {
                let last = self.events.keys().next_back().copied().unwrap_or_default();
                assert!(id > last, "event {id} came after {last}");
                self.events.insert(id, message);
            }
        }
        if !self.unacknowledged.contains(&id) {
            self.unacknowledged.push_back(id);
        }
    }
}

#[test]
fn nothing_is_lost_or_repeated_or_out_of_order_when_connections_break_and_servers_are_killed() {
    let sandbox = Sandbox::new();
    let mut serving = serve(&sandbox, "--store chat.db --redeliver-after 0.3s");
    let (address, port) = (serving.address.clone(), serving.port());
    let gate = RwLock::new(());
    let (progress, settled) = channel();
    let side = |name: &'static str, other: &'static str, random: u64| {
        let mut side = Side {
            address: &address,
            gate: &gate,
            progress: progress.clone(),
            name,
            other,
            random,
            unanswered: VecDeque::new(),
            sent: 0,
            events: BTreeMap::new(),
            unacknowledged: VecDeque::new(),
            acknowledged: Vec::new(),
            settled: BTreeSet::new(),
            connections: 0,
            heard: false,
        };
        move || {
            while !side.is_done() {
                side.connect();
                assert!(
                    side.connections < 5_000,
                    "{} events, {} settled",
                    side.events.len(),
                    side.settled.len()
                );
            }
            side
        }
    };
    let (ann, bob) = std::thread::scope(|scope| {
        let ann = scope.spawn(side("ann", "bob", 0x9e37_79b9_7f4a_7c15));
        let bob = scope.spawn(side("bob", "ann", 0x2545_f491_4f6c_dd1d));
        // Twice on the way to the 2,000 events that the two of them get.
        for _ in 0..2 {
            let mut count = 0;
            while count < EACH {
                count += settled.recv_timeout(Duration::from_secs(60)).expect("progress");
            }
            let _closed = gate.write().unwrap();
            serving.signal("KILL");
            let again =
                format!("serve chat --listen 127.0.0.1:{port} --json --store chat.db --redeliver-after 0.3s");
            // The first has to be gone before its port and its store can be taken.
            serving.wait();
            serving = Serving::run(&sandbox, &again);
        }
        (ann.join().unwrap(), bob.join().unwrap())
    });
    for side in [&ann, &bob] {
        assert!(side.connections > 3, "{} connections", side.connections);
        for author in ["ann", "bob"] {
            let texts: Vec<_> = side
                .events
                .values()
                .filter(|(sender, _)| sender == author)
                .map(|(_, text)| text.clone())
                .collect();
            let wanted: Vec<_> = (0..EACH).map(|number| number.to_string()).collect();
            assert_eq!(texts, wanted, "what {author} wrote, as {} has it", side.name);
        }
    }
}
