//! Where RPC is taken.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::client::url::{Origin, UrlError, split_host_port};

/// The port that RoadRunner's RPC has unless told otherwise.
pub const RPC_PORT: u16 = 6001;

/// Where RPC is taken: `tcp://HOST[:PORT]` or `unix://PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcAddress {
    /// A host and a port.
    Tcp(Origin),
    /// The path of a Unix socket.
    Unix(PathBuf),
}

impl FromStr for RpcAddress {
    type Err = RpcAddressError;

    fn from_str(text: &str) -> Result<Self, RpcAddressError> {
        let (scheme, rest) = text.split_once("://").ok_or(RpcAddressError::Form)?;
        match scheme.to_ascii_lowercase().as_str() {
            "tcp" => {
                let authority = rest.strip_suffix('/').unwrap_or(rest);
                let (host, port) = split_host_port(authority).map_err(RpcAddressError::Host)?;
                Ok(RpcAddress::Tcp(Origin { tls: false, host, port: port.unwrap_or(RPC_PORT) }))
            }
            "unix" if !rest.is_empty() => Ok(RpcAddress::Unix(rest.into())),
            _ => Err(RpcAddressError::Form),
        }
    }
}

impl fmt::Display for RpcAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RpcAddress::Tcp(origin) => write!(f, "tcp://{origin}"),
            RpcAddress::Unix(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

/// Why a text is no address of RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcAddressError {
    /// It begins with neither of the schemes, or nothing follows.
    Form,
    /// The host or the port is none.
    Host(UrlError),
}

impl fmt::Display for RpcAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RpcAddressError::Form => f.write_str("it is neither tcp://HOST[:PORT] nor unix://PATH"),
            RpcAddressError::Host(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RpcAddressError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_both_forms() {
        let tcp = |host: &str, port| RpcAddress::Tcp(Origin { tls: false, host: host.to_owned(), port });
        for (text, address) in [
            ("tcp://127.0.0.1:6001", tcp("127.0.0.1", 6001)),
            ("tcp://rr.example", tcp("rr.example", 6001)),
            ("TCP://[::1]:7000/", tcp("::1", 7000)),
            ("unix:///run/rr.sock", RpcAddress::Unix("/run/rr.sock".into())),
            ("unix://rr.sock", RpcAddress::Unix("rr.sock".into())),
        ] {
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
        for text in ["127.0.0.1:6001", "http://127.0.0.1:6001", "unix://", "tcp://", "tcp://a:b", "tcp://a/b"]
        {
            assert!(text.parse::<RpcAddress>().is_err(), "{text}");
        }
    }
}
