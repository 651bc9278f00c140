//! `trigger`: one attempt by hand, with a sample event.

use super::args::TriggerCommand;
use super::exit::{Exit, Failure};
use super::request::{Masking, prefix};
use super::{color, json, limits, setup, stdio};
use anyhow::{Context, anyhow};
use rules::foreign::capped;
use servo_webhooks::{Effect, Purpose, Stated, Trial, Webhook, Webhooks, sample};
use std::io::Write;
use std::sync::Arc;

/// Runs the command.
pub fn run(command: &TriggerCommand) -> Result<Exit, Failure> {
    limits::raise();
    let connector = setup::connector(&command.config.component)?;
    let catalogue = setup::catalogue(&command.config)?;
    let configuration = setup::configuration(&connector, &command.config, Purpose::Send)?;
    let options = setup::options(&command.network)?;
    let stated = sample(&connector, &catalogue, &command.event)
        .with_context(|| command.event.clone())
        .map_err(Failure::unusable)?;
    setup::warn_of_unknown(&catalogue, &command.event);
    let targets = match &command.webhook {
        Some(name) => vec![setup::webhook(&configuration, name)?],
        None => configuration
            .select(&connector, &command.event)
            .context("the connector failed")?
            .to_vec(),
    };
    if targets.is_empty() {
        return Err(Failure::unusable(anyhow!(
            "no webhook listens to {}; name one to send it all the same",
            command.event
        )));
    }
    let mut out = stdio::output();
    let mut good = true;
    setup::runtime()?.block_on(async {
        let webhooks =
            Webhooks::start(&connector, configuration, options, ()).map_err(Failure::unusable)?;
        if command.print.is_some() {
            let masking = Masking {
                reveal: command.reveal,
            };
            return print(&mut out, &webhooks, &targets, &stated, masking).await;
        }
        for webhook in targets {
            let trial = webhooks.trigger(&webhook, &stated).await;
            good &= !matches!(
                trial.effect,
                Effect::Failed | Effect::Retry | Effect::SwitchOff
            );
            if command.json {
                writeln!(out, "{}", json::line(&trial)?)?;
            } else {
                show(&mut out, &webhook.label(), &trial)?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(if good { Exit::Done } else { Exit::Failed })
}

/// Prints the commands that would send the same.
async fn print(
    out: &mut impl Write,
    webhooks: &Webhooks,
    targets: &[Arc<Webhook>],
    stated: &Stated,
    masking: Masking,
) -> Result<(), Failure> {
    for webhook in targets {
        let request = webhooks
            .prepare(webhook, stated)
            .await
            .map_err(|why| anyhow!("{}: {why}", webhook.label()))?;
        writeln!(
            out,
            "# {}\n{}",
            capped(&webhook.label()),
            masking.to_curl(&request, &prefix(webhook, targets))
        )?;
    }
    Ok(())
}

fn show(out: &mut impl Write, label: &str, trial: &Trial) -> Result<(), Failure> {
    writeln!(out, "{}", color::bold(&capped(label)))?;
    if let Some(status) = trial.status {
        let kind = capped(trial.content_type.as_deref().unwrap_or("no content type"));
        writeln!(
            out,
            "  answer   {status}, {kind}, in {} ms",
            trial.elapsed_ms
        )?;
    } else {
        writeln!(out, "  answer   none")?;
    }
    for line in trial.body.iter().flat_map(|body| body.lines().take(20)) {
        writeln!(out, "           {}", capped(line))?;
    }
    let (effect, good) = match trial.effect {
        Effect::Proceed => ("the event would happen", true),
        Effect::Cancel => ("the event would be cancelled", true),
        Effect::Delivered => ("delivered", true),
        Effect::Skipped => ("nothing would be sent", true),
        Effect::Retry => ("would be tried again", false),
        Effect::Failed => ("would fail", false),
        Effect::SwitchOff => ("would fail, and the webhook would be switched off", false),
    };
    let effect = if good {
        color::good(effect)
    } else {
        color::error(effect)
    };
    let detail = trial
        .detail
        .as_ref()
        .map(|detail| format!(": {}", capped(detail)))
        .unwrap_or_default();
    writeln!(out, "  effect   {effect}{detail}")?;
    if let Some(delivery) = &trial.delivery {
        writeln!(out, "  delivery {delivery}")?;
    }
    Ok(())
}
