//! The arguments of a store: where deliveries and decisions are kept, and how long.

use super::values::{days, mebibytes};
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

/// Where deliveries and decisions are kept, and how long.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Store")]
pub struct Storing {
    /// Keep deliveries and decisions in this directory: an event is accepted once it is on disk, and what waits is delivered after a restart
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    /// What an accepted event survives
    #[arg(long, value_name = "WHAT", default_value = "full", requires = "store")]
    pub sync: Sync,
    /// Remove history that is older; what waits and dead letters stay
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = days, requires = "store")]
    pub keep: Duration,
    /// Remove the oldest history above this size, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = mebibytes, requires = "store")]
    pub keep_mib: usize,
    /// Keep the bodies of delivered events too, so that they can be replayed
    #[arg(long, requires = "store")]
    pub keep_bodies: bool,
    /// Keep the first 4 KiB of each answer to a delivery, for `show`
    #[arg(long, requires = "store")]
    pub keep_answers: bool,
}

/// What a commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sync {
    /// A loss of power
    Full,
    /// The end of the process; faster
    Os,
}
