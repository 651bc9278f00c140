//! The arguments of what can be seen of a program at work.

use super::values::socket;
use clap::Args;
use std::net::SocketAddr;

/// What can be seen of it at work.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Observability")]
pub struct Observing {
    /// Serve metrics for Prometheus on this address, at /metrics, with /livez and /readyz beside it; port 0 takes a free one. No token is needed
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = socket)]
    pub metrics: Option<SocketAddr>,
}
