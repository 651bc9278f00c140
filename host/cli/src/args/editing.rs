//! The arguments of what changes a store: `replay`, `forget` and `store`.

use super::filtering::{Filters, InStore};
use super::values::{days, rate};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args, Debug)]
pub struct ReplayCommand {
    /// Deliveries to send again, by their ids or by the ids of their events
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Send all dead letters again
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// Say how many it would be, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// At most so many, such as 10/s or 30/m
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub rate: Option<f64>,
    /// Give each delivery a new id; otherwise it keeps its own, so that a responder which has it can tell
    #[arg(long)]
    pub new_id: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub store: InStore,
}

#[derive(Args, Debug)]
pub struct ForgetCommand {
    /// Deliveries to forget, by their ids or by the ids of their events
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Forget all dead letters
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// Only deliveries accepted longer ago than this, such as 30d
    #[arg(long, value_name = "DURATION", value_parser = days, conflicts_with = "until")]
    pub older_than: Option<Duration>,
    /// Say how many it would be, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub filters: Filters,
    #[command(flatten)]
    pub store: InStore,
}

#[derive(Args, Debug)]
pub struct StoreCommand {
    #[command(subcommand)]
    pub action: StoreAction,
}

impl StoreCommand {
    /// Whether the store is changed.
    pub const fn changes(&self) -> bool {
        matches!(
            self.action,
            StoreAction::Compact(_) | StoreAction::Salvage(_)
        )
    }
}

/// What is done with a store as a whole.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Read all of a store and say what is wrong with it
    Check(StoreReport),
    /// Count what is in a store
    Stats(StoreReport),
    /// Give free space back to the disk
    Compact(StoreReport),
    /// Print all deliveries and decisions, one JSON object each
    Export(ExportCommand),
    /// Put what can be read of a damaged file into a store
    Salvage(SalvageCommand),
}

#[derive(Args, Debug)]
pub struct StoreReport {
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub store: InStore,
}

#[derive(Args, Debug)]
pub struct ExportCommand {
    /// Print the bodies too, as far as they are kept
    #[arg(long)]
    pub bodies: bool,
    #[command(flatten)]
    pub store: InStore,
}

#[derive(Args, Debug)]
pub struct SalvageCommand {
    /// File to read, such as a store-corrupt-*.db that was moved aside
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub store: InStore,
}
