//! The line that is typed while other things are printed: the only files that know rustyline.
//!
//! An [`Editor`] reads commands and JSON documents from the terminal, with history, search, completion and colours. A
//! [`Screen`] prints above the line that is being typed. Neither knows what the lines mean: words come in as a
//! [`Vocabulary`].
//!
//! What rustyline does not do is done here: the terminal stays in raw mode between lines ([`mode`]), what it prints
//! above the line is paced and bounded ([`screen`]), and nothing that a person does at the line stops it ([`keys`]).

mod complete;
mod document;
mod folds;
mod helper;
mod history;
mod keys;
mod layout;
mod mode;
mod ring;
mod screen;
mod typing;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::{History as _, MemHistory};
use rustyline::{
    ColorMode, CompletionType, Config, Event, EventHandler, ExternalPrinter, GraphemeClusterMode,
};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::error::{CliError, describe_error};
use super::ui::Painter;
use helper::LineHelper;
use history::History;
use keys::Keys;
use typing::Shared;

pub use complete::expand_home;
pub use document::split;
pub use mode::{abandon as abandon_terminal, restore as restore_terminal};
pub use screen::Screen;

/// Commands with their slash, each with its arguments, two spaces, and what it does. They may become others at any time.
#[derive(Debug, Clone, Default)]
pub struct Commands(Arc<Mutex<Vec<(&'static str, &'static str)>>>);

impl Commands {
    /// These commands.
    pub fn new(commands: Vec<(&'static str, &'static str)>) -> Self {
        Commands(Arc::new(Mutex::new(commands)))
    }

    /// From now on, these.
    pub fn set(&self, commands: Vec<(&'static str, &'static str)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = commands;
    }

    fn list(&self) -> Vec<(&'static str, &'static str)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The words that completion offers.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// What can stand at the beginning of a line.
    pub commands: Commands,
    /// What can stand as the value of `type`.
    pub entity_types: Vec<&'static str>,
    /// Names of fields.
    pub field_names: Vec<&'static str>,
}

/// How an editor is set up.
#[derive(Debug, Clone, Default)]
pub struct EditorOptions {
    /// What stands before the line, unpainted.
    pub prompt: String,
    /// Where lines are kept for the next time.
    pub history: Option<PathBuf>,
    /// The words that completion offers.
    pub vocabulary: Vocabulary,
    /// Whether there are colours.
    pub paint: bool,
}

/// What a person did at the line.
#[derive(Debug)]
pub enum Typed {
    /// A whole command or a whole JSON document, with its line breaks. A document that cannot become whole is one too.
    Line(String),
    /// Ctrl-C at an empty line.
    Interrupt,
    /// Ctrl-D at an empty line, or the terminal is gone.
    End(Stay),
}

/// Lets an editor go on after Ctrl-D; it ends when this is dropped.
#[derive(Debug)]
pub struct Stay(std::sync::mpsc::Sender<()>);

impl Stay {
    /// The editor goes on.
    pub fn tell(self) {
        // When it is gone, there is nothing that could go on.
        let _ = self.0.send(());
    }
}

/// Whether there is a terminal of a kind on which a line can be edited: one that can move its cursor.
pub fn can_edit() -> bool {
    const PLAIN: [&str; 3] = ["dumb", "cons25", "emacs"];
    std::env::var("TERM").is_ok_and(|term| !PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(&term)))
}

/// Reads lines from the terminal.
pub struct Editor {
    lines: rustyline::Editor<LineHelper, MemHistory>,
    shared: Arc<Shared>,
}

impl Editor {
    /// An editor, and where to print while it runs. Lines can be printed from now on; they are seen once the editor runs.
    ///
    /// # Errors
    /// When standard input or output is no terminal, or it cannot move the cursor: see [`can_edit`].
    pub fn new(options: EditorOptions) -> Result<(Editor, Screen), CliError> {
        let refused = |error: ReadlineError| {
            CliError::usage("cannot edit lines on this terminal").because(describe_error(&error))
        };
        let paint = Painter::new(options.paint);
        let screen = Screen::new(options.prompt, paint);
        let history = History::load(options.history).unwrap_or_else(|error| {
            screen.print(format!("note: the history cannot be read: {}", describe_error(&error)));
            History::default()
        });
        let config = config(options.paint);
        let mut lines = rustyline::Editor::with_history(config.clone(), MemHistory::with_config(&config))
            .map_err(refused)?;
        let mut printer = lines.create_external_printer().map_err(refused)?;
        let pump = screen.clone();
        std::thread::spawn(move || pump.pump(Box::new(move |block| printer.print(block).is_ok())));
        let shared = Shared::new(screen.clone(), options.vocabulary, paint, history);
        lines.set_helper(Some(LineHelper(Arc::clone(&shared))));
        lines.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(Keys(Arc::clone(&shared)))));
        let mut editor = Editor { lines, shared };
        editor.recall();
        Ok((editor, screen))
    }

    /// Reads lines until Ctrl-D at an empty one, unless it is told to stay, or until nobody wants them any more. Blocks: for
    /// a thread of its own.
    ///
    /// The terminal is set back when this returns. Whoever ends the process without waiting for that calls
    /// [`restore_terminal`].
    pub fn run(mut self, lines: UnboundedSender<Typed>) {
        let _leave = Leave(Arc::clone(&self.shared));
        if mode::hold().is_err() {
            // The receiver sees it as the end.
            return;
        }
        // Dropped when this returns, which ends the watch.
        let (_running, ended) = oneshot::channel::<()>();
        watch(lines.clone(), self.shared.screen.clone(), ended);
        while !lines.is_closed() {
            let goes_on = match self.read() {
                Ok(typed) => typed.into_iter().all(|typed| lines.send(typed).is_ok()),
                Err(_) => {
                    let (stay, answer) = std::sync::mpsc::channel();
                    lines.send(Typed::End(Stay(stay))).is_ok() && answer.recv().is_ok()
                }
            };
            if !goes_on {
                break;
            }
        }
    }

    /// Reads one line, in which several may have been pasted.
    fn read(&mut self) -> Result<Vec<Typed>, ReadlineError> {
        let prompt = self.shared.screen.prompt();
        self.shared.typing().prompt.clone_from(&prompt);
        let line = self.lines.readline(&prompt);
        self.shared.screen.between();
        match line {
            Ok(line) => {
                let whole = self.shared.typing().folds.unfold(&line);
                self.keep(&whole);
                Ok(split(&whole).0.into_iter().map(Typed::Line).collect())
            }
            Err(ReadlineError::Interrupted) => Ok(vec![Typed::Interrupt]),
            Err(end) => Err(end),
        }
    }

    /// Keeps a line in the history.
    fn keep(&mut self, line: &str) {
        let mut typing = self.shared.typing();
        match typing.history.add(line.trim()) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                let note = format!("note: the history cannot be written: {}", describe_error(&error));
                self.shared.screen.print(note);
            }
        }
        let shown = typing.presentable(line.trim(), "");
        drop(typing);
        // In memory, this does not fail.
        let _ = self.lines.history_mut().add_owned(shown);
    }

    /// Gives rustyline what was typed in earlier runs.
    fn recall(&mut self) {
        let mut typing = self.shared.typing();
        for entry in typing.history.entries().to_vec() {
            let shown = typing.presentable(&entry, "");
            let _ = self.lines.history_mut().add_owned(shown);
        }
    }
}

fn config(paint: bool) -> Config {
    let mut config = Config::builder()
        .auto_add_history(false)
        .completion_type(CompletionType::List)
        // Without a second Tab or a question, while which nothing would be printed.
        .completion_show_all_if_ambiguous(true)
        .completion_prompt_limit(usize::MAX)
        .grapheme_cluster_mode(GraphemeClusterMode::WcWidth)
        // How long the rest of an escape sequence may take: without it, Esc alone stops everything until the next key.
        .keyseq_timeout(Some(100))
        .bell_style(rustyline::config::BellStyle::None)
        .color_mode(if paint { ColorMode::Forced } else { ColorMode::Disabled });
    let _ = config.set_max_history_size(history::MAX_ENTRIES);
    config.build()
}

/// Ends the line when nobody wants it any more.
fn watch(lines: UnboundedSender<Typed>, screen: Screen, ended: oneshot::Receiver<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().build() else { return };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                () = lines.closed() => {
                    screen.ending();
                    mode::end_input();
                }
                _ = ended => {}
            }
        });
    });
}

/// Sets the terminal back when the editor is left, in whichever way.
struct Leave(Arc<Shared>);

impl Drop for Leave {
    fn drop(&mut self) {
        mode::restore();
        self.0.screen.free();
    }
}
