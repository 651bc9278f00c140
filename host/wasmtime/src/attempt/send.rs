//! One attempt: signed, sent, and judged by the connector.

use crate::attempt::context::AttemptContext;
use crate::attempt::info::AttemptInfo;
use crate::attempt::result::AttemptResult;
use crate::attempt::signing::Signed;
use crate::attempt::verdict::Verdict;
use crate::config::webhook::Webhook;
use crate::deadline::Deadline;
use crate::delivery::observer::AttemptRecord;
use crate::observe::webhook_counters::AttemptClass;
use crate::outbound::{Answer, Pauses, SendError};
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
        let span = self.tracer.attempt(webhook, info);
        let result = self.sent(webhook, request, info, signed).await;
        if let Some(span) = span {
            span.end(&result.end());
        }
        let counters = webhook.counters();
        counters.attempted(result.class, info.began.elapsed());
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
        // To sign it is this machine's work: a responder has its time from then on.
        let mut deadline = Deadline::at(info.deadline).waited_with_since(info.began);
        let exchange = self.exchange(webhook, request, info, signed, &mut deadline);
        match exchange.await {
            Ok(answer) => {
                let version = Some(answer.version);
                let result = self.with_answer(webhook, info, deadline, answer).await;
                AttemptResult { version, ..result }
            }
            Err(AttemptError::Unsigned(why)) => Verdict::Failed(why).into(),
            Err(AttemptError::Refused(why)) => AttemptResult {
                class: AttemptClass::Refused,
                ..Verdict::Failed(why).into()
            },
            Err(AttemptError::Lacking(why)) => Verdict::Lacking(why).into(),
            Err(AttemptError::NoAnswer(class, why)) => AttemptResult {
                class,
                ..self.without_answer(webhook, info, &why)
            },
        }
    }

    /// Signs and sends. What this machine lacks is waited for, until the deadline.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) async fn exchange(
        &self,
        webhook: &Webhook,
        request: &RenderedRequest,
        info: AttemptInfo<'_>,
        mut signed: Option<Signed>,
        deadline: &mut Deadline,
    ) -> Result<Answer, AttemptError> {
        let mut pauses = Pauses::for_the_machine();
        let outgoing = loop {
            match self.outgoing(webhook, request, info, signed.take()) {
                Ok(outgoing) => break outgoing,
                Err(error) if error.scarcity.is_none() => {
                    return Err(AttemptError::Unsigned(error.to_string()));
                }
                Err(error) => {
                    if deadline.within(pauses.next()).await.is_err() {
                        return Err(AttemptError::Lacking(error.to_string()));
                    }
                }
            }
        };
        let sent = self.client.send(outgoing, Some(deadline)).await;
        sent.map_err(|error| match error {
            SendError::Refused(refused) => AttemptError::Refused(refused.to_string()),
            SendError::Lacking(scarcity) => AttemptError::Lacking(scarcity.to_string()),
            SendError::NoAnswer(_) | SendError::Late(_) => {
                AttemptError::NoAnswer(AttemptClass::of_error(&error), error.to_string())
            }
        })
    }
}

/// Why an attempt has no answer.
#[derive(Debug)]
pub(crate) enum AttemptError {
    /// There is no request: it could not be signed.
    Unsigned(String),
    /// It may not be sent.
    Refused(String),
    /// This machine lacks what it takes.
    Lacking(String),
    /// None came: the kind, and in words.
    NoAnswer(AttemptClass, String),
}
