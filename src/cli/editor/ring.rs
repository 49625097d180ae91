//! The lines that wait for the screen: bounded, and what does not fit is counted. Pure.

use std::collections::VecDeque;

/// The most lines that wait.
const MAX_LINES: usize = 1_000;
/// The most bytes that wait.
const MAX_BYTES: usize = 1 << 20;
/// The most bytes of one line; what is longer than that is cut.
const MAX_LINE: usize = 64 << 10;

struct Waiting {
    text: String,
    important: bool,
    /// How many were left out just before this one.
    left_out: u64,
}

/// Lines on their way to the screen.
#[derive(Default)]
pub struct Ring {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// How many of those that wait are important.
    important: usize,
    /// How many were left out behind the last one that waits.
    left_out: u64,
    /// Whether more came than there is room for, and no quiet moment since.
    flooded: bool,
}

impl Ring {
    /// Takes a line. When there is no room, the oldest one that is not important is left out and counted; when all are
    /// important, the oldest.
    pub fn push(&mut self, mut text: String, important: bool) {
        cut(&mut text);
        self.bytes += text.len();
        self.important += usize::from(important);
        let left_out = std::mem::take(&mut self.left_out);
        self.waiting.push_back(Waiting { text, important, left_out });
        while self.waiting.len() > MAX_LINES || self.bytes > MAX_BYTES {
            self.leave_one_out();
            self.flooded = true;
        }
    }

    fn leave_one_out(&mut self) {
        let oldest = self.waiting.iter().position(|line| !line.important).unwrap_or(0);
        let Some(gone) = self.waiting.remove(oldest) else { return };
        self.bytes -= gone.text.len();
        self.important -= usize::from(gone.important);
        let place = self.waiting.get_mut(oldest).map_or(&mut self.left_out, |next| &mut next.left_out);
        *place += gone.left_out + 1;
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.left_out == 0
    }

    /// Whether a line waits that must be seen.
    pub fn has_important(&self) -> bool {
        self.important > 0
    }

    /// Whether more comes than can be shown: from the first line that was left out until all that waits fits on a screen.
    pub fn is_flooded(&mut self, rows: usize, columns: usize) -> bool {
        self.flooded &= self.waiting.iter().map(|line| height(&line.text, columns)).sum::<usize>() > rows;
        self.flooded
    }

    /// Takes the newest lines for a screen of this many rows and columns, and leaves out the others but those that are
    /// important: they come last in their order, `most` rows of them or so; the others wait.
    pub fn take_newest(
        &mut self,
        rows: usize,
        most: usize,
        columns: usize,
        note: impl Fn(u64) -> String,
    ) -> String {
        let (important, others): (Vec<_>, Vec<_>) = self.waiting.drain(..).partition(|line| line.important);
        let mut left_out = std::mem::take(&mut self.left_out);
        let (mut last, mut used) = (String::new(), 0);
        for mut line in important {
            left_out += std::mem::take(&mut line.left_out);
            let height = height(&line.text, columns);
            if self.waiting.is_empty() && (used == 0 || used + height <= most) {
                used += height;
                push_line(&mut last, &line.text);
            } else {
                self.waiting.push_back(line);
            }
        }
        let mut newest = Vec::new();
        for line in others.iter().rev() {
            // One row is for the note.
            used += height(&line.text, columns);
            if used + 1 > rows {
                break;
            }
            newest.push(line);
        }
        left_out +=
            (others.len() - newest.len()) as u64 + others.iter().map(|line| line.left_out).sum::<u64>();
        self.bytes = self.waiting.iter().map(|line| line.text.len()).sum();
        self.important = self.waiting.len();
        let mut block = String::new();
        if left_out > 0 {
            push_line(&mut block, &note(left_out));
        }
        newest.iter().rev().for_each(|line| push_line(&mut block, &line.text));
        block + &last
    }

    /// Takes lines for a screen of this many rows and columns, each with its line break; `note` words what was left out.
    pub fn take(&mut self, rows: usize, columns: usize, note: impl Fn(u64) -> String) -> String {
        let (mut block, mut used) = (String::new(), 0);
        while let Some(line) = self.waiting.front() {
            let height = height(&line.text, columns) + usize::from(line.left_out > 0);
            if used > 0 && used + height > rows {
                return block;
            }
            used += height;
            if line.left_out > 0 {
                push_line(&mut block, &note(line.left_out));
            }
            push_line(&mut block, &line.text);
            self.bytes -= line.text.len();
            self.important -= usize::from(line.important);
            self.waiting.pop_front();
        }
        if self.left_out > 0 {
            push_line(&mut block, &note(std::mem::take(&mut self.left_out)));
        }
        block
    }
}

fn push_line(block: &mut String, line: &str) {
    block.push_str(line);
    block.push('\n');
}

/// How many rows a line takes, at most: what colours it counts as well.
fn height(text: &str, columns: usize) -> usize {
    text.split('\n').map(|row| row.len().div_ceil(columns.max(1)).max(1)).sum()
}

/// Cuts a line that is too long.
fn cut(text: &mut String) {
    if text.ends_with('\n') {
        text.pop();
    }
    if text.len() <= MAX_LINE {
        return;
    }
    let end = text.floor_char_boundary(MAX_LINE);
    // An escape sequence that is cut off would take what follows for its own.
    let end = text[..end].rfind('\x1b').filter(|start| end - start < 16).unwrap_or(end);
    let gone = text.len() - end;
    text.truncate(end);
    text.push_str(if text.contains('\x1b') { "\x1b[0m" } else { "" });
    text.push_str(&format!(" … {gone} more bytes"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(count: u64) -> String {
        format!("… {count} more")
    }

    #[test]
    fn what_does_not_fit_is_counted_where_it_stood() {
        let mut ring = Ring::default();
        ring.push("opened".into(), true);
        for number in 0..5_000 {
            ring.push(format!("line {number}"), false);
        }
        let block = ring.take(4, 80, note);
        assert_eq!(block, "opened\n… 4001 more\nline 4001\nline 4002\n");
        let rest = ring.take(usize::MAX, 80, note);
        assert!(rest.starts_with("line 4003\n") && rest.ends_with("line 4999\n"));
        assert!(ring.is_empty());
    }

    #[test]
    fn of_important_lines_the_newest_stay() {
        let mut ring = Ring::default();
        for number in 0..1_500 {
            ring.push(format!("{number}"), true);
        }
        assert!(ring.take(2, 80, note).starts_with("… 500 more\n500\n"));
    }

    #[test]
    fn a_flood_is_its_newest_lines_and_every_important_one_at_the_end() {
        let mut ring = Ring::default();
        ring.push("opened".into(), true);
        for number in 0..5_000 {
            ring.push(format!("line {number}"), false);
            if number == 4_500 {
                ring.push("answer".into(), true);
            }
        }
        assert!(ring.is_flooded(5, 80) && ring.has_important());
        assert_eq!(ring.take_newest(5, 5, 80, note), "… 4998 more\nline 4998\nline 4999\nopened\nanswer\n");
        assert!(ring.is_empty() && ring.bytes == 0);
        // Quiet again: everything is shown.
        ring.push("line".into(), false);
        assert!(!ring.is_flooded(5, 80));
    }

    #[test]
    fn important_lines_of_a_flood_that_need_more_than_a_screen_follow() {
        let mut ring = Ring::default();
        for number in 0..2_000 {
            ring.push(format!("{number}"), number % 400 == 0);
        }
        assert_eq!(ring.take_newest(3, 3, 80, note), "… 1995 more\n0\n400\n800\n");
        assert_eq!(ring.bytes, "12001600".len());
        assert_eq!(ring.take_newest(3, usize::MAX, 80, note), "1200\n1600\n");
    }

    #[test]
    fn memory_is_bounded_by_bytes_too() {
        let mut ring = Ring::default();
        for _ in 0..100 {
            ring.push("x".repeat(1 << 20), false);
        }
        assert!(ring.bytes <= MAX_BYTES);
        let all = ring.take(usize::MAX, 80, note);
        assert!(all.len() <= MAX_BYTES + 1_000 && all.contains("more bytes"), "{}", all.len());
        assert_eq!(ring.bytes, 0);
    }

    #[test]
    fn a_line_that_is_cut_keeps_no_half_of_a_colour() {
        let mut text = format!("{}\x1b[31mred", "x".repeat(MAX_LINE - 3));
        cut(&mut text);
        assert!(!text.contains('\x1b') && text.ends_with("x … 8 more bytes"), "{}", &text[MAX_LINE - 10..]);
    }

    #[test]
    fn a_block_is_no_higher_than_the_screen() {
        let mut ring = Ring::default();
        ring.push("x".repeat(200), false);
        ring.push("y".repeat(30), false);
        assert_eq!(ring.take(3, 80, note).lines().count(), 1);
        assert_eq!(ring.take(3, 80, note).lines().count(), 1);
    }
}
