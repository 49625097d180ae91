//! Exchanges with small servers that behave, or misbehave, in one way each.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::*;
use crate::client::dial_error::Stage;
use crate::client::{HttpUrl, NetworkOptions};

/// Starts a server that hands over its connections one after the other.
fn serve(mut handle: impl FnMut(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            handle(stream);
        }
    });
    url
}

/// Starts a server that answers every request of every connection, and tells how many requests each connection had.
fn serve_well(answer: &'static str) -> (String, Receiver<usize>) {
    let (told, requests) = channel();
    let url = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        let mut count = 0;
        while read_head(&mut reader).is_some() {
            count += 1;
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
        }
        let _ = told.send(count);
    });
    (url, requests)
}

/// Reads a head; `None` when the connection ends before one.
fn read_head(reader: &mut impl BufRead) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head).ok()? == 0 {
            return None;
        }
    }
    Some(String::from_utf8(head).unwrap())
}

fn http() -> Http {
    Http::new(Dialer::new(NetworkOptions::default()))
}

fn request(method: &str, url: &str, body: impl Into<Vec<u8>>) -> HttpRequest {
    let url = HttpUrl::parse(url).unwrap();
    HttpRequest { method: method.to_owned(), url, headers: Headers::new(), body: body.into() }
}

fn get(url: &str) -> HttpRequest {
    request("GET", url, "")
}

fn names(headers: &Headers) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_reset_in_a_body_without_length_is_no_end_of_it() {
    let url = serve(|stream| {
        let mut reader = BufReader::with_capacity(1, stream);
        read_head(&mut reader);
        reader.read_exact(&mut [0; 5]).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"half\":").unwrap();
        // Closing with something unread resets the connection.
    });
    let error = http().exchange(&request("POST", &url, "0123456789")).unwrap_err();
    assert!(matches!(error, HttpError::Broken { stage: Stage::Body, .. }), "{error:?}");
}

#[test]
fn neither_request_nor_response_shows_the_values_of_headers() {
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        let answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: hush\r\nContent-Length: 4\r\n\r\nhush";
        reader.get_mut().write_all(answer).unwrap();
    });
    let mut request = get(&url);
    request.headers.push(("X-Api-Key".into(), "hush".into()));
    let response = http().exchange(&request).unwrap();
    for shown in [format!("{request:?}"), format!("{response:?}")] {
        assert!(!shown.contains("hush"), "{shown}");
    }
    assert!(format!("{request:?}").contains("X-Api-Key"));
}

#[test]
fn an_answer_during_a_large_upload_ends_it() {
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        let answer = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 9\r\n\r\ntoo large";
        reader.get_mut().write_all(answer).unwrap();
        let _ = std::io::copy(&mut reader, &mut std::io::sink());
    });
    let http = http();
    let response = http.exchange(&request("POST", &url, vec![b'x'; 64 << 20])).unwrap();
    assert_eq!((response.status, response.body.as_slice()), (413, &b"too large"[..]));
    assert!(response.bytes_sent < 64 << 20 && !response.truncated, "{response:?}");
    assert!(!http.exchange(&get(&url)).unwrap().reused);
}

#[test]
fn interim_answers_during_a_large_upload_do_not_end_it() {
    const LENGTH: usize = 8 << 20;
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        reader.get_mut().write_all(b"HTTP/1.1 102 Processing\r\n\r\n").unwrap();
        std::io::copy(&mut reader.by_ref().take(LENGTH as u64), &mut std::io::sink()).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let response = http().exchange(&request("POST", &url, vec![b'x'; LENGTH])).unwrap();
    assert_eq!(response.status, 200);
    assert!(response.bytes_sent > LENGTH as u64);
}

#[test]
fn headers_come_in_their_order_and_case_behind_interim_answers() {
    let (url, _) = serve_well(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 Fine\r\nX-One: 1\r\nversia-SIGNED-by: b\r\n\
         x-one: 2\r\ncontent-length: 0\r\n\r\n",
    );
    let response = http().exchange(&get(&url)).unwrap();
    assert_eq!(names(&response.headers), ["X-One", "versia-SIGNED-by", "x-one", "content-length"]);
    assert_eq!((response.status, response.reason.as_str(), response.version), (200, "Fine", "1.1"));
    assert_eq!((response.header("X-ONE"), response.header("Versia-Signed-By")), (Some("1"), Some("b")));
}

#[test]
fn a_request_goes_out_as_it_was_written() {
    let (told, heads) = channel();
    let url = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        let head = read_head(&mut reader).unwrap();
        let mut body = [0; 2];
        reader.read_exact(&mut body).unwrap();
        told.send((head, body)).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    });
    let options = NetworkOptions {
        headers: vec![("ACCEPT".into(), "*/*".into()), ("x-b".into(), "2".into())],
        user_agent: "t/1".into(),
        ..NetworkOptions::default()
    };
    let mut request = request("POST", &format!("{url}/a/../é<>`{{}}?q"), "{}");
    request.headers = vec![
        ("Versia-Signed-By".into(), "b".into()),
        ("Accept".into(), "x".into()),
        ("X-A".into(), "1".into()),
    ];
    let response = Http::new(Dialer::new(options)).exchange(&request).unwrap();
    let (head, body) = heads.recv().unwrap();
    let host = url.trim_start_matches("http://");
    assert_eq!(
        head,
        format!(
            "POST /a/../é<>`{{}}?q HTTP/1.1\r\nHost: {host}\r\nVersia-Signed-By: b\r\nX-A: 1\r\nUser-Agent: t/1\r\n\
             ACCEPT: */*\r\nx-b: 2\r\nContent-Length: 2\r\n\r\n"
        )
    );
    assert_eq!(&body, b"{}");
    assert_eq!(response.bytes_sent, head.len() as u64 + 2);
    assert_eq!(response.bytes_received, 27);
}

#[test]
fn a_connection_is_used_again_and_its_stages_are_told_once() {
    let (url, requests) = serve_well("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    let http = http();
    let responses: Vec<_> = (0..3).map(|_| http.exchange(&get(&url)).unwrap()).collect();
    let reused: Vec<_> = responses.iter().map(|response| response.reused).collect();
    assert_eq!(reused, [false, true, true]);
    assert!(responses[0].timings.connect.is_some() && responses[1].timings.connect.is_none());
    assert!(responses.iter().all(|response| response.body == b"{}" && response.timings.first_byte.is_some()));
    drop(http);
    assert_eq!(requests.recv().unwrap(), 3);
}

#[test]
fn a_connection_is_not_used_again_when_the_answer_forbids_it_or_goes_on() {
    for answer in [
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let url = serve_well_on_threads(answer);
        let http = http();
        http.exchange(&get(&url)).unwrap();
        assert!(!http.exchange(&get(&url)).unwrap().reused, "{answer}");
    }
}

/// As [`serve_well`], with a thread for each connection.
fn serve_well_on_threads(answer: &'static str) -> String {
    serve(move |stream| {
        thread::spawn(move || {
            let mut reader = BufReader::new(stream);
            while read_head(&mut reader).is_some() {
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
    })
}

#[test]
fn a_connection_that_was_closed_while_idle_is_made_anew() {
    let (closed, wait) = channel();
    let url = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        drop(reader);
        closed.send(()).unwrap();
    });
    let http = http();
    for _ in 0..3 {
        match http.exchange(&get(&url)) {
            Ok(response) => assert!(!response.reused),
            // On a busy machine the news of the close may come later than the next request.
            Err(error) => {
                assert!(matches!(error, HttpError::Closed { .. } | HttpError::Broken { .. }), "{error:?}");
                continue;
            }
        }
        wait.recv().unwrap();
    }
}

/// Answers the first request of each connection, and hangs up in the middle of the second.
fn serve_once_each() -> (String, Receiver<String>) {
    let (told, heads) = channel();
    let url = serve(move |stream| {
        let mut reader = BufReader::new(stream);
        told.send(read_head(&mut reader).unwrap()).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        if let Some(head) = read_head(&mut reader) {
            told.send(head).unwrap();
        }
    });
    (url, heads)
}

#[test]
fn a_request_that_an_older_connection_took_in_part_is_sent_again() {
    let (url, heads) = serve_once_each();
    let http = http();
    http.exchange(&get(&url)).unwrap();
    let response = http.exchange(&request("POST", &url, vec![b'x'; 64 << 20]));
    // The second connection answers before it has read the body.
    assert!(!response.unwrap().reused);
    assert_eq!(heads.try_iter().count(), 3);
}

#[test]
fn a_request_that_may_have_been_processed_is_not_sent_again() {
    let (url, heads) = serve_once_each();
    let http = http();
    http.exchange(&get(&url)).unwrap();
    let error = http.exchange(&get(&url)).unwrap_err();
    assert!(matches!(error, HttpError::Closed { stage: Stage::Head, .. }), "{error:?}");
    assert!(error.may_have_been_processed());
    assert_eq!(heads.try_iter().count(), 2);
}

#[test]
fn an_answer_without_end_is_read_to_the_limit_and_no_further() {
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        let stream = reader.get_mut();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n").unwrap();
        while stream.write_all(&[b'x'; 65_536]).is_ok() {}
    });
    let http = http().with_max_body(1 << 20);
    let response = http.exchange(&get(&url)).unwrap();
    assert!(response.truncated && response.body.len() == 1 << 20);
    assert!(response.bytes_received < 2 << 20, "{}", response.bytes_received);
    assert!(!http.exchange(&get(&url)).unwrap().reused);
}

#[test]
fn interim_answers_without_end_are_cut_off() {
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        while reader.get_mut().write_all(b"HTTP/1.1 102 Processing\r\nX: y\r\n\r\n").is_ok() {}
    });
    let error = http().exchange(&get(&url)).unwrap_err();
    assert!(matches!(error, HttpError::HeadTooLarge { .. }), "{error:?}");
}

#[test]
fn an_expectation_is_waited_for_before_the_body_goes_out() {
    let url = serve(|stream| {
        let mut reader = BufReader::new(stream);
        read_head(&mut reader);
        reader.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        reader.read_exact(&mut [0; 2]).unwrap();
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let mut request = request("POST", &url, "{}");
    request.headers.push(("Expect".into(), "100-continue".into()));
    assert_eq!(http().exchange(&request).unwrap().status, 200);
}
