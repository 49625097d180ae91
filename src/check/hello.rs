//! The beginning of a TLS handshake by hand: what a client says that speaks nothing newer than an old version, and what comes back.
//!
//! See RFC 2246 and RFC 4346, 7.4.1.2. No library offers these versions any more.

/// A version of TLS that is too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OldVersion {
    /// TLS 1.0.
    Tls10,
    /// TLS 1.1.
    Tls11,
}

/// What a server says to an old version.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// A refusal: an alert, or the end of the connection.
    Refused,
    /// It goes on with this version, such as `TLS 1.0`.
    GoesOn(&'static str),
    /// What is no TLS.
    Other,
}

/// Suites that servers of that time have: with and without forward secrecy, for either kind of key.
const SUITES: [u16; 12] =
    [0xc009, 0xc00a, 0xc013, 0xc014, 0x0033, 0x0039, 0x002f, 0x0035, 0xc008, 0xc012, 0x0016, 0x000a];

impl OldVersion {
    fn minor(self) -> u8 {
        match self {
            OldVersion::Tls10 => 1,
            OldVersion::Tls11 => 2,
        }
    }

    /// The record with the first message of a client. `host` is the name to be sent, where the host has one.
    pub(super) fn hello(self, host: Option<&str>, random: [u8; 32]) -> Vec<u8> {
        let mut body = vec![3, self.minor()];
        body.extend_from_slice(&random);
        body.push(0);
        let suites: Vec<u8> = SUITES.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        body.extend(with_length(&suites));
        // No compression.
        body.extend_from_slice(&[1, 0]);
        body.extend(with_length(&extensions(host)));
        let length = u32::try_from(body.len()).unwrap_or_default().to_be_bytes();
        let message = [&[1], &length[1..], &body].concat();
        [&[22, 3, 1][..], &with_length(&message)].concat()
    }
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or_default().to_be_bytes();
    [&length, bytes].concat()
}

fn extension(number: u16, content: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &with_length(content)].concat()
}

/// The name of the server, the curves secp256r1, secp384r1 and secp521r1, their points, and that renegotiation is safe.
fn extensions(host: Option<&str>) -> Vec<u8> {
    let mut all = Vec::new();
    if let Some(host) = host {
        let entry = [&[0][..], &with_length(host.as_bytes())].concat();
        all.extend(extension(0, &with_length(&entry)));
    }
    all.extend(extension(10, &with_length(&[0, 23, 0, 24, 0, 25])));
    all.extend(extension(11, &[1, 0]));
    all.extend(extension(0xff01, &[0]));
    all
}

/// Whether the first record is there, or what came is none.
pub(super) fn is_enough(bytes: &[u8]) -> bool {
    match bytes {
        [20..=24, 3, _, high, low, rest @ ..] => rest.len() >= usize::from(u16::from_be_bytes([*high, *low])),
        [20..=24] | [20..=24, 3, ..] | [] => false,
        _ => true,
    }
}

/// What a server's first bytes say.
pub(super) fn greeting(bytes: &[u8]) -> Greeting {
    match bytes {
        [] | [21, 3, ..] => Greeting::Refused,
        [22, 3, _, _, _, 2, _, _, _, 3, minor, ..] => Greeting::GoesOn(match minor {
            0 => "SSL 3.0",
            1 => "TLS 1.0",
            2 => "TLS 1.1",
            _ => "TLS 1.2, which was not offered",
        }),
        _ => Greeting::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lengths within it fit, which the server of a TLS library says as well: it reads the message, and refuses the version.
    #[test]
    fn a_library_understands_the_message_and_refuses_its_version() {
        for version in [OldVersion::Tls10, OldVersion::Tls11] {
            let hello = version.hello(Some("b.example"), [7; 32]);
            let mut acceptor = rustls::server::Acceptor::default();
            acceptor.read_tls(&mut hello.as_slice()).unwrap();
            let Err((error, mut alert)) = acceptor.accept() else { panic!("it is accepted") };
            assert!(!matches!(error, rustls::Error::InvalidMessage(_)), "{error}");
            let mut refusal = Vec::new();
            alert.write_all(&mut refusal).unwrap();
            assert!(is_enough(&refusal), "{refusal:?}");
            assert_eq!(greeting(&refusal), Greeting::Refused);
        }
    }

    #[test]
    fn what_a_server_says_is_told_apart() {
        let hello = [22, 3, 1, 0, 6, 2, 0, 0, 2, 3, 1];
        assert_eq!(greeting(&hello), Greeting::GoesOn("TLS 1.0"));
        assert!(is_enough(&hello) && !is_enough(&hello[..10]) && !is_enough(&hello[..1]));
        assert_eq!(greeting(b""), Greeting::Refused);
        assert_eq!(greeting(b"HTTP/1.1 400"), Greeting::Other);
        assert!(is_enough(b"HTTP") && !is_enough(b""));
    }
}
