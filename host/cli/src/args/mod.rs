//! What can be said on the command line.

mod delivering;
mod editing;
mod filtering;
mod observing;
mod queries;
mod responding;
mod show;
mod storing;
mod values;
mod watching;

pub use delivering::{Delivering, Instances, OnFull, RunCommand, ServeCommand};
pub use editing::{
    ExportCommand, ForgetCommand, ReplayCommand, SalvageCommand, StoreAction, StoreCommand,
    StoreReport,
};
pub use filtering::{Filters, StateArgument};
pub use observing::Observing;
pub use queries::{DecisionsCommand, DeliveriesCommand, Listing};
pub use responding::{ListenCommand, VerifyCommand};
pub use show::ShowCommand;
pub use storing::{Storing, Sync};
pub use values::{before_now, duration, moment};
pub use watching::TopCommand;

use super::assignment::Assignment;
use super::logging::Logging;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

/// Signed webhooks before and after the events of a servo
#[derive(Debug, Parser)]
#[command(
    name = "servo-webhooks",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Exit status: 0 success, 1 failure, 2 wrong arguments or configuration.")]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    #[command(flatten)]
    pub logging: Logging,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read events from a file or pipe and deliver their webhooks
    Run(RunCommand),
    /// Take events over HTTP and deliver their webhooks
    Serve(ServeCommand),
    /// List the configured webhooks
    List(ListCommand),
    /// Show everything about one webhook, or about one delivery or event of a store
    Show(ShowCommand),
    /// List the deliveries of a store: what waits, got through or failed
    Deliveries(DeliveriesCommand),
    /// List the decisions before events of a store: who was asked, who vetoed, what failed open
    Decisions(DecisionsCommand),
    /// Send deliveries of a store again
    Replay(ReplayCommand),
    /// Drop deliveries of a store: what waits is not sent, and bodies are removed
    Forget(ForgetCommand),
    /// Check, count, compact, export or salvage a store
    Store(StoreCommand),
    /// Show what goes on, like top: rates, latencies, breakers and what waits, by webhook
    Top(TopCommand),
    /// Print the content type and JSON Schema of an event's body
    Schema(SchemaCommand),
    /// Show which webhooks fire for an event, and why the others don't
    Explain(ExplainCommand),
    /// Send one event by hand and show what the answer would do
    Trigger(TriggerCommand),
    /// Run a local test responder that verifies, prints and answers requests
    Listen(ListenCommand),
    /// Verify a recorded request and explain what is wrong with it
    Verify(VerifyCommand),
    /// Print a configuration to start from
    Generate(GenerateCommand),
    /// Check a configuration and show all its problems
    Check(CheckCommand),
    /// Show the connector component, or write it to a file
    Component(ComponentCommand),
    /// Compile a component from standard input to standard output, within limits
    #[command(hide = true)]
    Compile {
        /// A handler of `serve`
        #[arg(long)]
        service: bool,
    },
    /// Watch a delivery, a retry and a veto; no configuration needed
    Demo(DemoCommand),
    /// Print a completion script for your shell
    Completions {
        /// The shell to complete in
        shell: clap_complete::Shell,
    },
}

/// Where the configuration is, and how it is read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Configuration")]
pub struct Config {
    /// Configuration: YAML with a `webhooks` key, or a bare list; `-` is standard input
    #[arg(short, long, value_name = "FILE", default_value = "servo.yaml")]
    pub config: PathBuf,
    /// JSON file with your own events and their schemas
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
    /// Name of this servo, sent as `source` in event bodies
    #[arg(
        long,
        value_name = "NAME",
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
    /// Use this connector component instead of the built-in one
    #[arg(long = "connector", value_name = "FILE")]
    pub component: Option<PathBuf>,
    /// Require this SHA-256 of the connector
    #[arg(
        long = "connector-digest",
        value_name = "SHA256",
        requires = "component"
    )]
    pub component_digest: Option<String>,
}

/// Where requests may go.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Network")]
pub struct Network {
    /// Allow requests to addresses that are not public: `private`, `loopback`, a CIDR, an address or a host name (repeatable, or separated by commas)
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub allow: Vec<String>,
    /// Trust the CA certificates in this PEM file too
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct ListCommand {
    /// Show on_error, conditions, secrets, signatures, formats and headers too
    #[arg(long, conflicts_with = "json")]
    pub wide: bool,
    /// Print one JSON array
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
    /// Print one OpenAPI 3.1 document of all configured webhooks
    #[arg(long, conflicts_with = "webhook")]
    pub openapi: bool,
    /// Describe the body that this webhook sends (name or index)
    #[arg(long, value_name = "NAME")]
    pub webhook: Option<String>,
    /// Print one JSON object with content_type and schema
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
}

#[derive(Args, Debug)]
#[command(mut_arg("ca_file", |arg| arg.hide(true)))]
pub struct ExplainCommand {
    /// Explain a sample of this event, such as `after:measure` or `before:adjust`
    #[arg(required_unless_present = "events", conflicts_with = "events")]
    pub event: Option<String>,
    /// Explain these events, one JSON object per line; `-` is standard input
    #[arg(long, value_name = "FILE|-")]
    pub events: Option<PathBuf>,
    /// Print one JSON object per event
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args, Debug)]
#[command(
    override_usage = "servo-webhooks trigger [OPTIONS] <EVENT> [NAME|URL]\n       servo-webhooks trigger [OPTIONS] --event <FILE|-> [NAME|URL]"
)]
pub struct TriggerCommand {
    /// Event to send a sample of: `after:measure`, `before:adjust` or `channel:the_news`
    #[arg(value_name = "EVENT", required_unless_present = "file")]
    pub event: Option<String>,
    /// Send to this webhook only, by name, index or configured URL, even if it is disabled or does not listen [default: all that listen]
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
pub struct GenerateCommand {
    /// Write to this file; fails if it exists
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[command(mut_arg("ca_file", |arg| arg.hide(true)))]
pub struct CheckCommand {
    /// Configuration to check, in place of --config
    #[arg(value_name = "FILE", conflicts_with = "config")]
    pub file: Option<PathBuf>,
    /// Treat warnings as errors: exit with 2 if there are any
    #[arg(long)]
    pub strict: bool,
    /// Check that it can be used with a store, where each webhook needs a name
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub store: Option<PathBuf>,
    /// Print one JSON object with valid, webhooks and problems
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub config: Config,
    #[command(flatten)]
    pub network: Network,
}

#[derive(Args, Debug)]
pub struct ComponentCommand {
    /// The build with expressions, for hosts that load a single component
    #[arg(long, conflicts_with = "component")]
    pub complete: bool,
    /// The service for WASI engines, which contains that build
    #[arg(long, conflicts_with_all = ["complete", "component"])]
    pub service: bool,
    /// Write the component to this file and print its SHA-256 like sha256sum
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long, conflicts_with = "output")]
    pub json: bool,
    #[command(flatten)]
    pub component: UsedComponent,
}

#[derive(Args, Debug)]
pub struct DemoCommand {}
