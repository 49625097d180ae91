//! What the benchmarks share: the median, and a line of the table.

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints a line of the table: what was measured, the ratio, the goal, whether it was reached.
pub fn report(what: &str, ratio: f64, goal: &str, reached: bool) {
    let verdict = if reached { "reached" } else { "NOT reached" };
    println!("{what:<58} {ratio:>6.2}   goal {goal:<10} {verdict}");
}

/// Whether this is `cargo bench`; under `cargo test` a benchmark is only built.
pub fn is_bench() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}
