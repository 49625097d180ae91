//! The pieces that documents are made of, read at a position: whitespace, strings, numbers, words.
//!
//! Everything answers `Some` for what is certainly in order, and `None` for anything else.

/// A position in a document.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The largest whole number that the documents allow, either way.
const LARGEST: u64 = 1 << 53;

/// What ends the plain part of a string: a quotation mark, a backslash or a control character.
const fn ends_plain(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// A number that is not zero when one of the eight bytes ends the plain part of a string; its lowest set bit lies in the
/// first that does.
fn ends_among(word: u64) -> u64 {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let quotation = is_zero(word ^ (ONES * b'"' as u64));
    let backslash = is_zero(word ^ (ONES * b'\\' as u64));
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    quotation | backslash | control
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Cursor { bytes, at: 0 }
    }

    /// What follows.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte behind whitespace. A carriage return is none that is allowed.
    pub(super) fn next_byte(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    /// Takes this byte, behind whitespace.
    pub(super) fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next_byte()? == wanted).then(|| self.at += 1)
    }

    /// Takes exactly these bytes, at once.
    pub(super) fn take_exactly(&mut self, wanted: &[u8]) -> Option<()> {
        self.rest().starts_with(wanted).then(|| self.at += wanted.len())
    }

    /// Whether an object or array goes on behind a value: takes the comma or the end.
    pub(super) fn goes_on(&mut self, end: u8) -> Option<bool> {
        let byte = self.next_byte()?;
        self.at += 1;
        match byte {
            b',' => Some(true),
            byte if byte == end => Some(false),
            _ => None,
        }
    }

    /// Takes an opening bracket; false when the closing one follows at once, which is taken too.
    pub(super) fn opens(&mut self, start: u8, end: u8) -> Option<bool> {
        self.take(start)?;
        if self.next_byte()? == end {
            self.at += 1;
            return Some(false);
        }
        Some(true)
    }

    /// Whether nothing but whitespace follows.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.next_byte().is_none() && self.at == self.bytes.len()
    }

    /// Takes `null`, where it is there.
    pub(super) fn null(&mut self) -> Option<bool> {
        Some(self.next_byte()? == b'n' && self.take_exactly(b"null").is_some())
    }

    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.next_byte()? {
            b't' => self.take_exactly(b"true").map(|()| true),
            b'f' => self.take_exactly(b"false").map(|()| false),
            _ => None,
        }
    }

    fn plain_length(&self) -> usize {
        let rest = self.rest();
        let mut length = 0;
        let (words, last) = rest.as_chunks::<8>();
        for word in words {
            let ends = ends_among(u64::from_le_bytes(*word));
            if ends != 0 {
                return length + (ends.trailing_zeros() / 8) as usize;
            }
            length += 8;
        }
        length + last.iter().take_while(|byte| !ends_plain(**byte)).count()
    }

    /// A string without escapes, as it is.
    pub(super) fn plain(&mut self) -> Option<&'a [u8]> {
        self.take(b'"')?;
        let text = &self.bytes[self.at..self.at + self.plain_length()];
        self.at += text.len();
        self.take_exactly(b"\"").map(|()| text)
    }

    /// A string of any text without a carriage return.
    pub(super) fn text(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            self.at += self.plain_length();
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
    }

    fn escape(&mut self) -> Option<()> {
        let kind = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b't' => Some(()),
            b'u' => {
                let digits = self.bytes.get(self.at..self.at + 4)?;
                let mut unit = 0;
                for digit in digits {
                    unit = unit * 16 + char::from(*digit).to_digit(16)?;
                }
                self.at += 4;
                // Pairs are for the slow road, as is a carriage return.
                (unit != 0x0d && !(0xd800..0xe000).contains(&unit)).then_some(())
            }
            _ => None,
        }
    }

    fn digits(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        &rest[..count]
    }

    /// A whole number from 0 as the documents want it written.
    pub(super) fn unsigned(&mut self) -> Option<()> {
        self.next_byte()?;
        self.whole().filter(|_| !matches!(self.peek(), Some(b'.' | b'e' | b'E'))).map(drop)
    }

    fn whole(&mut self) -> Option<u64> {
        let digits = self.digits();
        if digits.is_empty() || digits.len() > 16 || (digits[0] == b'0' && digits.len() > 1) {
            return None;
        }
        let value = digits.iter().fold(0, |value, digit| value * 10 + u64::from(digit - b'0'));
        (value <= LARGEST).then_some(value)
    }

    /// A number from 0, with decimals or without, as the documents want it written.
    pub(super) fn decimal(&mut self) -> Option<()> {
        self.next_byte()?;
        let whole = self.whole()?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            let decimals = self.digits();
            // Larger ones may lie behind the limit; so many digits may round to something else.
            if decimals.last().is_none_or(|last| *last == b'0') || decimals.len() > 9 || whole >= 1 << 40 {
                return None;
            }
        }
        (!matches!(self.peek(), Some(b'e' | b'E'))).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_ends_where_it_ends_whatever_stands_around() {
        for length in 0..40 {
            for tail in ["\"", "\",x", "\"\"", "\"\\", "\"\u{e9}"] {
                let text = format!("\"{}{tail}", "é".repeat(length / 2) + &"x".repeat(length % 2));
                let mut cursor = Cursor::new(text.as_bytes());
                assert_eq!(cursor.plain().map(<[u8]>::len), Some(length), "{text}");
                assert_eq!(cursor.rest(), &tail.as_bytes()[1..]);
            }
        }
    }

    #[test]
    fn only_bytes_that_end_a_string_end_it() {
        for byte in 0..=255 {
            for place in 0..8 {
                let mut word = [b'!'; 8];
                word[place] = byte;
                let ends = ends_among(u64::from_le_bytes(word));
                let first = (ends != 0).then(|| (ends.trailing_zeros() / 8) as usize);
                assert_eq!(first, ends_plain(byte).then_some(place), "{byte} at {place}");
            }
        }
    }

    #[test]
    fn numbers_are_taken_in_their_one_form() {
        let unsigned = |text: &str| Cursor::new(text.as_bytes()).unsigned().is_some();
        for text in ["0", "1,", "10 ", "9007199254740992"] {
            assert!(unsigned(text), "{text}");
        }
        for text in ["", "01", "-1", "1.0", "1e3", "9007199254740993", "99999999999999999"] {
            assert!(!unsigned(text), "{text}");
        }
        let decimal = |text: &str| Cursor::new(text.as_bytes()).decimal().is_some();
        assert!(decimal("0.5") && decimal("12") && decimal("3.25}"));
        assert!(!decimal("0.50") && !decimal("1.") && !decimal(".5") && !decimal("1.5e3"));
    }
}
