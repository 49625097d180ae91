//! From a host to addresses, within a deadline.
//!
//! The system's resolver cannot be interrupted, so that it runs in a thread of its own, which is left behind when the
//! time is up. `localhost` and the names below it are this machine by definition (RFC 6761), and never asked for.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;

use super::deadline::Deadline;
use super::url::{Origin, is_localhost};

/// Asks for the addresses of a host and port.
pub type Lookup = fn(&str, u16) -> io::Result<Vec<SocketAddr>>;

/// Asks the system.
pub fn system_lookup(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    (host, port).to_socket_addrs().map(Iterator::collect)
}

/// What came of resolving.
#[derive(Debug)]
pub enum Resolved {
    /// The host needs no lookup.
    Known(Vec<SocketAddr>),
    /// These addresses were looked up.
    Found(Vec<SocketAddr>),
    /// There is no address for the name.
    NotFound(io::Error),
    /// The time was up.
    TimedOut,
}

/// The addresses of an origin: from the literal, as this machine, or from `lookup` within the deadline.
pub fn resolve(origin: &Origin, lookup: Lookup, deadline: Deadline) -> Resolved {
    let (host, port) = (origin.host.clone(), origin.port);
    if let Ok(address) = host.parse::<IpAddr>() {
        return Resolved::Known(vec![SocketAddr::new(address, port)]);
    }
    if is_localhost(&host) {
        let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Resolved::Known(own.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    let Ok(remaining) = deadline.remaining() else {
        return Resolved::TimedOut;
    };
    let (answer, answered) = channel();
    let asking = thread::Builder::new().spawn(move || answer.send(lookup(&host, port)));
    if let Err(error) = asking {
        return Resolved::NotFound(error);
    }
    let result = match remaining {
        Some(remaining) => answered.recv_timeout(remaining),
        None => answered.recv().map_err(|_| RecvTimeoutError::Disconnected),
    };
    match result {
        Ok(Ok(addresses)) if addresses.is_empty() => Resolved::NotFound(no_address()),
        Ok(Ok(addresses)) => Resolved::Found(without_repeats(addresses)),
        Ok(Err(error)) => Resolved::NotFound(error),
        Err(RecvTimeoutError::Timeout) => Resolved::TimedOut,
        Err(RecvTimeoutError::Disconnected) => Resolved::NotFound(no_address()),
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no address for it")
}

fn without_repeats(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut unique = Vec::with_capacity(addresses.len());
    for address in addresses {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    unique
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn never_asked(host: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        panic!("{host} was looked up")
    }

    fn never_answers(_: &str, _: u16) -> io::Result<Vec<SocketAddr>> {
        loop {
            thread::park();
        }
    }

    fn twice(_: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let address = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port);
        Ok(vec![address, address])
    }

    #[test]
    fn literals_and_localhost_are_not_looked_up() {
        for (host, first) in [
            ("127.0.0.1", "127.0.0.1:443"),
            ("::1", "[::1]:443"),
            ("localhost", "127.0.0.1:443"),
            ("b.localhost", "127.0.0.1:443"),
        ] {
            let resolved = resolve(&Origin::of_domain(host), never_asked, Deadline::never());
            let Resolved::Known(addresses) = resolved else {
                panic!("{host}: {resolved:?}");
            };
            assert_eq!(addresses[0], first.parse().unwrap());
        }
    }

    #[test]
    fn a_resolver_that_never_answers_is_left_at_the_deadline() {
        let deadline = Deadline::after(Duration::from_millis(20));
        let resolved = resolve(&Origin::of_domain("b.example"), never_answers, deadline);
        assert!(matches!(resolved, Resolved::TimedOut), "{resolved:?}");
    }

    #[test]
    fn repeated_addresses_are_tried_once() {
        let resolved = resolve(&Origin::of_domain("b.example"), twice, Deadline::never());
        assert!(matches!(&resolved, Resolved::Found(addresses) if addresses.len() == 1), "{resolved:?}");
    }
}
