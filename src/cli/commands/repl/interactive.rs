//! A session with a line to type in: the editor on a thread of its own, and what happens above its line.

use std::io;
use std::path::PathBuf;

use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel, unbounded_channel};

use super::tell::{Output, Teller};
use super::{AHEAD, conclude};
use crate::cli::Context;
use crate::cli::editor::{Editor, EditorOptions, Typed, Vocabulary, restore_terminal};
use crate::cli::error::{CliError, Exit};
use crate::cli::render::session::{SessionView, websocket_url};
use crate::repl::{COMMANDS, ENTITY_TYPES, FIELD_NAMES, Line, Session, Setup};

/// Runs a session at the terminal.
pub(super) async fn run(
    context: &mut Context,
    setup: Setup,
    history: Option<PathBuf>,
    interrupt: Sender<()>,
    interrupts: Receiver<()>,
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
    let (typed, receiver) = unbounded_channel();
    let (sender, lines) = channel(AHEAD);
    let editing = std::thread::spawn(move || editor.run(typed));
    tokio::spawn(pass_on(receiver, sender, interrupt.clone()));
    let view = SessionView::new(paint, verbose);
    let mut teller = Teller::new(view, Output::Screen { screen: screen.clone(), paint, quiet }, interrupt);
    let to = websocket_url(&setup.url);
    let ended = Session::run(setup, lines, interrupts, |told| teller.tell(&told)).await;
    let unwritten = teller.into_error();
    // The lines are not wanted any more, which ends the editor; it sets the terminal back.
    let _ = tokio::task::spawn_blocking(move || editing.join()).await;
    screen.finish();
    restore_terminal();
    conclude(&to, ended, unwritten, &mut |note| context.ui.note(note))
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
                if lines.send(Ok(Line { number: None, text })).await.is_err() {
                    return;
                }
            }
            // One that waits already does as well.
            Some(Typed::Interrupt) => drop(interrupt.try_send(())),
            Some(Typed::End) | None => return,
        }
    }
}
