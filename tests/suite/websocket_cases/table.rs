//! The cases but those of UTF-8.

use super::frames::{Frame, binary, close, close_of, fragments, last, more, opcode, ping, pong, text};
use super::{Case, Pieces};

const HELLO: &str = "Hello, world!";

/// No UTF-8.
const BYTES: &[u8] = b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff";

/// Section 1: the lengths at which a frame's head changes.
pub fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    let sizes = [0, 125, 126, 127, 128, 65_535, 65_536];
    let chopped = [(65_536, Pieces::Of(997))];
    let lengths = sizes.map(|size| (size, Pieces::Whole)).into_iter().chain(chopped);
    for (number, (size, pieces)) in (1..).zip(lengths) {
        let (stars, bytes) = ("*".repeat(size), vec![0xfe; size]);
        cases.push(Case::right(format!("1.1.{number}"), vec![text(&stars)]).text(&stars).in_pieces(pieces));
        let case = Case::right(format!("1.2.{number}"), vec![binary(&bytes)]);
        cases.push(case.binary(&bytes).in_pieces(pieces));
    }
    cases
}

/// Section 2: pings and pongs.
pub fn pings() -> Vec<Case> {
    let longest = [0xfe; 125];
    let numbered: Vec<String> = (0..10).map(|number| format!("payload-{number}")).collect();
    let ten = |number: &str, pieces| {
        let case = Case::right(number, numbered.iter().map(ping).collect()).in_pieces(pieces);
        numbered.iter().fold(case, |case, payload| case.pong(payload.as_bytes()))
    };
    vec![
        Case::right("2.1", vec![ping("")]).pong(b""),
        Case::right("2.2", vec![ping(HELLO)]).pong(HELLO.as_bytes()),
        Case::right("2.3", vec![ping(BYTES)]).pong(BYTES),
        Case::right("2.4", vec![ping(longest)]).pong(&longest),
        Case::wrong("2.5", vec![ping([0xfe; 126])]),
        Case::right("2.6", vec![ping(longest)]).pong(&longest).in_pieces(Pieces::Of(1)),
        Case::right("2.7", vec![pong("")]),
        Case::right("2.8", vec![pong("nobody asked")]),
        Case::right("2.9", vec![pong("nobody asked"), ping("somebody asks")]).pong(b"somebody asks"),
        ten("2.10", Pieces::Whole),
        ten("2.11", Pieces::Of(1)),
    ]
}

/// Sections 3 and 4: bits and opcodes that have no meaning yet.
pub fn reserved() -> Vec<Case> {
    let mut cases = vec![
        Case::wrong("3.1", vec![text(HELLO).reserved(1)]),
        Case::wrong("3.5", vec![binary(BYTES).reserved(5)]),
        Case::wrong("3.6", vec![ping(HELLO).reserved(6)]),
        Case::wrong("3.7", vec![close_of("").reserved(7)]),
        Case::wrong("4.1.1", vec![opcode(3, "")]),
        Case::wrong("4.1.2", vec![opcode(4, HELLO)]),
        Case::wrong("4.2.1", vec![opcode(11, "")]),
        Case::wrong("4.2.2", vec![opcode(12, HELLO)]),
    ];
    // What comes before is taken, and what comes behind is not answered.
    for (number, frame, pieces) in [
        ("3.2", text(HELLO).reserved(2), Pieces::Whole),
        ("3.3", text(HELLO).reserved(3), Pieces::Frames),
        ("3.4", text(HELLO).reserved(4), Pieces::Of(1)),
        ("4.1.3", opcode(5, ""), Pieces::Whole),
        ("4.1.4", opcode(6, HELLO), Pieces::Whole),
        ("4.1.5", opcode(7, HELLO), Pieces::Of(1)),
        ("4.2.3", opcode(13, ""), Pieces::Whole),
        ("4.2.4", opcode(14, HELLO), Pieces::Whole),
        ("4.2.5", opcode(15, HELLO), Pieces::Of(1)),
    ] {
        cases.push(Case::wrong(number, vec![text(HELLO), frame, ping("")]).text(HELLO).in_pieces(pieces));
    }
    cases
}

/// Section 5: messages in fragments.
pub fn fragmentation() -> Vec<Case> {
    let two = || fragments(1, ["one", "two"]);
    let between = || vec![more("one").opening(1), ping("between"), last("two")];
    let five = || {
        let mut frames = fragments(1, ["a", "b", "c", "d", "e"]);
        frames.insert(4, ping("second"));
        frames.insert(2, ping("first"));
        frames
    };
    let mut cases = vec![
        Case::wrong("5.1", vec![ping("one").unfinished(), last("two")]),
        Case::wrong("5.2", vec![pong("one").unfinished(), last("two")]),
    ];
    for (number, pieces) in [(3, Pieces::Whole), (4, Pieces::Frames), (5, Pieces::Of(1))] {
        cases.push(Case::right(format!("5.{number}"), two()).text("onetwo").in_pieces(pieces));
        let case = Case::right(format!("5.{}", number + 3), between()).text("onetwo").pong(b"between");
        cases.push(case.in_pieces(pieces));
        let none = Case::wrong(format!("5.{}", number + 6), vec![last("nothing"), text(HELLO)]);
        cases.push(none.in_pieces(pieces));
        let none = Case::wrong(format!("5.{}", number + 9), vec![more("nothing"), text(HELLO)]);
        cases.push(none.in_pieces(pieces));
    }
    cases.extend([
        Case::wrong("5.15", [two(), vec![more("three"), text("four")]].concat()).text("onetwo"),
        Case::wrong("5.16", [vec![more("nothing")], two(), vec![more("nothing")], two()].concat()),
        Case::wrong("5.17", [vec![last("nothing")], two(), vec![last("nothing")], two()].concat()),
        Case::wrong("5.18", vec![more("one").opening(1), text("two")]),
        Case::right("5.19", five()).text("abcde").pong(b"first").pong(b"second").in_pieces(Pieces::Frames),
        Case::right("5.20", five()).text("abcde").pong(b"first").pong(b"second"),
    ]);
    cases
}

/// Section 7: Close.
pub fn closing() -> Vec<Case> {
    let behind = |number: &str, frames: Vec<Frame>| {
        Case::over(number, [vec![close(1000, "")], frames].concat(), Some(1000)).closed(Some(1000))
    };
    let reason = "*".repeat(123);
    let mut cases = vec![
        Case::right("7.1.1", vec![text(HELLO)]).text(HELLO),
        behind("7.1.2", vec![close_of("")]),
        behind("7.1.3", vec![ping("")]),
        behind("7.1.4", vec![text(HELLO)]),
        Case::over("7.1.5", vec![more("one").opening(1), close(1000, ""), last("two")], Some(1000))
            .closed(Some(1000)),
        Case::over("7.3.1", vec![close_of("")], None).closed(None),
        Case::wrong("7.3.2", vec![close_of("a")]),
        behind("7.3.3", vec![]),
        Case::over("7.3.4", vec![close(1000, HELLO)], Some(1000)).closed(Some(1000)),
        Case::over("7.3.5", vec![close(1000, &reason)], Some(1000)).closed(Some(1000)),
        Case::wrong("7.3.6", vec![close(1000, reason.clone() + "*")]),
        Case::over("7.5.1", vec![close(1000, b"\xce\xba\xed\xa0\x80edited")], Some(1007)),
    ];
    let allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    for (number, code) in (1..).zip(allowed) {
        let case = Case::over(format!("7.7.{number}"), vec![close(code, "")], Some(code));
        cases.push(case.closed(Some(code)));
    }
    let forbidden = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999];
    let forbidden = (1..).zip(forbidden).map(|(number, code)| (format!("7.9.{number}"), code));
    let unheard_of = [("7.13.1".to_owned(), 5000), ("7.13.2".to_owned(), 65_535)];
    for (number, code) in forbidden.chain(unheard_of) {
        cases.push(Case::wrong(number, vec![close(code, "")]).closed(Some(code)));
    }
    cases
}

/// Sections 9 and 10: sizes up to the largest that a side takes, in bytes, and what is larger.
pub fn limits(limit: usize) -> Vec<Case> {
    let mut cases = Vec::new();
    for (number, size) in [(1, 64 << 10), (2, 256 << 10), (3, 1 << 20)] {
        let (stars, bytes) = ("*".repeat(size), vec![0xfe; size]);
        cases.push(Case::right(format!("9.1.{number}"), vec![text(&stars)]).text(&stars));
        cases.push(Case::right(format!("9.2.{number}"), vec![binary(&bytes)]).binary(&bytes));
    }
    let (stars, bytes) = ("*".repeat(1 << 20), vec![0xfe; 1 << 20]);
    cases.extend([
        Case::right("9.5.6", vec![text(&stars)]).text(&stars).in_pieces(Pieces::Of(2_048)),
        Case::right("9.6.6", vec![binary(&bytes)]).binary(&bytes).in_pieces(Pieces::Of(2_048)),
    ]);
    let (stars, bytes) = ("*".repeat(4 << 20), vec![0xfe; 4 << 20]);
    cases.extend([
        Case::right("9.3.6", fragments(1, stars.as_bytes().chunks(64 << 10))).text(&stars),
        Case::right("9.4.3", fragments(2, bytes.chunks(1 << 10))).binary(&bytes),
    ]);
    let largest = "*".repeat(limit);
    let too_large = |what: &str, frames| Case::over(format!("9, {what}"), frames, Some(1009));
    cases.extend([
        Case::right("9, as large as may be", vec![text(&largest)]).text(&largest),
        too_large("a text of a byte too many", vec![text("").claiming(limit + 1)]),
        too_large("the largest length there is", vec![binary("").claiming(usize::MAX)]),
        too_large("a byte too many in fragments", fragments(1, [&largest, "*"])),
        Case::right("10.1.1", fragments(1, [b'*'; 65_536].chunks(1_300))).text(&[b'*'; 65_536]),
    ]);
    cases
}
