//! Whether a page's origin may open sessions.

/// Whether an origin is allowed: by `*`, by itself in any case, or by a pattern with one `*` in it. A client that names none is
/// allowed by `*` only.
pub(super) fn is_allowed(allowed: &str, origin: Option<&[u8]>) -> bool {
    if allowed == "*" {
        return true;
    }
    let Some(origin) = origin else { return false };
    let (allowed, origin) = (allowed.as_bytes().to_ascii_lowercase(), origin.to_ascii_lowercase());
    match allowed.iter().position(|byte| *byte == b'*') {
        None => allowed == origin,
        Some(at) => {
            let (begins, ends) = (&allowed[..at], &allowed[at + 1..]);
            origin.len() >= begins.len() + ends.len() && origin.starts_with(begins) && origin.ends_with(ends)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_allowed_by_themselves_or_by_a_pattern() {
        for (allowed, origin, expected) in [
            ("*", None, true),
            ("*", Some("https://a.example"), true),
            ("https://a.example", None, false),
            ("https://A.example", Some("HTTPS://a.EXAMPLE"), true),
            ("https://a.example", Some("https://b.example"), false),
            ("https://*.example", Some("https://a.example"), true),
            ("https://*.example", Some("https://a.example.org"), false),
            ("https://a*a.example", Some("https://a.example"), false),
            ("https://*", Some("http://a.example"), false),
        ] {
            assert_eq!(is_allowed(allowed, origin.map(str::as_bytes)), expected, "{allowed} {origin:?}");
        }
    }
}
