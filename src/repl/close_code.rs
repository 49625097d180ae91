//! What the codes of a Close mean (RFC 6455, section 7.4.1, and IANA's registry).

/// A close code in words; `None` is a Close without one.
pub fn words(code: Option<u16>) -> &'static str {
    match code {
        None | Some(1005) => "no code",
        Some(1000) => "normal closure",
        Some(1001) => "going away",
        Some(1002) => "protocol error",
        Some(1003) => "unsupported data",
        Some(1006) => "abnormal closure",
        Some(1007) => "invalid payload data",
        Some(1008) => "policy violation",
        Some(1009) => "message too big",
        Some(1010) => "extension missing",
        Some(1011) => "internal error",
        Some(1012) => "service restart",
        Some(1013) => "try again later",
        Some(1014) => "bad gateway",
        Some(1015) => "TLS handshake failed",
        Some(3000) => "unauthorized",
        Some(3003) => "forbidden",
        Some(3008) => "timeout",
        Some(1004 | 1016..=2999) => "reserved",
        Some(3001..=3999) => "registered by a library or framework",
        Some(4000..=4999) => "private use",
        Some(_) => "not a close code",
    }
}

/// Whether an endpoint may send the code.
pub(super) fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_and_only_those_of_the_documents_are_sent() {
        for (code, said, sent) in [
            (0, "not a close code", false),
            (1000, "normal closure", true),
            (1004, "reserved", false),
            (1006, "abnormal closure", false),
            (1014, "bad gateway", true),
            (1015, "TLS handshake failed", false),
            (2999, "reserved", false),
            (3000, "unauthorized", true),
            (3500, "registered by a library or framework", true),
            (4999, "private use", true),
            (5000, "not a close code", false),
        ] {
            assert_eq!((words(Some(code)), may_be_sent(code)), (said, sent), "{code}");
        }
        assert_eq!(words(None), "no code");
    }
}
