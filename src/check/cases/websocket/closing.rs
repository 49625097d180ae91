//! How a session ends: RFC 6455, 5.5.1 and 7.

use super::*;
use crate::check::websocket::End;

/// How many messages are sent before the Close.
const SOME: usize = 10;
/// A code that no side sends unless it is asked to echo it.
const LEAVING: u16 = 1001;

fn answered(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[Frame::close(NORMAL)]);
        holds(talk.close.is_some(), "a Close", talk.described())
    })
}

fn echoed(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk(&[Frame::close(LEAVING)]);
        match talk.close {
            None => Outcome::Skipped("the Close is not answered".to_owned()),
            Some(_) => {
                holds(talk.code() == Some(LEAVING), format!("a Close with {LEAVING}"), talk.described())
            }
        }
    })
}

fn last(probe: &Probe<'_>) -> Judged {
    in_session(probe, &[], |session| {
        let talk = session.talk_and_wait(&[Frame::close(NORMAL)]);
        let expected = "nothing behind the Close but the end of the connection";
        match (&talk.close, &talk.end) {
            (None, _) => Outcome::Skipped("the Close is not answered".to_owned()),
            (_, End::Silent(_)) => Outcome::broken(expected, "a connection that stays open"),
            _ => holds(talk.behind.is_empty(), expected, format!("{} more frames", talk.behind.len())),
        }
    })
}

fn after_all(probe: &Probe<'_>) -> Judged {
    with_receipts(probe, |session| {
        let mut frames: Vec<_> = (0..SOME).map(|_| text(&right(probe))).collect();
        frames.push(Frame::close(NORMAL));
        let talk = session.talk(&frames);
        holds(talk.frames.len() >= SOME, format!("{SOME} receipts before the Close"), talk.described())
    })
}

pub(super) const CASES: &[Case] = &[
    of(
        "websocket/close/answered",
        Must,
        OPEN,
        "A Close is answered with a Close (RFC 6455, 5.5.1)",
        answered,
    ),
    of(
        "websocket/close/code",
        Should,
        OPEN,
        "The answer to a Close has the code of that Close (RFC 6455, 5.5.1)",
        echoed,
    ),
    of(
        "websocket/close/last",
        Must,
        OPEN,
        "Behind its Close the instance sends nothing, and ends the connection (RFC 6455, 5.5.1 and 7.1.1)",
        last,
    ),
    of(
        "websocket/close/after-all",
        Should,
        INBOX_OPEN,
        "A Close is answered when every message before it was dealt with (chosen by versia-cli)",
        after_all,
    ),
];
