//! Where a request goes: the origin to connect to, and the request target exactly as it was written.
//!
//! A signature is over the target as it stands on the wire, so that nothing here normalises: `/a/../b` and `é` stay
//! what they are. Everything that cannot be sent as written is refused with a sentence.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Whether TLS is spoken there: `https` or `wss`.
    pub tls: bool,
    /// The host as written, without the brackets of an IPv6 address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Origin {
    /// The origin of an instance's domain: `https`, port 443.
    pub fn of_domain(domain: &str) -> Self {
        Origin { tls: true, host: domain.to_owned(), port: 443 }
    }

    /// Whether the host itself says that it is this machine: `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]`.
    pub fn is_loopback(&self) -> bool {
        match self.host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback(),
            Err(_) => is_localhost(&self.host),
        }
    }

    /// The host and the port, unless the port is the scheme's own: what `Host` has.
    pub fn authority(&self) -> String {
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { bracketed(&self.host) } else { self.to_string() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
}

/// A text that was given as an address, without the password that may stand in it.
pub fn without_password(text: &str) -> Cow<'_, str> {
    let start = text.find("://").map_or(0, |scheme| scheme + 3);
    let end = text[start..].find(['/', '?', '#']).map_or(text.len(), |path| start + path);
    let user_info = text[start..end].rfind('@').map(|at| &text[start..start + at]);
    match user_info.and_then(|user_info| user_info.split_once(':')) {
        Some((user, password)) => {
            let password_at = start + user.len() + 1;
            Cow::Owned(format!("{}***{}", &text[..password_at], &text[password_at + password.len()..]))
        }
        None => Cow::Borrowed(text),
    }
}

/// Whether `host` is `localhost` or a name below it, which is this machine by RFC 6761.
pub fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    last.eq_ignore_ascii_case("localhost")
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

/// An `http` or `https` address: an origin, and a request target as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    origin: Origin,
    target: String,
}

impl HttpUrl {
    /// The address of `target` (a path with an optional query) at `origin`.
    ///
    /// # Errors
    /// When the target cannot be sent as written.
    pub fn new(origin: Origin, target: &str) -> Result<Self, UrlError> {
        check_target(target)?;
        Ok(HttpUrl { origin, target: target.to_owned() })
    }

    /// Reads `http://…` and `https://…`. An empty path is `/`.
    ///
    /// # Errors
    /// Says what is wrong with it; never quotes credentials.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::NoScheme)?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::UnknownScheme(scheme.to_owned())),
        };
        let (authority, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(UrlError::Credentials);
        }
        let (host, port) = split_host_port(authority)?;
        let origin = Origin { tls, host, port: port.unwrap_or(if tls { 443 } else { 80 }) };
        match target.as_bytes().first() {
            Some(b'/' | b'#') => HttpUrl::new(origin, target),
            _ => HttpUrl::new(origin, &format!("/{target}")),
        }
    }

    /// Where to connect to.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The request target as it is sent.
    pub fn target(&self) -> &str {
        &self.target
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.origin.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.origin.authority(), self.target)
    }
}

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`, and checks both parts. The host comes without brackets.
///
/// # Errors
/// When there is no host, or one of the parts is malformed.
pub fn split_host_port(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or(UrlError::BadHost)?;
        address.parse::<Ipv6Addr>().map_err(|_| UrlError::BadHost)?;
        match after.strip_prefix(':') {
            None if after.is_empty() => (address, None),
            Some(port) => (address, Some(port)),
            None => return Err(UrlError::BadHost),
        }
    } else {
        match text.split_once(':') {
            Some((host, port)) => (check_name(host)?, Some(port)),
            None => (check_name(text)?, None),
        }
    };
    let port = port.map(parse_port).transpose()?;
    Ok((host.to_owned(), port))
}

fn check_name(host: &str) -> Result<&str, UrlError> {
    if host.is_empty() {
        Err(UrlError::NoHost)
    } else if !host.is_ascii() {
        Err(UrlError::HostNotAscii)
    } else if host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
        Ok(host)
    } else {
        Err(UrlError::BadHost)
    }
}

/// A port from 1 to 65535, in decimal digits.
///
/// # Errors
/// When it is anything else.
pub fn parse_port(text: &str) -> Result<u16, UrlError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(UrlError::BadPort(text.to_owned())),
    }
}

fn check_target(target: &str) -> Result<(), UrlError> {
    if target.contains('#') {
        Err(UrlError::Fragment)
    } else if !target.starts_with('/') {
        Err(UrlError::TargetNotPath)
    } else if target.contains(|c: char| c == ' ' || c.is_control()) {
        Err(UrlError::TargetNotSendable)
    } else {
        Ok(())
    }
}

/// Why a text is not an address that a request can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UrlError {
    /// It does not begin with a scheme.
    NoScheme,
    /// The scheme is not `http` or `https`.
    UnknownScheme(String),
    /// It holds a user name or a password.
    Credentials,
    /// The host is empty.
    NoHost,
    /// The host is in Unicode.
    HostNotAscii,
    /// The host has characters that no host has.
    BadHost,
    /// The port is not a number from 1 to 65535.
    BadPort(String),
    /// There is a `#`.
    Fragment,
    /// The target does not begin with a slash.
    TargetNotPath,
    /// The target has blanks or control characters.
    TargetNotSendable,
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UrlError::NoScheme => f.write_str("the address has no scheme"),
            UrlError::UnknownScheme(scheme) => write!(f, "the scheme {scheme} is not http or https"),
            UrlError::Credentials => f.write_str("the address holds a user name or a password"),
            UrlError::NoHost => f.write_str("the address has no host"),
            UrlError::HostNotAscii => f.write_str("the host is not written in ASCII"),
            UrlError::BadHost => f.write_str("the host is malformed"),
            UrlError::BadPort(port) => write!(f, "the port {port:?} is not a number from 1 to 65535"),
            UrlError::Fragment => f.write_str("the address has a fragment (#…), which is never sent"),
            UrlError::TargetNotPath => f.write_str("the path does not begin with a slash"),
            UrlError::TargetNotSendable => {
                f.write_str("the path or query has a blank or a control character, which ends a request line")
            }
        }
    }
}

impl std::error::Error for UrlError {}

impl UrlError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            UrlError::NoScheme => Some("write it with its scheme: https://b.example/…"),
            UrlError::Credentials => {
                Some("give them in a header from a file: -H @FILE with a line `Authorization: …`")
            }
            UrlError::HostNotAscii => Some("write the domain in Punycode: xn--…"),
            UrlError::BadHost => Some("an IPv6 address stands in brackets: https://[::1]:8443/"),
            UrlError::Fragment => Some("leave it away, or write # as %23"),
            UrlError::TargetNotSendable => Some("percent-encode it: a blank is %20"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_what_is_quoted() {
        for (text, shown) in [
            ("https://u:hush@b.example/x", "https://u:***@b.example/x"),
            ("ftp://u:hu:s@h@b.example:x", "ftp://u:***@b.example:x"),
            ("u:hush@b.example", "u:***@b.example"),
            ("@u:hush@b.example", "@u:***@b.example"),
            ("@bob@b.example", "@bob@b.example"),
            ("b.example:x", "b.example:x"),
            ("https://b.example:1/a:b@c", "https://b.example:1/a:b@c"),
            ("https://é:ü@", "https://é:***@"),
        ] {
            assert_eq!(without_password(text), shown, "{text}");
        }
    }

    #[test]
    fn the_target_stays_as_written() {
        for (text, target) in [
            ("https://b.example", "/"),
            ("https://b.example?q=1", "/?q=1"),
            ("https://b.example/a/../b", "/a/../b"),
            ("https://b.example/é/%2f?x=%zz", "/é/%2f?x=%zz"),
            ("HTTPS://b.example//a\\b\"<>^`{|}", "//a\\b\"<>^`{|}"),
        ] {
            assert_eq!(HttpUrl::parse(text).unwrap().target(), target, "{text}");
        }
    }

    #[test]
    fn origins_are_read_with_and_without_port() {
        for (text, tls, host, port, authority) in [
            ("http://b.example/", false, "b.example", 80, "b.example"),
            ("https://b.example:443/", true, "b.example", 443, "b.example"),
            ("https://B.example:8443", true, "B.example", 8443, "B.example:8443"),
            ("https://[::1]:8443/x", true, "::1", 8443, "[::1]:8443"),
            ("https://[::1]", true, "::1", 443, "[::1]"),
        ] {
            let url = HttpUrl::parse(text).unwrap();
            let origin = url.origin();
            assert_eq!((origin.tls, origin.host.as_str(), origin.port), (tls, host, port));
            assert_eq!(origin.authority(), authority);
        }
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for (text, why) in [
            ("b.example/x", UrlError::NoScheme),
            ("ftp://b.example", UrlError::UnknownScheme("ftp".into())),
            ("https://user:secret@b.example/", UrlError::Credentials),
            ("https:///x", UrlError::NoHost),
            ("https://bücher.example/", UrlError::HostNotAscii),
            ("https://::1/", UrlError::NoHost),
            ("https://[b.example]/", UrlError::BadHost),
            ("https://b.example:0/", UrlError::BadPort("0".into())),
            ("https://b.example:+1/", UrlError::BadPort("+1".into())),
            ("https://b.example:/", UrlError::BadPort(String::new())),
            ("https://b.example/x#y", UrlError::Fragment),
            ("https://b.example#y", UrlError::Fragment),
            ("https://b.example/a b", UrlError::TargetNotSendable),
            ("https://b.example/a\r\nX: y", UrlError::TargetNotSendable),
        ] {
            assert_eq!(HttpUrl::parse(text), Err(why), "{text}");
        }
    }

    #[test]
    fn loopback_is_judged_by_the_host_as_written() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST.", true),
            ("test.localhost", true),
            ("127.8.9.1", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("notlocalhost", false),
            ("localhost.example", false),
            ("10.0.0.1", false),
        ] {
            let origin = Origin { host: host.into(), ..Origin::of_domain("") };
            assert_eq!(origin.is_loopback(), expected, "{host}");
        }
    }
}
