//! Entities for people with a browser: one small page each, without scripts, to which requests are redirected that take no
//! Versia. See <https://versia.pub/api/basics>.

use std::fmt::Write;

use hyper::HeaderMap;
use hyper::header::ACCEPT;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::entity::Entity;
use crate::protocol::record::Bytes;
use crate::protocol::versia::MEDIA_TYPE;
use crate::server::app::Answer;

/// What a request takes, by its `Accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Versia's own type, or any.
    Versia,
    /// HTML, and not Versia's own type.
    Html,
    /// Neither.
    Neither,
}

/// Reads what a request takes. Without `Accept`, it takes anything.
pub(super) fn takes(headers: &HeaderMap) -> Takes {
    let values: Vec<_> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let text = values.join(",").to_ascii_lowercase();
    let ranges = text.split(',').filter(|range| {
        let quality = range.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
        quality.is_none_or(|quality| quality.trim().parse::<f64>().is_ok_and(|quality| quality > 0.0))
    });
    let ranges: Vec<_> = ranges.map(|range| range.split(';').next().unwrap_or_default().trim()).collect();
    let has = |wanted: &str| ranges.contains(&wanted);
    match () {
        () if values.is_empty() || has(MEDIA_TYPE) => Takes::Versia,
        () if has("text/html") => Takes::Html,
        () if has("*/*") || has("application/*") => Takes::Versia,
        () => Takes::Neither,
    }
}

/// The path of an entity's page.
pub(super) fn path(entity: &Entity) -> String {
    let parts = [entity.kind.as_str(), entity.id.as_deref().unwrap_or_default()];
    let [kind, id] = parts.map(|part| utf8_percent_encode(part, NON_ALPHANUMERIC));
    format!("/view/{kind}/{id}")
}

/// A redirect to an entity's page.
pub(super) fn redirect(entity: &Entity) -> Answer {
    let headers = [("Location", path(entity)), ("Vary", "Accept".to_owned())];
    let headers = headers.map(|(name, value)| (name.to_owned(), Bytes::from(value)));
    Answer { status: 302, headers: headers.into(), ..Answer::default() }
}

/// An entity's page. Everything in it was written by somebody else, and is text here.
pub(super) fn page(entity: &Entity, domain: &str) -> Answer {
    let value: Value = serde_json::from_slice(&entity.body).unwrap_or_default();
    let laid_out = serde_json::to_string_pretty(&value).unwrap_or_default();
    let name = entity.username.as_deref().or(entity.id.as_deref()).unwrap_or_default();
    let title = escaped(&format!("{} {name} at {domain}", entity.kind));
    let body = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <style>:root{{color-scheme:light dark;font-family:sans-serif}}pre{{white-space:pre-wrap;overflow-wrap:anywhere}}</style>\
         </head>\n<body><main><h1>{title}</h1>\n<pre>{}</pre></main></body>\n</html>\n",
        escaped(&laid_out)
    );
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.into()));
    Answer { status: 200, headers: headers.into(), body: body.into(), ..Answer::default() }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() && c != '\n' => drop(write!(escaped, "\\u{{{:x}}}", u32::from(c))),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn only_who_takes_html_and_not_versia_is_sent_to_a_page() {
        for (accept, expected) in [
            (None, Takes::Versia),
            (Some("application/vnd.versia+json"), Takes::Versia),
            (Some("text/html, application/vnd.versia+json;q=0.1"), Takes::Versia),
            (Some("Application/Vnd.Versia+JSON; charset=utf-8"), Takes::Versia),
            (Some("*/*"), Takes::Versia),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Takes::Html),
            (Some("text/html, application/vnd.versia+json;q=0"), Takes::Html),
            (Some("text/html;q=0, */*"), Takes::Versia),
            (Some("application/json"), Takes::Neither),
            (Some("image/png"), Takes::Neither),
            (Some(""), Takes::Neither),
        ] {
            let mut headers = HeaderMap::new();
            headers.extend(accept.map(|accept| (ACCEPT, HeaderValue::from_static(accept))));
            assert_eq!(takes(&headers), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_page_has_no_markup_of_others() {
        let text = r#"{"type":"Note","id":"1","subject":"</pre><script>alert(1)</script>\u0007"}"#;
        let answer = page(&Entity::read(text.as_bytes(), "a.example").unwrap(), "a.example");
        let body = String::from_utf8(answer.body.to_vec()).unwrap();
        assert!(!body.contains("<script>") && body.contains("&lt;script&gt;"), "{body}");
    }
}
