use super::*;
use crate::protocol::record::{Direction, Request, Response, Timings};

/// A POST of a body at so many milliseconds, signed at `signed_at` seconds, and its answer.
struct Sent<'a> {
    at: u64,
    body: &'a str,
    signed_at: u64,
    status: u16,
    headers: &'a [(&'a str, &'a str)],
}

const START: u64 = 1_729_243_000_000;

impl Default for Sent<'_> {
    fn default() -> Self {
        Sent { at: 0, body: r#"{"type":"Note","id":"1"}"#, signed_at: 0, status: 503, headers: &[] }
    }
}

impl Sent<'_> {
    fn record(&self, number: usize) -> Record {
        let text = |text: &str| text.into();
        let signed_at = START / 1_000 + self.signed_at;
        let headers = vec![
            ("versia-signed-by".to_owned(), text("A.example")),
            ("Versia-Signed-At".to_owned(), text(&signed_at.to_string())),
            ("Versia-Signature".to_owned(), text(&format!("{signed_at}{}", self.body))),
        ];
        let answer = self.headers.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect();
        Record {
            id: Some(format!("r{number}")),
            at: Some(attempt::moment(START + self.at)),
            direction: Some(Direction::In),
            peer: Some("192.0.2.1:5000".to_owned()),
            http: Some("1.1".to_owned()),
            timings: Some(Timings { total: Some(10.0), ..Timings::default() }),
            request: Some(Request {
                method: "POST".to_owned(),
                target: "/.versia/v0.6/inbox".to_owned(),
                headers: Some(headers),
                body: text(self.body),
                ..Request::default()
            }),
            response: Some(Response { status: self.status, headers: answer, ..Response::default() }),
            ..Record::default()
        }
    }
}

fn conduct(sent: &[Sent<'_>]) -> Conduct {
    let mut watcher = Watcher::default();
    for (number, sent) in sent.iter().enumerate() {
        watcher.take(&sent.record(number));
    }
    let mut all = watcher.report();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn codes_of(conduct: &Conduct) -> Vec<&'static str> {
    conduct.findings.iter().map(|remark| remark.code).collect()
}

#[test]
fn a_sender_that_waits_as_long_as_it_was_asked_to_breaks_nothing() {
    let asked = &[("Retry-After", "2")][..];
    let found = conduct(&[
        Sent { headers: asked, ..Sent::default() },
        Sent { at: 2_010, signed_at: 2, headers: asked, ..Sent::default() },
        Sent { at: 5_000, signed_at: 5, status: 202, ..Sent::default() },
    ]);
    assert_eq!(codes_of(&found), Vec::<&str>::new());
    assert_eq!(
        (found.sender.as_str(), found.requests, found.retries, found.signed_anew),
        ("a.example", 3, 2, 2)
    );
    assert_eq!(found.deliveries, Counts { all: 1, accepted: 1, ..Counts::default() });
    assert_eq!(found.retry_after, Asked { asked: 2, broken: 0 });
    let waits: Vec<_> = found.tried[0].attempts.iter().map(|one| (one.waited, one.asked)).collect();
    assert_eq!(waits, [(None, None), (Some(2.0), Some(2.0)), (Some(2.98), Some(2.0))]);
}

#[test]
fn one_that_comes_too_early_is_found_out() {
    let found = conduct(&[
        Sent { headers: &[("Retry-After", "2")], ..Sent::default() },
        Sent { at: 500, status: 202, ..Sent::default() },
    ]);
    assert_eq!(codes_of(&found), ["VN260"]);
    assert!(found.breaks_a_rule());
    assert_eq!(found.retry_after, Asked { asked: 1, broken: 1 });
    assert_eq!(
        found.findings[0].message,
        "Note 1 came again after 0.5 s, and the answer before it had Retry-After: 2"
    );
    assert_eq!(found.findings[0].records, ["r1"]);
}

#[test]
fn a_quota_is_for_everything_that_a_sender_sends() {
    let used_up = &[("RateLimit-Remaining", "0"), ("RateLimit-Reset", "10")][..];
    let other = r#"{"type":"Note","id":"2"}"#;
    let found = conduct(&[
        Sent { status: 202, headers: used_up, ..Sent::default() },
        Sent { at: 3_000, body: other, status: 429, headers: used_up, ..Sent::default() },
        Sent { at: 14_000, body: other, status: 202, ..Sent::default() },
    ]);
    assert_eq!((codes_of(&found), found.rate_limit), (vec!["VN261"], Asked { asked: 1, broken: 1 }));
    // Right behind the answer, another delivery may have been under way; its own retry was not.
    let soon = |at| Sent { at, body: other, status: 429, headers: used_up, ..Sent::default() };
    let first = || Sent { status: 202, headers: used_up, ..Sent::default() };
    assert_eq!(conduct(&[first(), soon(100)]).rate_limit.broken, 1, "over the same connection");
    let mut watcher = Watcher::default();
    for (number, sent) in [first(), soon(100), soon(150)].iter().enumerate() {
        let mut record = sent.record(number);
        record.peer = Some(format!("192.0.2.1:{number}"));
        watcher.take(&record);
    }
    let remarks = watcher.report().remove(0).findings;
    assert_eq!((remarks[0].code, remarks[0].count), ("VN261", 1), "{remarks:?}");
    let good = conduct(&[
        Sent { status: 202, headers: used_up, ..Sent::default() },
        Sent { at: 10_020, body: other, status: 202, ..Sent::default() },
    ]);
    assert_eq!((codes_of(&good), good.rate_limit), (vec![], Asked { asked: 1, broken: 0 }));
}

#[test]
fn what_is_final_is_not_tried_again_and_what_is_done_is_done() {
    let refused = || Sent { status: 401, ..Sent::default() };
    assert_eq!(codes_of(&conduct(&[refused(), Sent { at: 60_000, ..refused() }])), ["VN262"]);
    // What was put right is another delivery.
    let corrected = r#"{"type":"Note","id":"1","content":null}"#;
    let found = conduct(&[refused(), Sent { at: 100, body: corrected, status: 202, ..Sent::default() }]);
    assert_eq!((codes_of(&found), found.deliveries.all), (vec![], 2));
    let accepted = || Sent { status: 202, ..Sent::default() };
    let again = conduct(&[accepted(), Sent { at: 1_000, ..accepted() }]);
    assert_eq!(codes_of(&again), ["VN264"]);
    assert!(again.findings[0].message.ends_with("accepted, with the same signature"), "{again:?}");
    let edited = conduct(&[accepted(), Sent { at: 1_000, body: corrected, ..accepted() }]);
    assert_eq!(codes_of(&edited), Vec::<&str>::new());
}

#[test]
fn retries_keep_their_bytes_are_signed_anew_and_spread_out() {
    let changed = r#"{"id":"1","type":"Note"}"#;
    let found = conduct(&[Sent::default(), Sent { at: 1_000, body: changed, ..Sent::default() }]);
    assert_eq!(codes_of(&found), ["VN266"]);
    let old = conduct(&[Sent::default(), Sent { at: 301_000, status: 202, ..Sent::default() }]);
    assert_eq!((codes_of(&old), old.signed_anew), (vec!["VN267"], 0));
    let steady: Vec<_> = (0..4).map(|count| Sent { at: count * 1_010, ..Sent::default() }).collect();
    let steady = conduct(&steady);
    assert_eq!((codes_of(&steady), steady.spacing.backoff), (vec!["VN263"], Some(false)));
    assert!(!steady.breaks_a_rule());
    let given_up = conduct(&[Sent::default()]);
    assert_eq!((codes_of(&given_up), given_up.deliveries.open), (vec!["VN268"], 1));
}

#[test]
fn whoever_follows_a_redirect_is_seen_even_when_it_does_not_sign() {
    let mut watcher = Watcher::default();
    watcher.take(&Sent { status: 302, headers: &[("Location", "?redirected")], ..Sent::default() }.record(0));
    let mut follower = Sent { at: 20, status: 405, ..Sent::default() }.record(1);
    if let Some(request) = &mut follower.request {
        request.method = "GET".to_owned();
        request.target = "/.versia/v0.6/inbox?redirected".to_owned();
        request.headers = Some(Vec::new());
    }
    watcher.take(&follower);
    let all = watcher.report();
    assert_eq!((all[0].sender.as_str(), codes_of(&all[0])), ("192.0.2.1", vec!["VN265"]));
    assert_eq!(all[1].sender, "a.example");
}
