//! What stands behind a command's name.

use std::time::Duration;

use super::super::close_code::may_be_sent;
use super::super::expect::{Expectation, split_time};
use super::super::length::parse_length;
use super::{Change, Command, CommandError, Filter, Show, Stamps, Wait};
use crate::protocol::session::{CommandHelp, first_word, split_words};

/// The longest reason of a Close, in bytes (RFC 6455, section 5.5).
const MAX_REASON: usize = 123;

/// The code of an orderly end.
const NORMAL: u16 = 1000;

/// The most frames that a message is sent in.
const MAX_FRAGMENTS: usize = 1_000;

const LENGTH: &str = "a length of time is written 500ms, 2s or 1m";

type Reading<T> = Result<T, CommandError>;

/// Reads the arguments of one command.
pub(super) struct Reader<'a> {
    pub(super) help: &'static CommandHelp,
    pub(super) argument: &'a str,
}

impl Reader<'_> {
    fn wrong<T>(&self, given: &str, wanted: &'static str) -> Reading<T> {
        Err(CommandError::Argument(self.help, given.to_owned(), wanted))
    }

    fn needed(&self) -> Reading<&str> {
        if self.argument.is_empty() { Err(CommandError::Missing(self.help)) } else { Ok(self.argument) }
    }

    /// The commands that take nothing.
    pub(super) fn nothing(&self) -> Reading<Command> {
        if !self.argument.is_empty() {
            return Err(CommandError::Unwanted(self.help));
        }
        Ok(match self.help.name {
            "/verify" => Command::Verify,
            "/headers" => Command::Headers,
            "/ping" => Command::Ping,
            "/reconnect" => Command::Reconnect,
            "/status" => Command::Status,
            _ => Command::Quit,
        })
    }

    /// All of it, without its quotes.
    pub(super) fn text(&self) -> Reading<String> {
        Ok(unquoted(self.needed()?).to_owned())
    }

    pub(super) fn words(&self) -> Reading<Vec<String>> {
        Ok(split_words(self.needed()?).into_iter().map(str::to_owned).collect())
    }

    pub(super) fn one_word(&self) -> Reading<Option<String>> {
        match split_words(self.argument)[..] {
            [] => Ok(None),
            [word] => Ok(Some(word.to_owned())),
            _ => Err(CommandError::Unwanted(self.help)),
        }
    }

    pub(super) fn length(&self) -> Reading<Duration> {
        let text = self.needed()?;
        parse_length(text).map_or_else(|| self.wrong(text, LENGTH), Ok)
    }

    pub(super) fn send(&self) -> Reading<Command> {
        let text = self.needed()?;
        let (file, binary) = match text.strip_prefix("--binary").filter(|rest| rest.starts_with(' ')) {
            Some(file) => (file.trim(), true),
            None => (text, false),
        };
        Ok(Command::Send { file: unquoted(file).to_owned(), binary })
    }

    pub(super) fn hex(&self) -> Reading<Command> {
        let text = self.needed()?;
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let byte = |at: usize| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (0..digits.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>().filter(|_| is_hex) {
            Some(bytes) => Ok(Command::Hex(bytes)),
            None => self.wrong(text, "bytes are written as two hex digits each: 00 ff 7f"),
        }
    }

    pub(super) fn publish(&self) -> Reading<Command> {
        let (topic, content) = first_word(self.needed()?).ok_or(CommandError::Missing(self.help))?;
        if content.is_empty() {
            return Err(CommandError::Missing(self.help));
        }
        Ok(Command::Publish { topic: topic.to_owned(), content: content.to_owned() })
    }

    pub(super) fn open(&self) -> Reading<Command> {
        let words = split_words(self.needed()?);
        let address = words[0].to_owned();
        let (mut name, mut protocol) = (None, None);
        for pair in words[1..].chunks(2) {
            match *pair {
                ["as", given] if !given.is_empty() && !given.contains(char::is_whitespace) => {
                    name = Some(given.to_owned());
                }
                ["with", given] => match given.parse() {
                    Ok(read) => protocol = Some(read),
                    Err(_) => {
                        return self.wrong(
                            given,
                            "protocols are versia, wsify, roadrunner, roadrunner-2.3.0, chat and raw",
                        );
                    }
                },
                _ => return Err(CommandError::Unwanted(self.help)),
            }
        }
        Ok(Command::Open { address, name, protocol })
    }

    pub(super) fn close(&self) -> Reading<Command> {
        let argument = self.argument;
        let (first, rest) = argument.split_once(char::is_whitespace).unwrap_or((argument, ""));
        let (code, reason) = match first.parse::<u16>() {
            _ if argument.is_empty() => (NORMAL, ""),
            Ok(code) => (code, rest.trim()),
            // What begins as a number is meant for a code, and not for a reason.
            Err(_) if first.starts_with(|c: char| c.is_ascii_digit()) => (0, ""),
            Err(_) => (NORMAL, argument),
        };
        let reason = unquoted(reason);
        if !may_be_sent(code) {
            return self
                .wrong(first, "codes that may be sent are 1000 to 1003, 1007 to 1014 and 3000 to 4999");
        }
        if reason.len() > MAX_REASON {
            return self.wrong(reason, "a reason has at most 123 bytes");
        }
        Ok(Command::Close { code, reason: reason.to_owned() })
    }

    pub(super) fn time(&self) -> Reading<Command> {
        Ok(Command::Time(match self.needed()? {
            "absolute" => Stamps::Absolute,
            "since" => Stamps::Since,
            "off" => Stamps::Off,
            other => return self.wrong(other, "it is absolute, since or off"),
        }))
    }

    pub(super) fn expectation(&self) -> Reading<Expectation> {
        let (expression, within) = split_time(self.needed()?).map_err(CommandError::Expectation)?;
        Expectation::parse(&expression, within).map_err(CommandError::Expectation)
    }

    pub(super) fn wait(&self) -> Reading<Wait> {
        const FORMS: &str =
            "it waits for a time (500ms, 2s), for answers, or for N messages; both may end with within 5s";
        let text = self.needed()?;
        let words = split_words(text);
        let (what, within) = match words[..] {
            [ref what @ .., "within", length] => (what, parse_length(length)),
            _ => (&words[..], None),
        };
        let is_timed = what.len() < words.len();
        match (what, within) {
            _ if is_timed && within.is_none() => self.wrong(text, LENGTH),
            (["answers" | "answer"], within) => Ok(Wait::Answers(within)),
            ([count, "messages" | "message"], within) => match count.parse() {
                Ok(count) => Ok(Wait::Messages(count, within)),
                Err(_) => self.wrong(text, FORMS),
            },
            _ if is_timed => self.wrong(text, FORMS),
            _ => parse_length(text).map_or_else(|| self.wrong(text, FORMS), |length| Ok(Wait::Time(length))),
        }
    }

    pub(super) fn replay(&self) -> Reading<Command> {
        let text = self.needed()?;
        let diff = split_words(text).first() == Some(&"--diff");
        let file = if diff { text["--diff".len()..].trim() } else { text };
        if file.is_empty() {
            return Err(CommandError::Missing(self.help));
        }
        Ok(Command::Replay { file: unquoted(file).to_owned(), diff })
    }

    pub(super) fn filter(&self) -> Reading<Command> {
        Ok(Command::Filter(match self.argument {
            "" => Filter::Tell,
            "off" => Filter::Off,
            text => Filter::Fitting(
                Expectation::parse(unquoted(text), Duration::ZERO).map_err(CommandError::Expectation)?,
            ),
        }))
    }

    pub(super) fn show(&self) -> Reading<Command> {
        let mut show = Show::default();
        for word in split_words(self.argument) {
            match word {
                "hex" => show.hex = true,
                "sent" => show.sent = true,
                number => match number.parse() {
                    Ok(number) => show.number = Some(number),
                    Err(_) => return self.wrong(number, "it takes sent, a number, and hex"),
                },
            }
        }
        Ok(Command::Show(show))
    }

    pub(super) fn set(&self) -> Reading<Command> {
        const SETTINGS: &str =
            "settings are fragments N|off, frames on|off, reconnect on|off and timeout TIME";
        let is_on = |text: &str| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        };
        let change = match split_words(self.argument)[..] {
            [] => return Ok(Command::Set(None)),
            ["fragments", "off"] => Some(Change::Fragments(1)),
            ["fragments", count] => {
                count.parse().ok().filter(|count| (1..=MAX_FRAGMENTS).contains(count)).map(Change::Fragments)
            }
            ["frames", value] => is_on(value).map(Change::Frames),
            ["reconnect", value] => is_on(value).map(Change::Reconnect),
            ["timeout", length] => parse_length(length).map(Change::Timeout),
            _ => None,
        };
        change.map_or_else(|| self.wrong(self.argument, SETTINGS), |change| Ok(Command::Set(Some(change))))
    }
}

/// What stands between quotes of one kind, or the text itself.
fn unquoted(text: &str) -> &str {
    let between = |quote: char| text.strip_prefix(quote).and_then(|text| text.strip_suffix(quote));
    between('\'').or_else(|| between('"')).unwrap_or(text)
}
