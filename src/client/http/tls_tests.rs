//! Exchanges over TLS, where a connection can end in more ways.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::client::dial_error::DialCause;
use crate::client::stream::{Stream, Waiting};
use crate::client::tls::TlsProblem;
use crate::client::{CaCertificates, HttpUrl};

/// An authority that is called as every other one here.
struct Authority(CertificateParams, KeyPair);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of the tests");
        Authority(params, key)
    }

    fn pem(&self) -> String {
        self.0.self_signed(&self.1).unwrap().pem()
    }

    /// Starts a server with a certificate of this authority's for `b.example`; gives its port.
    fn serve(&self, mut handle: impl FnMut(&mut TlsStream) + Send + 'static) -> u16 {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["b.example".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &Issuer::from_params(&self.0, &self.1)).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                handle(&mut StreamOwned::new(connection, stream));
            }
        });
        port
    }

    fn client(&self, port: u16) -> Http {
        Http::new(Dialer::new(NetworkOptions {
            cacert: Some(CaCertificates::Pem(self.pem().into_bytes())),
            resolve: vec![format!("b.example:443:127.0.0.1:{port}").parse().unwrap()],
            ..NetworkOptions::default()
        }))
    }
}

type TlsStream = StreamOwned<ServerConnection, TcpStream>;

fn read_head(stream: &mut TlsStream) -> bool {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return false,
        }
    }
    true
}

fn close(stream: &mut TlsStream) {
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

fn request(method: &str, body: impl Into<Vec<u8>>) -> HttpRequest {
    let url = HttpUrl::parse("https://b.example/x").unwrap();
    HttpRequest { method: method.into(), url, headers: Headers::new(), body: body.into() }
}

#[test]
fn a_body_without_length_ends_with_a_goodbye_only() {
    let authority = Authority::new();
    for polite in [true, false] {
        let port = authority.serve(move |stream| {
            read_head(stream);
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"half\":").unwrap();
            if polite {
                close(stream);
            }
        });
        match authority.client(port).exchange(&request("GET", "")) {
            Ok(response) => assert!(polite && response.body == b"{\"half\":"),
            Err(error) => {
                assert!(
                    !polite && matches!(error, HttpError::Closed { stage: Stage::Body, .. }),
                    "{error:?}"
                );
            }
        }
    }
}

/// Waits until something can be read at once.
fn next(stream: &mut Stream) -> Waiting {
    loop {
        match stream.waiting().unwrap() {
            Waiting::Nothing => thread::yield_now(),
            other => return other,
        }
    }
}

#[test]
fn a_connection_is_used_again() {
    let authority = Authority::new();
    let port = authority.serve(|stream| {
        while read_head(stream) {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        }
    });
    let http = authority.client(port);
    for reused in [false, true, true] {
        let response = http.exchange(&request("GET", "")).unwrap();
        assert_eq!((response.reused, response.tls), (reused, Some("1.3")));
    }
}

#[test]
fn a_goodbye_and_an_answer_are_told_from_session_tickets() {
    let authority = Authority::new();
    let port = authority.serve(|stream| {
        read_head(stream);
        stream.write_all(b"x").unwrap();
        read_head(stream);
        close(stream);
    });
    let http = authority.client(port);
    let origin = request("GET", "").url.origin().clone();
    let mut stream = http.dialer.dial(&origin, &[], Deadline::never()).unwrap();
    assert_eq!(stream.waiting().unwrap(), Waiting::Nothing);
    stream.write_all(b"\r\n\r\n").unwrap();
    assert_eq!(next(&mut stream), Waiting::Input);
    assert_eq!(stream.read(&mut [0; 8]).unwrap(), 1);
    stream.write_all(b"\r\n\r\n").unwrap();
    assert_eq!(next(&mut stream), Waiting::End);
}

#[test]
fn what_came_before_the_peer_hung_up_can_be_read_when_nothing_can_be_sent() {
    let authority = Authority::new();
    let (hang_up, wait) = std::sync::mpsc::channel::<()>();
    let (told, hung_up) = std::sync::mpsc::channel();
    let port = authority.serve(move |stream| {
        read_head(stream);
        stream.write_all(b"answer").unwrap();
        close(stream);
        wait.recv().unwrap();
        stream.sock.shutdown(std::net::Shutdown::Both).unwrap();
        told.send(()).unwrap();
    });
    let http = authority.client(port);
    let origin = request("GET", "").url.origin().clone();
    let mut stream = http.dialer.dial(&origin, &[], Deadline::never()).unwrap();
    stream.write_all(b"\r\n\r\n").unwrap();
    while stream.tcp().peek(&mut [0; 4]).unwrap() == 0 {}
    hang_up.send(()).unwrap();
    hung_up.recv().unwrap();
    while stream.write_all(b"more").is_ok() {}
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"answer");
}

#[test]
fn an_answer_during_a_large_upload_ends_it() {
    let authority = Authority::new();
    let port = authority.serve(|stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n").unwrap();
        let _ = std::io::copy(stream, &mut std::io::sink());
    });
    let response = authority.client(port).exchange(&request("POST", vec![b'x'; 64 << 20])).unwrap();
    assert_eq!(response.status, 413);
    assert!(response.bytes_sent < 64 << 20);
}

#[test]
fn an_authority_made_anew_under_its_old_name_is_an_unknown_one() {
    let (old, new) = (Authority::new(), Authority::new());
    let port = new.serve(|stream| {
        read_head(stream);
    });
    let error = old.client(port).exchange(&request("GET", "")).unwrap_err();
    let HttpError::Dial(dial) = &error else { panic!("{error:?}") };
    assert!(matches!(dial.cause, DialCause::Tls(TlsProblem::UnknownIssuer)), "{dial:?}");
    assert!(error.hint().is_some());
}

#[test]
fn the_client_says_goodbye_too() {
    let authority = Authority::new();
    let (told, ended) = std::sync::mpsc::channel();
    let port = authority.serve(move |stream| {
        read_head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        told.send(stream.read(&mut [0]).map_err(|error| error.kind())).unwrap();
    });
    authority.client(port).exchange(&request("GET", "")).unwrap();
    assert_eq!(ended.recv().unwrap(), Ok(0));
}
