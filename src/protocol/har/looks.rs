//! Telling an archive from other JSON by its outermost keys.

/// Whether a text looks like an archive: a JSON object that has an object as its `log`, whichever keys come before.
pub fn looks_like(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text).trim_ascii_start();
    let mut rest = text.strip_prefix(b"{");
    while let Some(text) = rest {
        let Some((key, value)) = member(text.trim_ascii_start()) else {
            return false;
        };
        if key == b"log" {
            return value.starts_with(b"{");
        }
        rest = after_value(value);
    }
    false
}

/// A member's key, as written, and the text from its value on.
fn member(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let (key, after) = text.split_at_checked(string_length(text)?)?;
    let after = after.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?;
    Some((key, after.trim_ascii_start()))
}

/// What follows the value and its comma; none where the value is the last one.
fn after_value(text: &[u8]) -> Option<&[u8]> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match text.get(at)? {
            b'"' => at += 1 + string_length(text.get(at + 1..)?)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return text.get(at + 1..),
            _ => {}
        }
        at += 1;
    }
}

/// How many bytes a string has before its closing mark.
fn string_length(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}
