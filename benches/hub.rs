//! The hub: one publisher's messages to 1,000 subscribers, against Node's `ws` and bun's own pub/sub, and the memory of an idle
//! session, also of one of an inbox.
//!
//! Each server has a core to itself, and the clients have the other one. `VERSIA_BENCH_QUICK=1` makes everything small, to
//! see that it runs.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
#[path = "hub/crowd.rs"]
mod crowd;
#[path = "harness/files.rs"]
mod files;
mod harness;
#[path = "harness/process.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod process;
#[path = "hub/servers.rs"]
mod servers;
#[path = "harness/turns.rs"]
mod turns;

use std::cell::RefCell;
use std::sync::Mutex;

use cores::{SENDER, on_core};
use crowd::Crowd;
use files::raise_limit_of_open_files;
use harness::{is_bench, median, report};
use servers::{Kind, Server};
use turns::{NOT_MEASURED, turns};

/// How many publications are on their way at the same time.
const IN_FLIGHT: [usize; 3] = [1, 16, 64];

/// How much is done.
struct Size {
    subscribers: usize,
    rounds: usize,
    /// How many publications a round has, of a quick server and of a slow one.
    publications: [usize; 2],
    idle: &'static [usize],
}

impl Size {
    fn wanted() -> Self {
        match std::env::var_os("VERSIA_BENCH_QUICK") {
            Some(_) => Size { subscribers: 50, rounds: 1, publications: [40, 20], idle: &[100] },
            None => Size { subscribers: 1_000, rounds: 7, publications: [2_000, 200], idle: &[1_000, 5_000] },
        }
    }
}

fn main() {
    if !is_bench() {
        return;
    }
    let size = Size::wanted();
    raise_limit_of_open_files();
    fan_out(&size);
    println!();
    memory(&size);
}

fn fan_out(size: &Size) {
    let servers = Kind::ALL.map(|kind| Server::start(kind, &[]));
    let crowds: Vec<_> = servers
        .iter()
        .map(|server| Some(Mutex::new(Crowd::connect(server.as_ref()?, size.subscribers))))
        .collect();
    for in_flight in IN_FLIGHT {
        let slow_ones: Vec<_> = Kind::ALL.iter().map(|_| RefCell::new(Vec::new())).collect();
        let measure = |at: usize| {
            let Some(crowd) = &crowds[at] else { return NOT_MEASURED };
            let publications = size.publications[usize::from(Kind::ALL[at].is_slow())];
            // A round of one at a time is all waiting.
            let publications = if in_flight == 1 { publications.div_ceil(4) } else { publications };
            let outcome = on_core(SENDER, || crowd.lock().unwrap().run(in_flight, publications));
            slow_ones[at].borrow_mut().push(outcome.p99_ms);
            outcome.rate
        };
        let rates = turns(size.rounds, &mut [&mut || measure(0), &mut || measure(1), &mut || measure(2)]);
        let shown: Vec<_> = Kind::ALL
            .iter()
            .enumerate()
            .map(|(row, kind)| {
                let p99 = slow_ones[row].borrow();
                let p99 = if p99.is_empty() { "-".to_owned() } else { format!("{:.1}", median(p99.clone())) };
                format!("{} {} (p99 {p99} ms)", kind.name(), rates.show(row, 1e3, 0))
            })
            .collect();
        let count = size.subscribers;
        println!(
            "{count} subscribers, {} bytes, {in_flight} in flight, thousands of deliveries a second: {}",
            crowd::LENGTH,
            shown.join(", ")
        );
        if in_flight == 16 {
            println!();
            if crowds[1].is_some() {
                let ratio = rates.ratio(|round| round[0] / round[1]);
                report("hub fan-out at 16 in flight / bun's own pub/sub", ratio, "≥ 1", ratio >= 1.0);
            }
            if crowds[2].is_some() {
                let ratio = rates.ratio(|round| round[0] / round[2]);
                report("hub fan-out at 16 in flight / Node's ws", ratio, "≥ 10", ratio >= 10.0);
            }
            println!();
        }
    }
}

fn memory(size: &Size) {
    for (flags, what, goal) in [(&["--quiet"][..], "", 4.0), (&["--json"], ", recorded", 8.0)] {
        let Some(server) = Server::start(Kind::Hub, flags) else { return };
        idle(&server, size, |count, each| {
            let row = format!("serve wsify, {count} idle sessions{what}, KiB each");
            report(&row, each, &format!("≤ {goal}"), each <= goal);
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("records.db");
    let Some(server) = Server::start(Kind::Inbox, &["--json", "--store", store.to_str().unwrap()]) else {
        return;
    };
    idle(&server, size, |count, each| {
        let row = format!("serve, {count} idle sessions of the inbox, recorded in a file, KiB each");
        report(&row, each, "≤ 8", each <= 8.0);
    });
    for kind in [Kind::Bun, Kind::Ws] {
        let Some(server) = Server::start(kind, &[]) else { continue };
        idle(&server, size, |count, each| {
            println!("{}, {count} idle sessions, KiB each: {each:.1}", kind.name())
        });
    }
}

/// Opens idle sessions that have joined, and says what each costs the server.
fn idle(server: &Server, size: &Size, say: impl Fn(usize, f64)) {
    /// Opened before the first look, so that what a server sets up once is no part of it.
    const WARM_UP: usize = 50;
    let mut sessions: Vec<_> = (0..WARM_UP).map(|_| crowd::subscribe(server)).collect();
    let Some(before) = server.resident() else {
        println!("skipped: this system does not say how much memory a process has");
        return;
    };
    for count in size.idle {
        while sessions.len() < WARM_UP + count {
            sessions.push(crowd::subscribe(server));
        }
        let now = server.resident().unwrap_or(0);
        say(*count, now.saturating_sub(before) as f64 / *count as f64);
    }
}
