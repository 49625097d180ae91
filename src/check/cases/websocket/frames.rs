//! Frames, right and wrong: RFC 6455, 5. What is wrong is a control frame where it can be, so that nothing is delivered.

use super::*;
use crate::check::websocket::End;

/// The payload of pings.
const HELLO: &[u8] = b"versia-cli";
/// The size of a large message, in bytes.
const LARGE: usize = 1 << 20;

fn ping() -> Frame {
    Frame::new(PING, HELLO)
}

/// A wrong frame ends the session: with a Close with this code, or with the end of the connection. The Close behind it would be
/// answered if nothing was noticed.
fn fails(probe: &Probe<'_>, frame: Frame, code: u16) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[frame, Frame::close(NORMAL)]);
        let is_ended = match &talk.close {
            Some(_) => talk.code() == Some(code),
            None => !matches!(talk.end, End::Silent(_)),
        };
        let expected = format!("a Close with {code}, or the end of the connection");
        holds(is_ended && talk.frames.is_empty(), expected, talk.described())
    })
}

fn has_pong(talk: &Talk) -> bool {
    talk.frames.iter().any(|frame| frame.opcode() == PONG && frame.payload == HELLO)
}

fn answered(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[ping(), Frame::close(NORMAL)]);
        holds(has_pong(&talk), "a pong with the payload of the ping", talk.described())
    })
}

/// The frames of a right message in three parts.
fn parts(probe: &Probe<'_>) -> [Frame; 3] {
    let message = right(probe).write();
    let (first, rest) = message.split_at(10);
    let (second, third) = rest.split_at(100);
    [
        Frame::text(first).unfinished(),
        Frame::new(CONTINUATION, second).unfinished(),
        Frame::new(CONTINUATION, third),
    ]
}

fn between(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let [first, second, third] = parts(probe);
        let talk = session.talk(&[first, ping(), second, third, Frame::close(NORMAL)]);
        holds(has_pong(&talk), "a pong, as for any other ping", talk.described())
    })
}

fn plain(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[ping(), Frame::close(NORMAL)]);
        let mut all = talk.frames.iter().chain(&talk.close);
        if talk.frames.is_empty() && talk.close.is_none() {
            return Outcome::Skipped("no frame came".to_owned());
        }
        let wrong = all.find(|frame| frame.is_masked || frame.has_reserved_bits());
        let got = wrong.map_or("", |frame| if frame.is_masked { "a mask" } else { "a reserved bit" });
        holds(wrong.is_none(), "frames without a mask and without reserved bits", got)
    })
}

fn large(probe: &Probe<'_>) -> Judged {
    let mut note = probe.note();
    note["content"]["text/plain"]["content"] = "x".repeat(LARGE).into();
    let message = signed(probe, probe.signer, note.to_string(), 0);
    delivered(probe, &[text(&message)], |fate| {
        let is_dealt_with = match &fate {
            Fate::Receipt(receipt) => receipt.status < 500,
            Fate::Passed => true,
            Fate::Closed(code, _) => [POLICY, TOO_BIG].contains(code),
            Fate::Unclear(_) => false,
        };
        Ok(holds(is_dealt_with, format!("a receipt, or a Close with {TOO_BIG}"), fate.described()))
    })
}

pub(super) const CASES: &[Case] = &[
    of(
        "websocket/frames/ping",
        Must,
        OPEN,
        "A ping is answered with a pong of its payload (RFC 6455, 5.5.2)",
        answered,
    ),
    of(
        "websocket/frames/from-server",
        Must,
        OPEN,
        "The instance masks no frame, and sets no reserved bit (RFC 6455, 5.1 and 5.2)",
        plain,
    ),
    of(
        "websocket/frames/unmasked",
        Must,
        OPEN,
        "A frame that is not masked ends the connection, with 1002 where there is a Close (RFC 6455, 5.1)",
        |p| fails(p, ping().unmasked(), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/reserved-bit",
        Must,
        OPEN,
        "A frame with a reserved bit ends the connection (RFC 6455, 5.2)",
        |p| fails(p, ping().reserved(), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/reserved-opcode",
        Must,
        OPEN,
        "A frame with an opcode without a meaning ends the connection (RFC 6455, 5.2)",
        |p| fails(p, Frame::new(3, HELLO), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/fragmented-ping",
        Should,
        OPEN,
        "A control frame in fragments, which may not be, ends the connection (RFC 6455, 5.4)",
        |p| fails(p, ping().unfinished(), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/long-ping",
        Should,
        OPEN,
        "A control frame of more than 125 bytes, which may not be, ends the connection (RFC 6455, 5.5)",
        |p| fails(p, Frame::new(PING, [b'x'; 126]), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/lone-continuation",
        Should,
        OPEN,
        "A continuation of nothing, which may not be, ends the connection (RFC 6455, 5.4)",
        |p| fails(p, Frame::new(CONTINUATION, HELLO), PROTOCOL_ERROR),
    ),
    of(
        "websocket/frames/invalid-utf8",
        Must,
        WRITE,
        "A text that is no UTF-8 ends the connection, with 1007 where there is a Close (RFC 6455, 8.1)",
        |p| fails(p, Frame::text(b"{\"entity\":\"\xff\"}".to_vec()), NOT_UTF8),
    ),
    of(
        "websocket/frames/fragmented-text",
        Must,
        INBOX_OPEN,
        "A message in several frames is taken as one in a single frame is (RFC 6455, 5.4)",
        |p| accepted(p, &parts(p)),
    ),
    of(
        "websocket/frames/ping-between-fragments",
        Must,
        INBOX_OPEN,
        "A ping between the frames of a message is answered (RFC 6455, 5.4)",
        between,
    ),
    of(
        "websocket/frames/large",
        Should,
        INBOX_OPEN,
        "A message of 1 MiB is dealt with, or ends the session with 1009 (RFC 6455, 7.4.1)",
        large,
    ),
];
