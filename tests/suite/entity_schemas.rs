//! The schemas with an independent validator: ajv on Node decides what the program decides, as far as schemas go.

use std::fmt::Write;

use serde_json::{Value, json};
use versia_cli::entity::{EntityType, Profile, check};
use versia_cli::finding::Level;

use crate::fixture::{Sandbox, root};
use crate::interop::tools;

/// How many documents with something changed in them are compared.
const MUTATIONS: usize = 10_000;

/// What the program finds and a schema does not say, each with its reason.
const NOT_IN_SCHEMAS: &[(&str, &str)] = &[
    ("VE1", "about the text, which is gone when a validator has the value"),
    ("VE303", "a function: the calendar"),
    ("VE502", "a function: as many vote counts as options"),
    ("VE503", "a function: exactly one of two fields"),
];

/// Random numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

/// The documents of the corpus that are JSON, with their types.
fn documents(which: &str) -> Vec<(String, Value)> {
    let folder = root().join("tests/vectors/entities");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    let mut documents = Vec::new();
    for path in paths {
        let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let kind = file["type"].as_str().unwrap();
        for case in file[which].as_array().unwrap() {
            let text = case["document"].as_str().or(case.as_str()).unwrap();
            if let Ok(value) = serde_json::from_str(text) {
                documents.push((kind.to_owned(), value));
            }
        }
    }
    documents
}

/// A place in a document, chosen by chance.
fn somewhere<'a>(value: &'a mut Value, dice: &mut Dice) -> &'a mut Value {
    let size = match &*value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if size == 0 || dice.roll(4) == 0 {
        return value;
    }
    let index = dice.roll(size);
    let inner = match value {
        Value::Object(fields) => fields.values_mut().nth(index),
        Value::Array(items) => items.get_mut(index),
        _ => None,
    };
    somewhere(inner.unwrap(), dice)
}

fn change(value: &mut Value, dice: &mut Dice) {
    const TEXTS: &[&str] = &[
        "",
        "a b",
        "b.example:1",
        "b..example:1",
        "[::1]:1",
        "https://b.example/1",
        "ftp://b.example",
        "http://",
        "public",
        "text/plain",
        "2024-06-19T01:07:44Z",
        "2024-06-19",
        "2024-06-19t01:07:44+01:00",
        "1.2.3",
        "microblog",
        "ed25519",
        ":a:",
        "é",
        "a\u{2028}b",
        "x/y",
        "example.com.",
        "-a.example",
        "followers",
        "everyone",
        "null",
        "A",
        "0",
    ];
    const KEYS: &[&str] = &[
        "id",
        "type",
        "extensions",
        "remote",
        "content",
        "text/html",
        "image/svg+xml",
        "com.example:x",
        "pub.versia:polls",
        "a b",
        "",
    ];
    let place = somewhere(value, dice);
    match (dice.roll(10), &mut *place) {
        (0, Value::Object(fields)) => {
            if let Some(name) = fields.keys().nth(dice.roll(fields.len())).cloned() {
                fields.remove(&name);
            }
        }
        (1, Value::Object(fields)) => {
            let text = TEXTS[dice.roll(TEXTS.len())];
            fields.insert(
                KEYS[dice.roll(KEYS.len())].to_owned(),
                [json!(null), json!({}), json!(text)][dice.roll(3)].clone(),
            );
        }
        (2, Value::Array(items)) => items.extend(items.clone()),
        (0..=3, place) => *place = Value::Null,
        (4, place) => *place = json!(dice.roll(5) as i64 - 2),
        (5, place) => *place = json!(dice.roll(2) == 0),
        (6, place) => *place = [json!([]), json!({}), json!(1.5), json!([1])][dice.roll(4)].clone(),
        (_, place) => *place = json!(TEXTS[dice.roll(TEXTS.len())]),
    }
}

fn all_documents() -> Vec<(String, Value)> {
    let valid = documents("valid");
    let mut all = documents("invalid");
    let mut dice = Dice(3);
    for round in 0..MUTATIONS {
        let (kind, value) = &valid[round % valid.len()];
        let mut value = value.clone();
        (0..=dice.roll(2)).for_each(|_| change(&mut value, &mut dice));
        all.push((kind.clone(), value));
    }
    all.extend(valid);
    all
}

/// What the program finds that the schema says as well.
fn errors_of_schema(kind: &'static EntityType, value: &Value) -> Vec<String> {
    let report = check(value.to_string().as_bytes(), Profile::Spec, Some(kind));
    let is_of_item = |pointer: &str| kind.name == "Collection" && pointer.matches('/').count() > 2;
    let told =
        report.violations.into_iter().filter(|it| it.level == Level::Error && !is_of_item(&it.pointer));
    let told = told.filter(|it| !NOT_IN_SCHEMAS.iter().any(|(code, _)| it.code.id.starts_with(code)));
    told.map(|it| format!("{} {}", it.pointer, it.code.id)).collect()
}

/// Whether a difference is one that is known: the reason.
fn known(ours: &[String], theirs: &[Value]) -> Option<&'static str> {
    if theirs.is_empty() && ours.iter().all(|it| it.ends_with("VE311")) {
        return Some(
            "a function looks at the host and the port of a reference more closely than its pattern",
        );
    }
    if theirs.is_empty() && ours.iter().all(|it| it.starts_with("/items/")) {
        return Some("the entities of a collection are looked at by the rules of their own types");
    }
    None
}

#[test]
fn ajv_decides_as_the_program_does() {
    let sandbox = Sandbox::new();
    sandbox.sh("versia-cli schema --all schemas").code(0);
    let documents = all_documents();
    let mut lines = String::new();
    for (kind, document) in &documents {
        writeln!(lines, "{}", json!({ "type": kind, "document": document })).unwrap();
    }
    let ajv = tools().join("node/node_modules/ajv/dist/2020.js");
    let script = root().join("tests/interop/ajv.mjs");
    let line = format!("node '{}' '{}' schemas", script.display(), ajv.display());
    let ended = sandbox.sh_with(&line, lines.as_bytes());
    let answers: Vec<Vec<Value>> =
        ended.code(0).out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), documents.len());
    let mut invalid = 0;
    for ((kind, document), theirs) in documents.iter().zip(&answers) {
        let ours = errors_of_schema(EntityType::named(kind).unwrap(), document);
        invalid += usize::from(!theirs.is_empty());
        if ours.is_empty() != theirs.is_empty() && known(&ours, theirs).is_none() {
            panic!("{document}\nours: {ours:#?}\najv: {theirs:#?}");
        }
    }
    assert!(invalid > MUTATIONS / 3 && invalid < documents.len(), "{invalid}");
}
