//! Taking secrets out of a record that is to be shown to others: in headers, targets and bodies, as far as they are known
//! by their names, and private keys wherever they stand.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use super::record::{
    Bytes, HIDDEN, Headers, Protocol, Record, hide_in_head, is_secret_header, without_secrets,
};

/// How private keys begin: PKCS#8 of Ed25519 in base64, and any in PEM.
const KEYS: [&str; 3] = ["MC4CAQAwBQ", "MFECAQEwBQ", "MFMCAQEwBQ"];
const PEM: &str = "-----BEGIN ";

/// The shortest secret that is looked for in other texts, in bytes: a shorter one stands there by chance.
const SHORTEST: usize = 6;

/// What was taken out. Its `Debug` shows no secret.
#[derive(Default)]
pub struct Removed {
    /// In words, with how often.
    pub counts: BTreeMap<String, usize>,
    values: BTreeSet<String>,
}

impl fmt::Debug for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Removed").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl Removed {
    /// What was taken out of another record as well.
    pub fn append(&mut self, other: Removed) {
        for (what, count) in other.counts {
            *self.counts.entry(what).or_default() += count;
        }
        self.values.extend(other.values);
    }

    /// A text about the records, in which what was taken out is not quoted either.
    pub fn hide_in(&self, text: String) -> String {
        // The longest first: one may be a part of another.
        let mut values: Vec<_> = self.values.iter().filter(|value| value.len() >= SHORTEST).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.into_iter().fold(text, |text, value| text.replace(value.as_str(), HIDDEN))
    }
}

/// Takes the secrets out of a record. A body in which something was taken out counts as not whole from then on.
pub fn remove(record: &mut Record) -> Removed {
    let mut remover = Remover { protocol: record.protocol, removed: Removed::default() };
    if let Some(request) = &mut record.request {
        remover.target(&mut request.target);
        remover.headers(request.headers.iter_mut().flatten());
        request.truncated |= remover.body(&mut request.body, "the request's body");
    }
    if let Some(response) = &mut record.response {
        remover.headers(response.headers.iter_mut());
        response.truncated |= remover.body(&mut response.body, "the response's body");
    }
    if let Some(frame) = &mut record.frame {
        record.truncated |= remover.body(&mut frame.data, "the frame");
    }
    if let Some(malformed) = &mut record.malformed {
        record.truncated |= remover.head(malformed, "what could not be parsed");
    }
    remover.removed
}

struct Remover {
    protocol: Protocol,
    removed: Removed,
}

impl Remover {
    fn count(&mut self, what: String, value: &str) {
        *self.removed.counts.entry(what).or_default() += 1;
        if value != HIDDEN {
            self.removed.values.insert(value.to_owned());
        }
    }

    /// A text with a query, without the keys and tokens in it.
    fn query(&mut self, text: &str, whose: &str) -> Option<String> {
        let Cow::Owned(masked) = without_secrets(text) else { return None };
        for (pair, shown) in text.split(['?', '&']).zip(masked.split(['?', '&'])) {
            if pair != shown {
                let (_, value) = pair.split_once('=').unwrap_or_default();
                self.count(format!("keys and tokens in {whose}"), value);
            }
        }
        (masked != text).then_some(masked)
    }

    fn target(&mut self, target: &mut String) {
        if let Some(masked) = self.query(target, "the target") {
            *target = masked;
        }
    }

    fn headers<'a>(&mut self, headers: impl Iterator<Item = &'a mut <Headers as IntoIterator>::Item>) {
        for (name, value) in headers {
            if is_secret_header(name) {
                let secret = String::from_utf8_lossy(&value.0).into_owned();
                self.count(format!("the value of the header {name}"), &secret);
                *value = HIDDEN.into();
            } else if let Some(masked) =
                value.as_text().and_then(|text| self.query(text, &format!("the header {name}")))
            {
                *value = masked.into();
            }
        }
    }

    /// A head that is none; says whether something was taken out.
    fn head(&mut self, bytes: &mut Bytes, whose: &str) -> bool {
        let hidden = hide_in_head(&bytes.0, |name, value| {
            self.count(format!("the value of {name} in {whose}"), &String::from_utf8_lossy(value));
        });
        let changed = hidden.is_some();
        if let Some(hidden) = hidden {
            *bytes = Bytes(hidden);
        }
        self.text_of(bytes, whose) || changed
    }

    /// Whether something was taken out.
    fn body(&mut self, body: &mut Bytes, whose: &str) -> bool {
        let Some(text) = body.as_text() else { return false };
        // What is cut off, or too deep to be read, has its secrets as well.
        let is_json = text.trim_start().starts_with(['{', '[', '"']);
        let fields = if is_json { self.json(text, whose) } else { self.form(text, whose) };
        let changed = fields.is_some();
        if let Some(text) = fields {
            *body = text.into();
        }
        self.text_of(body, whose) || changed
    }

    /// A form's fields are a query's.
    fn form(&mut self, text: &str, whose: &str) -> Option<String> {
        if text.trim().contains(char::is_whitespace) || !text.contains('=') {
            return None;
        }
        let masked = self.query(&format!("?{text}"), whose)?;
        Some(masked.trim_start_matches('?').to_owned())
    }

    /// JSON without the values of fields that are secrets by their names, and what is within those; all else stays as it is
    /// written.
    fn json(&mut self, text: &str, whose: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let (mut rest, mut name, mut changed) = (text, None::<String>, false);
        let (mut depth, mut within) = (0_usize, None::<(usize, String)>);
        while let Some(first) = rest.chars().next() {
            let is_value =
                !matches!(first, '{' | '[' | '}' | ']' | ',' | ':') && !first.is_ascii_whitespace();
            if !is_value {
                out.push(first);
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
                match first {
                    '{' | '[' => {
                        let secret = name.take().filter(|name| self.is_secret(name));
                        within = within.or(secret.map(|name| (depth, name)));
                        depth += 1;
                    }
                    '}' | ']' => {
                        depth = depth.saturating_sub(1);
                        within = within.filter(|(from, _)| *from < depth);
                    }
                    ',' => name = None,
                    _ => {}
                }
                continue;
            }
            let (written, behind) = rest.split_at(value_end(rest));
            rest = behind;
            let text = serde_json::from_str::<String>(written).ok();
            if behind.trim_start().starts_with(':') {
                name = text;
                out.push_str(written);
            } else if let Some(field) = (within.as_ref().map(|(_, name)| name.as_str()))
                .or(name.as_deref().filter(|name| self.is_secret(name)))
                .filter(|_| written != "null")
            {
                let value = text.unwrap_or_else(|| written.to_owned());
                self.count(format!("the value of {field:?} in {whose}"), &value);
                out.push_str(&Value::from(HIDDEN).to_string());
                changed = true;
            } else if let Some(inner) = text.filter(|text| is_document(text))
                && let Some(inner) = self.json(&inner, whose)
            {
                out.push_str(&Value::from(inner).to_string());
                changed = true;
            } else {
                out.push_str(written);
            }
        }
        changed.then_some(out)
    }

    /// Whether the value of a field is a secret, by its name.
    fn is_secret(&self, name: &str) -> bool {
        let joined = name.to_ascii_lowercase().replace(['-', '_'], "");
        is_secret_header(name)
            || joined.contains("privatekey")
            // A hub's key lets anybody publish; Versia's `key` is the public one.
            || (joined == "key" && self.protocol != Protocol::Versia)
    }

    /// Private keys in any text.
    fn text_of(&mut self, bytes: &mut Bytes, whose: &str) -> bool {
        let Some(text) = bytes.as_text().and_then(without_keys) else { return false };
        *bytes = text.into();
        self.count(format!("a private key in {whose}"), HIDDEN);
        true
    }
}

/// Where the string, number or word at the beginning ends.
fn value_end(text: &str) -> usize {
    if !text.starts_with('"') {
        let is_end = |c: char| matches!(c, ',' | '}' | ']') || c.is_ascii_whitespace();
        return text.find(is_end).unwrap_or(text.len());
    }
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<Value>(text).is_ok()
}

/// The text without the private keys in it; `None` when there are none.
fn without_keys(text: &str) -> Option<String> {
    let is_key_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_');
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, length)) = next_key(rest, is_key_character) {
        out.push_str(rest.get(..at)?);
        out.push_str(HIDDEN);
        rest = rest.get(at + length..)?;
    }
    (rest.len() < text.len()).then(|| out + rest)
}

fn next_key(text: &str, is_key_character: impl Fn(char) -> bool) -> Option<(usize, usize)> {
    let bare = KEYS.iter().filter_map(|beginning| text.find(beginning)).min().map(|at| {
        let rest = &text[at..];
        (at, rest.find(|c| !is_key_character(c)).unwrap_or(rest.len()))
    });
    let armoured = text.match_indices(PEM).find_map(|(at, _)| {
        let rest = &text[at..];
        let label = rest.get(PEM.len()..)?.split("-----").next()?;
        let end = format!("-----END {label}-----");
        let length = rest.find(&end).map_or(rest.len(), |found| found + end.len());
        label.ends_with("PRIVATE KEY").then_some((at, length))
    });
    [bare, armoured].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::record::{Frame, Request};

    const KEY: &str = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";

    fn removed(protocol: Protocol, body: &str) -> (String, Vec<String>, bool) {
        let request =
            Request { method: "POST".into(), target: "/".into(), body: body.into(), ..Request::default() };
        let mut record = Record { protocol, request: Some(request), ..Record::default() };
        let removed = remove(&mut record);
        let request = record.request.unwrap();
        (request.body.as_text().unwrap().to_owned(), removed.counts.into_keys().collect(), request.truncated)
    }

    #[test]
    fn fields_that_are_secrets_by_their_names_are_taken_out_and_all_else_stays() {
        let (body, told, cut) = removed(
            Protocol::Versia,
            "{ \"access_token\": \"hush\", \"n\": [1e2, {\"password\":7}], \"key\": \"MCow\"}",
        );
        assert_eq!(
            body,
            "{ \"access_token\": \"(hidden)\", \"n\": [1e2, {\"password\":\"(hidden)\"}], \"key\": \"MCow\"}"
        );
        let expected =
            ["access_token", "password"].map(|name| format!("the value of {name:?} in the request's body"));
        assert_eq!((told, cut), (expected.into(), true));
        for text in ["{\"a\":\"token\",\"b\":null}", "no json", "[]", "{\"token\":null}", "\"token\""] {
            assert_eq!(removed(Protocol::Versia, text), (text.to_owned(), vec![], false));
        }
    }

    #[test]
    fn what_stands_within_a_secret_field_is_taken_out_and_what_follows_it_stays() {
        for (text, left) in [
            (
                r#"{"cookies":{"a":"h","b":["h",1]},"c":"x"}"#,
                r#"{"cookies":{"a":"(hidden)","b":["(hidden)","(hidden)"]},"c":"x"}"#,
            ),
            (r#"[{"tokens":["h",null]},"x"]"#, r#"[{"tokens":["(hidden)",null]},"x"]"#),
        ] {
            assert_eq!(removed(Protocol::Versia, text).0, left);
        }
    }

    #[test]
    fn what_cannot_be_read_as_json_hides_no_secret() {
        let deep = format!(r#"{{"token":"hush","a":{}"#, "[".repeat(500));
        for text in
            [r#"{"token":"hush","cut":"o"#, r#"{"token":"hu"#, "{\"token\":\"hush\"}\n{\"token\":1}", &deep]
        {
            let (body, told, _) = removed(Protocol::Versia, text);
            assert!(!body.contains("hu") && told.len() == 1, "{body}");
        }
        assert_eq!(removed(Protocol::Versia, "token=hush\n").0, "token=(hidden)");
    }

    #[test]
    fn heads_that_could_not_be_parsed_are_looked_into() {
        let head = "GET /x?token=query-secret HTTP/1.1\r\nAuthorization: Bearer header-secret\r\nX\r\n";
        let mut record = Record { malformed: Some(head.into()), ..Record::default() };
        let removed = remove(&mut record);
        assert_eq!((removed.counts.len(), record.truncated), (2, true));
        assert_eq!(removed.hide_in("query-secret Bearer header-secret".into()), "(hidden) (hidden)");
        assert!(!format!("{record:?}").contains("secret"), "{record:?}");
    }

    #[test]
    fn documents_in_texts_forms_and_hubs_keys_are_looked_into() {
        let inner = r#"{"entity":"{\"token\":\"hush\",\"a\":1}"}"#;
        assert_eq!(removed(Protocol::Versia, inner).0, r#"{"entity":"{\"token\":\"(hidden)\",\"a\":1}"}"#);
        assert_eq!(removed(Protocol::Wsify, r#"{"key":"hush"}"#).0, r#"{"key":"(hidden)"}"#);
        assert_eq!(removed(Protocol::Versia, "a=1&token=hush").0, "a=1&token=(hidden)");
    }

    #[test]
    fn what_was_taken_out_is_not_quoted_elsewhere_either() {
        let request = Request {
            target: "/x?token=query-secret".into(),
            headers: Some(vec![("Authorization".into(), "Bearer header-secret".into())]),
            body: "{\"password\":\"body-secret\"}".into(),
            ..Request::default()
        };
        let removed = remove(&mut Record { request: Some(request), ..Record::default() });
        let text = "a query-secret and Bearer header-secret, body-secret".to_owned();
        assert_eq!(removed.hide_in(text), "a (hidden) and (hidden), (hidden)");
        assert!(!format!("{removed:?}").contains("secret\""), "{removed:?}");
    }

    #[test]
    fn private_keys_are_taken_out_wherever_they_stand() {
        let pem = format!("x -----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY----- y");
        for (text, left) in [
            (KEY.to_owned(), "(hidden)"),
            (format!("{{\"a\":\"{KEY}\"}}"), "{\"a\":\"(hidden)\"}"),
            (pem, "x (hidden) y"),
        ] {
            let (body, told, _) = removed(Protocol::Raw, &text);
            assert_eq!((body.as_str(), told.len()), (left, 1), "{text}");
        }
    }

    #[test]
    fn headers_targets_and_frames_are_looked_into() {
        let text = r#"{"v":1,"request":{"method":"GET","target":"/ws?token=hush","headers":[["Cookie","hush"],["Referer","https://b.example/?key=hush"]]}}"#;
        let mut record: Record = serde_json::from_str(text).unwrap();
        record.frame =
            Some(Frame { opcode: "text".into(), data: r#"{"secret":"hush"}"#.into(), ..Frame::default() });
        let removed = remove(&mut record);
        assert!(!serde_json::to_string(&record).unwrap().contains("hush"), "{record:?}");
        assert_eq!((removed.counts.len(), record.truncated), (4, true));
        assert_eq!(removed.hide_in("hush".to_owned()), "hush");
    }
}
