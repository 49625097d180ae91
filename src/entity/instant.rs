//! Moments as RFC 3339 writes them, by its own grammar: the date library takes more than that, and a little less.

use jiff::civil::Date;

/// The Unix seconds of an RFC 3339 time, rounded down; `None` when it is anything else.
///
/// A leap second (`:60`) counts as the second after it.
pub fn parse_instant(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<i64> {
        let part = bytes.get(from..to)?;
        part.iter()
            .all(u8::is_ascii_digit)
            .then(|| part.iter().fold(0, |value, b| value * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|b| allowed.contains(b));
    let punctuated = is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
    if !punctuated {
        return None;
    }
    let (hour, minute, second) = (digits(11, 13)?, digits(14, 16)?, digits(17, 19)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut zone = 19;
    if is(zone, b".") {
        let fraction = bytes[20..].iter().take_while(|b| b.is_ascii_digit()).count();
        if fraction == 0 {
            return None;
        }
        zone += 1 + fraction;
    }
    let offset = offset_seconds(bytes.get(zone..)?)?;
    let year = i16::try_from(digits(0, 4)?).ok()?;
    let (month, day) = (i8::try_from(digits(5, 7)?).ok()?, i8::try_from(digits(8, 10)?).ok()?);
    let midnight = Date::new(year, month, day).ok()?.duration_since(Date::constant(1970, 1, 1)).as_secs();
    Some(midnight + hour * 3_600 + minute * 60 + second - offset)
}

/// The Unix milliseconds of an RFC 3339 time, rounded down; `None` when it is anything else, or before 1970.
pub fn parse_millis(text: &str) -> Option<u64> {
    let seconds = u64::try_from(parse_instant(text)?).ok()?;
    let fraction = text.as_bytes().get(20..).filter(|_| text.as_bytes()[19] == b'.').unwrap_or_default();
    let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).map(|b| u64::from(b - b'0'));
    let millis = digits.chain([0, 0, 0]).take(3).fold(0, |value, digit| value * 10 + digit);
    seconds.checked_mul(1_000)?.checked_add(millis)
}

/// `Z`, or `+hh:mm` and `-hh:mm`, in seconds east of Greenwich.
fn offset_seconds(zone: &[u8]) -> Option<i64> {
    let digit = |b: &u8| b.is_ascii_digit().then(|| i64::from(b - b'0'));
    match zone {
        b"Z" | b"z" => Some(0),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
            let seconds = hours * 3_600 + minutes * 60;
            let side = if *sign == b'+' { 1 } else { -1 };
            (hours <= 23 && minutes <= 59).then_some(side * seconds)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rfc_3339_allows_is_read() {
        for (text, seconds) in [
            ("2024-10-18T09:23:37Z", 1_729_243_417),
            ("2024-10-18t09:23:37.1234567891z", 1_729_243_417),
            ("2024-10-18 11:23:37.250+02:00", 1_729_243_417),
            ("1969-12-31T23:59:59-00:00", -1),
            ("2016-12-31T23:59:60Z", 1_483_228_800),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] {
            assert_eq!(parse_instant(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_it_does_not_allow_is_refused() {
        for text in [
            "",
            "2024-10-18",
            "2024-10-18T09:23:37",
            "2024-10-18T092337.00000Z",
            "2024-10-18T09:23:37+00",
            "2024-10-18T09:23:37+0000",
            "2024-10-18T09:23:37,5Z",
            "2024-10-18T09:23:37.Z",
            "2024-10-18T09:23:37+25:00",
            "2024-10-18T09:23:37+02:00:30",
            "2024-10-18T24:00:00Z",
            "2024-10-18T09:23:61Z",
            "2024-02-30T09:23:37Z",
            "2024-10-18T09:23:37+00:00[UTC]",
            "2024-10-18T09:23:37Z ",
            "1729243417",
            "yesterday",
            "２024-10-18T09:23:37Z",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
    }
}
