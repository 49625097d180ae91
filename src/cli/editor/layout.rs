//! Where text ends up on the screen, counted as rustyline counts it, and what makes its drawing right where it is not.

use unicode_width::UnicodeWidthChar;

/// A place on the screen, from where the prompt starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Rows down.
    pub row: usize,
    /// Columns to the right.
    pub column: usize,
}

/// Where a text ends that starts at `from`, on a screen of this width.
pub fn end_of(text: &str, from: Position, columns: usize) -> Position {
    let Position { mut row, mut column } = from;
    for c in text.chars() {
        if c == '\n' {
            (row, column) = (row + 1, 0);
            continue;
        }
        let width = c.width().unwrap_or(0);
        column += width;
        if column > columns {
            (row, column) = (row + 1, width);
        }
    }
    if column == columns { Position { row: row + 1, column: 0 } } else { Position { row, column } }
}

/// A line as it was drawn: its prompt, its text, where the cursor is in it, and its hint.
pub struct Drawn<'t> {
    pub prompt: &'t str,
    pub line: &'t str,
    pub cursor: usize,
    pub hint: &'t str,
}

impl Drawn<'_> {
    /// The last row of all that is drawn, from that of the prompt.
    pub fn last_row(&self, columns: usize) -> usize {
        let prompt = end_of(self.prompt, Position::default(), columns);
        end_of(self.hint, end_of(self.line, prompt, columns), columns).row
    }

    /// The row of the cursor, from that of the prompt.
    pub fn cursor_row(&self, columns: usize) -> usize {
        let prompt = end_of(self.prompt, Position::default(), columns);
        end_of(&self.line[..self.cursor], prompt, columns).row
    }

    /// What to write before rustyline draws the line again on a screen that became wider or narrower: it clears as many
    /// rows as the line had, but the terminal has wrapped it anew.
    pub fn after_resize(&self, before: usize, now: usize) -> String {
        if self.last_row(before) == 0 && self.last_row(now) == 0 {
            return String::new();
        }
        let last = self.last_row(now);
        // Row by row: some terminals keep what is on a screen that is cleared as a whole, above it.
        let rows = vec!["\r\x1b[K"; last + 1].join("\n");
        format!("{}{rows}{}{}", up(self.cursor_row(now)), up(last), self.room(before))
    }

    /// Makes empty rows for the ones that rustyline clears, and goes to where it thinks the cursor is.
    pub fn room(&self, columns: usize) -> String {
        let last = self.last_row(columns);
        "\n".repeat(last) + &up(last - self.cursor_row(columns).min(last))
    }
}

fn up(rows: usize) -> String {
    if rows > 0 { format!("\x1b[{rows}A") } else { String::new() }
}

/// As much of a text as fits in this many columns.
pub fn clip(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let end = text.char_indices().find(|(_, c)| {
        width += c.width().unwrap_or(0);
        width > columns
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_as_on_the_screen() {
        let end = |text| end_of(text, Position { row: 0, column: 2 }, 10);
        assert_eq!(end("abc"), Position { row: 0, column: 5 });
        assert_eq!(end("12345678"), Position { row: 1, column: 0 });
        assert_eq!(end("1234567日"), Position { row: 1, column: 2 });
        assert_eq!(end("a\nb"), Position { row: 1, column: 1 });
    }

    #[test]
    fn a_resize_clears_the_rows_of_the_new_width_and_makes_room_for_those_of_the_old() {
        let line = "x".repeat(30);
        let drawn = Drawn { prompt: "> ", line: &line, cursor: 30, hint: "" };
        let (row, next) = ("\r\x1b[K", "\n\r\x1b[K");
        assert_eq!(drawn.after_resize(20, 10), format!("\x1b[3A{row}{next}{next}{next}\x1b[3A\n"));
        assert_eq!(drawn.after_resize(20, 80), format!("{row}\n"));
        let short = Drawn { prompt: "> ", line: "x", cursor: 1, hint: "" };
        assert_eq!(short.after_resize(20, 80), "");
    }

    #[test]
    fn a_text_is_clipped_by_its_width() {
        assert_eq!(clip("日本語", 5), "日本");
        assert_eq!(clip("abc", 5), "abc");
    }
}
