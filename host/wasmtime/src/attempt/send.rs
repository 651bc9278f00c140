//! One attempt: signed, sent, and judged by the connector.

use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::result::AttemptResult;
use crate::attempt::signing::Signed;
use crate::attempt::verdict::Verdict;
use crate::awake::Deadline;
use crate::config::webhook::Webhook;
use crate::delivery::observer::AttemptRecord;
use crate::outbound::{Pauses, SendError};
use crate::render::rendered_request::RenderedRequest;

impl AttemptContext {
    /// Makes one attempt, signed already if it is the first and is made soon; it ends by
    /// its deadline.
    pub(crate) async fn attempt(
        &self,
        webhook: &Webhook,
        request: &RenderedRequest,
        info: AttemptInfo<'_>,
        signed: Option<Signed>,
    ) -> AttemptResult {
        let result = self.sent(webhook, request, info, signed).await;
        self.observer.attempt(|| AttemptRecord {
            event: info.event.to_owned(),
            id: info.id.to_owned(),
            delivery: info.delivery.to_owned(),
            webhook: webhook.name.clone(),
            index: webhook.index,
            number: info.number,
            status: result.status,
            error: result.verdict.why().map(str::to_owned),
            elapsed: info.began.elapsed(),
        });
        result
    }

    async fn sent(
        &self,
        webhook: &Webhook,
        request: &RenderedRequest,
        info: AttemptInfo<'_>,
        signed: Option<Signed>,
    ) -> AttemptResult {
        let mut deadline = Deadline::at(info.deadline);
        let (mut signed, mut pauses) = (signed, Pauses::for_the_machine());
        let outgoing = loop {
            match self.outgoing(webhook, request, info, signed.take()) {
                Ok(outgoing) => break outgoing,
                Err(error) if error.scarcity.is_none() => {
                    return Verdict::Failed(error.to_string()).into();
                }
                Err(error) => {
                    if deadline.within(pauses.next()).await.is_err() {
                        return Verdict::Lacking(error.to_string()).into();
                    }
                }
            }
        };
        match self.client.send(outgoing, Some(&mut deadline)).await {
            Ok(answer) => self.with_answer(webhook, info, deadline, answer).await,
            Err(SendError::Refused(refused)) => Verdict::Failed(refused.to_string()).into(),
            Err(SendError::Lacking(scarcity)) => Verdict::Lacking(scarcity.to_string()).into(),
            Err(error @ (SendError::NoAnswer(_) | SendError::Late(_))) => {
                self.without_answer(webhook, info, &error.to_string())
            }
        }
    }
}
