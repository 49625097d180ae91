//! What is told while the cases run, and at the end.

use std::path::Path;

use crate::check::{Baseline, Known, Progress as Event, Report};
use crate::cli::Context;
use crate::cli::error::CliError;
use crate::cli::progress::Progress;
use crate::cli::reach::OwnSide;
use crate::cli::render::check as render;
use crate::cli::render::check::{Document, Ending, Judged, Results};

/// Of how many failures with the same code people see the exchange.
const EXCHANGES: usize = 3;

/// Reads an earlier run.
pub fn read_baseline(path: &Path) -> Result<Baseline, CliError> {
    let name = path.display();
    let text =
        std::fs::read_to_string(path).map_err(|error| CliError::io(format!("cannot read {name}"), &error))?;
    Baseline::read(&text).map_err(|error| {
        CliError::usage(format!("{name} is no earlier run"))
            .because(error)
            .hint("--baseline takes what `versia-cli check --json` printed")
    })
}

/// Tells what comes, and keeps it.
pub struct Telling {
    /// What came so far.
    pub results: Results,
    baseline: Option<Baseline>,
    document: Option<Document>,
    own: OwnSide,
    progress: Progress,
    page: &'static str,
}

impl Telling {
    /// Nothing so far.
    pub fn new(
        results: Results,
        baseline: Option<Baseline>,
        document: Option<Document>,
        own: OwnSide,
    ) -> Self {
        let progress = Progress::none();
        Telling { results, baseline, document, own, progress, page: "" }
    }

    /// Tells of something.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn tell(&mut self, context: &mut Context, event: Event) -> Result<(), CliError> {
        match event {
            Event::Found(known) => self.found(context, &known),
            Event::Pauses(pause) => {
                let seconds = pause.as_secs_f64().ceil();
                let note = format!("note: nothing is asked for {seconds} s, as the instance wishes");
                self.progress.aside(|| context.ui.note(&note));
            }
            Event::Begins(case, at, count) => {
                if at == 1 && Progress::is_wanted(&context.ui) {
                    self.progress = Progress::of_steps(count as u64);
                }
                self.progress.step(at as u64, case.id);
            }
            Event::Ended(report) => self.ended(context, report)?,
        }
        Ok(())
    }

    fn found(&mut self, context: &mut Context, known: &Known) {
        self.results.domain.clone_from(&known.domain);
        self.own.warn(context, known);
        let Some(baseline) = &self.baseline else { return };
        match &baseline.domain {
            Some(domain) if *domain != known.domain => {
                context.ui.warn(&format!("the baseline is of {domain}, and not of {}", known.domain));
            }
            Some(_) => {}
            None => context.ui.warn("the baseline is of a run that did not come to its end"),
        }
    }

    fn ended(&mut self, context: &mut Context, report: Report) -> Result<(), CliError> {
        let before = self.baseline.as_ref().map(|baseline| baseline.before(report.case.id));
        let judged = Judged { report, before };
        let told = if context.ui.json {
            context.ui.json(&render::JsonReport::from(&judged))
        } else if self.document.is_none() {
            self.tell_people(context, &judged)
        } else {
            Ok(())
        };
        self.results.judged.push(judged);
        // Somebody may be watching.
        told.and_then(|()| context.ui.flush())
    }

    fn tell_people(&mut self, context: &mut Context, judged: &Judged) -> Result<(), CliError> {
        let (paint, is_verbose) = (context.ui.paint, context.ui.verbose);
        let code = judged.report.code();
        let alike = |it: &&Judged| it.is_failure() && it.report.code() == code;
        let with_exchange = self.results.judged.iter().filter(alike).count() < EXCHANGES;
        let lines = render::report_lines(judged, render::Telling { paint, is_verbose, with_exchange });
        if lines.is_empty() {
            return Ok(());
        }
        let page = judged.report.case.page.name;
        let title = if self.page == page { String::new() } else { format!("{}\n", paint.bold(page)) };
        self.page = page;
        self.progress.aside(|| {
            context.ui.line(&format!("{title}{}", lines.join("\n"))).and_then(|()| context.ui.flush())
        })
    }

    /// Tells the end.
    ///
    /// # Errors
    /// When standard output is closed or full.
    pub fn conclude(&mut self, context: &mut Context, ending: Ending) -> Result<(), CliError> {
        self.progress.end();
        let has_begun = !matches!(ending, Ending::NoAnswer(_));
        self.results.ending = ending;
        if context.ui.json {
            return context.ui.json(&render::JsonSummary::from(&self.results));
        }
        match self.document {
            Some(kind) => context.ui.write(render::document(kind, &self.results).as_bytes()),
            // The error says it all.
            None if !has_begun => Ok(()),
            None => {
                let (paint, is_verbose) = (context.ui.paint, context.ui.verbose);
                let lines = render::summary_lines(
                    &self.results,
                    render::Telling { paint, is_verbose, with_exchange: true },
                );
                context.ui.line(&lines.join("\n"))
            }
        }
    }
}
