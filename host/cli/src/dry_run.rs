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
    Decision, EventOutcome, Finding, Rehearsal, Settlement, Stated, WebhookOutcome, Webhooks,
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
                let handled = rehearse(webhooks, masking, &text, &mut out).await?;
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
async fn rehearse(
    webhooks: &Webhooks,
    masking: Masking,
    text: &str,
    out: &mut impl Write,
) -> Result<Result<(), String>, Failure> {
    let stated = match Stated::parse(text) {
        Ok(stated) => stated,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let found = match webhooks.rehearse(&stated).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let outcome = outcome(&stated, &found);
    let record = records::event(&outcome, webhooks.warnings(&stated));
    writeln!(out, "{}", json::line(&record)?)?;
    for rehearsal in &found {
        if let Finding::Fires(request) = &rehearsal.finding {
            let mut record = masking.to_json(request);
            record["type"] = json!("request");
            record["event"] = json!(stated.name());
            record["id"] = json!(stated.id());
            record["webhook"] = json!(rehearsal.webhook.name);
            record["index"] = json!(rehearsal.webhook.index);
            writeln!(out, "{}", json::line(&stamped(&record))?)?;
        }
    }
    Ok(Ok(()))
}

fn outcome(stated: &Stated, found: &[Rehearsal]) -> EventOutcome {
    let before = matches!(stated, Stated::Before(_));
    let (fires, fails) = if before {
        (Settlement::Proceeded, Settlement::NoAnswer)
    } else {
        (Settlement::Accepted, Settlement::Accepted)
    };
    let settled = |rehearsal: &Rehearsal| {
        let (outcome, error, reason) = match &rehearsal.finding {
            Finding::Fires(_) => (fires, None, None),
            Finding::Fails(why) => (fails, Some(why.clone()), None),
            Finding::Skips(why) => (Settlement::Skipped, None, Some(why.clone())),
            _ => return None,
        };
        Some(WebhookOutcome {
            index: rehearsal.webhook.index,
            name: rehearsal.webhook.name.clone(),
            outcome,
            attempts: 0,
            status: None,
            error,
            reason,
        })
    };
    EventOutcome {
        event: stated.name(),
        id: stated.id().to_owned(),
        outcome: if before {
            Decision::Proceed
        } else {
            Decision::Accepted
        },
        reason: None,
        webhooks: found.iter().filter_map(settled).collect(),
    }
}
