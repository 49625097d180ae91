//! A scripted instance of `b.example` on loopback: what each target is answered with is a function of the test's.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use versia_cli::protocol::versia::signature_headers;
use versia_cli::signing::{SecretKey, Signer};

/// A whole Note; `more` are fields that it has beside the others.
pub fn note(id: &str, author: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"Note","created_at":"2026-01-02T03:04:05Z","author":"{author}","attachments":[],"category":null,"content":null,"device":null,"group":null,"is_sensitive":false,"mentions":[],"previews":[],"quotes":null,"replies_to":null,"subject":null,"extensions":null{more}}}"#
    )
}

/// A whole User.
pub fn user(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"User","created_at":"2026-01-02T03:04:05Z","username":"u{id}","display_name":null,"avatar":null,"header":null,"bio":null,"fields":[],"indexable":false,"manually_approves_followers":false,"extensions":null}}"#
    )
}

/// What a request is answered with.
#[derive(Debug, Clone)]
pub struct Reply {
    status: &'static str,
    content_type: &'static str,
    headers: String,
    body: String,
    /// Who signs, by the seed of the key and the domain.
    signer: Option<(u8, &'static str)>,
}

impl Reply {
    /// A signed document.
    pub fn of(body: impl Into<String>) -> Self {
        Reply {
            status: "200 OK",
            content_type: "application/vnd.versia+json; charset=utf-8",
            headers: String::new(),
            body: body.into(),
            signer: Some((7, "b.example")),
        }
    }

    /// A web page.
    pub fn page() -> Self {
        Reply { content_type: "text/html", ..Reply::of("<!doctype html><title>Welcome</title>").unsigned() }
    }

    /// The same under another status.
    pub fn status(self, status: &'static str) -> Self {
        Reply { status, ..self }
    }

    /// The same without a signature.
    pub fn unsigned(self) -> Self {
        Reply { signer: None, ..self }
    }

    /// The same signed in another name, with its key.
    pub fn signed_by(self, domain: &'static str) -> Self {
        Reply { signer: Some((7, domain)), ..self }
    }

    /// The same with one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push_str(&format!("{name}: {value}\r\n"));
        self
    }

    fn written(&self, target: &str) -> String {
        let mut headers = self.headers.clone();
        if let Some((seed, domain)) = self.signer {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
            let signer = Signer::new(SecretKey::from_seed(&[seed; 32]), domain);
            for (name, value) in signature_headers(&signer.sign("GET", target, now, self.body.as_bytes())) {
                headers.push_str(&format!("{name}: {}\r\n", value.as_text().unwrap()));
            }
        }
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{headers}\r\n{}",
            self.status,
            self.content_type,
            self.body.len(),
            self.body
        )
    }
}

/// The running instance; it lives as long as the test.
pub struct World {
    /// Its address.
    pub url: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl World {
    /// Starts it. What the function leaves out is answered with 404; metadata and versions are there without it.
    pub fn start(answer: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (told, answer) = (Arc::clone(&heads), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (told, answer) = (Arc::clone(&told), Arc::clone(&answer));
                thread::spawn(move || serve(stream, &told, &*answer));
            }
        });
        World { url, heads }
    }

    /// The flag that says where `b.example` is.
    pub fn peer(&self) -> String {
        format!("--peer b.example={}", self.url)
    }

    /// The targets of the requests so far, without those for the key.
    pub fn targets(&self) -> Vec<String> {
        let heads = self.heads();
        let targets = heads.iter().map(|head| head.split(' ').nth(1).unwrap_or_default().to_owned());
        targets.filter(|target| target != "/.versia/v0.6/instance").collect()
    }

    /// The heads of the requests so far.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// The metadata of an instance with the key that signs here.
pub fn metadata(domain: &str) -> String {
    let key = SecretKey::from_seed(&[7; 32]).public().to_spki_base64();
    format!(
        r#"{{"type":"InstanceMetadata","name":"A world","description":null,"created_at":"2026-01-02T03:04:05Z","software":{{"name":"world","version":"1.0.0"}},"compatibility":{{"versions":["0.6.0"],"extensions":[]}},"domain":"{domain}","public_key":{{"algorithm":"ed25519","key":"{key}"}},"logo":null,"banner":null,"extensions":null}}"#
    )
}

fn serve(stream: TcpStream, heads: &Mutex<Vec<String>>, answer: &(impl Fn(&str) -> Option<Reply> + ?Sized)) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if !reader.read_line(&mut head).is_ok_and(|count| count > 0) {
                return;
            }
        }
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        heads.lock().unwrap().push(head);
        let usual = match target.as_str() {
            "/.versia/v0.6/instance" => Reply::of(metadata("b.example")).unsigned(),
            "/.well-known/versia" => Reply::of(r#"{"versions":["0.6.0"]}"#).unsigned(),
            _ => Reply::of(r#"{"error":"there is nothing here"}"#).status("404 Not Found"),
        };
        let reply = answer(&target).unwrap_or(usual);
        if reader.get_mut().write_all(reply.written(&target).as_bytes()).is_err() {
            return;
        }
    }
}
