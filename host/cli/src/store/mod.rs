//! What a store is asked and told by other commands than `run` and `serve`, while one of them
//! runs or not.

pub mod cells;
mod compact;
mod decisions;
mod deliveries;
mod export;
pub mod filter;
mod follow;
mod forget;
mod health;
mod listing;
pub mod opening;
mod owner;
mod records;
mod replay;
mod salvage;
mod show;
pub mod stats;
pub mod times;

pub use decisions::run as decisions;
pub use deliveries::run as deliveries;
pub use forget::run as forget;
pub use replay::run as replay;
pub use show::{is_id, run as show};
pub use stats::bytes;

use super::args::{StoreAction, StoreCommand};
use super::exit::{Exit, Failure};

/// Runs `store`.
pub fn run(command: &StoreCommand) -> Result<Exit, Failure> {
    match &command.action {
        StoreAction::Check(command) => health::run(command),
        StoreAction::Stats(command) => stats::run(command),
        StoreAction::Compact(command) => compact::run(command),
        StoreAction::Export(command) => export::run(command),
        StoreAction::Salvage(command) => salvage::run(command),
    }
}
