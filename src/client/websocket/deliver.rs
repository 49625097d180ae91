//! Versia's side of a session: messages out, receipts in.

use std::collections::VecDeque;
use std::fmt;

use tokio::sync::mpsc::Receiver;

use super::conversation::{Conversation, Incoming, Outgoing, Patience, Violation};
use super::end::Ended;
use super::session::converse;
use super::{Bytes, Opened, Utf8Bytes};
use crate::finding::codes;
use crate::protocol::versia::{RECEIPTS, Receipt, ReceiptError};

/// The most bytes of messages that may be without a receipt, beside one message of any size. More than fit into the
/// system's buffers.
const MAX_UNANSWERED: usize = 64 << 20;

/// What comes in while messages are delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A message was handed to the connection.
    Sent {
        /// The number of the message as its sender counts.
        ordinal: u64,
    },
    /// A message was handed to the connection that gets no answer, in a protocol where others do.
    SentForGood {
        /// The number of the message as its sender counts.
        ordinal: u64,
    },
    /// Something was sent by itself.
    Own(Utf8Bytes),
    /// An answer, as a receipt would have it; in no order.
    Answer {
        /// The number of the message as its sender counts.
        ordinal: u64,
        /// The answer.
        receipt: Receipt,
        /// What came.
        incoming: Incoming,
    },
    /// Something that the protocol does not have.
    Odd {
        /// What is wrong with it.
        problem: String,
        /// What came.
        incoming: Incoming,
    },
    /// A receipt, which is the next in order.
    Receipt {
        /// The number of the message as its sender counts.
        ordinal: u64,
        /// The receipt.
        receipt: Receipt,
        /// The receipt as it came.
        text: Utf8Bytes,
    },
    /// A receipt that is wrong. The session ends.
    WrongReceipt {
        /// What is wrong with it.
        problem: ReceiptProblem,
        /// The receipt as it came.
        text: Utf8Bytes,
    },
    /// A text that is no receipt.
    Text(Utf8Bytes),
    /// A binary message.
    Binary(Bytes),
    /// A ping, answered already.
    Ping(Bytes),
    /// A pong.
    Pong(Bytes),
}

/// What is wrong with a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptProblem {
    /// It cannot be read.
    Unreadable(ReceiptError),
    /// There was one for this message before.
    Repeated(u64),
    /// It is for a later message than the next one.
    OutOfOrder {
        /// The message that it is for.
        number: u64,
        /// The message that comes next.
        expected: u64,
    },
    /// It is for a message that was not sent.
    Unknown {
        /// The message that it is for.
        number: u64,
        /// How many were sent.
        sent: u64,
    },
}

impl fmt::Display for ReceiptProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReceiptProblem::Unreadable(error) => error.fmt(f),
            ReceiptProblem::Repeated(number) => write!(f, "there are two receipts for message {number}"),
            ReceiptProblem::OutOfOrder { number, expected } => {
                write!(f, "the receipt for message {number} came where the one for {expected} is due")
            }
            ReceiptProblem::Unknown { number, sent } => {
                write!(f, "there is a receipt for message {number}, and only {sent} were sent")
            }
        }
    }
}

impl std::error::Error for ReceiptProblem {}

/// How many messages may be without a receipt unless there is a reason for fewer. More than fit into the system's
/// buffers, so that a server which keeps up is never waited for.
pub const WINDOW: usize = 1 << 16;

/// Delivers the messages that come through the channel, and gives out what happens to `on_event`.
///
/// Receipts are expected when the server took the subprotocol [`RECEIPTS`]: then the session ends well only when there
/// is one for each text or binary message, and at most `window` messages are without theirs. For how it is sent, see
/// [`converse`].
pub async fn deliver(
    opened: Opened,
    input: Receiver<Vec<Outgoing>>,
    patience: Patience,
    window: usize,
    on_event: impl FnMut(Event),
) -> Ended {
    let agreed = opened.subprotocol.as_deref() == Some(RECEIPTS);
    let mut delivery =
        Delivery { agreed, window, sent: 0, unanswered: VecDeque::new(), unanswered_bytes: 0, on_event };
    converse(opened, input, patience, &mut delivery).await
}

struct Delivery<F> {
    agreed: bool,
    window: usize,
    sent: u64,
    /// The ordinals and sizes of the messages without a receipt, in order; empty when receipts were not agreed on.
    unanswered: VecDeque<(u64, usize)>,
    unanswered_bytes: usize,
    on_event: F,
}

impl<F: FnMut(Event)> Conversation for Delivery<F> {
    fn sent(&mut self, ordinal: u64, size: usize) {
        self.sent += 1;
        if self.agreed {
            self.unanswered.push_back((ordinal, size));
            self.unanswered_bytes += size;
        }
        (self.on_event)(Event::Sent { ordinal });
    }

    fn received(&mut self, incoming: Incoming) -> Result<(), Violation> {
        let event = match incoming {
            Incoming::Text(text) if self.agreed => return self.read(text),
            Incoming::Text(text) => Event::Text(text),
            Incoming::Binary(bytes) => Event::Binary(bytes),
            Incoming::Ping(bytes) => Event::Ping(bytes),
            Incoming::Pong(bytes) => Event::Pong(bytes),
        };
        (self.on_event)(event);
        Ok(())
    }

    fn acknowledged(&self) -> Option<u64> {
        self.agreed.then(|| self.sent - self.unanswered.len() as u64)
    }

    fn unanswered(&self) -> usize {
        self.unanswered.len()
    }

    fn has_room(&self) -> bool {
        self.unanswered.is_empty()
            || self.unanswered.len() < self.window && self.unanswered_bytes < MAX_UNANSWERED
    }
}

impl<F: FnMut(Event)> Delivery<F> {
    fn read(&mut self, text: Utf8Bytes) -> Result<(), Violation> {
        let problem = match Receipt::read(&text) {
            Ok(None) => {
                (self.on_event)(Event::Text(text));
                return Ok(());
            }
            Ok(Some(receipt)) => match self.place(&receipt) {
                Ok(ordinal) => {
                    (self.on_event)(Event::Receipt { ordinal, receipt, text });
                    return Ok(());
                }
                Err(problem) => problem,
            },
            Err(error) => ReceiptProblem::Unreadable(error),
        };
        let what = format!("sent a wrong receipt: {problem}");
        (self.on_event)(Event::WrongReceipt { problem, text });
        Err(Violation { code: &codes::RECEIPT_WRONG, what })
    }

    /// The ordinal of the message that a receipt is for.
    fn place(&mut self, receipt: &Receipt) -> Result<u64, ReceiptProblem> {
        let (number, sent) = (receipt.number, self.sent);
        let expected = sent - self.unanswered.len() as u64 + 1;
        if number > sent {
            Err(ReceiptProblem::Unknown { number, sent })
        } else if number > expected {
            Err(ReceiptProblem::OutOfOrder { number, expected })
        } else {
            let next = if number == expected { self.unanswered.pop_front() } else { None };
            let (ordinal, size) = next.ok_or(ReceiptProblem::Repeated(number))?;
            self.unanswered_bytes -= size;
            Ok(ordinal)
        }
    }
}
