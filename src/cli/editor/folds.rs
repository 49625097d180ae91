//! What was pasted, shown as one short word in the line.
//!
//! The line being typed is drawn again for everything that comes in. One that is higher than the screen could not be: so
//! what is long stands in the line as a word such as `[pasted 1: 312 lines, 20480 bytes]`, and its text is kept here.

/// The most bytes that are kept; the oldest texts go first.
const MAX_BYTES: usize = 16 << 20;

/// Texts and the words that stand for them.
#[derive(Default)]
pub struct Folds {
    kept: Vec<(String, String)>,
    bytes: usize,
    count: usize,
}

impl Folds {
    /// The word that stands for a text, which is kept.
    pub fn fold(&mut self, text: &str) -> String {
        if let Some((word, _)) = self.kept.iter().find(|(_, kept)| kept == text) {
            return word.clone();
        }
        self.count += 1;
        let lines = text.lines().count();
        let plural = if lines == 1 { "" } else { "s" };
        let word = format!("[pasted {}: {lines} line{plural}, {} bytes]", self.count, text.len());
        self.bytes += text.len();
        self.kept.push((word.clone(), text.to_owned()));
        while self.bytes > MAX_BYTES && self.kept.len() > 1 {
            self.bytes -= self.kept.remove(0).1.len();
        }
        word
    }

    /// The line with every word replaced by what it stands for.
    pub fn unfold(&self, line: &str) -> String {
        let mut whole = line.to_owned();
        // The newest first: it may hold an older one, when a line was folded twice.
        for (word, text) in self.kept.iter().rev() {
            if whole.contains(word) {
                whole = whole.replace(word, text);
            }
        }
        whole
    }

    /// The word that ends at the end of this text.
    pub fn word_before(&self, text: &str) -> Option<&str> {
        self.kept.iter().map(|(word, _)| word.as_str()).find(|word| text.ends_with(word))
    }

    /// Where the words are in a line.
    pub fn find<'l>(&self, line: &'l str) -> Option<(usize, &'l str)> {
        if !line.contains("[pasted ") {
            return None;
        }
        let found = self.kept.iter().filter_map(|(word, _)| line.find(word).map(|at| (at, word.len())));
        found.min().map(|(at, length)| (at, &line[at..at + length]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_for_its_text() {
        let mut folds = Folds::default();
        let word = folds.fold("{\n\t\"a\": 1\n}");
        assert_eq!(word, "[pasted 1: 3 lines, 11 bytes]");
        assert_eq!(folds.unfold(&format!("x{word}y")), "x{\n\t\"a\": 1\n}y");
        assert_eq!(folds.fold("{\n\t\"a\": 1\n}"), word);
        let outer = folds.fold(&format!("[{word},\n"));
        assert_eq!(folds.unfold(&format!("{outer}2]")), "[{\n\t\"a\": 1\n},\n2]");
        assert_eq!(folds.find(&format!("é{outer}")), Some((2, outer.as_str())));
        assert_eq!(folds.word_before(&format!("z{word}")), Some(word.as_str()));
    }
}
