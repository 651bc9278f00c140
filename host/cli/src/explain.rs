//! `explain`: which webhooks fire for an event, and why the others do not.

use super::args::ExplainCommand;
use super::bad_lines::BadLines;
use super::exit::{Exit, Failure};
use super::records::stamped;
use super::{color, json, lines, setup, stdio};
use anyhow::{Context, anyhow};
use rules::foreign::capped;
use serde_json::json;
use servo_webhooks::{
    Allow, Finding, Options, Purpose, Rehearsal, Stated, Webhook, Webhooks, sample,
};
use std::io::Write;

/// Runs the command.
pub fn run(command: &ExplainCommand) -> Result<Exit, Failure> {
    let connector = setup::connector(&command.config.component)?;
    let catalogue = setup::catalogue(&command.config)?;
    let configuration = setup::configuration(&connector, &command.config, Purpose::Inspect)?;
    let runtime = setup::runtime()?;
    let _inside = runtime.enter();
    let webhooks = Webhooks::start(&connector, configuration, Options::default(), ())
        .map_err(Failure::unusable)?;
    let allow = setup::options(&command.network)?.allow;
    if let Some(name) = &command.event {
        let stated = sample(&connector, &catalogue, name)
            .with_context(|| name.clone())
            .map_err(Failure::unusable)?;
        setup::warn_of_unknown(&catalogue, name);
        runtime
            .block_on(explain(command, &webhooks, &allow, &stated))?
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
        let stated = read.and_then(|()| match text.trim() {
            "" => Ok(None),
            text => Stated::parse(text)
                .map(Some)
                .map_err(|error| error.to_string()),
        });
        let explained = match stated {
            Ok(None) => continue,
            Ok(Some(stated)) => runtime.block_on(explain(command, &webhooks, &allow, &stated))?,
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
    stated: &Stated,
) -> Result<Result<(), String>, Failure> {
    let found = match webhooks.rehearse(stated).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut out = stdio::output();
    let name = stated.name();
    if command.json {
        let webhooks: Vec<_> = found
            .iter()
            .map(|rehearsal| {
                let (fires, why) = reason(rehearsal);
                json!({
                    "index": rehearsal.webhook.index,
                    "webhook": rehearsal.webhook.name,
                    "name": rehearsal.webhook.name,
                    "fires": fires,
                    "why": why,
                    "refused": rehearsal.webhook.refusal(allow),
                })
            })
            .collect();
        let record = json!({"event": name, "id": stated.id(), "webhooks": webhooks});
        writeln!(out, "{}", json::line(&stamped(&record))?)?;
        return Ok(Ok(()));
    }
    let id = match command.event {
        // Made up for the sample.
        Some(_) => String::new(),
        None => format!(" {}", capped(stated.id())),
    };
    writeln!(out, "{}{id}", color::bold(&name))?;
    for rehearsal in &found {
        let (fires, why) = reason(rehearsal);
        // Whoever does not fire is not refused either.
        let refused = rehearsal.webhook.refusal(allow).filter(|_| fires);
        let refused = refused.map_or_else(String::new, |why| format!("; but refused: {why}"));
        let why = capped(&format!("{why}{refused}"));
        let verdict = if fires {
            color::good("fires")
        } else {
            "does not fire".to_owned()
        };
        let label = capped(&rehearsal.webhook.label());
        writeln!(out, "  {label}: {verdict}: {why}")?;
    }
    Ok(Ok(()))
}

/// Whether it fires, and why.
fn reason(rehearsal: &Rehearsal) -> (bool, String) {
    let listens = listens(&rehearsal.webhook);
    match &rehearsal.finding {
        Finding::Fires(_) => (true, format!("it listens to {listens}")),
        Finding::Fails(why) => (true, format!("but fails: {why}")),
        Finding::Elsewhere => (false, format!("it listens to {listens}")),
        Finding::Disabled => (false, "`enabled` is false".to_owned()),
        Finding::SwitchedOff => (false, "it is switched off: it answered 410 Gone".to_owned()),
        Finding::Skips(why) => (false, why.clone()),
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
