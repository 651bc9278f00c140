//! One attempt by hand: to see whether a webhook works, and what its answer would do.

use crate::attempt::answer_headers::legible;
use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::send::AttemptError;
use crate::config::webhook::{OnError, Webhook};
use crate::connector::wit;
use crate::deadline::Deadline;
use crate::delivery::outcome::EventDecision;
use crate::event::time::{display, new_id};
use crate::render::notification::Notification;
use crate::render::rendered_request::RenderError;
use crate::render::rendering::render;
use crate::trace::attempt_trace::AttemptTrace;
use http::header;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// What an attempt by hand came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TriggerResult {
    /// The webhook's place in the configuration, from 0.
    pub index: usize,
    /// The webhook's name, if it has one.
    pub webhook: Option<String>,
    /// The same, for those who know it by this.
    pub name: Option<String>,
    /// `before:adjust`, `after:measure` or `channel:the_news`.
    pub event: String,
    /// The event's id.
    pub id: String,
    /// `X-Servo-Delivery`, to find it again at the responder.
    pub delivery: Option<String>,
    /// Of the answer.
    pub status: Option<u16>,
    /// Of the answer.
    pub content_type: Option<String>,
    /// What the answer says, where it is text.
    pub body: Option<String>,
    /// What it would do.
    pub effect: AnswerEffect,
    /// Before an event: what the webhook does when no answer could be had.
    pub on_error: Option<OnError>,
    /// Before an event: what it would come to, as far as this webhook decides.
    pub decision: Option<EventDecision>,
    /// Why, or for which reason.
    pub detail: Option<String>,
    /// From the start of the attempt to the end of the answer.
    pub elapsed_ms: u64,
}

/// What an answer would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerEffect {
    /// Before an event: let it happen.
    Proceed,
    /// Before an event: cancel it.
    Cancel,
    /// After an event, or a message: settle the delivery.
    Delivered,
    /// Be tried again.
    Retry,
    /// Be given up.
    Failed,
    /// Be given up, and switch the webhook off.
    SwitchOff,
    /// Nothing would be sent: its condition does not hold.
    Skipped,
}

impl TriggerResult {
    fn new(
        webhook: &Webhook,
        notification: &Notification<'_>,
        effect: AnswerEffect,
        detail: Option<String>,
    ) -> Self {
        Self {
            index: webhook.index,
            webhook: webhook.name.clone(),
            name: webhook.name.clone(),
            event: notification.name.clone(),
            id: notification.id.to_string(),
            on_error: None,
            decision: None,
            delivery: None,
            status: None,
            content_type: None,
            body: None,
            effect,
            detail,
            elapsed_ms: 0,
        }
    }
}

/// Makes one attempt at a webhook, marked `X-Servo-Trigger: manual`.
pub(crate) async fn attempt(
    context: &AttemptContext,
    webhook: &Webhook,
    notification: &Notification<'_>,
) -> TriggerResult {
    let mut result = make(context, webhook, notification).await;
    if notification.name.starts_with("before:") {
        result.on_error = Some(webhook.on_error);
        result.decision = Some(match (result.effect, webhook.on_error) {
            (AnswerEffect::Proceed | AnswerEffect::Delivered | AnswerEffect::Skipped, _) => {
                EventDecision::Proceed
            }
            (AnswerEffect::Cancel, _) => EventDecision::Cancelled,
            (
                AnswerEffect::Retry | AnswerEffect::Failed | AnswerEffect::SwitchOff,
                OnError::Proceed,
            ) => EventDecision::Proceed,
            (
                AnswerEffect::Retry | AnswerEffect::Failed | AnswerEffect::SwitchOff,
                OnError::Cancel,
            ) => EventDecision::Cancelled,
        });
    }
    result
}

async fn make(
    context: &AttemptContext,
    webhook: &Webhook,
    notification: &Notification<'_>,
) -> TriggerResult {
    let result = |effect, detail| TriggerResult::new(webhook, notification, effect, detail);
    let request = match render(notification, webhook).await {
        Ok(request) => request,
        Err(RenderError::Skipped(why)) => return result(AnswerEffect::Skipped, Some(why)),
        Err(error) => return result(AnswerEffect::Failed, Some(error.to_string())),
    };
    let delivery = new_id().to_string();
    let (first, before) = (Instant::now(), notification.name.starts_with("before:"));
    let mut deadline = Deadline::after(webhook.timeout);
    let info = AttemptInfo {
        event: &notification.name,
        id: &notification.id,
        delivery: &delivery,
        number: 1,
        first,
        before,
        manual: true,
        replays: 0,
        began: first,
        trace: AttemptTrace::new(notification.trace.as_deref(), None),
        deadline: deadline.moment(),
    };
    let exchange = context.exchange(webhook, &request, info, None, &mut deadline);
    let mut result = match exchange.await {
        Ok(mut answer) => {
            let headers = std::mem::take(&mut answer.headers);
            let mut result = result(AnswerEffect::Failed, None);
            result.status = Some(answer.status.as_u16());
            result.content_type = headers
                .get(header::CONTENT_TYPE)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let body = answer.read_within(context.answer_cap, &mut deadline).await;
            let legible = legible(&headers);
            let found = webhook.judged_headers(&legible);
            let status = result.status.unwrap_or_default();
            let ruling = context.judge_answer(webhook, info, status, &found, Some(&body));
            (result.effect, result.detail) = effect(ruling, before);
            result.body = String::from_utf8(body.bytes.to_vec())
                .ok()
                .filter(|text| !text.is_empty());
            result
        }
        Err(AttemptError::Unsigned(why)) => return result(AnswerEffect::Failed, Some(why)),
        Err(AttemptError::Refused(why) | AttemptError::Lacking(why)) => {
            result(AnswerEffect::Failed, Some(why))
        }
        Err(AttemptError::NoAnswer(_, why)) => {
            let (effect, detail) = without_answer(context, webhook, info, why);
            result(effect, detail)
        }
    };
    result.elapsed_ms = u64::try_from(first.elapsed().as_millis()).unwrap_or(u64::MAX);
    result.delivery = Some(delivery);
    result
}

fn without_answer(
    context: &AttemptContext,
    webhook: &Webhook,
    info: AttemptInfo<'_>,
    why: String,
) -> (AnswerEffect, Option<String>) {
    let ruling = context.judge(webhook, info, wit::Outcome::NoAnswer(&why));
    let (effect, detail) = effect(ruling, info.before);
    match effect {
        AnswerEffect::Retry => (effect, Some(why)),
        _ => (effect, detail),
    }
}

fn effect(
    ruling: Result<wit::Ruling, crate::connector::CallError>,
    before: bool,
) -> (AnswerEffect, Option<String>) {
    match ruling {
        Err(error) => (AnswerEffect::Failed, Some(error.to_string())),
        Ok(ruling) => match ruling.verdict {
            wit::Verdict::Delivered if before => (AnswerEffect::Proceed, ruling.warning),
            wit::Verdict::Delivered => (AnswerEffect::Delivered, ruling.warning),
            wit::Verdict::Cancel(reason) => (AnswerEffect::Cancel, Some(reason)),
            wit::Verdict::Retry(wait) => {
                let most = display(Duration::from_nanos(wait.at_most));
                (AnswerEffect::Retry, Some(format!("after at most {most}")))
            }
            wit::Verdict::Failed(why) => (AnswerEffect::Failed, Some(why)),
            wit::Verdict::Gone(why) => (AnswerEffect::SwitchOff, Some(why)),
        },
    }
}
