//! The `versia-cli` binary: hands the arguments to [`versia_cli::cli`] and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    versia_cli::cli::main(std::env::args_os())
}
