//! Our client's side: a server by hand, and a script that opens a session for each case.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread;

use versia_cli::client::websocket::MAX_MESSAGE;

use super::frames::{PATIENCE, note, play};
use super::{Case, Heard, cases, compare};
use crate::fixture::Sandbox;
use crate::repl::records;
use crate::sessions::switching;

/// Shakes hands, and plays the case that the target names; gives the case's place.
fn answer(cases: &[Case], mut stream: TcpStream) -> (usize, Heard) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let place = head.split(' ').nth(1).unwrap().trim_start_matches('/').parse().unwrap();
    stream.write_all(switching(&head, "").as_bytes()).unwrap();
    (place, play(&cases[place], stream, false))
}

#[test]
fn a_client_takes_what_is_right_and_closes_over_what_is_wrong() {
    let cases = Arc::new(cases(MAX_MESSAGE));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let served = Arc::clone(&cases);
    let (over, playing) = channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (cases, over) = (Arc::clone(&served), over.clone());
            thread::spawn(move || over.send(answer(&cases, stream)));
        }
    });
    let mut script = String::new();
    for place in 0..cases.len() {
        if place > 0 {
            writeln!(script, "/open {url}/{place} as s{}", place + 1).unwrap();
        }
        // Until the session is over: no case has so many.
        script.push_str("/wait 1000 messages within 60s\n");
    }
    let sandbox = Sandbox::new();
    let ended = sandbox.sh_with(
        &format!("versia-cli repl {url}/0 --protocol raw --json --print-frames --quiet"),
        script.as_bytes(),
    );
    let play = |_| playing.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let mut played: HashMap<_, _> = cases.iter().map(play).collect();
    for record in records(&ended) {
        if record["direction"] == "in" {
            let target = record["request"]["target"].as_str().unwrap();
            note(played.get_mut(&target[1..].parse().unwrap()).unwrap(), &record);
        }
    }
    let played: Vec<_> = (0..cases.len()).map(|place| played.remove(&place).unwrap()).collect();
    compare(&cases, &played);
    ended.code(3);
}
