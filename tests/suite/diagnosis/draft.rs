//! A message as a sender makes it, with everything that it may get wrong laid open.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use versia_cli::signing::{
    Budget, Evidence, Explanation, Fields, Kind, PublicKey, Role, SecretKey, Suspect, Unverified, explain,
};

use super::random::Random;

/// What is sent and what is signed, before it is.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: Kind,
    pub method: &'static str,
    pub target: String,
    pub host: String,
    pub body: Vec<u8>,
    pub at: u64,
    pub signing_key: [u8; 32],
    pub published: [u8; 32],
    /// The keys that are known beside the signer's, with what they are.
    pub others: Vec<([u8; 32], Role)>,
    pub signed_method: String,
    pub signed_path: String,
    pub signed_at: String,
    pub header_at: String,
    pub hashed: Vec<u8>,
    pub digest: fn(&[u8]) -> String,
    pub separator: String,
    pub end: String,
    pub signature: fn(&[u8; 64]) -> String,
    pub signed_by: String,
    pub nonce: Option<String>,
}

pub fn base64_of_sha256(body: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(body))
}

fn base64_of_signature(bytes: &[u8; 64]) -> String {
    STANDARD.encode(bytes)
}

const TARGETS: &[&str] = &[
    "/.versia/v0.6/inbox",
    "/.versia/v0.6/inbox?offset=10&limit=20",
    "/.versia/v0.6/entities/pub.versia%3Agroups%2FGroup/018ec082-0ae1-761c-b2c5-22275a611771",
    "/.versia/v0.6/entities/User/x%20y/collections/pub.versia%3Alikes%2FLikes?offset=0",
    "/notes/caf%C3%A9",
    "/users/a:b@c/../d//e",
];

const BODIES: &[&str] = &[
    "{\"type\":\"Note\",\"id\":\"1\",\"content\":{\"text/plain\":{\"content\":\"caf\u{e9} <b> 1.0\",\"remote\":false}},\"n\":1.0}",
    "{\n  \"type\": \"Follow\",\n  \"author\": \"alice\",\n  \"followee\": \"b.example:bob\",\n  \"z\": [1, 2.50, {}],\n  \"10\": 1\n}\n",
    "{\"type\": \"Delete\", \"deleted\": \"a.example:1\", \"author\": \"alice\", \"url\": \"https://a.example/1\"}",
    "{\r\n\t\"b\": \"caf\\u00e9/\",\r\n\t\"a\": 1e3\r\n}\r\n",
];

impl Draft {
    /// A message without mistakes.
    pub fn new(random: &mut Random) -> Self {
        let kind = *random.pick(&[&Kind::Request, &Kind::Response, &Kind::Request]);
        let method = random.pick(&["POST", "GET", "POST"]);
        let target = random.pick(TARGETS).to_owned();
        let empty = method == "GET" && kind == Kind::Request;
        let body = if empty { Vec::new() } else { random.pick(BODIES).as_bytes().to_vec() };
        let at = 1_700_000_000 + random.next() % 100_000_000;
        let key = random.bytes();
        Draft {
            kind,
            method,
            host: "b.example".to_owned(),
            at,
            signing_key: key,
            published: *SecretKey::from_seed(&key).public().as_bytes(),
            others: Vec::new(),
            signed_method: method.to_lowercase(),
            signed_path: target.split('?').next().unwrap().to_owned(),
            target,
            signed_at: at.to_string(),
            header_at: at.to_string(),
            hashed: body.clone(),
            body,
            digest: base64_of_sha256,
            separator: " ".to_owned(),
            end: String::new(),
            signature: base64_of_signature,
            signed_by: "a.example".to_owned(),
            nonce: None,
        }
    }

    pub fn sign(self) -> Sent {
        let separator = &self.separator;
        let string = format!(
            "{}{separator}{}{separator}{}{separator}{}{}",
            self.signed_method,
            self.signed_path,
            self.signed_at,
            (self.digest)(&self.hashed),
            self.end
        );
        let signature = SecretKey::from_seed(&self.signing_key).sign(string.as_bytes());
        let (name, time) = match &self.nonce {
            None => ("Versia-Signature", ("Versia-Signed-At", self.header_at.clone())),
            Some(nonce) => ("X-Signature", ("X-Nonce", nonce.clone())),
        };
        let headers = vec![
            ("Host", self.host.clone()),
            (name, (self.signature)(&signature)),
            (if self.nonce.is_some() { "X-Signed-By" } else { "Versia-Signed-By" }, self.signed_by.clone()),
            time,
        ];
        Sent {
            kind: self.kind,
            method: self.method,
            key: PublicKey::from_bytes(&self.published).unwrap().unwrap(),
            suspects: suspects(&self.others),
            target: self.target,
            host: self.host,
            headers,
            body: self.body,
            string,
        }
    }
}

fn suspects(others: &[([u8; 32], Role)]) -> Vec<Suspect> {
    let suspect = |(seed, role): &([u8; 32], Role)| Suspect {
        key: SecretKey::from_seed(seed).public(),
        role: *role,
        origin: "a test".to_owned(),
    };
    others.iter().map(suspect).collect()
}

/// How many strings are tried at most: all singles and pairs; it keeps the tests short.
const STRINGS: u64 = 16_000;

/// A message as it comes.
#[derive(Debug)]
pub struct Sent {
    kind: Kind,
    method: &'static str,
    target: String,
    host: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    key: PublicKey,
    suspects: Vec<Suspect>,
    /// What was signed.
    string: String,
}

impl Sent {
    fn with_evidence<T>(&self, work: impl FnOnce(&Evidence<'_>) -> T) -> T {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        let message = Unverified {
            kind: self.kind,
            method: self.method,
            target: &self.target,
            fields: Fields::from_headers(headers.iter().copied()),
            body: &self.body,
        };
        work(&Evidence {
            message,
            headers: &headers,
            hosts: &[&self.host],
            key: Some(&self.key),
            suspects: &self.suspects,
        })
    }

    /// Whether the signature has none of the characters by which base64url is known.
    pub fn is_unmarked(&self) -> bool {
        !self.headers[1].1.contains(['-', '_'])
    }

    pub fn is_valid(&self) -> bool {
        use versia_cli::signing::{Verdict, Window, verify};
        self.with_evidence(|evidence| {
            verify(&evidence.message, evidence.key, Window::Ignore).verdict == Verdict::Valid
        })
    }

    /// The explanation of a search that goes to its end; a cause has to give what was signed.
    pub fn explain(&self) -> Option<Explanation> {
        self.explain_within(&Budget::strings(STRINGS)).inspect(|explanation| {
            let signed = explanation.signed();
            assert!(signed.is_empty() || signed == self.string, "{signed} is not what was signed: {self:?}");
        })
    }

    pub fn explain_within(&self, budget: &Budget) -> Option<Explanation> {
        self.with_evidence(|evidence| explain(evidence, budget))
    }

    /// Changes the body's content; `false` where there is none.
    pub fn tamper(&mut self, random: &mut Random) -> bool {
        let letters: Vec<_> =
            self.body.iter().enumerate().filter(|(_, b)| b.is_ascii_alphabetic()).map(|(at, _)| at).collect();
        if letters.is_empty() {
            return false;
        }
        match random.below(3) {
            0 => self.body[letters[random.below(letters.len())]] ^= 1,
            1 => self.body.truncate(self.body.len() / 2),
            _ => self.body.insert(letters[random.below(letters.len())], b'q'),
        }
        true
    }
}
