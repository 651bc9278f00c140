//! The arguments of `show`.

use super::{Config, Network};
use clap::Args;

#[derive(Args, Debug)]
#[command(mut_arg("ca_file", |arg| arg.hide(true)))]
pub struct ShowCommand {
    /// Webhook to show: its name, index or configured URL
    #[arg(value_name = "NAME")]
    pub webhook: String,
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
