//! `list`: the webhooks as a table.

use super::args::ListCommand;
use super::exit::{Exit, Failure};
use super::{json, setup, stdio};
use comfy_table::{ContentArrangement, Table, presets};
use serde_json::json;
use servo_webhooks::{Purpose, Retries, Webhook};
use std::io::Write;
use std::time::Duration;

/// Runs the command.
pub fn run(command: &ListCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let configuration = setup::configuration(&connector, &command.config, Purpose::Inspect)?;
    let webhooks = configuration.webhooks();
    let mut out = stdio::output();
    if command.json {
        let rows: Vec<_> = webhooks.iter().map(|webhook| to_json(webhook)).collect();
        writeln!(out, "{}", json::line(&rows)?)?;
    } else if webhooks.is_empty() {
        writeln!(out, "no webhooks are configured")?;
    } else {
        writeln!(out, "{}", table(webhooks.iter().map(AsRef::as_ref)))?;
    }
    Ok(Exit::Done)
}

fn table<'a>(webhooks: impl Iterator<Item = &'a Webhook>) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header([
            "#", "NAME", "EVENTS", "TARGET", "RETRIES", "TIMEOUT", "STATE",
        ]);
    for webhook in webhooks {
        table.add_row([
            webhook.index.to_string(),
            webhook.name.clone().unwrap_or_else(|| "-".to_owned()),
            listens(webhook).join("\n"),
            target(webhook),
            retries(webhook),
            seconds(webhook.timeout),
            state(webhook).to_owned(),
        ]);
    }
    table
}

fn listens(webhook: &Webhook) -> Vec<String> {
    let channels = webhook
        .channels
        .iter()
        .map(|channel| format!("channel:{channel}"));
    webhook.events.iter().cloned().chain(channels).collect()
}

fn target(webhook: &Webhook) -> String {
    webhook
        .origin()
        .unwrap_or_else(|| "not resolved".to_owned())
}

fn retries(webhook: &Webhook) -> String {
    let one = |retries: &Retries| match retries.max_tries {
        1 => "none".to_owned(),
        tries => format!("{tries} in {}", seconds(retries.max_time)),
    };
    let of = |side: &str| {
        let own = |event: &String| {
            event
                .split_once(':')
                .map(|(own, _)| own == side || own == "*")
        };
        webhook.events.iter().any(|event| own(event) == Some(true))
    };
    let (before, after) = (of("before"), of("after") || !webhook.channels.is_empty());
    match (before, after) {
        (true, true) if one(&webhook.before) != one(&webhook.after) => {
            format!(
                "before: {}\nafter: {}",
                one(&webhook.before),
                one(&webhook.after)
            )
        }
        (true, _) => one(&webhook.before),
        (false, _) => one(&webhook.after),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        seconds if seconds > 0 && seconds % 60 == 0 && duration.subsec_nanos() == 0 => {
            format!("{}m", seconds / 60)
        }
        _ => format!("{}s", duration.as_secs_f64()),
    }
}

fn state(webhook: &Webhook) -> &'static str {
    if webhook.enabled {
        "enabled"
    } else {
        "disabled"
    }
}

fn to_json(webhook: &Webhook) -> serde_json::Value {
    let retries = |retries: &Retries| json!({"max_tries": retries.max_tries, "max_time": retries.max_time.as_secs_f64()});
    json!({
        "index": webhook.index,
        "name": webhook.name,
        "description": webhook.description,
        "events": webhook.events,
        "channels": webhook.channels,
        "response_channel": webhook.response_channel,
        "target": webhook.origin(),
        "before": retries(&webhook.before),
        "after": retries(&webhook.after),
        "timeout": webhook.timeout.as_secs_f64(),
        "state": state(webhook),
    })
}
