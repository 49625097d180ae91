//! The cases, a file for each page of the documents.

mod collections;
mod discovery;
mod entities;
mod follows;
mod http;
mod inbox;
mod messaging;
mod signatures;
mod webfinger;
mod websocket;

use super::case::{Case, Level, Need, Page, Run};

/// Every case, in the order in which they run: what only asks comes before what sends.
pub fn all() -> impl Iterator<Item = &'static Case> {
    [
        discovery::CASES,
        webfinger::CASES,
        http::CASES,
        http::tls::CASES,
        http::bytes::CASES,
        http::quota::CASES,
        signatures::asking::CASES,
        signatures::window::ASKING,
        entities::CASES,
        collections::CASES,
        signatures::delivering::CASES,
        signatures::window::DELIVERING,
        inbox::CASES,
        inbox::bodies::CASES,
        inbox::types::CASES,
        follows::CASES,
        messaging::CASES,
    ]
    .into_iter()
    .chain(websocket::CASES)
    .flatten()
}

/// What makes the cases of a page.
const fn case(
    page: &'static Page,
    id: &'static str,
    level: Level,
    needs: &'static [Need],
    rule: &'static str,
    run: Run,
) -> Case {
    Case { id, level, rule, page, needs, run }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_begin_with_their_page() {
        let mut ids = BTreeSet::new();
        for case in all() {
            assert!(case.id.starts_with(&format!("{}/", case.page.name)), "{}", case.id);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-/".contains(c);
            assert!(case.id.chars().all(is_plain), "{}", case.id);
            assert!(case.rule.len() > 15 && !case.rule.ends_with('.'), "{}", case.id);
            assert!(ids.insert(case.id), "{} is there twice", case.id);
        }
    }
}
