//! What may have been signed as the path.

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::hypothesis::{Hypothesis, add, distinct, rank};
use crate::finding::codes;
use crate::signing::{Profile, signed_path};

/// What JavaScript's `encodeURIComponent` escapes.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');
/// What RFC 3986 does not call unreserved: Python's `quote`, PHP's `rawurlencode`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// What Go's `url.PathEscape` escapes in a segment.
const SEGMENT: &AsciiSet =
    &RESERVED.remove(b'$').remove(b'&').remove(b'+').remove(b':').remove(b'=').remove(b'@');
/// What JavaScript's `encodeURI` escapes.
const WHOLE: &AsciiSet = &COMPONENT
    .remove(b';')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b',')
    .remove(b'#');
/// What a URL library escapes in a path that it is given (WHATWG URL, path percent-encode set).
const PARSED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// How many beginnings are left out at most: each makes a copy of the path.
const MAX_PREFIXES: usize = 16;

/// What is known of the request's address.
pub(super) struct Address<'a> {
    /// The target as written.
    pub(super) target: &'a str,
    /// The hosts that it may have been sent to, with their ports where they were given.
    pub(super) hosts: &'a [&'a str],
    /// Whose rules say which path is right.
    pub(super) profile: Profile,
}

/// Every way but the right one: the path of the target as written, unless the profile has another.
pub(super) fn ways(address: &Address<'_>) -> Vec<Hypothesis> {
    let path = signed_path(address.target);
    let mut ways = Vec::new();
    let right = address.profile.path(address.target);
    if right != path {
        let said = "the path is signed as it is sent, which the documents want, and the receiver encodes it once more";
        add(&mut ways, &codes::PATH_DOUBLE_ENCODED, rank::COMMON, path, said);
    }
    encodings(path, &mut ways);
    shapes(path, &mut ways);
    let query = query(address.target);
    if let Some(query) = query {
        let said = format!("the path is signed with its query, ?{}", abbreviated(query));
        add(&mut ways, &codes::PATH_WITH_QUERY, rank::COMMON, format!("{path}?{query}"), said);
        let decoded = decode(&format!("{path}?{query}"));
        let said = "the path is signed with its query, and both are decoded";
        ways.push(
            Hypothesis::new(&codes::PATH_WITH_QUERY, rank::RARE, decoded, said).and(&codes::PATH_DECODED),
        );
    }
    hosts(path, query, address.hosts, &mut ways);
    distinct(right.as_bytes(), ways)
}

/// The path decoded, encoded again, and encoded otherwise.
fn encodings(path: &str, ways: &mut Vec<Hypothesis>) {
    let decoded = decode(path);
    add(ways, &codes::PATH_DECODED, rank::COMMON, decoded.clone(), "the path is signed decoded");
    add(
        ways,
        &codes::PATH_DECODED,
        rank::RARE,
        decode_uri(path),
        "the path is signed as decodeURI decodes it",
    );
    let said = "the path is signed decoded twice";
    add(ways, &codes::PATH_DECODED, rank::RARE, decode(&decoded), said);
    let twice = [
        (encode_uri(path), "encodeURI"),
        (path.replace('%', "%25"), "an encoder"),
        (by_segment(path, COMPONENT), "encodeURIComponent"),
        (by_segment(path, RESERVED), "an encoder of all reserved characters"),
    ];
    if path.contains('%') {
        for (text, by) in twice {
            let said = format!("the path was encoded already, and is signed as {by} encodes it once more");
            add(ways, &codes::PATH_DOUBLE_ENCODED, rank::COMMON, text, said);
        }
    }
    // An encoded slash stays one: the segments are decoded one by one.
    let anew = |set: &'static AsciiSet| {
        let segments: Vec<_> =
            path.split('/').map(|one| utf8_percent_encode(&decode(one), set).to_string()).collect();
        segments.join("/")
    };
    for (text, by) in [
        (encode_uri(&decoded), "encodeURI"),
        (anew(COMPONENT), "encodeURIComponent"),
        (anew(RESERVED), "quote or rawurlencode"),
        (anew(SEGMENT), "Go's url.PathEscape"),
        (utf8_percent_encode(path, PARSED).to_string(), "a URL library"),
        (utf8_percent_encode(path, COMPONENT).to_string(), "encodeURIComponent of the whole path"),
        (anew(RESERVED).replace("%20", "+"), "a form's encoder, with + for a space"),
        (path.replace('+', "%20"), "a library that takes + for a space"),
    ] {
        let said = format!("the path is signed as {by} encodes it");
        add(ways, &codes::PATH_ENCODED_OTHERWISE, rank::KNOWN, text, said);
    }
    for (text, rank, how) in [
        (escapes(path, u8::to_ascii_lowercase), rank::KNOWN, "with its percent-escapes in lower case"),
        (escapes(path, u8::to_ascii_uppercase), rank::KNOWN, "with its percent-escapes in upper case"),
        (path.to_ascii_lowercase(), rank::RARE, "in lower case"),
    ] {
        add(ways, &codes::PATH_LETTER_CASE, rank, text, format!("the path is signed {how}"));
    }
}

/// The path with slashes and segments added, removed or resolved.
fn shapes(path: &str, ways: &mut Vec<Hypothesis>) {
    let code = &codes::PATH_TRAILING_SLASH;
    match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => {
            add(ways, code, rank::COMMON, shorter, "the path is signed without the slash at its end");
        }
        _ => add(ways, code, rank::COMMON, format!("{path}/"), "the path is signed with a slash at its end"),
    }
    let said = "the path is signed with its `.` and `..` segments resolved";
    add(ways, &codes::PATH_SIGNED_NORMALISED, rank::KNOWN, without_dots(path), said);
    let said = "the path is signed with doubled slashes made one";
    add(ways, &codes::PATH_SIGNED_NORMALISED, rank::KNOWN, single_slashes(path), said);
    let said = "the path is signed with its dots resolved and doubled slashes made one";
    add(ways, &codes::PATH_SIGNED_NORMALISED, rank::KNOWN, single_slashes(&without_dots(path)), said);
    let tidy = pathname(path);
    let said = "the path is signed as a URL library tidies and encodes it";
    add(ways, &codes::PATH_SIGNED_NORMALISED, rank::KNOWN, tidy, said);
    if path.len() > 1 {
        let code = &codes::PATH_WITHOUT_PREFIX;
        for (at, _) in path.match_indices('/').filter(|(at, _)| *at > 0).take(MAX_PREFIXES) {
            let said = format!("the path is signed without its beginning, {}", abbreviated(&path[..at]));
            add(ways, code, rank::KNOWN, &path[at..], said);
        }
        let bare = path.trim_start_matches('/');
        add(ways, code, rank::KNOWN, bare, "the path is signed without the slash at its beginning");
        add(ways, &codes::PATH_EMPTY, rank::KNOWN, "/", "the path is signed as \"/\"");
    }
    add(ways, &codes::PATH_EMPTY, rank::KNOWN, "", "no path is signed");
}

/// The path behind a host, with scheme and query or without.
fn hosts(path: &str, query: Option<&str>, hosts: &[&str], ways: &mut Vec<Hypothesis>) {
    for (place, host) in hosts.iter().enumerate() {
        // The first one is the likeliest.
        let usual = if place == 0 { rank::COMMON } else { rank::KNOWN };
        for (start, rank, what) in [
            (format!("https://{host}"), usual, "the whole URL is signed"),
            (format!("http://{host}"), usual + 1, "the whole URL is signed, with http"),
            ((*host).to_owned(), usual + 1, "the host is signed before the path"),
            (format!("//{host}"), rank::RARE, "the host is signed before the path, behind two slashes"),
        ] {
            let said = format!("{what}: {start}…");
            add(ways, &codes::PATH_WITH_HOST, rank, format!("{start}{path}"), said);
            if path == "/" {
                add(ways, &codes::PATH_WITH_HOST, rank::RARE, start.clone(), what);
            }
            if let Some(query) = query {
                let said = format!("{what}, with its query: {start}…");
                let way =
                    Hypothesis::new(&codes::PATH_WITH_HOST, rank + 1, format!("{start}{path}?{query}"), said);
                ways.push(way.and(&codes::PATH_WITH_QUERY));
            }
        }
    }
}

fn query(target: &str) -> Option<&str> {
    let (_, query) = target.split('#').next()?.split_once('?')?;
    Some(query)
}

fn abbreviated(text: &str) -> String {
    let mut short: String = text.chars().take(40).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// As JavaScript's `decodeURI`: escapes of what has a meaning in a URL stay.
fn decode_uri(text: &str) -> String {
    let kept = |escape: &str| {
        let byte = u8::from_str_radix(escape, 16).unwrap_or(0);
        b";/?:@&=+$,#".contains(&byte)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&decode(&rest[..at]));
        let run = escape_run(&rest[at..]);
        let mut pending = String::new();
        for escape in rest.as_bytes()[at..at + run].chunks(3) {
            let escape = std::str::from_utf8(escape).unwrap_or_default();
            if escape.get(1..).is_some_and(kept) {
                out.push_str(&decode(&pending));
                pending.clear();
                out.push_str(escape);
            } else {
                pending.push_str(escape);
            }
        }
        out.push_str(&decode(&pending));
        let behind = at + run.max(1);
        if run == 0 {
            out.push('%');
        }
        rest = &rest[behind..];
    }
    out.push_str(rest);
    out
}

/// The length of the percent-escapes that stand side by side at the beginning.
fn escape_run(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_escape =
        |one: &&[u8]| matches!(one, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
    3 * bytes.chunks(3).take_while(is_escape).count()
}

/// As JavaScript's `encodeURI`, which takes what is escaped for plain text.
pub(in super::super) fn encode_uri(text: &str) -> String {
    utf8_percent_encode(text, WHOLE).to_string()
}

fn by_segment(path: &str, set: &'static AsciiSet) -> String {
    let segments: Vec<_> = path.split('/').map(|one| utf8_percent_encode(one, set).to_string()).collect();
    segments.join("/")
}

fn escapes(path: &str, change: fn(&u8) -> u8) -> String {
    let mut bytes = path.as_bytes().to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let run = if bytes[at] == b'%' { escape_run(&path[at..]) } else { 0 };
        bytes[at..at + run].iter_mut().for_each(|byte| *byte = change(byte));
        at += run.max(1);
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// The path with `.` and `..` resolved (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<_> = path.split('/').collect();
    for (place, segment) in segments.iter().enumerate() {
        let last = place + 1 == segments.len();
        match *segment {
            "." => {}
            ".." => {
                if kept.len() > 1 {
                    kept.pop();
                }
            }
            other => {
                kept.push(other);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    kept.join("/")
}

/// The path as a URL library gives it: tidied, and encoded where it was not.
pub(in super::super) fn pathname(path: &str) -> String {
    utf8_percent_encode(&without_dots(path), PARSED).to_string()
}

fn single_slashes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_functions_are_those_of_their_languages() {
        assert_eq!(encode_uri("/a%3Ab/\u{e9} c[]#?"), "/a%253Ab/%C3%A9%20c%5B%5D#?");
        assert_eq!(decode_uri("/a%3Ab%20c%2Fd%C3%A9%zz%"), "/a%3Ab c%2Fd\u{e9}%zz%");
        assert_eq!(escapes("/a%3ab%C3%a9%", u8::to_ascii_uppercase), "/a%3Ab%C3%A9%");
        for (path, resolved) in [
            ("/a/../b", "/b"),
            ("/a/./b/", "/a/b/"),
            ("/a/..", "/"),
            ("/../a", "/a"),
            ("/a/b/.", "/a/b/"),
            ("/", "/"),
        ] {
            assert_eq!(without_dots(path), resolved, "{path}");
        }
        assert_eq!(single_slashes("//a///b/"), "/a/b/");
    }

    #[test]
    fn a_path_of_slashes_does_not_make_a_copy_for_each() {
        let target = "/".repeat(30_000);
        let ways = ways(&Address { target: &target, hosts: &[], profile: Profile::Spec });
        assert!(ways.iter().map(|way| way.value.len() + way.said.len()).sum::<usize>() < 100 * target.len());
    }

    #[test]
    fn what_comes_to_the_right_path_is_no_way_to_go_wrong() {
        for target in
            ["/.versia/v0.6/inbox", "/a%3Ab/%C3%A9?x=1", "/", "", "*", "/%", "https://b.example/x#y"]
        {
            let ways =
                ways(&Address { target, hosts: &["b.example", "c.example:1"], profile: Profile::Spec });
            let right = signed_path(target).as_bytes();
            assert!(ways.iter().all(|way| way.value != right), "{target}");
            let mut values: Vec<_> = ways.iter().map(|way| &way.value).collect();
            values.sort();
            values.dedup();
            assert_eq!(values.len(), ways.len(), "{target}");
        }
    }
}
