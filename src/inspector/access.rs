//! Who is heard: browsers that show the page itself, and programs on this machine; with the token, for what does something.
//!
//! A page from elsewhere can make a browser ask this port. It is told apart by `Host`, which names its own domain where the
//! name was bound to this address (DNS rebinding), and by `Origin` and `Sec-Fetch-Site`, which browsers do not let it choose.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::{Method, Uri, http::header::HeaderName};
use sha2::{Digest, Sha256};

use super::answer::Refusal;
use crate::finding::codes;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What is asked of each request.
pub(super) struct Access {
    address: SocketAddr,
    token: [u8; 32],
}

impl Access {
    /// Lets in who reaches a listener by its own address.
    pub(super) fn new(address: SocketAddr, token: &str) -> Self {
        Access { address, token: Sha256::digest(token).into() }
    }

    /// Whether a request is answered.
    ///
    /// # Errors
    /// Why it is not.
    pub(super) fn check(&self, method: &Method, target: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let host = self.host(target, headers)?;
        self.origin(target.path(), headers, host)?;
        if matches!(*method, Method::GET | Method::HEAD) { Ok(()) } else { self.token(headers) }
    }

    /// The `Host`, where it is one of this listener's own. A target with a host of its own says the same (RFC 9112, 3.2.2).
    fn host<'a>(&self, target: &Uri, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
        let mut all = headers.get_all(HOST).iter();
        let host = all.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        let named = target.authority().map(|authority| authority.as_str());
        if all.next().is_none() && self.is_own(host) && named.is_none_or(|named| named == host) {
            return Ok(host);
        }
        let host = named.unwrap_or(host);
        let error = format!(
            "the inspector is asked for as {host:?}, and only answers as itself: as the address that was printed"
        );
        Err(Refusal::new(403, error).code(&codes::INSPECTOR_HOST))
    }

    fn is_own(&self, host: &str) -> bool {
        let name = match host.strip_suffix(&format!(":{}", self.address.port())) {
            Some(name) => name,
            None if self.address.port() == 80 => host,
            None => return false,
        };
        if name.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let literal = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address = match literal {
            Some(text) => text.parse::<Ipv6Addr>().map(IpAddr::V6),
            None => name.parse::<Ipv4Addr>().map(IpAddr::V4),
        };
        // No name can be bound to an address that is written out.
        address.is_ok_and(|address| {
            address == Ipv4Addr::LOCALHOST
                || address == Ipv6Addr::LOCALHOST
                || address == self.address.ip()
                || self.address.ip().is_unspecified()
        })
    }

    /// Refuses what a page from elsewhere has a browser ask; a link to the page itself is followed.
    fn origin(&self, path: &str, headers: &HeaderMap, host: &str) -> Result<(), Refusal> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let own = format!("http://{host}");
        let foreign = origins.find(|origin| origin.as_bytes() != own.as_bytes());
        let site = headers.get(FETCH_SITE).map(|site| site.as_bytes());
        let from_elsewhere =
            path != "/" && site.is_some_and(|site| site != b"same-origin" && site != b"none");
        if foreign.is_none() && !from_elsewhere {
            return Ok(());
        }
        let who = foreign.map_or("another page".to_owned(), |origin| format!("{origin:?}"));
        let error = format!("{who} asks, and only the inspector's own page may");
        Err(Refusal::new(403, error).code(&codes::INSPECTOR_ORIGIN))
    }

    fn token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
        });
        let error = match given {
            // How long the comparison takes tells of the digests, and nothing of the token.
            Some(token) if Sha256::digest(token)[..] == self.token => return Ok(()),
            Some(_) => "this is not the inspector's token",
            None => "what does something wants the inspector's token",
        };
        Err(Refusal::new(401, error).code(&codes::INSPECTOR_TOKEN))
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn check(address: &str, method: Method, path: &str, headers: &[(&'static str, &str)]) -> Result<(), u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        let access = Access::new(address.parse().unwrap(), "secret");
        access.check(&method, &path.parse().unwrap(), &map).map_err(|refusal| refusal.status)
    }

    #[test]
    fn only_its_own_names_are_answered() {
        for host in ["127.0.0.1:9", "localhost:9", "LOCALHOST:9", "[::1]:9"] {
            assert_eq!(check("127.0.0.1:9", Method::GET, "/", &[("host", host)]), Ok(()), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:9",
            "127.0.0.1",
            "127.0.0.1:90",
            "127.0.0.1:9.evil.example:9",
            "localhost.evil.example:9",
            "10.0.0.1:9",
            "[::2]:9",
            "::1:9",
            "localhost:9:9",
            "user@localhost:9",
            "127.1:9",
        ] {
            assert_eq!(check("127.0.0.1:9", Method::GET, "/", &[("host", host)]), Err(403), "{host}");
        }
        assert_eq!(check("127.0.0.1:9", Method::GET, "/", &[]), Err(403));
        let twice = [("host", "localhost:9"), ("host", "localhost:9")];
        assert_eq!(check("127.0.0.1:9", Method::GET, "/", &twice), Err(403));
        let own = [("host", "127.0.0.1:9")];
        assert_eq!(check("127.0.0.1:9", Method::GET, "http://127.0.0.1:9/", &own), Ok(()));
        assert_eq!(check("127.0.0.1:9", Method::GET, "http://evil.example:9/", &own), Err(403));
        assert_eq!(check("127.0.0.1:80", Method::GET, "/", &[("host", "localhost")]), Ok(()));
        assert_eq!(check("10.0.0.1:9", Method::GET, "/", &[("host", "10.0.0.1:9")]), Ok(()));
        assert_eq!(check("0.0.0.0:9", Method::GET, "/", &[("host", "10.0.0.1:9")]), Ok(()));
        assert_eq!(check("0.0.0.0:9", Method::GET, "/", &[("host", "evil.example:9")]), Err(403));
    }

    #[test]
    fn pages_from_elsewhere_are_not_heard() {
        let get = |path, headers: &[(&'static str, &str)]| {
            let all: Vec<_> = [("host", "localhost:9")].iter().chain(headers).copied().collect();
            check("127.0.0.1:9", Method::GET, path, &all)
        };
        assert_eq!(get("/api/events", &[("origin", "http://localhost:9")]), Ok(()));
        assert_eq!(get("/api/events", &[("sec-fetch-site", "same-origin")]), Ok(()));
        for headers in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "https://localhost:9"),
            ("origin", "http://127.0.0.1:9"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            assert_eq!(get("/api/events", &[headers]), Err(403), "{headers:?}");
        }
        assert_eq!(get("/", &[("sec-fetch-site", "cross-site")]), Ok(()));
    }

    #[test]
    fn what_does_something_wants_the_token() {
        let post = |value: Option<&str>| {
            let mut headers = vec![("host", "localhost:9")];
            headers.extend(value.map(|value| ("authorization", value)));
            check("127.0.0.1:9", Method::POST, "/api/replay", &headers)
        };
        assert_eq!(post(Some("Bearer secret")), Ok(()));
        assert_eq!(post(Some("bearer secret")), Ok(()));
        for wrong in [
            None,
            Some("Bearer"),
            Some("Bearer secre"),
            Some("Bearer secrets"),
            Some("Basic secret"),
            Some("secret"),
        ] {
            assert_eq!(post(wrong), Err(401), "{wrong:?}");
        }
    }
}
