//! The bytes, as they come.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{connect, exchange, instance, proxy_to, read, read_head};
use crate::fixture::Sandbox;
use crate::server::closed_port;
use crate::serving::Serving;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[test]
fn what_passes_is_the_same_byte_for_byte_whatever_it_is() {
    let random: Vec<u8> =
        (0..700_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let conversations: Vec<(Vec<u8>, Vec<u8>)> = vec![
        (b"GET / HTTP/1.1\r\nhOST:x\r\n  folded\r\n\r\n".to_vec(), OK.into()),
        (
            b"\r\nPOST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhi\r\n0\r\nT: v\r\n\r\nGET /b HTTP/1.0\r\n\r\n".to_vec(),
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nT: v\r\n\r\nHTTP/1.0 200 OK\n\nto the end".to_vec(),
        ),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n".to_vec(), b"HTTP/1.1 400 x\r\n\r\n".to_vec()),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".to_vec(), b"\x00nothing like HTTP\xff".to_vec()),
        (b"POST /both HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_vec(), OK.into()),
        (b"\x16\x03\x01 rubbish".to_vec(), Vec::new()),
        (b"PRI * HTTP/2.0\r\n\r\nnot quite".to_vec(), OK.into()),
        (random.clone(), random.iter().rev().copied().collect()),
        (b"P".to_vec(), b"H".to_vec()),
    ];
    let (got, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::<Vec<u8>>::new())));
    let sandbox = Sandbox::new();
    let port = instance({
        let (got, answers) = (Arc::clone(&got), Arc::clone(&answers));
        move |mut stream: TcpStream| {
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            got.lock().unwrap().push(bytes);
            let answer = answers.lock().unwrap().pop().unwrap();
            stream.write_all(&answer).unwrap();
        }
    });
    let proxy = proxy_to(&sandbox, port, "");
    for (asked, answer) in conversations {
        answers.lock().unwrap().push(answer.clone());
        let found = exchange(&proxy, &asked);
        let shown = String::from_utf8_lossy(&asked[..asked.len().min(60)]).into_owned();
        assert!(found == answer, "the answer to {shown:?}");
        assert!(got.lock().unwrap().pop().unwrap() == asked, "{shown:?}");
    }
    let ended = proxy.stop();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let malformed: Vec<_> = ended.lines.iter().filter_map(|line| line["malformed"].as_str()).collect();
    assert!(malformed.contains(&"GET / HTTP/1.1\r\nno colon\r\n\r\n"), "{malformed:?}");
    let both = ended.lines.iter().find(|line| line["request"]["target"] == "/both").unwrap();
    assert!(both["error"]["message"].as_str().unwrap().contains("Content-Length beside"), "{both}");
}

#[test]
fn what_streams_streams_and_each_end_is_passed_on() {
    let (go_on, may_go_on) = channel::<()>();
    let may_go_on = Arc::new(Mutex::new(may_go_on));
    let sandbox = Sandbox::new();
    let port = instance(move |mut stream: TcpStream| {
        read_head(&mut stream);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n";
        stream.write_all(head.as_bytes()).unwrap();
        // The next event comes when the client has read this one.
        may_go_on.lock().unwrap().recv().unwrap();
        stream.write_all(b"data: 2\n\n").unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(stream.read_to_end(&mut Vec::new()).unwrap(), 5);
    });
    let proxy = proxy_to(&sandbox, port, "");
    let mut client = connect(&proxy);
    client.write_all(b"GET /events HTTP/1.1\r\n\r\n").unwrap();
    assert!(read_head(&mut client).starts_with("HTTP/1.1 200"));
    assert_eq!(read(&mut client, 9), "data: 1\n\n");
    go_on.send(()).unwrap();
    let mut rest = String::new();
    client.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "data: 2\n\n");
    // The client's direction is still open.
    client.write_all(b"later").unwrap();
    drop(client);
    let record = proxy.wait_for(|line| line["response"]["status"] == 200);
    assert_eq!(record["response"]["body"], "data: 1\n\ndata: 2\n\n");
    assert_eq!(record["response"].get("truncated"), None);
}

#[test]
fn an_expected_100_is_waited_for_by_the_client_alone() {
    let sandbox = Sandbox::new();
    let port = instance(|mut stream: TcpStream| {
        assert!(read_head(&mut stream).contains("Expect: 100-continue"));
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
        assert_eq!(read(&mut stream, 4), "body");
        stream.write_all(OK.as_bytes()).unwrap();
    });
    let proxy = proxy_to(&sandbox, port, "");
    let mut client = connect(&proxy);
    client.write_all(b"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n").unwrap();
    assert_eq!(read_head(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"body").unwrap();
    assert_eq!(read(&mut client, OK.len()), OK);
    let record = proxy.next();
    assert_eq!((&record["request"]["body"], &record["response"]["status"]), (&json!("body"), &json!(200)));
}

/// The most memory that a process has had, in KiB.
fn peak(proxy: &Serving) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse().unwrap()
}

#[test]
fn a_body_of_100_mb_passes_whole_with_flat_memory_both_ways_and_is_recorded_in_part() {
    const LENGTH: usize = 100_000_000;
    let sandbox = Sandbox::new();
    let port = instance(|mut stream: TcpStream| {
        read_head(&mut stream);
        let mut came = 0;
        let mut buffer = vec![0; 1 << 16];
        while came < LENGTH {
            came += stream.read(&mut buffer).unwrap();
        }
        stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n").as_bytes()).unwrap();
        for _ in 0..LENGTH / 100_000 {
            stream.write_all(&[b'y'; 100_000]).unwrap();
        }
    });
    let proxy = proxy_to(&sandbox, port, "--max-body 1000000");
    let before = peak(&proxy);
    let mut client = connect(&proxy);
    let mut reading = client.try_clone().unwrap();
    let reader = std::thread::spawn(move || {
        let head = read_head(&mut reading);
        let (mut came, mut buffer) = (0, vec![0; 1 << 16]);
        while came < LENGTH {
            let count = reading.read(&mut buffer).unwrap();
            assert!(count > 0 && buffer[..count].iter().all(|byte| *byte == b'y'));
            came += count;
        }
        head
    });
    client.write_all(format!("POST / HTTP/1.1\r\nContent-Length: {LENGTH}\r\n\r\n").as_bytes()).unwrap();
    for _ in 0..LENGTH / 100_000 {
        client.write_all(&[b'x'; 100_000]).unwrap();
    }
    assert!(reader.join().unwrap().starts_with("HTTP/1.1 200"));
    let record = proxy.next();
    for (part, letter) in [("request", "x"), ("response", "y")] {
        let body = record[part]["body"].as_str().unwrap();
        assert_eq!((body.len(), &record[part]["truncated"]), (1_000_000, &json!(true)), "{part}");
        assert!(body.starts_with(letter) && body.ends_with(letter));
    }
    let grown = peak(&proxy) - before;
    assert!(grown < 40_000, "{grown} KiB more");
}

#[test]
fn a_client_that_does_not_read_holds_the_instance_up_and_one_that_leaves_breaks_it_off() {
    let written = Arc::new(AtomicU64::new(0));
    let (ended, has_ended) = channel();
    let sandbox = Sandbox::new();
    let port = instance({
        let (written, ended) = (Arc::clone(&written), Mutex::new(ended));
        let ended = Arc::new(ended);
        move |mut stream: TcpStream| {
            read_head(&mut stream);
            stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
            let mut stalls = 0;
            let piece = [b'z'; 1 << 16];
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            let error = loop {
                match stream.write(&piece) {
                    Ok(count) => drop(written.fetch_add(count as u64, Ordering::Relaxed)),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                        stalls += 1;
                        if stalls == 1 {
                            ended.lock().unwrap().send("held up".to_owned()).unwrap();
                        }
                    }
                    Err(error) => break error,
                }
            };
            ended.lock().unwrap().send(format!("{:?}", error.kind())).unwrap();
        }
    });
    let proxy = proxy_to(&sandbox, port, "--max-body 1000");
    let mut client = connect(&proxy);
    client.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(has_ended.recv().unwrap(), "held up");
    let before = peak(&proxy);
    assert!(before < 200_000, "{before} KiB hold what nobody reads");
    drop(client);
    let how = has_ended.recv().unwrap();
    assert!(["ConnectionReset", "BrokenPipe"].contains(&how.as_str()), "{how}");
    let record = proxy.next();
    assert_eq!(
        (&record["response"]["status"], &record["response"]["truncated"]),
        (&json!(200), &json!(true))
    );
    assert_eq!(record["error"]["message"], "the client hung up before it was answered");
}

#[test]
fn an_instance_that_is_not_there_is_answered_for_and_one_that_breaks_off_is_told() {
    let sandbox = Sandbox::new();
    let proxy = proxy_to(&sandbox, closed_port(), "");
    let ended = sandbox.sh(&format!("curl -sS -d body -w '%{{http_code}}' {}/x", proxy.url));
    let answer = ended.code(0).out().to_owned();
    assert!(answer.ends_with("502") && answer.contains("refuses the connection (VN102) (VN230)"), "{answer}");
    sandbox.sh(&format!("curl -sS -I {}/x", proxy.url)).code(0);
    let told: Vec<Value> = vec![proxy.next(), proxy.next()];
    for (record, method, body) in [(&told[0], "POST", json!("body")), (&told[1], "HEAD", Value::Null)] {
        assert_eq!((&record["request"]["method"], &record["request"]["body"]), (&json!(method), &body));
        assert_eq!((&record["response"]["status"], &record["error"]["code"]), (&json!(502), &json!("VN230")));
    }
    let port = instance(|mut stream: TcpStream| {
        read_head(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").unwrap();
    });
    let proxy = proxy_to(&sandbox, port, "");
    let answer = exchange(&proxy, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(answer, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    let record = proxy.next();
    assert_eq!((&record["error"]["code"], &record["response"]["truncated"]), (&json!("VN231"), &json!(true)));
}

#[test]
fn output_that_nobody_reads_holds_nothing_up() {
    let sandbox = Sandbox::new();
    let port = instance(|mut stream: TcpStream| {
        while !read_head(&mut stream).is_empty() {
            read(&mut stream, 4_000);
            stream.write_all(OK.as_bytes()).unwrap();
        }
    });
    let line = format!("versia-cli proxy --json --to http://127.0.0.1:{port}");
    let mut child = sandbox.start(&line);
    let mut first = [0; 1];
    let mut listening = Vec::new();
    let output = child.stdout.as_mut().unwrap();
    while first[0] != b'\n' {
        output.read_exact(&mut first).unwrap();
        listening.push(first[0]);
    }
    let listening: Value = serde_json::from_slice(&listening).unwrap();
    let mut client = TcpStream::connect(listening["listening"]["address"].as_str().unwrap()).unwrap();
    let asked = format!("POST / HTTP/1.1\r\nContent-Length: 4000\r\n\r\n{}", "x".repeat(4_000));
    // Far more than the pipe and everything before it hold.
    for _ in 0..2_500 {
        client.write_all(asked.as_bytes()).unwrap();
        assert_eq!(read(&mut client, OK.len()), OK);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_host_is_the_client_s_unless_another_is_set() {
    let sandbox = Sandbox::new();
    let port = instance(|mut stream: TcpStream| {
        loop {
            let head = read_head(&mut stream);
            if head.is_empty() {
                return;
            }
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len());
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    for (option, expected) in [("", "Host: asked.example"), ("--host b.example:1", "Host: b.example:1")] {
        let proxy = proxy_to(&sandbox, port, option);
        let url = &proxy.url;
        let ended = sandbox.sh(&format!("curl -sS -H 'Host: asked.example' {url}/1 {url}/2"));
        let out = ended.code(0).out().to_owned();
        assert_eq!(out.matches(&format!("{expected}\r\n")).count(), 2, "{out}");
        assert_eq!(out.matches("Host").count(), 2, "{out}");
    }
}

#[test]
fn an_end_waits_for_what_is_under_way_and_for_nothing_else() {
    let (asked, was_asked) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let sandbox = Sandbox::new();
    let both = Arc::new(Mutex::new((asked, may_go_on)));
    let port = instance(move |mut stream: TcpStream| {
        let head = read_head(&mut stream);
        if head.starts_with("GET /slow") {
            let both = both.lock().unwrap();
            both.0.send(()).unwrap();
            both.1.recv().unwrap();
        }
        stream.write_all(OK.as_bytes()).unwrap();
        // An idle connection stays open until the other end closes it.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let proxy = proxy_to(&sandbox, port, "");
    let (mut idle, _silent) = (connect(&proxy), connect(&proxy));
    idle.write_all(b"GET /idle HTTP/1.1\r\n\r\n").unwrap();
    assert_eq!(read(&mut idle, OK.len()), OK);
    let mut slow = connect(&proxy);
    slow.write_all(b"GET /slow HTTP/1.1\r\n\r\n").unwrap();
    was_asked.recv().unwrap();
    proxy.signal("INT");
    // That of an idle connection is how the end begins.
    assert_eq!(idle.read(&mut [0]).unwrap(), 0);
    go_on.send(()).unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, OK);
    let ended = proxy.wait();
    assert_eq!((ended.code, ended.lines.len()), (0, 2), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_meant_is_wrong_use() {
    let sandbox = Sandbox::new();
    for (arguments, says) in [
        ("--to http://localhost:1/path", "it has a path"),
        ("--to localhost:1", "no scheme"),
        ("--to http://b.example", "--allow-http"),
        ("--to http://localhost:1 -H 'A: b'", "--header"),
        ("--to http://localhost:1 --host 'a b'", "not a host"),
        ("--to http://localhost:4999 --listen 4999", "the proxy itself"),
        ("--to http://127.0.0.1:4999 --listen 0.0.0.0:4999", "the proxy itself"),
        ("", "--to"),
    ] {
        let ended = sandbox.sh(&format!("versia-cli proxy {arguments}"));
        assert!(ended.code(2).stderr.contains(says), "{arguments}: {}", ended.stderr);
    }
}
