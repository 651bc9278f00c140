//! One attempt by hand: to see whether a webhook works, and what its answer would do.

use crate::attempt::answer_headers::legible;
use crate::attempt::context::Sender;
use crate::attempt::info::Stamp;
use crate::awake::Deadline;
use crate::config::webhook::{OnError, Webhook};
use crate::connector::wit;
use crate::delivery::outcome::Decision;
use crate::event::time::{display, new_id};
use crate::outbound::SendError;
use crate::render::parcel::Occasion;
use crate::render::rendered_request::ParcelError;
use crate::render::rendering::render;
use http::header;
use serde::Serialize;
use std::time::Duration;
use tokio::time::Instant;

/// What an attempt by hand came to.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
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
    pub effect: Effect,
    /// Before an event: what the webhook does when no answer could be had.
    pub on_error: Option<OnError>,
    /// Before an event: what it would come to, as far as this webhook decides.
    pub decision: Option<Decision>,
    /// Why, or for which reason.
    pub detail: Option<String>,
    /// From the start of the attempt to the end of the answer.
    pub elapsed_ms: u64,
}

/// What an answer would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
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

impl Trial {
    fn new(
        webhook: &Webhook,
        occasion: &Occasion<'_>,
        effect: Effect,
        detail: Option<String>,
    ) -> Self {
        Self {
            index: webhook.index,
            webhook: webhook.name.clone(),
            name: webhook.name.clone(),
            event: occasion.name.clone(),
            id: occasion.id.to_string(),
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
pub(crate) async fn attempt(sender: &Sender, webhook: &Webhook, occasion: &Occasion<'_>) -> Trial {
    let mut trial = make(sender, webhook, occasion).await;
    if occasion.name.starts_with("before:") {
        trial.on_error = Some(webhook.on_error);
        trial.decision = Some(match (trial.effect, webhook.on_error) {
            (Effect::Proceed | Effect::Delivered | Effect::Skipped, _) => Decision::Proceed,
            (Effect::Cancel, _) => Decision::Cancelled,
            (Effect::Retry | Effect::Failed | Effect::SwitchOff, OnError::Proceed) => {
                Decision::Proceed
            }
            (Effect::Retry | Effect::Failed | Effect::SwitchOff, OnError::Cancel) => {
                Decision::Cancelled
            }
        });
    }
    trial
}

async fn make(sender: &Sender, webhook: &Webhook, occasion: &Occasion<'_>) -> Trial {
    let trial = |effect, detail| Trial::new(webhook, occasion, effect, detail);
    let parcel = match render(&sender.connector, occasion, webhook).await {
        Ok(parcel) => parcel,
        Err(ParcelError::Skipped(why)) => return trial(Effect::Skipped, Some(why)),
        Err(error) => return trial(Effect::Failed, Some(error.to_string())),
    };
    let delivery = new_id().to_string();
    let (first, before) = (Instant::now(), occasion.name.starts_with("before:"));
    let mut deadline = Deadline::after(webhook.timeout);
    let stamp = Stamp {
        event: &occasion.name,
        id: &occasion.id,
        delivery: &delivery,
        number: 1,
        first,
        before,
        manual: true,
        began: first,
        deadline: deadline.moment(),
    };
    let outgoing = match sender.outgoing(webhook, &parcel, stamp, None) {
        Ok(outgoing) => outgoing,
        Err(error) => return trial(Effect::Failed, Some(error.to_string())),
    };
    let sent = sender.client.send(outgoing, Some(&mut deadline)).await;
    let mut trial = match sent {
        Ok(mut answer) => {
            let headers = std::mem::take(&mut answer.headers);
            let mut trial = trial(Effect::Failed, None);
            trial.status = Some(answer.status.as_u16());
            trial.content_type = headers
                .get(header::CONTENT_TYPE)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            let body = answer.read_within(sender.answer_cap, &mut deadline).await;
            let legible = legible(&headers);
            let found = sender.heeded(&legible);
            let status = trial.status.unwrap_or_default();
            let ruling = sender.judge_answer(webhook, stamp, status, &found, Some(&body));
            (trial.effect, trial.detail) = effect(ruling, before);
            trial.body = String::from_utf8(body.bytes.to_vec())
                .ok()
                .filter(|text| !text.is_empty());
            trial
        }
        Err(error @ (SendError::Refused(_) | SendError::Lacking(_))) => {
            trial(Effect::Failed, Some(error.to_string()))
        }
        Err(error) => {
            let (effect, detail) = without_answer(sender, webhook, stamp, error.to_string());
            trial(effect, detail)
        }
    };
    trial.elapsed_ms = u64::try_from(first.elapsed().as_millis()).unwrap_or(u64::MAX);
    trial.delivery = Some(delivery);
    trial
}

fn without_answer(
    sender: &Sender,
    webhook: &Webhook,
    stamp: Stamp<'_>,
    why: String,
) -> (Effect, Option<String>) {
    let ruling = sender.judge(webhook, stamp, wit::Outcome::NoAnswer(&why));
    let (effect, detail) = effect(ruling, stamp.before);
    match effect {
        Effect::Retry => (effect, Some(why)),
        _ => (effect, detail),
    }
}

fn effect(
    ruling: Result<wit::Ruling, crate::connector::CallError>,
    before: bool,
) -> (Effect, Option<String>) {
    match ruling {
        Err(error) => (Effect::Failed, Some(error.to_string())),
        Ok(ruling) => match ruling.verdict {
            wit::Verdict::Delivered if before => (Effect::Proceed, ruling.warning),
            wit::Verdict::Delivered => (Effect::Delivered, ruling.warning),
            wit::Verdict::Cancel(reason) => (Effect::Cancel, Some(reason)),
            wit::Verdict::Retry(wait) => {
                let most = display(Duration::from_nanos(wait.at_most));
                (Effect::Retry, Some(format!("after at most {most}")))
            }
            wit::Verdict::Failed(why) => (Effect::Failed, Some(why)),
            wit::Verdict::Gone(why) => (Effect::SwitchOff, Some(why)),
        },
    }
}
