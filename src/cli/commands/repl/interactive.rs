//! A session with a line to type in: the editor on a thread of its own, and what happens above its line.

use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel, unbounded_channel};

use super::tell::{Output, Teller};
use super::{AHEAD, conclude};
use crate::cli::Context;
use crate::cli::editor::{Commands, Editor, EditorOptions, Typed, Vocabulary, restore_terminal};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::session::{SessionView, websocket_url};
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

/// Runs a session at the terminal.
pub(super) async fn run(
    context: &mut Context,
    setup: Setup,
    terminal: Terminal,
    interrupt: Sender<()>,
    interrupts: Receiver<()>,
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
    let (typed, receiver) = unbounded_channel();
    let (sender, lines) = channel(AHEAD);
    let editing = std::thread::spawn(move || editor.run(typed));
    tokio::spawn(pass_on(receiver, sender, interrupt.clone()));
    let view = SessionView::new(paint, verbose, terminal.print_frames);
    let mut teller = Teller::new(view, Output::Screen { screen: screen.clone(), paint, quiet }, interrupt);
    let prompt = screen.clone();
    let to = websocket_url(&setup.url);
    let ended = Run::run(setup, lines, interrupts, |told| {
        if let Happening::Using(label, _, own) = &told.happening {
            prompt.set_prompt(format!("{}> ", escape(&label.name)));
            commands.set(completed(own));
        }
        teller.tell(&told);
    })
    .await;
    let unwritten = teller.into_error();
    // The lines are not wanted any more, which ends the editor; it sets the terminal back.
    let _ = tokio::task::spawn_blocking(move || editing.join()).await;
    screen.finish();
    restore_terminal();
    conclude(&to, ended, unwritten, &mut |note| context.ui.note(note))
}

/// The commands, and the words of a protocol's own, for completion.
fn completed(own: &[CommandHelp]) -> Vec<(&'static str, &'static str)> {
    COMMANDS.iter().chain(own).map(|command| (command.name, command.summary)).collect()
}

/// Passes on what is typed, interrupts past the lines that wait.
async fn pass_on(
    mut typed: UnboundedReceiver<Typed>,
    lines: Sender<io::Result<Line>>,
    interrupt: Sender<()>,
) {
    loop {
        let next = tokio::select! {
            next = typed.recv() => next,
            () = lines.closed() => return,
        };
        match next {
            Some(Typed::Line(text)) => {
                if lines.send(Ok(Line { place: None, text })).await.is_err() {
                    return;
                }
            }
            // One that waits already does as well.
            Some(Typed::Interrupt) => drop(interrupt.try_send(())),
            Some(Typed::End) | None => return,
        }
    }
}
