//! What can be said on the command line.

mod delivering;

pub use delivering::{Delivering, Instances, OnFull, RunCommand, ServeCommand};

use super::assignment::Assignment;
use super::keys::Reference;
use super::listen::Script;
use super::logging::Logging;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Webhooks before and after the events of a servo, decided in a WebAssembly sandbox
#[derive(Debug, Parser)]
#[command(
    name = "servo-webhooks",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Exit status: 0 done, 1 something failed, 2 wrong usage or configuration.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub logging: Logging,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read events and deliver their webhooks
    Run(RunCommand),
    /// Take events over HTTP, fire the hooks, deliver the webhooks
    Serve(ServeCommand),
    /// Show the configured webhooks
    List(ListCommand),
    /// Print content type and JSON Schema of an event's body
    Schema(SchemaCommand),
    /// Show which webhooks fire for an event, and why the others don't
    Explain(ExplainCommand),
    /// Send one event by hand and show what the answer would do
    Trigger(TriggerCommand),
    /// Answer requests on this machine: verify them, show them, answer as told
    Listen(ListenCommand),
    /// Verify a recorded request and say what is wrong with it
    Verify(VerifyCommand),
    /// Print a configuration to start from
    Generate(GenerateCommand),
    /// Check a configuration: all problems at once
    Check(CheckCommand),
    /// Show the connector's component, or write it to a file
    Component(ComponentCommand),
    /// Compile a component from standard input, within limits, to standard output
    #[command(hide = true)]
    Compile {
        /// One that `serve` holds
        #[arg(long)]
        service: bool,
    },
    /// Watch a delivery, a retry and a veto; no configuration needed
    Demo(DemoCommand),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Where the configuration is, and how it is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub struct Config {
    /// The configuration: YAML with a `webhooks` key, or a bare list
    #[arg(short, long, value_name = "FILE", default_value = "servo.yaml")]
    pub config: PathBuf,
    /// Events of your own, with their JSON Schemas
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    /// Names this servo in the bodies of its events
    #[arg(
        long,
        value_name = "NAME",
        env = "SERVO_WEBHOOKS_SOURCE",
        default_value = "",
        hide_default_value = true
    )]
    pub source: String,
    #[command(flatten)]
    pub component: UsedComponent,
}

/// Which connector is used.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Connector")]
pub struct UsedComponent {
    /// A connector component to use instead of the built-in one
    #[arg(long, value_name = "FILE", env = "SERVO_WEBHOOKS_CONNECTOR")]
    pub component: Option<PathBuf>,
    /// Refuse a component whose SHA-256 is another one
    #[arg(long, value_name = "SHA256", requires = "component")]
    pub component_digest: Option<String>,
}

/// Where requests may go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Allow addresses that are not public: a CIDR, an address, a host name, `private` or `loopback` (repeatable)
    #[arg(
        long,
        value_name = "WHAT",
        env = "SERVO_WEBHOOKS_ALLOW",
        value_delimiter = ','
    )]
    pub allow: Vec<String>,
    /// Trust the CA certificates in this PEM file, beside the system's
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct ListCommand {
    /// One JSON array
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
}

#[derive(Args, Debug)]
pub struct SchemaCommand {
    /// `after:measure`, or `measure` for both sides
    #[arg(required_unless_present = "openapi", conflicts_with = "openapi")]
    pub event: Option<String>,
    /// All configured webhooks, as one OpenAPI 3.1 document
    #[arg(long, conflicts_with = "webhook")]
    pub openapi: bool,
    /// The body that this webhook sends, by name or index
    #[arg(long, value_name = "NAME")]
    pub webhook: Option<String>,
    /// One JSON object: content_type and schema
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
}

#[derive(Args, Debug)]
pub struct ExplainCommand {
    /// Event to explain, using a sample of it: `after:measure`, `before:adjust` or another
    #[arg(required_unless_present = "events", conflicts_with = "events")]
    pub event: Option<String>,
    /// Explain the events in this file instead, one JSON object per line; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    pub events: Option<PathBuf>,
    /// One JSON object for each event
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
}

#[derive(Args, Debug)]
#[command(
    override_usage = "servo-webhooks trigger [OPTIONS] <EVENT> [NAME|URL]\n       servo-webhooks trigger [OPTIONS] --event <FILE|-> [NAME|URL]"
)]
pub struct TriggerCommand {
    /// Event to send a sample of: `after:measure`, `before:adjust` or `channel:the_news`
    #[arg(value_name = "EVENT", required_unless_present = "file")]
    pub event: Option<String>,
    /// Send to this webhook only, by name, index or configured URL [default: all that listen]
    #[arg(value_name = "NAME|URL")]
    pub webhook: Option<String>,
    /// Send the event in this file instead of a sample: one JSON object, as in `run --events`; `-` is standard input
    #[arg(id = "file", long = "event", value_name = "FILE|-")]
    pub file: Option<PathBuf>,
    /// Set a value in the event, such as `parameters.adjustments.0.value=4`: JSON, else text (repeatable)
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<Assignment>,
    /// Print one JSON object for each webhook
    #[arg(long)]
    pub json: bool,
    /// Print an equivalent command instead of sending; secrets, URLs and header values are shell variables
    #[arg(long, value_name = "WHAT", conflicts_with = "json")]
    pub print: Option<Print>,
    /// Print URLs and header values unmasked
    #[arg(long, requires = "print")]
    pub reveal: bool,
    #[command(flatten)]
    pub config: Config,
    #[command(flatten)]
    pub network: Network,
}

/// What `trigger` prints instead of sending.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Print {
    /// A command for curl
    Curl,
}

#[derive(Args, Debug)]
pub struct ListenCommand {
    /// The address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// The port; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 8080)]
    pub port: u16,
    /// A secret that requests may be signed with: `env:NAME` or `file:PATH` (repeatable)
    #[arg(long, value_name = "WHERE")]
    pub secret: Vec<Reference>,
    /// Answers, one after the other: a status, cancel:REASON or hang, each with a delay such as @2s; the last is repeated
    #[arg(long, value_name = "STEPS", default_value = "200")]
    pub answer: Script,
    /// How old or new a timestamp may be
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub tolerance: Duration,
    /// End after so many requests
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub count: Option<usize>,
    /// One JSON object for each request
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct VerifyCommand {
    /// The request's headers, `Name: value`, one a line
    #[arg(long, value_name = "FILE")]
    pub headers: PathBuf,
    /// The request's body, byte for byte
    #[arg(long, value_name = "FILE")]
    pub body: PathBuf,
    /// A secret that it may be signed with: `env:NAME` or `file:PATH` (repeatable)
    #[arg(long, value_name = "WHERE", required = true)]
    pub secret: Vec<Reference>,
    /// How old or new a timestamp may be
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub tolerance: Duration,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct GenerateCommand {
    /// Write to this file instead; it must not be there yet
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct CheckCommand {
    /// One JSON object: valid, webhooks and problems
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
}

#[derive(Args, Debug)]
pub struct ComponentCommand {
    /// The build with expressions, for hosts that load one component for everything
    #[arg(long, conflicts_with = "component")]
    pub complete: bool,
    /// The service for WASI engines, with that build inside
    #[arg(long, conflicts_with_all = ["complete", "component"])]
    pub service: bool,
    /// Write the component to this file, and print its SHA-256 as sha256sum does
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// One JSON object
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    #[command(flatten)]
    pub component: UsedComponent,
}

#[derive(Args, Debug)]
pub struct DemoCommand {}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("must be a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// So many MiB have a number of bytes.
fn mebibytes(text: &str) -> Result<usize, String> {
    const MOST: usize = usize::MAX >> 20;
    match at_least_one(text)? {
        number if number > MOST => Err(format!("must be at most {MOST}")),
        number => Ok(number),
    }
}

/// `90` (seconds), `1m30s`, `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let refused = || "must be a duration such as 10s, 1m30s or 250ms".to_owned();
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let signed: jiff::SignedDuration = text.parse().map_err(|_| refused())?;
    Duration::try_from(signed).map_err(|_| refused())
}
