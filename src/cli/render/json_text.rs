//! JSON with line breaks and indentation, for people. Every name, number and string stays as it was written.

use serde::de::IgnoredAny;

const INDENT: usize = 2;

/// The same JSON on many lines; `None` when the text is not JSON.
pub fn indented(text: &str) -> Option<String> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0;
    let (mut in_string, mut escaped) = (false, false);
    let mut characters = text.chars().filter(|c| !c.is_ascii_whitespace() || *c == ' ').peekable();
    while let Some(c) = characters.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            ' ' => {}
            '{' | '[' => {
                while characters.next_if_eq(&' ').is_some() {}
                out.push(c);
                match characters.next_if(|next| matches!(next, '}' | ']')) {
                    Some(end) => out.push(end),
                    None => {
                        depth += 1;
                        new_line(&mut out, depth);
                    }
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            '"' => {
                in_string = true;
                out.push(c);
            }
            other => out.push(other),
        }
    }
    Some(out)
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_laid_out_and_nothing_in_it_changes() {
        let text = "{\"b\" : [1.0e2, {} , [\r\n\t] ],\"a\":\"x, \\\"{y}\\\\\", \"a\": null}\n";
        let laid_out = "{\n  \"b\": [\n    1.0e2,\n    {},\n    []\n  ],\n  \"a\": \"x, \\\"{y}\\\\\",\n  \"a\": null\n}";
        assert_eq!(indented(text).as_deref(), Some(laid_out));
        for text in ["", "{", "{\"a\":1}x", "<html>"] {
            assert_eq!(indented(text), None, "{text}");
        }
        assert_eq!(indented(" 7 ").as_deref(), Some("7"));
    }
}
