//! Before an event: all its webhooks are asked at once, and the first cancel decides.
//!
//! One budget bounds them together, retries included; when it ends, each webhook
//! without an answer is settled by its `on_error`. No breaker holds a question: a veto
//! that was not asked for is a veto lost.

use crate::ask::question::{AskedEvent, ask_one};
use crate::attempt::context::AttemptContext;
use crate::attempt::publication::Unread;
use crate::config::webhook::Webhook;
use crate::deadline::Deadline;
use crate::delivery::delivery_queue::Closed;
use crate::delivery::outcome::{WebhookOutcome, WebhookStatus};
use crate::event::decided::{Asked, QuestionEnd};
use crate::render::recipients::Recipients;
use crate::trace::EventSpan;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lifecycle::{EventDecision, EventQuestions};
use rules::trace_context::TraceContext;
use std::future::poll_fn;
use std::sync::Arc;
use tokio::time::Instant;

/// Asks every webhook, unless all is closed.
pub(crate) async fn ask(
    context: &AttemptContext,
    event: String,
    id: String,
    (came, span): (Option<&TraceContext>, Option<&EventSpan>),
    recipients: Recipients,
    deadline: Deadline,
    closed: Option<Closed>,
) -> (Asked, Vec<(Arc<Webhook>, String, Unread)>) {
    let began = Instant::now();
    let Recipients {
        webhooks,
        mut sandbox,
    } = recipients;
    let asked: Vec<_> = webhooks
        .iter()
        .map(|one| Arc::clone(&one.webhook))
        .collect();
    let not_awaited = |webhook: &Arc<Webhook>| webhook.outcome(WebhookStatus::NotAwaited);
    let mut questions = vec![QuestionEnd::default(); asked.len()];
    let mut outcomes: Vec<WebhookOutcome> = asked.iter().map(not_awaited).collect();
    let of = AskedEvent {
        name: &event,
        id: &id,
        came,
        span,
        question: None,
    };
    let mut pending: FuturesUnordered<_> = webhooks
        .into_iter()
        .enumerate()
        .map(|(place, asked)| async move {
            (place, ask_one(context, of, asked, deadline, closed).await)
        })
        .collect();
    let mut deciding = EventQuestions::new(asked.len());
    let (mut reason, mut publish) = (None, Vec::new());
    let mut next = poll_fn(|task| {
        let next = pending.poll_next_unpin(task);
        // By now all requests are under way.
        sandbox = None;
        next
    });
    while let Some((place, answered)) = (&mut next).await {
        let webhook = &asked[place];
        questions[place] = QuestionEnd {
            delivery: answered.delivery,
            elapsed: began.elapsed(),
            failed_open: answered.failed_open(webhook.on_error),
        };
        if let Some(answer) = answered.answer(webhook.on_error) {
            webhook.counters().answered(answer);
        }
        outcomes[place] = answered.outcome;
        publish.extend(answered.publish);
        deciding.settle(place, answered.status, webhook.on_error.into());
        if let Some(EventDecision::Cancel { .. }) = deciding.decision() {
            reason = Some(match answered.status {
                lifecycle::WebhookStatus::Cancelled => answered.why,
                _ => format!("{} gave no answer: {}", webhook.label(), answered.why),
            });
            break;
        }
    }
    // Dropped here: whoever is still out is aborted.
    drop(pending);
    let answers = (outcomes, questions);
    let asked = Asked::new(event, id, reason, answers, began.elapsed());
    (asked, publish)
}
