//! What came and was not looked at yet, within bounds.

use std::collections::VecDeque;
use std::sync::Arc;

use super::expect::Expectation;
use super::happening::Received;

/// How many messages are kept at most.
const MAX_MESSAGES: usize = 4_096;

/// How many bytes of messages are kept at most.
const MAX_BYTES: usize = 32 << 20;

/// The messages that an expectation can still be met by.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    messages: VecDeque<Arc<Received>>,
    bytes: usize,
    forgotten: u64,
    looked_at: bool,
}

impl Backlog {
    /// Keeps a message. The oldest give way.
    pub(super) fn keep(&mut self, message: Arc<Received>) {
        self.bytes += message.payload().len();
        self.messages.push_back(message);
        while self.messages.len() > MAX_MESSAGES || (self.bytes > MAX_BYTES && self.messages.len() > 1) {
            if let Some(oldest) = self.messages.pop_front() {
                self.bytes -= oldest.payload().len();
                self.forgotten += 1;
            }
        }
    }

    /// Something is sent: what came before cannot be the answer, unless nobody has looked since the last was sent.
    pub(super) fn sending(&mut self) {
        if std::mem::take(&mut self.looked_at) {
            *self = Backlog::default();
        }
    }

    /// Takes out the first message from `from` on that meets an expectation. Gives how many there are now in its place.
    pub(super) fn find(&mut self, expectation: &Expectation, from: usize) -> Result<Arc<Received>, usize> {
        self.looked_at = true;
        let meets = |message: &Arc<Received>| message.values().any(|value| expectation.is_met_by(&value));
        let at = self.messages.iter().skip(from).position(meets).map(|at| at + from);
        match at.and_then(|at| self.messages.remove(at)) {
            Some(found) => {
                self.bytes -= found.payload().len();
                Ok(found)
            }
            None => Err(self.messages.len()),
        }
    }

    /// How many messages were not kept.
    pub(super) fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::record::{Bytes, Frame, Record};
    use crate::protocol::session::{Kind, Reading};

    fn message(text: &str) -> Arc<Received> {
        let frame = Frame { opcode: "text".to_owned(), data: Bytes::from(text), ..Frame::default() };
        let record = Record { frame: Some(frame), ..Record::default() };
        let reading = Reading::new(Kind::Message);
        Arc::new(Received { number: 1, record: Arc::new(record), reading, flaws: None, after: None })
    }

    fn expectation(text: &str) -> Expectation {
        Expectation::parse(text, Duration::ZERO).unwrap()
    }

    #[test]
    fn each_message_meets_one_expectation_in_any_order() {
        let mut backlog = Backlog::default();
        for text in ["{\"n\":1}", "rubbish", "{\"n\":2}"] {
            backlog.keep(message(text));
        }
        assert!(backlog.find(&expectation("$.n == 2"), 0).is_ok());
        assert!(backlog.find(&expectation("$.n == 1"), 0).is_ok());
        assert_eq!(backlog.find(&expectation("$.n"), 0).unwrap_err(), 1);
    }

    #[test]
    fn what_came_before_a_send_is_no_answer_to_it_but_sends_in_a_row_are_one() {
        let mut backlog = Backlog::default();
        backlog.sending();
        backlog.keep(message("{\"n\":1}"));
        backlog.sending();
        assert!(backlog.find(&expectation("$.n == 1"), 0).is_ok());
        backlog.keep(message("{\"n\":2}"));
        backlog.sending();
        assert!(backlog.find(&expectation("$.n == 2"), 0).is_err());
    }

    #[test]
    fn the_oldest_give_way_and_are_counted() {
        let mut backlog = Backlog::default();
        for _ in 0..MAX_MESSAGES + 5 {
            backlog.keep(message("{}"));
        }
        backlog.keep(message(&" ".repeat(MAX_BYTES + 1)));
        assert_eq!(backlog.messages.len(), 1);
        assert_eq!(backlog.forgotten(), MAX_MESSAGES as u64 + 5);
    }
}
