//! What is not JSON: read in spite of it, where its sense is clear, so that the rest is looked at as well.

use std::ops::Range;

use jsonc_parser::ast::Value;
use jsonc_parser::errors::ParseError;
use jsonc_parser::tokens::{Token, TokenAndRange};
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use crate::entity::violation::{Edit, Findings, Found};
use crate::finding::codes;

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// Parses what is known to be JSON.
pub(super) fn parse_strictly(text: &str) -> Result<Value<'_>, Box<Found>> {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .map_err(|error| Box::new(unreadable(&error)))?;
    parsed.value.ok_or_else(|| Box::new(not_json(0..0, "there is nothing in it")))
}

/// Parses what is no JSON, as `error` says, and adds what keeps it from being JSON to the reasons for that that were found
/// before.
pub(super) fn parse_anyhow<'a>(
    text: &'a str,
    error: &serde_json::Error,
    found: &mut Findings,
) -> Option<Value<'a>> {
    if text.trim().is_empty() {
        found.push(not_json(0..0, "there is nothing in it"));
        return None;
    }
    let everything = CollectOptions { comments: CommentCollectionStrategy::AsTokens, tokens: true };
    let parsed = match parse_to_ast(text, &everything, &ParseOptions::default()) {
        Ok(parsed) => parsed,
        Err(error) => {
            found.push(unreadable(&error));
            return None;
        }
    };
    let tokens = parsed.tokens.unwrap_or_default();
    look_at_tokens(text, &tokens, found);
    let has_odd_numbers =
        tokens.iter().any(|it| matches!(&it.token, Token::Number(number) if !is_json(number)));
    if found.is_empty() && !has_odd_numbers {
        let at = place(text, error);
        found.push(not_json(at..at + 1, reason(error)));
    }
    parsed.value
}

fn is_json(number: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(number).is_ok()
}

fn not_json(span: Range<usize>, message: impl Into<String>) -> Found {
    Found::new(&codes::NOT_JSON, span, message)
}

fn unreadable(error: &ParseError) -> Found {
    let range = error.range();
    let message = error.kind().to_string();
    let mut characters = message.chars();
    let first = characters.next().map(|c| c.to_ascii_lowercase());
    not_json(range.start..range.end, first.into_iter().chain(characters).collect::<String>())
}

/// What the JSON library says, without its own place.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or(text.clone(), |at| text[..at].to_owned())
}

fn place(text: &str, error: &serde_json::Error) -> usize {
    let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut at = (line + error.column().saturating_sub(1)).min(text.len().saturating_sub(1));
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Tells the tokens that JSON does not have.
fn look_at_tokens(text: &str, tokens: &[TokenAndRange], found: &mut Findings) {
    let mut before: Option<&TokenAndRange> = None;
    for token in tokens {
        let span = token.range.start..token.range.end;
        match &token.token {
            Token::CommentLine(_) | Token::CommentBlock(_) => {
                found.push(not_json(span, "JSON has no comments"));
                continue;
            }
            Token::CloseBrace | Token::CloseBracket => {
                if let Some(comma) = before.filter(|it| it.token == Token::Comma) {
                    let comma = comma.range.start..comma.range.end;
                    let edit = Edit::new(comma.clone(), "");
                    found.push(not_json(comma, "a comma stands behind the last one").with_edits(vec![edit]));
                }
            }
            Token::String(_) if text[span.clone()].starts_with('\'') => {
                found.push(not_json(span, "a string stands in single quotation marks"));
            }
            Token::Word(word) => {
                found.push(not_json(span, format!("{word:?} stands there without quotation marks")))
            }
            _ => {}
        }
        let is_value = |token: &Token| {
            !matches!(token, Token::Comma | Token::Colon | Token::CloseBrace | Token::CloseBracket)
        };
        let ends_value = |token: &Token| {
            !matches!(token, Token::Comma | Token::Colon | Token::OpenBrace | Token::OpenBracket)
        };
        if let Some(before) = before.filter(|it| ends_value(&it.token) && is_value(&token.token)) {
            let at = before.range.end;
            found.push(not_json(at..at + 1, "a comma is missing").with_edits(vec![Edit::new(at..at, ",")]));
        }
        before = Some(token);
    }
}

/// Finds leading zeros, and octal and binary numbers, and puts plain numbers and spaces in their places: the parser would take
/// the zeros for numbers of their own.
pub(super) fn repair_numbers(text: &mut String, found: &mut Findings) {
    let mut bytes = std::mem::take(text).into_bytes();
    let (mut in_string, mut at) = (false, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'0' if !in_string && starts_number(&bytes, at) && radix_of(&bytes[at..]).is_some() => {
                at += replace_based(&mut bytes, at, found) - 1;
            }
            b'0' if !in_string && starts_number(&bytes, at) => {
                let zeros = bytes[at..].iter().take_while(|byte| **byte == b'0').count();
                let follows = bytes.get(at + zeros).is_some_and(u8::is_ascii_digit);
                let needless = if follows { zeros } else { zeros - 1 };
                if needless > 0 {
                    found.push(leading_zeros(&bytes, at, needless));
                    remove_zeros(&mut bytes, at, needless);
                }
                at += zeros - 1;
            }
            _ => {}
        }
        at += 1;
    }
    // Only characters of numbers were changed.
    *text = String::from_utf8(bytes).unwrap_or_default();
}

/// Whether a number begins with this digit, after its sign.
fn starts_number(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'+'))
        && (before != Some(b'-') || at < 2 || !bytes[at - 2].is_ascii_alphanumeric())
}

/// The base of a number that is written in octal or binary, as programming languages have it.
fn radix_of(number: &[u8]) -> Option<u32> {
    let radix = match number.get(1)? {
        b'o' | b'O' => 8,
        b'b' | b'B' => 2,
        _ => return None,
    };
    let mut digits = number[2..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).peekable();
    digits.peek()?;
    digits.all(|digit| char::from(*digit).is_digit(radix)).then_some(radix)
}

/// Tells a number in octal or binary, and puts the decimal one in its place, which is never longer. Returns its length.
fn replace_based(bytes: &mut [u8], at: usize, found: &mut Findings) -> usize {
    let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let span = at..at + length;
    let written = String::from_utf8_lossy(&bytes[span.clone()]).into_owned();
    let radix = radix_of(&bytes[at..]).unwrap_or(8);
    let what = if radix == 8 { "octal" } else { "binary" };
    let one = Found::new(&codes::NUMBER_NOT_DECIMAL, span.clone(), format!("{written} is {what}"));
    let value = u64::from_str_radix(&written[2..], radix).ok().filter(|value| *value <= 1 << 53);
    found.push(match value {
        Some(value) => {
            let edit = Edit::new(span.clone(), value.to_string());
            one.with_fix(format!("write {value}")).with_edits(vec![edit])
        }
        None => one,
    });
    let decimal = value.unwrap_or(0).to_string();
    bytes[span].fill(b' ');
    bytes[at..at + decimal.len()].copy_from_slice(decimal.as_bytes());
    length
}

fn leading_zeros(bytes: &[u8], at: usize, count: usize) -> Found {
    let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.').count();
    let number = String::from_utf8_lossy(&bytes[at..at + length]);
    let found =
        Found::new(&codes::NUMBER_LEADING_ZERO, at..at + length, format!("{number} begins with a zero"));
    found.with_edits(vec![Edit::new(at..at + count, "")])
}

fn remove_zeros(bytes: &mut [u8], at: usize, count: usize) {
    let is_negative = at > 0 && bytes[at - 1] == b'-';
    bytes[at..at + count].fill(b' ');
    if is_negative {
        bytes[at - 1] = b' ';
        bytes[at + count - 1] = b'-';
    }
}
