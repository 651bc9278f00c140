//! The program `servo-webhooks`: the reference host on the command line.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
