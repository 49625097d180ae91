//! Small servers on loopback that behave, or misbehave, in one way each.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rcgen::{CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does with a connection once it has read the request's head.
pub type Behaviour = fn(&mut dyn Write);

/// Starts a server on a port of the system's choice; it lives as long as the test.
pub fn serve(behaviour: Behaviour) -> u16 {
    accept(move |mut stream| {
        read_head(&mut stream);
        behaviour(&mut stream);
    })
}

/// Starts a server that takes connections and never answers.
pub fn serve_nothing() -> u16 {
    accept(|mut stream| {
        // Until the client gives up.
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

/// Starts a TLS server with this certificate.
pub fn serve_tls(certificate: &Certificate, behaviour: Behaviour) -> u16 {
    serve_tls_with(certificate, &[], behaviour)
}

/// The same with the application protocols that it chooses from.
pub fn serve_tls_with(certificate: &Certificate, protocols: &[&[u8]], behaviour: Behaviour) -> u16 {
    serve_tls_of(certificate, rustls::DEFAULT_VERSIONS, protocols, behaviour)
}

/// The same in these versions.
pub fn serve_tls_of(
    certificate: &Certificate,
    versions: &[&'static rustls::SupportedProtocolVersion],
    protocols: &[&[u8]],
    behaviour: Behaviour,
) -> u16 {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(certificate.key.clone()).unwrap();
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate.der.clone())], key)
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let config = Arc::new(config);
    accept(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        if read_head(&mut stream) {
            behaviour(&mut stream);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    })
}

fn accept(mut handle: impl FnMut(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            handle(stream);
        }
    });
    port
}

/// Reads to the empty line; false when the connection ends before.
fn read_head(stream: &mut impl Read) -> bool {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}

/// A port on which nothing listens.
pub fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An authority of the test's own, and what it issued.
pub struct Authority {
    params: CertificateParams,
    key: KeyPair,
    /// Its certificate in PEM.
    pub pem: String,
}

/// A certificate with its key, in DER.
pub struct Certificate {
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// The certificate and the key in PEM.
    pub fn pem(&self) -> (String, String) {
        let pem = |label: &str, der: &[u8]| {
            let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
            let lines: Vec<_> =
                text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
        };
        (pem("CERTIFICATE", &self.der), pem("PRIVATE KEY", &self.key))
    }
}

impl Authority {
    /// A new authority.
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { params, key, pem }
    }

    /// A certificate for a name; expired long ago when asked for.
    pub fn issue(&self, name: &str, expired: bool) -> Certificate {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if expired {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        self.issue_by(&params)
    }

    /// A certificate for a name that is valid until then, in Unix seconds.
    pub fn issue_until(&self, name: &str, end: i64) -> Certificate {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(end.cast_unsigned());
        self.issue_by(&params)
    }

    fn issue_by(&self, params: &CertificateParams) -> Certificate {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.params, &self.key);
        let certificate = params.signed_by(&key, &issuer).unwrap();
        Certificate { der: certificate.der().to_vec(), key: key.serialize_der() }
    }
}
