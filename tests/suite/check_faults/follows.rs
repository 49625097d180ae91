//! What is wrong with the answer to a Follow.

use serde_json::{Value, json};

use super::fault::{Fault, answers};
use super::message::Asked;

fn delivers(asked: &Asked, kind: &str) -> bool {
    asked.is_delivery() && asked.entity()["type"] == kind
}

/// The answer is changed, and rightly signed.
fn answer(name: &str, id: &str, change: fn(&mut Value)) -> Fault {
    Fault::new(name, &[id], move |asked, real| {
        asked.is_answer().then(|| {
            let mut entity = asked.entity();
            change(&mut entity);
            real.answer(&asked.rewritten(entity.to_string()))
        })
    })
}

/// The answer has this in the place of a header.
fn header(name: &str, header: &'static str, value: &'static str) -> Fault {
    Fault::new(name, &["follows/answer-signed"], move |asked, real| {
        asked.is_answer().then(|| {
            let mut other = asked.clone();
            other.set(header, value);
            real.answer(&other)
        })
    })
}

pub fn rows() -> Vec<Fault> {
    vec![
        answers("nobody is to be followed", &["follows/answer"], 403, |asked| {
            delivers(asked, "Follow") && asked.entity().get("followee").is_some()
        }),
        answers("who follows once follows for ever", &["follows/unfollow"], 403, |asked| {
            delivers(asked, "Unfollow")
        }),
        answers("nobody can be followed", &["follows/no-followee"], 202, |asked| {
            delivers(asked, "Follow") && asked.entity().get("followee").is_none()
        }),
        header("the answer is signed long ago", "Versia-Signed-At", "1700000000"),
        header("the answer is signed by somebody else", "Versia-Signed-By", "a.example"),
        Fault::new("the answer is not what was signed", &["follows/answer-signed"], |asked, real| {
            asked.is_answer().then(|| {
                let mut body = asked.body.clone();
                body.push(b'\n');
                let mut other = Asked { body, ..asked.clone() };
                other.set("Content-Length", &other.body.len().to_string());
                real.answer(&other)
            })
        }),
        answer("the answer has no time", "follows/answer-valid", |it| it["created_at"] = Value::Null),
        answer("somebody else answers", "follows/answer-author", |it| {
            it["author"] = json!("b.example:other")
        }),
        answer("somebody else is answered", "follows/answer-follower", |it| {
            it["follower"] = json!("a.example:other");
        }),
    ]
}
