//! A WebSocket server that keeps what it gets and goes by a script, for what no good server does.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

/// One message as it came.
#[derive(Debug, Clone)]
pub struct Got {
    /// Which session it came in, from 0.
    pub session: usize,
    /// The text.
    pub text: String,
    /// When it was there.
    pub at: Instant,
}

impl Got {
    /// The entity in the message.
    pub fn entity(&self) -> String {
        serde_json::from_str::<Value>(&self.text).unwrap()["entity"].as_str().unwrap().to_owned()
    }
}

/// The server; it lives as long as the test.
pub struct Sessions {
    /// Its port.
    pub port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    got: Mutex<Vec<Got>>,
    heads: Mutex<Vec<String>>,
    changed: Condvar,
}

/// One session, as the script has it.
pub struct Session {
    number: usize,
    socket: WebSocket<TcpStream>,
    shared: Arc<Shared>,
    /// How many messages came.
    pub count: u64,
}

impl Sessions {
    /// Starts a server that gives receipts, where they are offered, and then goes by the script.
    pub fn start(script: impl Fn(&mut Session) + Send + Sync + 'static) -> Self {
        Sessions::with_answer(right_answer, script)
    }

    /// Starts a server that answers each handshake, of which it gets the number and the head, with these bytes.
    pub fn with_answer(
        answer: impl Fn(usize, &str) -> String + Send + Sync + 'static,
        script: impl Fn(&mut Session) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let (serving, script, answer) = (Arc::clone(&shared), Arc::new(script), Arc::new(answer));
        thread::spawn(move || {
            for (number, stream) in listener.incoming().flatten().enumerate() {
                let (shared, script) = (Arc::clone(&serving), Arc::clone(&script));
                let answer = Arc::clone(&answer);
                thread::spawn(move || {
                    if let Some(mut session) = open(number, stream, shared, &*answer) {
                        script(&mut session);
                    }
                });
            }
        });
        Sessions { port, shared }
    }

    /// A server that takes everything, with receipts where they are offered.
    pub fn accepting() -> Self {
        Sessions::start(|session| while session.take() {})
    }

    /// The instance's address.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// What came so far.
    pub fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// The entities that came so far.
    pub fn entities(&self) -> Vec<String> {
        self.got().iter().map(Got::entity).collect()
    }

    /// The heads of the handshakes so far.
    pub fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().unwrap().clone()
    }

    /// Waits until so many messages came.
    pub fn wait_for(&self, count: usize) {
        let few = |got: &mut Vec<Got>| got.len() < count;
        drop(self.shared.changed.wait_while(self.shared.got.lock().unwrap(), few).unwrap());
    }
}

/// The right answer to a handshake, with the subprotocol of receipts where it is offered.
pub fn right_answer(_: usize, head: &str) -> String {
    let chosen = if head.contains("versia.receipts.v1") {
        "Sec-WebSocket-Protocol: versia.receipts.v1\r\n"
    } else {
        ""
    };
    switching(head, chosen)
}

/// The answer that switches to WebSocket, with these lines in it.
pub fn switching(head: &str, lines: &str) -> String {
    let mut fields = head.lines().filter_map(|line| line.split_once(": "));
    let key = fields.find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key")).unwrap().1;
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{lines}\r\n"
    )
}

fn open(
    number: usize,
    mut stream: TcpStream,
    shared: Arc<Shared>,
    answer: &(impl Fn(usize, &str) -> String + ?Sized),
) -> Option<Session> {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    shared.heads.lock().unwrap().push(head.clone());
    let answer = answer(number, &head);
    stream.write_all(answer.as_bytes()).ok()?;
    let socket = WebSocket::from_raw_socket(stream, Role::Server, None);
    answer.starts_with("HTTP/1.1 101").then_some(Session { number, socket, shared, count: 0 })
}

impl Session {
    /// Which session it is, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The next message; none when the client has closed, which is answered.
    pub fn next(&mut self) -> Option<String> {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    self.count += 1;
                    let got = Got { session: self.number, text: text.to_string(), at: Instant::now() };
                    self.shared.got.lock().unwrap().push(got);
                    self.shared.changed.notify_all();
                    return Some(text.to_string());
                }
                // The library answers a Close at the next read.
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }

    /// Takes the next message and sends its receipt, which is a text of no meaning where none were agreed on; false when
    /// the client has closed.
    pub fn take(&mut self) -> bool {
        let taken = self.next().is_some();
        if taken {
            self.receipt(self.count, 202, "");
        }
        taken
    }

    /// Sends a receipt.
    pub fn receipt(&mut self, number: u64, status: u16, detail: &str) {
        self.say(&json!({"receipt": number, "status": status, "detail": detail}).to_string());
    }

    /// Sends a text.
    pub fn say(&mut self, text: &str) {
        // A client that has gone already is what some tests are about.
        let _ = self.socket.send(Message::text(text));
    }

    /// Sends bytes.
    pub fn say_bytes(&mut self, bytes: &[u8]) {
        let _ = self.socket.send(Message::binary(bytes.to_vec()));
    }

    /// Sends a Close, and reads to the end.
    pub fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.to_owned().into() };
        let _ = self.socket.close(Some(frame));
        while self.socket.read().is_ok() {}
    }
}
