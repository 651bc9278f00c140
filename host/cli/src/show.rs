//! `show`: all of one webhook, or of one delivery or event of a store.

use super::args::ShowCommand;
use super::columns::{self, printable};
use super::exit::{Exit, Failure};
use super::webhook_details::WebhookDetails;
use super::{color, json, setup, stdio, store};
use serde_json::json;
use servo_webhooks::{LoadMode, Webhook};
use std::io::Write;

/// Runs the command.
pub fn run(command: &ShowCommand) -> Result<Exit, Failure> {
    let in_store = |directory| store::show(directory, &command.name, command.json);
    let is_id = store::is_id(&command.name);
    if let Some(directory) = &command.store
        && (is_id || setup::is_missing(&command.config))
    {
        return in_store(directory);
    }
    let connector = setup::connector(&command.config.component)?;
    let configuration = setup::configuration(&connector, &command.config, LoadMode::Inspect)?;
    let webhook = match (
        setup::webhook(&configuration, &command.name),
        &command.store,
    ) {
        (Err(_), Some(directory)) => return in_store(directory),
        (Err(failure), None) if is_id => {
            return Err(failure.with_hint("--store DIR shows the delivery or event of that id"));
        }
        (webhook, _) => webhook?,
    };
    let allow = setup::options(&command.network)?.allow;
    let refused = webhook.refusal(&allow).map(|why| why.to_string());
    let details = WebhookDetails::new(&configuration, &webhook, command.reveal);
    let mut out = stdio::output();
    if command.json {
        let mut record = details.to_json();
        record["egress"] = json!({"refused": refused});
        writeln!(out, "{}", json::line(&record)?)?;
        return Ok(Exit::Done);
    }
    let title = color::bold(&printable(&webhook.label()));
    // Without a name the label has its index already.
    let index = match webhook.name {
        Some(_) => format!("#{}, ", webhook.index),
        None => String::new(),
    };
    writeln!(out, "{title} ({index}{})", details.state())?;
    let fields = columns::fields(rows(&details), columns::width());
    write!(out, "{fields}")?;
    let egress = match refused {
        Some(why) => format!("refused: {why}"),
        None if webhook.has_address() => "allowed".to_owned(),
        None => "decided when the name is looked up: public addresses, and what --allow names"
            .to_owned(),
    };
    let none = || "never".to_owned();
    let effects = [
        ("before an event", details.before().unwrap_or_else(none)),
        ("after an event", details.after().unwrap_or_else(none)),
        ("egress", egress),
    ];
    write!(out, "\n{}", columns::fields(effects, columns::width()))?;
    Ok(Exit::Done)
}

/// Each field with its effective value, and whether that is the default.
fn rows(details: &WebhookDetails<'_>) -> Vec<(&'static str, String)> {
    let webhook = details.webhook;
    let list = |items: &[String]| match items {
        [] => "none".to_owned(),
        items => printable(&items.join("\n")),
    };
    let text = |text: Option<&str>| text.map_or_else(|| "none".to_owned(), printable);
    let headers = details.headers().into_iter();
    let headers: Vec<String> = headers
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let when = details.expression("when");
    let when = when.unwrap_or_else(|| "always".to_owned());
    let [payload, content_type, schema] = body(details);
    [
        ("name", text(webhook.name.as_deref())),
        ("description", text(webhook.description.as_deref())),
        ("enabled", webhook.enabled.to_string()),
        ("events", list(&webhook.events)),
        ("channels", list(&webhook.channels)),
        (
            "response_channel",
            text(webhook.response_channel.as_deref()),
        ),
        ("url", details.url()),
        ("secret", details.secrets().join("\n")),
        ("signatures", details.signatures().join("\n")),
        ("format", details.word("format", "servo")),
        ("when", when),
        ("payload", payload),
        ("content_type", content_type),
        ("payload_schema", schema),
        ("headers", list(&headers)),
        ("backoff", backoff(webhook)),
        ("timeout", super::units::duration(webhook.timeout)),
        ("http_version", details.word("http_version", "auto")),
        ("on_error", webhook.on_error.to_string()),
    ]
    .into_iter()
    .map(|(field, value)| {
        let default = if details.is_default(field) {
            " (default)"
        } else {
            ""
        };
        (field, format!("{value}{default}"))
    })
    .collect()
}

/// What `payload`, `content_type` and `payload_schema` come to.
fn body(details: &WebhookDetails<'_>) -> [String; 3] {
    let of_format = || "that of the format".to_owned();
    let given = match details.is_default("payload_schema") {
        true => None,
        false => Some("given; `schema EVENT --webhook` prints it".to_owned()),
    };
    match details.expression("payload") {
        Some(payload) => {
            let content_type = details.word("content_type", "application/json");
            let schema = given.unwrap_or_else(|| "anything".to_owned());
            [payload, content_type, schema]
        }
        None => [of_format(), of_format(), given.unwrap_or_else(of_format)],
    }
}

fn backoff(webhook: &Webhook) -> String {
    let [before, after] = [&webhook.before, &webhook.after].map(|retries| {
        format!(
            "max_tries {}, max_time {}",
            retries.max_tries,
            super::units::duration(retries.max_time)
        )
    });
    if before == after {
        before
    } else {
        format!("before: {before}\nafter: {after}")
    }
}
