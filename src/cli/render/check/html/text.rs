//! Text in HTML: nothing that a peer sent is markup, and what cannot be seen is spelt out.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::cli::ui;

/// The most of a body that is written, in bytes.
pub const MAX_BODY: usize = 8 << 10;

/// How many characters of base64 stand in a line.
const LINE: usize = 76;

/// Text in an element or an attribute, with nothing but text in it.
pub fn plain(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 16);
    ui::escape(text).chars().for_each(|c| push(&mut written, c));
    written
}

fn push(written: &mut String, c: char) {
    match c {
        '&' => written.push_str("&amp;"),
        '<' => written.push_str("&lt;"),
        '>' => written.push_str("&gt;"),
        '"' => written.push_str("&quot;"),
        '\'' => written.push_str("&#39;"),
        c => written.push(c),
    }
}

/// Text in an element, in which the characters that are spelt out are marked. Line breaks stay.
pub fn marked(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        let mut buffer = [0; 4];
        match ui::escape(c.encode_utf8(&mut buffer)) {
            _ if c == '\n' => written.push('\n'),
            std::borrow::Cow::Borrowed(_) => push(&mut written, c),
            std::borrow::Cow::Owned(spelt) => {
                // Writing to a string does not fail.
                let _ = write!(written, "<span class=\"odd\">{spelt}</span>");
            }
        }
    }
    written
}

/// The bytes of a body as an element, and a note where they are not all, or not text.
pub fn body(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let (text, is_text) = match std::str::from_utf8(bytes) {
        Ok(text) => (marked(beginning(text)), true),
        Err(_) => (base64(&bytes[..bytes.len().min(MAX_BODY)]), false),
    };
    let shown = if is_text {
        std::str::from_utf8(bytes).map_or(0, |it| beginning(it).len())
    } else {
        bytes.len().min(MAX_BODY)
    };
    let note = match (is_text, shown < bytes.len()) {
        (true, false) => String::new(),
        (true, true) => format!("The first {shown} of {} bytes.", bytes.len()),
        (false, false) => format!("{} bytes that are not text, in base64.", bytes.len()),
        (false, true) => {
            format!("The first {shown} of {} bytes, which are not text, in base64.", bytes.len())
        }
    };
    let note = if note.is_empty() { note } else { format!("<p class=\"soft\">{note}</p>") };
    format!("<pre class=\"body\">{text}</pre>{note}")
}

fn beginning(text: &str) -> &str {
    let mut end = text.len().min(MAX_BODY);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn base64(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    // Base64 is ASCII: each piece is text.
    let lines: Vec<_> = text.as_bytes().chunks(LINE).map(String::from_utf8_lossy).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_peer_is_markup_or_hidden() {
        let hostile = "</pre><script>alert('x')</script>&\"\u{1b}[2J\u{202e}\u{200b}\n";
        let text = plain(hostile);
        assert!(!text.contains(['<', '\'', '"', '\u{1b}', '\u{202e}', '\u{200b}', '\n']), "{text}");
        let text = marked(hostile);
        assert!(
            text.starts_with("&lt;/pre&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;<span")
        );
        assert!(text.contains("<span class=\"odd\">\\u{202e}</span>") && text.ends_with('\n'), "{text}");
    }

    #[test]
    fn a_body_is_cut_off_and_what_is_no_text_is_base64() {
        let long = body("é".repeat(5_000).as_bytes());
        assert!(long.contains("The first 8192 of 10000 bytes."), "{long}");
        assert_eq!(
            body(b"\xff\x00"),
            "<pre class=\"body\">/wA=</pre><p class=\"soft\">2 bytes that are not text, in base64.</p>"
        );
        assert_eq!(body(b""), "");
    }
}
