//! One webhook and one event, with its retries.

use crate::attempt::{Parcel, attempt};
use crate::clock;
use crate::configuration::Configuration;
use crate::connector::{Stamp, Verdict, Webhook};
use crate::output;
use crate::reactor::sleep;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a delivery came to.
pub struct Settled {
    pub attempts: u32,
    pub status: Option<u16>,
    pub end: End,
}

/// The way it ended.
pub enum End {
    Delivered,
    Cancel(String),
    /// No answer, or one that refuses.
    Failed(String),
}

/// Tries until it is settled, at most until a deadline of the monotonic clock.
pub async fn deliver(
    configuration: &Configuration,
    index: usize,
    parcel: &Parcel,
    delivery: &str,
    deadline: Option<u64>,
) -> Settled {
    let webhook = &configuration.webhooks[index];
    let before = parcel.name.starts_with("before:");
    let policy = match before {
        true => &webhook.before.policy,
        false => &webhook.after.policy,
    };
    let first = clock::now();
    let mut settled = Settled {
        attempts: 0,
        status: None,
        end: End::Failed("there is no time left in the event's budget".to_owned()),
    };
    loop {
        let left = deadline.map_or(u64::MAX, |deadline| deadline.saturating_sub(clock::now()));
        if left == 0 {
            return settled;
        }
        settled.attempts += 1;
        let stamp = Stamp {
            delivery: delivery.to_owned(),
            attempt: settled.attempts,
            now: clock::unix(),
        };
        let limit = webhook.timeout.min(left);
        let tried = attempt(configuration, index, parcel, policy, stamp, first, limit).await;
        let attempted = match tried {
            Ok(attempted) => attempted,
            Err(why) => {
                settled.end = End::Failed(why);
                return settled;
            }
        };
        settled.status = attempted.status;
        if let Some(warning) = &attempted.ruling.warning {
            output::warn(&format!("warning: webhook {index}: {warning}"));
        }
        if let (Some((kind, bytes)), Some(channel)) = (attempted.publish, &webhook.response_channel)
        {
            output::line(&publication(webhook, channel, delivery, &kind, bytes));
        }
        settled.end = match attempted.ruling.verdict {
            Verdict::Delivered => End::Delivered,
            Verdict::Cancel(reason) => End::Cancel(reason),
            Verdict::Failed(why) | Verdict::Gone(why) => End::Failed(why),
            Verdict::Retry(wait) => {
                let wait = clock::between(wait.at_least, wait.at_most);
                let left = deadline.map(|deadline| deadline.saturating_sub(clock::now()));
                settled.end = End::Failed("no answer, and no time left to try again".to_owned());
                if left.is_some_and(|left| wait >= left) {
                    return settled;
                }
                sleep(wait).await;
                continue;
            }
        };
        return settled;
    }
}

fn publication(
    webhook: &Webhook,
    channel: &str,
    delivery: &str,
    content_type: &str,
    bytes: Vec<u8>,
) -> Value {
    let mut record = json!({
        "type": "publish",
        "channel": channel,
        "content_type": content_type,
        "webhook": webhook.name,
        "delivery": delivery,
    });
    match String::from_utf8(bytes) {
        Ok(text) => record["content"] = json!(text),
        Err(error) => record["content_base64"] = json!(STANDARD.encode(error.as_bytes())),
    }
    record
}
