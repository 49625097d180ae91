use std::sync::Arc;

use super::*;
use crate::protocol::record::Request;

fn record(id: &str, body: &str) -> Record {
    Record {
        id: Some(id.to_owned()),
        at: Some("2026-01-31T12:00:00.250Z".to_owned()),
        request: Some(Request {
            method: "POST".to_owned(),
            target: "/.versia/v0.6/inbox".to_owned(),
            headers: Some(vec![("X-Odd".to_owned(), vec![0xff, 0].into())]),
            body: body.into(),
            ..Request::default()
        }),
        ..Record::default()
    }
}

fn in_memory() -> Records {
    Records::new(Arc::new(Store::open(None).unwrap()), Keep::default())
}

#[tokio::test]
async fn what_is_appended_is_found_listed_and_watched() {
    let records = in_memory();
    let mut watched = records.watch();
    let first = record("0190-aaaa", r#"{"type":"Note","content":"Hello"}"#);
    assert_eq!(records.appended(&first).await, Ok(1));
    assert_eq!(records.appended(&record("0190-bbbb", r#"{"type":"Like"}"#)).await, Ok(2));
    assert_eq!(records.appended(&first).await, Ok(1));
    for name in ["0190-aaaa", "0190-a", "1"] {
        assert_eq!(records.get(name).await.unwrap().as_ref(), Some(&first), "{name}");
    }
    for name in ["0190", "", "3", "x"] {
        assert_eq!(records.get(name).await, Ok(None), "{name}");
    }
    let likes = Filter { types: vec!["like".to_owned()], ..Filter::default() };
    let listed = records.list(likes, Page::newest(10)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].0, listed[0].1.kind.as_deref()), (2, Some("Like")));
    let text = Filter { text: Some("hello".to_owned()), ..Filter::default() };
    assert_eq!(records.count(text).await, Ok(1));
    let numbers: Vec<_> = records
        .records(Filter::default(), Page::after(0, 9))
        .await
        .unwrap()
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(numbers, [1, 2]);
    assert_eq!(watched.recv().await.unwrap().0, 1);
    assert_eq!(watched.recv().await.unwrap().1.id, "0190-bbbb");
}

#[tokio::test]
async fn a_page_of_large_records_ends_before_it_is_too_much() {
    let records = in_memory();
    let body = "x".repeat(6 << 20);
    for id in ["a", "b", "c", "d"] {
        records.appended(&record(id, &body)).await.unwrap();
    }
    let numbers = async |after| {
        let page = records.records(Filter::default(), Page::after(after, 9)).await.unwrap();
        page.into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!((numbers(0).await, numbers(3).await, numbers(4).await), (vec![1, 2, 3], vec![4], vec![]));
}

/// Numbers that look like chance, the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 20).unwrap() % end
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn maybe<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        (self.below(3) > 0).then(|| self.one(of))
    }

    fn some<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let count = [0, 0, 0, 1, 2][self.below(5)];
        (0..count).map(|_| self.one(of)).collect()
    }
}

const KINDS: [&str; 8] = [
    "Note",
    "pub.versia:likes/Like",
    "like",
    "a/b/Like",
    "Like/",
    "é/É",
    "nul\\u0000inside",
    "'\\\" OR 1=1 --",
];
const AUTHORS: [&str; 5] = ["a.example:1", "A.EXAMPLE:2", "%_", "ÄÖ", "nul\\u0000inside"];
const PEERS: [&str; 6] = ["127.0.0.1:80", "127.0.0.1:8080", "[::1]:80", "a.example", "é:1", ""];
const VERDICTS: [&str; 4] = ["valid", "invalid", "Missing", ""];
const CODES: [&str; 5] = ["VS001", "VS002", "vs0021", "a,b", ""];
const SESSIONS: [&str; 3] = ["s1", "s2", "S1"];
const TEXTS: [&str; 9] = ["hello", "HELLO", "quote\"d", "tab\tbed", "é", "base64", "\u{0}", "", "X-Secret"];

fn any_record(chance: &mut Chance, number: usize) -> Record {
    use crate::protocol::record::{
        Direction, Frame, Protocol, RecordError, RecordVerdict, Response, Transport,
    };
    let verdict = |chance: &mut Chance| {
        chance.maybe(&VERDICTS).map(|signature| RecordVerdict {
            signature: signature.to_owned(),
            codes: chance.some(&CODES).into_iter().map(str::to_owned).collect(),
            signed_by: chance.maybe(&AUTHORS).map(str::to_owned),
            key: None,
        })
    };
    let text = |chance: &mut Chance| -> Vec<u8> {
        let mut bytes = chance.one(&TEXTS).as_bytes().to_vec();
        if chance.below(4) == 0 {
            bytes.push(0xff);
        }
        bytes
    };
    let entity = format!(
        r#"{{"type":"{}","author":"{}","content":"{}"}}"#,
        chance.one(&KINDS),
        chance.one(&AUTHORS),
        chance.one(&["hello", "Hello there", "x"])
    );
    let as_frame = chance.below(3) == 0;
    let request = Request {
        method: "POST".to_owned(),
        target: chance.one(&["/.versia/v0.6/inbox", "/hello?x=\"", "/"]).to_owned(),
        headers: chance.maybe(&[()]).map(|()| vec![("X-Secret".to_owned(), text(chance).into())]),
        body: if as_frame { Vec::new() } else { entity.clone().into_bytes() }.into(),
        verdict: verdict(chance),
        ..Request::default()
    };
    let frame = as_frame.then(|| Frame {
        opcode: chance.one(&["text", "binary", "ping"]).to_owned(),
        data: if chance.below(2) == 0 { entity.into_bytes() } else { text(chance) }.into(),
        verdict: verdict(chance),
        ..Frame::default()
    });
    Record {
        id: Some(format!("{number:04}")),
        at: chance
            .maybe(&["2026-01-31T12:00:00.250Z", "2026-01-31T12:00:01Z", "not a time"])
            .map(str::to_owned),
        direction: chance.maybe(&[Direction::In, Direction::Out]),
        transport: if as_frame { Transport::Ws } else { Transport::Http },
        protocol: chance.one(&[Protocol::Versia, Protocol::Wsify, Protocol::Chat, Protocol::Raw]),
        peer: chance.maybe(&PEERS).map(str::to_owned),
        session: chance.maybe(&SESSIONS).map(str::to_owned),
        attempt_of: chance.maybe(&["0001", "0002"]).map(str::to_owned),
        response: chance.maybe(&[202, 404, 499, 500, 65_535]).map(|status| Response {
            status,
            body: text(chance).into(),
            verdict: verdict(chance),
            ..Response::default()
        }),
        error: chance.maybe(&["hello", "it broke"]).map(|message| RecordError {
            code: chance.maybe(&CODES).map(str::to_owned),
            message: message.to_owned(),
        }),
        malformed: chance.maybe(&[()]).map(|()| text(chance).into()),
        request: Some(request),
        frame,
        ..Record::default()
    }
}

fn any_filter(chance: &mut Chance) -> Filter {
    use crate::protocol::outline::Statuses;
    use crate::protocol::record::{Direction, Protocol, Transport};
    let texts = |chance: &mut Chance, of: &[&str]| -> Vec<String> {
        chance.some(of).into_iter().map(|text| text.replace("\\u0000", "\0")).collect()
    };
    let rarely =
        |chance: &mut Chance, times: &[u64]| if chance.below(4) == 0 { chance.maybe(times) } else { None };
    Filter {
        types: texts(chance, &["note", "Like", "b/Like", "likes/like", "", "É", "nul\\u0000inside", "'"]),
        verdicts: texts(chance, &VERDICTS),
        codes: texts(chance, &CODES),
        peers: texts(chance, &["127.0.0.1", "127.0.0.1:80", "::1", "a.example:1", "127.0.0", "", "é"]),
        authors: texts(chance, &["a.ex", "EXAMPLE", "%", "_", "ä", ""]),
        directions: chance.some(&[Direction::In, Direction::Out]),
        transports: chance.some(&[Transport::Http, Transport::Ws]),
        protocols: chance.some(&[Protocol::Versia, Protocol::Chat]),
        statuses: chance.some(&[
            Statuses::Class(4),
            Statuses::One(202),
            Statuses::One(65_535),
            Statuses::Class(9),
        ]),
        sessions: texts(chance, &SESSIONS),
        attempts: texts(chance, &["0001", "0002", "x"]),
        since_millis: rarely(chance, &[0, 1_769_860_800_250, 1_769_860_800_251, u64::MAX]),
        until_millis: rarely(chance, &[0, 1_769_860_800_250, 1_769_860_801_000, u64::MAX]),
        text: if chance.below(3) == 0 { Some(chance.one(&TEXTS).to_owned()) } else { None },
    }
}

#[tokio::test]
async fn the_database_decides_what_the_filter_itself_decides() {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    let records = in_memory();
    let all: Vec<_> = (0..300).map(|number| any_record(&mut chance, number)).collect();
    for record in &all {
        records.appended(record).await.unwrap();
    }
    let outlines = records.list(Filter::default(), Page::after(0, 1_000)).await.unwrap();
    for (record, (_, outline)) in all.iter().zip(&outlines) {
        assert_eq!(*outline, Outline::of(record), "what is kept is what is made of the record");
    }
    let mut wanted = 0;
    for _ in 0..1_500 {
        let filter = any_filter(&mut chance);
        let by_itself: Vec<_> = (1_u64..)
            .zip(&all)
            .filter(|(_, record)| filter.matches(&Outline::of(record), record))
            .map(|(number, _)| number)
            .collect();
        let listed = records.list(filter.clone(), Page::after(0, 1_000)).await.unwrap();
        let by_database: Vec<_> = listed.into_iter().map(|(number, _)| number).collect();
        assert_eq!(by_database, by_itself, "{filter:?}");
        assert_eq!(records.count(filter.clone()).await, Ok(by_itself.len() as u64));
        assert_eq!(records.summary(filter).await.unwrap().count, by_itself.len() as u64);
        wanted += by_itself.len();
    }
    assert!(wanted > 1_000, "{wanted}");
}

#[tokio::test]
async fn the_exact_bytes_come_back() {
    let records = in_memory();
    let mut record = record("1", "\u{0} é \r\n");
    record.request.as_mut().unwrap().body = (0..=255).collect::<Vec<u8>>().into();
    record.malformed = Some(b"GET\0".to_vec().into());
    records.appended(&record).await.unwrap();
    assert_eq!(records.get("1").await, Ok(Some(record)));
    let nameless = Record { malformed: Some(vec![1].into()), ..Record::default() };
    let number = records.appended(&nameless).await.unwrap();
    assert_eq!(records.appended(&nameless).await, Ok(number));
    let found = records.get("2").await.unwrap().unwrap();
    assert_eq!(found.id.as_ref().map(String::len), Some(32));
    assert_eq!(Record { id: None, ..found }, nameless);
}

async fn kept(records: &Records) -> Vec<u64> {
    let listed = records.list(Filter::default(), Page::after(0, usize::MAX)).await.unwrap();
    listed.into_iter().map(|(number, _)| number).collect()
}

fn numbered(number: u64, at: &str) -> Record {
    Record { at: Some(at.to_owned()), ..record(&format!("{number:06}"), &"x".repeat(1_000)) }
}

const NOON: &str = "2026-01-31T12:00:00Z";

#[tokio::test]
async fn no_more_are_kept_than_there_may_be_and_the_newest_stay() {
    let store = Arc::new(Store::open(None).unwrap());
    let records = Records::new(Arc::clone(&store), "1000".parse().unwrap());
    for number in 1..=5_000 {
        records.append(&numbered(number, NOON), |done| assert!(done.is_ok()));
        if number % 500 == 0 {
            let kept = kept(&records).await;
            assert!((990..=1_000).contains(&kept.len()) || number < 1_000, "{}", kept.len());
            assert_eq!(kept.last(), Some(&number));
        }
    }
    // A smaller bound than before takes effect as records come.
    let fewer = Records::new(store, "3".parse().unwrap());
    fewer.appended(&numbered(5_001, NOON)).await.unwrap();
    assert_eq!(kept(&fewer).await, [4_999, 5_000, 5_001]);
}

#[tokio::test]
async fn old_records_go_by_their_age_and_large_ones_by_their_size() {
    let records = Records::new(Arc::new(Store::open(None).unwrap()), "2h,100KB".parse().unwrap());
    for number in 1..=300 {
        let at = if number <= 100 { "2026-01-31T09:00:00Z" } else { NOON };
        records.append(&numbered(number, at), |done| assert!(done.is_ok()));
    }
    let kept = kept(&records).await;
    assert!((60..=90).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept.last(), Some(&300));
    let by_age = Records::new(Arc::new(Store::open(None).unwrap()), "2h".parse().unwrap());
    for number in 1..=300 {
        by_age
            .appended(&numbered(number, if number <= 10 { "2026-01-31T09:00:00Z" } else { NOON }))
            .await
            .unwrap();
    }
    assert_eq!(by_age.count(Filter::default()).await, Ok(290));
}

#[test]
fn what_to_keep_is_read() {
    let keep = |text: &str| text.parse::<Keep>();
    assert_eq!(keep("10000"), Ok(Keep { count: Some(10_000), ..Keep::default() }));
    let several = Keep { count: Some(5), age_millis: Some(604_800_000), bytes: Some(1_000_000_000) };
    assert_eq!(keep("7d, 1GB,5"), Ok(several));
    assert_eq!(keep("30m").unwrap().age_millis, Some(1_800_000));
    for text in ["", "0", "7w", "1G", "-1", "5,", "99999999999999999999"] {
        assert_eq!(keep(text), Err(KeepError), "{text}");
    }
}

#[tokio::test]
async fn what_records_have_in_common_is_counted() {
    use crate::protocol::record::{RecordVerdict, Response, Timings};
    let records = in_memory();
    for number in 0..10_u64 {
        let mut one =
            record(&number.to_string(), if number < 7 { r#"{"type":"Note"}"# } else { r#"{"type":"Like"}"# });
        one.at = Some(format!("2026-01-31T12:00:{:02}Z", number * 2));
        one.peer = Some(format!("[::1]:{number}"));
        one.timings = Some(Timings { total: Some(number as f64), ..Timings::default() });
        one.response = Some(Response { status: 202, ..Response::default() });
        let codes = vec!["VS001".to_owned()];
        let verdict = RecordVerdict { signature: "valid".to_owned(), codes, signed_by: None, key: None };
        one.request.as_mut().unwrap().verdict = Some(verdict);
        records.appended(&one).await.unwrap();
    }
    let summary = records.summary(Filter::default()).await.unwrap();
    let pair = |name: &str, count| (name.to_owned(), count);
    assert_eq!((summary.count, summary.bytes), (10, 150));
    assert_eq!(summary.types, [pair("Note", 7), pair("Like", 3)]);
    assert_eq!((summary.verdicts, summary.codes), (vec![pair("valid", 10)], vec![pair("VS001", 10)]));
    assert_eq!((summary.statuses, summary.peers), (vec![pair("202", 10)], vec![pair("[::1]", 10)]));
    let latency = summary.latency.unwrap();
    assert_eq!((latency.count, latency.p50.round(), latency.max.round()), (10, 4.0, 9.0));
    assert_eq!((summary.slice_millis, summary.over_time.len()), (1_000, 10));
    assert_eq!(summary.over_time[0].at_millis, 1_769_860_800_000);
    let none = Filter { types: vec!["Follow".to_owned()], ..Filter::default() };
    assert_eq!(records.summary(none).await.unwrap().count, 0);
}

#[tokio::test]
async fn a_file_is_read_while_it_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let records = Records::new(Arc::new(Store::open(Some(&path)).unwrap()), Keep::default());
    let beside = Records::new(Arc::new(Store::open_to_read(&path).unwrap()), Keep::default());
    for number in 1..=50 {
        records.appended(&numbered(number, NOON)).await.unwrap();
        assert_eq!(records.count(Filter::default()).await, Ok(number));
        assert_eq!(beside.count(Filter::default()).await, Ok(number));
    }
    assert!(beside.appended(&numbered(51, NOON)).await.is_err());
    assert_eq!(beside.list(Filter::default(), Page::after(48, 9)).await.unwrap().len(), 2);
}
