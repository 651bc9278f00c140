//! `run --dry-run`: prints each request instead of sending it. Before events are settled
//! as proceed.

use super::args::RunCommand;
use super::bad_lines::BadLines;
use super::exit::{Exit, Failure};
use super::records::{self, stamped};
use super::request::Masking;
use super::{json, lines, stdio};
use serde_json::json;
use servo_webhooks::{
    DryRun, EventOutcome, Explanation, Input, WebhookOutcome, WebhookStatus, Webhooks,
};
use std::io::Write;

/// Prints what would be done with each line of events.
pub async fn run(
    command: &RunCommand,
    webhooks: &Webhooks,
    mut events: lines::Lines,
) -> Result<Exit, Failure> {
    events.opened().await.map_err(Failure::unusable)?;
    let mut out = stdio::output();
    let masking = Masking {
        reveal: command.reveal,
    };
    let mut bad = BadLines::default();
    while let Some(line) = events.next().await {
        let (text, handled) = match line.text {
            Ok(text) if text.trim().is_empty() => continue,
            Ok(text) => {
                let handled = dry_run(webhooks, masking, &text, &mut out).await?;
                (text, handled)
            }
            Err(error) => (String::new(), Err(error)),
        };
        match handled {
            Ok(()) => bad.good(),
            Err(error) => bad.bad(line.number, &text, &error),
        }
    }
    Ok(bad.end())
}

/// Prints what would be done with one line of events.
async fn dry_run(
    webhooks: &Webhooks,
    masking: Masking,
    text: &str,
    out: &mut impl Write,
) -> Result<Result<(), String>, Failure> {
    let input = match Input::parse(text) {
        Ok(input) => input,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let found = match webhooks.dry_run(&input).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let outcome = outcome(&input, &found);
    let record = records::event(&outcome, webhooks.warnings(&input));
    writeln!(out, "{}", json::line(&record)?)?;
    for dry_run in &found {
        if let Explanation::Fires(request) = &dry_run.explanation {
            let mut record = masking.to_json(&dry_run.webhook, request);
            record["type"] = json!("request");
            record["event"] = json!(input.name());
            record["id"] = json!(input.id());
            record["webhook"] = json!(dry_run.webhook.name);
            record["index"] = json!(dry_run.webhook.index);
            writeln!(out, "{}", json::line(&stamped(&record))?)?;
        }
    }
    Ok(Ok(()))
}

fn outcome(input: &Input, found: &[DryRun]) -> EventOutcome {
    let before = matches!(input, Input::Before(_));
    let (fires, fails) = if before {
        (WebhookStatus::Proceeded, WebhookStatus::NoAnswer)
    } else {
        (WebhookStatus::Accepted, WebhookStatus::Accepted)
    };
    let settled = |dry_run: &DryRun| {
        let (outcome, error, reason) = match &dry_run.explanation {
            Explanation::Fires(_) => (fires, None, None),
            Explanation::Fails(why) => (fails, Some(why.clone()), None),
            Explanation::Skips(why) => (WebhookStatus::Skipped, None, Some(why.clone())),
            _ => return None,
        };
        let (index, name) = (dry_run.webhook.index, dry_run.webhook.name.as_deref());
        let mut settled = WebhookOutcome::new(index, name, outcome);
        (settled.error, settled.reason) = (error, reason);
        Some(settled)
    };
    let (event, id) = (input.name(), input.id().to_owned());
    let webhooks = found.iter().filter_map(settled).collect();
    if before {
        EventOutcome::asked(event, id, None, webhooks)
    } else {
        EventOutcome::told(event, id, webhooks)
    }
}
