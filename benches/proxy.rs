//! The hop of `proxy`: what it adds to an exchange, and what it leaves of the throughput, against going there directly and
//! against a relay that only copies bytes.
//!
//! Senders are on one core, everything else on the other. `VERSIA_BENCH_QUICK=1` makes everything small, to see that it runs.

#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and may panic"
)]

#[path = "harness/cores.rs"]
mod cores;
mod harness;
#[path = "harness/http_sink.rs"]
mod http_sink;
#[path = "harness/planned.rs"]
mod planned;
#[path = "harness/process.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod process;
#[path = "harness/turns.rs"]
#[allow(dead_code, reason = "other benchmarks use the rest")]
mod turns;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use cores::{RECEIVER, SENDER, on_core};
use harness::{is_bench, report};
use process::{Running, again, has, program};
use turns::turns;
use versia_cli::bench::{Content, Plan, Stop, Template, run as carry_out};
use versia_cli::protocol::versia::INBOX;
use versia_cli::signing::{SecretKey, Signer};

const MANY: usize = 64;

/// How much is done.
struct Size {
    rounds: usize,
    slice: Duration,
    /// The length of a large body, in bytes.
    bulk: usize,
}

impl Size {
    fn wanted() -> Self {
        match std::env::var_os("VERSIA_BENCH_QUICK") {
            Some(_) => Size { rounds: 1, slice: Duration::from_millis(100), bulk: 8 << 20 },
            None => Size { rounds: 9, slice: Duration::from_secs(1), bulk: 512 << 20 },
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("sink") => return http_sink::run(),
        Some("relay") => return relay(arguments[2].parse().unwrap()),
        Some("bulk") => return bulk_sink(),
        _ => {}
    }
    if !is_bench() || !has("proxy", "--to") {
        return;
    }
    let size = Size::wanted();
    exchanges(&size);
    println!();
    bulk(&size);
}

/// Copies bytes, prints its address, and does nothing else.
fn relay(to: SocketAddr) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut server = tokio::net::TcpStream::connect(to).await.unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                // A sender that leaves is no failure of the relay.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
}

/// Starts a part of this benchmark, or the program, beside the receiver; gives it with its address.
fn beside(command: &mut Command) -> (Running, SocketAddr) {
    let mut running = on_core(RECEIVER, || Running::start(command));
    let address = match serde_json::from_str::<serde_json::Value>(&running.first_line) {
        Ok(first) => first["listening"]["address"].as_str().unwrap().parse().unwrap(),
        Err(_) => running.first_line.trim().parse().unwrap(),
    };
    let mut stdout = running.stdout.take().unwrap();
    thread::spawn(move || io::copy(&mut stdout, &mut io::sink()));
    (running, address)
}

/// The three ways to a receiver: directly, through the plain relay, through the proxy.
struct Ways {
    addresses: [SocketAddr; 3],
    _running: Vec<Running>,
}

impl Ways {
    fn to(receiver: &str, options: &[&str]) -> Self {
        let (receiver, direct) = beside(&mut again(receiver));
        let (plain, relayed) = beside(again("relay").arg(direct.to_string()));
        let (proxy, proxied) = beside(
            Command::new(program())
                .args(["proxy", "--json", "--listen", "127.0.0.1:0", "--to"])
                .arg(format!("http://{direct}"))
                .args(options),
        );
        Ways { addresses: [direct, relayed, proxied], _running: vec![receiver, plain, proxy] }
    }
}

fn plan(address: SocketAddr, target: &str, content: Content, connections: usize, slice: Duration) -> Plan {
    Plan { stop: Stop::After(slice), connections, ..planned::plan(address, target, content) }
}

/// Exchanges a second, and the middle of their times in microseconds.
fn run(plan: &Plan) -> (f64, f64) {
    let outcome = on_core(SENDER, || carry_out(plan)).unwrap();
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    (outcome.rate(), outcome.latency_at(0.5).as_secs_f64() * 1e6)
}

fn exchanges(size: &Size) {
    let ways = Ways::to("sink", &[]);
    let body = "x".repeat(700);
    let signer = || Signer::new(SecretKey::from_seed(&[7; 32]), "a.example");
    let entity = || Template::fixed(body.clone());
    let signed = || Content::Signed { entity: entity(), signer: Box::new(signer()) };
    let plain = || Content::Unsigned { entity: entity() };
    for (what, target, content) in [
        ("requests of 700 bytes", "/x", &plain as &dyn Fn() -> Content),
        ("signed deliveries, whose signer cannot be asked for its key", INBOX, &signed),
    ] {
        let plans = |connections| {
            ways.addresses.map(|address| plan(address, target, content(), connections, size.slice))
        };
        let (one, many) = (plans(1), plans(MANY));
        let times =
            turns(size.rounds, &mut [&mut || run(&one[0]).1, &mut || run(&one[1]).1, &mut || run(&one[2]).1]);
        let rates = turns(
            size.rounds,
            &mut [&mut || run(&many[0]).0, &mut || run(&many[1]).0, &mut || run(&many[2]).0],
        );
        let shown =
            |of: &turns::Turns, decimals| [0, 1, 2].map(|row| of.show(row, 1.0, decimals)).join(" / ");
        println!("{what}: directly / plain relay / proxy");
        println!("  one at a time, median µs: {}", shown(&times, 1));
        println!("  {MANY} connections, a second: {}", shown(&rates, 0));
        let added = times.ratio(|round| (round[2] - round[0]) / (round[1] - round[0]));
        report("time that the hop adds / that a plain relay adds", added, "≤ 1.5", added <= 1.5);
        let left = rates.ratio(|round| round[2] / round[1]);
        report("rate through the proxy / through a plain relay", left, "≥ 0.6", left >= 0.6);
    }
}

/// Takes bodies of any length, whose length stands first, and answers each.
fn bulk_sink() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap());
    for mut stream in listener.incoming().flatten() {
        thread::spawn(move || {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let Some(mut left) = length.and_then(|length| length.parse::<usize>().ok()) else { return };
            let mut buffer = vec![0; 1 << 16];
            while left > 0 {
                match stream.read(&mut buffer) {
                    Ok(count) if count > 0 => left -= count.min(left),
                    _ => return,
                }
            }
            // Whoever waits for it has gone only when the benchmark has ended.
            let _ = stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        });
    }
}

fn bulk(size: &Size) {
    let ways = Ways::to("bulk", &["--max-body", "1000000"]);
    let send = |address: SocketAddr| {
        on_core(SENDER, || {
            let mut stream = TcpStream::connect(address).unwrap();
            let piece = vec![b'x'; 1 << 16];
            let start = Instant::now();
            let head = format!("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", size.bulk);
            stream.write_all(head.as_bytes()).unwrap();
            for _ in 0..size.bulk / piece.len() {
                stream.write_all(&piece).unwrap();
            }
            stream.read_exact(&mut [0; 12]).unwrap();
            size.bulk as f64 / start.elapsed().as_secs_f64()
        })
    };
    let rates = turns(
        size.rounds,
        &mut [&mut || send(ways.addresses[0]), &mut || send(ways.addresses[1]), &mut || {
            send(ways.addresses[2])
        }],
    );
    let shown = [0, 1, 2].map(|row| rates.show(row, 1e6, 0)).join(" / ");
    println!("one body of {} MiB, MB/s: directly / plain relay / proxy: {shown}", size.bulk >> 20);
    let ratio = rates.ratio(|round| round[2] / round[1]);
    report("throughput of one body / through a plain relay", ratio, "≥ 0.9", ratio >= 0.9);
}
