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
use crate::cli::editor::{self, Commands, Editor, EditorOptions, Screen, Vocabulary, restore_terminal};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::session::{SessionView, websocket_url};
use crate::cli::signals::Signals;
use crate::cli::ui::escape;
use crate::protocol::session::{CommandHelp, Setting};
use crate::repl::{COMMANDS, ENTITY_TYPES, FIELD_NAMES, Happening, Line, Run, Setup};

/// What belongs to the terminal alone.
pub(super) struct Terminal {
    /// Where lines are kept.
    pub(super) history: Option<PathBuf>,
    /// Whether frames are shown as they are on the wire.
    pub(super) print_frames: bool,
}

/// How long a session may be on its way before it is said that it is.
const UNSAID: Duration = Duration::from_secs(3);

/// What is said when a session does not end at once.
const STAYS: &str = "leaving when what was typed before is done; Ctrl-D once more leaves at once";

/// Runs a session at the terminal.
pub(super) async fn run(
    context: &mut Context,
    setup: Setup,
    terminal: Terminal,
    signals: Signals,
) -> Result<Exit, CliError> {
    let ui = &context.ui;
    let (paint, quiet, verbose) = (ui.paint, ui.quiet, ui.verbose);
    let own = setup.protocol.start(Setting::default()).commands();
    let commands = Commands::new(completed(own));
    let (editor, screen) = Editor::new(EditorOptions {
        prompt: format!("{}> ", setup.url.origin().host),
        history: terminal.history,
        vocabulary: Vocabulary {
            commands: commands.clone(),
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
    let view = SessionView::new(paint, verbose, terminal.print_frames);
    let prompt = screen.clone();
    let mut teller = Teller::new(view, Output::Screen { screen: screen.clone(), paint, quiet }, wishes);
    let to = websocket_url(&setup.url);
    let opening = tokio::spawn(say_opening(screen.clone(), to.clone(), Arc::clone(&standing)));
    let ended = Run::run(setup, lines, interrupts, |told| {
        standing.note(&told);
        if let Happening::Using(label, _, own) = &told.happening {
            prompt.set_prompt(format!("{}> ", escape(&label.name)));
            commands.set(completed(own));
        }
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

/// The commands, and the words of a protocol's own, for completion.
fn completed(own: &[CommandHelp]) -> Vec<(&'static str, &'static str)> {
    COMMANDS.iter().chain(own).map(|command| (command.name, command.summary)).collect()
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
            editor::Typed::Line(text) => Typed::Line(Ok(Line { place: None, text })),
            editor::Typed::Interrupt => Typed::Interrupt,
            editor::Typed::End(stay) => Typed::Leave(Some(stay)),
        }
    }
}
