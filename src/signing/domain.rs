//! Domains as <https://versia.pub/api/basics> defines them: a hostname, nothing else.

/// Why a text is not a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainError {
    /// Nothing there.
    Empty,
    /// `https://b.example`: a URL.
    HasScheme,
    /// `b.example/path`.
    HasPath,
    /// `b.example:443`.
    HasPort,
    /// `b.example.`.
    TrailingDot,
    /// `b..example` or `.example`.
    EmptyLabel,
    /// A raw international name, where Punycode is meant.
    NotAscii,
    /// A character that no hostname has.
    BadCharacter(char),
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// Over 253 characters, or a label over 63.
    TooLong,
}

impl std::fmt::Display for DomainError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DomainError::Empty => f.write_str("it is empty"),
            DomainError::HasScheme => f.write_str("it has a scheme; only the host belongs there"),
            DomainError::HasPath => f.write_str("it has a path; only the host belongs there"),
            DomainError::HasPort => f.write_str("it has a port; a domain has none"),
            DomainError::TrailingDot => f.write_str("it ends with a dot"),
            DomainError::EmptyLabel => {
                f.write_str("it has an empty label (two dots in a row, or a leading dot)")
            }
            DomainError::NotAscii => f.write_str("international names are written in Punycode (xn--…)"),
            DomainError::BadCharacter(' ') => f.write_str("it has a space"),
            DomainError::BadCharacter(c) => write!(f, "it has {c:?}, which no hostname has"),
            DomainError::Hyphen => f.write_str("a label begins or ends with a hyphen"),
            DomainError::TooLong => f.write_str("it is too long (253 characters in all, 63 a label)"),
        }
    }
}

impl std::error::Error for DomainError {}

/// Checks that `text` is a domain: `example.com`, `test.localhost`, `xn--ls8h.la`.
///
/// # Errors
/// Says what is wrong with it.
pub fn check_domain(text: &str) -> Result<(), DomainError> {
    if text.is_empty() {
        return Err(DomainError::Empty);
    }
    if text.contains("://") {
        return Err(DomainError::HasScheme);
    }
    if text.contains('/') {
        return Err(DomainError::HasPath);
    }
    if !text.is_ascii() {
        return Err(DomainError::NotAscii);
    }
    if text.contains(':') {
        return Err(DomainError::HasPort);
    }
    if let Some(bad) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-')) {
        return Err(DomainError::BadCharacter(bad));
    }
    if text.len() > 253 {
        return Err(DomainError::TooLong);
    }
    if text.len() > 1 && text.ends_with('.') && !text.ends_with("..") {
        return Err(DomainError::TrailingDot);
    }
    text.split('.').try_for_each(check_label)
}

fn check_label(label: &str) -> Result<(), DomainError> {
    match label {
        "" => Err(DomainError::EmptyLabel),
        _ if label.len() > 63 => Err(DomainError::TooLong),
        _ if label.starts_with('-') || label.ends_with('-') => Err(DomainError::Hyphen),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_examples() {
        for good in ["example.com", "test.localhost", "xn--ls8h.la", "localhost", "EXAMPLE.com", "1.2.3.4"] {
            assert_eq!(check_domain(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("example.com:3000", DomainError::HasPort),
            ("test..localhost", DomainError::EmptyLabel),
            ("example.com.", DomainError::TrailingDot),
            ("test.org/", DomainError::HasPath),
            ("test.org/sus", DomainError::HasPath),
            ("https://bob.org", DomainError::HasScheme),
            ("💩.la", DomainError::NotAscii),
            ("", DomainError::Empty),
            (".", DomainError::EmptyLabel),
            ("bob org", DomainError::BadCharacter(' ')),
            ("instance bob.org", DomainError::BadCharacter(' ')),
            ("-a.example", DomainError::Hyphen),
        ] {
            assert_eq!(check_domain(bad), Err(why), "{bad}");
        }
    }
}
