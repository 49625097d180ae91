//! An inbox that keeps what it gets and answers by script, over connections that stay open.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Instant;

/// One request as it came.
#[derive(Debug, Clone)]
pub struct Received {
    /// The request line and the headers, as they came.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
    /// When it was there.
    pub at: Instant,
}

impl Received {
    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The whole message.
    pub fn message(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }

    /// The value of a header.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        let mut fields = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    }
}

/// What the inbox does with a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, headers with their line breaks, and a body.
    Status(u16, String, String),
    /// Nothing: the connection is closed.
    Close,
    /// Nothing until the inbox is released, then 202.
    Hold,
}

/// 202, without a body.
pub fn accepted() -> Answer {
    Answer::Status(202, String::new(), String::new())
}

/// A status with headers, each with its line break.
pub fn status(status: u16, headers: &str) -> Answer {
    Answer::Status(status, headers.to_owned(), String::new())
}

/// An inbox on a port of the system's choice; it lives as long as the test.
pub struct Inbox {
    /// Its port.
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    received: Mutex<Vec<Received>>,
    released: Mutex<bool>,
    changed: Condvar,
    answer: Box<Script>,
}

/// What to answer to each request with its number, from 0.
type Script = dyn Fn(usize, &Received) -> Answer + Send + Sync;

impl Inbox {
    /// Starts an inbox; `answer` is given each request with its number, from 0.
    pub fn start(answer: impl Fn(usize, &Received) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            released: Mutex::default(),
            changed: Condvar::new(),
            answer: Box::new(answer),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let serving = Arc::clone(&serving);
                thread::spawn(move || serving.serve(stream));
            }
        });
        Inbox { port, shared }
    }

    /// An inbox that takes everything.
    pub fn accepting() -> Self {
        Inbox::start(|_, _| accepted())
    }

    /// The instance's address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What came so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// The bodies that came so far, sorted.
    pub fn bodies(&self) -> Vec<String> {
        let mut bodies: Vec<_> = self.received().iter().map(|one| one.text().to_owned()).collect();
        bodies.sort();
        bodies
    }

    /// Waits until so many requests came.
    pub fn wait_for(&self, count: usize) {
        let received = self.shared.received.lock().unwrap();
        let few = |received: &mut Vec<Received>| received.len() < count;
        drop(self.shared.changed.wait_while(received, few).unwrap());
    }

    /// Answers what is held.
    pub fn release(&self) {
        *self.shared.released.lock().unwrap() = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut writer = stream;
        while let Some(received) = read_request(&mut reader) {
            let number = {
                let mut all = self.received.lock().unwrap();
                all.push(received.clone());
                all.len() - 1
            };
            self.changed.notify_all();
            let answer = match (self.answer)(number, &received) {
                Answer::Hold => {
                    let released = self.released.lock().unwrap();
                    drop(self.changed.wait_while(released, |released| !*released).unwrap());
                    accepted()
                }
                answer => answer,
            };
            let Answer::Status(status, headers, body) = answer else {
                let _ = writer.shutdown(Shutdown::Both);
                return;
            };
            let length = body.len();
            let text = format!("HTTP/1.1 {status} Words\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
            // A client that has gone already is what some tests are about.
            if writer.write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut received = Received { head, body: Vec::new(), at: Instant::now() };
    let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
    received.body.resize(length, 0);
    reader.read_exact(&mut received.body).ok()?;
    received.at = Instant::now();
    Some(received)
}
