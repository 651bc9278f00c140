//! `demo`: a delivery, a retry and a veto, without a configuration.
//!
//! A responder of its own listens on loopback, a servo emits three events, and every
//! step is checked: what is shown as verified has been.

mod responder;

use super::args::DemoCommand;
use super::exit::{Exit, Failure};
use super::{color, setup, stdio};
use anyhow::{Context, ensure};
use responder::{Received, Responder};
use serde_json::{Value, json};
use servo_webhooks::{
    Allow, Configuration, Connector, Dispatched, Event, LoadOptions, Options, Results, Webhooks,
};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longer than any of it takes: a retry waits for up to a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs the command.
pub fn run(_: &DemoCommand) -> Result<Exit, Failure> {
    setup::runtime()?.block_on(show())?;
    Ok(Exit::Done)
}

async fn show() -> anyhow::Result<()> {
    let secret = format!("{:032x}", fastrand::u128(..));
    let responder = Responder::start(&secret)
        .await
        .context("cannot listen on loopback")?;
    let text = configuration(&responder, &secret);
    let connector = Connector::built_in()?;
    let configuration = Configuration::read(
        &connector,
        "demo",
        Path::new(""),
        text.as_bytes(),
        &LoadOptions::default(),
    )?;
    let mut options = Options::default();
    // Nothing but the responder: its address is all that is allowed, and no proxy.
    options.allow = Allow::parse([responder.address.ip().to_string().as_str()])?;
    options.proxies = servo_webhooks::Proxies::none();
    let webhooks = Webhooks::start(configuration, options, ())?;

    say(&format!(
        "A test responder listens on http://{}. The webhooks that go to it:\n",
        responder.address
    ))?;
    for line in text.lines().filter(|line| !line.is_empty()) {
        say(&format!("    {}", line.replace(&secret, "********")))?;
    }
    measure(&webhooks, &responder).await?;
    describe(&webhooks, &responder).await?;
    adjust(&webhooks, &responder).await?;
    webhooks.shutdown(PATIENCE).await;
    say("\nThe responder verified every signature; this program checked every outcome.")?;
    say("Next: `servo-webhooks generate > servo.yaml` writes a configuration to start from.")?;
    Ok(())
}

fn configuration(responder: &Responder, secret: &str) -> String {
    let origin = format!("http://{}", responder.address);
    format!(
        "
webhooks:
  - {{name: store,   events: after:measure,  url: {origin}/store,   secret: {secret}}}
  - {{name: flaky,   events: after:describe, url: {origin}/flaky,   secret: {secret}}}
  - {{name: approve, events: before:adjust,  url: {origin}/approve, secret: {secret}}}
"
    )
}

async fn measure(webhooks: &Webhooks, responder: &Responder) -> anyhow::Result<()> {
    title("1. A delivery: the servo has measured and tells a webhook")?;
    let event = Event::new("measure")?.with_parameters(&json!({"metrics": ["throughput"]}))?;
    let results = Results::new().with("prometheus", &json!({"readings": [], "annotations": {}}))?;
    webhooks.dispatch(&event, async || ((), results)).await?;
    settle(webhooks).await?;
    let received = responder.received("/store");
    ensure!(
        received.len() == 1,
        "the responder should have received one request, not {}",
        received.len()
    );
    show_all(&received)?;
    let body: Value = serde_json::from_str(&received[0].body).context("the body is not JSON")?;
    ensure!(
        body["event"] == "after:measure",
        "the body is that of another event"
    );
    ensure!(
        body["results"][0]["connector"] == "prometheus",
        "the result is not in the body"
    );
    say(&format!("    body: {}", received[0].body))?;
    Ok(())
}

async fn describe(webhooks: &Webhooks, responder: &Responder) -> anyhow::Result<()> {
    title("2. A retry: the responder is busy, so the servo tries again")?;
    let event = Event::new("describe")?;
    webhooks
        .dispatch(&event, async || ((), Results::new()))
        .await?;
    settle(webhooks).await?;
    let received = responder.received("/flaky");
    ensure!(
        received.len() == 2,
        "expected two attempts, not {}",
        received.len()
    );
    ensure!(
        received[0].delivery == received[1].delivery,
        "both attempts should belong to the same delivery"
    );
    show_all(&received)
}

async fn adjust(webhooks: &Webhooks, responder: &Responder) -> anyhow::Result<()> {
    title("3. A veto: the servo asks before it adjusts, and the responder says no")?;
    let adjusted = AtomicBool::new(false);
    let adjustments = json!([{"component_name": "web", "setting_name": "cpu", "value": 4}]);
    let event = Event::new("adjust")?.with_parameters(&json!({"adjustments": adjustments}))?;
    let work = async || {
        adjusted.store(true, Ordering::SeqCst);
        ((), Results::new())
    };
    let Dispatched::Cancelled { reason, .. } = webhooks.dispatch(&event, work).await? else {
        anyhow::bail!("the adjustment was not cancelled");
    };
    ensure!(
        !adjusted.load(Ordering::SeqCst),
        "the adjustment was made anyway"
    );
    show_all(&responder.received("/approve"))?;
    say(&format!(
        "    {}: {reason}; nothing was adjusted",
        color::good("cancelled")
    ))?;
    Ok(())
}

async fn settle(webhooks: &Webhooks) -> anyhow::Result<()> {
    tokio::time::timeout(PATIENCE, webhooks.idle())
        .await
        .context("a delivery did not finish in time")
}

fn show_all(received: &[Received]) -> anyhow::Result<()> {
    ensure!(!received.is_empty(), "the responder has received nothing");
    for request in received {
        ensure!(
            request.verified,
            "the signature of {} was wrong",
            request.event
        );
        let status = if request.status == 200 {
            color::good("200")
        } else {
            color::warning(&request.status.to_string())
        };
        say(&format!(
            "    POST {}  {}  attempt {}  signature {}… {}",
            request.path,
            request.event,
            request.attempt,
            request.signature.get(..8).unwrap_or_default(),
            color::good("verified")
        ))?;
        say(&format!("      -> {status} {}", request.answer))?;
    }
    Ok(())
}

fn title(text: &str) -> anyhow::Result<()> {
    say(&format!("\n{}", color::bold(text)))
}

fn say(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdio::output(), "{text}")?)
}
