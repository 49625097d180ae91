use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema::Rules;
use super::*;
use crate::finding;

/// The documents of `tests/vectors/entities`, by type.
fn corpus() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/entities");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    files.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

/// The type of a file's documents, and whether it has to be given.
fn kind_of(file: &Value) -> (&'static EntityType, Option<&'static EntityType>) {
    let kind = EntityType::named(file["type"].as_str().unwrap()).unwrap();
    (kind, Some(kind).filter(|it| it.is_collection()))
}

fn valid_documents() -> Vec<(String, Option<&'static EntityType>)> {
    let of_file = |file: &Value| {
        let (_, given) = kind_of(file);
        let documents = file["valid"].as_array().unwrap().iter();
        documents.map(|it| (it.as_str().unwrap().to_owned(), given)).collect::<Vec<_>>()
    };
    corpus().iter().flat_map(of_file).collect()
}

fn slowly(document: &[u8], given: Option<&'static EntityType>) -> Report {
    judge::look_at(document, Profile::Spec, given)
}

#[test]
fn every_type_has_valid_and_invalid_documents() {
    let files = corpus();
    let types: BTreeSet<_> = files.iter().map(|file| file["type"].as_str().unwrap()).collect();
    assert_eq!(types, EntityType::all().iter().map(|it| it.name).collect());
    for file in &files {
        let count = |name: &str| file[name].as_array().unwrap().len();
        assert!(count("valid") >= 5 && count("invalid") >= 10, "{}", file["type"]);
    }
}

#[test]
fn valid_documents_have_no_errors_and_the_usual_ones_take_the_quick_road() {
    for file in corpus() {
        let (kind, given) = kind_of(&file);
        for (index, document) in file["valid"].as_array().unwrap().iter().enumerate() {
            let document = document.as_str().unwrap().as_bytes();
            let report = slowly(document, given);
            assert!(report.is_valid(), "{} {index}: {:#?}", kind.name, report.violations);
            let recognised = match given {
                Some(given) => given.recogniser().is_surely_valid(document, types::recogniser_of),
                None => is_surely_valid(document),
            };
            let has_extensions = ["InstanceMetadata", "User"].contains(&kind.name);
            assert!(recognised || index > 2 || has_extensions, "{} {index} is not recognised", kind.name);
        }
    }
}

#[test]
fn invalid_documents_have_their_code_in_its_place() {
    for file in corpus() {
        let (kind, given) = kind_of(&file);
        for case in file["invalid"].as_array().unwrap() {
            let report = check(case["document"].as_str().unwrap().as_bytes(), Profile::Spec, given);
            let told = |it: &&Violation| {
                it.code.id == case["code"]
                    && it.line as u64 == case["line"]
                    && it.column as u64 == case["column"]
                    && it.pointer == case["pointer"].as_str().unwrap()
            };
            let summary: Vec<_> = report
                .violations
                .iter()
                .map(|it| format!("{} {}:{} {:?} {}", it.code.id, it.line, it.column, it.pointer, it.found))
                .collect();
            assert!(report.violations.iter().any(|it| told(&it)), "{}: {case:#}\n{summary:#?}", kind.name);
        }
    }
}

/// Random numbers that are the same at every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

/// A document in which a little is different.
fn mutated(document: &[u8], others: &[(String, Option<&'static EntityType>)], dice: &mut Dice) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "\"",
        "\\",
        "\\u000d",
        "\\ud800",
        "\\n",
        "\r",
        " ",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        "null",
        "true",
        "0",
        "-",
        "1.0",
        "1e3",
        "é",
        "\u{0}",
        "text/html",
        "b.example:1",
        "..",
        "Z",
        "+01:00",
        "31",
        "02-29",
        "http://",
        "\"id\":\"x\",",
        "\"remote\":true,",
        "\"extensions\":{},",
        "9007199254740993",
        "+",
        "/",
    ];
    let mut text = document.to_vec();
    for _ in 0..=dice.roll(2) {
        let at = dice.roll(text.len() + 1);
        let end = (at + 1 + dice.roll(8)).min(text.len());
        match dice.roll(5) {
            0 if at < text.len() => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, PIECES[dice.roll(PIECES.len())].bytes())),
            2 if at < text.len() => drop(text.splice(at..end, PIECES[dice.roll(PIECES.len())].bytes())),
            3 if at < text.len() => text[at] = dice.roll(256) as u8,
            _ => {
                let other = others[dice.roll(others.len())].0.as_bytes();
                let from = dice.roll(other.len());
                let to = (from + dice.roll(60)).min(other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    text
}

#[test]
fn what_the_quick_road_calls_valid_the_slow_one_finds_nothing_in() {
    let documents = valid_documents();
    let mut dice = Dice(7);
    let mut recognised = 0;
    for round in 0..6_000 {
        let (document, given) = &documents[round % documents.len()];
        let text = mutated(document.as_bytes(), &documents, &mut dice);
        let quick = match given {
            Some(given) => given.recogniser().is_surely_valid(&text, types::recogniser_of),
            None => is_surely_valid(&text),
        };
        if quick {
            recognised += 1;
            let report = slowly(&text, *given);
            assert_eq!(report.violations, [], "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(recognised > 300, "only {recognised} were recognised");
}

#[test]
fn no_bytes_make_it_panic_and_what_is_fixed_is_not_worse() {
    let documents = valid_documents();
    let mut dice = Dice(11);
    for round in 0..1_500 {
        let (document, given) = &documents[round % documents.len()];
        let text = mutated(document.as_bytes(), &documents, &mut dice);
        check(&text, Profile::VersiaServer, *given);
        let errors = |text: &[u8]| {
            let report = check(text, Profile::Spec, *given);
            report.violations.iter().filter(|it| it.level == Level::Error).count()
        };
        if let Some(fixed) = fix(&text, *given) {
            let readable = serde_json::from_slice::<Value>(&text).is_ok();
            assert!(!readable || errors(&fixed.text) <= errors(&text), "{}", String::from_utf8_lossy(&text));
        }
    }
    for text in [
        &b""[..],
        b" ",
        b"\xff",
        b"\"",
        b"{\"",
        b"[",
        b"nul",
        b"\xef\xbb\xbf",
        b"-",
        b"0x",
        b"{,}",
        b"//",
        b"'",
    ] {
        assert!(!check(text, Profile::Spec, None).is_valid(), "{text:?}");
        fix(text, None);
    }
}

#[test]
fn hostile_documents_are_answered() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let keys: String = (0..20_000).map(|n| format!("\"a b{n}\":{n},")).collect();
    let many = format!("{{{keys}\"type\":\"Note\",\"extensions\":{{{}}}}}", keys.trim_end_matches(','));
    let long = format!("{{\"type\":\"{}\"}}", "x".repeat(1_000_000));
    let same = format!("{{{}\"type\":\"Note\"}}", "\"a\":1.0,".repeat(20_000));
    for (text, code) in [(&deep, "VE103"), (&many, "VE105"), (&long, "VE206"), (&same, "VE104")] {
        let report = check(text.as_bytes(), Profile::Spec, None);
        assert!(report.violations.iter().any(|it| it.code.id == code), "{code}");
        assert!(report.violations.len() <= 1_000);
    }
}

#[test]
fn an_error_makes_a_document_invalid_however_much_else_there_is_to_say() {
    let many = |piece: &dyn Fn(usize) -> String| (0..5_000).map(piece).collect::<String>();
    let notes = many(&|n| format!("\"a{n}+/x\":1,"));
    let unknown = many(&|n| format!("\"a{n}\":1,"));
    let warned = many(&|_| "{\"type\":\"com.example:x/Y\"},".to_owned());
    let follow = "\"type\":\"Follow\",\"author\":\"1\",\"created_at\":\"2024-01-01T00:00:00Z\"";
    let collection = EntityType::named("Collection");
    for (text, given, code) in [
        (format!("{{{follow},{notes}\"followee\":\"a b\"}}"), None, "VE311"),
        (format!("{{{follow},{unknown}\"followee\":\"a b\"}}"), None, "VE311"),
        (format!("{{{follow},\"followee\":\"2\",{notes}\"x\":1.0}}"), None, "VE114"),
        (format!("{{\"total\":1,\"author\":null,\"items\":[{warned}{{}}]}}"), collection, "VE205"),
    ] {
        let report = check(text.as_bytes(), Profile::Spec, given);
        assert!(!report.is_valid() && report.more > 0, "{code}");
        assert!(report.violations.iter().any(|it| it.code.id == code), "{code}");
    }
}

#[test]
fn what_is_told_of_a_document_stays_small_whatever_its_keys_and_values_are() {
    let long = "a".repeat(100_000);
    let odd: String = (0..5_000).map(|n| format!("\"a b{n}\":1,")).collect();
    let (wrong, zeros) = ("{},".repeat(5_000), "00 ".repeat(50_000));
    let (vanity, polls) = ("pub.versia:vanity", "pub.versia:polls");
    for extensions in [
        format!("\"com.example:{long}\":{{{odd}\"x\":1.0}}"),
        format!("\"{vanity}\":{{\"pronouns\":{{\"{long}\":[{wrong}{{}}]}}}}"),
        format!("\"{polls}\":{{\"options\":[{{\"text/{long}\":{{{odd}\"x\":1.0}}}}]}}"),
        format!("\"com.example:x\":[{zeros}]"),
    ] {
        let text = format!("{{\"type\":\"Follow\",\"extensions\":{{{extensions}}}}}");
        let report = check(text.as_bytes(), Profile::Spec, None);
        let size: usize = report.violations.iter().map(|it| it.pointer.len() + it.found.len()).sum();
        assert!(!report.is_valid() && size < 3_000_000, "{size} bytes");
    }
}

#[test]
fn numbers_in_other_bases_and_times_twice_wrong_are_told_once_by_their_own_rule() {
    let custom = |value: &str| {
        format!("{{\"type\":\"com.example:x/Y\",\"created_at\":\"2024-01-01T00:00:00Z\",\"x\":{value}}}")
    };
    for (value, right) in [("0o17", "15"), ("-0b101", "-5"), ("[0O7,1]", "[7,1]")] {
        let report = check(custom(value).as_bytes(), Profile::Spec, None);
        let codes: Vec<_> = report.violations.iter().map(|it| it.code.id).collect();
        assert_eq!(codes, ["VE117"], "{value}");
        let fixed = fix(custom(value).as_bytes(), None).unwrap();
        assert_eq!(String::from_utf8(fixed.text).unwrap(), custom(right));
    }
    let follow = |time: &str| json!({"type": "Follow", "created_at": time, "author": "1", "followee": "2"});
    assert_eq!(codes_of(&follow("2024-01-01T00:00:00"), Profile::Spec), ["VE302"]);
    assert_eq!(codes_of(&follow("2024-05-05T12:34:60Z"), Profile::Spec), ["VE303"]);
}

#[test]
fn a_fix_keeps_the_moment_and_leaves_alone_what_stays_unreadable() {
    let follow = |time: &str| {
        json!({"type": "Follow", "created_at": time, "author": "1", "followee": "2"}).to_string()
    };
    for time in ["2017-01-01T00:59:60+01:00", "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"] {
        assert_eq!(fix(follow(time).as_bytes(), None), None, "{time}");
    }
    for text in ["{\"a\": '007', \"b\": 1.0}", "{\"a\": 01 // 02\n}", "{\"a\": 01, \"b\": \"x\"y\"}"] {
        assert_eq!(fix(text.as_bytes(), None), None, "{text}");
    }
    let many = format!("{{\"type\":\"com.example:x/Y\",\"x\":[{}1]}}", "1.0,".repeat(5_000));
    let fixed = fix(many.as_bytes(), None).unwrap();
    assert_eq!((fixed.count, String::from_utf8(fixed.text).unwrap()), (5_000, many.replace("1.0", "1")));
}

/// Every value of a word in a schema.
fn collect<'a>(value: &'a Value, word: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get(word));
            fields.values().for_each(|it| collect(it, word, found));
        }
        Value::Array(items) => items.iter().for_each(|it| collect(it, word, found)),
        _ => {}
    }
}

#[test]
fn every_rule_of_the_schemas_has_a_code_that_there_is() {
    let mut used = BTreeSet::new();
    for kind in EntityType::all().iter().chain([EntityType::custom()]) {
        let schema = kind.complete_schema();
        let text: Value = serde_json::from_str(&kind.schema_text()).unwrap();
        assert_eq!(text, schema, "{} is printed as it is run", kind.name);
        Rules::of(&schema);
        for word in ["x-code", "x-unknown-fields"] {
            let mut codes = Vec::new();
            collect(&schema, word, &mut codes);
            for code in codes {
                assert!(finding::find(code.as_str().unwrap()).is_some(), "{code}");
                used.insert(code.to_string());
            }
        }
        let mut patterns = Vec::new();
        collect(&schema, "pattern", &mut patterns);
        assert!(
            patterns.iter().all(|it| it.as_str().is_some_and(|it| it.starts_with('^') || it.contains(':')))
        );
    }
    assert!(used.len() > 25, "{used:?}");
}

fn new(kind: &EntityType, values: Vec<(String, Value)>, content: Option<&str>) -> String {
    let with = Composed {
        id: "01902e09-0f8b-72de-8ee3-9afc0cf5eae1".to_owned(),
        created_at: "2024-06-19T01:07:44.139Z".to_owned(),
        random_id: "018eb863-753f-76ff-83d6-fd590de7740a".to_owned(),
        content: content.map(str::to_owned),
        values,
    };
    let fields: Vec<_> =
        compose(kind, &with).unwrap().iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

#[test]
fn a_new_entity_of_any_type_is_valid_and_nothing_is_to_be_said_about_it() {
    for kind in EntityType::all() {
        let text = new(kind, Vec::new(), None);
        let given = Some(kind).filter(|it| it.is_collection());
        assert_eq!(slowly(text.as_bytes(), given).violations, [], "{text}");
    }
    let note = EntityType::named("Note").unwrap();
    let text = new(
        note,
        vec![("device.name".to_owned(), json!("curl")), ("mentions.0".to_owned(), json!("b.example:1"))],
        Some("<a> &\r\nb"),
    );
    assert_eq!(slowly(text.as_bytes(), None).violations, [], "{text}");
    assert!(text.starts_with("{\"id\":") && text.contains("&lt;a&gt; &amp;<br>b"), "{text}");
}

#[test]
fn a_document_is_fixed_in_its_own_layout() {
    let before = "{\r\n  \"type\": \"Report\",\r\n  \"x\": 01\r\n}";
    let before = before.replace("Report", "pub.versia:reports/Report");
    let fixed = fix(before.as_bytes(), None).unwrap();
    let after = "{\n  \"type\": \"pub.versia:reports/Report\",\n  \"x\": 1,\n  \"author\": null,\n  \"comment\": null\n}";
    assert_eq!(String::from_utf8(fixed.text).unwrap(), after);
    let followed =
        br#"{"type":"Follow","created_at":"2024-01-01t01:00:00.5+01:00","author":"1","followee":"2",}"#;
    let fixed = fix(followed, None).unwrap();
    let after = r#"{"type":"Follow","created_at":"2024-01-01T00:00:00.5Z","author":"1","followee":"2"}"#;
    assert_eq!(String::from_utf8(fixed.text).unwrap(), after);
}

fn codes_of(document: &Value, profile: Profile) -> Vec<&'static str> {
    check(document.to_string().as_bytes(), profile, None).violations.iter().map(|it| it.code.id).collect()
}

#[test]
fn the_server_takes_less_than_the_documents_in_some_places_and_more_in_others() {
    let note: Value =
        serde_json::from_str(&new(EntityType::named("Note").unwrap(), Vec::new(), Some("hi"))).unwrap();
    assert_eq!(codes_of(&note, Profile::VersiaServer), [""; 0]);
    for (pointer, value, spec, server) in [
        ("/uri", json!("https://a.example/1"), vec!["VE209"], vec!["VE604"]),
        ("/created_at", json!("19 Jun 2024"), vec!["VE302"], vec![]),
        ("/created_at", json!("yesterday"), vec!["VE302"], vec!["VE610"]),
        ("/id", json!("a".repeat(513)), vec![], vec!["VE609"]),
        ("/type", json!("pub.versia:polls/Vote"), vec![], vec!["VE602"]),
        ("/extensions", json!({"com.example:x": 1}), vec![], vec![]),
    ] {
        let mut changed = note.clone();
        changed[&pointer[1..]] = value;
        if !spec.is_empty() || pointer != "/type" {
            assert_eq!(codes_of(&changed, Profile::Spec), spec, "{pointer}");
        }
        assert_eq!(codes_of(&changed, Profile::VersiaServer), server, "{pointer}");
    }
    let mut changed = note.clone();
    changed["content"]["text/html"]["size"] = json!(5);
    changed["content"]["text/x.misskeymarkdown"] = json!({"content": "hi", "remote": false});
    let mut codes = codes_of(&changed, Profile::VersiaServer);
    codes.sort_unstable();
    assert_eq!(codes, ["VE606", "VE607"]);
    assert_eq!(codes_of(&changed, Profile::Spec), [""; 0]);
}

#[test]
fn custom_types_get_the_common_rules() {
    let entity =
        |name: &str| json!({"type": name, "id": "1", "created_at": "2024-01-01T00:00:00Z", "anything": [1]});
    assert_eq!(codes_of(&entity("com.example:poll/Poll"), Profile::Spec), [""; 0]);
    assert_eq!(codes_of(&entity("org.space:Zlorbs/Zlorb"), Profile::Spec), ["VE208"]);
    assert_eq!(codes_of(&entity("com.example:poll"), Profile::Spec), ["VE207"]);
    assert_eq!(codes_of(&entity("pub.versia:shares/Share"), Profile::Spec), ["VE213"]);
    assert_eq!(codes_of(&entity("Toot"), Profile::Spec), ["VE206"]);
    assert_eq!(codes_of(&json!({"type": "note"}), Profile::Spec), ["VE206"]);
    let odd = json!({"type": "Follow", "created_at": "2024-01-01T00:00:00Z", "author": "1", "followee": "2", "a b": 1});
    assert_eq!(codes_of(&odd, Profile::Spec), ["VE105"]);
    let mut wrong = entity("com.example:poll/Poll");
    wrong["id"] = json!("a b");
    assert_eq!(codes_of(&wrong, Profile::Spec), ["VE301"]);
}
