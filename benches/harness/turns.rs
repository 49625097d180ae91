//! Several measurements that take long, made in turn, so that a machine whose speed drifts does not decide a ratio.

use super::harness::median;

/// What came of the rounds: a row for each measurement, a column for each round.
pub struct Turns(Vec<Vec<f64>>);

/// What a measurement gives that cannot be made.
pub const NOT_MEASURED: f64 = f64::NAN;

/// Makes each measurement once a round; the first round warms up and does not count.
pub fn turns(rounds: usize, measurements: &mut [&mut dyn FnMut() -> f64]) -> Turns {
    let mut rows = vec![Vec::with_capacity(rounds); measurements.len()];
    for round in 0..=rounds {
        for (row, measure) in rows.iter_mut().zip(measurements.iter_mut()) {
            let value = measure();
            if round > 0 {
                row.push(value);
            }
        }
    }
    Turns(rows)
}

impl Turns {
    /// The middle of a measurement's rounds, divided by `unit`, as text; a dash where nothing was measured.
    pub fn show(&self, row: usize, unit: f64, decimals: usize) -> String {
        let middle = median(self.0[row].clone()) / unit;
        if middle.is_nan() { "-".to_owned() } else { format!("{middle:.decimals$}") }
    }

    /// The middle of what `ratio` makes of each round's values.
    pub fn ratio(&self, ratio: impl Fn(&[f64]) -> f64) -> f64 {
        let rounds = self.0[0].len();
        let round = |at: usize| self.0.iter().map(|row| row[at]).collect::<Vec<_>>();
        median((0..rounds).map(|at| ratio(&round(at))).collect())
    }
}
