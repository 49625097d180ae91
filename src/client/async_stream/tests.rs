use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::super::loopback::{dial, options, serve, tls};
use super::*;

/// Connects over TLS to a server that does this with the connection.
async fn secured<F, T>(
    behaviour: impl FnOnce(TlsAcceptor, TcpStream) -> F + Send + 'static,
) -> (AsyncStream, tokio::task::JoinHandle<T>)
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let (acceptor, options) = tls();
    let (origin, server) = serve(true, move |stream| behaviour(acceptor, stream)).await;
    (AsyncStream::new(dial(options, origin).await).unwrap(), server)
}

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[test]
fn it_can_be_moved_to_another_thread() {
    fn check<T: Send + Unpin>() {}
    check::<AsyncStream>();
}

#[tokio::test]
async fn plain_bytes_pass_both_ways_and_are_counted() {
    let (origin, server) = serve(false, |mut stream| async move {
        let mut got = vec![0; 300_000];
        stream.read_exact(&mut got).await.unwrap();
        stream.write_all(&got).await.unwrap();
    })
    .await;
    let mut stream = AsyncStream::new(dial(options(), origin).await).unwrap();
    assert!(stream.tls().is_none());
    let sent = bytes(300_000);
    stream.write_all(&sent).await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(stream.written(), 300_000);
    let mut got = Vec::new();
    stream.read_to_end(&mut got).await.unwrap();
    assert!(got == sent);
    server.await.unwrap();
}

#[tokio::test]
async fn bytes_pass_over_tls_both_ways_at_once() {
    const LENGTH: usize = 4 << 20;
    let (stream, server) = secured(|acceptor, stream| async move {
        let (mut reader, mut writer) = tokio::io::split(acceptor.accept(stream).await.unwrap());
        tokio::io::copy(&mut reader, &mut writer).await.unwrap();
        writer.shutdown().await.unwrap();
    })
    .await;
    let details = stream.tls().unwrap();
    assert_eq!((details.version, details.certificates.len()), ("1.3", 1));
    assert!(stream.timings().tls.is_some());
    let (mut reader, mut writer) = tokio::io::split(stream);
    let sending = tokio::spawn(async move {
        writer.write_all(&bytes(LENGTH)).await.unwrap();
        writer.shutdown().await.unwrap();
    });
    let mut got = Vec::new();
    reader.read_to_end(&mut got).await.unwrap();
    assert!(got == bytes(LENGTH));
    sending.await.unwrap();
    server.await.unwrap();
}

#[tokio::test]
async fn what_the_dialer_has_read_already_is_not_lost() {
    let (acceptor, options) = tls();
    let (origin, server) = serve(true, move |stream| async move {
        let mut stream = acceptor.accept(stream).await.unwrap();
        stream.write_all(b"early").await.unwrap();
        stream.flush().await.unwrap();
        // Only when the client has read it may the connection end.
        assert_eq!(stream.read_u8().await.unwrap(), b'!');
        stream.shutdown().await.unwrap();
    })
    .await;
    let blocking = dial(options, origin).await;
    // One byte is taken the blocking way; the rest of the record lies in the TLS connection by then.
    let (first, blocking) = tokio::task::spawn_blocking(move || {
        let (mut first, mut blocking) = ([0], blocking);
        blocking.read_exact(&mut first).unwrap();
        (first, blocking)
    })
    .await
    .unwrap();
    let mut stream = AsyncStream::new(blocking).unwrap();
    let mut rest = [0; 4];
    stream.read_exact(&mut rest).await.unwrap();
    assert_eq!((first, rest), (*b"e", *b"arly"));
    stream.write_all(b"!").await.unwrap();
    stream.flush().await.unwrap();
    assert_eq!(stream.read(&mut rest).await.unwrap(), 0);
    server.await.unwrap();
}

#[tokio::test]
async fn an_end_without_goodbye_is_unexpected() {
    let (mut stream, server) = secured(|acceptor, stream| async move {
        let mut stream = acceptor.accept(stream).await.unwrap();
        stream.write_all(b"cut").await.unwrap();
        stream.flush().await.unwrap();
        // The socket is closed under TLS.
        drop(stream.into_inner());
    })
    .await;
    let mut got = [0; 3];
    stream.read_exact(&mut got).await.unwrap();
    assert_eq!(&got, b"cut");
    assert_eq!(stream.read(&mut got).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    server.await.unwrap();
}

#[tokio::test]
async fn shutting_down_says_goodbye() {
    let (mut stream, server) = secured(|acceptor, stream| async move {
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut got = Vec::new();
        // Without a goodbye this would be an error.
        stream.read_to_end(&mut got).await.unwrap();
        stream.write_all(b"still here").await.unwrap();
        stream.shutdown().await.unwrap();
        got
    })
    .await;
    stream.write_all(b"bye").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut got = Vec::new();
    stream.read_to_end(&mut got).await.unwrap();
    assert_eq!(got, b"still here");
    assert_eq!(server.await.unwrap(), b"bye");
}

#[tokio::test]
async fn bytes_that_are_no_records_are_an_error() {
    let (mut stream, server) = secured(|acceptor, stream| async move {
        let stream = acceptor.accept(stream).await.unwrap();
        let (mut tcp, _) = stream.into_inner();
        tcp.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        tcp
    })
    .await;
    let error = stream.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    drop(server.await.unwrap());
}

#[tokio::test]
async fn no_more_is_held_than_a_peer_that_does_not_read_lets_through() {
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let (mut stream, server) = secured(|acceptor, stream| async move {
        let stream = acceptor.accept(stream).await.unwrap();
        end.await.unwrap_err();
        drop(stream);
    })
    .await;
    let chunk = vec![0; 1 << 20];
    let mut taken = 0_u64;
    let blocked = std::future::poll_fn(|context| {
        loop {
            match Pin::new(&mut stream).poll_write(context, &chunk) {
                Poll::Ready(count) => taken += count.unwrap() as u64,
                Poll::Pending => return Poll::Ready(()),
            }
        }
    });
    blocked.await;
    assert!(taken - stream.written().min(taken) <= 64 << 10, "{taken} taken, {} sent", stream.written());
    drop(ended);
    server.await.unwrap();
}
