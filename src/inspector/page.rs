//! The page: one document with its style and its script in it, and what browsers are told about it.

use axum::extract::State;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use sha2::{Digest, Sha256};

use super::Shared;
use super::answer::typed;

const DOCUMENT: &str = include_str!("page/page.html");
const ICON: &str = include_str!("page/icon.svg");
const STYLE: &str = include_str!("page/style.css");

/// The script, in the order in which its parts need each other.
const SCRIPT: &str = concat!(
    include_str!("page/elements.js"),
    include_str!("page/format.js"),
    include_str!("page/server.js"),
    include_str!("page/json.js"),
    include_str!("page/filters.js"),
    include_str!("page/list.js"),
    include_str!("page/tree.js"),
    include_str!("page/views.js"),
    include_str!("page/pane.js"),
    include_str!("page/chart.js"),
    include_str!("page/instance.js"),
    include_str!("page/live.js"),
    include_str!("page/main.js"),
);

/// The page as it is sent.
pub(super) struct Page {
    html: String,
    policy: HeaderValue,
}

impl Page {
    pub(super) fn new() -> Self {
        let html = DOCUMENT.replace("{{style}}", STYLE).replace("{{script}}", SCRIPT);
        // Nothing runs and nothing is asked for but what is here: no text of a peer could change that if it were taken for HTML,
        // and none can become HTML.
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            digest(SCRIPT),
            digest(STYLE)
        );
        // It is of ASCII that a header takes.
        let policy = HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Page { html, policy }
    }

    /// Adds what every answer tells a browser.
    pub(super) fn protect(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_SECURITY_POLICY, self.policy.clone());
        for (name, value) in [
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-store"),
            (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

pub(super) async fn document(State(inspector): Shared) -> Response {
    typed("text/html; charset=utf-8", inspector.page.html.clone())
}

pub(super) async fn icon() -> Response {
    typed("image/svg+xml", ICON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_asks_nothing_of_anybody_else_and_makes_no_html_of_texts() {
        let page = Page::new();
        assert!(!page.html.contains("{{"));
        for unwanted in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "style=\"",
            "onclick=\"",
        ] {
            assert!(!page.html.contains(unwanted), "{unwanted}");
        }
        let addresses = page
            .html
            .match_indices("http")
            .map(|(at, _)| page.html[at..].split(['"', '\'', '`', ' ', '\n']).next());
        for address in addresses.flatten().filter(|address| address.contains("://")) {
            let known = ["https://versia.pub/", "http://www.w3.org/2000/svg"];
            assert!(known.iter().any(|known| address.starts_with(known)), "{address}");
        }
        // The end of either would end it in the document as well.
        assert!(!SCRIPT.contains("</script") && !STYLE.contains("</style"));
    }
}
