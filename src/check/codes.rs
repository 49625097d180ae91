//! Which code a case has: by the longest beginning of its id.

use super::case::Case;
use super::run::Report;
use crate::finding::{Code, codes};

/// The beginnings of ids, and their codes. The longest one that fits counts.
static CODES: &[(&str, &Code)] = &[
    ("collections", &codes::COLLECTION_WRONG),
    ("collections/content-type", &codes::CONTENT_TYPE_WRONG),
    ("discovery/key", &codes::KEY_FORM_WRONG),
    ("discovery/metadata", &codes::METADATA_WRONG),
    ("discovery/metadata/content-type", &codes::CONTENT_TYPE_WRONG),
    ("discovery", &codes::VERSIONS_WRONG),
    ("discovery/versions/type", &codes::CONTENT_TYPE_WRONG),
    ("entities", &codes::ENTITY_WRONG),
    ("entities/bad-id", &codes::UNKNOWN_ENTITY_ANSWERED),
    ("entities/transient", &codes::UNKNOWN_ENTITY_ANSWERED),
    ("entities/unknown", &codes::UNKNOWN_ENTITY_ANSWERED),
    ("follows", &codes::FOLLOW_NOT_ANSWERED),
    ("follows/no-followee", &codes::INVALID_ENTITY_TAKEN),
    ("http", &codes::METHOD_OR_STATUS_WRONG),
    ("http/accept", &codes::ACCEPT_MISREAD),
    ("http/charset", &codes::CONTENT_TYPE_WRONG),
    ("http/content-type", &codes::CONTENT_TYPE_WRONG),
    ("http/inbox", &codes::VALID_ENTITY_REFUSED),
    ("http/inbox/text", &codes::INVALID_ENTITY_TAKEN),
    ("http/ratelimit", &codes::RATE_LIMIT_UNCLEAR),
    ("http/redirect", &codes::REDIRECTS),
    ("http/framing", &codes::TRANSPORT_WRONG),
    ("http/header", &codes::TRANSPORT_WRONG),
    ("http/host", &codes::TRANSPORT_WRONG),
    ("http/http2", &codes::TRANSPORT_WRONG),
    ("http/length", &codes::TRANSPORT_WRONG),
    ("http/plain", &codes::TRANSPORT_WRONG),
    ("http/tls", &codes::TRANSPORT_WRONG),
    ("inbox", &codes::INVALID_ENTITY_TAKEN),
    ("inbox/accept", &codes::VALID_ENTITY_REFUSED),
    ("inbox/author", &codes::FOREIGN_ENTITY_TAKEN),
    ("inbox/delete/foreign", &codes::FOREIGN_ENTITY_TAKEN),
    ("messaging", &codes::MESSAGING_WRONG),
    ("signatures", &codes::WRONG_SIGNATURE_ACCEPTED),
    ("signatures/exempt", &codes::RIGHT_SIGNATURE_REFUSED),
    ("signatures/get/future", &codes::STALE_ACCEPTED),
    ("signatures/get/stale", &codes::STALE_ACCEPTED),
    ("signatures/get/stale-by-a-year", &codes::STALE_ACCEPTED),
    ("signatures/key", &codes::KEY_FORM_WRONG),
    ("signatures/post/future", &codes::STALE_ACCEPTED),
    ("signatures/post/replay", &codes::STALE_ACCEPTED),
    ("signatures/post/stale", &codes::STALE_ACCEPTED),
    ("signatures/response", &codes::ANSWER_NOT_RIGHTLY_SIGNED),
    ("webfinger", &codes::WEBFINGER_WRONG_ANSWER),
    ("webfinger/content-type", &codes::CONTENT_TYPE_WRONG),
    ("websocket", &codes::SESSION_WRONG),
    ("websocket/handshake", &codes::HANDSHAKE_WRONG),
    ("websocket/offered", &codes::HANDSHAKE_WRONG),
];

/// Whether an id is `beginning`, or goes on behind it with a part of its own.
fn begins(id: &str, beginning: &str) -> bool {
    id.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The code of an id, where its page has one.
fn code_of(id: &str) -> Option<&'static Code> {
    // A case whose name says so is about signatures that are right.
    let is_right =
        begins(id, "signatures") && id.rsplit('/').next().is_some_and(|it| it.starts_with("valid"));
    if is_right {
        return Some(&codes::RIGHT_SIGNATURE_REFUSED);
    }
    let fitting = CODES.iter().filter(|(beginning, _)| begins(id, beginning));
    fitting.max_by_key(|(beginning, _)| beginning.len()).map(|(_, code)| *code)
}

impl Case {
    /// The code of what is wrong when its rule is broken.
    pub fn code(&self) -> &'static Code {
        // A test makes sure that every case has one.
        code_of(self.id).unwrap_or(&codes::NO_ANSWER)
    }
}

impl Report {
    /// The code of the case; where its last request got no answer, that of this.
    pub fn code(&self) -> &'static Code {
        let is_lost = |it: &crate::protocol::record::Record| it.error.is_some() && it.response.is_none();
        let is_broken = self.expected.is_some();
        match self.exchanges.last() {
            Some(last) if is_broken && is_lost(last) => &codes::NO_ANSWER,
            _ => self.case.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::cases::all;
    use super::*;

    #[test]
    fn every_case_has_a_code() {
        for case in all() {
            assert!(code_of(case.id).is_some_and(|code| code.id.starts_with("VC")), "{}", case.id);
        }
    }

    #[test]
    fn every_code_of_a_page_is_the_code_of_a_case() {
        let used: BTreeSet<_> = all().map(|case| case.code().id).collect();
        let pages: BTreeSet<_> = all().map(|case| case.page.name).collect();
        let page = |beginning: &'static str| beginning.split('/').next().unwrap();
        let meant = CODES.iter().filter(|(beginning, _)| pages.contains(page(beginning)));
        let unused: Vec<_> = meant.map(|(_, code)| code.id).filter(|id| !used.contains(id)).collect();
        assert!(unused.is_empty(), "{unused:?}");
        for code in codes::ALL.iter().filter(|code| code.id.starts_with("VC")) {
            let is_given = CODES.iter().any(|(_, given)| given == code);
            assert!(is_given || **code == codes::NO_ANSWER, "{}", code.id);
        }
    }

    #[test]
    fn the_longest_beginning_counts() {
        for (id, code) in [
            ("signatures/get/valid-query", "VC101"),
            ("signatures/get/no-signature", "VC102"),
            ("signatures/get/stale", "VC103"),
            ("signatures/get/stale-by-a-year", "VC103"),
            ("inbox/delete/foreign", "VC162"),
            ("inbox/delete/no-type", "VC161"),
            ("websocket/handshake/no-key", "VC190"),
            ("websocket/receipts/one", "VC191"),
        ] {
            assert_eq!(code_of(id).map(|code| code.id), Some(code), "{id}");
        }
        assert_eq!(code_of("elsewhere/get"), None);
    }
}
