//! Lengths of time as people type them: `5s`, `500ms`, `2m`, `1.5`.

use std::time::Duration;

/// A century: nobody waits longer, and moments can still be added up.
const MAX_SECONDS: f64 = 100.0 * 365.0 * 86_400.0;

/// Reads a length of time; without a unit, it is seconds.
pub(super) fn parse_length(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 4] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let unit = UNITS.iter().find_map(|(unit, size)| text.strip_suffix(unit).map(|number| (number, *size)));
    let (number, size) = unit.unwrap_or((text, 1.0));
    let seconds = number.trim_end().parse::<f64>().ok()? * size;
    (0.0..=MAX_SECONDS).contains(&seconds).then(|| Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_has_a_unit_or_is_seconds() {
        for (text, millis) in [
            ("5s", 5_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("1.5", 1_500),
            ("0", 0),
            ("2 s", 2_000),
        ] {
            assert_eq!(parse_length(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1s", "soon", "nan", "inf", "1e300", "5 days"] {
            assert_eq!(parse_length(text), None, "{text}");
        }
    }
}
