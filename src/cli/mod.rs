//! The command line: the only layer that knows about flags, terminals and exit codes.
//!
//! A command is one file in [`commands`]: its flags, its help, its function. It resolves what the user typed once,
//! calls the layers below, and gives their results to [`render`].

mod checking;
pub mod commands;
mod complaints;
pub mod courier;
pub mod editor;
mod error;
pub mod examining;
mod hub_address;
mod input;
mod inspecting;
mod interrupt;
mod key_input;
mod known_keys;
mod language;
mod network;
mod observing;
mod progress;
mod reach;
mod record_input;
pub mod render;
pub mod replaying;
mod serving;
mod signals;
mod terminal;
mod ui;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::mem::ManuallyDrop;
use std::panic;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use zeroize::Zeroizing;

pub use error::{CliError, Exit};
pub use ui::{ColorChoice, Painter, Ui, escape};

use crate::identity::Store;
use crate::protocol::Ambient;
use crate::signing::SecretKey;
use commands::Command;
use input::Inputs;
use ui::{escape_lines, hide_passwords, redact};

/// Debug Versia federation: make keys, sign, verify, deliver and receive, and learn why a signature fails.
#[derive(Debug, Parser)]
#[command(name = "versia-cli", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = "\
Exit codes: 0 yes, 1 no (invalid, refused, unmet), 2 wrong use or unreadable input,
3 network or no key, 4 a bug here, 130 interrupted, 141 standard output was closed.

Findings have codes such as VS401: `versia-cli explain VS401` tells what one means.")]
pub struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
struct GlobalArgs {
    /// Print results as JSON, one document per line
    #[arg(long, global = true)]
    json: bool,
    /// When to use colour; NO_COLOR and CLICOLOR_FORCE are respected
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    color: ColorChoice,
    /// Leave out notes, hints and warnings
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Tell more
    #[arg(long, short, global = true)]
    verbose: bool,
}

/// What every command works with.
pub struct Context {
    /// The terminal.
    pub ui: Ui,
    inputs: Inputs,
}

impl Context {
    /// The store of identities: `VERSIA_CONFIG_DIR`, or the platform's folder for configuration.
    fn store(&self) -> Result<Store, CliError> {
        use etcetera::BaseStrategy;
        if let Some(folder) = std::env::var_os("VERSIA_CONFIG_DIR").filter(|folder| !folder.is_empty()) {
            return Ok(Store::new(PathBuf::from(folder)));
        }
        let strategy = etcetera::choose_base_strategy().map_err(|_| {
            CliError::usage("there is no home folder to keep identities in")
                .hint("VERSIA_CONFIG_DIR names the folder to keep them in")
        })?;
        Ok(Store::new(strategy.config_dir().join("versia-cli")))
    }
}

/// The definition of the whole command line, for completions and man pages.
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Runs the program with these arguments, the first being its own name.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    // A panic is our own fault: it is told once, in the user's terms, by `report_panic`.
    panic::set_hook(Box::new(|_| {}));
    let exit = match panic::catch_unwind(panic::AssertUnwindSafe(|| run(args))) {
        Ok(exit) => exit,
        Err(payload) => {
            editor::restore_terminal();
            report_panic(payload.as_ref())
        }
    };
    editor::restore_terminal();
    ExitCode::from(exit as u8)
}

fn report_panic(payload: &(dyn std::any::Any + Send)) -> Exit {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = escape(text.unwrap_or("unknown")).into_owned();
    let _ = writeln!(
        std::io::stderr(),
        "error: versia-cli has a bug and could not go on\ncause: {text}\n\
         hint: please report it, with the command and its input (without keys)",
    );
    Exit::Bug
}

fn run(args: impl Iterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.collect();
    let color = color_asked_for(&args);
    // The process ends with the command: taking the definition apart again would be time spent for nothing.
    let mut definition = ManuallyDrop::new(Cli::command());
    let matches = definition.try_get_matches_from_mut(&args).map(ManuallyDrop::new);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return report_usage(&error, color, &args),
    };
    let global = cli.global;
    let ui = Ui::new(global.color, global.json, global.quiet, global.verbose);
    let mut context = Context { ui, inputs: Inputs::default() };
    let result = cli.command.run(&mut context).and_then(|exit| context.ui.flush().map(|()| exit));
    match result {
        Ok(exit) => exit,
        Err(error) => {
            // What was found before the error is not lost; if it cannot be written, the first error is the one to tell.
            let flushed = context.ui.flush();
            if error.exit != Exit::Closed && !matches!(&flushed, Err(error) if error.exit == Exit::Closed) {
                context.ui.error(&error);
            }
            error.exit
        }
    }
}

/// Prints help or the version as a result, and wrong use as an error.
fn report_usage(error: &clap::Error, color: ColorChoice, args: &[OsString]) -> Exit {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let mut ui = Ui::new(color, false, false, false);
    let styled = error.render();
    if !asked_for {
        let plain = styled.to_string();
        let safe = hide_passwords(&redact(&escape_lines(plain.trim_end())));
        // What was typed may hold escape sequences or a key; then the message goes without colours of its own.
        let is_odd = |arg: &OsString| matches!(escape(&arg.to_string_lossy()), Cow::Owned(_));
        let paints = ui.paint_err.paints() && safe == plain.trim_end() && !args.iter().any(is_odd);
        ui.tell(if paints { styled.ansi().to_string() } else { safe }.trim_end());
        return Exit::Usage;
    }
    let text = if ui.paint.paints() { styled.ansi().to_string() } else { styled.to_string() };
    match ui.write(text.as_bytes()).and_then(|()| ui.flush()) {
        Ok(()) => Exit::Yes,
        Err(error) => {
            if error.exit != Exit::Closed {
                ui.error(&error);
            }
            error.exit
        }
    }
}

/// The colour that the arguments ask for, found without parsing them: help and wrong use end the parsing.
fn color_asked_for(args: &[OsString]) -> ColorChoice {
    let args: Vec<_> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let separate = args.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let value = args.iter().find_map(|arg| arg.strip_prefix("--color=")).or(separate);
    value.and_then(|value| ColorChoice::from_str(value, true).ok()).unwrap_or_default()
}

/// The present time in Unix seconds.
fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn unix_now_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The system's clock and randomness, for the layers below.
const AMBIENT: Ambient = Ambient { now_millis: unix_now_millis, random: fill_with_random };

/// For names and jitter, never for keys: where the system has no randomness, these are all the same.
fn fill_with_random(buffer: &mut [u8]) {
    if getrandom::fill(buffer).is_err() {
        buffer.fill(0);
    }
}

/// A new private key from the system's randomness.
fn new_secret_key() -> Result<SecretKey, CliError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|error| {
        CliError::usage("the system gave no randomness to make a key with").because(error)
    })?;
    Ok(SecretKey::from_seed(&seed))
}

/// Whether somebody sits at standard output.
fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
