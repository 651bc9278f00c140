//! The program `servo-webhooks`: the reference host on the command line.

mod cli;

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A tenth of a delivery went into the system's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
