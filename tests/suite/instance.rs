//! A small instance on loopback that publishes its key and signs its answers, in the way that a path asks for.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use versia_cli::protocol::versia::signature_headers;
use versia_cli::signing::{SecretKey, Signer};

use crate::world::metadata;

/// What the instance serves as an entity.
pub const NOTE: &str = concat!(
    r#"{"id":"1", "type":"Note","created_at":"2026-01-02T03:04:05Z","author":"a","attachments":[],"category":null,"#,
    r#""content":null,"device":null,"group":null,"is_sensitive":false,"mentions":[],"previews":[],"quotes":null,"#,
    r#""replies_to":null,"subject":null,"extensions":null}"#
);

/// The instance of `b.example`.
pub struct Instance {
    /// The port that it listens on.
    pub port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Instance {
    /// Starts it; it lives as long as the test.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = Arc::clone(&told);
                thread::spawn(move || answer_all(stream, &told));
            }
        });
        Instance { port, heads }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The flag that says where `b.example` is.
    pub fn peer(&self) -> String {
        format!("--peer b.example={}", self.url())
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.heads().iter().filter(|head| head.starts_with(&format!("GET {path} "))).count()
    }
}

fn signer(seed: u8) -> Signer {
    signer_of(seed, "b.example")
}

fn signer_of(seed: u8, domain: &str) -> Signer {
    Signer::new(SecretKey::from_seed(&[seed; 32]), domain)
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64
}

fn answer_all(stream: TcpStream, heads: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    while let Some(head) = read_head(&mut reader) {
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        heads.lock().unwrap().push(head);
        if reader.get_mut().write_all(answer(&target).as_bytes()).is_err() {
            return;
        }
    }
}

fn read_head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn answer(target: &str) -> String {
    let (key, at) = (signer(7), now());
    match target {
        "/.versia/v0.6/instance" => message("200 OK", "", &metadata("b.example")),
        "/unsigned" => message("200 OK", "", NOTE),
        "/stale" => signed(&key, target, "200 OK", at - 1_000),
        "/wrong-key" => signed(&signer(8), target, "200 OK", at),
        "/here" => signed(&signer_of(7, "127.0.0.1"), target, "200 OK", at),
        "/not-found" => signed(&key, target, "404 Not Found", at),
        "/redirect" => message("302 Found", "Location: https://c.example/\r\n", ""),
        "/cookie" => message("200 OK", "Set-Cookie: hush\r\n", "{}"),
        "/cut" => "HTTP/1.1 200 OK\r\nContent-Length: 17000000\r\n\r\n".to_owned() + &" ".repeat(17_000_000),
        _ => signed(&key, target, "200 OK", at),
    }
}

fn signed(signer: &Signer, target: &str, status: &str, at: i64) -> String {
    let signed = signer.sign("GET", target, at, NOTE.as_bytes());
    let headers = signature_headers(&signed);
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.as_text().unwrap())).collect();
    message(status, &headers, NOTE)
}

fn message(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nX-Odd-CASE: 1\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
}
