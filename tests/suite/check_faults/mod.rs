//! The cases of `check`, proved: for each an instance that is wrong in one way, which fails that case and no other.
//!
//! A real `serve --reject` of b.example runs behind a front that does one thing wrong, and its deliveries to a.example, the instance
//! of `check`, go through a front as well. What is wrong is a row of the table: its name, and the cases that it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::fixture::Sandbox;
use crate::serving::Serving;

use fault::Fault;
use front::Front;
use message::Side;

mod collections;
mod discovery;
mod entities;
mod fault;
mod follows;
mod front;
mod http;
mod inbox;
mod message;
mod messaging;
mod signatures;
mod webfinger;

/// How often another port is tried where one is taken meanwhile.
const TRIES: usize = 10;

/// The whole table.
fn table() -> Vec<Fault> {
    let pages = [
        discovery::rows(),
        webfinger::rows(),
        http::rows(),
        signatures::rows(),
        entities::rows(),
        collections::rows(),
        inbox::rows(),
        follows::rows(),
        messaging::rows(),
    ];
    pages.into_iter().flatten().collect()
}

/// Cases that are broken beside the rows of the table about the wire, by servers of their own.
const BELOW: [&str; 5] = [
    "http/http2/answer",
    "http/http2/chosen",
    "http/plain/port-80",
    "http/ratelimit/refusal",
    "http/tls/1-3",
];

/// Whether the table of another file has a case: that of WebSocket has all of its page, and that of the wire by hand names each in the
/// first place of a row.
fn is_proved_elsewhere(id: &str) -> bool {
    let wire: String = include_str!("../check_wire.rs").split_whitespace().collect();
    id.starts_with("websocket/") || BELOW.contains(&id) || wire.contains(&format!("(\"{id}\","))
}

/// The ids of all cases.
fn listed(sandbox: &Sandbox) -> BTreeSet<String> {
    let list = sandbox.sh("versia-cli check --list --json");
    let lines = list.code(0).out().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["id"].as_str().unwrap().to_owned()).collect()
}

/// Whether an id is meant by one of a row, which may end with `*`.
fn is_meant(row: &str, id: &str) -> bool {
    row.strip_suffix('*').map_or(row == id, |beginning| id.starts_with(beginning))
}

/// A checked instance, and what stands before it.
struct Bench {
    sandbox: Sandbox,
    fault: Arc<Mutex<Arc<Fault>>>,
    to_checked: Front,
    to_checking: Front,
    _b: Serving,
}

impl Bench {
    fn start() -> Self {
        let sandbox = Sandbox::new();
        for (name, signer) in [("a.key", message::a()), ("b.key", message::b())] {
            sandbox.file(name, signer.key().to_pkcs8_base64().as_str());
        }
        sandbox.sh("chmod 600 *.key").code(0);
        let fault = Arc::new(Mutex::new(Arc::new(Fault::none())));
        let to_checked = Front::start(Side::Checked, &fault);
        let to_checking = Front::start(Side::Checking, &fault);
        let b = Serving::start_with(
            &sandbox,
            &format!(
                "--listen 127.0.0.1:0 --key b.key --domain b.example --seed --reject --retry 0 --peer a.example=http://{}",
                to_checking.address
            ),
        );
        to_checked.stand_before(b.address.parse().unwrap());
        Bench { sandbox, fault, to_checked, to_checking, _b: b }
    }

    /// The verdicts about an instance with this fault, by the ids of the cases.
    fn verdicts(&self, fault: &Arc<Fault>, arguments: &str) -> BTreeMap<String, String> {
        *self.fault.lock().unwrap() = Arc::clone(fault);
        let at = self.to_checked.address;
        let port = at.port();
        for _ in 0..TRIES {
            let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            self.to_checking.stand_before(own);
            let ended = self.sandbox.sh(&format!(
                "versia-cli check http://b.example:{port} --resolve b.example:{port}:{at} --allow-http --user alice \
                 --key a.key --domain a.example --listen {own} --peer b.example=http://{at} --json {arguments}"
            ));
            if ended.code == 2 && ended.stderr.contains("cannot listen") {
                continue;
            }
            let lines = ended.out().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            let text = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
            let verdicts: BTreeMap<_, _> =
                lines.filter_map(|line| Some((text(&line, "id")?, text(&line, "verdict")?))).collect();
            assert!(!verdicts.is_empty(), "{}: {}", fault.name, ended.stderr);
            return verdicts;
        }
        panic!("no port could be had in {TRIES} tries");
    }

    /// What the fault breaks, otherwise than its row says.
    fn surprise(&self, fault: Fault, page: Option<&str>) -> Option<String> {
        let fault = Arc::new(fault);
        // Bodies of megabytes take a while where nothing is optimised.
        let only =
            page.map_or("--skip websocket".to_owned(), |page| format!("--only {page} --skip inbox/size"));
        let verdicts = self.verdicts(&fault, &only);
        let is_wrong = |verdict: &str| matches!(verdict, "fail" | "warn");
        let broken: BTreeSet<_> =
            verdicts.iter().filter(|(_, it)| is_wrong(it)).map(|(id, _)| id.as_str()).collect();
        let is_wanted = |id: &&str| fault.fails.iter().any(|row| is_meant(row, id));
        let wanted: BTreeSet<_> = verdicts.keys().map(String::as_str).filter(is_wanted).collect();
        let unseen: Vec<_> = wanted
            .difference(&broken)
            .map(|id| (*id, verdicts.get(*id).map_or("absent", String::as_str)))
            .collect();
        let besides: Vec<_> = broken.difference(&wanted).collect();
        (broken != wanted)
            .then(|| format!("{}: not broken {unseen:?}, broken besides {besides:?}", fault.name))
    }
}

/// Every fault of a page breaks just the cases of its row.
fn breaks_its_cases(page: &str) {
    let bench = Bench::start();
    let sound = bench.surprise(Fault::none(), Some(page));
    let faults = table().into_iter().filter(|fault| fault.page() == page);
    let surprises: Vec<_> =
        sound.into_iter().chain(faults.filter_map(|fault| bench.surprise(fault, Some(page)))).collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

#[test]
fn every_case_is_broken_by_a_fault_and_every_fault_breaks_a_case_that_there_is() {
    let (ids, table) = (listed(&Sandbox::new()), table());
    let rows: BTreeSet<_> = table.iter().flat_map(|fault| fault.fails.iter()).collect();
    let unproved: Vec<_> = ids
        .iter()
        .filter(|id| !is_proved_elsewhere(id) && !rows.iter().any(|row| is_meant(row, id)))
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
    let empty: Vec<_> = rows.iter().filter(|row| !ids.iter().any(|id| is_meant(row, id))).collect();
    assert!(empty.is_empty(), "{empty:#?}");
    assert!(table.iter().all(|fault| !fault.fails.is_empty()));
}

#[test]
fn each_fault_of_discovery_breaks_its_cases() {
    breaks_its_cases("discovery");
}

#[test]
fn each_fault_of_webfinger_breaks_its_cases() {
    breaks_its_cases("webfinger");
}

#[test]
fn each_fault_of_http_breaks_its_cases() {
    breaks_its_cases("http");
}

#[test]
fn each_fault_of_signatures_breaks_its_cases() {
    breaks_its_cases("signatures");
}

#[test]
fn each_fault_of_entities_breaks_its_cases() {
    breaks_its_cases("entities");
}

#[test]
fn each_fault_of_collections_breaks_its_cases() {
    breaks_its_cases("collections");
}

#[test]
fn each_fault_of_inbox_breaks_its_cases() {
    breaks_its_cases("inbox");
}

#[test]
fn each_fault_of_follows_breaks_its_cases() {
    breaks_its_cases("follows");
}

#[test]
fn each_fault_of_messaging_breaks_its_cases() {
    breaks_its_cases("messaging");
}

#[test]
#[ignore = "every fault against every page takes minutes"]
fn each_fault_breaks_its_cases_and_none_of_another_page() {
    let bench = Bench::start();
    let surprises: Vec<_> = table().into_iter().filter_map(|fault| bench.surprise(fault, None)).collect();
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}
