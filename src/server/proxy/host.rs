//! Another `Host` in the place of the client's, where the instance wants one: the only thing that may be changed.

use super::parse::RequestHeads;

/// Sets the `Host` of each request on a connection.
#[derive(Debug)]
pub(super) struct HostSetter {
    host: String,
    heads: RequestHeads,
}

impl HostSetter {
    pub(super) fn new(host: &str) -> Self {
        HostSetter { host: host.to_owned(), heads: RequestHeads::default() }
    }

    /// The same bytes with another `Host`. What is not whole of a head comes out with its rest. Nothing is changed once the
    /// connection has switched to another protocol, or cannot be followed.
    pub(super) fn set(&mut self, bytes: &[u8], has_switched: bool) -> Vec<u8> {
        if has_switched {
            return [self.heads.give_up(), bytes.to_vec()].concat();
        }
        let mut out = Vec::with_capacity(bytes.len() + self.host.len());
        self.heads.split(bytes, |part, is_head| {
            if is_head { with_host(part, &self.host, &mut out) } else { out.extend_from_slice(part) }
        });
        out
    }
}

/// Writes a head with another `Host`; one that has none has it first.
fn with_host(head: &[u8], host: &str, out: &mut Vec<u8>) {
    // Blank lines before a request are no part of it.
    let blank = head.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let (blank, head) = head.split_at(blank);
    out.extend_from_slice(blank);
    let is_host = |line: &[u8]| line.len() >= 5 && line[..5].eq_ignore_ascii_case(b"host:");
    let mut lines = head.split_inclusive(|byte| *byte == b'\n');
    let mut written = false;
    let set = |out: &mut Vec<u8>| {
        for part in ["Host: ", host, "\r\n"] {
            out.extend_from_slice(part.as_bytes());
        }
    };
    out.extend_from_slice(lines.next().unwrap_or_default());
    if !head.split_inclusive(|byte| *byte == b'\n').any(is_host) {
        set(out);
    }
    for line in lines {
        match is_host(line) {
            true if written => {}
            true => {
                set(out);
                written = true;
            }
            false => out.extend_from_slice(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: &str = "\r\nPOST /a HTTP/1.1\r\nX: y\r\nhost: a.example\r\nContent-Length: 20\r\n\r\nHost: within the bodyGET / HTTP/1.1\r\n\r\nno HTTP\r\n\r\nHost: x\r\n";
    const SET: &str = "\r\nPOST /a HTTP/1.1\r\nX: y\r\nHost: b\r\nContent-Length: 20\r\n\r\nHost: within the bodyGET / HTTP/1.1\r\nHost: b\r\n\r\nno HTTP\r\n\r\nHost: x\r\n";

    #[test]
    fn only_the_host_is_changed_however_the_bytes_come() {
        for piece in [1, 2, 5, 17, 1_000] {
            let mut setter = HostSetter::new("b");
            let out: Vec<u8> =
                ASKED.as_bytes().chunks(piece).flat_map(|piece| setter.set(piece, false)).collect();
            assert_eq!(String::from_utf8_lossy(&out), SET, "{piece}");
        }
    }

    #[test]
    fn nothing_is_changed_behind_a_switch() {
        let mut setter = HostSetter::new("b");
        let asked = b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nHost: a\r\n\r\n";
        assert!(setter.set(asked, false).ends_with(b"Host: b\r\n\r\n"));
        assert_eq!(
            setter.set(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true),
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        );
    }
}
