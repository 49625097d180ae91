//! The time of signing: whole Unix seconds, and the window around now in which they are taken.

/// How far the time of signing may lie from now, in seconds, either way.
pub const MAX_SKEW: u64 = 300;

/// The time window to verify in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// The time of signing must lie within `max_skew` seconds of `as_of` (Unix seconds), either way.
    Around {
        /// The moment to verify as of, in Unix seconds.
        as_of: i64,
        /// How far off the time may be, in seconds.
        max_skew: u64,
    },
    /// Any time will do.
    Ignore,
}

impl Window {
    /// The documents' window around a moment, in Unix seconds.
    pub fn around(as_of: i64) -> Self {
        Window::Around { as_of, max_skew: MAX_SKEW }
    }

    /// Whether a time of signing, in Unix seconds, lies in it.
    pub fn contains(self, at: i64) -> bool {
        match self {
            Window::Around { as_of, max_skew } => at.abs_diff(as_of) <= max_skew,
            Window::Ignore => true,
        }
    }
}

/// Reads whole Unix seconds: decimal digits and nothing else, within an `i64`.
pub fn parse_seconds(text: &str) -> Option<i64> {
    let digits_only = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits_only { text.parse().ok() } else { None }
}

/// A length of time in words, rounded down to its two largest units: `5 min 3 s`, `2 years 40 d`.
pub fn describe_seconds(seconds: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(31_557_600, "years"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let Some(first) = UNITS.iter().position(|&(size, _)| seconds >= size) else {
        return "0 s".to_owned();
    };
    let (size, unit) = UNITS[first];
    let count = seconds / size;
    let unit = if unit == "years" && count == 1 { "year" } else { unit };
    let rest = UNITS.get(first + 1).map(|&(next, name)| (seconds % size / next, name));
    match rest {
        Some((more, name)) if more > 0 && count < 100 => format!("{count} {unit} {more} {name}"),
        _ => format!("{count} {unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_digits_and_nothing_else() {
        assert_eq!(parse_seconds("1729243417"), Some(1_729_243_417));
        assert_eq!(parse_seconds("0"), Some(0));
        for bad in
            ["", "-1", "+1", "1.0", "1e9", " 1", "1 ", "٣", "99999999999999999999", "2024-10-18T09:23:37Z"]
        {
            assert_eq!(parse_seconds(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn lengths_of_time_in_words() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (303, "5 min 3 s"),
            (3_600, "1 h"),
            (90_061, "1 d 1 h"),
            (31_557_600, "1 year"),
            (66_571_200, "2 years 40 d"),
            (1_700_000_000_000, "53869 years"),
        ] {
            assert_eq!(describe_seconds(seconds), words, "{seconds}");
        }
    }
}
