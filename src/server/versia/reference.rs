//! References to entities: `domain:id`, or an id alone for what lives where the author does. See <https://versia.pub/types>.

use std::fmt;

/// The longest reference, in bytes: what a peer writes is kept, and written again, many times over.
pub(super) const LONGEST: usize = 1_024;

/// A reference whose domain is known, in lower case. What a name of an audience (`public`, `followers`) means is for whoever
/// reads it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    /// Where the entity lives: a domain, with a port where one was written.
    pub domain: String,
    /// Its id there.
    pub id: String,
}

impl Reference {
    /// The entity of this id at a domain.
    pub fn new(domain: &str, id: &str) -> Self {
        Reference { domain: domain.to_ascii_lowercase(), id: id.to_owned() }
    }

    /// Reads a reference that somebody at `home` wrote; nothing where a part of it is missing, or it is too long.
    pub fn read(text: &str, home: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        // The host may have a port, and colons of its own in brackets.
        let (domain, id) = text.rsplit_once(':').unwrap_or((home, text));
        (!domain.is_empty() && !id.is_empty()).then(|| Reference::new(domain, id))
    }

    /// The reference as somebody at `home` writes it.
    pub fn written_at(&self, home: &str) -> String {
        if self.domain.eq_ignore_ascii_case(home) { self.id.clone() } else { self.to_string() }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.domain, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_alone_is_at_home_and_a_host_may_have_a_port() {
        for (text, domain, id) in [
            ("1", "a.example", "1"),
            ("B.example:1", "b.example", "1"),
            ("b.example:3000:x_1", "b.example:3000", "x_1"),
            ("[2001:db8::1]:3000:1", "[2001:db8::1]:3000", "1"),
        ] {
            assert_eq!(Reference::read(text, "a.example"), Some(Reference::new(domain, id)), "{text}");
        }
        for text in ["", ":1", "b.example:"] {
            assert_eq!(Reference::read(text, "a.example"), None, "{text}");
        }
        assert!(Reference::read(&"x".repeat(LONGEST), "a.example").is_some());
        assert_eq!(Reference::read(&"x".repeat(LONGEST + 1), "a.example"), None);
        let here = Reference::new("a.example", "1");
        assert_eq!(
            (here.written_at("A.example"), here.written_at("b.example")),
            ("1".into(), "a.example:1".into())
        );
    }
}
