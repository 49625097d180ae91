//! What may have been hashed as the body.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::hypothesis::{Hypothesis, add, distinct, rank};
use super::json;
use crate::finding::codes;

/// How much is made of a body that is compressed.
const MAX_DECODED: u64 = 8 << 20;
/// How large a body may be to be written anew in every way.
const MAX_REWRITTEN: usize = 256 << 10;

/// The byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Every way but the body as it came.
pub(super) fn ways(body: &[u8]) -> Vec<Hypothesis> {
    let mut ways = Vec::new();
    if body.is_empty() {
        for text in ["{}", "null", "\"\"", "[]", "undefined", "\n", "None", "''"] {
            let said = format!("there is no body, and the digest of {text:?} is signed");
            ways.push(Hypothesis::new(&codes::BODY_PLACEHOLDER, rank::KNOWN, text, said));
        }
        return distinct(body, ways);
    }
    add(&mut ways, &codes::BODY_EMPTY, rank::COMMON, "", "the digest of an empty body is signed");
    if body.len() > MAX_REWRITTEN {
        return distinct(body, ways);
    }
    edges(body, &mut ways);
    line_ends(body, &mut ways);
    encodings(body, &mut ways);
    rewritten(body, &mut ways);
    distinct(body, ways)
}

/// What stands at the beginning and the end.
fn edges(body: &[u8], ways: &mut Vec<Hypothesis>) {
    let code = &codes::BODY_FINAL_NEWLINE;
    let with = |end: &[u8]| [body, end].concat();
    add(ways, code, rank::COMMON, with(b"\n"), "the body is signed with a newline at its end");
    add(ways, code, rank::KNOWN, with(b"\r\n"), "the body is signed with CR and LF at its end");
    let without = body.strip_suffix(b"\n").unwrap_or(body);
    let without = without.strip_suffix(b"\r").unwrap_or(without);
    add(ways, code, rank::COMMON, without, "the body is signed without the newline at its end");
    add(ways, code, rank::KNOWN, body.trim_ascii_end(), "the body is signed without the blanks at its end");
    add(ways, code, rank::KNOWN, body.trim_ascii(), "the body is signed without the blanks around it");
    match body.strip_prefix(MARK) {
        Some(rest) => {
            let said = "the body is signed without its byte order mark";
            add(ways, &codes::BODY_MARK, rank::COMMON, rest, said);
        }
        None => {
            let marked = [MARK, body].concat();
            add(ways, &codes::BODY_MARK, rank::KNOWN, marked, "the body is signed with a byte order mark");
        }
    }
}

fn line_ends(body: &[u8], ways: &mut Vec<Hypothesis>) {
    let lf = without_cr(body);
    let crlf = lf.split_inclusive(|b| *b == b'\n').flat_map(|line| match line {
        [text @ .., b'\n'] => [text, b"\r\n"].concat(),
        text => text.to_vec(),
    });
    let crlf: Vec<u8> = crlf.collect();
    let code = &codes::BODY_LINE_ENDS;
    add(ways, code, rank::COMMON, lf.clone(), "the body is signed with LF where it has CRLF");
    add(ways, code, rank::COMMON, crlf, "the body is signed with CRLF where it has LF");
    let joined: Vec<u8> = body.iter().copied().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    add(ways, code, rank::KNOWN, joined, "the body is signed without its line ends");
    // Both at once: a text file of the other kind, cut at its end.
    let trimmed = lf.strip_suffix(b"\n").unwrap_or(&lf).to_vec();
    let said = "the body is signed with LF where it has CRLF, and without the newline at its end";
    ways.push(Hypothesis::new(code, rank::RARE, trimmed, said).and(&codes::BODY_FINAL_NEWLINE));
}

fn without_cr(body: &[u8]) -> Vec<u8> {
    let follows = |at: usize| body.get(at + 1) == Some(&b'\n');
    let kept = body.iter().enumerate().filter(|(at, b)| **b != b'\r' || !follows(*at));
    kept.map(|(_, b)| *b).collect()
}

/// Content codings, character sets, base64, JSON within JSON.
fn encodings(body: &[u8], ways: &mut Vec<Hypothesis>) {
    let code = &codes::BODY_ENCODED;
    if body.starts_with(&[0x1f, 0x8b]) {
        let plain = decoded(MultiGzDecoder::new(body));
        plain.into_iter().for_each(|plain| {
            add(ways, code, rank::COMMON, plain, "the body is signed before it was compressed with gzip");
        });
    } else if !matches!(body.first(), Some(b'{' | b'[' | b'"')) {
        let unpacked = decoded(ZlibDecoder::new(body)).or_else(|| decoded(DeflateDecoder::new(body)));
        if let Some(plain) = unpacked {
            add(ways, code, rank::COMMON, plain, "the body is signed before it was compressed with deflate");
        }
    }
    if let Ok(plain) = STANDARD.decode(body.trim_ascii()) {
        add(ways, code, rank::KNOWN, plain, "the body is base64, and what it holds is signed");
    }
    add(ways, code, rank::RARE, STANDARD.encode(body), "base64 of the body is signed");
    let Ok(text) = std::str::from_utf8(body) else { return };
    let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    if let Some(latin) = latin {
        add(ways, code, rank::KNOWN, latin, "the body is signed in Latin-1");
    }
    let mojibake: String = body.iter().map(|b| char::from(*b)).collect();
    add(ways, code, rank::KNOWN, mojibake, "the body is signed as UTF-8 of UTF-8: encoded twice");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    add(ways, code, rank::RARE, wide, "the body is signed in UTF-16");
    let code = &codes::BODY_AS_JSON_TEXT;
    let quoted = serde_json::to_string(text).unwrap_or_default();
    add(ways, code, rank::KNOWN, quoted, "the body is signed as a JSON string, within quotes");
    if let Ok(inner) = serde_json::from_str::<String>(text) {
        add(ways, code, rank::COMMON, inner, "the body is a JSON string, and its content is signed");
    }
}

fn decoded(reader: impl Read) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    reader.take(MAX_DECODED).read_to_end(&mut plain).ok()?;
    (!plain.is_empty()).then_some(plain)
}

/// Written anew by the serialisers that there are.
fn rewritten(body: &[u8], ways: &mut Vec<Hypothesis>) {
    let Some(document) = json::read(body.strip_prefix(MARK).unwrap_or(body)) else { return };
    let code = &codes::BODY_RESERIALISED;
    let mut forms: Vec<(Vec<u8>, u8, String)> = Vec::new();
    for (form, rank, how) in [
        (json::minified(body), rank::COMMON, "minified"),
        (json::indented(body, b"  "), rank::COMMON, "laid out with 2 spaces"),
        (json::indented(body, b"    "), rank::KNOWN, "laid out with 4 spaces"),
        (json::indented(body, b"\t"), rank::KNOWN, "laid out with tabs"),
    ] {
        forms.push((form, rank, format!("the body is signed {how}")));
    }
    for writer in json::writers() {
        let said = format!("the body is signed as {} writes it", writer.name);
        forms.push(((writer.write)(&document).into_bytes(), writer.rank, said));
    }
    forms.retain(|(form, ..)| form.len() <= json::MAX_WRITTEN);
    for (form, rank, said) in forms {
        // What a file of it would hold.
        let line = [form.as_slice(), b"\n"].concat();
        let both = format!("{said}, with a newline at its end");
        ways.push(Hypothesis::new(code, rank::RARE, line, both).and(&codes::BODY_FINAL_NEWLINE));
        add(ways, code, rank, form, said);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &[u8], signed: &[u8]) -> Option<(&'static str, String)> {
        ways(body).into_iter().find(|way| way.value == signed).map(|way| (way.code.id, way.said))
    }

    #[test]
    fn what_was_hashed_instead_is_named() {
        let body = br#"{"b":"caf\u00e9/<","a":[1.0,{}],"10":2,"9":1}"#;
        for (signed, code, says) in [
            (r#"{"9":1,"10":2,"b":"café/<","a":[1,{}]}"#, "VS442", "JSON.stringify"),
            (r#"{"b": "caf\u00e9/<", "a": [1.0, {}], "10": 2, "9": 1}"#, "VS442", "Python"),
            (r#"{"b":"caf\u00e9\/<","a":[1,{}],"10":2,"9":1}"#, "VS442", "PHP"),
            (r#"{"b":"caf\u00e9\/<","a":[1,[]],"10":2,"9":1}"#, "VS442", "PHP"),
            (r#"{"10":2,"9":1,"a":[1,{}],"b":"café/\u003c"}"#, "VS442", "Go's json.Marshal of a map"),
            (r#"{"10":2,"9":1,"a":[1.0,{}],"b":"café/<"}"#, "VS442", "serde_json"),
            ("", "VS441", "empty"),
        ] {
            let (id, said) = named(body, signed.as_bytes()).unwrap_or_else(|| panic!("{signed}"));
            assert!(id == code && said.contains(says), "{signed}: {id} {said}");
        }
        let pretty = "{\n  \"a\" : [ 1, \"x\" ],\n  \"b\" : { }\n}";
        assert!(named(br#"{"a":[1,"x"],"b":{}}"#, pretty.as_bytes()).unwrap().1.contains("Jackson"));
        assert_eq!(named(b"\xef\xbb\xbf{}", b"{}").unwrap().0, "VS445");
        assert_eq!(named(b"{\r\n}\r\n", b"{\n}\n").unwrap().0, "VS444");
        assert_eq!(named("\"é\"".as_bytes(), b"\"\xe9\"").unwrap().0, "VS446");
    }

    #[test]
    fn what_indentation_would_blow_up_is_not_written() {
        let body = format!("{}{}1{}", "[".repeat(95), "1,".repeat(12_000), "]".repeat(95));
        let ways = ways(body.as_bytes());
        assert!(ways.iter().any(|way| way.said.contains("Python's json.dumps writes")));
        assert!(ways.iter().all(|way| way.value.len() <= 2 * json::MAX_WRITTEN));
    }

    #[test]
    fn what_is_within_a_compressed_body_is_found() {
        use std::io::Write as _;
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(b"{\"a\":1}").unwrap();
        assert_eq!(named(&gzip.finish().unwrap(), b"{\"a\":1}").unwrap().0, "VS446");
    }
}
