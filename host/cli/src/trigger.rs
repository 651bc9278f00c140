//! `trigger`: one attempt by hand, with a sample event or one of one's own.

use super::args::TriggerCommand;
use super::exit::{Exit, Failure};
use super::records::stamped;
use super::request::{Masking, prefix};
use super::{color, json, limits, progress, setup, stdio};
use anyhow::{Context, anyhow, ensure};
use rules::foreign::capped;
use serde_json::Value;
use servo_webhooks::file::{self, Kind, Patient};
use servo_webhooks::{
    Catalogue, Configuration, Connector, Decision, Effect, OnError, Purpose, Stated, Trial,
    Webhook, Webhooks, sample,
};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// Bytes of an event of one's own: the largest that `run` takes, and what is around it.
const LONGEST: usize = 17 << 20;

/// Runs the command.
pub fn run(command: &TriggerCommand) -> Result<Exit, Failure> {
    limits::raise();
    let connector = setup::connector(&command.config.component)?;
    let catalogue = setup::catalogue(&command.config)?;
    let configuration = setup::configuration(&connector, &command.config, Purpose::Send)?;
    let options = setup::options(&command.network)?;
    let (stated, webhook) = stated(command, &connector, &catalogue).map_err(Failure::unusable)?;
    setup::warn_of_unknown(&catalogue, &stated.name());
    let targets = targets(&connector, &configuration, &stated, webhook)?;
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
            let label = webhook.label();
            let answer = webhooks.trigger(&webhook, &stated);
            let trial = progress::answered(&label, webhook.timeout, answer).await;
            good &= !matches!(
                trial.effect,
                Effect::Failed | Effect::Retry | Effect::SwitchOff
            );
            if command.json {
                writeln!(out, "{}", json::line(&stamped(&trial))?)?;
            } else {
                show(&mut out, &label, &trial)?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(if good { Exit::Done } else { Exit::Failed })
}

/// The event, with what is to be set in it, and the webhook that is named.
fn stated<'a>(
    command: &'a TriggerCommand,
    connector: &Connector,
    catalogue: &Catalogue,
) -> anyhow::Result<(Stated, Option<&'a str>)> {
    let (event, webhook) = (command.event.as_deref(), command.webhook.as_deref());
    let (text, what, webhook) = match (&command.file, event) {
        (Some(file), named) => {
            ensure!(
                webhook.is_none(),
                "the event is in the file of --event: name only a webhook beside it"
            );
            let what = file.display().to_string();
            (read(file).with_context(|| what.clone())?, what, named)
        }
        (None, Some(event)) => {
            let sample = sample(connector, catalogue, event).with_context(|| event.to_owned())?;
            (sample.line(), event.to_owned(), webhook)
        }
        // The arguments say so before.
        (None, None) => anyhow::bail!("no event is named"),
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = if command.set.is_empty() {
        text.to_owned()
    } else {
        // What is no event of its own may become one.
        let mut document: Value = serde_json::from_str(text)
            .map_err(|error| anyhow!("{what}: {}", capped(&error.to_string())))?;
        for assignment in &command.set {
            let set = assignment.apply(&mut document);
            set.map_err(|why| anyhow!("--set: {}", capped(&why)))?;
        }
        document.to_string()
    };
    let stated = Stated::parse(&text).map_err(|error| {
        let error = error.to_string();
        let hint = if error.starts_with("trailing characters") {
            "; write one event to a file, or use `run --events` for several"
        } else {
            ""
        };
        anyhow!("{what}: {error}{hint}")
    })?;
    Ok((stated, webhook))
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path != Path::new("-") {
        return Ok(file::read_text(path, LONGEST, Kind::FileOrPipe)?);
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    Patient(io::stdin())
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)?;
    ensure!(
        bytes.len() <= LONGEST,
        "it is longer than {} MiB",
        LONGEST >> 20
    );
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow!("it is not UTF-8, after {at} bytes")
    })
}

/// The webhook that is named, or all that listen.
fn targets(
    connector: &Connector,
    configuration: &Configuration,
    stated: &Stated,
    webhook: Option<&str>,
) -> Result<Vec<Arc<Webhook>>, Failure> {
    if let Some(name) = webhook {
        configuration.check(stated).map_err(Failure::unusable)?;
        return Ok(vec![setup::webhook(configuration, name)?]);
    }
    let concerned = configuration.concerned(connector, stated);
    let targets = concerned.map_err(Failure::unusable)?.to_vec();
    if targets.is_empty() {
        return Err(Failure::unusable(anyhow!(
            "no webhook listens to {}; name one to send it anyway",
            stated.name()
        )));
    }
    Ok(targets)
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
    let (effect, good) = effect(trial.effect);
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
    if !good && let Some((decision, on_error)) = trial.decision.zip(trial.on_error) {
        writeln!(
            out,
            "  event    {}",
            settled(trial.effect, decision, on_error)
        )?;
    }
    if let Some(delivery) = &trial.delivery {
        writeln!(out, "  delivery {delivery}")?;
    }
    Ok(())
}

/// What an effect is called, and whether it is as it should be.
fn effect(effect: Effect) -> (&'static str, bool) {
    match effect {
        Effect::Proceed => ("the event would happen", true),
        Effect::Cancel => ("the event would be cancelled", true),
        Effect::Delivered => ("delivered", true),
        Effect::Skipped => ("nothing would be sent", true),
        Effect::Retry => ("would be retried", false),
        Effect::Failed => ("would fail", false),
        Effect::SwitchOff => ("would fail, and the webhook would be switched off", false),
    }
}

/// What becomes of an event that its webhook gave no answer to.
fn settled(effect: Effect, decision: Decision, on_error: OnError) -> String {
    let unless = match effect {
        Effect::Retry => ", if no retry is answered",
        _ => "",
    };
    match decision {
        Decision::Cancelled => {
            let would = color::error("would be cancelled");
            format!("{would}{unless} (on_error: {on_error})")
        }
        _ => format!("would happen anyway{unless} (on_error: {on_error})"),
    }
}
