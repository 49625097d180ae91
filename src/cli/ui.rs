//! The terminal: results to standard output, everything else to standard error; colour, escaping, closed pipes.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, Write};

use clap::ValueEnum;
use colored::{Color, Colorize};
use serde::Serialize;

use super::error::CliError;
use super::terminal::stdout_was_closed;
use crate::client::without_password;
use crate::finding::{Finding, Level};
use crate::signing::{KeyMaterial, read_key};

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set; anywhere with CLICOLOR_FORCE.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Paints text for one stream, or leaves it plain.
#[derive(Debug, Clone, Copy)]
pub struct Painter(bool);

impl Painter {
    fn for_stream(choice: ColorChoice, is_terminal: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let forced =
            set("CLICOLOR_FORCE") && std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Painter(match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto => forced || (is_terminal && !dumb),
        })
    }

    /// One that paints, or not.
    pub fn new(paint: bool) -> Self {
        Painter(paint)
    }

    /// Whether it paints.
    pub fn paints(self) -> bool {
        self.0
    }

    /// Text in a colour.
    pub fn color(self, text: &str, color: Color) -> String {
        if self.0 { text.color(color).to_string() } else { text.to_owned() }
    }

    /// Bold text.
    pub fn bold(self, text: &str) -> String {
        if self.0 { text.bold().to_string() } else { text.to_owned() }
    }

    /// Text that matters less.
    pub fn dim(self, text: &str) -> String {
        if self.0 { text.dimmed().to_string() } else { text.to_owned() }
    }

    /// A level's word in its colour.
    pub fn level(self, level: Level) -> String {
        let color = match level {
            Level::Error => Color::Red,
            Level::Warning => Color::Yellow,
            Level::Note => Color::Cyan,
        };
        self.color(level.as_str(), color)
    }
}

/// The two streams, and how to write to them.
pub struct Ui {
    out: BufWriter<io::Stdout>,
    /// Paints what goes to standard output.
    pub paint: Painter,
    /// Paints what goes to standard error.
    pub paint_err: Painter,
    /// Whether results are JSON.
    pub json: bool,
    /// Whether notes and hints are left out.
    pub quiet: bool,
    /// Whether more is told.
    pub verbose: bool,
}

impl Ui {
    /// The process's own streams.
    pub fn new(color: ColorChoice, json: bool, quiet: bool, verbose: bool) -> Self {
        // The painters decide per stream; the library's own guess, made for the whole process, is switched off.
        colored::control::set_override(true);
        Ui {
            out: BufWriter::new(io::stdout()),
            paint: Painter::for_stream(color, io::stdout().is_terminal()),
            paint_err: Painter::for_stream(color, io::stderr().is_terminal()),
            json,
            quiet,
            verbose,
        }
    }

    /// Writes results as they are.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.write_all(bytes).map_err(|error| CliError::stdout(&error))
    }

    /// Writes a line of results.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn line(&mut self, text: &str) -> Result<(), CliError> {
        self.write(text.as_bytes())?;
        self.write(b"\n")
    }

    /// Writes a result as a line of JSON, in which nothing can harm a terminal.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        self.line(&to_json(value))
    }

    /// Sends what was written on its way.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn flush(&mut self) -> Result<(), CliError> {
        self.out.flush().map_err(|error| CliError::stdout(&error))
    }

    /// Tells something that is not a result. Left out with `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.tell(&escape(text));
        }
    }

    /// Tells a finding that is not a result, as `level: message (code)`: a warning at most, since the work goes on.
    /// Left out with `--quiet`.
    pub fn finding(&mut self, finding: &Finding) {
        if self.quiet {
            return;
        }
        let level = self.paint_err.level(finding.code.level.min(Level::Warning));
        self.tell(&format!(
            "{level}: {} ({})",
            escape(&redact(&shown(&finding.message, MESSAGE))),
            finding.code.id
        ));
        if let Some(hint) = &finding.hint {
            self.tell(&format!("{}: {}", self.paint_err.color("hint", Color::Cyan), escape(hint)));
        }
    }

    /// Warns of something that has no code. Left out with `--quiet`.
    pub fn warn(&mut self, text: &str) {
        if !self.quiet {
            let label = self.paint_err.level(Level::Warning);
            self.tell(&format!("{label}: {}", escape(&redact(text))));
        }
    }

    /// Says why the command could not do its work.
    pub fn error(&mut self, error: &CliError) {
        for (label, text) in error.lines_to_print() {
            let color = if label == "error" { Color::Red } else { Color::Cyan };
            let label = self.paint_err.color(label, color);
            self.tell(&format!("{label}: {text}"));
        }
    }

    /// Writes a line to standard error as it is. A standard error that is gone is no reason to stop.
    pub fn tell(&mut self, text: &str) {
        // What was said so far on the other stream comes first on a shared terminal.
        let _ = self.out.flush();
        let _ = writeln!(io::stderr(), "{text}");
    }
}

impl Write for Ui {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if stdout_was_closed() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How much is shown of a message that may quote a peer, in characters.
pub const MESSAGE: usize = 1_000;

/// Text that came from elsewhere, made safe for a line on a terminal: control characters, direction overrides and
/// invisible characters are spelt out.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            c if is_unsafe(c) => {
                // Writing to a string does not fail.
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// The beginning of a text, so many characters of it, and whether it goes on.
pub fn shown(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text of several lines, such as a message about wrong use, made safe for a terminal.
pub fn escape_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

/// Text in which nothing that may be a private key is left: people put keys where other things belong, and an error
/// that quotes them would carry them into logs.
pub fn redact(text: &str) -> Cow<'_, str> {
    const HIDDEN: &str = "(a key, not shown)";
    let is_key_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '=');
    let mut safe = String::new();
    let (mut rest, mut in_key) = (text, false);
    while let Some(found) = rest.find(is_key_character) {
        // A line break that was written out, `\n`, is no part of the word behind it.
        let escaped = rest[..found].ends_with('\\') && rest[found..].starts_with(['n', 'r', 't']);
        let start = found + usize::from(escaped);
        let length = rest[start..].find(|c| !is_key_character(c)).unwrap_or(rest.len() - start);
        let (before, word) = rest[..start + length].split_at(start);
        // A key that is wrapped goes on behind the line break.
        let wrapped = in_key && before.trim().trim_matches(['\\', 'n', 'r']).is_empty();
        in_key = may_hold_private_key(word) || (wrapped && word.len() >= 8);
        safe.push_str(before);
        safe.push_str(if in_key { HIDDEN } else { word });
        rest = &rest[start + length..];
    }
    if safe.is_empty() {
        return Cow::Borrowed(text);
    }
    safe.push_str(rest);
    Cow::Owned(safe)
}

/// Text in which no address holds a password.
pub fn hide_passwords(text: &str) -> String {
    text.split_inclusive(char::is_whitespace).map(without_password).collect()
}

/// Whether a word is or holds a private key, the beginning of one, or 32 bytes that may be one.
fn may_hold_private_key(word: &str) -> bool {
    // PKCS#8 of Ed25519 in base64, with the public key appended or not, however much of it is there; and in hex.
    const BEGINNINGS: [&str; 3] = ["MC4CAQAwBQ", "MFECAQEwBQ", "MFMCAQEwBQ"];
    const HEX: &str = "302e020100300506";
    if BEGINNINGS.iter().any(|beginning| word.contains(beginning)) || word.to_ascii_lowercase().contains(HEX)
    {
        return true;
    }
    // A path of many parts is no key; a key may stand behind `NAME=` or a folder.
    let is_path = word.matches('/').count() >= 3;
    let behind = word.match_indices(['=', '/']).map(|(at, _)| &word[at + 1..]);
    !is_path && std::iter::once(word).chain(behind).any(is_private_key)
}

fn is_private_key(word: &str) -> bool {
    let word = word.trim_start_matches(['-', '=']);
    (43..=180).contains(&word.len())
        && read_key(word.as_bytes()).is_ok_and(|found| !matches!(found.material, KeyMaterial::Public(_)))
}

/// A value as one line of JSON; what could harm a terminal is written as `\u` escapes.
pub fn to_json(value: &impl Serialize) -> String {
    // Records and results are maps with string keys: they always serialise.
    let text = serde_json::to_string(value).unwrap_or_default();
    match harmless(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(safe) => safe,
    }
}

/// JSON in which what could harm a terminal is written as `\u` escapes: the same value.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Whether a text is printable ASCII: nothing in it can harm a terminal. Seen faster than that is found out of any text.
pub fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Breaks text into lines of at most `width` characters, at its spaces.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_harm_a_terminal_is_spelt_out() {
        assert_eq!(escape("plain é 😀"), "plain é 😀");
        assert_eq!(escape("\x1b[2J\u{9b}x\u{202e}y\n"), "\\u{1b}[2J\\u{9b}x\\u{202e}y\\n");
    }

    #[test]
    fn json_stays_the_same_value_when_escaped() {
        let text = "\u{1b}\u{7f}\u{202e}é\u{e0001}";
        let json = to_json(&text);
        assert!(json.chars().all(|c| !is_unsafe(c)), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn a_private_key_is_not_quoted_whole_or_in_part() {
        let key = "MC4CAQAwBQYDK2VwBCIEILrNXhbWxC/MhKQDsJOAAF1FH/R+Am5G/eZKnqNum5ro";
        let seed = "us1eFtbELn9zhKQDsJOAAF1FH/R+Am5G/eZKnqNum5o=";
        for text in [
            &format!("VERSIA_KEY={key}"),
            &format!("KEY={seed}"),
            &format!("x/{key}"),
            &format!("-----\\n{key}\\n"),
            &format!("-----\\n{}\\n{}", &key[..32], &key[32..]),
            "302E020100300506032B657004220420BACD",
        ] {
            let shown = redact(text).into_owned();
            assert!(
                !shown.contains(&key[20..32]) && !shown.contains(&key[40..52]) && !shown.contains("BACD"),
                "{shown}"
            );
            assert!(!shown.contains(&seed[..12]), "{shown}");
        }
        for text in [key, &key[..30], &format!("--{key}"), &format!("'{seed}'"), &"ab".repeat(32)] {
            let shown = redact(&format!("unexpected {text} found")).into_owned();
            assert!(
                shown.starts_with("unexpected ") && shown.contains("not shown") && shown.ends_with(" found"),
                "{shown}"
            );
        }
        for text in [
            "a /long/path/to/some/folder/with/many/parts/key.pem",
            "MCowBQYDK2VwAyEATjtEvsyFuntxcgJ0EtAriR6Kbc5KhtuBzebOpMhxk9I=",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn no_address_shows_its_password() {
        let text = "invalid value 'b.example=http://u:hush@c.example/x' for --peer; https://d.example:1/@e";
        let shown = "invalid value 'b.example=http://u:***@c.example/x' for --peer; https://d.example:1/@e";
        assert_eq!(hide_passwords(text), shown);
    }

    #[test]
    fn text_is_broken_at_its_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("averylongword x", 4), ["averylongword", "x"]);
    }
}
