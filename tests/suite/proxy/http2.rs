//! HTTP/2, which is terminated.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::Request;
use hyper::body::{Bytes, Frame};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;

use super::{instance, proxy_to, read, read_head};
use crate::fixture::Sandbox;
use crate::serve::{INBOX, NOTE, instance_of_a, sandbox, serve_b};
use crate::serving::Serving;

#[test]
fn clients_of_http_2_are_served_and_the_instance_is_asked_as_it_can() {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let large = "é".repeat(400_000);
    sandbox.file("large", &large);
    let b = serve_b(&sandbox, &a, "--tls");
    let authority = b.listening["listening"]["authority"].as_str().unwrap().to_owned();
    let to_plain = format!("--to {}", a.url);
    let to_tls = format!("--to https://localhost:{} --cacert {authority}", b.port());
    // `serve` agrees on HTTP/2 over TLS.
    for (to, behind, asked_over) in [(to_plain, &a, "1.1"), (to_tls, &b, "2")] {
        let proxy = Serving::run(&sandbox, &format!("proxy --json --tls {to}"));
        let curl =
            format!("curl -sS --cacert {authority} -H 'X-Odd:  a  b' -w ' %{{http_version}} %{{http_code}}'");
        let local = proxy.url.replace("127.0.0.1", "localhost");
        for (http, shown) in [("--http2", "2"), ("--http1.1", "1.1")] {
            let asked_over = if http == "--http2" { asked_over } else { "1.1" };
            let ended = sandbox.sh(&format!("{curl} {http} --data-binary @large {local}{INBOX}"));
            assert_eq!(ended.code(0).out(), format!(" {shown} 202"), "{}", ended.stderr);
            let (told, got) = (proxy.next(), behind.wait_for(|line| line["request"]["method"] == "POST"));
            assert_eq!((&told["http"], &got["http"]), (&json!(shown), &json!(asked_over)));
            assert!(told["request"]["body"] == json!(large) && got["request"]["body"] == json!(large));
            let odd = json!("a  b");
            for headers in [&told["request"]["headers"], &got["request"]["headers"]] {
                let is_odd = |header: &serde_json::Value| header[1] == odd;
                assert!(headers.as_array().unwrap().iter().any(is_odd), "{headers}");
            }
        }
    }
}

#[test]
fn bodies_stream_both_ways_over_http_2_and_trailers_follow_them() {
    let sandbox = Sandbox::new();
    let port = instance(|mut stream: TcpStream| {
        let head = read_head(&mut stream);
        assert!(
            head.starts_with("POST /echo HTTP/1.1\r\n") && head.contains("cookie: a=1; b=2\r\n"),
            "{head}"
        );
        assert!(head.contains("host: b.example\r\n"), "{head}");
        assert_eq!(read(&mut stream, 8), "3\r\none\r\n");
        stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nONE\r\n").unwrap();
        assert_eq!(read(&mut stream, 13), "3\r\ntwo\r\n0\r\n\r\n");
        stream.write_all(b"3\r\nTWO\r\n0\r\nX-Sum: 6\r\n\r\n").unwrap();
    });
    let proxy = proxy_to(&sandbox, port, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(&proxy.address).await.unwrap();
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let (pieces, body) = tokio::sync::mpsc::unbounded_channel::<Frame<Bytes>>();
        let body = futures_util::stream::unfold(body, |mut body| async {
            body.recv().await.map(|frame| (Ok::<_, std::io::Error>(frame), body))
        });
        let request = Request::post("http://b.example/echo")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .body(StreamBody::new(Box::pin(body)))
            .unwrap();
        pieces.send(Frame::data("one".into())).unwrap();
        let mut response = sender.send_request(request).await.unwrap();
        assert_eq!(response.headers().len(), 0, "{:?}", response.headers());
        let first = response.frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "ONE");
        pieces.send(Frame::data("two".into())).unwrap();
        drop(pieces);
        let rest = response.collect().await.unwrap();
        assert_eq!(rest.trailers().unwrap()["x-sum"], "6");
        assert_eq!(rest.to_bytes(), "TWO");
    });
    let record = proxy.next();
    assert_eq!(
        (&record["request"]["body"], &record["response"]["body"]),
        (&json!("onetwo"), &json!("ONETWO"))
    );
    assert_eq!((&record["http"], record.get("error")), (&json!("2"), None));
}

#[test]
fn an_instance_that_hangs_up_is_answered_for_and_asked_again_over_a_new_connection() {
    let sandbox = Sandbox::new();
    let (closed, mut is_closed) = tokio::sync::mpsc::unbounded_channel();
    let port = instance(move |mut stream: TcpStream| {
        let head = read_head(&mut stream);
        if head.starts_with("GET /gone") {
            return;
        }
        // The connection is kept for the next request, and closed, as the proxy has seen, before it comes.
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{NOTE}", NOTE.len()).as_bytes())
            .unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 0);
        closed.send(()).unwrap();
    });
    let proxy = proxy_to(&sandbox, port, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let statuses = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(&proxy.address).await.unwrap();
        let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.unwrap();
        tokio::spawn(connection);
        let mut statuses = Vec::new();
        for path in ["/1", "/2", "/gone"] {
            let request =
                Request::get(format!("http://b.example{path}")).body(Empty::<Bytes>::new()).unwrap();
            let response = sender.send_request(request).await.unwrap();
            statuses.push(response.status().as_u16());
            response.collect().await.unwrap();
            if path != "/gone" {
                is_closed.recv().await.unwrap();
            }
        }
        statuses
    });
    assert_eq!(statuses, [200, 200, 502]);
    let told: Vec<_> = (0..3).map(|_| proxy.next()["error"]["code"].clone()).collect();
    assert_eq!(told, [json!(null), json!(null), json!("VN231")]);
}
