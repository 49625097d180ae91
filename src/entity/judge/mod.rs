//! The slow road: reads a document with positions, runs the rules of its type, and tells every violation.

mod words;

use std::collections::HashSet;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use self::words::{Told, tell};
use super::schema::Rules;
use super::text::{Text, Tree, escape_token};
use super::types::EntityType;
use super::violation::{Edit, Findings, Found, locate, quoted};
use super::{Profile, Report, server};
use crate::finding::{self, Code, Level, codes};

/// The longest name that may be a misspelt one, in bytes.
const LONGEST_NAME: usize = 100;

/// How many violations of one document are told.
const TOLD: usize = 1_000;

/// Looks at a document.
pub(super) fn look_at(document: &[u8], profile: Profile, given: Option<&'static EntityType>) -> Report {
    let mut text = match Text::of(document) {
        Ok(text) => text,
        Err(found) => return report(document, None, vec![*found], profile),
    };
    let mut kind = None;
    let mut found = Vec::new();
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text.read).is_ok();
    if let Some(tree) = text.parse() {
        let (plain, is_whole) = tree.plain();
        kind = given.map(|it| it.name.to_owned());
        kind = kind.or_else(|| Some(plain.get("type")?.as_str()?.to_owned()));
        let mut judge = Judge { tree: &tree, found: Findings::default(), profile };
        judge.entity(&plain, "", given);
        if !is_whole {
            judge.tell(&codes::VERY_LARGE, "", "very many values stand in it".to_owned());
        }
        found = judge.found.into_vec();
    }
    match profile {
        Profile::Spec => found.append(&mut text.found.into_vec()),
        // What parses is taken, however it is written.
        Profile::VersiaServer if is_json => {}
        Profile::VersiaServer => found = server::not_json(text.found.into_vec()),
    }
    report(document, kind, found, profile)
}

fn report(document: &[u8], kind: Option<String>, found: Vec<Found>, profile: Profile) -> Report {
    let violations = locate(document, without_echoes(found), profile);
    let mut report = Report { kind, violations, more: 0 };
    report.keep(TOLD);
    report
}

/// Leaves out what follows from something else that is told of the same value.
fn without_echoes(found: Vec<Found>) -> Vec<Found> {
    /// The second follows from the first.
    const ECHOES: &[(&str, &str)] = &[
        ("VE401", "VE402"),
        ("VE401", "VE407"),
        ("VE207", "VE208"),
        ("VE302", "VE303"),
        ("VE303", "VE304"),
        ("VE320", "VE208"),
        ("VE105", "VE320"),
        ("VE105", "VE401"),
        ("VE105", "VE209"),
    ];
    let of_wrong_type: HashSet<_> =
        found.iter().filter(|it| it.code == &codes::WRONG_TYPE).map(|it| it.pointer.clone()).collect();
    let told: HashSet<_> = found.iter().map(|it| (it.code.id, it.pointer.clone())).collect();
    let mut seen = HashSet::new();
    let is_new = |it: &Found| {
        let echoes = |(first, second): &(&str, &str)| {
            it.code.id == *second && told.contains(&(*first, it.pointer.clone()))
        };
        let of_value = it.code.id.starts_with("VE1") || it.code == &codes::WRONG_TYPE;
        (of_value || !of_wrong_type.contains(&it.pointer)) && !ECHOES.iter().any(echoes)
    };
    found
        .into_iter()
        .filter(is_new)
        .filter(|it| seen.insert((it.code.id, it.pointer.clone(), it.span.start)))
        .collect()
}

struct Judge<'a> {
    tree: &'a Tree<'a>,
    found: Findings,
    profile: Profile,
}

impl Judge<'_> {
    /// Looks at an entity that stands at a pointer.
    fn entity(&mut self, value: &Value, at: &str, given: Option<&'static EntityType>) {
        let Some(fields) = value.as_object() else {
            let message = format!("{} stands where an entity has to stand", words::kind_of(value));
            return self.tell(&codes::NOT_AN_OBJECT, at, message);
        };
        if self.profile == Profile::VersiaServer {
            return match server::rules(value, given) {
                Ok(rules) => self.run(rules, value, at),
                Err(message) => self.tell(&codes::SERVER_TYPE, &format!("{at}/type"), message),
            };
        }
        let known = match (given, fields.get("type")) {
            (Some(given), _) => Some(given),
            (None, None) => {
                let looks_like = ["total", "items"].iter().all(|name| fields.contains_key(*name));
                let message = "the entity has no type".to_owned();
                let mut found = self.found(&codes::NO_TYPE, at, message);
                if looks_like {
                    found = found.with_fix(
                        "it looks like a collection: --type Collection or --type URICollection".to_owned(),
                    );
                }
                return self.found.push(found);
            }
            (None, Some(Value::String(name))) => EntityType::named(name).filter(|it| !it.is_collection()),
            (None, Some(_)) => None,
        };
        match known {
            Some(kind) => self.run(kind.rules(), value, at),
            None => self.custom(value, at),
        }
        if known.is_some_and(|kind| kind.name == "Collection") {
            for (index, item) in
                fields.get("items").and_then(Value::as_array).into_iter().flatten().enumerate()
            {
                self.entity(item, &format!("{at}/items/{index}"), None);
            }
        }
    }

    /// An entity of a type that the documents do not have.
    fn custom(&mut self, value: &Value, at: &str) {
        let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
        let is_core = !name.is_empty() && !name.contains([':', '/']);
        if is_core || name.starts_with("pub.versia:") {
            let code = if is_core { &codes::UNKNOWN_TYPE } else { &codes::UNKNOWN_EXTENSION_TYPE };
            let mut found =
                self.found(code, &format!("{at}/type"), format!("there is no type {}", quoted(name)));
            if let Some(near) = nearest(name) {
                found = found.with_fix(format!("did you mean {near}?"));
            }
            self.found.push(found);
        }
        let before = self.found.len();
        self.run(EntityType::custom().rules(), value, at);
        if is_core {
            // It is meant to be one of the documents' own.
            let is_for_custom = |code| [&codes::TYPE_NAME, &codes::CUSTOM_WITHOUT_TIME].contains(&code);
            self.found.retain_behind(before, |it| !is_for_custom(it.code));
        }
    }

    fn run(&mut self, rules: &Rules, value: &Value, at: &str) {
        let mut absent: Vec<(String, &'static Code, Option<String>, Vec<String>)> = Vec::new();
        for error in rules.validator.iter_errors(value) {
            if self.found.is_full() {
                break;
            }
            let Some(broken) = Broken::of(rules, &error, self.profile) else { continue };
            if !self.found.takes(broken.code.level) {
                continue;
            }
            let at = format!("{at}{}", error.instance_path().as_str());
            if let (ValidationErrorKind::Required { property }, Level::Warning) =
                (error.kind(), broken.code.level)
            {
                let name = property.as_str().unwrap_or_default().to_owned();
                // Those of one object come one behind the other.
                match absent.last_mut().filter(|it| it.0 == at && it.1 == broken.code) {
                    Some(it) => it.3.push(name),
                    None => absent.push((at, broken.code, broken.page, vec![name])),
                }
                continue;
            }
            self.broken(&error, broken, at);
        }
        for (at, code, page, names) in absent {
            self.absent(&at, code, page, &names);
        }
    }

    fn broken(&mut self, error: &ValidationError, broken: Broken, at: String) {
        let Told { message, fix, about_key, edit } = tell(error, broken.code);
        let (at, span) = match &about_key {
            // What is missing has no place but that of the object.
            Some(name) if matches!(error.kind(), ValidationErrorKind::Required { .. }) => {
                let place = self.tree.place(&at).value;
                (format!("{at}/{}", escape_token(name)), place.start..place.start + 1)
            }
            Some(name) => {
                let at = format!("{at}/{}", escape_token(name));
                let place = self.tree.place(&at);
                (at, place.key.unwrap_or(place.value))
            }
            None => {
                let place = self.tree.place(&at);
                (at, place.value)
            }
        };
        let edits = edit.map(|text| vec![Edit::new(span.clone(), text)]).unwrap_or_default();
        let found = Found { fix, page: broken.page, ..Found::new(broken.code, span, message) };
        self.found.push(found.at(at).with_edits(edits));
    }

    /// Fields that should be there: one violation for all of one object.
    fn absent(&mut self, at: &str, code: &'static Code, page: Option<String>, names: &[String]) {
        let place = self.tree.place(at).value;
        let verb = if names.len() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} absent", words::listed(names));
        let mut found = Found::new(code, place.start..place.start + 1, message).at(at.to_owned());
        found.page = page;
        if code == &codes::OPTIONAL_ABSENT {
            found.edits = self
                .tree
                .end_of_object(at)
                .map(|end| super::fix::add_nulls(&end, names))
                .into_iter()
                .collect();
        }
        self.found.push(found);
    }

    fn found(&self, code: &'static Code, at: &str, message: String) -> Found {
        let span = self.tree.place(at).value;
        let span = if code == &codes::NO_TYPE { span.start..span.start + 1 } else { span };
        Found::new(code, span, message).at(at.to_owned())
    }

    fn tell(&mut self, code: &'static Code, at: &str, message: String) {
        let found = self.found(code, at, message);
        self.found.push(found);
    }
}

/// Which rule an error of the library breaks.
struct Broken {
    code: &'static Code,
    page: Option<String>,
}

impl Broken {
    fn of(rules: &Rules, error: &ValidationError, profile: Profile) -> Option<Broken> {
        // Of a key, the rule is the one for keys.
        let inner = match error.kind() {
            ValidationErrorKind::PropertyNames { error } => Some(error),
            _ => None,
        };
        let path = inner.map_or(error.schema_path().as_str(), |inner| inner.schema_path().as_str());
        let (parent, keyword) = path.rsplit_once('/')?;
        let own = rules.schema.pointer(parent).and_then(|it| it.get("x-code")).and_then(Value::as_str);
        let code = match own {
            Some(id) if keyword != "type" || id == codes::ID_OF_TRANSIENT.id => finding::find(id)?,
            _ => match (profile, keyword) {
                (Profile::Spec, "required") => &codes::FIELD_MISSING,
                (Profile::Spec, "type") => &codes::WRONG_TYPE,
                (Profile::Spec, "minimum") => &codes::NUMBER_NEGATIVE,
                (Profile::Spec, _) => &codes::VALUE_NOT_ALLOWED,
                (Profile::VersiaServer, "required") => &codes::SERVER_FIELD_MISSING,
                (Profile::VersiaServer, _) => &codes::SERVER_VALUE,
            },
        };
        let mut at = parent;
        let page = loop {
            let page = rules.schema.pointer(at).and_then(|it| it.get("x-page")).and_then(Value::as_str);
            match (page, at.rsplit_once('/')) {
                (Some(page), _) => break Some(page.to_owned()),
                (None, Some((above, _))) => at = above,
                (None, None) => break None,
            }
        };
        Some(Broken { code, page })
    }
}

/// The type whose name is most like this one.
fn nearest(name: &str) -> Option<&'static str> {
    let is_entity = |it: &&EntityType| !it.is_collection();
    let like = |it: &EntityType| strsim::jaro_winkler(it.name, name);
    if let Some(meant) = EntityType::meant(name).filter(is_entity) {
        return Some(meant.name);
    }
    if name.len() > LONGEST_NAME {
        return None;
    }
    let best = EntityType::all().iter().filter(is_entity).max_by(|a, b| like(a).total_cmp(&like(b)))?;
    (like(best) > 0.85).then_some(best.name)
}
