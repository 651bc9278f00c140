//! An input that was handed in, until it is known what came of it.

use crate::attempt::context::AttemptContext;
use crate::delivery::acceptance::Accepted;
use crate::delivery::outcome::{EventOutcome, WebhookOutcome, WebhookStatus};
use crate::ledger::Receipt;
use std::sync::Arc;

/// An input that was handed in. Its deliveries are under way; with a store its outcome counts
/// once it is on disk.
#[must_use = "an event is accepted when its outcome says so"]
pub struct Submission {
    outcome: EventOutcome,
    receipt: Option<Receipt>,
    /// Is told of what is rejected.
    context: Option<Arc<AttemptContext>>,
}

impl Submission {
    /// Of what was accepted, or rejected by now.
    pub(crate) fn new(accepted: Accepted, context: Arc<AttemptContext>) -> Self {
        let Accepted { outcome, receipt } = accepted;
        if receipt.is_none() {
            context.rejected(&outcome);
        }
        Self {
            outcome,
            receipt,
            context: Some(context),
        }
    }

    /// Whether [`Submission::outcome`] has nothing to wait for.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.receipt.as_ref().is_none_or(Receipt::is_settled)
    }

    /// Waits until [`Submission::outcome`] has nothing to wait for. Cancel-safe.
    pub async fn settled(&mut self) {
        if let Some(receipt) = &mut self.receipt {
            receipt.settled().await;
        }
    }

    /// Waits until the event is on disk, if there is a store. What could not be written is
    /// rejected; those of its deliveries that are in memory go on as long as the process does.
    pub async fn outcome(self) -> EventOutcome {
        let outcome = self.outcome;
        let Some(receipt) = self.receipt else {
            return outcome;
        };
        let Err(why) = receipt.written().await else {
            return outcome;
        };
        tracing::error!(
            event = outcome.event,
            id = outcome.id,
            "rejected: {why}; those of its deliveries that are in memory are tried, and do not outlive this process"
        );
        let reject = |mut webhook: WebhookOutcome| {
            if webhook.outcome == WebhookStatus::Accepted {
                webhook.outcome = WebhookStatus::Rejected;
                webhook.error = Some(why.clone());
            }
            webhook
        };
        let webhooks = outcome.webhooks.into_iter().map(reject).collect();
        let outcome = EventOutcome::told(outcome.event, outcome.id, webhooks);
        if let Some(context) = self.context {
            context.rejected(&outcome);
        }
        outcome
    }
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Submission")
            .field("outcome", &self.outcome)
            .field("settled", &self.is_settled())
            .finish()
    }
}

impl From<EventOutcome> for Submission {
    /// Nothing of it is to be stored.
    fn from(outcome: EventOutcome) -> Self {
        Self {
            outcome,
            receipt: None,
            context: None,
        }
    }
}
