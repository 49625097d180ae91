//! Which addresses may be connected to, so that a peer cannot send this program into its user's own network.
//!
//! A message names the host whose key is fetched. Without this guard, whoever sends it could have requests made to
//! machines that only the receiver reaches. The check is made on the very addresses that are connected to: there is
//! no second resolution that could give others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressPolicy {
    /// Any: the user named the host.
    #[default]
    Any,
    /// Addresses of the public internet only: a peer named the host.
    PublicOnly,
}

impl AddressPolicy {
    /// Whether `address` may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        match self {
            AddressPolicy::Any => true,
            AddressPolicy::PublicOnly => is_public(address),
        }
    }

    /// The addresses that may be connected to.
    ///
    /// # Errors
    /// Gives the first address when none of them may be.
    pub fn filter(self, addresses: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Option<IpAddr>> {
        let first = addresses.first().map(SocketAddr::ip);
        let allowed: Vec<_> = addresses.into_iter().filter(|address| self.allows(address.ip())).collect();
        if allowed.is_empty() { Err(first) } else { Ok(allowed) }
    }
}

/// Whether an address belongs to the public internet, as far as its range tells.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        // 100.64.0.0/10, shared by carriers for their customers (RFC 6598).
        || (a == 100 && b & 0xc0 == 64)
        // 192.0.0.0/24, protocol assignments; 198.18.0.0/15, benchmarks.
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && b & 0xfe == 18)
        // 240.0.0.0/4, reserved, with the broadcast address.
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = embedded_v4(address) {
        return is_public_v4(inner);
    }
    let special = address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_unique_local()
        || address.is_unicast_link_local()
        // fec0::/10, the site-local range of old.
        || address.segments()[0] & 0xffc0 == 0xfec0;
    !special
}

/// The IPv4 address that an IPv6 address leads to: v4-mapped, v4-compatible, NAT64 (64:ff9b::/96) and 6to4 (2002::/16).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let from = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] => from(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => from(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => from(high, low),
        [0x2002, high, low, ..] => from(high, low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for (address, public) in [
            ("203.0.113.7", true),
            ("100.63.0.1", true),
            ("172.32.0.1", true),
            ("2001:db8::1", true),
            ("::ffff:203.0.113.7", true),
            ("127.0.0.1", false),
            ("10.1.2.3", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
            ("198.19.0.1", false),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fd00::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("::ffff:10.0.0.1", false),
            ("::127.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("2002:7f00:1::", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn private_addresses_are_left_out_and_alone_refused() {
        let private: SocketAddr = "10.0.0.1:443".parse().unwrap();
        let public: SocketAddr = "203.0.113.7:443".parse().unwrap();
        let policy = AddressPolicy::PublicOnly;
        assert_eq!(policy.filter(vec![private, public]), Ok(vec![public]));
        assert_eq!(policy.filter(vec![private]), Err(Some(private.ip())));
        assert_eq!(AddressPolicy::Any.filter(vec![private]), Ok(vec![private]));
    }
}
