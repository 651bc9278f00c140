//! The question to one webhook before an event: attempts, until there is an answer.

use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::publication::Unread;
use crate::attempt::result::AttemptResult;
use crate::attempt::signing::{self, Signed};
use crate::config::webhook::{OnError, Webhook};
use crate::deadline::Deadline;
use crate::delivery::delivery_queue::Closed;
use crate::delivery::outcome::{WebhookOutcome, WebhookStatus};
use crate::observe::webhook_counters::Answer;
use crate::render::recipients::Recipient;
use crate::render::rendered_request::{RenderError, RenderedRequest};
use crate::trace::EventSpan;
use crate::trace::attempt_trace::{AttemptTrace, trace_id};
use crate::trace::ids::SpanIds;
use lifecycle::{Ask, Heard, Question};
use rules::trace_context::TraceContext;
use std::sync::Arc;
use tokio::time::sleep_until;
use uuid::Uuid;

/// The event that webhooks are asked about.
#[derive(Clone, Copy)]
pub(crate) struct AskedEvent<'a> {
    /// As `X-Servo-Event` carries it.
    pub name: &'a str,
    pub id: &'a str,
    /// The trace that it came with.
    pub came: Option<&'a TraceContext>,
    /// What is above the spans of the questions.
    pub span: Option<&'a EventSpan>,
    /// The span of this question.
    pub question: Option<SpanIds>,
}

/// What one webhook said.
pub(crate) struct Answered {
    pub outcome: WebhookOutcome,
    pub status: lifecycle::WebhookStatus,
    /// Its own words for a cancel, or why there is no answer.
    pub why: String,
    /// `X-Servo-Delivery`, if anything was to be sent.
    pub delivery: Option<Uuid>,
    /// The answer is to be published.
    pub publish: Option<(Arc<Webhook>, String, Unread)>,
}

impl Answered {
    fn new(outcome: WebhookOutcome, status: lifecycle::WebhookStatus, why: String) -> Self {
        Self {
            outcome,
            status,
            why,
            delivery: None,
            publish: None,
        }
    }

    /// Whether there is no answer, and the event may happen all the same.
    pub(crate) fn failed_open(&self, on_error: OnError) -> bool {
        let unanswered = matches!(
            self.status,
            lifecycle::WebhookStatus::NoAnswer | lifecycle::WebhookStatus::SwitchedOff
        );
        unanswered && on_error == OnError::Proceed
    }
}

impl Answered {
    /// As what it is counted; not at all if the webhook was not asked.
    pub(crate) fn answer(&self, on_error: OnError) -> Option<Answer> {
        match self.outcome.outcome {
            WebhookStatus::Proceeded => Some(Answer::Proceed),
            WebhookStatus::Cancelled => Some(Answer::Cancelled),
            WebhookStatus::NoAnswer | WebhookStatus::SwitchedOff => Some(match on_error {
                OnError::Proceed => Answer::FailedOpen,
                OnError::Cancel => Answer::FailedClosed,
            }),
            _ => None,
        }
    }
}

/// Asks one webhook, retries included; unless all is closed.
pub(crate) async fn ask_one(
    context: &AttemptContext,
    of: AskedEvent<'_>,
    asked: Recipient,
    deadline: Deadline,
    closed: Option<Closed>,
) -> Answered {
    let Recipient {
        webhook,
        request,
        signed,
    } = asked;
    if let Err(RenderError::Skipped(why)) = request.as_ref().map_err(AsRef::as_ref) {
        return Answered::new(
            webhook.skipped(why),
            lifecycle::WebhookStatus::Skipped,
            String::new(),
        );
    }
    let id = signing::delivery(signed.as_ref());
    let span = of.span.map(|event| event.question(&webhook, id));
    let of = AskedEvent {
        question: span.as_ref().map(|span| span.ids()),
        ..of
    };
    let outcome = webhook.outcome(WebhookStatus::NoAnswer);
    let answered = if let Some(closed) = closed {
        unanswered(&webhook, of, outcome, closed.to_string())
    } else if let Some(why) = webhook.switched_off() {
        switched_off(&webhook, of, outcome, why)
    } else {
        match request {
            Ok(request) => {
                let first = (id, signed);
                let answered = attempts(context, of, webhook, outcome, &request, first, deadline);
                Answered {
                    delivery: Some(id),
                    ..answered.await
                }
            }
            Err(error) => unanswered(&webhook, of, outcome, error.to_string()),
        }
    };
    if let Some(span) = span {
        span.end(&answered.outcome);
    }
    answered
}

/// Makes attempts until one is answered, or none may follow.
async fn attempts(
    context: &AttemptContext,
    of: AskedEvent<'_>,
    webhook: Arc<Webhook>,
    mut outcome: WebhookOutcome,
    request: &RenderedRequest,
    (id, mut signed): (Uuid, Option<Signed>),
    mut deadline: Deadline,
) -> Answered {
    let delivery = id.to_string();
    let limits = webhook.limits(context.breaker);
    let mut question = Question::default();
    loop {
        let began = deadline.go_on();
        let budget = context.clock.time(deadline.moment());
        let next = {
            let state = webhook.state();
            question.next(&state, &limits, budget, context.clock.time(began))
        };
        let Ask::Send(attempt) = next else {
            let why = webhook.switched_off().unwrap_or_default();
            return switched_off(&webhook, of, outcome, why);
        };
        let info = AttemptInfo {
            event: of.name,
            id: of.id,
            delivery: &delivery,
            number: attempt.number,
            first: context.clock.instant(attempt.first),
            before: true,
            manual: false,
            replays: 0,
            began,
            deadline: context.clock.instant(attempt.deadline),
            trace: AttemptTrace::new(of.came, of.question),
        };
        let attempt = context.attempt(&webhook, request, info, signed.take());
        let result = match webhook.before.max_tries {
            1 => attempt.await,
            // What follows has the time that is left.
            _ => deadline.across(attempt).await,
        };
        let (now, budget) = (context.clock.now(), context.clock.time(deadline.moment()));
        let core_result = result.to_core();
        let (heard, noted) = {
            let mut state = webhook.state();
            question.finished(&mut state, &limits, core_result, budget, now)
        };
        context.changed(
            &webhook,
            noted.change,
            noted.switched_off,
            result.verdict.why(),
        );
        outcome.attempts = question.attempts();
        outcome.status = result.status;
        match heard {
            Heard::Retry(at) => {
                let pause = sleep_until(context.clock.instant(at));
                deadline.across(pause).await;
            }
            heard => return settled(heard, of, webhook, outcome, delivery, result),
        }
    }
}

/// What the last attempt came to, which none follows.
fn settled(
    heard: Heard,
    of: AskedEvent<'_>,
    webhook: Arc<Webhook>,
    mut outcome: WebhookOutcome,
    delivery: String,
    result: AttemptResult,
) -> Answered {
    let why = result.verdict.into_why().unwrap_or_default();
    match heard {
        Heard::Proceed => {
            outcome.outcome = WebhookStatus::Proceeded;
            let publish = result.publish.map(|unread| (webhook, delivery, unread));
            Answered {
                publish,
                ..Answered::new(outcome, lifecycle::WebhookStatus::Proceeded, why)
            }
        }
        Heard::Cancel => {
            outcome.outcome = WebhookStatus::Cancelled;
            Answered::new(outcome, lifecycle::WebhookStatus::Cancelled, why)
        }
        Heard::NoAnswer { no_time_left: true } => {
            let why = format!("{why}; no time left in the event's budget to retry");
            unanswered(&webhook, of, outcome, why)
        }
        Heard::NoAnswer { .. } | Heard::Retry(_) => unanswered(&webhook, of, outcome, why),
    }
}

fn switched_off(
    webhook: &Webhook,
    of: AskedEvent<'_>,
    mut outcome: WebhookOutcome,
    why: String,
) -> Answered {
    outcome.outcome = WebhookStatus::SwitchedOff;
    Answered {
        status: lifecycle::WebhookStatus::SwitchedOff,
        ..unanswered(webhook, of, outcome, why)
    }
}

/// A webhook that gave no answer: its `on_error` decides.
fn unanswered(
    webhook: &Webhook,
    of: AskedEvent<'_>,
    mut outcome: WebhookOutcome,
    why: String,
) -> Answered {
    tracing::warn!(
        webhook = webhook.label(),
        index = webhook.index,
        event = of.name,
        id = of.id,
        trace_id = trace_id(of.came, of.question),
        attempts = outcome.attempts,
        error = why,
        on_error = %webhook.on_error,
        "no answer before the event"
    );
    outcome.error = Some(why.clone());
    Answered::new(outcome, lifecycle::WebhookStatus::NoAnswer, why)
}

impl From<OnError> for lifecycle::OnError {
    fn from(on_error: OnError) -> Self {
        match on_error {
            OnError::Proceed => Self::Proceed,
            OnError::Cancel => Self::Cancel,
        }
    }
}
