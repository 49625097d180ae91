//! Mistakes as senders make them, each written here on its own: nothing of it is shared with what finds them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256, Sha512};
use versia_cli::signing::{Role, SecretKey};

use super::draft::Draft;
use super::random::Random;
use super::{Document, documents};

/// One mistake: how it is called, what it concerns (two of one part are not made at once), the code it has to get.
pub struct Mistake {
    pub name: &'static str,
    pub part: &'static str,
    pub code: &'static str,
    /// Makes it; `None` where it cannot be made on this draft.
    pub make: fn(&mut Draft, &mut Random) -> Option<()>,
}

macro_rules! mistakes {
    ($($name:literal, $part:literal, $code:literal, $make:expr;)*) => {
        &[$(Mistake { name: $name, part: $part, code: $code, make: $make }),*]
    };
}

pub static MISTAKES: &[Mistake] = mistakes! {
    "upper-case method", "method", "VS403", |d, _| set(&mut d.signed_method, d.method.to_owned());
    "another method", "method", "VS404", |d, random| {
        let other = random.pick(&["get", "post", "put", "delete"]).to_owned();
        (other != d.signed_method).then(|| d.signed_method = other)
    };
    "path with query", "path", "VS411", |d, _| {
        d.target.contains('?').then(|| d.signed_path = d.target.clone())
    };
    "path decoded", "path", "VS412", |d, _| {
        let escape = |path: &str, from: &str, to: &str| path.replace(from, to);
        let path = escape(&d.signed_path, "%3A", ":");
        let path = escape(&escape(&escape(&path, "%2F", "/"), "%20", " "), "%C3%A9", "é");
        set(&mut d.signed_path, path)
    };
    "path encoded twice", "path", "VS413", |d, _| {
        let path = d.signed_path.replace('%', "%25");
        set(&mut d.signed_path, path)
    };
    "escapes in lower case", "path", "VS414", |d, _| {
        let path = d.signed_path.replace("%3A", "%3a").replace("%2F", "%2f").replace("%C3%A9", "%c3%a9");
        set(&mut d.signed_path, path)
    };
    "path normalised", "path", "VS415", |d, _| {
        let path = d.signed_path.replace("/a:b@c/../d", "/d");
        set(&mut d.signed_path, path)
    };
    "whole URL", "path", "VS416", |d, random| {
        let scheme = random.pick(&["https://", "http://", ""]);
        d.signed_path = format!("{scheme}{}{}", d.host, d.signed_path);
        Some(())
    };
    "slash at the end", "path", "VS417", |d, _| {
        d.signed_path.push('/');
        Some(())
    };
    "path without prefix", "path", "VS418", |d, _| {
        let path = d.signed_path.strip_prefix("/.versia/v0.6")?.to_owned();
        set(&mut d.signed_path, path)
    };
    "no path", "path", "VS419", |d, random| set(&mut d.signed_path, random.pick(&["", "/"]).to_owned());
    "other characters encoded", "path", "VS420", |d, _| {
        let path = d.signed_path.strip_prefix("/users/")?.replace(':', "%3A").replace('@', "%40");
        set(&mut d.signed_path, format!("/users/{path}"))
    };
    "string in milliseconds", "time", "VS421", |d, random| {
        let milli = random.pick(&["000", "001", "250", "999"]);
        set(&mut d.signed_at, format!("{}{milli}", d.at))
    };
    "header in milliseconds", "time", "VS422", |d, random| {
        let milli = random.pick(&["000", "123"]);
        set(&mut d.header_at, format!("{}{milli}", d.at))
    };
    "header is a date", "time", "VS422", |d, _| {
        d.header_at = Timestamp::from_second(i64::try_from(d.at).ok()?).ok()?.to_string();
        Some(())
    };
    "string in nanoseconds", "time", "VS423", |d, random| {
        let zeros = random.pick(&["000000", "000000000"]);
        set(&mut d.signed_at, format!("{}{zeros}", d.at))
    };
    "string with a fraction", "time", "VS424", |d, _| set(&mut d.signed_at, format!("{}.0", d.at));
    "string is a date", "time", "VS425", |d, _| {
        let date = Timestamp::from_second(i64::try_from(d.at).ok()?).ok()?;
        set(&mut d.signed_at, date.to_string().replace('Z', ".000Z"))
    };
    "off by a time zone", "time", "VS426", |d, random| {
        let hours = [1, 2, 5, 9, 12][random.below(5)];
        set(&mut d.signed_at, (d.at + hours * 3_600).to_string())
    };
    "clock read twice", "time", "VS427", |d, _| set(&mut d.signed_at, (d.at - 1).to_string());
    "digest in hex", "digest", "VS431", |d, _| {
        d.digest = |body| Sha256::digest(body).iter().map(|b| format!("{b:02x}")).collect();
        Some(())
    };
    "digest in base64url", "digest", "VS432", |d, _| {
        d.digest = |body| URL_SAFE.encode(Sha256::digest(body));
        Some(())
    };
    "digest unpadded", "digest", "VS433", |d, _| {
        d.digest = |body| STANDARD_NO_PAD.encode(Sha256::digest(body));
        Some(())
    };
    "digest with a prefix", "digest", "VS434", |d, _| {
        d.digest = |body| format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)));
        Some(())
    };
    "SHA-512", "digest", "VS435", |d, _| {
        d.digest = |body| STANDARD.encode(Sha512::digest(body));
        Some(())
    };
    "no digest", "digest", "VS436", |d, _| {
        d.digest = |_| String::new();
        Some(())
    };
    "digest of no body", "body", "VS441", |d, _| {
        (!d.body.is_empty()).then(|| d.hashed.clear())
    };
    "body written anew", "body", "VS442", |d, random| {
        let documents = documents();
        let Document { sent, forms } = &documents[random.below(documents.len())];
        let text = &forms[random.below(forms.len())].text;
        // What differs in blanks at the end or in line ends only has another name.
        if d.body.is_empty() || text.trim_end() == sent.replace("\r\n", "\n").trim_end() {
            return None;
        }
        d.body = sent.clone().into_bytes();
        d.hashed = text.clone().into_bytes();
        Some(())
    };
    "newline at the end", "body", "VS443", |d, _| {
        if d.hashed.pop()? != b'\n' {
            d.hashed = [d.body.as_slice(), b"\n"].concat();
        } else if d.hashed.last() == Some(&b'\r') {
            d.hashed.pop();
        }
        Some(())
    };
    "line ends", "body", "VS444", |d, _| {
        let text = String::from_utf8(d.body.clone()).ok()?;
        let other = if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.replace('\n', "\r\n") };
        // With one line only, it is the newline at its end.
        (text.trim_end().contains('\n')).then(|| d.hashed = other.into_bytes())
    };
    "byte order mark", "body", "VS445", |d, random| {
        let marked = [b"\xef\xbb\xbf", d.body.as_slice()].concat();
        if d.body.is_empty() {
            return None;
        }
        if random.below(2) == 0 {
            d.hashed = marked;
        } else {
            d.body = marked;
        }
        Some(())
    };
    "body in Latin-1", "body", "VS446", |d, _| {
        let text = String::from_utf8(d.body.clone()).ok()?;
        let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
        (!text.is_ascii()).then_some(())?;
        d.hashed = latin?;
        Some(())
    };
    "body as a JSON string", "body", "VS447", |d, _| {
        let text = serde_json::to_string(std::str::from_utf8(&d.body).ok()?).ok()?;
        (!d.body.is_empty()).then(|| d.hashed = text.into_bytes())
    };
    "placeholder for no body", "body", "VS448", |d, _| {
        d.body.is_empty().then(|| d.hashed = b"{}".to_vec())
    };
    "other separators", "separators", "VS451", |d, random| {
        set(&mut d.separator, random.pick(&["\n", ":", "", "|"]).to_owned())
    };
    "newline behind the string", "end", "VS452", |d, _| set(&mut d.end, "\n".to_owned());
    "signature in base64url", "signature", "VS461", |d, random| {
        d.signature = match random.below(2) {
            0 => |bytes| URL_SAFE.encode(bytes),
            _ => |bytes| URL_SAFE_NO_PAD.encode(bytes),
        };
        Some(())
    };
    "signature unpadded", "signature", "VS462", |d, _| {
        d.signature = |bytes| STANDARD_NO_PAD.encode(bytes);
        Some(())
    };
    "signature in hex", "signature", "VS463", |d, _| {
        d.signature = |bytes| bytes.iter().map(|b| format!("{b:02x}")).collect();
        Some(())
    };
    "signature in DER", "signature", "VS464", |d, _| {
        d.signature = |bytes| STANDARD.encode([&[4, 64], bytes.as_slice()].concat());
        Some(())
    };
    "signature in quotes", "signature", "VS465", |d, _| {
        d.signature = |bytes| format!("\"{}\"", STANDARD.encode(bytes));
        Some(())
    };
    "another known key", "key", "VS471", |d, random| by_another(d, random, Role::Known);
    "the previous key", "key", "VS472", |d, random| by_another(d, random, Role::Previous);
    "a user's key", "key", "VS473", |d, random| by_another(d, random, Role::User);
    "private half published", "key", "VS474", |d, random| {
        // About half of all seeds are points as well.
        for _ in 0..64 {
            d.signing_key = random.bytes();
            if versia_cli::signing::PublicKey::from_bytes(&d.signing_key).is_some_and(|key| key.is_ok()) {
                d.published = d.signing_key;
                return Some(());
            }
        }
        None
    };
    "draft 0.4", "time", "VS481", |d, _| {
        let nonce = "0f".repeat(32);
        d.signed_at.clone_from(&nonce);
        d.nonce = Some(nonce);
        Some(())
    };
    "draft 0.5", "signer", "VS482", |d, _| {
        // In draft 0.4 signers are named so as well.
        d.nonce.is_none().then(|| d.signed_by = "https://a.example/users/1".to_owned())
    };
};

fn set(part: &mut String, value: String) -> Option<()> {
    (*part != value).then(|| *part = value)
}

fn by_another(draft: &mut Draft, random: &mut Random, role: Role) -> Option<()> {
    let others = [random.bytes(), random.bytes()];
    draft.signing_key = others[1];
    draft.others = vec![(others[0], Role::Known), (others[1], role)];
    (SecretKey::from_seed(&others[0]).public() != SecretKey::from_seed(&others[1]).public()).then_some(())
}
