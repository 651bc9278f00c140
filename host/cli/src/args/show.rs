//! The arguments of `show`.

use super::{Config, Network};
use clap::{Args, ValueHint};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(mut_arg("ca_file", |arg| arg.hide(true)))]
pub struct ShowCommand {
    /// Webhook to show: its name, index or configured URL; with --store also a delivery or an event, by its id
    #[arg(value_name = "NAME|ID")]
    pub name: String,
    /// Directory of the store that has the delivery or the event
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    /// Show URLs, header values and texts in payloads unmasked
    #[arg(long)]
    pub reveal: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
    #[command(flatten)]
    pub network: Network,
}
