//! What could not be read of a stream: the first few by name, the rest by number.

use super::ui::{Ui, escape};

/// How many are named.
const NAMED: usize = 20;

/// Parts of an input that could not be read.
#[derive(Debug, Default)]
pub struct Complaints {
    named: Vec<String>,
    count: u64,
}

impl Complaints {
    /// One more: where it is (may be empty), and why it could not be read.
    pub fn add(&mut self, place: &str, why: &str) {
        self.count += 1;
        if self.named.len() < NAMED {
            let colon = if place.is_empty() { "" } else { ": " };
            self.named.push(format!("{place}{colon}{why}"));
        }
    }

    /// Those of a later part of the input.
    pub fn append(&mut self, later: Complaints) {
        self.count += later.count;
        self.named.extend(later.named);
        self.named.truncate(NAMED);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Tells them.
    pub fn tell(&self, ui: &mut Ui) {
        for text in &self.named {
            ui.tell(&format!("error: {}", escape(&super::ui::redact(text))));
        }
        let more = self.count - self.named.len() as u64;
        if more > 0 {
            ui.tell(&format!("error: and {more} more that cannot be read"));
        }
    }
}
