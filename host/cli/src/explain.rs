//! `explain`: which webhooks fire for an event, and why the others do not.

use super::args::ExplainCommand;
use super::bad_lines::BadLines;
use super::exit::{Exit, Failure};
use super::records::stamped;
use super::{color, json, lines, setup, stdio};
use anyhow::{Context, anyhow};
use rules::sanitize::sanitize;
use serde_json::{Value, json};
use servo_webhooks::{
    Allow, DryRun, Explanation, Input, LoadMode, Options, Webhook, Webhooks, sample,
};
use std::io::Write;

/// Runs the command.
pub fn run(command: &ExplainCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let catalogue = setup::catalogue(&command.config)?;
    let configuration = setup::configuration(&connector, &command.config, LoadMode::Inspect)?;
    let runtime = setup::runtime()?;
    let _inside = runtime.enter();
    let webhooks =
        Webhooks::start(configuration, Options::default(), ()).map_err(Failure::unusable)?;
    let allow = setup::options(&command.network)?.allow;
    if let Some(name) = &command.event {
        let input = sample(&connector, &catalogue, name)
            .with_context(|| name.clone())
            .map_err(Failure::unusable)?;
        setup::warn_of_unknown(&catalogue, name);
        runtime
            .block_on(explain(command, &webhooks, &allow, &input))?
            .map_err(|error| Failure::unusable(anyhow!(error)))?;
    }
    let Some(file) = &command.events else {
        return Ok(Exit::Done);
    };
    let mut events =
        lines::open(file, 2 * Options::default().max_event).map_err(Failure::unusable)?;
    runtime
        .block_on(events.opened())
        .map_err(Failure::unusable)?;
    let mut bad = BadLines::default();
    while let Some(line) = runtime.block_on(events.next()) {
        let (text, read) = match line.text {
            Ok(text) => (text, Ok(())),
            Err(error) => (String::new(), Err(error)),
        };
        let input = read.and_then(|()| match text.trim() {
            "" => Ok(None),
            text => Input::parse(text)
                .map(Some)
                .map_err(|error| error.to_string()),
        });
        let explained = match input {
            Ok(None) => continue,
            Ok(Some(input)) => runtime.block_on(explain(command, &webhooks, &allow, &input))?,
            Err(error) => Err(error),
        };
        match explained {
            Ok(()) => bad.good(),
            Err(error) => bad.bad(line.number, &text, &error),
        }
    }
    Ok(bad.end())
}

async fn explain(
    command: &ExplainCommand,
    webhooks: &Webhooks,
    allow: &Allow,
    input: &Input,
) -> Result<Result<(), String>, Failure> {
    let found = match webhooks.dry_run(input).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut out = stdio::output();
    if command.json {
        let record = record(&found, allow, input);
        writeln!(out, "{}", json::line(&stamped(&record))?)?;
        return Ok(Ok(()));
    }
    let id = match command.event {
        // Made up for the sample.
        Some(_) => String::new(),
        None => format!(" {}", sanitize(input.id())),
    };
    writeln!(out, "{}{id}", color::bold(&input.name()))?;
    for dry_run in &found {
        writeln!(out, "  {}", shown(dry_run, allow, input))?;
    }
    Ok(Ok(()))
}

fn record(found: &[DryRun], allow: &Allow, input: &Input) -> Value {
    let webhooks: Vec<_> = found
        .iter()
        .map(|dry_run| {
            let (fires, why) = reason(input, dry_run);
            json!({
                "index": dry_run.webhook.index,
                "webhook": dry_run.webhook.name,
                "name": dry_run.webhook.name,
                "fires": fires,
                "why": why,
                "refused": dry_run.webhook.refusal(allow).map(|why| why.to_string()),
            })
        })
        .collect();
    json!({"event": input.name(), "id": input.id(), "webhooks": webhooks})
}

fn shown(dry_run: &DryRun, allow: &Allow, input: &Input) -> String {
    let (fires, why) = reason(input, dry_run);
    // Whoever does not fire is not refused either.
    let refused = dry_run.webhook.refusal(allow).filter(|_| fires);
    let refused = refused.map_or_else(String::new, |why| format!("; but refused: {why}"));
    let why = sanitize(&format!("{why}{refused}"));
    let verdict = if fires {
        color::good("fires")
    } else {
        "does not fire".to_owned()
    };
    let label = sanitize(&dry_run.webhook.label());
    format!("{label}: {verdict}: {why}")
}

/// Whether it fires, and why.
pub fn reason(input: &Input, dry_run: &DryRun) -> (bool, String) {
    let listens = listens(&dry_run.webhook);
    match &dry_run.explanation {
        Explanation::Fires(_) => (true, format!("it listens to {listens}")),
        Explanation::Fails(why) => (true, format!("but fails: {why}")),
        Explanation::Elsewhere => match input.webhook() {
            Some(webhook) => (false, format!("the event is for webhook {webhook} alone")),
            None => (false, format!("it listens to {listens}")),
        },
        Explanation::Disabled => (false, "`enabled` is false".to_owned()),
        Explanation::SwitchedOff => (false, "it is switched off: it answered 410 Gone".to_owned()),
        Explanation::Skips(why) => (false, why.clone()),
        _ => (false, "for an unknown reason".to_owned()),
    }
}

fn listens(webhook: &Webhook) -> String {
    let channels = webhook
        .channels
        .iter()
        .map(|channel| format!("channel:{channel}"));
    let all: Vec<String> = webhook.events.iter().cloned().chain(channels).collect();
    all.join(", ")
}
