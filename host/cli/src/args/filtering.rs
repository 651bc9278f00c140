//! Which deliveries and decisions of a store are meant.

use super::values::moment;
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

/// The store that a command is about.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Store")]
pub struct InStore {
    /// Directory of the store, as `run` or `serve` was given it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: PathBuf,
}

/// Which deliveries.
#[derive(Args, Clone, Debug)]
pub struct Filters {
    /// Only deliveries in this state (repeatable, or separated by commas)
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<StateArgument>,
    /// Only deliveries to this webhook, by name
    #[arg(long, value_name = "NAME")]
    pub webhook: Option<String>,
    /// Only deliveries of this event, such as `after:measure` or `channel:the_news`
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    #[command(flatten)]
    pub period: Period,
}

/// When deliveries were accepted, or decisions made.
#[derive(Args, Clone, Debug)]
pub struct Period {
    /// Only deliveries accepted since then: a duration back from now such as 2h, or a time such as 2026-11-27T22:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub since: Option<i64>,
    /// Only deliveries accepted before then
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<i64>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StateArgument {
    /// Not settled
    Waiting,
    /// The responder has it
    Delivered,
    /// Given up: a dead letter, kept to be replayed
    Failed,
    /// Forgotten by hand
    Forgotten,
}
