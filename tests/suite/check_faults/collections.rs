//! What is wrong with collections.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use versia_cli::protocol::versia::EntityPath;

use super::fault::{Fault, answers, changes};
use super::message::{Answer, Asked, alice};

fn of_user(name: &str) -> String {
    EntityPath::new("User", alice()).with_collection(Some(name)).target()
}

/// Whether it asks for the outbox with this query.
fn is_outbox(asked: &Asked, query: &str) -> bool {
    asked.is_get() && asked.target == of_user("outbox") + query
}

fn is_whole_outbox(asked: &Asked) -> bool {
    is_outbox(asked, "") || is_outbox(asked, "?offset=0")
}

/// The page of the outbox with this query is changed.
fn page(
    name: &str,
    id: &str,
    query: &'static str,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Fault {
    changes(name, &[id], move |asked| is_outbox(asked, query), move |answer| answer.edit(&change))
}

/// So many items, where there is one.
fn fill(value: &mut Value, count: usize) {
    value["items"] = json!(vec![value["items"][0].clone(); count]);
}

pub fn rows() -> Vec<Fault> {
    let mut rows = about_names();
    rows.extend(about_pages());
    rows.extend(about_totals());
    rows
}

fn about_names() -> Vec<Fault> {
    let without_items = |name: &str, id: &str, collection: &str| {
        let target = of_user(collection);
        changes(
            name,
            &[id],
            move |asked| asked.is_get() && asked.target == target,
            |answer| answer.edit(|value| value["items"] = Value::Null),
        )
    };
    let of_note = |name: &str, id: &str, collection: &'static str| {
        let is_meant = move |asked: &Asked| {
            asked.is_get()
                && asked.target.contains("/entities/Note/")
                && asked.target.ends_with(&format!("/collections/{collection}"))
        };
        changes(name, &[id], is_meant, |answer| answer.edit(|value| value["total"] = Value::Null))
    };
    let followers = of_user("followers");
    let unknown = of_user("no-such-collection");
    let nobodys = EntityPath::new("User", "none").with_collection(Some("outbox")).target();
    vec![
        changes(
            "what is in an outbox is no entity",
            &["collections/user/outbox"],
            is_whole_outbox,
            |answer| {
                answer.edit(|value| {
                    let items = value["items"].as_array_mut().unwrap();
                    items.last_mut().unwrap()["created_at"] = Value::Null;
                });
            },
        ),
        without_items("nothing is featured", "collections/user/featured", "featured"),
        without_items("nobody follows", "collections/user/followers", "followers"),
        without_items("nobody is followed", "collections/user/following", "following"),
        of_note("replies are not counted", "collections/note/replies", "replies"),
        of_note("quotes are not counted", "collections/note/quotes", "quotes"),
        changes(
            "collections are plain JSON",
            &["collections/content-type"],
            move |asked| asked.target == followers,
            |answer| answer.set("Content-Type", "application/json; charset=utf-8"),
        ),
        answers("every collection is there", &["collections/unknown-name"], 200, move |asked| {
            asked.target == unknown
        }),
        answers("everybody has an outbox", &["collections/unknown-owner"], 200, move |asked| {
            asked.target == nobodys
        }),
    ]
}

fn about_pages() -> Vec<Fault> {
    let refused_badly = |name: &str, id: &str, query: &'static str| {
        answers(name, &[id], 500, move |asked| is_outbox(asked, query))
    };
    let unbounded = |name: &str, id: &str, query: &'static str| {
        let change = |answer: &mut Answer| {
            answer.status = 200;
            answer.edit(|value| *value = json!({ "total": 41, "items": vec![json!({}); 41] }));
        };
        changes(name, &[id], move |asked| is_outbox(asked, query), change)
    };
    let count = AtomicUsize::new(0);
    vec![
        page("the offset 0 is the second", "collections/offset-0", "?offset=0", |value| {
            value["items"].as_array_mut().unwrap().remove(0);
        }),
        page("a limit of 1 gives 2", "collections/limit-1", "?limit=1", |value| fill(value, 2)),
        page("a limit of 40 gives 41", "collections/limit-40", "?limit=40", |value| fill(value, 41)),
        unbounded("a limit of 41 gives 41", "collections/limit-41", "?limit=41"),
        refused_badly("a limit of 0 divides by it", "collections/limit-0", "?limit=0"),
        unbounded("a limit of 0 is none", "collections/limit-0", "?limit=0"),
        refused_badly("a negative limit breaks it", "collections/limit-negative", "?limit=-1"),
        refused_badly("a limit is parsed and hoped for", "collections/limit-not-a-number", "?limit=ten"),
        refused_badly("a negative offset breaks it", "collections/offset-negative", "?offset=-1"),
        page("the end is never reached", "collections/beyond-the-end", "?offset=1000000", |value| {
            value["items"] = json!([{}]);
        }),
        Fault::new("without a limit all is given", &["collections/no-limit"], |asked, real| {
            (asked.is_get() && asked.path() == of_user("outbox")).then(|| {
                let mut answer = real.answer(asked);
                answer.edit(|value| {
                    value["total"] = json!(100);
                    if is_whole_outbox(asked) {
                        fill(value, 41);
                    }
                });
                answer.sign(asked, &super::message::b(), super::message::now());
                answer
            })
        }),
        Fault::new("an offset is off by one", &["collections/pages-add-up"], |asked, real| {
            let first = of_user("outbox") + "?offset=0&limit=1";
            is_outbox(asked, "?offset=1&limit=1").then(|| {
                let mut answer = real.answer(&Asked { target: first, ..asked.clone() });
                answer.sign(asked, &super::message::b(), super::message::now());
                answer
            })
        }),
        changes(
            "the order is another one each time",
            &["collections/stable"],
            |asked| is_outbox(asked, "?offset=0&limit=5"),
            move |answer| {
                if count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                    answer.edit(|value| value["items"].as_array_mut().unwrap().reverse());
                }
            },
        ),
    ]
}

fn about_totals() -> Vec<Fault> {
    vec![
        page("the total is that of the page", "collections/total/same", "?limit=1", |value| {
            value["total"] = json!(1);
        }),
        changes(
            "nothing is counted",
            &["collections/total/enough"],
            |asked| asked.is_get() && asked.path() == of_user("outbox"),
            |answer| answer.edit(|value| value["total"] = json!(0)),
        ),
    ]
}
