//! How implementations verify that do not go by the documents.

use super::diagnosis::{encode_uri, javascript_number, pathname};
use super::string::{SignedString, signed_path};

/// Whose rules a signature is verified by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// The documents'.
    #[default]
    Spec,
    /// Those of Versia Server 0.9: the path is encoded once more, and the time is read as a number and written again. It
    /// has no time window, which is the caller's to leave out.
    VersiaServer09,
}

impl Profile {
    /// The string that has to be signed.
    pub(super) fn string(self, method: &str, target: &str, signed_at: &str, body: &[u8]) -> SignedString {
        match self {
            Profile::Spec => SignedString::new(method, target, signed_at, body),
            Profile::VersiaServer09 => {
                let path = encode_uri(&pathname(signed_path(target)));
                let number = javascript_number(signed_at);
                SignedString::from_parts(method, &path, number.as_deref().unwrap_or("NaN"), body)
            }
        }
    }

    /// Whether a time can be read.
    pub(super) fn reads_time(self, text: &str) -> bool {
        self == Profile::VersiaServer09 && javascript_number(text).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versia_server_encodes_the_path_twice_and_writes_the_time_anew() {
        let string = |target: &str, at: &str| {
            let string = Profile::VersiaServer09.string("POST", target, at, b"");
            (string.path().to_owned(), string.signed_at().to_owned())
        };
        for (target, path) in [
            ("/.versia/v0.6/inbox", "/.versia/v0.6/inbox"),
            ("/a%3Ab?x", "/a%253Ab"),
            ("/a/../b", "/b"),
            ("/\u{e9} x", "/%25C3%25A9%2520x"),
        ] {
            assert_eq!(string(target, "1").0, path, "{target}");
        }
        for (text, number) in [
            ("1729243417", "1729243417"),
            ("0179", "179"),
            (" 12 ", "12"),
            ("1e3", "1000"),
            ("1.50", "1.5"),
            ("0x10", "16"),
            ("", "0"),
            ("-5", "-5"),
            ("soon", "NaN"),
            ("1_000", "NaN"),
            ("1.", "1"),
            (".5", "0.5"),
        ] {
            assert_eq!(string("/", text).1, number, "{text:?}");
        }
    }
}
