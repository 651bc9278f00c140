//! The arguments of what asks a store: `deliveries` and `decisions`.

use super::filtering::{Filters, InStore, Period};
use super::values::{at_least_one, delivery};
use clap::Args;
use servo_webhooks_store::Uuid;

#[derive(Args, Debug)]
pub struct DeliveriesCommand {
    #[command(flatten)]
    pub filters: Filters,
    /// Only the delivery of this id, or those of the event of this id
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    #[command(flatten)]
    pub listing: Listing,
    #[command(flatten)]
    pub store: InStore,
}

#[derive(Args, Debug)]
#[command(
    mut_arg("since", |arg| arg.help("Only decisions made since then: a duration back from now such as 2h, or a time such as 2026-11-27T22:00:00Z")),
    mut_arg("until", |arg| arg.help("Only decisions made before then"))
)]
pub struct DecisionsCommand {
    /// Only cancelled events
    #[arg(long)]
    pub cancelled: bool,
    /// Only decisions in which a webhook failed open: it gave no answer, and the event went on
    #[arg(long)]
    pub failed_open: bool,
    /// Only decisions in which this webhook was asked, by name
    #[arg(long, value_name = "NAME")]
    pub webhook: Option<String>,
    /// Only decisions before this event, such as `before:adjust`
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    #[command(flatten)]
    pub period: Period,
    /// Only the decision before the event of this id
    #[arg(long, value_name = "ID")]
    pub id: Option<String>,
    /// Only the decision in which a webhook was asked with this delivery id, its X-Servo-Delivery
    #[arg(long, value_name = "ID", value_parser = delivery)]
    pub delivery: Option<Uuid>,
    #[command(flatten)]
    pub listing: Listing,
    #[command(flatten)]
    pub store: InStore,
}

/// How much is listed, and how.
#[derive(Args, Debug)]
pub struct Listing {
    /// Show at most so many, the newest
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = at_least_one)]
    pub limit: usize,
    /// Go on with what is new or changes, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub json: bool,
}
