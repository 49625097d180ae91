//! Telling what happens in a session: on the two streams, or above the line that is being typed.

use tokio::sync::mpsc::UnboundedSender;

use crate::cli::editor::Screen;
use crate::cli::error::CliError;
use crate::cli::render::session::{SessionView, Shown, json};
use crate::cli::signals::Wish;
use crate::cli::ui::{Painter, Ui, escape};
use crate::repl::Told;

/// Where to tell it.
pub(super) enum Output<'a> {
    /// Results on standard output, the rest on standard error.
    Streams(&'a mut Ui),
    /// Everything above the line.
    Screen {
        /// Where it is printed.
        screen: Screen,
        /// What it is painted with.
        paint: Painter,
        /// Whether remarks are left out.
        quiet: bool,
    },
}

/// Tells one thing after the other. What cannot be written ends the session.
pub(super) struct Teller<'a> {
    view: SessionView,
    output: Output<'a>,
    wishes: UnboundedSender<Wish>,
    error: Option<CliError>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(view: SessionView, output: Output<'a>, wishes: UnboundedSender<Wish>) -> Self {
        Teller { view, output, wishes, error: None }
    }

    /// Why something could not be told.
    pub(super) fn into_error(self) -> Option<CliError> {
        self.error
    }

    pub(super) fn tell(&mut self, told: &Told) {
        if self.error.is_some() {
            return;
        }
        let written = match &mut self.output {
            Output::Streams(ui) => on_streams(ui, &mut self.view, told),
            Output::Screen { screen, paint, quiet } => {
                for one in self.view.show(told) {
                    on_screen(screen, *paint, *quiet, one);
                }
                Ok(())
            }
        };
        if let Err(error) = written {
            self.error = Some(error);
            // Nobody hears it any more when the session ends already.
            let _ = self.wishes.send(Wish::End);
        }
    }
}

fn on_streams(ui: &mut Ui, view: &mut SessionView, told: &Told) -> Result<(), CliError> {
    let as_json = ui.json;
    if as_json {
        json::lines(told, view.shows_frames()).iter().try_for_each(|line| ui.line(line))?;
    }
    for one in view.show(told) {
        match one {
            Shown::Result(text) | Shown::Answer(text) if !as_json => ui.line(&text)?,
            Shown::Result(_) | Shown::Answer(_) => {}
            Shown::Error(error) => ui.error(&error),
            Shown::Note(text) => ui.note(&text),
        }
    }
    ui.flush()
}

fn on_screen(screen: &Screen, paint: Painter, quiet: bool, shown: Shown) {
    match shown {
        Shown::Result(text) => screen.print(text),
        Shown::Answer(text) => screen.important(text),
        Shown::Note(_) if quiet => {}
        Shown::Note(text) => screen.important(escape(&text).into_owned()),
        Shown::Error(error) => {
            for (label, text) in error.lines_to_print() {
                let color = if label == "error" { colored::Color::Red } else { colored::Color::Cyan };
                screen.important(format!("{}: {text}", paint.color(label, color)));
            }
        }
    }
}
