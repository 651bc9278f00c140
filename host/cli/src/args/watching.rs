//! The arguments of `top`.

use super::values::duration;
use clap::{Args, ValueHint};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args, Debug)]
pub struct TopCommand {
    /// Read the metrics of a `run` or `serve` with this --metrics address, or those at a URL
    #[arg(
        long,
        value_name = "ADDRESS|URL",
        required_unless_present = "store",
        conflicts_with = "store"
    )]
    pub metrics: Option<String>,
    /// Read this store instead, whether or not a process uses it
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    /// Time between two readings (100ms to 1h)
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = interval)]
    pub interval: Duration,
    /// Print the numbers of one interval and exit, as when standard output is not a terminal
    #[arg(long)]
    pub once: bool,
    /// Print one JSON object and exit
    #[arg(long)]
    pub json: bool,
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = duration(text)?;
    let fits = Duration::from_millis(100)..=Duration::from_secs(3600);
    if fits.contains(&interval) {
        Ok(interval)
    } else {
        Err("must be from 100ms to 1h".to_owned())
    }
}
