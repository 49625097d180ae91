//! What is a secret in a record by its name, and hiding it.

use std::borrow::Cow;

use super::{Bytes, Headers, Protocol, Record};

/// What stands in the place of a secret.
pub const HIDDEN: &str = "(hidden)";

/// Whether the values of a header are secrets, by its name: credentials, cookies, tokens and keys to an interface.
pub fn is_secret_header(name: &str) -> bool {
    const WORDS: [&[u8]; 7] =
        [b"authorization", b"cookie", b"token", b"secret", b"password", b"credential", b"apikey"];
    const NAMES: [&str; 4] = ["x-auth", "x-auth-key", "x-access-key", "x-functions-key"];
    let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_'));
    let joined: Vec<u8> = letters.map(|byte| byte.to_ascii_lowercase()).collect();
    NAMES.iter().any(|secret| name.eq_ignore_ascii_case(secret))
        || WORDS.iter().any(|word| joined.windows(word.len()).any(|part| part == *word))
}

/// Hides the values of headers that are secrets by their names, and of those that `also` is for.
pub fn hide_secrets(headers: &mut Headers, also: impl Fn(&str) -> bool) {
    for (_, value) in headers.iter_mut().filter(|(name, _)| is_secret_header(name) || also(name)) {
        *value = HIDDEN.into();
    }
}

/// Whether a parameter of a query is a secret, by its name: what would be one as a header, and the keys of hubs.
fn is_secret_parameter(name: &str) -> bool {
    name.eq_ignore_ascii_case("key") || is_secret_header(name)
}

/// A target, or an address, without the secrets in its query.
pub fn without_secrets(target: &str) -> Cow<'_, str> {
    without(target, is_secret_parameter)
}

fn without(target: &str, is_secret: fn(&str) -> bool) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else { return target.into() };
    let is_secret = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        is_secret(&percent_encoding::percent_decode_str(name).decode_utf8_lossy())
    };
    if !query.split('&').any(is_secret) {
        return target.into();
    }
    let masked = query.split('&').map(|pair| match is_secret(pair) {
        true => format!("{}={HIDDEN}", pair.split('=').next().unwrap_or_default()).into(),
        false => Cow::Borrowed(pair),
    });
    format!("{path}?{}", masked.collect::<Vec<_>>().join("&")).into()
}

/// Hides the secrets in a head that could not be parsed, line by line, and tells of each: where it stood, and its bytes.
/// `None` where there are none.
pub fn hide_in_head(head: &[u8], mut told: impl FnMut(&str, &[u8])) -> Option<Vec<u8>> {
    let (mut out, mut changed, mut goes_on) = (Vec::with_capacity(head.len()), false, None::<String>);
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let text = line.trim_ascii_end();
        let secret = match goes_on.take() {
            // A value may go on in the next line.
            Some(name) if text.starts_with(b" ") || text.starts_with(b"\t") => Some((name, 1)),
            _ => secret_value(text),
        };
        if let Some((name, at)) = secret {
            let (before, value) = text.split_at(at);
            told(&name, value.trim_ascii());
            out.extend_from_slice(before);
            out.extend_from_slice(HIDDEN.as_bytes());
            goes_on = Some(name);
            changed = true;
        } else {
            changed |= copy_line(text, &mut out, &mut told);
        }
        out.extend_from_slice(&line[text.len()..]);
    }
    changed.then_some(out)
}

/// The name of a line whose value is a secret, and where the value begins.
fn secret_value(line: &[u8]) -> Option<(String, usize)> {
    let start = line.len() - line.trim_ascii_start().len();
    let name_end = line.iter().position(|byte| *byte == b':');
    // Whoever forgot the colon did not mean to show what stands behind the name.
    let end =
        name_end.or_else(|| line[start..].iter().position(|byte| *byte == b' ').map(|at| start + at))?;
    let name = String::from_utf8_lossy(&line[..end]).trim().to_owned();
    let blanks = line[end + 1..].iter().take_while(|byte| **byte == b' ').count();
    let has_value = end + 1 + blanks < line.len();
    (has_value && is_secret_header(&name)).then_some((name, end + 1 + blanks))
}

/// Copies a line without the secrets in the targets that it has; says whether there were any.
fn copy_line(line: &[u8], out: &mut Vec<u8>, told: &mut impl FnMut(&str, &[u8])) -> bool {
    if !line.contains(&b'?') {
        out.extend_from_slice(line);
        return false;
    }
    let mut changed = false;
    for (at, word) in line.split(|byte| *byte == b' ').enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        // Each byte as a character, so that it is the same byte again.
        let text: String = word.iter().map(|byte| char::from(*byte)).collect();
        let masked = without_secrets(&text);
        for (pair, shown) in text.split(['?', '&']).zip(masked.split(['?', '&'])).filter(|(a, b)| a != b) {
            let (name, value) = pair.split_once('=').unwrap_or((shown, ""));
            told(name, value.as_bytes());
            changed = true;
        }
        out.extend(masked.chars().map(|c| u8::try_from(c).unwrap_or(b'?')));
    }
    changed
}

/// A target of a protocol as [`Record::hide_secrets`] leaves it.
pub fn shown_target(target: &str, protocol: Protocol) -> Cow<'_, str> {
    without(target, secrets_of(protocol))
}

/// Whether a target has secrets that are not hidden.
pub fn has_secrets(target: &str, protocol: Protocol) -> bool {
    shown_target(target, protocol) != target
}

fn secrets_of(protocol: Protocol) -> fn(&str) -> bool {
    if protocol == Protocol::Versia { is_secret_header } else { is_secret_parameter }
}

impl Record {
    /// Hides the values of headers that are secrets, and the tokens in the target: credentials and cookies, which no view shows
    /// unless asked to. A `key` is a secret in the targets of protocols that have theirs there.
    pub fn hide_secrets(&mut self) {
        let is_secret =
            if self.protocol == Protocol::Versia { is_secret_header } else { is_secret_parameter };
        if let Some(request) = &mut self.request
            && let Cow::Owned(masked) = without(&request.target, is_secret)
        {
            request.target = masked;
        }
        let of_request = self.request.iter_mut().filter_map(|request| request.headers.as_mut());
        let of_response = self.response.iter_mut().map(|response| &mut response.headers);
        of_request.chain(of_response).for_each(|headers| hide_secrets(headers, |_| false));
        if let Some(malformed) = &mut self.malformed
            && let Some(masked) = hide_in_head(&malformed.0, |_, _| {})
        {
            *malformed = Bytes(masked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Request;
    use super::*;

    #[test]
    fn the_usual_names_of_secrets_are_known() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "Cookie",
            "Set-Cookie",
            "X-Api-Key",
            "api_key",
            "X-Auth-Token",
            "PRIVATE-TOKEN",
            "X-Amz-Security-Token",
            "X-Client-Secret",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in
            ["Sec-WebSocket-Key", "Idempotency-Key", "Versia-Signature", "WWW-Authenticate", "Content-Type"]
        {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    #[test]
    fn keys_in_the_targets_of_protocols_that_have_them_there_are_hidden() {
        let hidden = |protocol, target: &str| {
            let request = Request { target: target.to_owned(), ..Request::default() };
            assert!(!format!("{request:?}").contains("hush"));
            let mut record = Record { protocol, request: Some(request), ..Record::default() };
            record.hide_secrets();
            record.request.unwrap().target
        };
        assert_eq!(hidden(Protocol::Wsify, "/broadcast?a=1&Key=hush"), "/broadcast?a=1&Key=(hidden)");
        assert_eq!(hidden(Protocol::Chat, "/ws?%74oken=hush&b"), "/ws?%74oken=(hidden)&b");
        assert_eq!(hidden(Protocol::Wsify, "/ws?keys=a"), "/ws?keys=a");
        assert_eq!(hidden(Protocol::Versia, "/x?key=hush"), "/x?key=hush");
    }

    #[test]
    fn tokens_in_any_target_are_hidden() {
        for target in
            ["/x?access_token=hush", "/x?a&token=hush", "/x?client%5Fsecret=hush", "/x?password=hush&b"]
        {
            let request = Request { target: target.to_owned(), ..Request::default() };
            let mut record = Record { request: Some(request), ..Record::default() };
            record.hide_secrets();
            let target = record.request.unwrap().target;
            assert!(!target.contains("hush") && target.contains(HIDDEN), "{target}");
        }
    }

    #[test]
    fn secrets_in_a_head_that_could_not_be_parsed_are_hidden_and_all_else_stays() {
        let head = b"POST /x?token=hush1&a=\xff HTTP/1.1\r\nHost: x\xff\r\nAuthorization : Bearer hush2\r\n hush3\r\nCookie hush4\r\n\
            Set-Cookie:\r\nno colon\r\n\r\n";
        let mut told = Vec::new();
        let hidden = hide_in_head(head, |name, value| {
            told.push(format!("{name} {}", String::from_utf8_lossy(value)));
        });
        assert_eq!(
            hidden.unwrap(),
            b"POST /x?token=(hidden)&a=\xff HTTP/1.1\r\nHost: x\xff\r\nAuthorization : (hidden)\r\n (hidden)\r\nCookie (hidden)\r\n\
            Set-Cookie:\r\nno colon\r\n\r\n"
        );
        assert_eq!(
            told,
            ["token hush1", "Authorization Bearer hush2", "Authorization hush3", "Cookie hush4"]
        );
        assert_eq!(hide_in_head(b"GET /?a=b HTTP/1.1\r\nX: y\r\n", |_, _| panic!()), None);
        let mut record = Record { malformed: Some(Bytes(head.to_vec())), ..Record::default() };
        record.hide_secrets();
        assert!(!String::from_utf8_lossy(&record.malformed.unwrap().0).contains("hush"));
    }
}
