//! Numbers as languages write what they have read: an integer of any length, or a double in its shortest form.

use std::fmt::Write as _;

/// A double in its shortest digits, and where its decimal point stands.
struct Decimal {
    negative: bool,
    /// Without leading or trailing zeros; `0` for zero.
    digits: String,
    /// How many digits stand before the point; may be below zero.
    point: i32,
}

impl Decimal {
    fn of(value: f64) -> Self {
        // Rust's `{:e}` gives the shortest digits that read back as the same double.
        let text = format!("{:e}", value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = mantissa.replace('.', "");
        let point = exponent.parse::<i32>().unwrap_or(0) + 1;
        Decimal { negative: value.is_sign_negative(), digits, point }
    }

    /// With a point where it belongs, and `zero` behind whole numbers.
    fn plain(&self, zero: &str, out: &mut String) {
        let count = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        if self.point <= 0 {
            out.push_str("0.");
            (self.point..0).for_each(|_| out.push('0'));
            out.push_str(&self.digits);
        } else if self.point >= count {
            out.push_str(&self.digits);
            (count..self.point).for_each(|_| out.push('0'));
            out.push_str(zero);
        } else {
            let (whole, rest) = self.digits.split_at(usize::try_from(self.point).unwrap_or(0));
            out.push_str(whole);
            out.push('.');
            out.push_str(rest);
        }
    }

    /// With an exponent; `zero` behind a mantissa of one digit, and at least so many digits in the exponent.
    fn scientific(&self, zero: &str, mark: &str, plus: &str, width: usize, out: &mut String) {
        let (first, rest) = self.digits.split_at(1);
        out.push_str(first);
        if rest.is_empty() {
            out.push_str(zero);
        } else {
            out.push('.');
            out.push_str(rest);
        }
        let exponent = self.point - 1;
        let sign = if exponent < 0 { "-" } else { plus };
        // Writing to a string does not fail.
        let _ = write!(out, "{mark}{sign}{:0width$}", exponent.abs());
    }

    fn sign(&self, out: &mut String) {
        if self.negative {
            out.push('-');
        }
    }
}

/// Whether the text is that of an integer.
fn is_whole(text: &str) -> bool {
    !text.contains(['.', 'e', 'E'])
}

fn double(text: &str) -> Option<Decimal> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Decimal::of)
}

/// Appends by `write`, or as it stands where it is beyond a double.
fn append(text: &str, out: &mut String, write: impl FnOnce(&Decimal, &mut String)) {
    match double(text) {
        Some(decimal) => write(&decimal, out),
        None => out.push_str(text),
    }
}

/// JavaScript: every number is a double; no fraction for whole ones, exponents from 1e21 and below 1e-6.
pub(super) fn javascript(text: &str, out: &mut String) {
    append(text, out, |decimal, out| {
        if decimal.digits == "0" {
            return out.push('0');
        }
        decimal.sign(out);
        if (-5..=21).contains(&decimal.point) {
            decimal.plain("", out);
        } else {
            decimal.scientific("", "e", "+", 1, out);
        }
    });
}

/// Python: integers of any length; `repr` of a float, with exponents from 1e16 and below 1e-4.
pub(super) fn python(text: &str, out: &mut String) {
    if is_whole(text) {
        return out.push_str(if text == "-0" { "0" } else { text });
    }
    append(text, out, |decimal, out| {
        decimal.sign(out);
        if (-3..=16).contains(&decimal.point) || decimal.digits == "0" {
            decimal.plain(".0", out);
        } else {
            decimal.scientific("", "e", "+", 2, out);
        }
    });
}

/// PHP 7.1 and newer: no fraction for whole numbers; exponents from 1e17 and below 1e-4, as `1.0e+25`.
pub(super) fn php(text: &str, out: &mut String) {
    if is_whole(text) && text.parse::<i64>().is_ok() {
        return out.push_str(if text == "-0" { "0" } else { text });
    }
    append(text, out, |decimal, out| {
        decimal.sign(out);
        if (-3..=17).contains(&decimal.point) || decimal.digits == "0" {
            decimal.plain("", out);
        } else {
            decimal.scientific(".0", "e", "+", 1, out);
        }
    });
}

/// Go's `float64`, which `any` holds: as JavaScript, but with a minus before zero.
pub(super) fn go(text: &str, out: &mut String) {
    append(text, out, |decimal, out| {
        decimal.sign(out);
        if (-5..=21).contains(&decimal.point) || decimal.digits == "0" {
            decimal.plain("", out);
        } else {
            decimal.scientific("", "e", "+", 1, out);
        }
    });
}

/// Java: integers of any length; `Double.toString`, with exponents from 1e7 and below 1e-3.
pub(super) fn java(text: &str, out: &mut String) {
    if is_whole(text) {
        return out.push_str(if text == "-0" { "0" } else { text });
    }
    append(text, out, |decimal, out| {
        decimal.sign(out);
        if (-2..=7).contains(&decimal.point) || decimal.digits == "0" {
            decimal.plain(".0", out);
        } else {
            decimal.scientific(".0", "E", "", 1, out);
        }
    });
}

/// serde_json, by itself.
pub(super) fn rust(text: &str, out: &mut String) {
    match serde_json::from_str::<serde_json::Number>(text) {
        Ok(number) => out.push_str(&number.to_string()),
        Err(_) => out.push_str(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Write = fn(&str, &mut String);

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        let written = |write: Write, text: &str| {
            let mut out = String::new();
            write(text, &mut out);
            out
        };
        for (text, js, py, php_, go_, java_, rs) in [
            ("1", "1", "1", "1", "1", "1", "1"),
            ("1.0", "1", "1.0", "1", "1", "1.0", "1.0"),
            ("1e3", "1000", "1000.0", "1000", "1000", "1000.0", "1000.0"),
            ("0.50", "0.5", "0.5", "0.5", "0.5", "0.5", "0.5"),
            ("1e21", "1e+21", "1e+21", "1.0e+21", "1e+21", "1.0E21", "1e+21"),
            ("1.5e-7", "1.5e-7", "1.5e-07", "1.5e-7", "1.5e-7", "1.5E-7", "1.5e-7"),
            ("0.0001", "0.0001", "0.0001", "0.0001", "0.0001", "1.0E-4", "0.0001"),
            (
                "12345678.5",
                "12345678.5",
                "12345678.5",
                "12345678.5",
                "12345678.5",
                "1.23456785E7",
                "12345678.5",
            ),
            (
                "9007199254740993",
                "9007199254740992",
                "9007199254740993",
                "9007199254740993",
                "9007199254740992",
                "9007199254740993",
                "9007199254740993",
            ),
            ("-0", "0", "0", "0", "-0", "0", "-0.0"),
            ("-0.0", "0", "-0.0", "-0", "-0", "-0.0", "-0.0"),
            ("1e400", "1e400", "1e400", "1e400", "1e400", "1e400", "1e400"),
        ] {
            let all: [(Write, &str); 6] =
                [(javascript, js), (python, py), (php, php_), (go, go_), (java, java_), (rust, rs)];
            for (place, (write, expected)) in all.into_iter().enumerate() {
                assert_eq!(written(write, text), expected, "{text}, writer {place}");
            }
        }
    }
}
