//! What a server's certificate says: whose it is, who made it, and how long it is valid.

use std::net::IpAddr;

use serde::Serialize;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// A certificate, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The names that it is for: of hosts, and addresses.
    pub names: Vec<String>,
    /// Whose it is.
    pub subject: String,
    /// Who made it.
    pub issuer: String,
    /// Whether it was made by its own subject.
    pub self_issued: bool,
    /// From when on it is valid: RFC 3339.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// How many whole days are left; negative when they are over.
    pub days_left: i64,
    /// The SHA-256 of it, in hex.
    pub sha256: String,
    /// How many certificates came, with this one.
    pub chain: usize,
}

/// Reads the first of the certificates of a handshake; `None` when it cannot be read. `now` is Unix seconds.
pub(super) fn read(chain: &[Vec<u8>], now: i64) -> Option<Certificate> {
    let der = chain.first()?;
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.iter().filter_map(name).collect());
    let validity = certificate.validity();
    let end = validity.not_after.timestamp();
    Some(Certificate {
        names: names.unwrap_or_default(),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        not_before: moment(validity.not_before.timestamp()),
        not_after: moment(end),
        days_left: end.saturating_sub(now).div_euclid(86_400),
        sha256: Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect(),
        chain: chain.len(),
    })
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|it| IpAddr::from(it).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|it| IpAddr::from(it).to_string()),
        },
        _ => None,
    }
}

fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|moment| moment.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn names_issuer_and_validity_are_read() {
        let key = KeyPair::generate().unwrap();
        let names = ["b.example".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, "b's own");
        params.not_before = date_time_ymd(2025, 1, 1);
        params.not_after = date_time_ymd(2025, 2, 1);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        // Noon of the second day before the end, and of the first behind it.
        let end = 1_738_368_000;
        let certificate = read(&[der.clone(), Vec::new()], end - 36 * 3_600).unwrap();
        assert_eq!(certificate.names, ["b.example", "127.0.0.1", "::1"]);
        assert!(certificate.issuer.contains("b's own") && certificate.self_issued, "{certificate:?}");
        assert_eq!(certificate.not_before, "2025-01-01T00:00:00Z");
        assert_eq!(certificate.not_after, "2025-02-01T00:00:00Z");
        assert_eq!((certificate.days_left, certificate.chain, certificate.sha256.len()), (1, 2, 64));
        assert_eq!(read(&[der], end + 3_600).unwrap().days_left, -1);
        assert_eq!(read(&[b"junk".to_vec()], end), None);
        assert_eq!(read(&[], end), None);
    }
}
