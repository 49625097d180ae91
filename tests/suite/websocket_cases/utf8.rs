//! Section 6: what is UTF-8 and what is not (RFC 3629). Ranges of bytes are whole here; the suite leaves
//! out the last of each.

use super::frames::{Frame, fragments, more, text};
use super::{Case, Pieces};

/// Letters of two bytes each, with a plain one among them.
const MIXED: &str = "Hello-µ@ßöäüàá-UTF-8!!";

/// Greek, of two and three bytes.
const GREEK: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";

/// A case whose text is not UTF-8.
fn invalid(number: impl Into<String>, frames: Vec<Frame>) -> Case {
    Case::over(number, frames, Some(1007))
}

/// The section's cases.
pub fn cases() -> Vec<Case> {
    let mut cases = messages();
    for (section, texts) in (5..).zip(sequences()) {
        for (number, content) in (1..).zip(texts) {
            let (name, frames) = (format!("6.{section}.{number}"), vec![text(&content)]);
            cases.push(match is_valid(section, &content) {
                true => Case::right(name, frames).text(&content),
                false => invalid(name, frames),
            });
        }
    }
    cases
}

/// 6.1 to 6.4: texts that are empty, and in fragments.
fn messages() -> Vec<Case> {
    let surrogate = [GREEK, b"\xed\xa0\x80edited"].concat();
    let (one, two) = MIXED.split_at(15);
    let too_high = [GREEK, b"\xf4\x90\x80\x80edited"].concat();
    vec![
        Case::right("6.1.1", vec![text("")]).text(""),
        Case::right("6.1.2", fragments(1, ["", "", ""])).text(""),
        Case::right("6.1.3", fragments(1, ["", "middle", ""])).text("middle"),
        Case::right("6.2.1", vec![text(MIXED)]).text(MIXED),
        Case::right("6.2.2", fragments(1, [one, two])).text(MIXED),
        Case::right("6.2.3", fragments(1, MIXED.as_bytes().chunks(1))).text(MIXED),
        Case::right("6.2.4", fragments(1, GREEK.chunks(1))).text(GREEK),
        invalid("6.3.1", vec![text(&surrogate)]),
        invalid("6.3.2", fragments(1, surrogate.chunks(1))),
        invalid("6.4.1", vec![more(GREEK).opening(1), more(&too_high[11..15])]).in_pieces(Pieces::Frames),
        invalid("6.4.2", vec![more(&too_high[..12]).opening(1), more(&too_high[12..13])])
            .in_pieces(Pieces::Frames),
        invalid("6.4.3", vec![text(&too_high)]),
        invalid("6.4.4", vec![text(&too_high)]).in_pieces(Pieces::Of(12)),
    ]
}

/// Whether a text of 6.5 and on is UTF-8. The prefixes of 6.6 are where they end with a letter.
fn is_valid(section: u32, content: &[u8]) -> bool {
    match section {
        5 | 7 | 9 | 22 | 23 => true,
        6 => [2, 5, 7, 9, 11].contains(&content.len()),
        11 => content != b"\xf4\x90\x80\x80",
        _ => false,
    }
}

/// The texts of 6.5 to 6.23.
fn sequences() -> Vec<Vec<Vec<u8>>> {
    vec![
        // Texts, and the beginnings of one.
        of(&[
            b"hello$world",
            b"hello\xc2\xa2world",
            b"hello\xe2\x82\xacworld",
            b"hello\xf0\xa4\xad\xa2world",
            GREEK,
        ]),
        (1..=GREEK.len()).map(|length| GREEK[..length].to_vec()).collect(),
        // The first and the last of each length, with lengths that there are no more.
        of(&[b"\x00", b"\xc2\x80", b"\xe0\xa0\x80", b"\xf0\x90\x80\x80"]),
        of(&[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"]),
        of(&[b"\x7f", b"\xdf\xbf", b"\xef\xbf\xbf", b"\xf4\x8f\xbf\xbf"]),
        of(&[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"]),
        // Around the surrogates, and the end.
        of(&[b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xf4\x8f\xbf\xbf", b"\xf4\x90\x80\x80"]),
        // Continuations of nothing, and starts that nothing continues.
        (1..=7).map(alternating).chain([(0x80..=0xbf).collect()]).collect(),
        [0xc0..=0xdf, 0xe0..=0xef, 0xf0..=0xf7, 0xf8..=0xfb, 0xfc..=0xfd_u8]
            .map(|starts| starts.flat_map(|start| [start, b' ']).collect())
            .to_vec(),
        of(&CUT_SHORT),
        vec![CUT_SHORT.concat()],
        of(&[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"]),
        // More bytes than needed: a slash, the last of a length, and NUL.
        of(&[
            b"\xc0\xaf",
            b"\xe0\x80\xaf",
            b"\xf0\x80\x80\xaf",
            b"\xf8\x80\x80\x80\xaf",
            b"\xfc\x80\x80\x80\x80\xaf",
        ]),
        of(&[
            b"\xc1\xbf",
            b"\xe0\x9f\xbf",
            b"\xf0\x8f\xbf\xbf",
            b"\xf8\x87\xbf\xbf\xbf",
            b"\xfc\x83\xbf\xbf\xbf\xbf",
        ]),
        of(&[
            b"\xc0\x80",
            b"\xe0\x80\x80",
            b"\xf0\x80\x80\x80",
            b"\xf8\x80\x80\x80\x80",
            b"\xfc\x80\x80\x80\x80\x80",
        ]),
        // Surrogates, alone and in pairs.
        [0xd800, 0xdb7f, 0xdb80, 0xdbff, 0xdc00, 0xdf80, 0xdfff].map(surrogate).to_vec(),
        [0xd800, 0xdb7f, 0xdb80, 0xdbff]
            .into_iter()
            .flat_map(|high| [0xdc00, 0xdfff].map(|low| [surrogate(high), surrogate(low)].concat()))
            .collect(),
        // What no character will ever have, and what has a meaning of its own.
        (0..=0x10_u32)
            .flat_map(|plane| [plane << 16 | 0xfffe, plane << 16 | 0xffff])
            .filter_map(char::from_u32)
            .map(|character| character.to_string().into_bytes())
            .collect(),
        ('\u{fff9}'..='\u{ffff}').map(|character| character.to_string().into_bytes()).collect(),
    ]
}

const CUT_SHORT: [&[u8]; 10] = [
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xf8\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xf7\xbf\xbf",
    b"\xfb\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf",
];

fn of(texts: &[&[u8]]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.to_vec()).collect()
}

/// The first, the last, the first continuation … of this many; 6.12.1 and 6.12.2 have one each.
fn alternating(number: usize) -> Vec<u8> {
    match number {
        1 => vec![0x80],
        2 => vec![0xbf],
        number => [0x80, 0xbf].into_iter().cycle().take(number - 1).collect(),
    }
}

/// What a surrogate would be as UTF-8.
fn surrogate(code: u16) -> Vec<u8> {
    vec![0xed, 0x80 | (code >> 6 & 0x3f) as u8, 0x80 | (code & 0x3f) as u8]
}
