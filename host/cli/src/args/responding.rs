//! The arguments of what stands at the other end: `listen` and `verify`.

use super::values::{at_least_one, duration, socket};
use crate::keys::Reference;
use crate::listen::Script;
use clap::{Args, ValueHint};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args, Debug)]
pub struct ListenCommand {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8080", value_parser = socket)]
    pub bind: SocketAddr,
    /// The address alone, as it was given before there was --bind
    #[arg(long, value_name = "ADDRESS", hide = true, conflicts_with = "bind")]
    pub address: Option<IpAddr>,
    /// The port alone
    #[arg(long, value_name = "PORT", hide = true, conflicts_with = "bind")]
    pub port: Option<u16>,
    /// Secret that requests may be signed with: `env:NAME` or `file:PATH` (repeatable)
    #[arg(long, value_name = "WHERE")]
    pub secret: Vec<Reference>,
    /// Largest accepted age of a signed timestamp, in the past or future
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub tolerance: Duration,
    /// Answers, one per request: a status, cancel:REASON, forward or hang, each with an optional delay such as @2s; the last one repeats. `\,` is a comma in a reason [default: 200, or forward with --forward-to]
    #[arg(long, value_name = "STEPS")]
    pub answer: Option<Script>,
    /// Answer by rules: a YAML list of {when: JQ, answer: STEPS}; the first rule whose condition holds answers, otherwise --answer does
    #[arg(long, value_name = "FILE|-")]
    pub script: Option<PathBuf>,
    /// Forward requests that verify to another responder, unchanged, and relay its answer
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub forward_to: Option<String>,
    /// Save each request to a file of its own in this directory; `verify` reads them
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub save: Option<PathBuf>,
    /// Stop after this many requests
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub count: Option<usize>,
    /// Print the body of each request, too
    #[arg(short, long, conflicts_with = "json")]
    pub verbose: bool,
    /// Print one JSON object for each request, and one for the summary
    #[arg(long)]
    pub json: bool,
}

impl ListenCommand {
    /// Where to listen.
    pub fn at(&self) -> SocketAddr {
        let address = self.address.unwrap_or(self.bind.ip());
        SocketAddr::new(address, self.port.unwrap_or(self.bind.port()))
    }
}

#[derive(Args, Debug)]
pub struct VerifyCommand {
    /// Whole requests, as `listen --save` writes them: headers, an empty line, body; `-` is standard input
    #[arg(value_name = "FILE|-", required_unless_present_all = ["headers", "body"], conflicts_with_all = ["headers", "body"])]
    pub requests: Vec<PathBuf>,
    /// The request's headers, one `Name: value` per line; `-` is standard input
    #[arg(long, value_name = "FILE|-", requires = "body")]
    pub headers: Option<PathBuf>,
    /// The request's body, byte for byte; `-` is standard input
    #[arg(long, value_name = "FILE|-", requires = "headers")]
    pub body: Option<PathBuf>,
    /// Secret that it may be signed with: `env:NAME` or `file:PATH` (repeatable)
    #[arg(long, value_name = "WHERE", required = true)]
    pub secret: Vec<Reference>,
    /// Largest accepted age of a signed timestamp, in the past or future
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub tolerance: Duration,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}
