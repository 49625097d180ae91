//! The WebSocket extension: a draft that has the message, and RFC 6455 under it. What is between them was chosen here, and binds
//! nobody: it is a SHOULD or a MAY, and its rules say so. See <https://versia.pub/extensions/websockets>.

mod closing;
mod frames;
mod handshake;
mod messages;
mod receipts;

use super::case;
use crate::check::case::Level::{self, May, Must, Should};
use crate::check::case::{Case, Need, Outcome, Page, Run};
use crate::check::expect::{Judged, holds};
use crate::check::probe::Probe;
use crate::check::websocket::{
    BINARY, CONTINUATION, Frame, Handshake, Offering, PING, PONG, Session, Talk, open,
};
use crate::protocol::versia::{INBOX, Message, RECEIPTS, Receipt};
use crate::signing::Signer;

static PAGE: Page = Page { name: "websocket", path: "extensions/websockets" };
/// What sends no message.
const OPEN: &[Need] = &[Need::WebSocket];
/// What sends messages that are to be refused.
const WRITE: &[Need] = &[Need::Write, Need::WebSocket];
/// What sends messages of which some are right.
const INBOX_OPEN: &[Need] = &[Need::Inbox, Need::WebSocket];

/// The code of a Close that nothing is wrong with.
const NORMAL: u16 = 1000;
/// The code of a Close for what breaks RFC 6455.
const PROTOCOL_ERROR: u16 = 1002;
/// The code of a Close for a text that is no UTF-8.
const NOT_UTF8: u16 = 1007;
/// The code of a Close for a message that is refused.
const POLICY: u16 = 1008;
/// The code of a Close for a message that is too big.
const TOO_BIG: u16 = 1009;
/// The codes with which a message may be refused: it is against the protocol, of the wrong kind, not UTF-8, or against a rule.
const REFUSALS: [u16; 4] = [PROTOCOL_ERROR, 1003, NOT_UTF8, POLICY];

pub(super) const CASES: [&[Case]; 6] =
    [OFFERED, handshake::CASES, messages::CASES, receipts::CASES, closing::CASES, frames::CASES];

const fn of(id: &'static str, level: Level, needs: &'static [Need], rule: &'static str, run: Run) -> Case {
    case(&PAGE, id, level, needs, rule, run)
}

const OFFERED: &[Case] = &[of(
    "websocket/offered",
    May,
    &[],
    "The inbox's own path answers a WebSocket handshake (where it is, was chosen by versia-cli)",
    |p| Ok(p.no_session().map_or(Outcome::Kept, Outcome::Skipped)),
)];

/// Opens a session that offers these subprotocols, and judges what comes of it.
fn in_session(
    probe: &Probe<'_>,
    subprotocols: &[&str],
    judge: impl FnOnce(Session<'_>) -> Outcome,
) -> Judged {
    let answer = open(probe, &Handshake::new(probe)?.offering(subprotocols))?;
    let described = answer.described();
    Ok(match answer.session {
        Some(session) => judge(session),
        None => Outcome::broken("101, as for the handshakes before", described),
    })
}

/// Judges a session in which receipts were agreed on.
fn with_receipts(probe: &Probe<'_>, judge: impl FnOnce(Session<'_>) -> Outcome) -> Judged {
    if *probe.offering() != (Offering::Offered { receipts: true }) {
        return Ok(Outcome::Skipped(format!("the instance does not take the subprotocol {RECEIPTS}")));
    }
    in_session(probe, &[RECEIPTS], judge)
}

/// A message with an entity under a signature of this signer, made so many seconds from now.
fn signed(probe: &Probe<'_>, signer: &Signer, entity: String, after: i64) -> Message {
    let at = probe.ambient.now_seconds() + after;
    Message::new(signer.sign("POST", INBOX, at, entity.as_bytes()), entity)
}

/// A right message, with a new note.
fn right(probe: &Probe<'_>) -> Message {
    signed(probe, probe.signer, probe.note().to_string(), 0)
}

/// A message whose entity was changed after it was signed.
fn tampered(probe: &Probe<'_>) -> Message {
    let mut message = right(probe);
    message.entity = message.entity.replace("conformance", "Conformance");
    message
}

fn text(message: &Message) -> Frame {
    Frame::text(message.write())
}

/// What became of a message.
enum Fate {
    /// There is a receipt for it.
    Receipt(Receipt),
    /// Nothing was said about it, and nothing was agreed on that would have been.
    Passed,
    /// The session ended with a Close with another code than ours, in words.
    Closed(u16, String),
    /// Something else, in words.
    Unclear(String),
}

impl Fate {
    /// Whether it was refused in a way that says so.
    fn is_refused(&self) -> bool {
        match self {
            Fate::Receipt(receipt) => receipt.status / 100 == 4,
            Fate::Closed(code, _) => REFUSALS.contains(code),
            Fate::Passed | Fate::Unclear(_) => false,
        }
    }

    fn described(&self) -> String {
        match self {
            Fate::Receipt(receipt) if receipt.detail.is_empty() => {
                format!("a receipt with {}", receipt.status)
            }
            Fate::Receipt(receipt) => format!("a receipt with {}, {:?}", receipt.status, receipt.detail),
            Fate::Passed => "the session ends as if nothing was wrong with it".to_owned(),
            Fate::Closed(_, what) | Fate::Unclear(what) => what.clone(),
        }
    }
}

/// Sends a message, in as many frames as it has, and finds out what became of it.
fn fate(mut session: Session<'_>, frames: &[Frame]) -> Fate {
    let agreed = session.subprotocol() == Some(RECEIPTS);
    let talk = if agreed {
        session.hear(frames, 1);
        session.talk(&[Frame::close(NORMAL)])
    } else {
        session.talk(&[frames, &[Frame::close(NORMAL)]].concat())
    };
    let receipt = talk.frames.iter().find_map(Frame::as_text).map(Receipt::read);
    match (receipt, talk.code()) {
        (Some(Ok(Some(receipt))), _) if agreed => Fate::Receipt(receipt),
        (Some(_), _) => Fate::Unclear("a text that is no receipt".to_owned()),
        (None, Some(NORMAL)) if !agreed => Fate::Passed,
        (None, Some(code)) if code != NORMAL => Fate::Closed(code, talk.ending()),
        (None, _) => Fate::Unclear(format!("no receipt, but {}", talk.ending())),
    }
}

/// Whether a message that is not signed is refused, so that an acceptance says something.
fn refuses(probe: &Probe<'_>) -> Result<bool, crate::client::HttpError> {
    probe.websocket.refuses(|| {
        let mut message = right(probe);
        message.signature.clear();
        let answer = open(probe, &Handshake::new(probe)?.offering(&[RECEIPTS]))?;
        Ok(answer.session.is_some_and(|session| fate(session, &[text(&message)]).is_refused()))
    })
}

/// Sends a message, and judges what became of it.
fn delivered(probe: &Probe<'_>, frames: &[Frame], judge: impl FnOnce(Fate) -> Judged) -> Judged {
    let answer = open(probe, &Handshake::new(probe)?.offering(&[RECEIPTS]))?;
    let described = answer.described();
    match answer.session {
        Some(session) => judge(fate(session, frames)),
        None => Ok(Outcome::broken("101, as for the handshakes before", described)),
    }
}

/// A message is accepted, and one without a signature is not.
fn accepted(probe: &Probe<'_>, frames: &[Frame]) -> Judged {
    delivered(probe, frames, |fate| {
        let is_accepted = match &fate {
            Fate::Receipt(receipt) => receipt.is_accepted(),
            Fate::Passed => true,
            _ => false,
        };
        if !is_accepted {
            return Ok(Outcome::broken("a message that is accepted", fate.described()));
        }
        Ok(match refuses(probe)? {
            true => Outcome::Kept,
            false => Outcome::Unobservable(
                "a message without any signature is not refused either, so that nothing says that this one was verified"
                    .to_owned(),
            ),
        })
    })
}

/// A message is refused: with one of these statuses in its receipt, or with a Close.
fn refused(probe: &Probe<'_>, frame: Frame, statuses: &[u16]) -> Judged {
    let listed: Vec<_> = statuses.iter().map(ToString::to_string).collect();
    let expected = format!("a receipt with {}, or a Close with {POLICY}", listed.join(" or "));
    delivered(probe, &[frame], |fate| {
        let is_kept = match &fate {
            Fate::Receipt(receipt) => statuses.contains(&receipt.status),
            other => other.is_refused(),
        };
        if is_kept {
            return Ok(Outcome::Kept);
        }
        if matches!(fate, Fate::Passed) && !refuses(probe)? {
            return Ok(Outcome::Unobservable(
                "there are no receipts, and no message is refused with a Close".to_owned(),
            ));
        }
        Ok(Outcome::broken(expected, fate.described()))
    })
}
