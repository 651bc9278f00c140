//! Before an event: all its webhooks are asked at once, and the first cancel decides.
//!
//! One budget bounds them together, retries included; when it ends, each webhook
//! without an answer is settled by its `on_error`. No breaker holds a question: a veto
//! that was not asked for is a veto lost.

use crate::attempt::attempt::{Sender, Stamp, Unread};
use crate::attempt::signing;
use crate::awake::Deadline;
use crate::config::webhook::{OnError, Webhook};
use crate::delivery::outbox::Closed;
use crate::delivery::outcome::{EventOutcome, Settlement, WebhookOutcome};
use crate::render::parcel::{Addressed, Concerned, ParcelError};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lifecycle::{Ask, EventDecision, EventQuestions, Heard, Question, WebhookStatus};
use std::future::poll_fn;
use std::sync::Arc;
use tokio::time::{Instant, sleep_until};

/// What one webhook said.
struct Answered {
    outcome: WebhookOutcome,
    status: WebhookStatus,
    /// Its own words for a cancel, or why there is no answer.
    why: String,
    /// The answer is to be published.
    publish: Option<(Arc<Webhook>, String, Unread)>,
}

impl Answered {
    fn new(outcome: WebhookOutcome, status: WebhookStatus, why: String) -> Self {
        Self {
            outcome,
            status,
            why,
            publish: None,
        }
    }
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
    let asked: Vec<_> = webhooks
        .iter()
        .map(|one| Arc::clone(&one.webhook))
        .collect();
    let not_awaited = |webhook: &Arc<Webhook>| webhook.outcome(Settlement::NotAwaited);
    let mut outcomes: Vec<WebhookOutcome> = asked.iter().map(not_awaited).collect();
    let of = (&*event, &*id);
    let mut pending: FuturesUnordered<_> =
        webhooks
            .into_iter()
            .enumerate()
            .map(|(place, asked)| async move {
                (place, ask_one(sender, of, asked, deadline, closed).await)
            })
            .collect();
    let mut questions = EventQuestions::new(asked.len());
    let (mut reason, mut publish) = (None, Vec::new());
    let mut next = poll_fn(|context| {
        let next = pending.poll_next_unpin(context);
        // By now all requests are under way.
        left = None;
        next
    });
    while let Some((place, answered)) = (&mut next).await {
        let webhook = &asked[place];
        outcomes[place] = answered.outcome;
        publish.extend(answered.publish);
        questions.settle(place, answered.status, webhook.on_error.into());
        if let Some(EventDecision::Cancel { .. }) = questions.decision() {
            reason = Some(match answered.status {
                WebhookStatus::Cancelled => answered.why,
                _ => format!("{} gave no answer: {}", webhook.label(), answered.why),
            });
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
    if let Err(ParcelError::Skipped(why)) = parcel.as_ref().map_err(AsRef::as_ref) {
        return Answered::new(webhook.skipped(why), WebhookStatus::Skipped, String::new());
    }
    let outcome = webhook.outcome(Settlement::NoAnswer);
    if let Some(closed) = closed {
        return unanswered(&webhook, of, outcome, closed.to_string());
    }
    if let Some(why) = webhook.switched_off() {
        return switched_off(&webhook, of, outcome, why);
    }
    let parcel = match parcel {
        Ok(parcel) => parcel,
        Err(error) => return unanswered(&webhook, of, outcome, error.to_string()),
    };
    let delivery = signing::delivery(signed.as_ref()).to_string();
    let limits = webhook.limits(sender.breaker);
    let (mut outcome, mut question) = (outcome, Question::default());
    loop {
        let (began, budget) = (Instant::now(), sender.clock.time(deadline.moment()));
        let next = {
            let state = webhook.state();
            question.next(&state, &limits, budget, sender.clock.time(began))
        };
        let Ask::Send(attempt) = next else {
            let why = webhook.switched_off().unwrap_or_default();
            return switched_off(&webhook, of, outcome, why);
        };
        let stamp = Stamp {
            event: of.0,
            id: of.1,
            delivery: &delivery,
            number: attempt.number,
            first: sender.clock.instant(attempt.first),
            before: true,
            manual: false,
            began,
            deadline: sender.clock.instant(attempt.deadline),
        };
        let attempt = sender.attempt(&webhook, &parcel, stamp, signed.take());
        let attempted = match webhook.before.max_tries {
            1 => attempt.await,
            // What follows has the time that is left.
            _ => deadline.across(attempt).await,
        };
        let (now, budget) = (sender.clock.now(), sender.clock.time(deadline.moment()));
        let result = attempted.result();
        let (heard, noted) = {
            let mut state = webhook.state();
            question.finished(&mut state, &limits, result, budget, now)
        };
        sender.changed(
            &webhook,
            noted.change,
            noted.switched_off,
            attempted.verdict.why(),
        );
        outcome.attempts = question.attempts();
        outcome.status = attempted.status;
        let publish = attempted.publish;
        let why = attempted.verdict.into_why().unwrap_or_default();
        match heard {
            Heard::Proceed => {
                outcome.outcome = Settlement::Proceeded;
                let publish = publish.map(|unread| (Arc::clone(&webhook), delivery, unread));
                return Answered {
                    publish,
                    ..Answered::new(outcome, WebhookStatus::Proceeded, why)
                };
            }
            Heard::Cancel => {
                outcome.outcome = Settlement::Cancelled;
                return Answered::new(outcome, WebhookStatus::Cancelled, why);
            }
            Heard::Retry(at) => deadline.across(sleep_until(sender.clock.instant(at))).await,
            Heard::NoAnswer { no_time_left: true } => {
                let why = format!("{why}; no time left in the event's budget to retry");
                return unanswered(&webhook, of, outcome, why);
            }
            Heard::NoAnswer { .. } => return unanswered(&webhook, of, outcome, why),
        }
    }
}

fn switched_off(
    webhook: &Webhook,
    of: (&str, &str),
    mut outcome: WebhookOutcome,
    why: String,
) -> Answered {
    outcome.outcome = Settlement::SwitchedOff;
    Answered {
        status: WebhookStatus::SwitchedOff,
        ..unanswered(webhook, of, outcome, why)
    }
}

/// A webhook that gave no answer: its `on_error` decides.
fn unanswered(
    webhook: &Webhook,
    (event, id): (&str, &str),
    mut outcome: WebhookOutcome,
    why: String,
) -> Answered {
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
    outcome.error = Some(why.clone());
    Answered::new(outcome, WebhookStatus::NoAnswer, why)
}

impl From<OnError> for lifecycle::OnError {
    fn from(on_error: OnError) -> Self {
        match on_error {
            OnError::Proceed => Self::Proceed,
            OnError::Cancel => Self::Cancel,
        }
    }
}
