//! A session with a line to type in: the editor on a thread of its own, and what happens above its line.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::unbounded_channel;

use super::conclude;
use super::passage::{Passage, Standing, Typed};
use super::tell::{Output, Teller};
use crate::cli::Context;
use crate::cli::editor::{self, Editor, EditorOptions, Screen, Vocabulary, restore_terminal};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::session::{SessionView, websocket_url};
use crate::cli::signals::Signals;
use crate::repl::{COMMANDS, ENTITY_TYPES, FIELD_NAMES, Line, Session, Setup};

/// How long a session may be on its way before it is said that it is.
const UNSAID: Duration = Duration::from_secs(3);

/// What is said when a session does not end at once.
const STAYS: &str = "leaving when what was typed before is done; Ctrl-D once more leaves at once";

/// Runs a session at the terminal.
pub(super) async fn run(
    context: &mut Context,
    setup: Setup,
    history: Option<PathBuf>,
    signals: Signals,
) -> Result<Exit, CliError> {
    let ui = &context.ui;
    let (paint, quiet, verbose) = (ui.paint, ui.quiet, ui.verbose);
    let (editor, screen) = Editor::new(EditorOptions {
        prompt: format!("{}> ", setup.url.origin().host),
        history,
        vocabulary: Vocabulary {
            commands: COMMANDS.iter().map(|command| (command.name, command.summary)).collect(),
            entity_types: ENTITY_TYPES.to_vec(),
            field_names: FIELD_NAMES.to_vec(),
        },
        paint: paint.paints(),
    })?;
    let (typed, mut receiver) = unbounded_channel();
    let editing = std::thread::spawn(move || editor.run(typed));
    let above = screen.clone();
    let stays = move || above.important(STAYS.to_owned());
    let (passage, wishes, interrupts) = Passage::new(signals, Box::new(stays));
    let standing = passage.standing();
    let lines = passage.start(stream::poll_fn(move |context| receiver.poll_recv(context)).map(Typed::from));
    let view = SessionView::new(paint, verbose);
    let mut teller = Teller::new(view, Output::Screen { screen: screen.clone(), paint, quiet }, wishes);
    let to = websocket_url(&setup.url);
    let opening = tokio::spawn(say_opening(screen.clone(), to.clone(), Arc::clone(&standing)));
    let ended = Session::run(setup, lines, interrupts, |told| {
        standing.note(&told);
        teller.tell(&told);
    })
    .await;
    opening.abort();
    let unwritten = teller.into_error();
    // The lines are not wanted any more, which ends the editor; it sets the terminal back.
    let _ = tokio::task::spawn_blocking(move || editing.join()).await;
    screen.finish();
    restore_terminal();
    conclude(&to, standing.ended(ended), unwritten, &mut |note| context.ui.note(note))
}

/// Says that the session is still on its way.
async fn say_opening(screen: Screen, to: String, standing: Arc<Standing>) {
    tokio::time::sleep(UNSAID).await;
    if !standing.is_open() {
        screen.print(format!("opening {to}; Ctrl-D gives it up"));
    }
}

impl From<editor::Typed> for Typed {
    fn from(typed: editor::Typed) -> Self {
        match typed {
            editor::Typed::Line(text) => Typed::Line(Ok(Line { number: None, text })),
            editor::Typed::Interrupt => Typed::Interrupt,
            editor::Typed::End(stay) => Typed::Leave(Some(stay)),
        }
    }
}
