//! Where a wsify hub takes publications, and its broadcasting key.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::Context;
use super::error::CliError;
use super::input::Source;
use crate::client::{HttpUrl, UrlError};
use crate::protocol::wsify::{BROADCAST, PATH};

/// Where publications are taken: the address as it is written, unless it has no path, or that of sessions.
///
/// # Errors
/// When it is no address.
pub fn hub_url(text: &str) -> Result<HttpUrl, UrlError> {
    let as_http = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => format!("http://{rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => format!("https://{rest}"),
        _ => text.to_owned(),
    };
    let url = HttpUrl::parse(&as_http)?;
    match url.target() {
        "/" | PATH => HttpUrl::new(url.origin().clone(), BROADCAST),
        _ => Ok(url),
    }
}

/// An address as it may be shown: the query has the key.
pub fn without_query(text: &str) -> &str {
    text.split_once('?').map_or(text, |(before, _)| before)
}

/// The address with the key in its query.
///
/// # Errors
/// When it cannot stand there.
pub fn with_key(url: HttpUrl, key: Option<&str>) -> Result<HttpUrl, UrlError> {
    let Some(key) = key else { return Ok(url) };
    let join = if url.target().contains('?') { '&' } else { '?' };
    let target = format!("{}{join}key={}", url.target(), utf8_percent_encode(key, NON_ALPHANUMERIC));
    HttpUrl::new(url.origin().clone(), &target)
}

/// The key in a file, or from standard input.
///
/// # Errors
/// When it cannot be read, or there is none in it.
pub fn broadcasting_key(context: &mut Context, file: Option<&str>) -> Result<Option<String>, CliError> {
    let Some(file) = file else { return Ok(None) };
    let bytes = context.inputs.read(&Source::parse(file), "--key-file")?;
    match String::from_utf8(bytes) {
        Ok(key) if !key.trim().is_empty() => Ok(Some(key.trim().to_owned())),
        _ => Err(CliError::usage("--key-file has no key in it").hint("a broadcasting key is a line of text")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publications_go_to_the_path_for_them_unless_another_is_written() {
        for (text, url) in [
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/broadcast"),
            ("ws://127.0.0.1:3000/ws", "http://127.0.0.1:3000/broadcast"),
            ("WSS://hub.example/", "https://hub.example/broadcast"),
            ("https://hub.example/hub/broadcast", "https://hub.example/hub/broadcast"),
        ] {
            assert_eq!(hub_url(text).unwrap().to_string(), url);
        }
        assert!(hub_url("hub.example").is_err());
    }

    #[test]
    fn a_key_is_written_as_a_value_of_the_query() {
        let url = |text: &str| HttpUrl::parse(text).unwrap();
        let with = |text: &str| with_key(url(text), Some("a b&c")).unwrap().to_string();
        assert_eq!(with("http://a/broadcast"), "http://a/broadcast?key=a%20b%26c");
        assert_eq!(with("http://a/b?x=1"), "http://a/b?x=1&key=a%20b%26c");
        assert_eq!(with_key(url("http://a/b"), None), Ok(url("http://a/b")));
    }
}
