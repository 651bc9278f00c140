//! The arguments of what delivers: `run` and `serve`.

use super::{Config, Network, at_least_one, duration, mebibytes};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How deliveries are made, and how many may wait.
#[derive(Args, Clone, Debug)]
pub struct Delivering {
    /// Time limit for all webhooks that are asked before an event together, retries included
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub before_budget: Duration,
    /// How long to keep delivering after SIGINT or SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub drain_timeout: Duration,
    /// Run each call of the connector in a fresh instance, or reuse instances: twice as fast, less isolated
    #[arg(long, value_name = "WHAT", default_value = "fresh")]
    pub instances: Instances,
    /// Maximum number of deliveries in the queue
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_least_one)]
    pub max_waiting: usize,
    /// Maximum size of the bodies in the queue, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = mebibytes)]
    pub max_waiting_mib: usize,
    /// Maximum size of one event, in MiB (up to 16)
    #[arg(long, value_name = "MIB", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub max_event_mib: u8,
    /// Maximum number of concurrent attempts per endpoint
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = at_least_one)]
    pub connections: usize,
    /// Open a webhook's breaker after it has failed for this long (at least five events in a row)
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub breaker_after: Duration,
    /// How long an open breaker waits before probing; doubles per failed probe, up to 1m; 0s disables the breaker
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub breaker_hold: Duration,
    #[command(flatten)]
    pub config: Config,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args, Clone, Debug)]
pub struct RunCommand {
    /// Read events from this file, one JSON object per line; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    pub events: PathBuf,
    /// Use only this webhook, by name or index, as if all others were disabled (repeatable)
    #[arg(long, value_name = "NAME")]
    pub webhook: Vec<String>,
    /// Append each event that could not be delivered to this file, as a line that `run --events` accepts again
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub failed: Option<PathBuf>,
    /// When the queue is full
    #[arg(long, value_name = "WHAT", default_value = "wait")]
    pub on_full: OnFull,
    /// Print the requests instead of sending them; URL paths and the values of your headers are masked
    #[arg(long)]
    pub dry_run: bool,
    /// Print URLs and header values unmasked
    #[arg(long, requires = "dry_run")]
    pub reveal: bool,
    #[command(flatten)]
    pub delivering: Delivering,
}

#[derive(Args, Debug)]
#[command(mut_arg("component", |arg| arg.long("connector")))]
#[command(mut_arg("component_digest", |arg| arg.long("connector-digest")))]
pub struct ServeCommand {
    /// The address and port to listen on; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081")]
    pub bind: SocketAddr,
    /// The bearer token that requests must bring is in this file; else in SERVO_WEBHOOKS_TOKEN. Without one only a loopback address is listened on
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    #[command(flatten)]
    pub delivering: Delivering,
    #[command(flatten)]
    pub held: Held,
}

/// A service that answers in the place of this program, and what it may use.
#[derive(Args, Debug)]
#[command(next_help_heading = "Held component")]
pub struct Held {
    /// A WebAssembly component that answers the requests instead: it imports WASI 0.2 for HTTP, clocks, random numbers and output, and exports wasi:http/incoming-handler. It is not trusted
    #[arg(long = "component", value_name = "FILE", conflicts_with_all = ["config", "catalogue", "before_budget", "instances", "max_waiting", "max_waiting_mib", "connections", "breaker_after", "breaker_hold"])]
    pub held: Option<PathBuf>,
    /// Refuse a component whose SHA-256 is another one
    #[arg(
        long = "component-digest",
        id = "held_digest",
        value_name = "SHA256",
        requires = "held"
    )]
    pub component_digest: Option<String>,
    /// A variable that the component sees, with this program's value or its own; it sees no others (repeatable)
    #[arg(long, value_name = "NAME[=VALUE]", requires = "held")]
    pub env: Vec<String>,
    /// Instances at a time; each answers one request, and lives until its deliveries are settled
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = at_least_one, requires = "held")]
    pub max_instances: usize,
    /// MiB of memory of an instance
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = mebibytes, requires = "held")]
    pub instance_mib: usize,
    /// The time that an instance may compute
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration, requires = "held")]
    pub instance_processor: Duration,
    /// The time that an instance may live
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, requires = "held")]
    pub instance_life: Duration,
}

/// What happens when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFull {
    /// Stop reading events until there is room
    Wait,
    /// Reject deliveries that do not fit, and report each of them
    Reject,
}

/// What becomes of an instance of the connector after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Instances {
    /// Discarded after each call: nothing is left for the next one
    Fresh,
    /// Reused for later calls; those that sign have instances of their own
    Warm,
}
