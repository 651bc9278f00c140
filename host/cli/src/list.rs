//! `list`: the webhooks as a table, or one below the other where that is too wide.

use super::args::ListCommand;
use super::columns::{self, printable};
use super::exit::{Exit, Failure};
use super::table::arranged;
use super::webhook_details::WebhookDetails;
use super::{json, setup, stdio, units};
use servo_webhooks::{LoadMode, Retries};
use std::io::Write;

/// The columns that are always shown.
const COLUMNS: [&str; 7] = [
    "#", "NAME", "EVENTS", "TARGET", "RETRIES", "TIMEOUT", "STATE",
];
/// Those of `--wide`.
const WIDE: [&str; 7] = [
    "ON ERROR",
    "WHEN",
    "SECRETS",
    "SIGNATURES",
    "FORMAT",
    "HTTP",
    "HEADERS",
];

/// Runs the command.
pub fn run(command: &ListCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let configuration = setup::configuration(&connector, &command.config, LoadMode::Inspect)?;
    let webhooks = configuration.webhooks().iter();
    let webhooks: Vec<WebhookDetails<'_>> = webhooks
        .map(|webhook| WebhookDetails::new(&configuration, webhook, false))
        .collect();
    let mut out = stdio::output();
    if command.json {
        let rows: Vec<_> = webhooks.iter().map(WebhookDetails::to_json).collect();
        writeln!(out, "{}", json::line(&rows)?)?;
    } else if webhooks.is_empty() {
        writeln!(out, "no webhooks are configured")?;
    } else {
        let names: Vec<&str> = match command.wide {
            true => COLUMNS.into_iter().chain(WIDE).collect(),
            false => COLUMNS.to_vec(),
        };
        let rows: Vec<Vec<String>> = webhooks
            .iter()
            .map(|webhook| row(webhook, command.wide))
            .collect();
        write!(out, "{}", arranged(&names, &rows, columns::width()))?;
    }
    Ok(Exit::Done)
}

fn row(details: &WebhookDetails<'_>, wide: bool) -> Vec<String> {
    let webhook = details.webhook;
    let mut row = vec![
        webhook.index.to_string(),
        webhook
            .name
            .as_deref()
            .map_or_else(|| "-".to_owned(), printable),
        printable(&details.listens().join("\n")),
        webhook
            .origin()
            .unwrap_or_else(|| "not resolved".to_owned()),
        retries(details),
        units::duration(webhook.timeout),
        details.state().to_owned(),
    ];
    if wide {
        let names: Vec<String> = details
            .headers()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let when = details.expression("when");
        let on_error = match details.sides() {
            (true, _) => webhook.on_error.to_string(),
            (false, _) => "-".to_owned(),
        };
        row.extend([
            on_error,
            when.map_or_else(|| "always".to_owned(), |when| when.replace('\n', " ")),
            details.secrets().join("\n"),
            details.signatures().join("\n"),
            details.word("format", "servo"),
            details.word("http_version", "auto"),
            if names.is_empty() {
                "-".to_owned()
            } else {
                names.join("\n")
            },
        ]);
    }
    row
}

fn retries(details: &WebhookDetails<'_>) -> String {
    let one = |retries: &Retries| match retries.max_tries {
        1 => "none".to_owned(),
        tries => format!("{tries} in {}", units::duration(retries.max_time)),
    };
    let (before, after) = (one(&details.webhook.before), one(&details.webhook.after));
    match details.sides() {
        (true, true) if before != after => format!("before: {before}\nafter: {after}"),
        (true, _) => before,
        (false, _) => after,
    }
}
