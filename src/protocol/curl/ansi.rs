//! Bash's `$'…'`: a quoted string with C's escapes.

/// Reads what follows `$'`: the string's bytes, and how many bytes of `text` it took with its closing mark.
///
/// None where it is not closed. As in bash, a NUL ends the string's value, and an unknown escape keeps its backslash.
pub(super) fn read(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut out = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'\'' => break,
            b'\\' => at += 1 + escape(text.get(at + 1..)?, &mut out)?,
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    if let Some(end) = memchr::memchr(0, &out) {
        out.truncate(end);
    }
    Some((out, at + 1))
}

/// Reads one escape after its backslash; gives the number of bytes it took. None at the end of the text.
fn escape(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let letter = *text.first()?;
    let plain = match letter {
        b'a' => 7,
        b'b' => 8,
        b'e' | b'E' => 27,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\\' | b'\'' | b'"' | b'?' => letter,
        b'0'..=b'7' => {
            let (value, length) = number(text, 8, 3);
            // Bash keeps the low eight bits of `\777`.
            out.push((value & 0xff) as u8);
            return Some(length);
        }
        b'x' | b'u' | b'U' => return Some(hex_escape(letter, text, out)),
        b'c' => {
            out.push(text.get(1)?.to_ascii_uppercase() & 0x1f);
            return Some(2);
        }
        other => {
            out.extend_from_slice(&[b'\\', other]);
            return Some(1);
        }
    };
    out.push(plain);
    Some(1)
}

fn hex_escape(letter: u8, text: &[u8], out: &mut Vec<u8>) -> usize {
    let most = match letter {
        b'x' => 2,
        b'u' => 4,
        _ => 8,
    };
    let (value, length) = number(text.get(1..).unwrap_or_default(), 16, most);
    if length == 0 {
        out.extend_from_slice(&[b'\\', letter]);
    } else if letter == b'x' {
        out.push((value & 0xff) as u8);
    } else {
        push_code_point(value, out);
    }
    1 + length
}

/// Encodes like UTF-8, surrogates and all, as bash does; what lies beyond Unicode becomes U+FFFD.
fn push_code_point(value: u32, out: &mut Vec<u8>) {
    if let 0xd800..=0xdfff = value {
        let low = |shift: u32| 0x80 | ((value >> shift) & 0x3f) as u8;
        out.extend_from_slice(&[0xed, low(6), low(0)]);
        return;
    }
    let character = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The number that at most `most` digits at the beginning of the text make, and how many they are.
fn number(text: &[u8], radix: u32, most: usize) -> (u32, usize) {
    let mut value = 0_u32;
    let mut length = 0;
    for byte in text.iter().take(most) {
        let Some(digit) = char::from(*byte).to_digit(radix) else {
            break;
        };
        value = value.wrapping_mul(radix).wrapping_add(digit);
        length += 1;
    }
    (value, length)
}
