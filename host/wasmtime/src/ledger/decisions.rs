//! Decisions before events, and endpoints that said that they are gone.

use crate::config::webhook::Webhook;
use crate::event::decided::Asked;
use crate::event::time::unix_milliseconds as now;
use crate::ledger::stored::{Ledger, milliseconds};
use servo_webhooks_store::{Answer, Decision as StoredDecision};
use sha2::{Digest, Sha256};

impl Ledger {
    /// An event was decided.
    pub(crate) fn decided(&self, asked: &Asked) {
        let elapsed = milliseconds(asked.elapsed);
        let answers = asked.answers().map(|(webhook, question)| Answer {
            webhook: webhook
                .name
                .as_deref()
                .map_or_else(|| format!("#{}", webhook.index).into(), Box::from),
            delivery: question.delivery,
            result: webhook.outcome.name().into(),
            failed_open: question.failed_open,
            attempts: webhook.attempts,
            status: webhook.status,
            error: webhook
                .error
                .as_deref()
                .or(webhook.reason.as_deref())
                .map(Box::from),
            elapsed: milliseconds(question.elapsed),
        });
        self.store.decided(StoredDecision {
            event: asked.event.as_str().into(),
            event_id: asked.id.as_str().into(),
            at: now().saturating_sub(elapsed),
            elapsed,
            cancelled: asked.is_cancelled(),
            reason: asked.reason().map(Box::from),
            answers: answers.collect(),
        });
    }

    /// A webhook's endpoint said that it is gone.
    pub(crate) fn gone(&self, webhook: &Webhook) {
        if let (Some(name), Some(target)) = (&webhook.name, self.target(webhook)) {
            self.store.gone(name, &target, now());
        }
    }

    /// Whether a webhook's endpoint said before the start that it is gone.
    pub(crate) fn was_gone(&self, webhook: &Webhook) -> bool {
        let target = self.target(webhook);
        let mut gone = self.gone.iter();
        gone.any(|(name, known, _)| {
            Some(name) == webhook.name.as_ref() && Some(known) == target.as_ref()
        })
    }

    /// Webhooks that were switched off are on again.
    pub(crate) fn switch_on<'a>(&self, names: impl Iterator<Item = &'a str>) {
        for name in names {
            self.store.ungone(name);
        }
    }

    /// What stands for a webhook's URL, which is never written.
    fn target(&self, webhook: &Webhook) -> Option<Vec<u8>> {
        let url = webhook.target.as_ref()?.uri().to_string();
        let mut digest = Sha256::new();
        digest.update(self.salt);
        digest.update(url);
        Some(digest.finalize().to_vec())
    }
}
