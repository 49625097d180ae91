//! The 64 bytes of a signature that is encoded in another way than it has to be.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::finding::{Code, Finding, codes};

const LAX: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD_LAX: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LAX);
const URL_SAFE_LAX: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LAX);

/// Reads a signature in any encoding that is met, with what is wrong about it.
pub(super) fn read(value: &[u8]) -> Option<([u8; 64], Vec<Finding>)> {
    if let Ok(bytes) = STANDARD.decode(value)
        && let Ok(bytes) = bytes.try_into()
    {
        return Some((bytes, Vec::new()));
    }
    let bare: Vec<u8> = value
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace() && !matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>'))
        .collect();
    let mut causes = Vec::new();
    if bare != value {
        let said = "the signature has blanks or quotes around it or within it";
        causes.push(cause(&codes::SIGNATURE_SPACED, said));
    }
    let (bytes, wrong) = bytes_of(&bare)?;
    causes.extend(wrong);
    Some((bytes, causes))
}

fn cause(code: &'static Code, said: &str) -> Finding {
    Finding::new(code, said).with_hint(code.fix)
}

fn bytes_of(text: &[u8]) -> Option<([u8; 64], Option<Finding>)> {
    if let Some(bytes) = unhex(text) {
        return bytes
            .try_into()
            .ok()
            .map(|bytes| (bytes, Some(cause(&codes::SIGNATURE_HEX, "the signature is in hex"))));
    }
    let url_safe = text.iter().any(|b| matches!(b, b'-' | b'_'));
    let engine = if url_safe { &URL_SAFE_LAX } else { &STANDARD_LAX };
    let bytes = engine.decode(text).ok()?;
    if let Ok(bytes) = <[u8; 64]>::try_from(bytes.as_slice()) {
        let padded = text.ends_with(b"==");
        let found = match (url_safe, padded) {
            (true, true) => Some(cause(&codes::SIGNATURE_BASE64URL, "the signature is in base64url")),
            (true, false) => {
                Some(cause(&codes::SIGNATURE_BASE64URL, "the signature is in base64url, without padding"))
            }
            (false, false) => {
                Some(cause(&codes::SIGNATURE_UNPADDED, "the signature lacks the == at its end"))
            }
            (false, true) => None,
        };
        return Some((bytes, found));
    }
    if let Some(inner) = unhex(&bytes).and_then(|inner| inner.try_into().ok()) {
        return Some((inner, Some(cause(&codes::SIGNATURE_HEX, "the signature is base64 of its hex"))));
    }
    let inner = unwrapped(&bytes)?;
    Some((
        inner,
        Some(cause(&codes::SIGNATURE_WRAPPED, "an ASN.1 wrapping stands around the signature's 64 bytes")),
    ))
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() != 128 {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.chunks(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// The 64 bytes within DER: an OCTET STRING or BIT STRING, at the end of a SEQUENCE or not; or two INTEGERs, as ECDSA
/// has them.
fn unwrapped(der: &[u8]) -> Option<[u8; 64]> {
    let (tag, content, rest) = element(der)?;
    match (tag, content) {
        (0x04 | 0x80, bytes) if bytes.len() == 64 && rest.is_empty() => bytes.try_into().ok(),
        (0x03, [0, bytes @ ..]) if bytes.len() == 64 && rest.is_empty() => bytes.try_into().ok(),
        (0x04, inner) if rest.is_empty() => unwrapped(inner),
        (0x30, inner) if rest.is_empty() => integers(inner).or_else(|| last(inner)),
        _ => None,
    }
}

fn last(mut sequence: &[u8]) -> Option<[u8; 64]> {
    loop {
        let (_, _, rest) = element(sequence)?;
        if rest.is_empty() {
            return unwrapped(sequence);
        }
        sequence = rest;
    }
}

fn integers(sequence: &[u8]) -> Option<[u8; 64]> {
    let (2, first, rest) = element(sequence)? else { return None };
    let (2, second, []) = element(rest)? else { return None };
    let mut out = [0; 64];
    for (place, number) in [first, second].into_iter().enumerate() {
        let number = number.strip_prefix(&[0]).filter(|rest| rest.len() == 32).unwrap_or(number);
        let end = 32 * (place + 1);
        out.get_mut(end.checked_sub(number.len()).filter(|start| *start >= 32 * place)?..end)?
            .copy_from_slice(number);
    }
    Some(out)
}

/// One element of DER: its tag, its content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (length, rest) = match der {
        [_, length @ 0..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [_, 0x81, length, rest @ ..] => (usize::from(*length), rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((der[0], content, rest))
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn a_signature_is_read_in_every_encoding_that_is_met() {
        let bytes: [u8; 64] = std::array::from_fn(|at| u8::try_from(at * 4).unwrap() ^ 0xfb);
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        let octets = [&[4, 64], bytes.as_slice()].concat();
        let bits = [&[0x30, 67, 3, 65, 0], bytes.as_slice()].concat();
        let pair = [&[0x30, 69, 2, 33, 0], &bytes[..32], &[2, 32], &bytes[32..]].concat();
        let broken = STANDARD.encode(bytes);
        let broken = format!("{}\n {}", &broken[..64], &broken[64..]);
        for (text, ids) in [
            (STANDARD.encode(bytes), &[][..]),
            (URL_SAFE.encode(bytes), &["VS461"]),
            (URL_SAFE_NO_PAD.encode(bytes), &["VS461"]),
            (STANDARD_NO_PAD.encode(bytes), &["VS462"]),
            (hex.clone(), &["VS463"]),
            (hex.to_uppercase(), &["VS463"]),
            (STANDARD.encode(&hex), &["VS463"]),
            (STANDARD.encode(octets), &["VS464"]),
            (STANDARD.encode(bits), &["VS464"]),
            (STANDARD.encode(pair), &["VS464"]),
            (format!("\"{}\"", STANDARD.encode(bytes)), &["VS465"]),
            (broken, &["VS465"]),
            (format!(" {hex}"), &["VS465", "VS463"]),
        ] {
            let (read, causes) = read(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            let found: Vec<_> = causes.iter().map(|cause| cause.code.id).collect();
            assert_eq!((read, found.as_slice()), (bytes, ids), "{text}");
        }
        for text in ["", "AAAA", "%%%", &"A".repeat(88), &STANDARD.encode([0x30; 70])] {
            assert!(read(text.as_bytes()).is_none_or(|(_, causes)| causes.is_empty()), "{text}");
        }
    }
}
