//! Links of the scheme `web+versia`: `web+versia://notes/b.example/1`.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::Instance;
use crate::client::url::UrlError;

const SCHEME: &str = "web+versia://";

/// What a link is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// A user.
    Users,
    /// A note.
    Notes,
    /// A group.
    Groups,
    /// Replying to a note.
    Reply,
    /// Quoting a note.
    Quote,
    /// Sharing a note.
    Share,
}

/// A link to something on an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is about.
    pub kind: LinkKind,
    /// The id on the instance, without percent-encoding.
    pub id: String,
    pub(super) instance: Instance,
}

impl Link {
    /// Reads a link; `None` when the text has another scheme.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Option<Result<Self, LinkError>> {
        let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
        scheme.eq_ignore_ascii_case(SCHEME).then(|| Link::parse_rest(rest))
    }

    fn parse_rest(text: &str) -> Result<Self, LinkError> {
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        let kind = match kind {
            "users" => LinkKind::Users,
            "notes" => LinkKind::Notes,
            "groups" => LinkKind::Groups,
            "reply" => LinkKind::Reply,
            "quote" => LinkKind::Quote,
            "share" => LinkKind::Share,
            "compose" => return Err(LinkError::Compose),
            other => return Err(LinkError::Kind(other.to_owned())),
        };
        let (domain, id) = rest.split_once('/').ok_or(LinkError::Form)?;
        if id.is_empty() || id.contains(['/', '?', '#']) {
            return Err(LinkError::Form);
        }
        let instance = Instance::parse(domain).map_err(LinkError::Host)?;
        let id = percent_decode_str(id).decode_utf8().map_err(|_| LinkError::Form)?.into_owned();
        Ok(Link { kind, id, instance })
    }
}

/// Why a text is not a link that leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkError {
    /// It does not have the three parts.
    Form,
    /// It asks for something that there is no such thing as.
    Kind(String),
    /// It asks to write a note, and names no instance.
    Compose,
    /// Its domain is none.
    Host(UrlError),
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::Form => f.write_str("the link does not have the form web+versia://KIND/DOMAIN/ID"),
            LinkError::Kind(kind) => write!(f, "a link to {kind:?} is not known"),
            LinkError::Compose => f.write_str("a compose link names no instance, only the text of a note"),
            LinkError::Host(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LinkError {}

impl LinkError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            LinkError::Form => Some("for example web+versia://notes/b.example/1"),
            LinkError::Kind(_) => Some("the kinds are users, notes, groups, reply, quote and share"),
            LinkError::Compose => Some("name the instance: https://b.example"),
            LinkError::Host(error) => error.hint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_a_kind_a_domain_and_an_id() {
        let link = Link::parse("Web+Versia://reply/[::1]:3000/a%20b").unwrap().unwrap();
        assert_eq!((link.kind, link.id.as_str()), (LinkKind::Reply, "a b"));
        assert_eq!(link.instance, Instance { host: "::1".into(), port: Some(3000) });
        assert_eq!(Link::parse("https://b.example/"), None);
        assert_eq!(Link::parse("é"), None);
    }

    #[test]
    fn what_leads_nowhere_is_named() {
        for (text, why) in [
            ("web+versia://", LinkError::Kind(String::new())),
            ("web+versia://likes/b.example/1", LinkError::Kind("likes".into())),
            ("web+versia://compose/hello", LinkError::Compose),
            ("web+versia://notes/b.example", LinkError::Form),
            ("web+versia://notes/b.example/", LinkError::Form),
            ("web+versia://notes/b.example/1/2", LinkError::Form),
            ("web+versia://notes/b.example/%ff", LinkError::Form),
            ("web+versia://notes//1", LinkError::Host(UrlError::NoHost)),
        ] {
            assert_eq!(Link::parse(text), Some(Err(why)), "{text}");
        }
    }
}
