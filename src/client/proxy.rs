//! HTTP proxies: reading them, choosing one, and the CONNECT exchange that opens a tunnel.
//!
//! Everything goes through a tunnel, plain HTTP too, so that a proxy never sees or changes what is signed. User names
//! and passwords never leave this module but in the request to the proxy.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::options::USER_AGENT;
use super::url::{Origin, UrlError, split_host_port};

/// How many bytes of an answer to CONNECT are read before giving up.
const MAX_ANSWER: usize = 16 << 10;

/// An HTTP proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Where it listens.
    pub origin: Origin,
    authorization: Option<Zeroizing<String>>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let credentials = if self.authorization.is_some() { "***@" } else { "" };
        write!(f, "Proxy(http://{credentials}{})", self.origin)
    }
}

impl Proxy {
    /// Reads `http://[user:password@]host:port`; a missing scheme is `http`, a missing port 80.
    ///
    /// # Errors
    /// Says what is wrong with it, without quoting it.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let text = text.trim();
        let rest = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => rest,
                "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => return Err(ProxyError::Socks),
                "https" => return Err(ProxyError::OverTls),
                _ => return Err(ProxyError::UnknownScheme),
            },
            None => text,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let (host, port) = split_host_port(host).map_err(ProxyError::Address)?;
        Ok(Proxy {
            origin: Origin { tls: false, host, port: port.unwrap_or(80) },
            authorization: user.map(basic),
        })
    }
}

fn basic(user: &str) -> Zeroizing<String> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let mut pair: Zeroizing<Vec<u8>> = Zeroizing::new(percent_decode_str(name).collect());
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(&*pair)))
}

/// Why a text is not a proxy that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyError {
    /// It is a SOCKS proxy.
    Socks,
    /// TLS would have to be spoken to the proxy itself.
    OverTls,
    /// The scheme is none of a proxy's.
    UnknownScheme,
    /// The host or port is malformed.
    Address(UrlError),
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProxyError::Socks => f.write_str("SOCKS proxies are not supported"),
            ProxyError::OverTls => {
                f.write_str("proxies that are reached over TLS (https://) are not supported")
            }
            ProxyError::UnknownScheme => f.write_str("the proxy's scheme is not http"),
            ProxyError::Address(UrlError::NoHost) => f.write_str("the proxy has no host"),
            ProxyError::Address(_) => f.write_str("the proxy's host or port is malformed"),
        }
    }
}

impl std::error::Error for ProxyError {}

impl ProxyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some("an HTTP proxy is written http://host:port")
    }
}

/// The variables of the environment that name proxies, as they stand there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    https: Option<Variable>,
    http: Option<Variable>,
    all: Option<Variable>,
    no_proxy: String,
}

#[derive(Clone, PartialEq, Eq)]
struct Variable {
    name: &'static str,
    value: String,
}

impl fmt::Debug for ProxyVariables {
    /// Shows the names only: a value may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = [&self.https, &self.http, &self.all];
        f.debug_list().entries(set.into_iter().flatten().map(|variable| variable.name)).finish()
    }
}

impl ProxyVariables {
    /// Takes `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` from `lookup`, in lower case first. An empty
    /// value counts as none.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = lookup(name).filter(|value| !value.trim().is_empty())?;
                Some(Variable { name, value })
            })
        };
        ProxyVariables {
            https: first(["https_proxy", "HTTPS_PROXY"]),
            http: first(["http_proxy", "HTTP_PROXY"]),
            all: first(["all_proxy", "ALL_PROXY"]),
            no_proxy: first(["no_proxy", "NO_PROXY"]).map(|variable| variable.value).unwrap_or_default(),
        }
    }

    /// The proxy that the variables name for an origin. Read only when it is needed, so that a variable for another
    /// scheme cannot be in the way.
    ///
    /// # Errors
    /// Names the variable whose value is not a proxy.
    pub fn proxy_for(&self, origin: &Origin) -> Result<Option<Proxy>, (&'static str, ProxyError)> {
        let own = if origin.tls { &self.https } else { &self.http };
        match own.as_ref().or(self.all.as_ref()) {
            Some(variable) if !self.excludes(origin) => {
                Proxy::parse(&variable.value).map(Some).map_err(|error| (variable.name, error))
            }
            _ => Ok(None),
        }
    }

    /// Whether `NO_PROXY` has the origin: `*`, a name with all below it, an address, a network, any with a port.
    fn excludes(&self, origin: &Origin) -> bool {
        self.no_proxy
            .split([',', ' '])
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .any(|entry| entry == "*" || entry_covers(entry, origin))
    }
}

fn entry_covers(entry: &str, origin: &Origin) -> bool {
    if let (Some((network, bits)), Ok(address)) = (entry.split_once('/'), origin.host.parse::<IpAddr>()) {
        return network_covers(network, bits, address);
    }
    if entry.parse::<IpAddr>().is_ok() {
        return entry.eq_ignore_ascii_case(&origin.host);
    }
    let Ok((name, port)) = split_host_port(entry.trim_start_matches("*.").trim_start_matches('.')) else {
        return false;
    };
    let host = origin.host.trim_end_matches('.').to_ascii_lowercase();
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    port.is_none_or(|port| port == origin.port)
        && host.strip_suffix(&name).is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn network_covers(network: &str, bits: &str, address: IpAddr) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else {
        return false;
    };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if bits <= 32 => {
            (network.to_bits() ^ address.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if bits <= 128 => {
            (network.to_bits() ^ address.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

/// Why a proxy did not open a tunnel.
#[derive(Debug)]
pub enum TunnelError {
    /// It answered with another status than 2xx.
    Refused {
        /// The status.
        status: u16,
        /// The reason phrase.
        reason: String,
    },
    /// It did not answer in HTTP.
    NotHttp,
    /// It closed the connection.
    Closed,
    /// Reading or writing failed.
    Io(io::Error),
}

/// Asks the proxy on the other end of `socket` for a tunnel to `destination` (`host:port`).
///
/// # Errors
/// When the proxy does not answer with 2xx.
pub fn open_tunnel(
    socket: &mut (impl Read + Write),
    proxy: &Proxy,
    destination: &str,
) -> Result<(), TunnelError> {
    let mut request = Zeroizing::new(format!(
        "CONNECT {destination} HTTP/1.1\r\nHost: {destination}\r\nUser-Agent: {USER_AGENT}\r\n"
    ));
    if let Some(authorization) = &proxy.authorization {
        request.push_str("Proxy-Authorization: ");
        request.push_str(authorization);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    socket.write_all(request.as_bytes()).map_err(TunnelError::Io)?;
    let answer = read_head(socket)?;
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(&answer).map_err(|_| TunnelError::NotHttp)?;
    match response.code {
        Some(200..=299) => Ok(()),
        Some(status) => {
            Err(TunnelError::Refused { status, reason: response.reason.unwrap_or_default().to_owned() })
        }
        None => Err(TunnelError::NotHttp),
    }
}

/// Reads up to the empty line, byte by byte: what follows it belongs to the tunnel.
fn read_head(socket: &mut impl Read) -> Result<Vec<u8>, TunnelError> {
    let mut head = Vec::with_capacity(256);
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match socket.read(&mut byte) {
            Ok(0) => return Err(TunnelError::Closed),
            Ok(_) if head.len() == MAX_ANSWER => return Err(TunnelError::NotHttp),
            Ok(_) => head.push(byte[0]),
            Err(error) => return Err(TunnelError::Io(error)),
        }
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(set: &[(&str, &str)]) -> ProxyVariables {
        ProxyVariables::from_env(|name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn chosen(set: &[(&str, &str)], url: &str) -> Option<String> {
        let url = super::super::url::HttpUrl::parse(url).unwrap();
        let proxy = variables(set).proxy_for(url.origin()).unwrap();
        proxy.map(|proxy| proxy.origin.to_string())
    }

    #[test]
    fn a_proxy_is_read_and_its_credentials_stay_hidden() {
        let proxy = Proxy::parse("http://me:p%40ss@proxy.example:3128/").unwrap();
        assert_eq!(proxy.origin.to_string(), "proxy.example:3128");
        let pair = STANDARD.encode("me:p@ss");
        assert_eq!(*proxy.authorization.clone().unwrap(), format!("Basic {pair}"));
        assert_eq!(format!("{proxy:?}"), "Proxy(http://***@proxy.example:3128)");
        assert_eq!(Proxy::parse("proxy.example").unwrap().origin.to_string(), "proxy.example:80");
    }

    #[test]
    fn what_is_no_http_proxy_is_refused() {
        for (text, why) in [
            ("socks5h://127.0.0.1:9050", ProxyError::Socks),
            ("https://proxy.example", ProxyError::OverTls),
            ("ftp://proxy.example", ProxyError::UnknownScheme),
            ("http://", ProxyError::Address(UrlError::NoHost)),
        ] {
            assert_eq!(Proxy::parse(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn the_variable_of_the_scheme_goes_before_the_one_for_all() {
        let set = [("https_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2"), ("ALL_PROXY", "c:3")];
        assert_eq!(chosen(&set, "https://x.example").as_deref(), Some("a:1"));
        assert_eq!(chosen(&set, "http://x.example").as_deref(), Some("c:3"));
        assert_eq!(chosen(&[("https_proxy", " ")], "https://x.example"), None);
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_when_it_is_needed() {
        let set = variables(&[("ALL_PROXY", "socks5://127.0.0.1:9050")]);
        assert_eq!(
            set.proxy_for(&Origin::of_domain("b.example")).unwrap_err(),
            ("ALL_PROXY", ProxyError::Socks)
        );
    }

    #[test]
    fn no_proxy_takes_names_addresses_networks_and_ports() {
        for (entry, url, direct) in [
            ("*", "https://b.example", true),
            ("b.example", "https://b.example", true),
            ("B.Example", "https://a.b.example", true),
            (".b.example", "https://a.b.example", true),
            ("*.b.example", "https://a.b.example", true),
            ("b.example", "https://ab.example", false),
            ("b.example:8443", "https://b.example:8443", true),
            ("b.example:8443", "https://b.example", false),
            ("x, b.example", "https://b.example", true),
            ("10.0.0.0/8", "https://10.9.9.9", true),
            ("0.0.0.0/0", "https://10.9.9.9", true),
            ("10.0.0.0/8", "https://11.0.0.1", false),
            ("fd00::/8", "https://[fd00::1]", true),
            ("::1", "https://[::1]", true),
            ("10.0.0.1", "https://10.0.0.1:8443", true),
        ] {
            let set = [("https_proxy", "http://p:1"), ("no_proxy", entry)];
            assert_eq!(chosen(&set, url).is_none(), direct, "{entry} for {url}");
        }
    }
}
