//! A servo with webhooks, in ten lines: `cargo run --example embed -- servo.yaml`.
//!
//! It adjusts something once, and asks before: whether it may is decided by the webhooks
//! of the configuration.

use servo_webhooks::{
    Configuration, Connector, Dispatched, Event, LoadOptions, Options, Results, Webhooks,
};
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).unwrap_or("servo.yaml".to_owned());

    let connector = Connector::built_in()?;
    let configuration = Configuration::load(&connector, file.as_ref(), &LoadOptions::default())?;
    let webhooks = Webhooks::start(configuration, Options::from_env()?, ())?;

    let adjustments = serde_json::json!({"adjustments": [
        {"component_name": "web", "setting_name": "cpu", "value": 2.5}
    ]});
    let event = Event::new("adjust")?.with_parameters(&adjustments)?;
    match webhooks
        .dispatch(&event, async || (adjust(), Results::new()))
        .await?
    {
        Dispatched::Done { value, .. } => println!("{value}"),
        Dispatched::Cancelled { reason, .. } => println!("cancelled: {reason}"),
    }
    let undelivered = webhooks.shutdown(Duration::from_secs(10)).await;
    println!("{undelivered} deliveries were given up");
    Ok(())
}

fn adjust() -> &'static str {
    "adjusted"
}
