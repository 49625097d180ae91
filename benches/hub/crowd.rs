//! One publisher and many subscribers, on one thread: they do as little as one can, so that the server is what is measured.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::TcpStream as Blocking;
use std::rc::Rc;
use std::time::Instant;

use hdrhistogram::Histogram;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::LocalSet;

use super::servers::{Kind, Server};

/// The length of a message, in bytes.
pub const LENGTH: usize = 900;
/// Its frame's: the header of a server's frame of this length has four bytes.
const FRAME: usize = 4 + LENGTH;
/// How many digits the number of a message has, which stands behind the quotation mark.
const DIGITS: usize = 8;
const READ_AT_ONCE: usize = 256 << 10;

/// Connected clients of one server.
pub struct Crowd {
    kind: Kind,
    publisher: Option<Blocking>,
    subscribers: Vec<Blocking>,
}

/// What came of a run.
pub struct Outcome {
    /// Deliveries a second.
    pub rate: f64,
    /// How long 99 of 100 deliveries took at most, in milliseconds.
    pub p99_ms: f64,
}

/// Opens a session.
fn open(server: &Server, target: &str) -> Blocking {
    let mut stream = Blocking::connect(server.address).unwrap();
    stream.set_nodelay(true).unwrap();
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address
    )
    .unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    stream
}

/// Opens a session that gets what is published.
pub fn subscribe(server: &Server) -> Blocking {
    match server.kind {
        Kind::Hub => {}
        Kind::Inbox => return open(server, "/.versia/v0.6/inbox"),
        Kind::Bun | Kind::Ws => return open(server, "/subscribe"),
    }
    let mut stream = open(server, "/ws");
    // Whoever gets its own message has joined.
    for command in [
        r#"{"command":"join","args":{"channel":"c"}}"#,
        r#"{"command":"join","args":{"channel":"own"}}"#,
        r#"{"command":"broadcast","args":{"channel":"own","content":1}}"#,
        r#"{"command":"leave","args":{"channel":"own"}}"#,
    ] {
        stream.write_all(&frame(command.as_bytes())).unwrap();
    }
    let mut own = [0; 3];
    stream.read_exact(&mut own).unwrap();
    assert_eq!(&own, b"\x81\x011");
    stream
}

/// A text as a client sends it, with a mask that changes nothing.
fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match u8::try_from(text.len()) {
        Ok(length @ ..=125) => frame.push(0x80 | length),
        _ => {
            frame.push(0x80 | 126);
            frame.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text);
    frame
}

/// The frame of a publication.
fn publication(kind: Kind, number: usize) -> Vec<u8> {
    let content = format!("\"{number:0DIGITS$}{}\"", "x".repeat(LENGTH - DIGITS - 2));
    match kind {
        Kind::Hub => {
            let text = format!(r#"{{"command":"broadcast","args":{{"channel":"c","content":{content}}}}}"#);
            frame(text.as_bytes())
        }
        Kind::Bun | Kind::Ws | Kind::Inbox => frame(content.as_bytes()),
    }
}

/// What the tasks of a run share.
struct Run {
    kind: Kind,
    sent_at: RefCell<Vec<Instant>>,
    /// How many deliveries of each publication are missing.
    missing: Vec<Cell<usize>>,
    complete: Cell<usize>,
    one_more: Notify,
    took: RefCell<Histogram<u64>>,
    buffer: RefCell<Vec<u8>>,
}

impl Crowd {
    /// Connects so many subscribers, and a publisher.
    pub fn connect(server: &Server, subscribers: usize) -> Self {
        let subscribers = (0..subscribers).map(|_| subscribe(server)).collect();
        let publisher = open(server, if server.kind == Kind::Hub { "/ws" } else { "/publish" });
        Crowd { kind: server.kind, publisher: Some(publisher), subscribers }
    }

    /// Publishes, with no more than so many publications that have not reached everybody.
    pub fn run(&mut self, in_flight: usize, publications: usize) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let run = Rc::new(Run {
            kind: self.kind,
            sent_at: RefCell::new(Vec::with_capacity(publications)),
            missing: vec![Cell::new(self.subscribers.len()); publications],
            complete: Cell::new(0),
            one_more: Notify::new(),
            took: RefCell::new(Histogram::new(3).unwrap()),
            buffer: RefCell::new(vec![0; READ_AT_ONCE]),
        });
        let start = Instant::now();
        let subscribers = std::mem::take(&mut self.subscribers);
        let count = subscribers.len();
        let publisher = self.publisher.take().unwrap();
        let (publisher, subscribers) = LocalSet::new().block_on(&runtime, async {
            let receiving: Vec<_> = subscribers
                .into_iter()
                .map(|stream| tokio::task::spawn_local(Rc::clone(&run).receive(stream)))
                .collect();
            let publisher = run.publish(publisher, in_flight).await;
            let mut subscribers = Vec::new();
            for one in receiving {
                subscribers.push(one.await.unwrap());
            }
            (publisher, subscribers)
        });
        let elapsed = start.elapsed().as_secs_f64();
        (self.publisher, self.subscribers) = (Some(publisher), subscribers);
        let p99_ms = run.took.borrow().value_at_quantile(0.99) as f64 / 1e6;
        Outcome { rate: (count * publications) as f64 / elapsed, p99_ms }
    }
}

fn nonblocking(stream: Blocking) -> TcpStream {
    stream.set_nonblocking(true).unwrap();
    TcpStream::from_std(stream).unwrap()
}

fn blocking(stream: TcpStream) -> Blocking {
    let stream = stream.into_std().unwrap();
    stream.set_nonblocking(false).unwrap();
    stream
}

impl Run {
    async fn publish(&self, stream: Blocking, in_flight: usize) -> Blocking {
        let mut stream = nonblocking(stream);
        let mut sent = 0;
        while sent < self.missing.len() {
            let until = (self.complete.get() + in_flight).min(self.missing.len());
            if sent == until {
                self.one_more.notified().await;
                continue;
            }
            let frames: Vec<u8> = (sent..until).flat_map(|number| publication(self.kind, number)).collect();
            self.sent_at.borrow_mut().resize(until, Instant::now());
            sent = until;
            stream.write_all(&frames).await.unwrap();
        }
        blocking(stream)
    }

    async fn receive(self: Rc<Self>, stream: Blocking) -> Blocking {
        let stream = nonblocking(stream);
        let (mut part, mut came) = (Vec::new(), 0);
        while came < self.missing.len() {
            stream.readable().await.unwrap();
            let mut buffer = self.buffer.borrow_mut();
            // What came before of a frame that is not whole stands before what comes now.
            buffer[..part.len()].copy_from_slice(&part);
            let read = match stream.try_read(&mut buffer[part.len()..]) {
                Ok(0) => panic!("a subscriber's session ended"),
                Ok(read) => read,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
                Err(error) => panic!("{error}"),
            };
            let (frames, rest) = buffer[..part.len() + read].as_chunks::<FRAME>();
            let now = Instant::now();
            for frame in frames {
                self.count(frame, came, now);
                came += 1;
            }
            part.clear();
            part.extend_from_slice(rest);
        }
        blocking(stream)
    }

    /// Counts a delivery: the next one in the order in which they were published.
    fn count(&self, frame: &[u8; FRAME], expected: usize, now: Instant) {
        let digits = std::str::from_utf8(&frame[5..5 + DIGITS]).unwrap();
        assert_eq!(digits.parse::<usize>(), Ok(expected), "out of order");
        let took = now - self.sent_at.borrow()[expected];
        self.took.borrow_mut().record(u64::try_from(took.as_nanos()).unwrap()).unwrap();
        let missing = self.missing[expected].get() - 1;
        self.missing[expected].set(missing);
        if missing == 0 {
            self.complete.set(self.complete.get() + 1);
            self.one_more.notify_one();
        }
    }
}
