//! Pieces of input as an error may show them: short, escaped, and without what could be a secret.

/// The longest piece of the input that an error quotes, in characters.
const QUOTED: usize = 40;

/// A piece of input in quotes: escaped, 40 characters at most. Not for header lines, bodies and URLs.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    // A character has at most four bytes, so no more than these need to be looked at.
    let head = bytes.get(..QUOTED * 4 + 4).unwrap_or(bytes);
    let text = String::from_utf8_lossy(head);
    let mut short: String = text.chars().take(QUOTED).collect();
    if text.chars().count() > QUOTED {
        short.pop();
        short.push('…');
    }
    format!("{short:?}")
}

/// How a line begins, in quotes: its first word, or the name of the header that it is.
pub(crate) fn quoted_beginning(line: &[u8]) -> String {
    let line = line.trim_ascii();
    let from = usize::from(line.starts_with(b":"));
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b':' | b'=');
    match line.iter().skip(from).position(ends).and_then(|at| line.get(..from + at)) {
        Some(word) => quoted(&[word, "…".as_bytes()].concat()),
        None => quoted(line),
    }
}

/// A URL or a request target in quotes, without user, password and query.
pub(crate) fn quoted_url(url: &[u8]) -> String {
    let authority_at = match memchr::memmem::find(url, b"://") {
        Some(at) => at + 3,
        None if url.starts_with(b"//") => 2,
        None => 0,
    };
    let (scheme, rest) = url.split_at_checked(authority_at).unwrap_or_default();
    let (shown, rest) = match end_of_user(rest) {
        Some(at) => ([scheme, "…@".as_bytes()].concat(), rest.get(at..).unwrap_or_default()),
        None => (scheme.to_vec(), rest),
    };
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let (rest, more) = match end.and_then(|at| rest.get(..=at)) {
        Some(rest) => (rest, "…"),
        None => (rest, ""),
    };
    quoted(&[&shown, rest, more.as_bytes()].concat())
}

/// Where user and password end, the `@` included.
///
/// A password with a `/` or a `?` in it, which a URL cannot have, is told by what stands where the port should.
fn end_of_user(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    if let Some(at) = memchr::memrchr(b'@', authority) {
        return Some(at + 1);
    }
    let port = memchr::memrchr(b':', authority).and_then(|at| authority.get(at + 1..))?;
    let is_port = (!port.is_empty() && port.iter().all(u8::is_ascii_digit)) || authority.starts_with(b"[");
    if is_port { None } else { memchr::memrchr(b'@', rest).map(|at| at + 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("https://user:pw@b.example /x", "https://…@b.example /x"),
            ("user:pw@b.example/x", "…@b.example/x"),
            ("//user:pw@b.example/x", "//…@b.example/x"),
            ("https:/user:pw@b.example/x", "…@b.example/x"),
            ("https://user:p/w?@b.example/x", "https://…@b.example/x"),
            ("https://user:p@w@b.example/x", "https://…@b.example/x"),
            ("https://b.example:1/@joe x", "https://b.example:1/@joe x"),
            ("https://[::1]/@joe x", "https://[::1]/@joe x"),
            ("/x?access_token=pw", "/x?…"),
            ("https://b.example/x#pw", "https://b.example/x#…"),
            ("", ""),
        ] {
            assert_eq!(quoted_url(url.as_bytes()), format!("{shown:?}"));
        }
    }

    #[test]
    fn of_a_line_only_the_beginning_is_shown() {
        for (line, shown) in [
            ("Authorization: Bearer pw", "Authorization…"),
            (":authorization: pw", ":authorization…"),
            ("TOKEN=pw", "TOKEN…"),
            ("POST", "POST"),
            ("", ""),
            (":", ":"),
        ] {
            assert_eq!(quoted_beginning(line.as_bytes()), format!("{shown:?}"));
        }
    }
}
