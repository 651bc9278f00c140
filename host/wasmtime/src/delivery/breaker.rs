//! What attempts do to the breaker of their webhook, to be logged and reported.

use crate::attempt::context::AttemptContext;
use crate::config::webhook::Webhook;
use crate::delivery::outcome::BreakerRecord;
use crate::event::time;
use lifecycle::Change;

impl AttemptContext {
    /// Logs and reports what an attempt did to its webhook.
    pub(crate) fn changed(
        &self,
        webhook: &Webhook,
        change: Option<Change>,
        switched_off: bool,
        why: Option<&str>,
    ) {
        if change.is_none() && !switched_off {
            return;
        }
        let label = webhook.label();
        if switched_off {
            let ledger = self.observer.ledger();
            // On disk it outlives the process.
            let until = match ledger.is_some() {
                true => "a reload",
                false => "a reload or restart",
            };
            let why = why.unwrap_or_default();
            if webhook.is_replaced() {
                tracing::warn!(
                    webhook = label,
                    index = webhook.index,
                    "deliveries from before the reload end here: {why}"
                );
            } else {
                tracing::error!(
                    webhook = label,
                    index = webhook.index,
                    "switched off until {until}: {why}"
                );
            }
            if let Some(ledger) = ledger {
                ledger.gone(webhook);
            }
        }
        let Some(change) = change else { return };
        if matches!(change, Change::Opened { .. }) {
            webhook.counters().opened();
        }
        match change {
            Change::Opened {
                failures,
                lasting,
                hold,
            } => tracing::error!(
                webhook = label,
                index = webhook.index,
                error = why,
                "breaker opened: {failures} events in a row failed within {}; holding deliveries for {}",
                time::display(lasting),
                time::display(hold)
            ),
            Change::Reopened { hold } => tracing::warn!(
                webhook = label,
                index = webhook.index,
                error = why,
                "breaker stays open: the probe failed; holding deliveries for {}",
                time::display(hold)
            ),
            Change::Closed => {
                tracing::warn!(
                    webhook = label,
                    index = webhook.index,
                    "breaker closed: sending resumed"
                );
                self.closed.notify_one();
            }
        }
        let name = webhook.name.as_deref();
        self.observer
            .breaker(BreakerRecord::new(name, webhook.index, change, why));
    }

    /// Logs and reports that the next attempt is the probe of a breaker.
    pub(crate) fn probing(&self, webhook: &Webhook) {
        tracing::info!(
            webhook = webhook.label(),
            index = webhook.index,
            "breaker half-open: sending a probe"
        );
        let name = webhook.name.as_deref();
        self.observer
            .breaker(BreakerRecord::probing(name, webhook.index));
    }
}
