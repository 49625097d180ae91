//! The words of a protocol's own: what is listed, completed and explained, and how their arguments are read.

/// What there is to know about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandHelp {
    /// Its name, with the slash.
    pub name: &'static str,
    /// What it takes, as it is shown; may be empty.
    pub arguments: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its arguments and what it does, for completion.
    pub summary: &'static str,
    /// More about it; may be empty.
    pub details: &'static str,
}

impl CommandHelp {
    /// How it is written, as a hint.
    pub fn usage(&self) -> String {
        format!("it is written {} {}", self.name, self.arguments).trim_end().to_owned()
    }
}

/// Defines a list of commands: name, arguments, what each does in one line, and more about it.
macro_rules! commands {
    ($(#[$about_list:meta])* $visible:vis $list:ident: $($name:literal $arguments:literal $about:literal $details:literal;)*) => {
        $(#[$about_list])*
        $visible const $list: &[$crate::protocol::session::CommandHelp] =
            &[$($crate::protocol::session::CommandHelp {
                name: $name,
                arguments: $arguments,
                about: $about,
                summary: concat!($arguments, "  ", $about),
                details: $details,
            },)*];
    };
}

pub(crate) use commands;

/// The word of a name in a list.
pub(super) fn find(words: &'static [CommandHelp], name: &str) -> Option<&'static CommandHelp> {
    words.iter().find(|word| word.name == name)
}

/// The first word of a text, without its quotes, and what comes after it.
pub fn first_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let first = text.chars().next()?;
    if let '\'' | '"' = first
        && let Some((word, rest)) = text[1..].split_once(first)
        && rest.chars().next().is_none_or(char::is_whitespace)
    {
        return Some((word, rest.trim()));
    }
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    Some((word, rest.trim()))
}

/// The words of a text, without their quotes.
pub fn split_words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some((word, after)) = first_word(rest) {
        words.push(word);
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_stand_between_quotes() {
        for (text, words) in [
            ("", &[][..]),
            ("  a  b\tc ", &["a", "b", "c"]),
            ("'my topic' \"the 'other'\" x", &["my topic", "the 'other'", "x"]),
            ("it's a\"b \"c", &["it's", "a\"b", "\"c"]),
            ("''", &[""]),
            ("'é'x 'y'", &["'é'x", "y"]),
        ] {
            assert_eq!(split_words(text), words, "{text}");
        }
        assert_eq!(first_word("news  {\"a\": 1} "), Some(("news", "{\"a\": 1}")));
        assert_eq!(first_word(" "), None);
    }
}
