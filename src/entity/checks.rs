//! What a schema cannot say: small functions, which the schemas name in `x-check`.
//!
//! Each looks at one value, passes over what is not of its kind, and says what it found, in words that go on after the
//! value.

use std::net::Ipv6Addr;

use serde_json::Value;

use super::instant::parse_instant;

/// A check by its name, with what it needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    PossibleTime,
    Reference,
    OneTopLevelType,
    BinaryIsAnAddress,
    OneVoteCountPerOption,
    ExactlyOne(Vec<String>),
    ReadableByJavaScript,
}

impl Check {
    /// The check that a schema names.
    pub(super) fn named(value: &Value) -> Option<Check> {
        if let Some(fields) = value.get("exactly_one").and_then(Value::as_array) {
            return Some(Check::ExactlyOne(
                fields.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            ));
        }
        Some(match value.as_str()? {
            "possible_time" => Check::PossibleTime,
            "reference" => Check::Reference,
            "one_top_level_type" => Check::OneTopLevelType,
            "binary_is_an_address" => Check::BinaryIsAnAddress,
            "one_vote_count_per_option" => Check::OneVoteCountPerOption,
            "readable_by_javascript" => Check::ReadableByJavaScript,
            _ => return None,
        })
    }

    /// Runs it.
    ///
    /// # Errors
    /// Says what was found.
    pub(super) fn run(&self, value: &Value) -> Result<(), String> {
        match self {
            Check::PossibleTime => value.as_str().map_or(Ok(()), possible_time),
            Check::Reference => value.as_str().map_or(Ok(()), reference),
            Check::OneTopLevelType => one_top_level_type(value),
            Check::BinaryIsAnAddress => binary_is_an_address(value),
            Check::OneVoteCountPerOption => one_vote_count_per_option(value),
            Check::ExactlyOne(fields) => exactly_one(value, fields),
            Check::ReadableByJavaScript => value.as_str().map_or(Ok(()), readable_by_javascript),
        }
    }
}

/// A time that is written rightly is one that there is; so is a date alone.
fn possible_time(text: &str) -> Result<(), String> {
    let looks_right = text.len() >= 10
        && text.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            0..10 => c.is_ascii_digit(),
            _ => true,
        });
    let time = if text.len() == 10 { format!("{text}T00:00:00Z") } else { text.to_owned() };
    if !looks_right {
        return Ok(());
    }
    if let Some(seconds) = parse_instant(&time) {
        // A leap second counts as the one behind it, and only the last minute of a day in UTC has one.
        let is_leap = time.get(17..19) == Some("60");
        return match !is_leap || seconds % 86_400 == 0 {
            true => Ok(()),
            false => Err("has a leap second where there cannot be one".to_owned()),
        };
    }
    let is_time = parse_instant(&format!("2000-01-01{}", time.get(10..).unwrap_or_default())).is_some();
    Err(if is_time { "is no day of the calendar" } else { "has no possible time of day or offset" }
        .to_owned())
}

/// The host of a reference is a name of the domain system, an IPv4 address or an IPv6 address in brackets.
fn reference(text: &str) -> Result<(), String> {
    let Some((host, _)) = text.rsplit_once(':') else { return Ok(()) };
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            address.parse::<Ipv6Addr>().map_err(|_| format!("has {address:?}, which is no IPv6 address"))?;
            ("", rest.strip_prefix(':'))
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return Err("has a port that there is not".to_owned());
    }
    if name.len() > 253 || name.split('.').any(|label| label.len() > 63) {
        return Err("has a host whose name is too long".to_owned());
    }
    Ok(())
}

/// The forms of one content are of one kind.
fn one_top_level_type(value: &Value) -> Result<(), String> {
    let mut tops =
        value.as_object().into_iter().flatten().filter_map(|(name, _)| Some(name.split_once('/')?.0));
    let Some(first) = tops.next() else { return Ok(()) };
    match tops.find(|top| !top.eq_ignore_ascii_case(first)) {
        Some(other) => Err(format!("has both {first}/… and {other}/…")),
        None => Ok(()),
    }
}

/// What is no text is given by its address.
fn binary_is_an_address(value: &Value) -> Result<(), String> {
    for (media_type, form) in value.as_object().into_iter().flatten() {
        let is_here = form.get("remote") != Some(&Value::Bool(true));
        let content =
            form.get("content").and_then(Value::as_str).filter(|_| is_here && !is_textual(media_type));
        if content.is_some_and(|content| !has_scheme(content)) {
            return Err(format!("has {media_type}, which is no text, and a content that is no address"));
        }
    }
    Ok(())
}

fn is_textual(media_type: &str) -> bool {
    media_type.starts_with("text/") || media_type.starts_with("application/json")
}

fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let mut characters = scheme.chars();
        characters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && characters.all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            && !rest.is_empty()
            && !rest.contains(char::is_whitespace)
    })
}

/// A poll counts the votes for each of its options.
fn one_vote_count_per_option(value: &Value) -> Result<(), String> {
    let count = |name: &str| value.get(name).and_then(Value::as_array).map(Vec::len);
    match (count("options"), count("votes")) {
        (Some(options), Some(votes)) if options != votes => {
            Err(format!("has {options} options and {votes} vote counts"))
        }
        _ => Ok(()),
    }
}

/// Of some fields, one is given, and the others are absent or null.
fn exactly_one(value: &Value, fields: &[String]) -> Result<(), String> {
    if !value.is_object() {
        return Ok(());
    }
    let given: Vec<_> =
        fields.iter().filter(|name| value.get(name.as_str()).is_some_and(|it| !it.is_null())).collect();
    match given.as_slice() {
        [_] => Ok(()),
        [] => Err(format!("has neither {}", fields.join(" nor "))),
        _ => Err(format!("has both {}", fields.join(" and "))),
    }
}

/// JavaScript reads far more than RFC 3339; told is what it cannot read for sure.
fn readable_by_javascript(text: &str) -> Result<(), String> {
    if !text.contains(|c: char| c.is_ascii_digit()) {
        return Err("has no digits".to_owned());
    }
    let number = |from: usize| text.get(from..from + 2).and_then(|digits| digits.parse::<u8>().ok());
    let is_iso = text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let (month, hour) = (number(5), number(11));
    if is_iso && (month.is_some_and(|it| it == 0 || it > 12) || hour.is_some_and(|it| it > 24)) {
        return Err("has a month or an hour that there is not".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(name: &Value, value: &Value) -> bool {
        Check::named(name).unwrap().run(value).is_ok()
    }

    #[test]
    fn a_time_that_is_written_rightly_has_to_be_one() {
        let name = json!("possible_time");
        for (text, possible) in [
            ("2024-02-29T00:00:00Z", true),
            ("2023-02-29T00:00:00Z", false),
            ("2024-13-01T00:00:00Z", false),
            ("2024-01-01T24:00:00Z", false),
            ("2016-12-31T23:59:60Z", true),
            ("2017-01-01T08:59:60+09:00", true),
            ("2016-12-31T23:59:60+01:00", false),
            ("2024-05-05T12:34:60Z", false),
            ("0000-04-12", true),
            ("1998-04-31", false),
            ("yesterday", true),
        ] {
            assert_eq!(holds(&name, &json!(text)), possible, "{text}");
        }
        assert!(holds(&name, &json!(5)));
    }

    #[test]
    fn the_host_of_a_reference_is_one() {
        let name = json!("reference");
        let long = format!("{}.example:1", "a".repeat(64));
        for (text, right) in [
            ("1", true),
            ("b.example:1", true),
            ("b.example:3000:1", true),
            ("[2001:db8::1]:3000:1", true),
            ("[2001:db8::1::2]:1", false),
            ("b.example:70000:1", false),
            (&long, false),
        ] {
            assert_eq!(holds(&name, &json!(text)), right, "{text}");
        }
    }

    #[test]
    fn of_two_fields_one_is_given() {
        let name = json!({ "exactly_one": ["a", "b"] });
        for (value, right) in [
            (json!({ "a": 1 }), true),
            (json!({ "a": null, "b": 1 }), true),
            (json!({}), false),
            (json!({ "a": 1, "b": 2 }), false),
        ] {
            assert_eq!(holds(&name, &value), right, "{value}");
        }
    }
}
