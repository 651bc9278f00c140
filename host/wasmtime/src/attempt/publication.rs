//! Answers that go to a response channel.

use crate::attempt::answer_headers::legible;
use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::judgement;
use crate::config::webhook::Webhook;
use crate::deadline::Deadline;
use crate::delivery::outcome::Publication;
use crate::outbound::{Answer, Ending};
use http::{HeaderMap, header};
use tokio::time::Instant;

/// An answer whose body is wanted for a response channel.
#[derive(Debug)]
pub(crate) struct Unread {
    pub answer: Answer,
    pub headers: HeaderMap,
    /// Which attempt it answers, when the first one began, and when this one.
    pub number: u32,
    pub first: Instant,
    pub began: Instant,
    pub deadline: Deadline,
}

impl AttemptContext {
    /// Reads an answer's body for the response channel of its webhook.
    pub(crate) async fn publication(
        &self,
        webhook: &Webhook,
        info: AttemptInfo<'_>,
        unread: Unread,
    ) -> Option<Publication> {
        let Unread {
            answer,
            headers,
            mut deadline,
            ..
        } = unread;
        let status = answer.status.as_u16();
        let legible = legible(&headers);
        let found = webhook.judged_headers(&legible);
        let content_type =
            String::from_utf8_lossy(headers.get(header::CONTENT_TYPE)?.as_bytes()).into_owned();
        let body = answer.read_within(self.answer_cap, &mut deadline).await;
        match self.judge_answer(webhook, info, status, &found, Some(&body)) {
            Ok(ruling) => {
                if let Some(warning) = &ruling.warning {
                    judgement::warn_of_unpublished(webhook, info, warning);
                }
                (ruling.publish && body.ending == Ending::Whole).then_some(())?;
            }
            Err(error) => {
                judgement::warn_of_failure(webhook, info, &error, "answer not published");
                return None;
            }
        }
        Some(Publication {
            channel: webhook.response_channel.clone()?,
            content_type,
            content: body.bytes,
            webhook: webhook.name.clone(),
            delivery: info.delivery.to_owned(),
        })
    }
}
