//! For tests: one connection on loopback, with TLS or without, to a server in the same process.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertificateParams, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use super::deadline::Deadline;
use super::dialer::Dialer;
use super::options::{CaCertificates, NetworkOptions};
use super::stream::Stream;
use super::url::Origin;

/// Options with a limit that no test should come near.
pub(super) fn options() -> NetworkOptions {
    NetworkOptions { timeout: Duration::from_secs(20), ..NetworkOptions::default() }
}

/// A certificate for `localhost` that is its own authority: how to accept with it, and whom to trust for it.
pub(super) fn tls() -> (TlsAcceptor, NetworkOptions) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::ExplicitNoCa;
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let cacert = Some(CaCertificates::Pem(certificate.pem().into_bytes()));
    (TlsAcceptor::from(Arc::new(config)), NetworkOptions { cacert, ..options() })
}

/// Listens on a port of the system's choice, and does this with the first connection.
pub(super) async fn serve<F, T>(
    tls: bool,
    behaviour: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Origin, JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = Origin { tls, host: "localhost".to_owned(), port: listener.local_addr().unwrap().port() };
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        behaviour(stream).await
    });
    (origin, server)
}

/// A connection to such a server.
pub(super) async fn dial(options: NetworkOptions, origin: Origin) -> Stream {
    let dialled = tokio::task::spawn_blocking(move || {
        Dialer::new(options).dial(&origin, &[b"http/1.1"], Deadline::after(Duration::from_secs(20)))
    });
    dialled.await.unwrap().unwrap()
}
