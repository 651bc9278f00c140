//! Decisions before events, and endpoints that said that they are gone.

use crate::config::webhook::Webhook;
use crate::event::decided::Asked;
use crate::event::time::unix_milliseconds as now;
use crate::ledger::stored::{Ledger, milliseconds};
use crate::log_limit::{Kind, limited};
use servo_webhooks_store::{Answer, Decision as StoredDecision};
use sha2::{Digest, Sha256};
use std::sync::{Arc, MutexGuard, PoisonError};

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
        let ticket = self.store.decided(StoredDecision {
            event: asked.event.as_str().into(),
            event_id: asked.id.as_str().into(),
            at: now().saturating_sub(elapsed),
            elapsed,
            cancelled: asked.is_cancelled(),
            reason: asked.reason().map(Box::from),
            answers: answers.collect(),
        });
        if let Some(Err(why)) = ticket.outcome() {
            let why = why.to_string();
            limited(Kind::Decision, &[&why], |repeated| {
                tracing::error!(repeated, "decisions are not written down: {why}");
            });
        }
    }

    /// A webhook's endpoint said that it is gone. If a reload replaced the webhook, this is
    /// ignored: only earlier deliveries still use it.
    pub(crate) fn gone(&self, webhook: &Webhook) {
        let _switching = self.lock_switching();
        if webhook.is_replaced() {
            return;
        }
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

    /// Webhooks that were switched off are on again, in the place of these.
    pub(crate) fn switch_on(&self, names: &[String], replaced: &[Arc<Webhook>]) {
        let _switching = self.lock_switching();
        replaced.iter().for_each(|webhook| webhook.replace());
        for name in names {
            self.store.ungone(name);
        }
    }

    fn lock_switching(&self) -> MutexGuard<'_, ()> {
        // It holds nothing that could be left half done.
        self.switching
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
