//! A servo that asks before an adjustment, through the library.

use crate::attack::{Attack, Protocol};
use servo_webhooks::{
    Allow, Configuration, Connector, Event, EventOutcome, Options, Reading, Webhooks,
};
use std::path::Path;
use std::time::{Duration, Instant};

/// Of one attempt.
pub const TIMEOUT: Duration = Duration::from_millis(400);

/// Of all attempts before an event.
pub const BUDGET: Duration = Duration::from_millis(500);

/// Asks the server of an attack once. A good connector reads the configuration, for
/// keys are tried then: what is wrong with `connector` must show at the event.
pub async fn ask(
    good: &Connector,
    connector: &Connector,
    attack: &Attack,
    more: &str,
) -> (EventOutcome, Duration) {
    let (address, serving) = attack.listen().await;
    let (scheme, version) = match attack.protocol {
        Protocol::Http1 => ("http", "1.1"),
        Protocol::Http2 => ("http", "2"),
        Protocol::Tls => ("https", "auto"),
    };
    let yaml = format!(
        "- {{name: hook, events: before:adjust, url: '{scheme}://{address}/', secret: s, http_version: {version}, timeout: {}ms, {more}}}\n",
        TIMEOUT.as_millis()
    );
    let read = Configuration::read(
        good,
        "hostile.yaml",
        Path::new(""),
        yaml.as_bytes(),
        &Reading::default(),
    );
    let mut options = Options::default();
    options.allow = Allow::parse(["loopback"]).unwrap();
    options.before_budget = BUDGET;
    let webhooks = Webhooks::start(connector, read.unwrap(), options, ()).unwrap();
    let padding = "x".repeat(attack.padding);
    let event = Event::new("adjust")
        .unwrap()
        .with_parameters(&serde_json::json!({ "padding": padding }))
        .unwrap();
    let started = Instant::now();
    let outcome = webhooks.before(&event).await.unwrap();
    let elapsed = started.elapsed();
    webhooks.drain(Duration::ZERO).await;
    serving.abort();
    (outcome, elapsed)
}
