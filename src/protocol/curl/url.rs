//! The parts of a URL, and the request target that curl makes of them.

use super::error::CurlError;
use crate::protocol::http::quoted_url;

/// The parts of a URL as written, without its fragment.
#[derive(Clone, Copy)]
pub(super) struct Url<'a> {
    pub(super) scheme: &'a str,
    /// What stands before the `@`.
    pub(super) user: Option<&'a str>,
    /// The host and its port.
    pub(super) host: &'a str,
    pub(super) path: &'a str,
    /// What follows the first `?`.
    pub(super) query: Option<&'a str>,
}

impl<'a> Url<'a> {
    /// Splits a URL; without a scheme it is `http`, as for curl.
    pub(super) fn split(url: &'a str) -> Result<Self, CurlError> {
        let bad = |why| CurlError::BadUrl { url: quoted_url(url.as_bytes()), why };
        if url.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(bad("there is a space or a control character in it"));
        }
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?', '#', '.']) => (scheme, rest),
            _ => ("http", url),
        };
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(bad("it is neither http nor https"));
        }
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        if host.is_empty() || host.starts_with(':') {
            return Err(bad("it has no host"));
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Ok(Url { scheme, user, host, path, query })
    }

    /// The `Host` that curl sends: without the scheme's own port.
    pub(super) fn host_header(&self) -> &'a str {
        let port = if self.scheme.eq_ignore_ascii_case("https") { ":443" } else { ":80" };
        self.host.strip_suffix(port).unwrap_or(self.host)
    }

    /// Whether curl would take the URL for a list of several, when not told otherwise.
    ///
    /// The brackets of an IPv6 host are no list.
    pub(super) fn has_list(&self) -> bool {
        let marks = ['[', ']', '{', '}'];
        let host = match self.host.strip_prefix('[') {
            Some(host) => host.replacen(']', "", 1).contains(marks),
            None => self.host.contains(marks),
        };
        host || self.path.contains(marks)
            || self.query.is_some_and(|query| query.contains(marks))
            || self.user.is_some_and(|user| user.contains(marks))
    }

    /// The request target that curl sends: dot segments resolved unless `as_is`, in the path bytes beyond ASCII
    /// percent-encoded, the rest as written.
    pub(super) fn target(&self, as_is: bool) -> String {
        let path = if self.path.is_empty() { "/" } else { self.path };
        let mut target = String::with_capacity(self.path.len() + 1);
        let resolved = if as_is { path.to_owned() } else { resolve_dots(path) };
        for character in resolved.chars() {
            if character.is_ascii() {
                target.push(character);
            } else {
                let mut bytes = [0; 4];
                for byte in character.encode_utf8(&mut bytes).bytes() {
                    push_percent(&mut target, byte, b"0123456789abcdef");
                }
            }
        }
        if let Some(query) = self.query {
            target.push('?');
            target.push_str(query);
        }
        target
    }

    /// Whether some version of curl resolves a segment of the path; newer ones take `%2e` for a dot.
    pub(super) fn has_dots(&self) -> bool {
        self.path.split('/').any(|segment| {
            let segment = segment.replace("%2e", ".").replace("%2E", ".");
            segment == "." || segment == ".."
        })
    }
}

/// Removes dot segments (RFC 3986, 5.2.4) from an absolute path.
fn resolve_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut ends_in_dots = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        ends_in_dots = true;
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                ends_in_dots = false;
                kept.push(segment);
            }
        }
    }
    if ends_in_dots {
        kept.push("");
    }
    let mut resolved = String::with_capacity(path.len() + 1);
    for segment in kept {
        resolved.push('/');
        resolved.push_str(segment);
    }
    resolved
}

fn push_percent(out: &mut String, byte: u8, digits: &[u8; 16]) {
    out.push('%');
    for digit in [byte >> 4, byte & 0xf] {
        out.extend(digits.get(usize::from(digit)).copied().map(char::from));
    }
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Encodes as `--data-urlencode` does: a space becomes `+`.
pub(super) fn form_encode(content: &[u8]) -> String {
    let mut out = String::with_capacity(content.len());
    for byte in content {
        match byte {
            b' ' => out.push('+'),
            byte if is_unreserved(*byte) => out.push(char::from(*byte)),
            byte => push_percent(&mut out, *byte, b"0123456789ABCDEF"),
        }
    }
    out
}

/// Encodes a file's name as a segment of a path.
pub(super) fn segment_encode(name: &str) -> String {
    form_encode(name.as_bytes()).replace('+', "%20")
}

/// Decodes `%41`; a `%` without two digits stays.
pub(super) fn percent_decode(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        if *byte == b'%'
            && let (Some(high), Some(low)) = (digit(0), digit(1))
        {
            out.push((high * 16 + low) as u8);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*byte);
            rest = after;
        }
    }
    out
}
