//! TLS for outgoing connections: whom to trust, and what a failed handshake means.
//!
//! The machine's own authorities are used, so that a company's or a laboratory's authority counts as it does for other
//! programs; where a machine has none (a bare container), Mozilla's list that is compiled in stands in. Either is read
//! only when a handshake needs it.

use std::fmt;
use std::fs;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, InvalidMessage, RootCertStore, SignatureScheme,
};

use super::options::{CaCertificates, NetworkOptions};

/// Makes the configuration of a handshake; the trusted authorities are read once, at the first need.
pub struct TlsClient {
    cacert: Option<CaCertificates>,
    insecure: bool,
    base: OnceLock<Result<ClientConfig, TrustError>>,
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient")
            .field("cacert", &self.cacert)
            .field("insecure", &self.insecure)
            .finish_non_exhaustive()
    }
}

impl TlsClient {
    /// TLS as the options have it. Reads nothing yet.
    pub fn new(options: &NetworkOptions) -> Self {
        TlsClient { cacert: options.cacert.clone(), insecure: options.insecure, base: OnceLock::new() }
    }

    /// The configuration for a handshake that offers the protocols of `alpn`, the preferred one first.
    ///
    /// # Errors
    /// When the trusted authorities cannot be had.
    pub fn config(&self, alpn: &[&[u8]]) -> Result<Arc<ClientConfig>, TrustError> {
        let mut config = self.base.get_or_init(|| self.build()).clone()?;
        config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Arc::new(config))
    }

    fn build(&self) -> Result<ClientConfig, TrustError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TrustError::Library(error.to_string()))?;
        let config = if self.insecure {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
                .with_no_client_auth()
        } else {
            builder.with_root_certificates(self.authorities()?).with_no_client_auth()
        };
        Ok(config)
    }

    fn authorities(&self) -> Result<RootCertStore, TrustError> {
        match &self.cacert {
            Some(CaCertificates::Pem(pem)) => read_authorities(pem),
            Some(CaCertificates::File(path)) => {
                let pem = fs::read(path).map_err(|error| TrustError::Unreadable {
                    file: path.display().to_string(),
                    cause: error.to_string(),
                })?;
                read_authorities(&pem)
            }
            None => Ok(machine_authorities()),
        }
    }
}

fn machine_authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    // Single unreadable certificates are common in such stores, and no reason to trust none.
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

fn read_authorities(pem: &[u8]) -> Result<RootCertStore, TrustError> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|_| TrustError::Damaged)?;
        store.add(certificate).map_err(|_| TrustError::Damaged)?;
    }
    if store.is_empty() { Err(TrustError::NoCertificates) } else { Ok(store) }
}

/// Why the trusted authorities cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustError {
    /// The file cannot be read.
    Unreadable {
        /// The file.
        file: String,
        /// Why.
        cause: String,
    },
    /// There is no certificate in it.
    NoCertificates,
    /// A certificate in it is damaged.
    Damaged,
    /// The library refuses its own settings.
    Library(String),
}

impl fmt::Display for TrustError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TrustError::Unreadable { file, cause } => {
                write!(f, "the file of trusted certificates {file} cannot be read: {cause}")
            }
            TrustError::NoCertificates => {
                f.write_str("the file of trusted certificates has no certificate in PEM")
            }
            TrustError::Damaged => {
                f.write_str("a certificate in the file of trusted certificates is damaged")
            }
            TrustError::Library(cause) => write!(f, "TLS cannot be set up: {cause}"),
        }
    }
}

/// Takes any certificate, but still checks that the peer holds its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Why a handshake failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsProblem {
    /// The certificate's time is over, since then (Unix seconds) where that is known.
    Expired(Option<u64>),
    /// The certificate's time has not begun, until then (Unix seconds) where that is known.
    NotYetValid(Option<u64>),
    /// The certificate is for other names: these.
    OtherName(Vec<String>),
    /// No trusted authority stands behind the certificate.
    UnknownIssuer,
    /// The server's own certificate is marked as an authority's.
    AuthorityAsServer,
    /// The certificate cannot be used for another reason.
    BadCertificate(String),
    /// What came is not TLS; whether it is an HTTP answer.
    NotTls {
        /// Whether it begins like an HTTP/1 response.
        http: bool,
    },
    /// The server refused the handshake with this alert.
    Refused(String),
    /// The handshake went wrong on this side.
    Failed(String),
}

impl TlsProblem {
    /// What an error of the library means. `opening` is how the peer's bytes began.
    pub fn of(error: &rustls::Error, opening: &[u8]) -> Self {
        match error {
            rustls::Error::InvalidCertificate(error) => certificate_problem(error),
            rustls::Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge,
            ) if !is_tls_record(opening) => TlsProblem::NotTls { http: opening.starts_with(b"HTTP/") },
            rustls::Error::AlertReceived(alert) => TlsProblem::Refused(describe_alert(*alert)),
            other => TlsProblem::Failed(other.to_string()),
        }
    }
}

/// Whether bytes begin like a TLS record: a content type from 20 to 24, then the version's first byte, 3.
fn is_tls_record(opening: &[u8]) -> bool {
    matches!(opening, [20..=24, 3, ..])
}

fn certificate_problem(error: &CertificateError) -> TlsProblem {
    match error {
        CertificateError::Expired => TlsProblem::Expired(None),
        CertificateError::ExpiredContext { not_after, .. } => TlsProblem::Expired(Some(not_after.as_secs())),
        CertificateError::NotValidYet => TlsProblem::NotYetValid(None),
        CertificateError::NotValidYetContext { not_before, .. } => {
            TlsProblem::NotYetValid(Some(not_before.as_secs()))
        }
        CertificateError::NotValidForName => TlsProblem::OtherName(Vec::new()),
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsProblem::OtherName(presented.iter().map(|name| plain_name(name)).collect())
        }
        // An authority of the trusted one's name, but with another key, or another kind of key: one that was made anew.
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            TlsProblem::UnknownIssuer
        }
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            TlsProblem::AuthorityAsServer
        }
        other => TlsProblem::BadCertificate(why_unusable(other).to_owned()),
    }
}

/// Why a certificate cannot be used; the library would show its own names and the bytes of its parts.
fn why_unusable(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::BadEncoding => "it is damaged",
        CertificateError::Revoked => "it was revoked",
        CertificateError::UnhandledCriticalExtension => "it has a critical extension that is not known here",
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            "it is signed by an algorithm that is not taken, such as SHA-1"
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "it is not meant for servers (extended key usage)"
        }
        _ => "the TLS library does not take it",
    }
}

/// The library shows names as `DnsName("a.example")` and `IpAddress(10.0.0.1)`.
fn plain_name(shown: &str) -> String {
    let inner = shown.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(shown).trim_matches('"').to_owned()
}

fn describe_alert(alert: rustls::AlertDescription) -> String {
    use rustls::AlertDescription;
    match alert {
        AlertDescription::ProtocolVersion => "it speaks neither TLS 1.2 nor 1.3".to_owned(),
        AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity => {
            "no common cipher suite, key exchange or certificate type".to_owned()
        }
        AlertDescription::UnrecognisedName => "it does not serve that name".to_owned(),
        AlertDescription::NoApplicationProtocol => "no common application protocol (ALPN)".to_owned(),
        AlertDescription::CertificateRequired => "it asks for a client certificate".to_owned(),
        other => format!("alert {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_without_the_library_s_wrapping() {
        assert_eq!(plain_name("DnsName(\"a.example\")"), "a.example");
        assert_eq!(plain_name("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(plain_name("DirectoryName"), "DirectoryName");
    }

    #[test]
    fn files_without_a_certificate_are_named() {
        assert_eq!(read_authorities(b"").unwrap_err(), TrustError::NoCertificates);
        assert_eq!(
            read_authorities(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap_err(),
            TrustError::Damaged
        );
        let client = TlsClient::new(&NetworkOptions {
            cacert: Some(CaCertificates::File("/does/not/exist.pem".into())),
            ..NetworkOptions::default()
        });
        let error = client.config(&[]).unwrap_err();
        assert!(error.to_string().contains("/does/not/exist.pem"), "{error}");
    }

    #[test]
    fn why_a_certificate_cannot_be_used_is_said_in_words() {
        let other_kind = CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            signature_algorithm_id: vec![6, 8, 42],
            public_key_algorithm_id: vec![6, 7, 42],
        };
        assert_eq!(certificate_problem(&other_kind), TlsProblem::UnknownIssuer);
        let sha1 = CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id: vec![6, 9, 42],
            supported_algorithms: Vec::new(),
        };
        let rest = [CertificateError::BadEncoding, CertificateError::InvalidOcspResponse, sha1];
        for error in rest {
            let TlsProblem::BadCertificate(why) = certificate_problem(&error) else { panic!("{error:?}") };
            assert!(why.starts_with("it ") || why.starts_with("the "), "{why}");
            assert!(!why.contains(['[', '{', ':']), "{why}");
        }
    }

    #[test]
    fn a_machine_without_authorities_still_has_some() {
        assert!(!machine_authorities().is_empty());
    }

    #[test]
    fn only_ring_is_compiled_in() {
        let lock = include_str!("../../Cargo.lock");
        assert!(!lock.contains("name = \"aws-lc"));
        assert!(!lock.contains("name = \"openssl-sys\""));
    }
}
