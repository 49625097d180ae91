//! What a message is expected to be: a JSONPath (RFC 9535) that has to select something, or be a value.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use serde_json_path::JsonPath;

use super::length::parse_length;

/// How long is waited unless told otherwise.
const USUAL: Duration = Duration::from_secs(5);

/// An expectation of a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The expression as it was written.
    pub text: String,
    /// How long to wait for it.
    pub within: Duration,
    path: JsonPath,
    rule: Rule,
}

/// What the selected values have to be.
#[derive(Debug, Clone, PartialEq)]
enum Rule {
    /// There is one.
    Exists,
    /// One of them is this.
    Is(Value),
    /// There is one, and none of them is this.
    IsNot(Value),
}

/// Why an expectation cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectationError {
    /// The JSONPath is none; what the library says.
    Path(String, String),
    /// What stands behind `==` or `!=` is not JSON.
    Value(String),
    /// A quote is not closed.
    Quote(char),
    /// What stands behind the expression is no length of time.
    Within(String),
}

impl ExpectationError {
    /// What to do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            ExpectationError::Path(..) => "a path is written $.type, $.to[0] or $.list[?@.name == \"x\"]",
            ExpectationError::Value(value) if value.contains("&&") || value.contains("||") => {
                "several conditions stand in a filter of the path: $[?@.a == 1 && @.b == 2]"
            }
            ExpectationError::Value(_) => {
                "a value is JSON: a text stands in double quotes, as in '$.type == \"Note\"'"
            }
            ExpectationError::Quote(_) => return None,
            ExpectationError::Within(_) => "it is written: /expect EXPRESSION within 5s",
        })
    }
}

impl fmt::Display for ExpectationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExpectationError::Path(path, why) => write!(f, "{path:?} is not a JSONPath: {why}"),
            ExpectationError::Value(value) => write!(f, "{value:?} is not JSON"),
            ExpectationError::Quote(quote) => write!(f, "the quote {quote} is not closed"),
            ExpectationError::Within(text) => write!(f, "{text:?} does not say how long to wait"),
        }
    }
}

impl std::error::Error for ExpectationError {}

/// The expression, out of its quotes, and the time behind it.
pub(super) fn split_time(argument: &str) -> Result<(Cow<'_, str>, Duration), ExpectationError> {
    let quote = argument.chars().next().filter(|first| matches!(first, '\'' | '"'));
    let (expression, rest) = match quote {
        None => match argument.rfind(" within ") {
            Some(at) => (&argument[..at], argument[at..].trim_start()),
            None => (argument, ""),
        },
        // The last one: between single quotes, there may be more of them in a path such as $['type'].
        Some(quote) => match argument.rfind(quote).filter(|end| *end > 0) {
            Some(end) => (&argument[1..end], argument[end + 1..].trim_start()),
            None => return Err(ExpectationError::Quote(quote)),
        },
    };
    let expression = match quote {
        // As a shell has it.
        Some('"') if expression.contains("\\\"") => Cow::Owned(expression.trim().replace("\\\"", "\"")),
        _ => Cow::Borrowed(expression.trim()),
    };
    if rest.is_empty() {
        return Ok((expression, USUAL));
    }
    let length = rest.strip_prefix("within").filter(|length| length.starts_with(char::is_whitespace));
    let length = length.and_then(|length| parse_length(length.trim()));
    length.map(|length| (expression, length)).ok_or_else(|| ExpectationError::Within(rest.trim().to_owned()))
}

impl Expectation {
    /// Reads an expression: a JSONPath, alone or with `==` or `!=` and a JSON value behind it.
    ///
    /// # Errors
    /// When the path or the value cannot be read.
    pub fn parse(text: &str, within: Duration) -> Result<Self, ExpectationError> {
        let (path, rule) = match comparison(text) {
            None => (text, Rule::Exists),
            Some(at) => {
                let value = text[at + 2..].trim();
                let parsed =
                    serde_json::from_str(value).map_err(|_| ExpectationError::Value(value.to_owned()))?;
                (
                    text[..at].trim(),
                    if text[at..].starts_with('=') { Rule::Is(parsed) } else { Rule::IsNot(parsed) },
                )
            }
        };
        let parsed = JsonPath::parse(path)
            .map_err(|error| ExpectationError::Path(path.to_owned(), error.message().to_owned()))?;
        Ok(Expectation { text: text.to_owned(), within, path: parsed, rule })
    }

    /// Whether a message is as expected.
    pub fn is_met_by(&self, value: &Value) -> bool {
        let mut selected = self.path.query(value).into_iter().peekable();
        match &self.rule {
            Rule::Exists => selected.next().is_some(),
            Rule::Is(wanted) => selected.any(|found| same(found, wanted)),
            Rule::IsNot(unwanted) => {
                selected.peek().is_some() && selected.all(|found| !same(found, unwanted))
            }
        }
    }
}

/// Whether two values are the same; numbers are by what they are worth.
fn same(one: &Value, other: &Value) -> bool {
    let whole = |value: &Value| value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from));
    match (whole(one), whole(other)) {
        // As other numbers, large ones would lose their last digits.
        (Some(one), Some(other)) => one == other,
        _ => {
            one == other || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one == other)
        }
    }
}

/// Where a comparison stands that is no part of the path: outside of its brackets and quotes.
fn comparison(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), b'\\') if !escaped => {
                escaped = true;
                continue;
            }
            (Some(open), byte) if byte == open && !escaped => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'[' | b'(') => depth += 1,
            (None, b']' | b')') => depth = depth.saturating_sub(1),
            (None, b'=' | b'!') if depth == 0 && text.as_bytes().get(at + 1) == Some(&b'=') => {
                return Some(at);
            }
            (None, _) => {}
        }
        escaped = false;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn expectation(text: &str) -> Expectation {
        Expectation::parse(text, USUAL).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_message_is_held_against_a_path_and_a_value() {
        let note = json!({"type": "Note", "n": 1, "large": 9_007_199_254_740_993_u64, "to": ["a", "b"], "odd==": true, "list": [{"b": 1}, {"b": 2}]});
        for text in [
            "$.type == \"Note\"",
            "$.type==\"Note\"",
            "$['type'] == \"Note\"",
            "$.type != \"Follow\"",
            "$.n == 1.0",
            "$.large == 9007199254740993",
            "$.to[*] == \"b\"",
            "$.to == [\"a\", \"b\"]",
            "$.to",
            "$['odd=='] == true",
            "$.list[?@.b == 2]",
            "$.list[?@.b == 2].b == 2",
            "$..b",
        ] {
            assert!(expectation(text).is_met_by(&note), "{text}");
        }
        for text in [
            "$.type == \"note\"",
            "$.type != \"Note\"",
            "$.missing",
            "$.missing != 1",
            "$.missing == null",
            "$.n == \"1\"",
            "$.large == 9007199254740992",
            "$.list[?@.b == 3]",
            "$.to[*] != \"b\"",
        ] {
            assert!(!expectation(text).is_met_by(&note), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_expectation_is_said() {
        for (text, says) in [
            ("", "not a JSONPath"),
            ("type == \"Note\"", "\"type\" is not a JSONPath"),
            ("$.type == Note", "\"Note\" is not JSON"),
            ("$.type ==", "\"\" is not JSON"),
            ("$.a[", "not a JSONPath"),
            ("$.type = 1", "not a JSONPath"),
        ] {
            let error = Expectation::parse(text, USUAL).expect_err(text).to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn the_time_stands_behind_the_expression() {
        let seconds = Duration::from_secs;
        for (argument, expression, within) in [
            ("$.a", "$.a", USUAL),
            ("$.a within 2s", "$.a", seconds(2)),
            ("'$.a == \"x\"'", "$.a == \"x\"", USUAL),
            ("'$.a == \"it is within 3s\"' within 1m", "$.a == \"it is within 3s\"", seconds(60)),
            ("'$['type'] == \"x\"' within 2s", "$['type'] == \"x\"", seconds(2)),
            ("\"$.a\" within 0.5", "$.a", Duration::from_millis(500)),
            ("\"$.a == \\\"x\\\"\"", "$.a == \"x\"", USUAL),
        ] {
            assert_eq!(split_time(argument), Ok((expression.into(), within)), "{argument}");
        }
        assert_eq!(split_time("'$.a"), Err(ExpectationError::Quote('\'')));
        for argument in ["'$.a' in 2s", "'$.a' within", "$.a within soon", "'$.a' within2s"] {
            assert!(matches!(split_time(argument), Err(ExpectationError::Within(_))), "{argument}");
        }
    }
}
