//! TLS for what is accepted: a certificate that is given, or one of this machine's own authority.
//!
//! The authority is made once and kept in a folder; its certificate is what the other side trusts (`--cacert`). Its key
//! is readable by its owner only. Certificates for servers are made for one run, and not kept.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};

use crate::identity::{create_private_folder, write_private};

/// The protocols that are offered, the preferred one first.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The files of an authority: its certificate, which clients trust, and its private key.
const CERTIFICATE: &str = "ca.pem";
const KEY: &str = "ca.key";

/// How many days a server's certificate is valid: what the strictest clients take.
const SERVER_DAYS: i64 = 397;

/// How many days the authority is valid.
const AUTHORITY_DAYS: i64 = 3_650;

/// How many days back a certificate begins, for clocks that are behind.
const BEFORE: i64 = 1;

/// Why TLS cannot be offered.
#[derive(Debug)]
pub enum ServerTlsError {
    /// A file cannot be read or written.
    Io(PathBuf, io::Error),
    /// A file has no certificate in PEM.
    NoCertificate(PathBuf),
    /// A file has no private key in PEM.
    NoKey(PathBuf),
    /// The certificate and the key cannot be used, or not together.
    Unusable(String),
    /// The kept authority is damaged.
    Authority(PathBuf, String),
}

impl fmt::Display for ServerTlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServerTlsError::Io(path, _) => write!(f, "cannot use {}", path.display()),
            ServerTlsError::NoCertificate(path) => write!(f, "{} has no certificate in PEM", path.display()),
            ServerTlsError::NoKey(path) => write!(f, "{} has no private key in PEM", path.display()),
            ServerTlsError::Unusable(why) => {
                write!(f, "the certificate and its key cannot be used: {why}")
            }
            ServerTlsError::Authority(path, why) => {
                write!(f, "the local authority in {} cannot be used: {why}", path.display())
            }
        }
    }
}

impl std::error::Error for ServerTlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServerTlsError::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

impl ServerTlsError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            ServerTlsError::NoCertificate(_) => {
                Some("--cert takes the server's certificate, and those between it and its authority, in PEM")
            }
            ServerTlsError::NoKey(_) => Some(
                "--key-file takes the certificate's private key in PEM; --key is the instance's signing key",
            ),
            ServerTlsError::Unusable(_) => Some("do the certificate and the key belong together?"),
            ServerTlsError::Authority(..) => {
                Some("remove the folder, and a new one is made; clients have to trust it anew")
            }
            ServerTlsError::Io(..) => None,
        }
    }
}

/// TLS with a certificate chain and a key from files in PEM.
///
/// # Errors
/// When a file cannot be read, or the two cannot be used together.
pub fn from_files(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, ServerTlsError> {
    let read = |path: &Path| fs::read(path).map_err(|error| ServerTlsError::Io(path.to_owned(), error));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|_| ServerTlsError::NoCertificate(certificate.to_owned()))?;
    if chain.is_empty() {
        return Err(ServerTlsError::NoCertificate(certificate.to_owned()));
    }
    let key =
        PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| ServerTlsError::NoKey(key.to_owned()))?;
    config(chain, key)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, ServerTlsError> {
    let unusable = |error: rustls::Error| ServerTlsError::Unusable(error.to_string());
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = ALPN.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

/// An authority of this machine's own.
#[derive(Debug)]
pub struct Authority {
    certificate: PathBuf,
    pem: String,
    key: KeyPair,
}

impl Authority {
    /// The authority that is kept in `folder`; made there when there is none. `now` is Unix seconds. Of several processes
    /// that find none at the same time, one makes it, and the others take that one.
    ///
    /// # Errors
    /// When the folder cannot be used, or what is in it is damaged.
    pub fn in_folder(folder: &Path, now: i64) -> Result<Self, ServerTlsError> {
        if !folder.join(KEY).exists() {
            Authority::make(folder, now)?;
        }
        Authority::read(folder)
    }

    fn read(folder: &Path) -> Result<Self, ServerTlsError> {
        let damaged = |why: String| ServerTlsError::Authority(folder.to_owned(), why);
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => damaged(format!("{name} is missing")),
                _ => ServerTlsError::Io(path, error),
            })
        };
        let key = KeyPair::from_pem(&text(KEY)?).map_err(|error| damaged(error.to_string()))?;
        let pem = text(CERTIFICATE)?;
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| damaged(format!("{CERTIFICATE} has no certificate in PEM")))?;
        // The certificate of another key would be trusted in vain.
        if memchr::memmem::find(&certificate, key.public_key_raw()).is_none() {
            return Err(damaged(format!("{CERTIFICATE} is not the certificate of {KEY}")));
        }
        Ok(Authority { certificate: folder.join(CERTIFICATE), pem, key })
    }

    fn make(folder: &Path, now: i64) -> Result<(), ServerTlsError> {
        let damaged = |error: rcgen::Error| ServerTlsError::Authority(folder.to_owned(), error.to_string());
        let failed = |error: io::Error| ServerTlsError::Io(folder.to_owned(), error);
        let key = KeyPair::generate().map_err(damaged)?;
        let mut params = authority_params(&key);
        set_validity(&mut params, now, AUTHORITY_DAYS);
        let pem = params.self_signed(&key).map_err(damaged)?.pem();
        let above = folder.parent().unwrap_or(Path::new("."));
        create_private_folder(above).map_err(failed)?;
        // Both files appear at once: another process never sees one without the other, nor the halves of two.
        let made = tempfile::Builder::new().prefix("authority-").tempdir_in(above).map_err(failed)?;
        for (name, text) in [(CERTIFICATE, &pem), (KEY, &key.serialize_pem())] {
            write_private(&made.path().join(name), text.as_bytes(), false).map_err(failed)?;
        }
        match fs::rename(made.path(), folder) {
            // It goes by its new name now: there is nothing to remove.
            Ok(()) => drop(made.keep()),
            // Another process was faster, or what is there is damaged, which reading it tells.
            Err(_) if folder.exists() => {}
            Err(error) => return Err(failed(error)),
        }
        Ok(())
    }

    /// The file with the authority's certificate: what clients are told to trust.
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// TLS with a fresh certificate for these names and addresses. `now` is Unix seconds.
    ///
    /// # Errors
    /// When one of them cannot stand in a certificate.
    pub fn issue(&self, names: &[String], now: i64) -> Result<Arc<ServerConfig>, ServerTlsError> {
        let unusable = |error: rcgen::Error| ServerTlsError::Unusable(error.to_string());
        let authority = authority_params(&self.key);
        let issuer = Issuer::from_params(&authority, &self.key);
        let key = KeyPair::generate().map_err(unusable)?;
        let mut params = CertificateParams::new(names).map_err(unusable)?;
        params.distinguished_name = DistinguishedName::new();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        set_validity(&mut params, now, SERVER_DAYS);
        let certificate = params.signed_by(&key, &issuer).map_err(unusable)?;
        let chain = CertificateDer::pem_slice_iter(self.pem.as_bytes()).filter_map(Result::ok);
        let chain = std::iter::once(certificate.der().clone()).chain(chain).collect();
        let key = PrivateKeyDer::try_from(key.serialize_der())
            .map_err(|error| ServerTlsError::Unusable(error.to_owned()))?;
        config(chain, key)
    }
}

/// What an authority's certificate says, but for its time. The name has the key in it: an authority that is made anew is
/// then another one, and not the old one with a wrong signature.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let digest = Sha256::digest(key.public_key_raw());
    let short: String = digest[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("versia-cli local authority {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn set_validity(params: &mut CertificateParams, now: i64, days: i64) {
    const DAY: i64 = 86_400;
    let day = |moment: i64| {
        let timestamp = Timestamp::from_second(moment).unwrap_or_default();
        let date: Date = timestamp.to_zoned(TimeZone::UTC).date();
        let month = u8::try_from(date.month()).unwrap_or(1);
        let day = u8::try_from(date.day()).unwrap_or(1);
        date_time_ymd(date.year().into(), month, day)
    };
    params.not_before = day(now - BEFORE * DAY);
    params.not_after = day(now + days * DAY);
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    #[test]
    fn an_authority_is_made_once_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("authority");
        let first = Authority::in_folder(&home, NOW).unwrap();
        let again = Authority::in_folder(&home, NOW + 5).unwrap();
        assert_eq!(first.pem, again.pem);
        again.issue(&["b.example".into(), "127.0.0.1".into(), "::1".into()], NOW).unwrap();
        assert!(again.issue(&["no name\n".into(), "é".into()], NOW).is_err());
    }

    #[test]
    fn of_authorities_that_are_made_at_the_same_time_one_stays_and_all_take_it() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("authority");
        let made: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..8).map(|_| scope.spawn(|| Authority::in_folder(&home, NOW).unwrap())).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let kept = fs::read_to_string(home.join("ca.pem")).unwrap();
        for authority in made {
            assert_eq!(authority.pem, kept);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_damaged_authority_and_files_without_pem_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("ca.key"), "rubbish").unwrap();
        fs::write(path("ca.pem"), "rubbish").unwrap();
        assert!(matches!(Authority::in_folder(folder.path(), NOW), Err(ServerTlsError::Authority(..))));
        let [one, other] = ["one", "other"].map(path);
        for folder in [&one, &other] {
            Authority::in_folder(folder, NOW).unwrap();
        }
        fs::copy(other.join("ca.pem"), one.join("ca.pem")).unwrap();
        let why = Authority::in_folder(&one, NOW).unwrap_err().to_string();
        assert!(why.ends_with("ca.pem is not the certificate of ca.key"), "{why}");
        fs::remove_file(one.join("ca.pem")).unwrap();
        assert!(Authority::in_folder(&one, NOW).unwrap_err().to_string().ends_with("ca.pem is missing"));
        fs::remove_file(other.join("ca.key")).unwrap();
        assert!(Authority::in_folder(&other, NOW).unwrap_err().to_string().ends_with("ca.key is missing"));
        let no_certificate = from_files(&path("ca.pem"), &path("ca.key"));
        assert!(matches!(no_certificate, Err(ServerTlsError::NoCertificate(_))));
        assert!(matches!(from_files(&path("none"), &path("ca.key")), Err(ServerTlsError::Io(..))));
    }
}
