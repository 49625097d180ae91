//! Fixed results for the tests of the renderings: a peer that sends markup, escape sequences and bytes that are no text.

use std::time::Duration;

use super::results::{Ending, Judged, Results};
use crate::check::{Before, End, Report, Status, all};
use crate::finding::{Finding, codes};
use crate::protocol::record::{Direction, Headers, Record, RecordError, Request, Response, Timings};

const HOSTILE: &str = "</pre><script>alert('x')</script>\u{1b}[31m\u{202e}# | `\u{200b}`";

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect()
}

fn exchange(status: u16, body: &[u8]) -> Record {
    let mut record = Record {
        direction: Some(Direction::Out),
        http: Some("1.1".to_owned()),
        timings: Some(Timings { total: Some(1.5), ..Timings::default() }),
        request: Some(Request {
            method: "GET".to_owned(),
            target: "/.versia/v0.6/entities/User/1?token=hush".to_owned(),
            headers: Some(headers(&[
                ("Accept", "application/vnd.versia+json"),
                ("Versia-Signed-By", "a.example"),
                ("Versia-Signed-At", "1700000000"),
                ("Authorization", "Bearer hush"),
            ])),
            ..Request::default()
        }),
        response: Some(Response {
            status,
            headers: headers(&[
                ("Content-Type", "text/html"),
                ("Set-Cookie", "hush"),
                ("Server", "<script>\u{202e}"),
            ]),
            body: body.to_vec().into(),
            ..Response::default()
        }),
        ..Record::default()
    };
    record.hide_secrets();
    record
}

fn lost() -> Record {
    let error = RecordError { code: Some("VN103".to_owned()), message: "no answer in time".to_owned() };
    Record { response: None, error: Some(error), ..exchange(0, b"") }
}

/// What came of the case with this id, and what stood in the earlier run.
fn judged(id: &str, status: Status, before: Option<Before>) -> Judged {
    let case = all().find(|case| case.id == id).unwrap();
    let mut report = Report {
        case,
        status,
        expected: None,
        got: None,
        reason: None,
        findings: Vec::new(),
        exchanges: vec![exchange(200, b"{\"id\":\"1\"}")],
        took: Duration::from_micros(1_500),
    };
    match status {
        Status::Pass => {}
        Status::Fail | Status::Warn => {
            report.expected = Some("401 or 422".to_owned());
            report.got = Some(format!("200 with {HOSTILE}"));
            report.exchanges = vec![exchange(200, b"\xff\x00"), exchange(200, HOSTILE.as_bytes())];
        }
        Status::Skip => {
            report.reason = Some("nothing is sent to other machines without --write".to_owned());
            report.exchanges.clear();
        }
        Status::Unobservable => report.reason = Some(format!("the status says nothing {HOSTILE}")),
    }
    Judged { report, before }
}

fn results(judged: Vec<Judged>) -> Results {
    Results {
        target: "https://b.example".to_owned(),
        domain: "b.example".to_owned(),
        began: Some("2026-01-02T03:04:05.000Z".to_owned()),
        profile: "spec",
        baseline: None,
        meant: judged.len(),
        judged,
        ending: Ending::Ran(End::Whole),
    }
}

/// One case of each way to end, with a diagnosis, and one that got no answer.
pub fn mixed() -> Results {
    let mut diagnosed = judged("signatures/response/user", Status::Fail, None);
    let finding = Finding::new(&codes::RESPONSE_UNSIGNED, format!("it is not signed {HOSTILE}"));
    diagnosed.report.findings = vec![finding.with_hint("sign it")];
    let mut unanswered = judged("http/method/allow", Status::Warn, None);
    unanswered.report.got = Some("no answer: no answer in time".to_owned());
    unanswered.report.exchanges = vec![lost()];
    results(vec![
        judged("discovery/versions/answer", Status::Pass, None),
        judged("discovery/versions/type", Status::Pass, None),
        unanswered,
        diagnosed,
        judged("signatures/get/stale", Status::Fail, None),
        judged("signatures/post/valid", Status::Skip, None),
        judged("inbox/json/array", Status::Unobservable, None),
    ])
}

/// A run beside an earlier one.
pub fn compared() -> Results {
    let was = |status| Some(Before::Was(status));
    let mut results = results(vec![
        judged("discovery/versions/answer", Status::Pass, was(Status::Fail)),
        judged("discovery/versions/type", Status::Pass, was(Status::Pass)),
        judged("signatures/get/no-signature", Status::Fail, was(Status::Fail)),
        judged("signatures/get/stale", Status::Fail, was(Status::Pass)),
        judged("signatures/get/future", Status::Fail, Some(Before::New)),
        judged("http/method/allow", Status::Warn, was(Status::Warn)),
        judged("signatures/post/valid", Status::Skip, was(Status::Pass)),
    ]);
    results.baseline = Some("main.ndjson".to_owned());
    results
}

/// A run that was interrupted.
pub fn interrupted() -> Results {
    let judged = vec![
        judged("discovery/versions/answer", Status::Pass, None),
        judged("discovery/versions/type", Status::Fail, None),
    ];
    Results { meant: 227, ending: Ending::Ran(End::Interrupted), ..results(judged) }
}

/// A run that did not begin.
pub fn unanswered() -> Results {
    Results { meant: 227, ending: Ending::NoAnswer("connection refused".to_owned()), ..results(Vec::new()) }
}
