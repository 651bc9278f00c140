//! Before an event: all its webhooks are asked at once, and the first cancel decides.
//!
//! One budget bounds them together, retries included; when it ends, each webhook
//! without an answer is settled by its `on_error`. No breaker holds a question: a veto
//! that was not asked for is a veto lost.

use crate::attempt::{Sender, Stamp, Unread, Verdict};
use crate::awake::Deadline;
use crate::outbox::Closed;
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

/// Asks every webhook, unless all is closed.
pub async fn ask(
    sender: &Sender,
    event: String,
    id: String,
    concerned: Concerned,
    deadline: Deadline,
    closed: Option<Closed>,
) -> (EventOutcome, Vec<(Arc<Webhook>, String, Unread)>) {
    let Concerned { webhooks, mut left } = concerned;
    let mut outcomes: Vec<WebhookOutcome> = webhooks
        .iter()
        .map(|asked| asked.webhook.outcome(Settlement::NotAwaited))
        .collect();
    let of = (&*event, &*id);
    let mut pending: FuturesUnordered<_> =
        webhooks
            .into_iter()
            .enumerate()
            .map(|(place, asked)| async move {
                (place, ask_one(sender, of, asked, deadline, closed).await)
            })
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

async fn ask_one(
    sender: &Sender,
    of: (&str, &str),
    asked: Addressed,
    mut deadline: Deadline,
    closed: Option<Closed>,
) -> Answered {
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
    if let Some(closed) = closed {
        return unanswered(webhook, of, outcome, closed.to_string());
    }
    if let Some(why) = webhook.switched_off() {
        outcome.outcome = Settlement::SwitchedOff;
        return unanswered(webhook, of, outcome, why);
    }
    let parcel = match parcel {
        Ok(parcel) => parcel,
        Err(error) => return unanswered(webhook, of, outcome, error.to_string()),
    };
    let delivery = signing::delivery(signed.as_ref()).to_string();
    let first = Instant::now();
    loop {
        let began = Instant::now();
        outcome.attempts += 1;
        let stamp = Stamp {
            event: of.0,
            id: of.1,
            delivery: &delivery,
            number: outcome.attempts,
            first,
            before: true,
            manual: false,
            began,
            deadline: deadline.moment().min(began + webhook.timeout),
        };
        let attempt = sender.attempt(webhook, &parcel, stamp, signed.take());
        let attempted = match webhook.before.max_tries {
            1 => attempt.await,
            // What follows has the time that is left.
            _ => deadline.across(attempt).await,
        };
        outcome.status = attempted.status;
        let last = match &attempted.verdict {
            Verdict::Retry(wait, _) => Instant::now() + *wait >= deadline.moment(),
            _ => true,
        };
        sender.note(webhook, &attempted, None, last);
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
                let why = format!("{why}; no time left in the event's budget to retry");
                return unanswered(webhook, of, outcome, why);
            }
            Verdict::Retry(wait, _) => deadline.across(sleep(wait)).await,
            Verdict::Gone(why) => {
                webhook.switch_off(&why);
                return unanswered(webhook, of, outcome, why);
            }
            Verdict::Failed(why) | Verdict::Lacking(why) => {
                return unanswered(webhook, of, outcome, why);
            }
        }
    }
}

/// Settles a webhook that gave no answer by its `on_error`.
fn unanswered(
    webhook: &Webhook,
    (event, id): (&str, &str),
    mut outcome: WebhookOutcome,
    why: String,
) -> Answered {
    let cancel = match webhook.on_error {
        OnError::Cancel => Some(format!("{} gave no answer: {why}", webhook.label())),
        OnError::Proceed => None,
    };
    tracing::warn!(
        webhook = webhook.label(),
        index = webhook.index,
        event,
        id,
        attempts = outcome.attempts,
        error = why,
        on_error = %webhook.on_error,
        "no answer before the event"
    );
    outcome.error = Some(why);
    Answered {
        outcome,
        cancel,
        publish: None,
    }
}
