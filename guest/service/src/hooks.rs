//! Before an event all its webhooks are asked at once, and the first cancel decides; after
//! it they are told.

use crate::clock;
use crate::configuration::Configuration;
use crate::delivery::{End, Settled, deliver};
use crate::fan_out::{Recipient, Unsent};
use crate::input::Input;
use crate::output;
use crate::publication::{Unread, publish};
use crate::question;
use crate::webhook::ResolvedWebhook;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lifecycle::{EventDecision, EventQuestions, Time};
use rules::outcome::{DeliveryOutcome, DeliveryStatus, EventOutcome, WebhookStatus};

/// An answer that is to be published, of which webhook and delivery.
pub type Publishing<'a> = (&'a ResolvedWebhook, String, Unread);

/// Asks every webhook, until a deadline of the monotonic clock; who did not answer when
/// another cancelled is aborted.
pub async fn ask<'a>(
    configuration: &Configuration,
    input: &Input,
    recipients: &[Recipient<'a>],
    deadline: Time,
) -> (EventOutcome, Vec<Publishing<'a>>) {
    let mut webhooks: Vec<_> = recipients
        .iter()
        .map(|one| one.webhook.outcome(WebhookStatus::NotAwaited))
        .collect();
    let asked = recipients.iter().enumerate();
    let mut asked: FuturesUnordered<_> = asked
        .map(|(at, one)| async move { (at, ask_one(configuration, one, deadline).await) })
        .collect();
    let mut questions = EventQuestions::new(recipients.len());
    let (mut reason, mut publishing) = (None, Vec::new());
    while let (None, Some((at, settled))) = (&reason, asked.next().await) {
        let (one, outcome) = (&recipients[at], &mut webhooks[at]);
        outcome.attempts = settled.attempts;
        outcome.status = settled.status;
        let publish = settled.publish;
        publishing.extend(publish.map(|unread| (one.webhook, one.delivery.clone(), unread)));
        if let Err(unsent) = &one.request
            && let Unsent::Skipped(why) = &**unsent
        {
            outcome.reason = Some(why.clone());
        }
        let (settlement, status, why) = settlement(settled.end, outcome.reason.is_some());
        outcome.outcome = settlement;
        questions.settle(at, status, one.webhook.on_error());
        let cancelled = matches!(questions.decision(), Some(EventDecision::Cancel { .. }));
        let Some(why) = why else { continue };
        if status == lifecycle::WebhookStatus::Cancelled {
            reason = Some(why);
            continue;
        }
        let label = one.webhook.label();
        output::warn(&format!(
            "warning: {label}: no answer before {}: {why}",
            input.name
        ));
        reason = cancelled.then(|| format!("{label} gave no answer: {why}"));
        outcome.error = Some(why);
    }
    let (event, id) = (input.name.clone(), input.id.clone());
    (EventOutcome::asked(event, id, reason, webhooks), publishing)
}

async fn ask_one(configuration: &Configuration, one: &Recipient<'_>, deadline: Time) -> Settled {
    let (webhook, delivery) = (one.webhook, &one.delivery);
    match &one.request {
        Ok(request) => question::ask(configuration, webhook, request, delivery, deadline).await,
        Err(unsent) => unsent_before(webhook, unsent),
    }
}

/// What an end is called, here and in the core, and why it is no consent.
fn settlement(
    end: End,
    skipped: bool,
) -> (WebhookStatus, lifecycle::WebhookStatus, Option<String>) {
    use lifecycle::WebhookStatus as Core;
    match end {
        End::Delivered if skipped => (WebhookStatus::Skipped, Core::Skipped, None),
        End::Delivered => (WebhookStatus::Proceeded, Core::Proceeded, None),
        End::Cancel(why) => (WebhookStatus::Cancelled, Core::Cancelled, Some(why)),
        End::SwitchedOff(why) => (WebhookStatus::SwitchedOff, Core::SwitchedOff, Some(why)),
        End::Failed(why) => (WebhookStatus::NoAnswer, Core::NoAnswer, Some(why)),
    }
}

fn unsent_before(webhook: &ResolvedWebhook, unsent: &Unsent) -> Settled {
    Settled::unsent(match (unsent, webhook.switched_off()) {
        // It has nothing against the event.
        (Unsent::Skipped(_), _) => End::Delivered,
        (Unsent::Failed(_), Some(why)) => End::SwitchedOff(why.to_owned()),
        (Unsent::Failed(why), None) => End::Failed(why.clone()),
    })
}

/// Takes what is to be told later.
pub fn accept(input: &Input, recipients: &[Recipient<'_>]) -> EventOutcome {
    let webhooks: Vec<_> = recipients
        .iter()
        .map(|one| {
            let mut outcome = one.webhook.outcome(WebhookStatus::Accepted);
            if let Err(unsent) = &one.request
                && let Unsent::Skipped(why) = &**unsent
            {
                outcome.outcome = WebhookStatus::Skipped;
                outcome.reason = Some(why.clone());
            } else if let Some(why) = one.webhook.switched_off() {
                outcome.outcome = WebhookStatus::SwitchedOff;
                outcome.error = Some(why.to_owned());
            }
            outcome
        })
        .collect();
    EventOutcome::told(input.name.clone(), input.id.clone(), webhooks)
}

/// Delivers to all at the same time, until each is settled and published.
pub async fn tell(configuration: &Configuration, input: &Input, recipients: &[Recipient<'_>]) {
    let accepted = clock::now();
    let deliveries: FuturesUnordered<_> = recipients
        .iter()
        .map(|one| async move {
            let settled = match &one.request {
                Ok(request) => deliver(configuration, one.webhook, request, &one.delivery).await,
                Err(unsent) => match &**unsent {
                    Unsent::Skipped(_) => return,
                    Unsent::Failed(why) => Settled::unsent(End::Failed(why.clone())),
                },
            };
            settle(input, one, accepted, &settled);
            if let Some(unread) = settled.publish {
                publish(one.webhook, &one.delivery, unread).await;
            }
        })
        .collect();
    deliveries.collect::<()>().await;
}

fn settle(input: &Input, one: &Recipient<'_>, accepted: u64, settled: &Settled) {
    let (outcome, error) = match &settled.end {
        End::Delivered => (DeliveryStatus::Delivered, None),
        End::Failed(why) | End::Cancel(why) | End::SwitchedOff(why) => {
            (DeliveryStatus::Failed, Some(why))
        }
    };
    if let Some(why) = error {
        let label = one.webhook.label();
        output::warn(&format!(
            "warning: {label}: {} was not delivered: {why}",
            input.name
        ));
    }
    let mut record = DeliveryOutcome::new(
        input.name.clone(),
        [input.id.clone(), one.delivery.clone()],
        (one.webhook.read.name.clone(), one.webhook.index),
        outcome,
    );
    record.attempts = settled.attempts;
    record.status = settled.status;
    record.error = error.cloned();
    record.elapsed_ms = clock::now().saturating_sub(accepted) / 1_000_000;
    output::record(&record);
}
