//! What an answer says about when to come again: `Retry-After` and the `RateLimit-*` headers.
//!
//! The latter are those of draft-polli-ratelimit-headers-02, which the documents prescribe:
//! <https://versia.pub/federation/http>.

use std::time::{Duration, UNIX_EPOCH};

use super::record::Headers;

/// When to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Advice {
    /// Not before this time has passed.
    pub retry_after: Option<Duration>,
    /// The quota.
    pub rate_limit: Option<RateLimit>,
}

/// A quota as an answer tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests the window has room for, where that is said.
    pub limit: Option<u64>,
    /// How many are left of them.
    pub remaining: u64,
    /// The time until the window begins anew.
    pub reset: Duration,
}

impl Advice {
    /// Reads the headers of an answer. `Retry-After` counts on 429 and 503 only; a date in it is compared with the
    /// answer's own `Date`, or with `now` (Unix seconds) where that is missing.
    pub fn read(status: u16, headers: &Headers, now: i64) -> Advice {
        let header = |wanted: &str| {
            let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, value)| value.as_text()).map(str::trim)
        };
        let retry_after = header("retry-after")
            .filter(|_| matches!(status, 429 | 503))
            .and_then(|text| retry_after(text, header("date").and_then(date_seconds).unwrap_or(now)));
        let rate_limit = number(header("ratelimit-remaining")).zip(number(header("ratelimit-reset"))).map(
            |(remaining, reset)| RateLimit {
                limit: number(header("ratelimit-limit")),
                remaining,
                reset: Duration::from_secs(reset),
            },
        );
        Advice { retry_after, rate_limit }
    }
}

/// Seconds, or an HTTP-date.
fn retry_after(text: &str, now: i64) -> Option<Duration> {
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from(date_seconds(text)?.saturating_sub(now)).unwrap_or(0),
    };
    Some(Duration::from_secs(seconds))
}

fn date_seconds(text: &str) -> Option<i64> {
    let moment = httpdate::parse_http_date(text).ok()?;
    moment.duration_since(UNIX_EPOCH).ok().and_then(|since| since.as_secs().try_into().ok())
}

/// The number that a value begins with: `RateLimit-Limit` may go on with the windows that it is made of.
fn number(text: Option<&str>) -> Option<u64> {
    let text = text?;
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 784_111_777;

    fn read(status: u16, headers: &[(&str, &str)]) -> Advice {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        Advice::read(status, &headers, NOW)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        for (value, seconds) in [
            ("120", Some(120)),
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            let advice = read(503, &[("Retry-After", value)]);
            assert_eq!(advice.retry_after, seconds.map(Duration::from_secs), "{value}");
        }
        assert_eq!(read(200, &[("retry-after", "5")]).retry_after, None);
    }

    #[test]
    fn a_date_is_compared_with_the_servers_own_clock() {
        let date = ("date", "Sun, 06 Nov 1994 09:49:37 GMT");
        let advice = read(429, &[date, ("retry-after", "Sun, 06 Nov 1994 09:49:47 GMT")]);
        assert_eq!(advice.retry_after, Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_quota_needs_what_is_left_and_when_it_begins_anew() {
        let headers = [("RateLimit-Limit", "10, 10;w=1, 1000;w=3600"), ("RateLimit-Remaining", "0")];
        assert_eq!(read(200, &headers).rate_limit, None);
        let whole = read(200, &[headers[0], headers[1], ("RateLimit-Reset", "30")]);
        let expected = RateLimit { limit: Some(10), remaining: 0, reset: Duration::from_secs(30) };
        assert_eq!(whole.rate_limit, Some(expected));
        assert_eq!(read(200, &[("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "9")]).rate_limit, None);
    }
}
