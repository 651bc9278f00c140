//! The program `servo-webhooks`: the reference host on the command line.

mod cli;

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// A tenth of a delivery went into the system's allocator. Without huge pages, which took
/// 11 MB more and saved no time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
