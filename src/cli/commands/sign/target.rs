//! What to sign for: a path, or a full URL, as written.

use crate::cli::error::CliError;

/// A request's target with the host it goes to, where a URL was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    given: String,
    origin: String,
    host: Option<String>,
}

impl Target {
    /// Takes `/path?query` or `https://host/path?query`, without changing a character of the path.
    pub(super) fn parse(text: &str) -> Result<Target, CliError> {
        if let Some(odd) = text.chars().find(|c| c.is_control() || *c == ' ') {
            return Err(CliError::usage(format!("a request's target cannot have {odd:?} in it"))
                .hint("percent-encode it: a space is %20"));
        }
        if text.starts_with('/') {
            return Ok(Target { given: text.to_owned(), origin: text.to_owned(), host: None });
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(CliError::usage(format!("{text:?} is neither a path nor a URL"))
                .hint("a path begins with `/`, a URL with `https://`"));
        };
        if !["http", "https", "ws", "wss"].contains(&scheme.to_ascii_lowercase().as_str()) {
            return Err(CliError::usage(format!(
                "a URL with the scheme {scheme:?}, where https, http, wss or ws is meant"
            )));
        }
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        if host.is_empty() {
            return Err(CliError::usage(format!("{text:?} names no host")));
        }
        let origin = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        Ok(Target { given: text.to_owned(), origin, host: Some(host.to_owned()) })
    }

    /// The path with its query, as the request line has it. A fragment stays, to be warned of.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// The host with its port, where a URL was given.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The URL as given, with the scheme of HTTP where that of a WebSocket was given.
    pub(super) fn http_url(&self) -> Option<String> {
        self.host.as_ref()?;
        let (scheme, rest) = self.given.split_once("://")?;
        Some(match scheme.to_ascii_lowercase().as_str() {
            "ws" => format!("http://{rest}"),
            "wss" => format!("https://{rest}"),
            _ => self.given.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stays_as_written_and_the_host_is_found() {
        for (text, origin, host) in [
            ("/a/../b?c", "/a/../b?c", None),
            ("https://b.example/a%2Fé/../b?c", "/a%2Fé/../b?c", Some("b.example")),
            ("https://b.example", "/", Some("b.example")),
            ("https://b.example?x=/y", "/?x=/y", Some("b.example")),
            ("http://u:p@[::1]:3000/x", "/x", Some("[::1]:3000")),
        ] {
            let target = Target::parse(text).unwrap();
            assert_eq!((target.origin(), target.host()), (origin, host), "{text}");
        }
        let socket = Target::parse("wss://b.example/x?y").unwrap();
        assert_eq!(socket.http_url().as_deref(), Some("https://b.example/x?y"));
        assert_eq!(Target::parse("/x").unwrap().http_url(), None);
        for bad in ["b.example/x", "", "ftp://b.example/", "https:///x", "/a b", "/a\nb"] {
            assert!(Target::parse(bad).is_err(), "{bad}");
        }
    }
}
