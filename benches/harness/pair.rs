//! Two pieces of work measured in turn, so that a machine whose speed drifts does not decide the ratio.

use std::time::{Duration, Instant};

use super::harness::median;

/// What came of measuring two pieces of work in turn.
pub struct Pair {
    /// Runs per second of the first, median of the rounds.
    pub first: f64,
    /// Runs per second of the second, median of the rounds.
    pub second: f64,
    /// The first's rate over the second's, median of the rounds' own ratios.
    pub ratio: f64,
}

/// Runs `first` and `second` in turn for `rounds` rounds of about `slice` each.
pub fn pair(rounds: usize, slice: Duration, mut first: impl FnMut(), mut second: impl FnMut()) -> Pair {
    let (first_count, second_count) = (count(slice, &mut first), count(slice, &mut second));
    let mut rates = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let one = rate(first_count, &mut first);
        let other = rate(second_count, &mut second);
        rates.0.push(one);
        rates.1.push(other);
        rates.2.push(one / other);
    }
    Pair { first: median(rates.0), second: median(rates.1), ratio: median(rates.2) }
}

/// How many runs fill the slice; warms up on the way.
fn count(slice: Duration, work: &mut impl FnMut()) -> u32 {
    let start = Instant::now();
    let mut runs = 0;
    while start.elapsed() < slice {
        work();
        runs += 1;
    }
    runs
}

fn rate(count: u32, work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        work();
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}
