//! `trigger`: one attempt by hand, with a sample event or one of one's own.

use super::args::TriggerCommand;
use super::exit::{Exit, Failure};
use super::records::stamped;
use super::request::{Masking, prefix};
use super::{color, json, limits, notice, progress, setup, stdio};
use anyhow::{Context, anyhow, ensure};
use rules::sanitize::sanitize;
use serde_json::Value;
use servo_webhooks::__internal::file::{self, Kind, Patient};
use servo_webhooks::{
    AnswerEffect, Catalogue, Configuration, Connector, EventDecision, Input, LoadMode, OnError,
    TriggerResult, Webhook, Webhooks, sample,
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
    let configuration = setup::configuration(&connector, &command.config, LoadMode::Send)?;
    let options = setup::options(&command.network)?;
    let (input, webhook) = input(command, &connector, &catalogue).map_err(Failure::unusable)?;
    setup::warn_of_unknown(&catalogue, &input.name());
    let targets = targets(&configuration, &input, webhook)?;
    let mut out = stdio::output();
    let mut good = true;
    setup::runtime()?.block_on(async {
        let webhooks = Webhooks::start(configuration, options, ()).map_err(Failure::unusable)?;
        if command.print.is_some() {
            let masking = Masking {
                reveal: command.reveal,
            };
            return print(&mut out, &webhooks, &targets, &input, masking).await;
        }
        for webhook in targets {
            let label = webhook.label();
            let answer = webhooks.trigger(&webhook, &input);
            let result = progress::answered(&label, webhook.timeout, answer).await;
            good &= !matches!(
                result.effect,
                AnswerEffect::Failed | AnswerEffect::Retry | AnswerEffect::SwitchOff
            );
            if command.json {
                writeln!(out, "{}", json::line(&stamped(&result))?)?;
            } else {
                show(&mut out, &label, &result)?;
            }
        }
        Ok::<_, Failure>(())
    })?;
    Ok(if good { Exit::Done } else { Exit::Failed })
}

/// The event, with what is to be set in it, and the webhook that is named.
fn input<'a>(
    command: &'a TriggerCommand,
    connector: &Connector,
    catalogue: &Catalogue,
) -> anyhow::Result<(Input, Option<&'a str>)> {
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
            .map_err(|error| anyhow!("{what}: {}", sanitize(&error.to_string())))?;
        for assignment in &command.set {
            let set = assignment.apply(&mut document);
            set.map_err(|why| anyhow!("--set: {}", sanitize(&why)))?;
        }
        document.to_string()
    };
    let input = Input::parse(&text).map_err(|error| {
        let error = error.to_string();
        let hint = if error.starts_with("trailing characters") {
            "; write one event to a file, or use `run --events` for several"
        } else {
            ""
        };
        anyhow!("{what}: {error}{hint}")
    })?;
    Ok((input, webhook))
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
    configuration: &Configuration,
    input: &Input,
    webhook: Option<&str>,
) -> Result<Vec<Arc<Webhook>>, Failure> {
    let recipients = configuration.recipients(input);
    let Some(name) = webhook else {
        let targets = recipients.map_err(Failure::unusable)?.to_vec();
        if targets.is_empty() {
            return Err(Failure::unusable(anyhow!(
                "no webhook listens to {}; name one to send it anyway",
                input.name()
            )));
        }
        return Ok(targets);
    };
    configuration.check(input).map_err(Failure::unusable)?;
    let webhook = setup::webhook(configuration, name)?;
    let listens = recipients.is_ok_and(|all| all.iter().any(|one| one.index == webhook.index));
    if !listens {
        let other = input.webhook();
        let other = other.filter(|other| !webhook.matches(other.trim_matches('"')));
        let why = match (webhook.enabled, other) {
            (false, _) => "is disabled".to_owned(),
            (true, Some(other)) => format!("is not webhook {other}, which the event is for"),
            (true, None) => format!("does not listen to {}", input.name()),
        };
        let said = format!("{} {why}; tried because it is named", webhook.label());
        notice::warning(&sanitize(&said));
    }
    Ok(vec![webhook])
}

/// Prints the commands that would send the same.
async fn print(
    out: &mut impl Write,
    webhooks: &Webhooks,
    targets: &[Arc<Webhook>],
    input: &Input,
    masking: Masking,
) -> Result<(), Failure> {
    for webhook in targets {
        let request = webhooks
            .prepare(webhook, input)
            .await
            .map_err(|why| anyhow!("{}: {why}", webhook.label()))?;
        writeln!(
            out,
            "# {}\n{}",
            sanitize(&webhook.label()),
            masking.to_curl(webhook, &request, &prefix(webhook, targets))
        )?;
    }
    Ok(())
}

fn show(out: &mut impl Write, label: &str, result: &TriggerResult) -> Result<(), Failure> {
    writeln!(out, "{}", color::bold(&sanitize(label)))?;
    if let Some(status) = result.status {
        let kind = sanitize(result.content_type.as_deref().unwrap_or("no content type"));
        writeln!(
            out,
            "  answer   {status}, {kind}, in {} ms",
            result.elapsed_ms
        )?;
    } else {
        writeln!(out, "  answer   none")?;
    }
    for line in result.body.iter().flat_map(|body| body.lines().take(20)) {
        writeln!(out, "           {}", sanitize(line))?;
    }
    let (effect, good) = effect(result.effect);
    let effect = if good {
        color::good(effect)
    } else {
        color::error(effect)
    };
    let detail = result
        .detail
        .as_ref()
        .map(|detail| format!(": {}", sanitize(detail)))
        .unwrap_or_default();
    writeln!(out, "  effect   {effect}{detail}")?;
    if !good && let Some((decision, on_error)) = result.decision.zip(result.on_error) {
        writeln!(
            out,
            "  event    {}",
            settled(result.effect, decision, on_error)
        )?;
    }
    if let Some(delivery) = &result.delivery {
        writeln!(out, "  delivery {delivery}")?;
    }
    Ok(())
}

/// What an effect is called, and whether it is as it should be.
fn effect(effect: AnswerEffect) -> (&'static str, bool) {
    match effect {
        AnswerEffect::Proceed => ("the event would happen", true),
        AnswerEffect::Cancel => ("the event would be cancelled", true),
        AnswerEffect::Delivered => ("delivered", true),
        AnswerEffect::Skipped => ("nothing would be sent", true),
        AnswerEffect::Retry => ("would be retried", false),
        AnswerEffect::Failed => ("would fail", false),
        AnswerEffect::SwitchOff => ("would fail, and the webhook would be switched off", false),
    }
}

/// What becomes of an event that its webhook gave no answer to.
fn settled(effect: AnswerEffect, decision: EventDecision, on_error: OnError) -> String {
    let unless = match effect {
        AnswerEffect::Retry => ", if no retry is answered",
        _ => "",
    };
    match decision {
        EventDecision::Cancelled => {
            let would = color::error("would be cancelled");
            format!("{would}{unless} (on_error: {on_error})")
        }
        _ => format!("would happen anyway{unless} (on_error: {on_error})"),
    }
}
