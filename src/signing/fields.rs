//! The three signature headers of a message, as they came: there or not, once or more.

/// The header with the signature.
pub const SIGNATURE: &str = "Versia-Signature";
/// The header with the signer's domain.
pub const SIGNED_BY: &str = "Versia-Signed-By";
/// The header with the time of signing.
pub const SIGNED_AT: &str = "Versia-Signed-At";

/// A header's values in one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Field<'a> {
    /// The header is not there.
    #[default]
    Missing,
    /// It is there once, with this value (white space around it already removed).
    Once(&'a [u8]),
    /// It is there so many times.
    Repeated(usize),
}

impl<'a> Field<'a> {
    fn add(&mut self, value: &'a [u8]) {
        *self = match *self {
            Field::Missing => Field::Once(trim_blanks(value)),
            Field::Once(_) => Field::Repeated(2),
            Field::Repeated(times) => Field::Repeated(times + 1),
        };
    }

    /// The value, where the header is there once and is text.
    pub fn text(self) -> Option<&'a str> {
        match self {
            Field::Once(value) => std::str::from_utf8(value).ok(),
            Field::Missing | Field::Repeated(_) => None,
        }
    }
}

/// A header's value without the blanks around it: spaces and tabs, and nothing else, are no part of it (RFC 9110, 5.5).
fn trim_blanks(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The signature headers of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields<'a> {
    /// `Versia-Signature`.
    pub signature: Field<'a>,
    /// `Versia-Signed-At`.
    pub signed_at: Field<'a>,
    /// `Versia-Signed-By`.
    pub signed_by: Field<'a>,
    /// Whether headers of draft 0.4 (`X-Signature`, `X-Nonce`) are there.
    pub earlier_draft: bool,
}

impl<'a> Fields<'a> {
    /// Picks the signature headers out of a message's headers; names in any case.
    pub fn from_headers(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let mut fields = Fields::default();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case(SIGNATURE) {
                fields.signature.add(value);
            } else if name.eq_ignore_ascii_case(SIGNED_AT) {
                fields.signed_at.add(value);
            } else if name.eq_ignore_ascii_case(SIGNED_BY) {
                fields.signed_by.add(value);
            } else if name.eq_ignore_ascii_case("X-Signature") || name.eq_ignore_ascii_case("X-Nonce") {
                fields.earlier_draft = true;
            }
        }
        fields
    }

    /// The three with one value each, exactly as flags or a WebSocket message give them.
    pub fn once(signature: &'a str, signed_at: &'a str, signed_by: &'a str) -> Self {
        Fields {
            signature: Field::Once(signature.as_bytes()),
            signed_at: Field::Once(signed_at.as_bytes()),
            signed_by: Field::Once(signed_by.as_bytes()),
            earlier_draft: false,
        }
    }

    /// Whether not one of the three is there.
    pub fn all_missing(&self) -> bool {
        [self.signature, self.signed_at, self.signed_by].iter().all(|field| *field == Field::Missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_in_any_case_and_repeats_are_counted() {
        let headers: [(&str, &[u8]); 5] = [
            ("versia-signature", b" abc\t"),
            ("VERSIA-SIGNED-AT", b"1"),
            ("Versia-Signed-At", b"1"),
            ("versia-signed-AT", b"2"),
            ("x-nonce", b"n"),
        ];
        let fields = Fields::from_headers(headers);
        assert_eq!(fields.signature, Field::Once(b"abc"));
        assert_eq!(fields.signed_at, Field::Repeated(3));
        assert_eq!(fields.signed_by, Field::Missing);
        assert!(fields.earlier_draft && !fields.all_missing());
    }

    #[test]
    fn only_spaces_and_tabs_around_a_value_are_no_part_of_it() {
        for (value, kept) in [(" \t1 ", "1"), ("\x0c1", "\x0c1"), ("1\n", "1\n"), (" ", "")] {
            let fields = Fields::from_headers([(SIGNED_AT, value.as_bytes())]);
            assert_eq!(fields.signed_at, Field::Once(kept.as_bytes()), "{value:?}");
        }
        assert_eq!(Fields::once(" a", "1\n", "b").signed_at, Field::Once(b"1\n"));
    }
}
