//! `schema`: content type and JSON Schema of an event's body.

use super::args::SchemaCommand;
use super::exit::{Exit, Failure};
use super::{json, openapi, setup, stdio};
use anyhow::Context;
use servo_webhooks::{Description, LoadMode};
use std::io::Write;

/// Runs the command.
pub fn run(command: &SchemaCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let catalogue = setup::catalogue(&command.config)?;
    let Some(event) = &command.event else {
        let configuration = setup::configuration(&connector, &command.config, LoadMode::Inspect)?;
        let document = openapi::document(&catalogue, &configuration)?;
        let text = if command.json {
            json::line(&document)?
        } else {
            serde_json::to_string_pretty(&document).context("the document is not JSON")?
        };
        writeln!(stdio::output(), "{text}")?;
        return Ok(Exit::Done);
    };
    let configuration = match &command.webhook {
        Some(_) => Some(setup::configuration(
            &connector,
            &command.config,
            LoadMode::Inspect,
        )?),
        None => None,
    };
    let webhook = match (&command.webhook, &configuration) {
        (Some(name), Some(configuration)) => Some(setup::webhook(configuration, name)?),
        _ => None,
    };
    let describe = |name: &str| match &webhook {
        Some(webhook) => webhook.schema(&catalogue, name),
        None => servo_webhooks::schema(&connector, &catalogue, name),
    };
    let names = if event.contains(':') {
        vec![event.clone()]
    } else {
        vec![format!("before:{event}"), format!("after:{event}")]
    };
    setup::warn_of_unknown(&catalogue, event);
    let mut out = stdio::output();
    for name in names {
        let description = describe(&name)
            .context(name.clone())
            .map_err(Failure::unusable)?;
        if command.json {
            writeln!(out, "{}", json::line(&description)?)?;
        } else {
            write_text(&mut out, &name, &description)?;
        }
    }
    Ok(Exit::Done)
}

fn write_text(out: &mut impl Write, name: &str, description: &Description) -> Result<(), Failure> {
    let schema: serde_json::Value =
        serde_json::from_str(description.schema.get()).context("the schema is not JSON")?;
    let pretty = serde_json::to_string_pretty(&schema).context("the schema is not JSON")?;
    writeln!(
        out,
        "{name}\nContent-Type: {}\n\n{pretty}",
        description.content_type
    )?;
    Ok(())
}
