//! A directory against small instances on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;

use super::*;

const KEY: &str = "MCowBQYDK2VwAyEA9oGFPbz+LThzQSOhWhOpUdFxLG07Rqmn0HtAFaCz/hM=";

fn metadata(domain: &str) -> String {
    format!(r#"{{"domain":"{domain}","public_key":{{"algorithm":"ed25519","key":"{KEY}"}}}}"#)
}

/// An instance on this machine that counts what is asked of it.
struct Instance {
    peer: Peer,
    asked: Arc<AtomicUsize>,
    heads: mpsc::Receiver<String>,
}

impl Instance {
    /// `answer` gets the number of the request, from 1, and gives a status and a body.
    fn start(answer: impl Fn(usize) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let (told, heads) = mpsc::channel();
        let count = Arc::clone(&asked);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = told.send(read_head(&stream));
                let (status, body) = answer(count.fetch_add(1, Ordering::SeqCst) + 1);
                let length = body.len();
                let _ = write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}");
            }
        });
        Instance { peer: format!("b.example={url}").parse().unwrap(), asked, heads }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn directory(&self) -> KeyDirectory {
        KeyDirectory::new(NetworkOptions::default(), vec![self.peer.clone()])
    }
}

fn read_head(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn after(now: Instant, seconds: u64) -> Instant {
    now + Duration::from_secs(seconds)
}

#[test]
fn a_key_is_fetched_once_and_kept() {
    let instance = Instance::start(|_| (200, metadata("b.example")));
    let (directory, now) = (instance.directory(), Instant::now());
    assert!(directory.known("b.example", now).is_none());
    let found = directory.find("b.example", now).unwrap();
    assert_eq!((found.key.to_spki_base64().as_str(), found.findings.len()), (KEY, 0));
    assert!(directory.find("B.EXAMPLE", after(now, 590)).is_ok());
    assert!(directory.known("instance b.example", after(now, 590)).is_some_and(|found| found.is_ok()));
    assert_eq!(instance.asked(), 1);
    assert!(directory.known("b.example", after(now, 620)).is_none());
    assert!(directory.find("b.example", after(now, 620)).is_ok());
    assert_eq!(instance.asked(), 2);
}

#[test]
fn a_failure_stands_for_ten_seconds_and_says_why() {
    let instance =
        Instance::start(|n| if n == 1 { (500, String::new()) } else { (200, metadata("b.example")) });
    let (directory, now) = (instance.directory(), Instant::now());
    let error = directory.find("b.example", now).unwrap_err();
    assert_eq!(error.code().map(|code| code.id), Some("VN125"));
    assert!(directory.known("b.example", after(now, 9)).is_some_and(|found| found.is_err()));
    assert!(directory.find("b.example", after(now, 9)).is_err());
    assert_eq!(instance.asked(), 1);
    assert!(directory.find("b.example", after(now, 30)).is_ok());
}

#[test]
fn a_key_that_does_not_fit_is_fetched_again_and_no_more_than_once_in_ten_seconds() {
    let instance =
        Instance::start(|n| if n == 3 { (500, String::new()) } else { (200, metadata("b.example")) });
    let (directory, now) = (instance.directory(), Instant::now());
    directory.find("b.example", now).unwrap();
    assert!(directory.refresh("b.example", after(now, 5)).is_ok());
    assert_eq!(instance.asked(), 1);
    assert!(directory.refresh("b.example", after(now, 30)).is_ok());
    assert!(directory.refresh("b.example", after(now, 35)).is_ok());
    assert_eq!(instance.asked(), 2);
    // The third answer is a failure: the key from before stays, and nobody is asked again at once.
    assert!(directory.refresh("b.example", after(now, 60)).is_ok());
    assert!(directory.refresh("b.example", after(now, 65)).is_ok());
    assert!(directory.find("b.example", after(now, 65)).is_ok());
    assert_eq!(instance.asked(), 3);
}

#[test]
fn many_threads_ask_once() {
    let instance = Instance::start(|_| (200, metadata("b.example")));
    let (directory, now, start) = (instance.directory(), Instant::now(), Barrier::new(8));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                directory.find("b.example", now).unwrap();
            });
        }
    });
    assert_eq!(instance.asked(), 1);
}

#[test]
fn hosts_that_a_message_named_have_to_be_public() {
    let (directory, now) = (KeyDirectory::new(NetworkOptions::default(), Vec::new()), Instant::now());
    for signer in
        ["localhost", "b.localhost", "127.0.0.1", "https://127.0.0.1:1/users/1", "instance 10.0.0.1"]
    {
        let error = directory.find(signer, now).unwrap_err();
        assert_eq!(error.code().map(|code| code.id), Some("VN132"), "{signer}: {error}");
    }
    let options = NetworkOptions { allow_private: true, ..NetworkOptions::default() };
    let allowed = KeyDirectory::new(options, Vec::new());
    let error = allowed.find("https://127.0.0.1:1/users/1", now).unwrap_err();
    assert_eq!(error.code().map(|code| code.id), Some("VN102"), "{error}");
}

#[test]
fn the_user_s_headers_are_not_sent() {
    let instance = Instance::start(|_| (200, metadata("b.example")));
    let headers = vec![("Authorization".into(), "hush".into())];
    let options = NetworkOptions { headers, ..NetworkOptions::default() };
    KeyDirectory::new(options, vec![instance.peer.clone()]).find("b.example", Instant::now()).unwrap();
    let head = instance.heads.recv().unwrap();
    assert!(head.starts_with("GET /.versia/v0.6/instance HTTP/1.1") && !head.contains("hush"), "{head}");
}

#[test]
fn what_is_odd_about_a_document_is_told() {
    let raw = "9oGFPbz+LThzQSOhWhOpUdFxLG07Rqmn0HtAFaCz/hM=";
    let instance = Instance::start(move |_| (200, metadata("c.example").replace(KEY, raw)));
    let found = instance.directory().find("b.example", Instant::now()).unwrap();
    let told: Vec<_> = found.findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(told, ["VS304", "VS303"]);
    assert_eq!(found.domain.as_deref(), Some("c.example"));
}

#[test]
fn the_oldest_is_forgotten_when_there_are_too_many() {
    let (directory, now) = (KeyDirectory::new(NetworkOptions::default(), Vec::new()), Instant::now());
    for number in 0..=CAPACITY {
        assert!(directory.find(&format!("n{number}.localhost"), after(now, number as u64)).is_err());
    }
    assert!(directory.known("n0.localhost", now).is_none());
    assert!(directory.known("n1.localhost", now).is_some());
    assert_eq!(directory.entries().len(), CAPACITY);
}

#[test]
fn a_document_without_end_is_cut_off() {
    let instance = Instance::start(|_| (200, " ".repeat(2 << 20)));
    let error = instance.directory().find("b.example", Instant::now()).unwrap_err();
    assert!(error.to_string().contains("more than any metadata has"), "{error}");
}
