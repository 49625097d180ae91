//! Headers: which are there, with which values, in which case and order.

use super::Finder;
use crate::protocol::record::{Bytes, HIDDEN, Headers, is_secret_header};

pub(super) fn compare(finder: &mut Finder<'_>, first: &Headers, second: &Headers) {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in first.iter().chain(second) {
        let name = name.to_ascii_lowercase();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in &names {
        let [one, other] = [first, second].map(|headers| of_name(headers, name));
        for at in 0..one.len().max(other.len()) {
            match (one.get(at), other.get(at)) {
                (Some((written, value)), Some((other_written, other_value))) => {
                    if value != other_value {
                        finder.add(*written, Some(shown(name, value)), Some(shown(name, other_value)));
                    }
                    if written != other_written {
                        let place = format!("{name} (case)");
                        finder.add(place, Some((*written).to_owned()), Some((*other_written).to_owned()));
                    }
                }
                (Some((written, value)), None) => finder.add(*written, Some(shown(name, value)), None),
                (None, Some((written, value))) => finder.add(*written, None, Some(shown(name, value))),
                (None, None) => {}
            }
        }
    }
    let [one, other] = [(first, second), (second, first)].map(|(headers, others)| order(headers, others));
    if one != other {
        finder.add("(order)", Some(one.join(", ")), Some(other.join(", ")));
    }
}

fn of_name<'a>(headers: &'a Headers, name: &str) -> Vec<(&'a str, &'a Bytes)> {
    let of_name = headers.iter().filter(|(one, _)| one.eq_ignore_ascii_case(name));
    of_name.map(|(name, value)| (name.as_str(), value)).collect()
}

/// The names of those that both have, in their order.
fn order(headers: &Headers, others: &Headers) -> Vec<String> {
    let is_common = |name: &str| of_name(headers, name).len() == of_name(others, name).len();
    let common = headers.iter().filter(|(name, _)| is_common(name));
    common.map(|(name, _)| name.to_ascii_lowercase()).collect()
}

fn shown(name: &str, value: &Bytes) -> String {
    if is_secret_header(name) {
        return HIDDEN.to_owned();
    }
    String::from_utf8_lossy(&value.0).into_owned()
}
