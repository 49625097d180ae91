//! A document as a tree in which every value has its place.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use serde_json::{Map, Number, Value as Plain};

use super::{LONGEST_NAME, key_span, span};
use crate::entity::types::is_field;

/// How many properties of one object are looked at by the rules of its type, beside those that a schema names.
pub(super) const MANY: usize = 10_000;

/// How many values of a document are looked at by the rules of its type: each can be wrong in several ways.
const MANY_VALUES: usize = 100_000;

/// How many properties are looked through one by one.
const FEW: usize = 16;

/// A document as a tree.
pub(in crate::entity) struct Tree<'a> {
    text: &'a str,
    root: Value<'a>,
    /// Where the properties of large objects are, by the place of the object.
    large: RefCell<HashMap<usize, HashMap<String, usize>>>,
}

/// Where something stands in the text.
pub(in crate::entity) struct Place {
    /// The key, where the value has one.
    pub(in crate::entity) key: Option<Range<usize>>,
    pub(in crate::entity) value: Range<usize>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(text: &'a str, root: Value<'a>) -> Self {
        Tree { text, root, large: RefCell::default() }
    }

    /// The document as the schema library takes it, and whether it is all there. Of keys that are there twice, the last one
    /// counts.
    pub(in crate::entity) fn plain(&self) -> (Plain, bool) {
        let mut rest = MANY_VALUES;
        let plain = plain(&self.root, &mut rest);
        (plain, rest > 0)
    }

    /// Where the value of a JSON pointer stands; of what is not there, where it would belong.
    pub(in crate::entity) fn place(&self, pointer: &str) -> Place {
        let mut place = Place { key: None, value: span(&self.root) };
        let mut value = &self.root;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match value {
                Value::Object(object) => {
                    self.property(object, &token).map(|it| (Some(key_span(it)), &it.value))
                }
                Value::Array(array) => token
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| array.elements.get(index))
                    .map(|it| (None, it)),
                _ => None,
            };
            let Some((key, inner)) = next else { return place };
            place = Place { key, value: span(inner) };
            value = inner;
        }
        place
    }

    /// Where fields can be added to the object at a pointer, and how its own are laid out.
    pub(in crate::entity) fn end_of_object(&self, pointer: &str) -> Option<ObjectEnd> {
        let object = self.find(pointer)?;
        let Some(last) = object.properties.last() else {
            let at = span(object).start + 1;
            return Some(ObjectEnd { at, has_fields: false, before_each: String::new(), space: "" });
        };
        let before = match object.properties.as_slice() {
            [.., before, _] => span(before).end,
            _ => span(object).start,
        };
        let between_fields = &self.text[before..span(last).start];
        let blank = &between_fields[between_fields.trim_end().len()..];
        let blank = blank[blank.rfind('\n').unwrap_or_default()..].to_owned();
        let between = &self.text[span(&last.name).end..span(&last.value).start];
        let space = if between.ends_with(' ') { " " } else { "" };
        Some(ObjectEnd { at: span(last).end, has_fields: true, before_each: blank, space })
    }

    fn find(&self, pointer: &str) -> Option<&Object<'a>> {
        let mut value = &self.root;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            value = match value {
                Value::Object(object) => &self.property(object, &token)?.value,
                Value::Array(array) => array.elements.get(token.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        value.as_object()
    }

    fn property<'b>(&self, object: &'b Object<'a>, name: &str) -> Option<&'b ObjectProp<'a>> {
        if object.properties.len() <= FEW {
            return object.properties.iter().rfind(|it| it.name.as_str() == name);
        }
        let mut large = self.large.borrow_mut();
        let index = large.entry(object.range.start).or_insert_with(|| {
            let numbered = looked_at(object);
            numbered.map(|(index, it)| (it.name.as_str().to_owned(), index)).collect()
        });
        index.get(name).and_then(|index| object.properties.get(*index))
    }
}

/// Where fields can be added to an object, and how its own are laid out.
pub(in crate::entity) struct ObjectEnd {
    pub(in crate::entity) at: usize,
    pub(in crate::entity) has_fields: bool,
    /// The whitespace before each field.
    pub(in crate::entity) before_each: String,
    /// The whitespace before each value.
    pub(in crate::entity) space: &'static str,
}

/// The properties that rules are applied to, with their numbers.
fn looked_at<'b, 'a>(object: &'b Object<'a>) -> impl Iterator<Item = (usize, &'b ObjectProp<'a>)> {
    let all = object.properties.iter().enumerate();
    let all = all.filter(|(_, it)| it.name.as_str().len() <= LONGEST_NAME);
    all.filter(|(index, it)| *index < MANY || is_field(it.name.as_str()))
}

/// Takes a value and all in it, but no more than the `rest` of values that may be taken. Known fields come at any rate.
fn plain(value: &Value, rest: &mut usize) -> Plain {
    *rest = rest.saturating_sub(1);
    match value {
        Value::StringLit(string) => Plain::String(string.value.clone().into_owned()),
        Value::NumberLit(number) => number_of(number.value),
        Value::BooleanLit(boolean) => Plain::Bool(boolean.value),
        Value::NullKeyword(_) => Plain::Null,
        Value::Array(array) => {
            let mut items = Vec::new();
            for item in &array.elements {
                if *rest == 0 {
                    break;
                }
                items.push(plain(item, rest));
            }
            Plain::Array(items)
        }
        Value::Object(object) => {
            let mut fields = Map::new();
            for (_, it) in looked_at(object) {
                let name = it.name.as_str();
                if *rest > 0 || is_field(name) {
                    fields.insert(name.to_owned(), plain(&it.value, rest));
                }
            }
            Plain::Object(fields)
        }
    }
}

/// A number in whichever form it is written; what is none that JSON has counts as 0, since it was told already.
fn number_of(text: &str) -> Plain {
    let read = |text: &str| serde_json::from_str::<Number>(text).ok();
    let number = read(text).or_else(|| read(&super::number::right_form(text)?));
    Plain::Number(number.unwrap_or_else(|| 0.into()))
}
