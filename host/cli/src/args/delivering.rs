//! The arguments of what delivers: `run` and `serve`.

use super::observing::Observing;
use super::storing::Storing;
use super::values::{at_least_one, duration, mebibytes, socket};
use super::{Config, Network};
use clap::{Args, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How deliveries are made, and how many may wait.
#[derive(Args, Clone, Debug)]
pub struct Delivering {
    /// Time limit for all webhooks before one event together, retries included
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub before_budget: Duration,
    /// How long to keep delivering after SIGINT or SIGTERM
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub drain_timeout: Duration,
    /// Call the connector in a fresh instance each time, or reuse instances: twice as fast, less isolated
    #[arg(long, value_name = "WHAT", default_value = "fresh")]
    pub instances: Instances,
    /// Maximum number of waiting deliveries
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = at_least_one)]
    pub max_waiting: usize,
    /// Maximum size of all waiting bodies, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = mebibytes)]
    pub max_waiting_mib: usize,
    /// Maximum size of one event, in MiB (1 to 16)
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
    pub observing: Observing,
    #[command(flatten)]
    pub storing: Storing,
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
pub struct ServeCommand {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081", value_parser = socket)]
    pub bind: SocketAddr,
    /// Require the bearer token in this file (or in SERVO_WEBHOOKS_TOKEN); without a token, only loopback addresses are allowed for --bind
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Show webhooks, deliveries and decisions on a page at this address, with switches for them; the token is its password
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = socket, conflicts_with = "handler", help_heading = "Observability")]
    pub page: Option<SocketAddr>,
    /// Append each event that could not be delivered to this file, as a line that `run --events` accepts
    #[arg(long, value_name = "FILE", conflicts_with = "handler")]
    pub failed: Option<PathBuf>,
    #[command(flatten)]
    pub delivering: Delivering,
    #[command(flatten)]
    pub hosted: Hosted,
}

/// A WASI component that answers in the place of this program, and what it may use.
#[derive(Args, Debug)]
#[command(next_help_heading = "Handler")]
pub struct Hosted {
    /// Let this WebAssembly component answer the requests: it exports wasi:http/incoming-handler of WASI 0.2, and is sandboxed
    #[arg(long = "handler", alias = "component", value_name = "FILE", conflicts_with_all = ["config", "catalogue", "before_budget", "instances", "max_waiting", "max_waiting_mib", "connections", "breaker_after", "breaker_hold", "metrics", "store"])]
    pub handler: Option<PathBuf>,
    /// Require this SHA-256
    #[arg(
        long = "handler-digest",
        alias = "component-digest",
        id = "handler_digest",
        value_name = "SHA256",
        requires = "handler"
    )]
    pub component_digest: Option<String>,
    /// Pass an environment variable to the handler, with its value here or another one; it sees no others (repeatable)
    #[arg(long, value_name = "NAME[=VALUE]", requires = "handler")]
    pub env: Vec<String>,
    /// Maximum number of instances; each answers one request and lives until its deliveries are settled
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = at_least_one, requires = "handler")]
    pub max_instances: usize,
    /// Memory limit of an instance, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = mebibytes, requires = "handler")]
    pub instance_mib: usize,
    /// CPU time limit of an instance
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration, requires = "handler")]
    pub instance_processor: Duration,
    /// Lifetime limit of an instance
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, requires = "handler")]
    pub instance_life: Duration,
}

/// What happens when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFull {
    /// Stop reading events until there is room
    Wait,
    /// Reject what does not fit, and log it
    Reject,
}

/// What becomes of an instance of the connector after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Instances {
    /// Discard it: nothing of one call is left for the next
    Fresh,
    /// Reuse it for later calls; signing has instances of its own
    Warm,
}
