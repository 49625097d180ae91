//! What the user says about the network, as plain data: limits, addresses, certificates, proxies, headers.
//!
//! Reads nothing: files are read where they are used, and the environment comes in through a lookup.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::proxy::{Proxy, ProxyVariables};
use super::url::{Origin, parse_port, split_host_port};
use crate::protocol::record::{Headers, hide_secrets};

/// The `User-Agent` that is sent unless another one is given.
pub const USER_AGENT: &str = concat!("versia-cli/", env!("CARGO_PKG_VERSION"));

/// How long a whole exchange may take unless told otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How long connecting may take unless told otherwise: resolving, TCP, proxy and TLS together.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where the certificates come from that a server is trusted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaCertificates {
    /// A PEM file.
    File(PathBuf),
    /// PEM.
    Pem(Vec<u8>),
}

/// How to reach the network.
#[derive(Clone)]
pub struct NetworkOptions {
    /// The limit for a whole exchange; zero is none.
    pub timeout: Duration,
    /// The limit for connecting; zero is none but the whole exchange's.
    pub connect_timeout: Duration,
    /// Addresses to use in place of what names resolve to.
    pub resolve: Vec<ResolveRule>,
    /// The authorities to trust in place of the machine's.
    pub cacert: Option<CaCertificates>,
    /// Whether any certificate is taken.
    pub insecure: bool,
    /// Whether plain HTTP is spoken to other machines.
    pub allow_http: bool,
    /// Whether hosts that a peer named may have private addresses.
    pub allow_private: bool,
    /// The proxy for everything, loopback included.
    pub proxy: Option<Proxy>,
    /// The proxies of the environment.
    pub proxy_variables: ProxyVariables,
    /// Headers that are sent with every request to a host that the user named; each takes the place of one of the
    /// program's own of the same name.
    pub headers: Headers,
    /// The names of those among them whose values are secrets, whatever their names say.
    pub secret_headers: Vec<String>,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Default for NetworkOptions {
    fn default() -> Self {
        NetworkOptions {
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            resolve: Vec::new(),
            cacert: None,
            insecure: false,
            allow_http: false,
            allow_private: false,
            proxy: None,
            proxy_variables: ProxyVariables::default(),
            headers: Headers::new(),
            secret_headers: Vec::new(),
            user_agent: USER_AGENT.to_owned(),
        }
    }
}

impl fmt::Debug for NetworkOptions {
    /// Shows the names of the headers only: their values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("NetworkOptions")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("resolve", &self.resolve)
            .field("cacert", &self.cacert)
            .field("insecure", &self.insecure)
            .field("allow_http", &self.allow_http)
            .field("allow_private", &self.allow_private)
            .field("proxy", &self.proxy)
            .field("proxy_variables", &self.proxy_variables)
            .field("headers", &headers)
            .field("user_agent", &self.user_agent)
            .finish()
    }
}

impl NetworkOptions {
    /// The addresses that the rules give for an origin, in the rules' order; empty when no rule is for it.
    pub fn resolved(&self, origin: &Origin) -> Vec<SocketAddr> {
        self.resolve
            .iter()
            .filter(|rule| rule.port == origin.port && rule.host.eq_ignore_ascii_case(&origin.host))
            .map(|rule| rule.address)
            .collect()
    }

    /// Hides the values of headers that are secrets, for everything that is shown or recorded of a request.
    pub fn hide_secrets(&self, headers: &mut Headers) {
        let is_secret =
            |name: &str| self.secret_headers.iter().any(|secret| secret.eq_ignore_ascii_case(name));
        hide_secrets(headers, is_secret);
    }

    /// Whether an origin is this machine: by its host as written, or because every rule for it says so.
    pub fn is_loopback(&self, origin: &Origin) -> bool {
        let resolved = self.resolved(origin);
        if resolved.is_empty() {
            origin.is_loopback()
        } else {
            resolved.iter().all(|address| address.ip().to_canonical().is_loopback())
        }
    }

    /// Whether what is sent to an origin stays on this machine: one behind a proxy elsewhere is asked from there.
    pub fn stays_here(&self, origin: &Origin) -> bool {
        let proxy_is_near = self.proxy.as_ref().is_none_or(|proxy| self.is_loopback(&proxy.origin));
        self.is_loopback(origin) && proxy_is_near
    }
}

/// Which address a host and port are reached at: `HOST:PORT:ADDR[:PORT]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolveRule {
    /// The host as it is asked for.
    pub host: String,
    /// The port as it is asked for.
    pub port: u16,
    /// Where to connect to.
    pub address: SocketAddr,
}

impl FromStr for ResolveRule {
    type Err = ResolveRuleError;

    fn from_str(text: &str) -> Result<Self, ResolveRuleError> {
        let host_end = match text.strip_prefix('[') {
            Some(_) => text.find(']').map(|at| at + 1),
            None => text.find(':'),
        };
        let parts = host_end
            .and_then(|at| text.split_at_checked(at))
            .and_then(|(host, rest)| Some((host, rest.strip_prefix(':')?.split_once(':')?)));
        let Some((host, (port, address))) = parts else {
            return Err(ResolveRuleError::Form);
        };
        let host = match split_host_port(host) {
            Ok((host, None)) => host,
            _ => return Err(ResolveRuleError::Host(host.to_owned())),
        };
        let port = parse_port(port).map_err(|_| ResolveRuleError::Port(port.to_owned()))?;
        Ok(ResolveRule { host, port, address: parse_address(address, port)? })
    }
}

fn parse_address(text: &str, port: u16) -> Result<SocketAddr, ResolveRuleError> {
    if !text.starts_with('[') && text.matches(':').count() > 1 {
        return Err(ResolveRuleError::NoBrackets(text.to_owned()));
    }
    let wrong = || ResolveRuleError::Address(text.to_owned());
    let (address, own_port) = split_host_port(text).map_err(|_| wrong())?;
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    Ok(SocketAddr::new(address, own_port.unwrap_or(port)))
}

/// Why a text is not a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolveRuleError {
    /// It does not have the three parts.
    Form,
    /// The first part is not a host.
    Host(String),
    /// The second part is not a port.
    Port(String),
    /// The last part is not an address with an optional port.
    Address(String),
    /// The last part looks like an IPv6 address without brackets.
    NoBrackets(String),
}

impl fmt::Display for ResolveRuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ResolveRuleError::Form => f.write_str("it does not have the form HOST:PORT:ADDR[:PORT]"),
            ResolveRuleError::Host(text) => write!(f, "{text:?} is not a host"),
            ResolveRuleError::Port(text) => write!(f, "{text:?} is not a port from 1 to 65535"),
            ResolveRuleError::Address(text) => {
                write!(f, "{text:?} is not an IP address with an optional port")
            }
            ResolveRuleError::NoBrackets(text) => {
                write!(f, "{text:?} looks like an IPv6 address, which stands in brackets")
            }
        }
    }
}

impl std::error::Error for ResolveRuleError {}

impl ResolveRuleError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ResolveRuleError::NoBrackets(_) => Some("for example b.example:443:[::1]:8443"),
            _ => Some("for example b.example:443:127.0.0.1:8443"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_in_every_form() {
        for (text, host, port, address) in [
            ("b.example:443:127.0.0.1:8443", "b.example", 443, "127.0.0.1:8443"),
            ("b.example:443:127.0.0.1", "b.example", 443, "127.0.0.1:443"),
            ("b.example:443:[::1]:8443", "b.example", 443, "[::1]:8443"),
            ("b.example:443:[::1]", "b.example", 443, "[::1]:443"),
            ("[::2]:443:10.0.0.1", "::2", 443, "10.0.0.1:443"),
        ] {
            let expected = ResolveRule { host: host.into(), port, address: address.parse().unwrap() };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for (text, why) in [
            ("b.example", ResolveRuleError::Form),
            ("b.example:443", ResolveRuleError::Form),
            ("é", ResolveRuleError::Form),
            (":443:127.0.0.1", ResolveRuleError::Host(String::new())),
            ("b.example:x:127.0.0.1", ResolveRuleError::Port("x".into())),
            ("b.example:443:other.example", ResolveRuleError::Address("other.example".into())),
            ("b.example:443:127.0.0.1:x", ResolveRuleError::Address("127.0.0.1:x".into())),
            ("b.example:443:::1", ResolveRuleError::NoBrackets("::1".into())),
        ] {
            assert_eq!(text.parse::<ResolveRule>(), Err(why), "{text}");
        }
    }

    #[test]
    fn a_rule_decides_whether_its_host_is_loopback() {
        let options = NetworkOptions {
            resolve: vec![
                "b.example:443:127.0.0.1".parse().unwrap(),
                "localhost:443:203.0.113.7".parse().unwrap(),
            ],
            ..NetworkOptions::default()
        };
        assert!(options.is_loopback(&Origin::of_domain("B.example")));
        assert!(!options.is_loopback(&Origin::of_domain("localhost")));
        assert!(!options.is_loopback(&Origin::of_domain("c.example")));
    }

    #[test]
    fn headers_that_are_called_secret_are_hidden_as_the_usual_ones_are() {
        let options = NetworkOptions { secret_headers: vec!["X-Own".into()], ..NetworkOptions::default() };
        let mut headers: Headers =
            ["x-own", "X-Api-Key", "Accept"].map(|name| (name.to_owned(), "value".into())).into();
        options.hide_secrets(&mut headers);
        let values: Vec<_> = headers.iter().map(|(_, value)| value.as_text().unwrap()).collect();
        assert_eq!(values, ["(hidden)", "(hidden)", "value"]);
    }

    #[test]
    fn header_values_are_not_shown() {
        let options = NetworkOptions {
            headers: vec![("Authorization".into(), "Bearer hidden-value".into())],
            ..NetworkOptions::default()
        };
        let shown = format!("{options:?}");
        assert!(shown.contains("Authorization") && !shown.contains("hidden-value"));
    }
}
