//! The progress bar: on standard error, on a terminal only, and never in the way of other lines.

use std::io::IsTerminal;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::ui::Ui;

/// A progress bar, or none.
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// No bar.
    pub fn none() -> Self {
        Progress(None)
    }

    /// A bar, where somebody sees it.
    pub fn new(total: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr());
        let template = match total {
            Some(_) => "{bar:30} {pos}/{len}, {rate}{left}{msg}",
            None => "{spinner} {pos} so far, {rate}, {elapsed}{msg}",
        };
        // The templates are fixed, and good.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", write_rate).with_key("left", write_time_left));
        Progress(Some(bar))
    }

    /// A bar for so many steps, each with a name.
    pub fn of_steps(total: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{bar:20} {pos}/{len} {wide_msg}");
        // The template is fixed, and good.
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Progress(Some(bar))
    }

    /// A bar for work whose results go to standard output, where that is no terminal: on one, the results show it.
    pub fn beside_results(ui: &Ui) -> Self {
        let is_wanted = !ui.quiet && std::io::stderr().is_terminal() && !super::stdout_is_terminal();
        if is_wanted { Progress::new(None) } else { Progress::none() }
    }

    /// Whether a bar is wanted and would be seen.
    pub fn is_wanted(ui: &Ui) -> bool {
        !ui.quiet && !ui.json && std::io::stderr().is_terminal()
    }

    /// Shows how many are done, and how many of them failed.
    pub fn show(&self, done: u64, failures: u64) {
        let Some(bar) = &self.0 else { return };
        if failures > 0 {
            bar.set_message(format!(", {failures} failed"));
        }
        bar.set_position(done);
    }

    /// Shows which step is taken, by its number and its name.
    pub fn step(&self, number: u64, name: &str) {
        let Some(bar) = &self.0 else { return };
        bar.set_message(name.to_owned());
        bar.set_position(number);
    }

    /// Shows that time passes.
    pub fn tick(&self) {
        if let Some(bar) = &self.0 {
            bar.tick();
        }
    }

    /// Takes the bar away while other lines are written, and brings it back.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Whether there is a bar.
    pub fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Takes the bar away for good.
    pub fn end(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

// Writing to a string does not fail.
fn write_rate(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    let rate = state.per_sec();
    let _ = if rate < 10.0 { write!(out, "{rate:.1}/s") } else { write!(out, "{rate:.0}/s") };
}

/// The time that is left, once there is a rate to tell it from.
fn write_time_left(state: &ProgressState, out: &mut dyn std::fmt::Write) {
    if state.pos() > 0 && state.per_sec() > 0.0 {
        let _ = write!(out, ", {:#} left", HumanDuration(state.eta()));
    }
}
