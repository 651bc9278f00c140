//! An answer that is published on a channel of the servo.

use crate::answer::{Attempt, judge_answer, read};
use crate::clock;
use crate::connector::{AnswerBody, Ending, Header};
use crate::output;
use crate::wasi::http::types::IncomingResponse;
use crate::webhook::ResolvedWebhook;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

/// An answer's body, for a pub/sub channel of the servo.
#[derive(Serialize)]
#[serde(tag = "type", rename = "publish")]
struct Publication<'a> {
    channel: &'a str,
    content_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_base64: Option<String>,
    webhook: Option<&'a str>,
    delivery: &'a str,
}

/// An answer whose body is still to be read.
pub struct Unread {
    pub response: IncomingResponse,
    pub status: u16,
    pub heard: Vec<Header>,
    pub content_type: String,
    pub number: u32,
    pub before: bool,
    pub deadline: u64,
}

/// Reads the body, and writes it down if it is whole and the connector wants it published.
pub async fn publish(webhook: &ResolvedWebhook, delivery: &str, unread: Unread) {
    let left = unread.deadline.saturating_sub(clock::now());
    let (bytes, ending) = read(unread.response, left).await;
    let which = Attempt {
        delivery,
        number: unread.number,
        first: clock::now(),
        before: unread.before,
        deadline: unread.deadline,
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let body = AnswerBody { text, ending };
    let judged = judge_answer(webhook, which, unread.status, &unread.heard, Some(body));
    let wanted = match judged {
        Ok(ruling) => {
            if let Some(warning) = ruling.warning {
                output::warn(&format!("warning: {}: {warning}", webhook.label()));
            }
            ruling.publish && ending == Ending::Whole
        }
        Err(why) => {
            output::warn(&format!(
                "warning: {}: an answer is not published: {why}",
                webhook.label()
            ));
            false
        }
    };
    let (true, Some(channel)) = (wanted, &webhook.read.response_channel) else {
        return;
    };
    let content = std::str::from_utf8(&bytes).ok();
    output::record(&Publication {
        channel,
        content_type: &unread.content_type,
        content,
        content_base64: content.is_none().then(|| STANDARD.encode(&bytes)),
        webhook: webhook.read.name.as_deref(),
        delivery,
    });
}
