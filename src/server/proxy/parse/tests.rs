use std::time::Instant;

use super::*;

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    fn pieces<'a>(&mut self, mut bytes: &'a [u8], longest: usize) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (piece, rest) = bytes.split_at((1 + self.below(longest)).min(bytes.len()));
            pieces.push(piece);
            bytes = rest;
        }
        pieces
    }
}

/// What was seen, without its times.
fn shape(seen: &Seen) -> String {
    let exchange = |exchange: &Exchange| {
        let Exchange { http, request, response, malformed, trouble, .. } = exchange;
        let malformed = malformed.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        format!("{http:?} {request:?} {response:?} {malformed:?} {trouble:?}")
    };
    match seen {
        Seen::Exchange(one) => format!("exchange {}", exchange(one)),
        Seen::Opened(one) => format!("opened {}", exchange(one)),
        Seen::Message(from, message) => format!(
            "{from:?} {} {:?} {} {}",
            message.opcode,
            String::from_utf8_lossy(&message.data),
            message.truncated,
            message.compressed
        ),
        Seen::Lost(from, why) => format!("lost {from:?} {why}"),
    }
}

/// Feeds a conversation turn by turn, each side's bytes of a turn in pieces, and ends both sides.
fn seen(turns: &[(Vec<u8>, Vec<u8>)], limit: usize, mut cut: impl FnMut(&[u8]) -> Vec<usize>) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut conversation = Conversation::new(limit, Room::new(1 << 30));
    let now = Instant::now();
    for (asked, answered) in turns {
        for (side, bytes) in [(Side::Client, asked), (Side::Server, answered)] {
            let mut rest = bytes.as_slice();
            for length in cut(bytes) {
                let (piece, after) = rest.split_at(length);
                conversation.feed(side, piece, now, &mut seen);
                rest = after;
            }
            assert!(rest.is_empty());
        }
    }
    conversation.end(Side::Client, now, &mut seen);
    conversation.end(Side::Server, now, &mut seen);
    seen
}

fn whole(bytes: &[u8]) -> Vec<usize> {
    if bytes.is_empty() { Vec::new() } else { vec![bytes.len()] }
}

fn turn(asked: &str, answered: &str) -> (Vec<u8>, Vec<u8>) {
    (asked.as_bytes().to_vec(), answered.as_bytes().to_vec())
}

fn exchanges(turns: &[(Vec<u8>, Vec<u8>)]) -> Vec<Exchange> {
    let exchange = |seen| match seen {
        Seen::Exchange(exchange) => Some(*exchange),
        _ => None,
    };
    seen(turns, 1 << 20, whole).into_iter().filter_map(exchange).collect()
}

fn answer(exchange: &Exchange) -> (u16, &str, bool) {
    let response = exchange.response.as_ref().unwrap();
    (response.status, response.body.as_text().unwrap(), response.truncated)
}

const ASK: &str = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn a_body_ends_where_its_framing_says() {
    for (asked, answered, expected) in [
        (ASK, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", (200, "ok", false)),
        (ASK, "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", (200, "ok", false)),
        (
            ASK,
            "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\no\r\n1\r\nk\r\n0\r\nT: v\r\n\r\n",
            (200, "ok", false),
        ),
        (ASK, "HTTP/1.1 200\nTransfer-Encoding: gzip, chunked\n\n2\nok\n0\n\n", (200, "ok", false)),
        (ASK, "HTTP/1.1 200 OK\r\n\r\nuntil the end", (200, "until the end", false)),
        (
            ASK,
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: a\r\n\r\nHTTP/1.1 201 C\r\nContent-Length: 0\r\n\r\n",
            (201, "", false),
        ),
        (ASK, "HTTP/1.1 304 x\r\nContent-Length: 99\r\n\r\n", (304, "", false)),
        (ASK, "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", (204, "", false)),
        ("HEAD / HTTP/1.1\r\n\r\n", "HTTP/1.1 200 x\r\nContent-Length: 99\r\n\r\n", (200, "", false)),
        (ASK, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", (200, "cut", true)),
        (ASK, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ncut", (200, "cut", true)),
        (ASK, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nax\r\n", (200, "a", true)),
    ] {
        let found = exchanges(&[turn(asked, answered)]);
        assert_eq!((found.len(), answer(&found[0])), (1, expected), "{answered:?}");
        assert_eq!(found[0].trouble.is_some(), expected.2, "{answered:?}");
    }
}

#[test]
fn pipelined_requests_have_their_answers_in_order() {
    let asked = "POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\none\r\nHEAD /2 HTTP/1.0\r\n\r\nPUT /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n";
    let answered = "HTTP/1.1 201 x\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 202 x\r\nContent-Length: 7\r\n\r\nHTTP/1.1 203 x\r\n\r\n3";
    let found = exchanges(&[turn(asked, answered)]);
    let told: Vec<_> = found
        .iter()
        .map(|one| {
            let request = one.request.as_ref().unwrap();
            (request.target.as_str(), request.body.as_text().unwrap(), answer(one), one.http.unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("/1", "one", (201, "1", false), "1.1"),
            ("/2", "", (202, "", false), "1.0"),
            ("/3", "three", (203, "3", false), "1.1")
        ]
    );
}

#[test]
fn an_answer_may_come_before_the_request_is_whole_and_without_any() {
    let early =
        turn("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nha", "HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n");
    let found = exchanges(&[early.clone(), turn("lf", "")]);
    assert_eq!((answer(&found[0]).0, found[0].request.as_ref().unwrap().truncated), (413, false));
    let found = exchanges(&[early]);
    assert_eq!((answer(&found[0]).0, found[0].request.as_ref().unwrap().truncated), (413, true));
    let found = exchanges(&[turn("", "HTTP/1.1 408 x\r\nContent-Length: 0\r\n\r\n")]);
    assert_eq!((answer(&found[0]).0, found[0].request.is_none()), (408, true));
}

#[test]
fn what_has_no_answer_says_why() {
    let found = exchanges(&[turn(ASK, "")]);
    assert_eq!((&found[0].trouble, found[0].response.is_none()), (&Some(Trouble::HungUp), true));
    let mut seen = Vec::new();
    let mut conversation = Conversation::new(9, Room::new(1 << 20));
    conversation.feed(Side::Client, ASK.as_bytes(), Instant::now(), &mut seen);
    assert!(!conversation.is_idle() && conversation.has_begun() && conversation.next_method() == Some("GET"));
    conversation.abandon(Trouble::ClientLeft, Instant::now(), &mut seen);
    assert!(matches!(&seen[..], [Seen::Exchange(one)] if one.trouble == Some(Trouble::ClientLeft)));
}

#[test]
fn what_is_no_http_is_kept_with_its_answer() {
    let found = exchanges(&[turn(
        "GET / HTTP/1.1\r\nno colon\r\n\r\nmore",
        "HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n",
    )]);
    assert_eq!(found[0].malformed.as_deref(), Some(&b"GET / HTTP/1.1\r\nno colon\r\n\r\n"[..]));
    assert_eq!((found.len(), answer(&found[0]).0), (1, 400));
    for (asked, answered) in [
        (
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
            "HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n",
        ),
        (ASK, "no HTTP at all\r\n\r\n"),
    ] {
        let seen = seen(&[turn(asked, answered)], 99, whole);
        let lost = seen.iter().filter(|seen| matches!(seen, Seen::Lost(..))).count();
        assert_eq!((lost, seen.len()), (1, 2), "{asked:?} {answered:?}");
    }
}

#[test]
fn what_others_may_read_as_something_else_is_said() {
    const BOTH: &str = "POST / HTTP/1.1\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    let done = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let found = exchanges(&[turn(BOTH, done)]);
    let targets: Vec<_> = found.iter().map(|one| one.request.as_ref().unwrap().target.as_str()).collect();
    assert_eq!(targets, ["/", "/smuggled"]);
    assert_eq!((found[0].doubt.is_some(), found[1].doubt), (true, None));
    let answered = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert!(exchanges(&[turn(ASK, answered)])[0].doubt.is_some());
    assert!(exchanges(&[turn(ASK, done)])[0].doubt.is_none());
}

#[test]
fn a_body_over_the_limit_is_followed_to_its_end() {
    let long = "x".repeat(50);
    let asked = format!("POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n{long}");
    let answered = "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n";
    let seen = seen(&[turn(&(asked.clone() + &asked), &answered.repeat(2))], 20, whole);
    let lengths: Vec<_> = seen
        .iter()
        .filter_map(|seen| match seen {
            Seen::Exchange(one) => one.request.as_ref().map(|one| (one.body.0.len(), one.truncated)),
            _ => None,
        })
        .collect();
    assert_eq!(lengths, [(20, true), (20, true)]);
}

#[test]
fn without_room_there_is_no_record_and_that_is_counted() {
    let room = Room::new(100);
    let mut conversation = Conversation::new(9, Arc::clone(&room));
    let mut seen = Vec::new();
    conversation.feed(Side::Client, ASK.as_bytes(), Instant::now(), &mut seen);
    let answered = b"HTTP/1.1 200 x\r\nContent-Length: 2\r\n\r\nok";
    conversation.feed(Side::Server, answered, Instant::now(), &mut seen);
    assert_eq!((seen.len(), room.take_missed(), conversation.is_idle()), (0, 1, true));
}

const UPGRADE: &str = "GET /ws HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\n";
const SWITCH: &str = "HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

#[test]
fn an_upgrade_is_followed_or_leaves_http_as_its_answer_says() {
    let frames = "\u{1}".to_owned();
    let early = format!("{UPGRADE}\u{9}{frames}");
    let mut asked = UPGRADE.as_bytes().to_vec();
    asked.extend(b"\x81\x02hi");
    let mut answered = SWITCH.as_bytes().to_vec();
    answered.extend(b"\x81\x02yo\x88\x02\x03\xe8");
    let taken = seen(&[(asked, answered)], 99, whole);
    let shapes: Vec<_> = taken.iter().map(shape).collect();
    assert!(shapes[0].starts_with("opened"), "{shapes:?}");
    assert_eq!(shapes[1..3], ["Client text \"hi\" false false", "Server text \"yo\" false false"]);
    let refused = "HTTP/1.1 426 x\r\nContent-Length: 0\r\n\r\n";
    let found = exchanges(&[
        turn(&format!("{UPGRADE}{ASK}"), refused),
        turn("", "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"),
    ]);
    assert_eq!(found.iter().map(|one| answer(one).0).collect::<Vec<_>>(), [426, 200]);
    let other =
        seen(&[turn("CONNECT a:1 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 x\r\n\r\n"), turn(&early, "x")], 99, whole);
    let shapes: Vec<_> = other.iter().map(shape).collect();
    assert!(shapes.len() == 2 && shapes[1].starts_with("lost"), "{shapes:?}");
}

/// A conversation of random messages, some of them with a byte that is wrong.
fn random_turns(numbers: &mut Numbers) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut turns = Vec::new();
    for number in 0..1 + numbers.below(4) {
        let body = "abc\r\n\r\n0".repeat(numbers.below(6));
        let chunked = |numbers: &mut Numbers| -> String {
            let pieces = numbers.pieces(body.as_bytes(), 9);
            let chunk =
                |piece: &&[u8]| format!("{:X}\r\n{}\r\n", piece.len(), String::from_utf8_lossy(piece));
            pieces.iter().map(chunk).collect::<String>() + "0\r\nX: y\r\n\r\n"
        };
        let length = body.len();
        let asked = match numbers.below(5) {
            0 => format!("\r\nGET /{number}?é HTTP/1.1\r\nhOST: x\r\n\r\n"),
            1 => format!("HEAD /{number} HTTP/1.0\n\n"),
            2 => format!("POST /{number} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunked(numbers)),
            3 => format!("{UPGRADE}GET /{number} HTTP/1.1\r\n\r\n"),
            _ => format!("POST /{number} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}"),
        };
        let answered = match numbers.below(5) {
            0 => format!("HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}"),
            1 => format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", chunked(numbers)),
            2 => "HTTP/1.1 204 x\r\n\r\n".to_owned(),
            3 => format!("HTTP/1.0 200 x\r\n\r\n{body}"),
            _ => format!("{SWITCH}\u{1}\u{2}ab"),
        };
        let mut pair = (asked.into_bytes(), answered.into_bytes());
        if numbers.below(4) == 0 {
            let bytes = if numbers.below(2) == 0 { &mut pair.0 } else { &mut pair.1 };
            let at = numbers.below(bytes.len());
            bytes[at] = numbers.below(256) as u8;
        }
        turns.push(pair);
    }
    turns
}

#[test]
fn any_split_of_the_bytes_gives_the_same_records() {
    for seed in 0..4_000 {
        let mut numbers = Numbers(seed);
        let turns = random_turns(&mut numbers);
        let limit = 1 + numbers.below(100);
        let expected: Vec<_> = seen(&turns, limit, whole).iter().map(shape).collect();
        for longest in [1, 4, 60] {
            let cut = |bytes: &[u8]| numbers.pieces(bytes, longest).iter().map(|piece| piece.len()).collect();
            let found: Vec<_> = seen(&turns, limit, cut).iter().map(shape).collect();
            assert_eq!(found, expected, "seed {seed}, pieces of {longest}: {turns:?}");
        }
    }
}
