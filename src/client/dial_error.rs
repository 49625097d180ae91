//! Why a connection could not be made, in the user's terms.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::deadline::describe;
use super::proxy::{ProxyError, TunnelError};
use super::tls::{TlsProblem, TrustError};
use crate::finding::{Code, codes};

/// Where on the way an exchange was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Deciding whether and how to connect at all.
    Prepare,
    /// Resolving the name.
    Resolve,
    /// Connecting over TCP.
    Connect,
    /// Opening the proxy's tunnel.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// Sending the request.
    Send,
    /// Waiting for the response's head and reading it.
    Head,
    /// Reading the response's body.
    Body,
}

/// A connection could not be made.
#[derive(Debug)]
pub struct DialError {
    /// Where on the way it was.
    pub stage: Stage,
    /// The host and port that were asked for.
    pub target: String,
    /// What went wrong.
    pub cause: DialCause,
}

/// What went wrong while connecting.
#[derive(Debug)]
pub enum DialCause {
    /// Plain HTTP to another machine was not allowed.
    PlainHttp,
    /// None of the addresses may be connected to; this is the first of them, where they are known.
    PrivateAddress(Option<IpAddr>),
    /// A variable of the environment names a proxy that cannot be used.
    ProxyVariable(&'static str, ProxyError),
    /// The trusted authorities cannot be had.
    Trust(TrustError),
    /// The host cannot be named in a TLS handshake.
    BadServerName,
    /// The name does not resolve.
    NotResolved {
        /// The name.
        host: String,
        /// What the system says.
        error: io::Error,
    },
    /// The address refuses connections.
    Refused(SocketAddr),
    /// The address cannot be reached.
    Unreachable(SocketAddr, io::Error),
    /// The time was up.
    TimedOut(Duration),
    /// The proxy, which is the target of this error, cannot be connected to.
    ToProxy(Box<DialError>),
    /// The proxy did not open a tunnel.
    Tunnel(TunnelError),
    /// The connection was closed in the middle of the TLS handshake.
    ClosedInHandshake,
    /// The connection broke in the middle of the TLS handshake.
    BrokenInHandshake(io::Error),
    /// The TLS handshake failed.
    Tls(TlsProblem),
}

impl DialError {
    /// The entry of the list of codes; `None` for what is wrong use, and not the network's fault.
    pub fn code(&self) -> Option<&'static Code> {
        Some(match &self.cause {
            DialCause::ProxyVariable(..) | DialCause::Trust(_) | DialCause::BadServerName => return None,
            DialCause::PlainHttp => &codes::PLAIN_HTTP_REFUSED,
            DialCause::PrivateAddress(_) => &codes::PRIVATE_ADDRESS_REFUSED,
            DialCause::NotResolved { .. } => &codes::NAME_NOT_RESOLVED,
            DialCause::Refused(_) | DialCause::Unreachable(..) => &codes::CONNECTION_REFUSED,
            DialCause::TimedOut(_) => &codes::TIMED_OUT,
            DialCause::ToProxy(error) => return error.code(),
            DialCause::Tunnel(_) => &codes::PROXY_FAILED,
            DialCause::ClosedInHandshake | DialCause::BrokenInHandshake(_) => &codes::TLS_HANDSHAKE_FAILED,
            DialCause::Tls(problem) => problem.code(),
        })
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        let text = match &self.cause {
            DialCause::PlainHttp => "use https://; --allow-http sends it in the clear",
            DialCause::PrivateAddress(_) => {
                "if that is meant, say so with --allow-private, or name the host with --resolve"
            }
            DialCause::ProxyVariable(_, error) => return error.hint().map(str::to_owned),
            DialCause::Trust(_) => "--cacert takes the authority's certificate in PEM",
            DialCause::NotResolved { .. } => {
                "check the spelling; --resolve HOST:PORT:ADDR gives a name an address of your choice"
            }
            DialCause::Refused(_) => "is the server running, and is that its port?",
            DialCause::TimedOut(_) if self.stage == Stage::Connect => {
                "a firewall may be dropping the packets; --connect-timeout changes the limit"
            }
            DialCause::TimedOut(_) => "--connect-timeout and --timeout change the limits",
            DialCause::Tunnel(TunnelError::Refused { status: 407, .. }) => {
                "the proxy wants credentials: http://user:password@host:port"
            }
            DialCause::ToProxy(_) => {
                "--proxy and the *_PROXY variables name it; NO_PROXY has the hosts that are reached without it"
            }
            DialCause::Tunnel(_) => "NO_PROXY has the hosts that are reached without a proxy",
            DialCause::Tls(problem) => return problem.hint().map(str::to_owned),
            DialCause::BadServerName
            | DialCause::Unreachable(..)
            | DialCause::ClosedInHandshake
            | DialCause::BrokenInHandshake(_) => return None,
        };
        Some(text.to_owned())
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = &self.target;
        match &self.cause {
            DialCause::PlainHttp => write!(f, "plain HTTP to {target} is refused: it is another machine"),
            DialCause::PrivateAddress(Some(address)) => {
                write!(f, "{target} has the address {address}, which is not a public one")
            }
            DialCause::PrivateAddress(None) => write!(f, "{target} is not a public host"),
            DialCause::ProxyVariable(name, error) => {
                write!(f, "{name} does not name a proxy for {target}: {error}")
            }
            DialCause::Trust(error) => error.fmt(f),
            DialCause::BadServerName => write!(f, "{target} is not a name that TLS can ask for"),
            DialCause::NotResolved { host, .. } => write!(f, "the name {host} does not resolve"),
            DialCause::Refused(address) => {
                write!(f, "{target} refuses the connection{}", At(target, *address))
            }
            DialCause::Unreachable(address, _) => {
                write!(f, "{target} cannot be reached{}", At(target, *address))
            }
            DialCause::TimedOut(limit) => self.write_timed_out(f, *limit),
            DialCause::ToProxy(error) => write!(f, "no way to the proxy for {target}: {error}"),
            DialCause::Tunnel(error) => write_tunnel(f, target, error),
            DialCause::ClosedInHandshake => {
                write!(f, "{target} closed the connection in the middle of the TLS handshake")
            }
            DialCause::BrokenInHandshake(_) => {
                write!(f, "the connection to {target} broke in the middle of the TLS handshake")
            }
            DialCause::Tls(problem) => problem.write(f, target),
        }
    }
}

impl DialError {
    fn write_timed_out(&self, f: &mut fmt::Formatter<'_>, limit: Duration) -> fmt::Result {
        let (target, limit) = (&self.target, describe(limit));
        match self.stage {
            Stage::Resolve => write!(f, "the name of {target} did not resolve within {limit}"),
            Stage::Proxy => write!(f, "the proxy opened no tunnel to {target} within {limit}"),
            Stage::Tls => write!(f, "{target} did not finish the TLS handshake within {limit}"),
            _ => write!(f, "{target} did not take the connection within {limit}"),
        }
    }
}

impl std::error::Error for DialError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            DialCause::NotResolved { error, .. }
            | DialCause::Unreachable(_, error)
            | DialCause::BrokenInHandshake(error)
            | DialCause::Tunnel(TunnelError::Io(error)) => Some(error),
            DialCause::ToProxy(error) => error.source(),
            _ => None,
        }
    }
}

/// ` (at 127.0.0.1:8443)`, unless that is what the target says.
struct At<'a>(&'a str, SocketAddr);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.1.to_string();
        if address == self.0 { Ok(()) } else { write!(f, " (at {address})") }
    }
}

fn write_tunnel(f: &mut fmt::Formatter<'_>, target: &str, error: &TunnelError) -> fmt::Result {
    match error {
        TunnelError::Refused { status, reason } => {
            write!(f, "the proxy refused a tunnel to {target}: {status} {reason}")
        }
        TunnelError::NotHttp => write!(f, "the proxy for {target} did not answer in HTTP"),
        TunnelError::Closed => {
            write!(f, "the proxy closed the connection instead of opening a tunnel to {target}")
        }
        TunnelError::Io(_) => write!(f, "the connection to the proxy for {target} broke"),
    }
}

impl TlsProblem {
    /// The entry of the list of codes.
    pub fn code(&self) -> &'static Code {
        match self {
            TlsProblem::Expired(_) | TlsProblem::NotYetValid(_) => &codes::CERTIFICATE_EXPIRED,
            TlsProblem::OtherName(_) => &codes::CERTIFICATE_FOR_ANOTHER_NAME,
            TlsProblem::UnknownIssuer | TlsProblem::AuthorityAsServer | TlsProblem::BadCertificate(_) => {
                &codes::CERTIFICATE_NOT_TRUSTED
            }
            TlsProblem::NotTls { .. } => &codes::NOT_TLS,
            TlsProblem::Refused(_) | TlsProblem::Failed(_) => &codes::TLS_HANDSHAKE_FAILED,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            TlsProblem::UnknownIssuer => {
                Some("--cacert FILE trusts the authority in FILE; --insecure takes any certificate")
            }
            TlsProblem::AuthorityAsServer => Some(
                "make the server's certificate without CA:TRUE (openssl req -addext basicConstraints=CA:FALSE); \
                 --insecure takes any certificate",
            ),
            TlsProblem::Expired(_) => Some("renew it, and look at this machine's clock"),
            TlsProblem::NotYetValid(_) => Some("look at both machines' clocks"),
            TlsProblem::OtherName(_) => Some(
                "is that the right host? behind a proxy, the server may not know the name that is asked for",
            ),
            TlsProblem::NotTls { .. } => Some("is it plain HTTP? Then the address begins with http://"),
            TlsProblem::BadCertificate(_) | TlsProblem::Refused(_) | TlsProblem::Failed(_) => None,
        }
    }

    pub(super) fn write(&self, f: &mut fmt::Formatter<'_>, target: &str) -> fmt::Result {
        match self {
            TlsProblem::Expired(Some(since)) => {
                write!(f, "the certificate of {target} expired on {}", Moment(*since))
            }
            TlsProblem::Expired(None) => write!(f, "the certificate of {target} has expired"),
            TlsProblem::NotYetValid(Some(from)) => {
                write!(f, "the certificate of {target} is not valid before {}", Moment(*from))
            }
            TlsProblem::NotYetValid(None) => write!(f, "the certificate of {target} is not valid yet"),
            TlsProblem::OtherName(names) if names.is_empty() => {
                write!(f, "the certificate of {target} is for no name at all")
            }
            TlsProblem::OtherName(names) => {
                write!(f, "the certificate of {target} is for another name: {}", names.join(", "))
            }
            TlsProblem::UnknownIssuer => {
                write!(f, "no trusted authority stands behind the certificate of {target}")
            }
            TlsProblem::AuthorityAsServer => {
                write!(f, "the certificate of {target} is an authority's, not a server's")
            }
            TlsProblem::BadCertificate(why) => write!(f, "the certificate of {target} cannot be used: {why}"),
            TlsProblem::NotTls { http: true } => write!(f, "{target} answered in plain HTTP, not TLS"),
            TlsProblem::NotTls { http: false } => write!(f, "{target} does not speak TLS"),
            TlsProblem::Refused(why) => write!(f, "{target} refused the TLS handshake: {why}"),
            TlsProblem::Failed(why) => write!(f, "the TLS handshake with {target} failed: {why}"),
        }
    }
}

/// Unix seconds as a date and time.
struct Moment(u64);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp =
            i64::try_from(self.0).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        match timestamp {
            Some(timestamp) => timestamp.fmt(f),
            None => write!(f, "the Unix second {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(stage: Stage, cause: DialCause) -> String {
        let target = "b.example:443".to_owned();
        DialError { stage, target, cause }.to_string()
    }

    #[test]
    fn every_stage_says_which_limit_was_reached() {
        let limit = || DialCause::TimedOut(Duration::from_secs(10));
        for (stage, text) in [
            (Stage::Resolve, "the name of b.example:443 did not resolve within 10 s"),
            (Stage::Connect, "b.example:443 did not take the connection within 10 s"),
            (Stage::Proxy, "the proxy opened no tunnel to b.example:443 within 10 s"),
            (Stage::Tls, "b.example:443 did not finish the TLS handshake within 10 s"),
        ] {
            assert_eq!(said(stage, limit()), text);
        }
    }

    #[test]
    fn the_address_is_named_when_it_is_not_the_target() {
        let refused = DialCause::Refused("127.0.0.1:8443".parse().unwrap());
        assert_eq!(said(Stage::Connect, refused), "b.example:443 refuses the connection (at 127.0.0.1:8443)");
    }

    #[test]
    fn a_proxy_that_cannot_be_reached_is_named_beside_the_target() {
        let cause = DialCause::Refused("127.0.0.1:3128".parse().unwrap());
        let proxy = DialError { stage: Stage::Connect, target: "127.0.0.1:3128".to_owned(), cause };
        assert_eq!(
            said(Stage::Connect, DialCause::ToProxy(Box::new(proxy))),
            "no way to the proxy for b.example:443: 127.0.0.1:3128 refuses the connection"
        );
    }

    #[test]
    fn dates_are_written_for_people() {
        let expired = DialCause::Tls(TlsProblem::Expired(Some(1_767_225_600)));
        assert_eq!(
            said(Stage::Tls, expired),
            "the certificate of b.example:443 expired on 2026-01-01T00:00:00Z"
        );
    }
}
