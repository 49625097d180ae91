//! Curl's progress meter, which stands between the lines of `curl -v` where its output went to a file or a pipe.
//!
//! Two lines of headings, then rows of twelve columns. A row begins with CR and does not end its line: another row, one
//! of curl's own lines or the body may follow it directly.

/// How long a row is at most, in bytes.
const LONGEST_ROW: usize = 120;

/// Whether a line is the meter's: a heading, or a row and nothing else.
pub(super) fn is_meter(line: &[u8]) -> bool {
    let text = line.trim_ascii();
    is_heading(text) || (!text.is_empty() && without_meter(text).is_empty())
}

fn is_heading(text: &[u8]) -> bool {
    text.starts_with(b"% Total") || (text.starts_with(b"Dload ") && text.ends_with(b"Speed"))
}

/// A text without the rows that it begins with.
pub(super) fn without_meter(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = after_row(text) {
        text = rest;
    }
    text
}

/// A text without the rows that it ends with.
pub(super) fn without_last_meter(mut text: &[u8]) -> &[u8] {
    loop {
        let from = text.len().saturating_sub(LONGEST_ROW);
        let tail = text.get(from..).unwrap_or_default();
        let Some(at) = memchr::memrchr(b'\r', tail.trim_ascii_end()) else {
            return text;
        };
        let row = tail.get(at..).unwrap_or_default();
        if !is_meter(row) {
            return text;
        }
        text = text.get(..from + at).unwrap_or_default();
    }
}

/// What follows a row: eight amounts, three times, and the speed.
fn after_row(text: &[u8]) -> Option<&[u8]> {
    let is_white = |byte: &u8| matches!(byte, b' ' | b'\r');
    let skip_white = |text: &'_ [u8]| text.iter().take_while(|byte| is_white(byte)).count();
    let mut rest = text;
    for column in 0..12 {
        rest = rest.get(skip_white(rest)..)?;
        let length = match column {
            8..=10 => time_length(rest),
            _ => amount_length(rest),
        };
        if length == 0 {
            return None;
        }
        rest = rest.get(length..)?;
        if column < 11 && !rest.first().is_some_and(is_white) {
            return None;
        }
    }
    Some(rest)
}

fn amount_length(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let unit = text.get(digits).is_some_and(|byte| b"kMGTP".contains(byte));
    if digits == 0 { 0 } else { digits + usize::from(unit) }
}

fn time_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit() || b"-:dhms".contains(byte)).count()
}
