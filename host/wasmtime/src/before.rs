//! Before an event: all its webhooks are asked at once, and the first cancel decides.
//!
//! One budget bounds them together, retries included; when it ends, each webhook
//! without an answer is settled by its `on_error`.

use crate::attempt::{Sender, Stamp, Unread, Verdict};
use crate::breaker::{self, Admission};
use crate::outcome::{EventOutcome, Settlement, WebhookOutcome};
use crate::parcel::{Addressed, Concerned, ParcelError};
use crate::signing;
use crate::webhook::{OnError, Webhook};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::future::poll_fn;
use std::sync::Arc;
use tokio::time::{Instant, sleep};

/// What one webhook said.
pub struct Answered {
    pub outcome: WebhookOutcome,
    /// The event does not happen, for this reason.
    pub cancel: Option<String>,
    /// The answer is to be published.
    pub publish: Option<(Arc<Webhook>, String, Unread)>,
}

/// Asks every webhook.
pub async fn ask(
    sender: &Sender,
    event: String,
    id: String,
    concerned: Concerned,
    deadline: Instant,
) -> (EventOutcome, Vec<(Arc<Webhook>, String, Unread)>) {
    let Concerned { webhooks, mut left } = concerned;
    let mut outcomes: Vec<WebhookOutcome> = webhooks
        .iter()
        .map(|asked| asked.webhook.outcome(Settlement::NotAwaited))
        .collect();
    let mut pending: FuturesUnordered<_> = webhooks
        .into_iter()
        .enumerate()
        .map(|(place, asked)| async move { (place, ask_one(sender, asked, deadline).await) })
        .collect();
    let mut reason = None;
    let mut publish = Vec::new();
    let mut next = poll_fn(|context| {
        let next = pending.poll_next_unpin(context);
        // By now all requests are under way.
        left = None;
        next
    });
    while let Some((place, answered)) = (&mut next).await {
        outcomes[place] = answered.outcome;
        publish.extend(answered.publish);
        if answered.cancel.is_some() {
            reason = answered.cancel;
            break;
        }
    }
    // Dropped here: whoever is still out is aborted.
    drop(pending);
    (EventOutcome::asked(event, id, reason, outcomes), publish)
}

async fn ask_one(sender: &Sender, asked: Addressed, deadline: Instant) -> Answered {
    let Addressed {
        webhook,
        parcel,
        mut signed,
    } = asked;
    let webhook = &webhook;
    if let Err(ParcelError::Skipped(why)) = parcel.as_ref().map_err(AsRef::as_ref) {
        return Answered {
            outcome: webhook.skipped(why),
            cancel: None,
            publish: None,
        };
    }
    let mut outcome = webhook.outcome(Settlement::NoAnswer);
    if let Some(why) = webhook.switched_off() {
        outcome.outcome = Settlement::SwitchedOff;
        return unanswered(webhook, outcome, why);
    }
    let parcel = match parcel {
        Ok(parcel) => parcel,
        Err(error) => return unanswered(webhook, outcome, error.to_string()),
    };
    let delivery = signing::delivery(signed.as_ref()).to_string();
    let first = Instant::now();
    let mut failed = None;
    loop {
        let began = Instant::now();
        let probe = match sender.admit(webhook, began) {
            Admission::Free => None,
            Admission::Probe(probe) => Some(probe),
            Admission::Held(until) => {
                if outcome.attempts == 0 {
                    outcome.outcome = Settlement::SwitchedOff;
                }
                let why = failed.unwrap_or_else(|| breaker::explain(until));
                return unanswered(webhook, outcome, why);
            }
        };
        outcome.attempts += 1;
        let stamp = Stamp {
            delivery: &delivery,
            number: outcome.attempts,
            first,
            before: true,
            manual: false,
            began,
            deadline: deadline.min(began + webhook.timeout),
        };
        let attempted = sender.attempt(webhook, &parcel, stamp, signed.take()).await;
        outcome.status = attempted.status;
        let last = match &attempted.verdict {
            Verdict::Retry(wait, _) => Instant::now() + *wait >= deadline,
            _ => true,
        };
        sender.note(webhook, &attempted, probe, last);
        match attempted.verdict {
            Verdict::Delivered => {
                outcome.outcome = Settlement::Proceeded;
                let publish = attempted
                    .publish
                    .map(|unread| (Arc::clone(webhook), delivery, unread));
                return Answered {
                    outcome,
                    cancel: None,
                    publish,
                };
            }
            Verdict::Cancel(reason) => {
                outcome.outcome = Settlement::Cancelled;
                return Answered {
                    outcome,
                    cancel: Some(reason),
                    publish: None,
                };
            }
            Verdict::Retry(_, why) if last => {
                let why = format!("{why}; no time is left in the event's budget to try again");
                return unanswered(webhook, outcome, why);
            }
            Verdict::Retry(wait, why) => {
                failed = Some(why);
                // A probe that failed is not tried again: its webhook is held.
                if webhook.breaker.is_closed() {
                    sleep(wait).await;
                }
            }
            Verdict::Gone(why) => {
                webhook.switch_off(&why);
                return unanswered(webhook, outcome, why);
            }
            Verdict::Failed(why) | Verdict::Lacking(why) => {
                return unanswered(webhook, outcome, why);
            }
        }
    }
}

/// Settles a webhook that gave no answer by its `on_error`.
fn unanswered(webhook: &Webhook, mut outcome: WebhookOutcome, why: String) -> Answered {
    let cancel = match webhook.on_error {
        OnError::Cancel => Some(format!("{} gave no answer: {why}", webhook.label())),
        OnError::Proceed => None,
    };
    tracing::warn!(webhook = webhook.label(), error = why, on_error = %webhook.on_error, "no answer before the event");
    outcome.error = Some(why);
    Answered {
        outcome,
        cancel,
        publish: None,
    }
}
