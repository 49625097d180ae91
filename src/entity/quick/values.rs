//! What plain strings have to be: the forms about which there is nothing to say.

/// Letters, digits, `-` and `_`.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// An id or a user's name.
pub(super) fn is_name(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|byte| is_name_byte(*byte))
}

/// `id`, or `domain:id` without a port.
pub(super) fn is_reference(text: &[u8]) -> bool {
    match memchr::memchr(b':', text) {
        Some(at) => is_domain(&text[..at]) && is_name(&text[at + 1..]),
        None => is_name(text),
    }
}

/// A hostname of letters, digits and hyphens, every label within its length.
pub(super) fn is_domain(text: &[u8]) -> bool {
    let is_label = |label: &[u8]| {
        let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        ends(label.first())
            && ends(label.last())
            && label.len() <= 63
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    text.len() <= 253 && text.split(|byte| *byte == b'.').all(is_label)
}

/// An RFC 3339 time that ends in `Z`. Leap seconds are for the slow road.
pub(super) fn is_time(text: &[u8]) -> bool {
    let Some((head, tail)) = text.split_at_checked(19) else { return false };
    let two = |at: usize| match (head[at].wrapping_sub(b'0'), head[at + 1].wrapping_sub(b'0')) {
        (tens @ 0..=9, ones @ 0..=9) => tens * 10 + ones,
        _ => u8::MAX,
    };
    let separators = [head[4], head[7], head[10], head[13], head[16]];
    let days = match two(5) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        // Whether there is a 29th is for the slow road.
        2 => 28,
        _ => return false,
    };
    let fraction = match tail {
        [b'Z'] => true,
        [b'.', digits @ .., b'Z'] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    fraction
        && separators == *b"--T::"
        && two(0) <= 99
        && two(2) <= 99
        && (1..=days).contains(&two(8))
        && two(11) <= 23
        && two(14) <= 59
        && two(17) <= 59
}

/// An address with a host, all of it visible ASCII.
pub(super) fn is_address(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"https://").or_else(|| text.strip_prefix(b"http://"));
    rest.is_some_and(|rest| {
        rest.first().is_some_and(u8::is_ascii_alphanumeric) && rest.iter().all(u8::is_ascii_graphic)
    })
}

/// A media type without parameters whose characters keys may have: its top level with the slash, and the rest.
pub(super) fn is_media_type(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (top, rest) = text.split_at_checked(memchr::memchr(b'/', text)? + 1)?;
    let is_part =
        |part: &[u8]| !part.is_empty() && part.iter().all(|byte| is_name_byte(*byte) || *byte == b'.');
    (is_part(&top[..top.len() - 1]) && is_part(rest)).then_some((top, rest))
}

/// An Ed25519 public key in base64 of its SPKI form.
pub(super) fn is_public_key(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"MCowBQYDK2VwAyEA").and_then(|rest| rest.strip_suffix(b"="));
    digits.is_some_and(|digits| {
        digits.len() == 43
            && digits.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    })
}

/// Three numbers. Anything behind them is for the slow road.
pub(super) fn is_version(text: &[u8]) -> bool {
    let is_number = |part: &[u8]| {
        !part.is_empty() && part.iter().all(u8::is_ascii_digit) && (part.len() == 1 || part[0] != b'0')
    };
    text.split(|byte| *byte == b'.').count() == 3 && text.split(|byte| *byte == b'.').all(is_number)
}

/// 64 hexadecimal digits.
pub(super) fn is_sha256(text: &[u8]) -> bool {
    text.len() == 64 && text.iter().all(u8::is_ascii_hexdigit)
}
