//! Which requests and messages a fault is for.

use std::borrow::Cow;

use serde::Deserialize;

use crate::protocol::versia::domain_of_signer;

/// A request or a message, as far as a fault is chosen by it.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// The path, as signed.
    pub path: &'a str,
    /// Who claims to have signed it.
    pub sender: Option<&'a str>,
    /// The address that it came from.
    pub address: &'a str,
    /// The body, or the message's entity.
    pub body: &'a [u8],
    /// Whether it is a message of a session, and no request.
    pub is_message: bool,
}

impl Occasion<'_> {
    /// Who has a quota of its own: the sender that it claims, or else the host that it came from.
    pub(super) fn who(&self) -> String {
        match self.sender {
            Some(sender) => domain_of_signer(sender).to_ascii_lowercase(),
            None => self.address.rsplit_once(':').map_or(self.address, |(host, _)| host).to_owned(),
        }
    }

    fn kind(&self) -> Option<Cow<'_, str>> {
        #[derive(Deserialize)]
        struct Kind<'a> {
            #[serde(rename = "type", borrow)]
            kind: Cow<'a, str>,
        }
        serde_json::from_slice::<Kind<'_>>(self.body).ok().map(|entity| entity.kind)
    }
}

/// What a fault wants of a request or a message. An option that is not given is for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Selector {
    /// The beginning of the path.
    pub(super) path: Option<String>,
    /// The entity's type: its whole name, what stands behind its last slash, or `*` for any.
    pub(super) kind: Option<String>,
    /// The domain of the sender.
    pub(super) sender: Option<String>,
    /// How many of 10,000.
    pub(super) share: Option<u64>,
}

/// The whole, of which a share is a part.
pub(super) const WHOLE: u64 = 10_000;

impl Selector {
    pub(super) fn is_for(&self, occasion: &Occasion<'_>) -> bool {
        self.path.as_ref().is_none_or(|prefix| occasion.path.starts_with(prefix.as_str()))
            && self.sender.as_ref().is_none_or(|wanted| {
                occasion.sender.is_some_and(|sender| domain_of_signer(sender).eq_ignore_ascii_case(wanted))
            })
            && self.kind.as_ref().is_none_or(|wanted| is_kind(wanted, occasion.kind().as_deref()))
    }

    /// Whether the one with this number, from 1, is of the share: they are spread evenly, and the same ones in every run.
    pub(super) fn is_of_share(&self, number: u64) -> bool {
        self.share.is_none_or(|share| number * share / WHOLE > (number - 1) * share / WHOLE)
    }
}

fn is_kind(wanted: &str, found: Option<&str>) -> bool {
    found.is_some_and(|found| {
        wanted == "*" || wanted == found || found.rsplit('/').next().is_some_and(|short| wanted == short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_meant_by_its_whole_or_its_short_name() {
        for (wanted, found, meant) in [
            ("Like", Some("Like"), true),
            ("Like", Some("pub.versia:likes/Like"), true),
            ("pub.versia:likes/Like", Some("pub.versia:likes/Like"), true),
            ("pub.versia:likes/Like", Some("Like"), false),
            ("*", Some("x"), true),
            ("*", None, false),
        ] {
            assert_eq!(is_kind(wanted, found), meant, "{wanted} {found:?}");
        }
    }
}
