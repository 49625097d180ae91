//! Which of a client's bytes are heads of requests.

use super::head::Kind;
use super::reader::{Reader, Step};

/// Tells the heads of requests from everything else, in pieces of any size.
#[derive(Debug)]
pub struct RequestHeads {
    reader: Reader,
    /// What came of a head that is not whole.
    begun: Vec<u8>,
}

impl Default for RequestHeads {
    fn default() -> Self {
        RequestHeads { reader: Reader::new(Kind::Request), begun: Vec::new() }
    }
}

impl RequestHeads {
    /// Splits what came: `part` is called with whole heads, and with whatever stands between them, in their order.
    pub fn split(&mut self, mut bytes: &[u8], mut part: impl FnMut(&[u8], bool)) {
        while !bytes.is_empty() {
            if self.reader.is_off() {
                return part(bytes, false);
            }
            let is_head = !self.reader.is_within() || !self.begun.is_empty();
            let (taken, step) = self.reader.take(bytes);
            let (here, rest) = bytes.split_at(taken);
            bytes = rest;
            match step {
                Step::Head(head) => {
                    self.begun.extend_from_slice(here);
                    part(&std::mem::take(&mut self.begun), true);
                    match head.request_framing() {
                        Ok(framing) => self.reader.go_on(framing),
                        Err(_) => drop(self.reader.stop()),
                    }
                }
                Step::Lost { .. } => {
                    self.begun.extend_from_slice(here);
                    part(&std::mem::take(&mut self.begun), false);
                }
                Step::Nothing if is_head => self.begun.extend_from_slice(here),
                _ => {
                    part(here, false);
                    // A body of a known length ends without another byte.
                    self.reader.end_of_body();
                }
            }
        }
    }

    /// Tells heads no more; gives what came of one that is not whole.
    pub fn give_up(&mut self) -> Vec<u8> {
        self.reader.stop();
        std::mem::take(&mut self.begun)
    }
}
