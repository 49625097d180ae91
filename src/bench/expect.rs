//! What a run is expected to come to: `p99<50ms`, `ok>99.9%`, `rate>=1000`, `failed<10`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;

/// One expectation.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    text: String,
    metric: Metric,
    comparison: Comparison,
    /// In milliseconds, percent, a second, or a count.
    limit: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Metric {
    /// The latency of accepted deliveries at this quantile.
    Quantile(f64),
    Min,
    Mean,
    Max,
    /// The accepted ones of a hundred.
    Ok,
    /// Accepted ones a second.
    Rate,
    /// How many were not accepted.
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Less,
    AtMost,
    More,
    AtLeast,
}

/// Whether an expectation was met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The expectation as it was given.
    pub expect: String,
    /// What was measured, in milliseconds, percent, a second, or a count; none when there was nothing to measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<f64>,
    /// Whether it was met.
    pub met: bool,
}

/// Why a text is no expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectError {
    /// There is no comparison in it.
    NoComparison,
    /// What is measured is unknown.
    Metric,
    /// The limit has another unit, or is no number.
    Limit(&'static str),
}

impl fmt::Display for ExpectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExpectError::NoComparison => {
                f.write_str("there is none of <, <=, > and >= in it, as in p99<50ms")
            }
            ExpectError::Metric => {
                f.write_str("what can be measured is p50 to p99.99, min, mean, max, ok, rate and failed")
            }
            ExpectError::Limit(want) => write!(f, "the limit is {want}"),
        }
    }
}

impl std::error::Error for ExpectError {}

impl FromStr for Expected {
    type Err = ExpectError;

    fn from_str(text: &str) -> Result<Self, ExpectError> {
        let at = text.find(['<', '>']).ok_or(ExpectError::NoComparison)?;
        let (metric, rest) = (text[..at].trim(), &text[at..]);
        let (comparison, limit) = match (rest.strip_prefix("<="), rest.strip_prefix(">=")) {
            (Some(limit), _) => (Comparison::AtMost, limit),
            (_, Some(limit)) => (Comparison::AtLeast, limit),
            _ if rest.starts_with('<') => (Comparison::Less, &rest[1..]),
            _ => (Comparison::More, &rest[1..]),
        };
        let metric = metric.parse()?;
        let limit = limit_of(metric, limit.trim())?;
        Ok(Expected { text: text.trim().to_owned(), metric, comparison, limit })
    }
}

impl FromStr for Metric {
    type Err = ExpectError;

    fn from_str(name: &str) -> Result<Self, ExpectError> {
        Ok(match name {
            "min" => Metric::Min,
            "mean" => Metric::Mean,
            "max" => Metric::Max,
            "ok" => Metric::Ok,
            "rate" => Metric::Rate,
            "failed" => Metric::Failed,
            _ => {
                let digits =
                    name.strip_prefix('p').filter(|digits| digits.starts_with(|c: char| c.is_ascii_digit()));
                let percent: f64 =
                    digits.and_then(|digits| digits.parse().ok()).ok_or(ExpectError::Metric)?;
                if !(0.0..=100.0).contains(&percent) {
                    return Err(ExpectError::Metric);
                }
                Metric::Quantile(percent / 100.0)
            }
        })
    }
}

fn limit_of(metric: Metric, text: &str) -> Result<f64, ExpectError> {
    let (units, want): (&[(&str, f64)], _) = match metric {
        Metric::Quantile(_) | Metric::Min | Metric::Mean | Metric::Max => {
            (&[("us", 1e-3), ("ms", 1.0), ("s", 1e3)], "a time with its unit, such as 50ms, 800us or 1.5s")
        }
        Metric::Ok => (&[("%", 1.0)], "a percentage, such as 99.9%"),
        Metric::Rate => (&[("/s", 1.0), ("", 1.0)], "a number a second, such as 1000/s"),
        Metric::Failed => (&[("", 1.0)], "a number, such as 10"),
    };
    let number = units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        (number.is_finite() && number >= 0.0).then_some(number * factor)
    });
    number.ok_or(ExpectError::Limit(want))
}

impl Expected {
    /// Whether a run came to it. Of a latency nothing is known when nothing was accepted, and it is not met.
    pub fn judge(&self, outcome: &Outcome) -> Verdict {
        let measured = self.metric.of(outcome);
        let met = measured.is_some_and(|measured| match self.comparison {
            Comparison::Less => measured < self.limit,
            Comparison::AtMost => measured <= self.limit,
            Comparison::More => measured > self.limit,
            Comparison::AtLeast => measured >= self.limit,
        });
        Verdict { expect: self.text.clone(), measured, met }
    }
}

impl Metric {
    fn of(self, outcome: &Outcome) -> Option<f64> {
        let (accepted, started) = (outcome.accepted(), outcome.started);
        let latency = &outcome.latency;
        let milliseconds = |nanoseconds: f64| (!latency.is_empty()).then_some(nanoseconds / 1e6);
        match self {
            Metric::Quantile(quantile) => milliseconds(latency.value_at_quantile(quantile) as f64),
            Metric::Min => milliseconds(latency.min() as f64),
            Metric::Mean => milliseconds(latency.mean()),
            Metric::Max => milliseconds(latency.max() as f64),
            Metric::Ok => (started > 0).then(|| accepted as f64 * 100.0 / started as f64),
            Metric::Rate => Some(outcome.accepted_rate()),
            Metric::Failed => Some((started - accepted) as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::tests::outcome;

    #[test]
    fn each_form_is_read_with_its_unit() {
        for text in
            ["p99<50ms", "p99.99 <= 1.5s", "p50<800us", "ok>99.9%", "rate>=1000/s", "rate>10", "failed<=3"]
        {
            assert!(text.parse::<Expected>().is_ok(), "{text}");
        }
        for (text, error) in [
            ("p99", ExpectError::NoComparison),
            ("p99=1ms", ExpectError::NoComparison),
            ("q99<1ms", ExpectError::Metric),
            ("p101<1ms", ExpectError::Metric),
            ("pinf<1ms", ExpectError::Metric),
            ("p<1ms", ExpectError::Metric),
        ] {
            assert_eq!(text.parse::<Expected>().unwrap_err(), error, "{text}");
        }
        for text in
            ["p99<50", "p99<ms", "ok>99", "rate>fast", "failed<3%", "max<-1ms", "max<infs", "p99<<1ms"]
        {
            let error = text.parse::<Expected>().unwrap_err();
            assert!(matches!(error, ExpectError::Limit(_)), "{text}: {error:?}");
        }
    }

    #[test]
    fn what_was_measured_decides() {
        // 99 are accepted after 10 ms each, one is refused after 5 s.
        let mut all = outcome();
        for _ in 0..99 {
            all.latency.record(10_000_000).unwrap();
        }
        all.failure_latency.record(5_000_000_000).unwrap();
        (all.started, all.answered, all.rated) = (100, 100, Duration::from_secs(2));
        all.statuses = [(202, 99), (500, 1)].into();
        for (text, met) in [
            ("p99<10.1ms", true),
            ("p99<9ms", false),
            ("max<1s", true),
            ("min>9ms", true),
            ("mean<=10100us", true),
            ("ok>98.9%", true),
            ("ok>99%", false),
            ("ok>=99%", true),
            ("rate>49", true),
            ("rate>49.5/s", false),
            ("failed<1", false),
            ("failed<=1", true),
        ] {
            assert_eq!(text.parse::<Expected>().unwrap().judge(&all).met, met, "{text}");
        }
    }

    #[test]
    fn without_an_accepted_delivery_no_latency_is_good_enough() {
        let nothing = outcome();
        for text in ["p99<50ms", "p99>0ms", "ok>=0%"] {
            let verdict = text.parse::<Expected>().unwrap().judge(&nothing);
            assert_eq!((verdict.met, verdict.measured), (false, None), "{text}");
        }
    }
}
