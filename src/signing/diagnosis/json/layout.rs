//! Blanks between the tokens, and nothing else: what is within texts and numbers stays as it is written.

/// The document without blanks.
pub(in super::super) fn minified(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    tokens(bytes, |token| out.extend_from_slice(token));
    out
}

/// The document with a line for each member and item.
pub(in super::super) fn indented(bytes: &[u8], indent: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(2 * bytes.len());
    let mut depth = 0_usize;
    // A line begins behind an opening bracket and a comma, unless the bracket is closed at once.
    let mut begins = false;
    tokens(bytes, |token| {
        let closes = matches!(token, b"}" | b"]");
        if closes {
            depth = depth.saturating_sub(1);
        }
        if begins != closes {
            out.push(b'\n');
            (0..depth).for_each(|_| out.extend_from_slice(indent));
        }
        out.extend_from_slice(token);
        begins = matches!(token, b"{" | b"[" | b",");
        match token {
            b"{" | b"[" => depth += 1,
            b":" => out.push(b' '),
            _ => {}
        }
    });
    out
}

/// Calls `each` with one token after the other.
fn tokens<'a>(bytes: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let mut rest = bytes.trim_ascii_start();
    while let Some(&first) = rest.first() {
        let length = match first {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => text_length(rest),
            _ => rest
                .iter()
                .position(|b| b.is_ascii_whitespace() || b"{}[],:\"".contains(b))
                .unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        each(token);
        rest = behind.trim_ascii_start();
    }
}

fn text_length(text: &[u8]) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_change_and_nothing_else_does() {
        let text = b"{ \"a b\\\" \" : [ 1.0 , {} , [ ] ] ,\n\"c\":\"\\u00e9\" }\n";
        assert_eq!(minified(text), b"{\"a b\\\" \":[1.0,{},[]],\"c\":\"\\u00e9\"}");
        let laid_out = b"{\n  \"a b\\\" \": [\n    1.0,\n    {},\n    []\n  ],\n  \"c\": \"\\u00e9\"\n}";
        assert_eq!(indented(text, b"  "), laid_out);
        assert_eq!(minified(&indented(text, b"\t")), minified(text));
    }
}
