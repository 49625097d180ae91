//! Lines from standard input, as they come.

use std::io::{self, BufRead, Read};

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::AHEAD;
use crate::client::websocket::MAX_MESSAGE;
use crate::repl::{Line, Place, Whole, WholeLines};

/// The longest line, in bytes: the largest message, and a command before it.
const MAX_LINE: u64 = MAX_MESSAGE as u64 + 1_024;

/// Reads standard input on a thread of its own, until its end or until nobody wants more of it.
pub(super) fn read(numbered: bool) -> Receiver<io::Result<Line>> {
    let (sender, lines) = channel(AHEAD);
    std::thread::spawn(move || {
        if let Err(error) = feed(&mut io::stdin().lock(), numbered, &sender) {
            let _ = sender.blocking_send(Err(error));
        }
    });
    lines
}

fn feed(input: &mut impl BufRead, numbered: bool, sender: &Sender<io::Result<Line>>) -> io::Result<()> {
    let mut whole_lines = WholeLines::default();
    let is_wanted = |whole: Whole| {
        let Whole { number, text } = whole;
        sender
            .blocking_send(Ok(Line { place: numbered.then_some(Place { file: None, line: number }), text }))
            .is_ok()
    };
    let mut number = 0;
    while let Some(line) = next_line(input, number + 1)? {
        number += 1;
        if whole_lines.push(&line).is_some_and(|whole| !is_wanted(whole)) {
            return Ok(());
        }
    }
    whole_lines.rest().map(is_wanted);
    Ok(())
}

fn next_line(input: &mut impl BufRead, number: u64) -> io::Result<Option<String>> {
    let wrong = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, format!("line {number} {what}")));
    let mut line = Vec::new();
    if input.take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() as u64 == MAX_LINE {
        return wrong("is longer than the largest message");
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    match String::from_utf8(line) {
        Ok(line) => Ok(Some(line)),
        Err(_) => wrong("is not text (UTF-8)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: &[u8]) -> Vec<Result<(u64, String), String>> {
        let (sender, mut receiver) = channel(64);
        let ended = feed(&mut &*input, true, &sender);
        drop(sender);
        let mut found = Vec::new();
        while let Some(Ok(line)) = receiver.blocking_recv() {
            found.push(Ok((line.place.unwrap().line, line.text)));
        }
        found.extend(ended.err().map(|error| Err(error.to_string())));
        found
    }

    #[test]
    fn lines_are_whole_numbered_and_may_lack_their_last_break() {
        let expected =
            [(1, "/ping"), (2, "{\n}"), (4, "/quit")].map(|(number, text)| Ok((number, text.to_owned())));
        assert_eq!(lines(b"/ping\r\n{\n}\n/quit"), expected);
        assert_eq!(lines(b"{\"a\":\n"), [Ok((1, "{\"a\":".to_owned()))]);
        assert_eq!(lines(b""), []);
    }

    #[test]
    fn what_cannot_be_read_is_told_behind_the_lines_before_it() {
        assert_eq!(
            lines(b"/ping\n\xff\n/quit\n"),
            [Ok((1, "/ping".to_owned())), Err("line 2 is not text (UTF-8)".to_owned())]
        );
        let long = vec![b'a'; MAX_LINE as usize + 1];
        assert_eq!(lines(&long), [Err("line 1 is longer than the largest message".to_owned())]);
    }
}
