//! Many sessions of an inbox that say nothing: they cost little, and whoever says something is answered.

#![allow(clippy::print_stdout, reason = "the test prints what it measured")]

use std::time::Duration;

use crate::serve::{instance_of_a, now, sandbox, serve_b, signer};
use crate::serve_sessions::{closed, message, open, receipt};
use crate::serving::Serving;
use versia_cli::signing::Signer;

/// The memory that a process has, in KiB; nothing where the system does not say it in Linux's way.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

fn idle(b: &Serving, signer: &Signer, count: usize) {
    // Opened before the first look, so that what a server sets up once is no part of it.
    let mut sockets: Vec<_> = (0..50).map(|_| open(b, Some(signer), true).unwrap()).collect();
    (0..50).for_each(|_| drop(b.next()));
    let before = resident(b.id());
    for _ in 0..count {
        sockets.push(open(b, Some(signer), true).unwrap());
        assert_eq!(b.next()["response"]["status"], 101);
    }
    if let (Some(before), Some(after)) = (before, resident(b.id())) {
        let each = after.saturating_sub(before) as f64 / count as f64;
        println!(
            "{count} idle sessions of the inbox, recorded, not optimised: {each:.1} KiB each (goal: ≤ 8)"
        );
    }
    for (number, socket) in sockets.iter_mut().enumerate().step_by(97) {
        let note = format!("{{\"type\":\"Note\",\"n\":{number},\"at\":{}}}", now());
        socket.send(message(signer, &note)).unwrap();
        assert_eq!(receipt(socket).1, 202);
    }
    b.signal("TERM");
    for socket in &mut sockets {
        socket.get_ref().set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        assert_eq!(closed(socket.read().unwrap()).0, 1001);
        // The library answers the Close at its next read.
        assert!(socket.read().is_err());
    }
}

fn check(count: usize) {
    let sandbox = sandbox();
    let a = instance_of_a(&sandbox);
    let b = serve_b(&sandbox, &a, "--store records.db");
    idle(&b, &signer("a.example"), count);
    assert_eq!(b.wait().code, 0);
}

#[test]
fn idle_sessions_are_kept_served_and_closed_in_order() {
    check(250);
}

#[test]
#[ignore = "five thousand sessions"]
fn five_thousand_idle_sessions_at_once() {
    check(5_000);
}
