//! Text of others in Markdown.

use crate::cli::ui::escape;

/// Text in which nothing means anything to Markdown, in a cell of a table as well.
pub fn markdown_text(text: &str) -> String {
    let mut written = String::new();
    for c in escape(text).chars() {
        match c {
            '<' => written.push_str("&lt;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '!' | '#' | '@' | '~' => written.extend(['\\', c]),
            c => written.push(c),
        }
    }
    written
}
