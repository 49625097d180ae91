//! What may have been signed as the time, when the header says something else.

use jiff::Timestamp;
use jiff::tz::Offset;

use super::hypothesis::{Hypothesis, distinct, rank};
use crate::finding::{Code, codes};

/// The years 1990 to 2200, in Unix seconds: what is outside is in another unit, or no time.
const PLAUSIBLE: std::ops::Range<i64> = 631_152_000..7_258_118_400;

/// The moment that a header gives, in whatever form.
#[derive(Debug, Clone, Copy)]
struct Moment {
    seconds: i64,
    nanos: i32,
    /// Whether the header is in whole seconds, as it has to be.
    whole: bool,
}

/// Every way but the header's own text; `nonce` is the value of draft 0.4's header, where it is there.
pub(super) fn ways(header: &str, nonce: Option<&str>) -> Vec<Hypothesis> {
    let mut ways = Vec::new();
    if let Some(nonce) = nonce {
        let said = "the nonce of draft 0.4 is signed in the place of the time";
        ways.push(Hypothesis::new(&codes::SCHEME_NONCE, rank::COMMON, nonce, said));
    }
    if let Some(moment) = moment(header) {
        units(header, moment, &mut ways);
        dates(moment, &mut ways);
        if moment.whole {
            shifts(moment.seconds, &mut ways);
        }
    }
    distinct(header.as_bytes(), ways)
}

/// The times with the fractions that the header has lost: a thousand milliseconds fit each second.
pub(super) fn lost_fractions(header: &str) -> Vec<Hypothesis> {
    let Some(Moment { seconds, whole: true, .. }) = moment(header) else { return Vec::new() };
    let mut ways = Vec::new();
    for milli in 1..1000 {
        let said =
            format!("the time is signed in milliseconds, {seconds}{milli:03}, and the header has seconds");
        let value = format!("{seconds}{milli:03}");
        ways.push(Hypothesis::new(&codes::TIME_IN_MILLISECONDS, rank::COMMON, value, said));
    }
    for milli in 1..1000 {
        let text = format!("{seconds}.{milli:03}");
        for value in [text.trim_end_matches('0').to_owned(), text.clone()] {
            let said = format!("the time is signed as {value}, and the header has whole seconds");
            ways.push(Hypothesis::new(&codes::TIME_AS_FRACTION, rank::KNOWN, value, said));
        }
        if let Some(date) = timestamp(seconds, milli * 1_000_000) {
            let value = format!("{date:.3}");
            let said = format!("a date is signed, {value}, and the header has seconds");
            ways.push(Hypothesis::new(&codes::TIME_AS_DATE, rank::KNOWN, value, said));
        }
    }
    distinct(header.as_bytes(), ways)
}

fn units(header: &str, moment: Moment, ways: &mut Vec<Hypothesis>) {
    let Moment { seconds, nanos, whole } = moment;
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    let said =
        |what: &str, text: &str| format!("the time is signed in {what}, {text}, and the header has {header}");
    if !whole {
        // A header in milliseconds was cut off or rounded to make the seconds.
        for near in [seconds, seconds + 1] {
            let text = near.to_string();
            let said = said("whole seconds", &text);
            ways.push(Hypothesis::new(&codes::TIME_HEADER_OTHER, rank::COMMON, text, said));
        }
    }
    for (code, unit, rank, what) in [
        (&codes::TIME_IN_MILLISECONDS, 1_000_000, rank::COMMON, "milliseconds"),
        (&codes::TIME_IN_MICROSECONDS, 1_000, rank::KNOWN, "microseconds"),
        (&codes::TIME_IN_MICROSECONDS, 1, rank::KNOWN, "nanoseconds"),
    ] {
        let text = (total / unit).to_string();
        let said = said(what, &text);
        ways.push(Hypothesis::new(code, rank, text, said));
    }
    let fraction = format!("{seconds}.{:09}", nanos);
    let shortest = fraction.trim_end_matches('0');
    let shortest = if shortest.ends_with('.') { format!("{shortest}0") } else { shortest.to_owned() };
    for text in
        [shortest, fraction[..fraction.len() - 3].to_owned(), fraction[..fraction.len() - 6].to_owned()]
    {
        let said = said("seconds with a fraction", &text);
        ways.push(Hypothesis::new(&codes::TIME_AS_FRACTION, rank::KNOWN, text, said));
    }
}

fn dates(moment: Moment, ways: &mut Vec<Hypothesis>) {
    let Some(date) = timestamp(moment.seconds, moment.nanos) else { return };
    let zoned = |hours: i8| Offset::constant(hours).to_datetime(date);
    let plain = zoned(0);
    for (text, rank) in [
        (format!("{date:.3}"), rank::KNOWN),
        (format!("{date:.0}"), rank::KNOWN),
        (date.to_string(), rank::KNOWN),
        (format!("{plain:.0}+00:00"), rank::KNOWN),
        (format!("{plain:.6}+00:00"), rank::RARE),
        (format!("{plain:.6}"), rank::RARE),
        (format!("{plain:.0}"), rank::RARE),
        (format!("{plain:.6}Z"), rank::RARE),
        (format!("{plain:.0}").replace('T', " "), rank::RARE),
        (date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string(), rank::KNOWN),
    ] {
        let said = format!("a date is signed, {text}, and the header has something else");
        ways.push(Hypothesis::new(&codes::TIME_AS_DATE, rank, text, said));
    }
}

/// Off by a time zone, or by the moment between two looks at the clock.
fn shifts(seconds: i64, ways: &mut Vec<Hypothesis>) {
    let mut shifted = |code: &'static Code, rank: u8, by: i64, said: String| {
        ways.push(Hypothesis::new(code, rank, (seconds + by).to_string(), said));
    };
    for by in [-1, 1, -2, 2, -3, 3, -4, 4, -5, 5] {
        let side = if by < 0 { "before" } else { "after" };
        let said = format!("the time that is signed lies {} s {side} the header's", i64::abs(by));
        let rank = if i64::abs(by) == 1 { rank::KNOWN } else { rank::RARE };
        shifted(&codes::TIME_READ_TWICE, rank, by, said);
    }
    for quarters in (-14 * 4..=14 * 4).filter(|quarters| *quarters != 0) {
        let by = quarters * 900;
        let whole_hour = quarters % 4 == 0;
        let usual = whole_hour || [22, 18, 14, 38, -14, 23].contains(&quarters);
        // Half of the quarter hours are nobody's time zone.
        if !usual {
            continue;
        }
        let (side, minutes) = (if by < 0 { "before" } else { "after" }, i64::abs(by) / 60);
        let length = format!("{}:{:02} h", minutes / 60, minutes % 60);
        let said = format!("the time that is signed lies {length} {side} the header's, as a time zone does");
        let rank = if whole_hour && i64::abs(quarters) <= 48 { rank::KNOWN } else { rank::RARE };
        shifted(&codes::TIME_ZONE, rank, by, said);
    }
}

/// Reads a time in any of the forms that are met.
fn moment(text: &str) -> Option<Moment> {
    if text.bytes().all(|b| b.is_ascii_digit()) {
        let number: i128 = text.parse().ok()?;
        return [1, 1_000, 1_000_000, 1_000_000_000_i128].into_iter().find_map(|scale| {
            let seconds = i64::try_from(number / scale).ok().filter(|seconds| PLAUSIBLE.contains(seconds))?;
            let nanos = i32::try_from(number % scale * (1_000_000_000 / scale)).ok()?;
            Some(Moment { seconds, nanos, whole: scale == 1 })
        });
    }
    if let Some((seconds, fraction)) = text.split_once('.')
        && (1..=9).contains(&fraction.len())
        && seconds.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        let seconds = seconds.parse().ok().filter(|seconds| PLAUSIBLE.contains(seconds))?;
        let nanos = format!("{fraction:0<9}").parse().ok()?;
        return Some(Moment { seconds, nanos, whole: false });
    }
    let date = text
        .parse::<Timestamp>()
        .or_else(|_| jiff::fmt::rfc2822::parse(text).map(|zoned| zoned.timestamp()))
        .or_else(|_| {
            let plain = text.parse::<jiff::civil::DateTime>()?;
            Offset::UTC.to_timestamp(plain)
        })
        .ok()?;
    Some(Moment { seconds: date.as_second(), nanos: date.subsec_nanosecond(), whole: false })
}

fn timestamp(seconds: i64, nanos: i32) -> Option<Timestamp> {
    Timestamp::new(seconds, nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_every_form_that_is_met() {
        for (text, seconds, nanos) in [
            ("1729243417", 1_729_243_417, 0),
            ("1729243417123", 1_729_243_417, 123_000_000),
            ("1729243417123456", 1_729_243_417, 123_456_000),
            ("1729243417123456789", 1_729_243_417, 123_456_789),
            ("1729243417.5", 1_729_243_417, 500_000_000),
            ("2024-10-18T09:23:37Z", 1_729_243_417, 0),
            ("2024-10-18T11:23:37.25+02:00", 1_729_243_417, 250_000_000),
            ("2024-10-18 09:23:37", 1_729_243_417, 0),
            ("Fri, 18 Oct 2024 09:23:37 GMT", 1_729_243_417, 0),
        ] {
            let read = moment(text).map(|moment| (moment.seconds, moment.nanos));
            assert_eq!(read, Some((seconds, nanos)), "{text}");
        }
        for text in ["", "1", "soon", "-5", "99999999999999999999999999", "1.", "1729243417."] {
            assert!(moment(text).is_none(), "{text}");
        }
    }

    #[test]
    fn dates_are_written_as_languages_write_them() {
        let texts: Vec<_> =
            ways("1729243417", None).into_iter().map(|way| String::from_utf8(way.value).unwrap()).collect();
        for text in [
            "1729243417000",
            "1729243417.0",
            "2024-10-18T09:23:37.000Z",
            "2024-10-18T09:23:37Z",
            "2024-10-18T09:23:37+00:00",
            "2024-10-18T09:23:37",
            "2024-10-18 09:23:37",
            "Fri, 18 Oct 2024 09:23:37 GMT",
            "1729250617",
            "1729243416",
        ] {
            assert!(texts.iter().any(|one| one == text), "{text} in {texts:?}");
        }
    }
}
