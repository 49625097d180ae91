//! How numbers have to be written.

use std::ops::Range;

use crate::entity::violation::{Edit, Found};
use crate::finding::{Code, codes};

/// The largest whole number, either way.
const LARGEST: u128 = 1 << 53;

/// How many digits a number may get when it is written out.
const WRITTEN_OUT: usize = 40;

/// What is wrong with how a number is written; the one right form is its edit.
pub(super) fn look_at_number(text: &str, span: Range<usize>) -> Option<Found> {
    let (code, what): (&'static Code, _) = match text.strip_prefix(['-', '+']).unwrap_or(text) {
        rest if rest.starts_with("0x") || rest.starts_with("0X") => {
            (&codes::NUMBER_NOT_DECIMAL, "is hexadecimal")
        }
        "Infinity" | "NaN" => (&codes::NUMBER_NOT_DECIMAL, "is no number that JSON has"),
        _ if text.starts_with('+') => (&codes::NUMBER_NOT_DECIMAL, "has a plus sign"),
        rest if rest.contains(['e', 'E']) => (&codes::NUMBER_EXPONENT, "has an exponent"),
        rest if rest.starts_with('.') || rest.ends_with('.') => {
            (&codes::NUMBER_BARE_POINT, "has a decimal point without a digit on both sides")
        }
        rest if rest.contains('.') && rest.ends_with('0') => {
            (&codes::NUMBER_TRAILING_ZERO, "has zeros at its end that mean nothing")
        }
        "0" if text.starts_with('-') => (&codes::NUMBER_NEGATIVE_ZERO, "is a negative zero"),
        rest if is_too_large(rest) => (&codes::NUMBER_RANGE, "lies outside ±2^53"),
        _ => return None,
    };
    let found = Found::new(code, span.clone(), format!("{text} {what}"));
    Some(match right_form(text).filter(|right| !is_too_large(right.trim_start_matches('-'))) {
        Some(right) => {
            let fix = format!("write {right}");
            found.with_edits(vec![Edit::new(span, right)]).with_fix(fix)
        }
        None => found,
    })
}

fn is_too_large(unsigned: &str) -> bool {
    let (whole, rest) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    match whole.parse::<u128>() {
        Ok(value) => value > LARGEST || (value == LARGEST && rest.bytes().any(|digit| digit != b'0')),
        Err(_) => !whole.is_empty(),
    }
}

/// The same number as the documents want it written.
pub(super) fn right_form(text: &str) -> Option<String> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(digits) = rest.strip_prefix("0x").or_else(|| rest.strip_prefix("0X")) {
        let value = u64::from_str_radix(digits, 16).ok()?;
        return Some(if value == 0 { "0".to_owned() } else { format!("{sign}{value}") });
    }
    let (mantissa, exponent) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let exponent: i64 = exponent.parse().ok()?;
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{decimals}");
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || digits.len() > WRITTEN_OUT {
        return None;
    }
    let point = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
    if point.unsigned_abs() as usize > WRITTEN_OUT {
        return None;
    }
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
    let length = digits.len() as i64;
    let padded = format!("{}{digits}{}", zeros(1 - point), zeros(point - length));
    let (whole, decimals) = padded.split_at(usize::try_from(point.max(1)).ok()?);
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    Some(match decimals {
        "" if whole == "0" => "0".to_owned(),
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{decimals}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_form_has_its_code_and_its_right_form() {
        for (text, code, right) in [
            ("1e3", "VE111", Some("1000")),
            ("-1.5E-2", "VE111", Some("-0.015")),
            ("0e5", "VE111", Some("0")),
            ("1e400", "VE111", None),
            ("1.", "VE113", Some("1")),
            (".5", "VE113", Some("0.5")),
            ("1.00", "VE114", Some("1")),
            ("-0.0", "VE114", Some("0")),
            ("2.50", "VE114", Some("2.5")),
            ("9007199254740993", "VE115", None),
            ("-0", "VE116", Some("0")),
            ("0x1A", "VE117", Some("26")),
            ("NaN", "VE117", None),
            ("-Infinity", "VE117", None),
            ("+7", "VE117", Some("7")),
        ] {
            let found = look_at_number(text, 3..4).unwrap();
            assert_eq!(found.code.id, code, "{text}");
            assert_eq!(found.edits.first().map(|edit| edit.text.as_str()), right, "{text}");
        }
        for text in ["0", "-1", "0.5", "10", "9007199254740992", "-9007199254740992", "12.25"] {
            assert!(look_at_number(text, 0..1).is_none(), "{text}");
        }
    }
}
