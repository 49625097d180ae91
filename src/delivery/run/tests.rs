//! Runs over a road that answers by script.

use std::collections::BTreeMap;
use std::sync::mpsc::channel;

use super::*;
use crate::delivery::outcome::{Failure, FailureKind, Unfinished};
use crate::protocol::Advice;
use crate::protocol::record::Record;

const AMBIENT: Ambient = Ambient { now_millis: || 0, random: |bytes| bytes.fill(0) };

type Sent = Arc<Mutex<Vec<(u64, Option<String>)>>>;

/// Answers by what the document says: a list of statuses, one for each attempt; 0 is a connection that fails.
struct Scripted {
    sent: Sent,
    tries: BTreeMap<u64, usize>,
}

impl Road for Scripted {
    fn attempt(&mut self, item: &Item, attempt_of: Option<&str>) -> Attempt {
        let number = self.tries.entry(item.ordinal).or_insert(0);
        let script: Vec<&str> = std::str::from_utf8(&item.body).unwrap().split(' ').collect();
        let word = script[(*number).min(script.len() - 1)];
        *number += 1;
        self.sent.lock().unwrap().push((item.ordinal, attempt_of.map(str::to_owned)));
        let record = Record { id: Some(format!("{}-{number}", item.ordinal)), ..Record::default() };
        let mut advice = Advice::default();
        let answer = match word {
            "panic" => panic!("on purpose"),
            "0" => Err(failure(FailureKind::Connection)),
            "unsendable" => Err(failure(FailureKind::Unsendable)),
            "429-for-ever" => {
                advice.retry_after = Some(Duration::from_secs(3_600));
                Ok(Some(429))
            }
            status => Ok(Some(status.parse().unwrap())),
        };
        Attempt { record, answer, dialled: None, check: None, advice }
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: None, message: "gone".into(), hint: None }
}

/// Keeps what it hears, as text.
#[derive(Default)]
struct Heard {
    lines: Vec<String>,
    break_after: Option<usize>,
}

impl Observer<Event<&'static str>> for Heard {
    fn observe(&mut self, event: &Event<&'static str>, _: &Summary) -> ControlFlow<()> {
        self.lines.push(match event {
            Event::Attempted { place, tries, then: Then::Retry(_), .. } => format!("{place}: {tries}, again"),
            Event::Attempted { place, then: Then::Settled(outcome), .. } => format!("{place}: {outcome:?}"),
            Event::Unfinished { place, outcome } => format!("{place}: {outcome:?}"),
            Event::Skipped(answer) => format!("skipped: {answer:?}"),
            Event::Paused(pause) => format!("paused: {:?}", pause.reason),
            Event::Unreadable(why) => format!("unreadable: {why}"),
        });
        match self.break_after {
            Some(count) if self.lines.len() >= count => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}

fn plan(concurrency: usize, retries: u32) -> Plan {
    Plan {
        concurrency: NonZeroUsize::new(concurrency).unwrap(),
        interval: None,
        max_wait: Duration::from_secs(300),
        retry: Retry::times(retries),
        expectation: Expectation::Success,
        fail_fast: false,
    }
}

fn items(scripts: &[&str]) -> impl Iterator<Item = Result<Item, &'static str>> + Send + 'static {
    let scripts: Vec<String> = scripts.iter().map(|script| (*script).to_owned()).collect();
    (1..).zip(scripts).map(|(ordinal, script)| match script.as_str() {
        "unreadable" => Err("torn"),
        _ => Ok(Item::new(ordinal, Place::line("x", ordinal), script.into_bytes())),
    })
}

struct Ran {
    ended: Ended,
    heard: Vec<String>,
    sent: Vec<(u64, Option<String>)>,
}

fn go(
    items: impl Iterator<Item = Result<Item, &'static str>> + Send + 'static,
    plan: Plan,
    journal: Option<(Journal, History)>,
    mut heard: Heard,
) -> Ran {
    let sent = Sent::default();
    let road = || Scripted { sent: Arc::clone(&sent), tries: BTreeMap::new() };
    let ended = run(items, road, plan, AMBIENT, journal, &AtomicBool::new(false), &mut heard);
    let sent = sent.lock().unwrap().clone();
    Ran { ended, heard: heard.lines, sent }
}

fn deliver(scripts: &[&str], plan: Plan) -> Ran {
    go(items(scripts), plan, None, Heard::default())
}

#[test]
fn every_document_is_sent_once_by_many_workers() {
    let scripts = vec!["202"; 1_000];
    let mut ran = deliver(&scripts, plan(16, 3));
    ran.sent.sort_unstable();
    let once: Vec<_> = (1..=1_000).map(|ordinal| (ordinal, None)).collect();
    assert_eq!(ran.sent, once);
    assert_eq!((ran.ended.summary.delivered, ran.ended.summary.settled()), (1_000, 1_000));
    assert!(ran.ended.stopped.is_none());
}

#[test]
fn a_retry_names_the_first_attempt_and_ends_with_the_last_answer() {
    let ran = deliver(&["503 0 202", "503 503 503 503"], plan(1, 2));
    let first = |ordinal: u64| Some(format!("{ordinal}-1"));
    assert_eq!(ran.sent, [(1, None), (1, first(1)), (1, first(1)), (2, None), (2, first(2)), (2, first(2))]);
    assert_eq!(
        ran.heard,
        [
            "line 1 of x: 1, again",
            "line 1 of x: 2, again",
            "line 1 of x: Delivered { status: Some(202) }",
            "line 2 of x: 1, again",
            "line 2 of x: 2, again",
            "line 2 of x: Refused { status: 503 }",
        ]
    );
    assert_eq!(ran.ended.summary.attempts, 6);
}

#[test]
fn an_input_that_cannot_be_read_does_not_stop_the_others() {
    let ran = deliver(&["202", "unreadable", "401"], plan(2, 0));
    let summary = ran.ended.summary;
    assert_eq!((summary.delivered, summary.refused, summary.unreadable), (1, 1, 1));
}

#[test]
fn the_first_failure_ends_a_run_that_is_to_fail_fast() {
    for script in ["401", "0", "unreadable"] {
        let scripts = ["202", script, "202", "202", "202"];
        let ran = deliver(&scripts, Plan { fail_fast: true, ..plan(1, 0) });
        assert!(matches!(ran.ended.stopped, Some(Stopped::FirstFailure)), "{:?}", ran.ended);
        assert!(ran.sent.len() <= 2, "{:?}", ran.sent);
    }
}

#[test]
fn what_can_never_be_sent_ends_the_run_at_once() {
    let ran = deliver(&["unsendable", "202"], plan(1, 3));
    assert!(matches!(ran.ended.stopped, Some(Stopped::Unsendable)));
    assert_eq!(ran.sent.len(), 1);
}

#[test]
fn a_pause_that_is_too_long_ends_the_run() {
    let ran = deliver(&["429-for-ever", "202"], plan(1, 0));
    assert!(matches!(ran.ended.stopped, Some(Stopped::PauseTooLong(_))));
    assert_eq!(ran.sent.len(), 1);
    assert_eq!(ran.ended.summary.refused, 1);

    let retried = deliver(&["429-for-ever"], plan(1, 1));
    let [again, unfinished] = retried.heard.as_slice() else { panic!("{:?}", retried.heard) };
    assert!(again.ends_with("again") && unfinished.contains("PauseTooLong"), "{:?}", retried.heard);
    assert_eq!(retried.ended.summary.unfinished, 1);
}

#[test]
fn an_interrupt_ends_a_run_whose_input_brings_nothing() {
    let (keep, input) = channel::<Result<Item, &'static str>>();
    keep.send(Ok(Item::new(1, Place::line("x", 1), b"503".to_vec()))).unwrap();
    let interrupted = Arc::new(AtomicBool::new(false));
    struct Interrupting(Arc<AtomicBool>, Vec<Outcome>);
    impl Observer<Event<&'static str>> for Interrupting {
        fn observe(&mut self, event: &Event<&'static str>, _: &Summary) -> ControlFlow<()> {
            self.0.store(true, Ordering::Relaxed);
            if let Event::Unfinished { outcome, .. } = event {
                self.1.push(outcome.clone());
            }
            ControlFlow::Continue(())
        }
    }
    let mut observer = Interrupting(Arc::clone(&interrupted), Vec::new());
    let sent = Sent::default();
    let road = || Scripted { sent: Arc::clone(&sent), tries: BTreeMap::new() };
    // The wait before the retry would be the longest there is, an hour.
    let retry = Retry { times: 1, base: Duration::from_secs(3_600), cap: Duration::from_secs(3_600) };
    let ambient = Ambient { random: |bytes| bytes.fill(0xff), ..AMBIENT };
    let plan = Plan { retry, ..plan(4, 1) };
    let ended = run(input.into_iter(), road, plan, ambient, None, &interrupted, &mut observer);
    assert!(matches!(ended.stopped, Some(Stopped::Interrupted)));
    assert_eq!(observer.1, [Outcome::Unfinished { status: Some(503), why: Unfinished::Stopped }]);
    drop(keep);
}

#[test]
fn nothing_new_is_sent_when_nobody_listens_any_more() {
    let scripts = vec!["202"; 10_000];
    let heard = Heard { break_after: Some(3), ..Heard::default() };
    let ran = go(items(&scripts), plan(2, 0), None, heard);
    assert!(matches!(ran.ended.stopped, Some(Stopped::Unheard)));
    assert_eq!(ran.heard.len(), 3);
    assert!(ran.sent.len() < 1_000, "{}", ran.sent.len());
}

#[test]
#[should_panic(expected = "on purpose")]
fn a_panic_of_a_road_reaches_the_caller() {
    deliver(&["202", "panic", "202"], plan(2, 0));
}

#[test]
fn a_second_run_sends_what_has_no_answer_and_refuses_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let open = || Some(Journal::open(&path, "https://b.example/inbox").unwrap());
    let scripts = ["202", "401", "0", "202"];
    let first = go(items(&scripts), plan(1, 0), open(), Heard::default());
    assert_eq!(first.sent.len(), 4);

    let second = go(items(&scripts), plan(1, 0), open(), Heard::default());
    assert_eq!(second.sent, [(3, None)]);
    let summary = &second.ended.summary;
    assert_eq!((summary.delivered_before, summary.refused_before, summary.failed), (2, 1, 1));

    let changed = ["202", "401", "0", "200"];
    let third = go(items(&changed), plan(1, 0), open(), Heard::default());
    let expected = Mismatch::Changed(Place::line("x", 4));
    assert!(matches!(third.ended.stopped, Some(Stopped::Mismatch(found)) if found == expected));
    assert!(!third.sent.iter().any(|(ordinal, _)| *ordinal == 4));
    let history = || History::read(&path, "https://b.example/inbox").unwrap();
    assert_eq!(compare(items(&changed), &history()), Err(expected));
    assert_eq!(compare(items(&scripts[..2]), &history()), Err(Mismatch::Shortened(4)));
    assert_eq!(compare(items(&["202", "unreadable"]), &history()), Ok(()));
    assert_eq!(compare(items(&["202", "401", "0", "202", "more"]), &history()), Ok(()));

    let shortened = go(items(&scripts[..2]), plan(1, 0), open(), Heard::default());
    assert!(matches!(shortened.ended.stopped, Some(Stopped::Mismatch(Mismatch::Shortened(4)))));
}
