//! Before an event all its webhooks are asked at once, and the first cancel decides; after
//! it they are told.

use crate::addressing::{Addressed, Unsent};
use crate::clock;
use crate::configuration::Configuration;
use crate::delivery::{End, Settled, deliver};
use crate::event::Stated;
use crate::output;
use crate::publication::{Unread, publish};
use crate::question;
use crate::webhook::Prepared;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lifecycle::{EventDecision, EventQuestions, Time, WebhookStatus};
use rules::outcome::{DeliveryOutcome, DeliveryState, EventOutcome, Settlement};

/// An answer that is to be published, of which webhook and delivery.
pub type Publishing<'a> = (&'a Prepared, String, Unread);

/// Asks every webhook, until a deadline of the monotonic clock; who did not answer when
/// another cancelled is aborted.
pub async fn ask<'a>(
    configuration: &Configuration,
    stated: &Stated,
    addressed: &[Addressed<'a>],
    deadline: Time,
) -> (EventOutcome, Vec<Publishing<'a>>) {
    let mut webhooks: Vec<_> = addressed
        .iter()
        .map(|one| one.webhook.outcome(Settlement::NotAwaited))
        .collect();
    let mut asked: FuturesUnordered<_> = addressed
        .iter()
        .enumerate()
        .map(|(at, one)| async move {
            let settled = match &one.parcel {
                Ok(parcel) => {
                    let (webhook, delivery) = (one.webhook, &one.delivery);
                    question::ask(configuration, webhook, parcel, delivery, deadline).await
                }
                Err(unsent) => unsent_before(one.webhook, unsent),
            };
            (at, settled)
        })
        .collect();
    let mut questions = EventQuestions::new(addressed.len());
    let (mut reason, mut publishing) = (None, Vec::new());
    while let (None, Some((at, settled))) = (&reason, asked.next().await) {
        let (one, outcome) = (&addressed[at], &mut webhooks[at]);
        outcome.attempts = settled.attempts;
        outcome.status = settled.status;
        publishing.extend(
            settled
                .publish
                .map(|unread| (one.webhook, one.delivery.clone(), unread)),
        );
        let (settlement, status, why) = match settled.end {
            End::Delivered => match one.parcel.as_ref().map_err(|unsent| &**unsent) {
                Err(Unsent::Skipped(why)) => {
                    outcome.reason = Some(why.clone());
                    (Settlement::Skipped, WebhookStatus::Skipped, None)
                }
                _ => (Settlement::Proceeded, WebhookStatus::Proceeded, None),
            },
            End::Cancel(why) => (Settlement::Cancelled, WebhookStatus::Cancelled, Some(why)),
            End::SwitchedOff(why) => (
                Settlement::SwitchedOff,
                WebhookStatus::SwitchedOff,
                Some(why),
            ),
            End::Failed(why) => (Settlement::NoAnswer, WebhookStatus::NoAnswer, Some(why)),
        };
        outcome.outcome = settlement;
        questions.settle(at, status, one.webhook.on_error());
        let cancelled = matches!(questions.decision(), Some(EventDecision::Cancel { .. }));
        let Some(why) = why else { continue };
        if status == WebhookStatus::Cancelled {
            reason = Some(why);
            continue;
        }
        let label = one.webhook.label();
        output::warn(&format!(
            "warning: {label}: no answer before {}: {why}",
            stated.name
        ));
        reason = cancelled.then(|| format!("{label} gave no answer: {why}"));
        outcome.error = Some(why);
    }
    let (event, id) = (stated.name.clone(), stated.id.clone());
    (EventOutcome::asked(event, id, reason, webhooks), publishing)
}

fn unsent_before(webhook: &Prepared, unsent: &Unsent) -> Settled {
    Settled::unsent(match (unsent, webhook.switched_off()) {
        // It has nothing against the event.
        (Unsent::Skipped(_), _) => End::Delivered,
        (Unsent::Failed(_), Some(why)) => End::SwitchedOff(why.to_owned()),
        (Unsent::Failed(why), None) => End::Failed(why.clone()),
    })
}

/// Takes what is to be told later.
pub fn accept(stated: &Stated, addressed: &[Addressed<'_>]) -> EventOutcome {
    let webhooks: Vec<_> = addressed
        .iter()
        .map(|one| {
            let mut outcome = one.webhook.outcome(Settlement::Accepted);
            if let Err(unsent) = &one.parcel
                && let Unsent::Skipped(why) = &**unsent
            {
                outcome.outcome = Settlement::Skipped;
                outcome.reason = Some(why.clone());
            } else if let Some(why) = one.webhook.switched_off() {
                outcome.outcome = Settlement::SwitchedOff;
                outcome.error = Some(why.to_owned());
            }
            outcome
        })
        .collect();
    EventOutcome::told(stated.name.clone(), stated.id.clone(), webhooks)
}

/// Delivers to all at the same time, until each is settled and published.
pub async fn tell(configuration: &Configuration, stated: &Stated, addressed: &[Addressed<'_>]) {
    let accepted = clock::now();
    let deliveries: FuturesUnordered<_> = addressed
        .iter()
        .map(|one| async move {
            let settled = match &one.parcel {
                Ok(parcel) => deliver(configuration, one.webhook, parcel, &one.delivery).await,
                Err(unsent) => match &**unsent {
                    Unsent::Skipped(_) => return,
                    Unsent::Failed(why) => Settled::unsent(End::Failed(why.clone())),
                },
            };
            settle(stated, one, accepted, &settled);
            if let Some(unread) = settled.publish {
                publish(one.webhook, &one.delivery, unread).await;
            }
        })
        .collect();
    deliveries.collect::<()>().await;
}

fn settle(stated: &Stated, one: &Addressed<'_>, accepted: u64, settled: &Settled) {
    let (outcome, error) = match &settled.end {
        End::Delivered => (DeliveryState::Delivered, None),
        End::Failed(why) | End::Cancel(why) | End::SwitchedOff(why) => {
            (DeliveryState::Failed, Some(why))
        }
    };
    if let Some(why) = error {
        let label = one.webhook.label();
        output::warn(&format!(
            "warning: {label}: {} was not delivered: {why}",
            stated.name
        ));
    }
    output::record(&DeliveryOutcome {
        event: stated.name.clone(),
        id: stated.id.clone(),
        delivery: one.delivery.clone(),
        webhook: one.webhook.read.name.clone(),
        index: one.webhook.index,
        outcome,
        attempts: settled.attempts,
        status: settled.status,
        error: error.cloned(),
        elapsed_ms: clock::now().saturating_sub(accepted) / 1_000_000,
    });
}
