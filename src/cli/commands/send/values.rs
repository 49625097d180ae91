//! What the flags of `send` hold: a rate, a length of time, a recipient.

use std::time::Duration;

use crate::cli::error::CliError;
use crate::client::{Peer, Recipient};

/// The highest rate that can be asked for, a second.
const MAX_RATE: f64 = 1_000_000.0;

/// A century: nobody waits longer, and moments can still be added up.
const MAX_SECONDS: f64 = 100.0 * 365.0 * 86_400.0;

/// The time between two requests at a rate such as `10/s`, `10` or `0.5/s`.
pub(super) fn interval(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix("/s").unwrap_or(text);
    let rate: f64 =
        number.trim().parse().map_err(|_| "a rate is a number a second, such as 10/s".to_owned())?;
    if rate.is_finite() && rate > 0.0 && rate <= MAX_RATE && 1.0 / rate <= MAX_SECONDS {
        Ok(Duration::from_secs_f64(1.0 / rate))
    } else {
        Err(format!("a rate is more than 0 and at most {MAX_RATE} a second"))
    }
}

/// A length of time in seconds, fractions allowed.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix('s').unwrap_or(text).trim();
    match number.parse::<f64>() {
        Ok(seconds) if (0.0..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("not a number of seconds".to_owned()),
    }
}

/// Whom to deliver to, at the address of a peer where one has the domain that is named.
pub(super) fn recipient(text: &str, peers: &[Peer]) -> Result<Recipient, CliError> {
    let recipient = Recipient::parse(text).map_err(|error| {
        let cli = CliError::usage(format!("cannot deliver to {text:?}")).because(&error);
        match error.hint() {
            Some(hint) => cli.hint(hint),
            None => cli,
        }
    })?;
    Ok(recipient.through(peers))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_second() {
        for (text, millis) in [("10/s", 100), ("10", 100), ("0.5/s", 2_000), ("1000000", 0)] {
            assert_eq!(interval(text).unwrap().as_millis(), millis, "{text}");
        }
        for text in ["", "0", "-1/s", "fast", "10/m", "nan", "inf", "1e300", "1e-300", "/s"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_length_of_time_is_seconds() {
        assert_eq!(seconds("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for text in ["", "-1", "soon", "nan", "1e300"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
