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
